//! One WebDriver session as a wire: commands with a deadline, and errors sorted by what they mean to a wait.

use super::{BrowserError, Deadlines};
use base64::Engine;
use fantoccini::{
    Client,
    error::{CmdError, ErrorStatus},
    wd::WebDriverCompatibleCommand,
};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    path::Path,
    time::{Duration, Instant},
};
use url::Url;

/// The name under which WebDriver passes a reference to an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A WebDriver command, as the specification writes it.
#[derive(Debug)]
struct Command {
    method: Method,
    /// Below `/session/{id}/`.
    path: String,
    body: Option<Value>,
}

impl WebDriverCompatibleCommand for Command {
    fn endpoint(&self, base_url: &Url, session_id: Option<&str>) -> Result<Url, url::ParseError> {
        base_url.join(&format!("session/{}/{}", session_id.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _request_url: &Url) -> (Method, Option<String>) {
        (self.method.clone(), self.body.as_ref().map(Value::to_string))
    }
}

/// A reference to an element of the frame it was found in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element(String);

impl Element {
    pub(super) fn from_json(value: &Value) -> Option<Self> {
        value.get(ELEMENT)?.as_str().map(|id| Self(id.to_owned()))
    }

    pub(super) fn to_json(&self) -> Value {
        json!({ ELEMENT: self.0 })
    }
}

/// Why a command was not carried out.
#[derive(Debug)]
pub(super) enum CallError {
    /// What the command was about is not there, or not so, at this moment: worth another look until a deadline.
    Moment { status: ErrorStatus, message: String },
    /// Not worth another look.
    Fatal(BrowserError),
}

impl CallError {
    /// What is not so at this moment.
    pub(super) fn moment(message: &str) -> Self {
        Self::Moment { status: ErrorStatus::NoSuchElement, message: message.to_owned() }
    }

    /// What the page said, or the error if it can get no better.
    pub(super) fn into_moment(self) -> Result<String, BrowserError> {
        match self {
            Self::Moment { message, .. } => Ok(message),
            Self::Fatal(error) => Err(error),
        }
    }

    /// Whether a click that ended so was certainly not carried out.
    pub(super) fn is_before_dispatch(&self) -> bool {
        use ErrorStatus as E;
        matches!(
            self,
            Self::Moment {
                status: E::ElementClickIntercepted
                    | E::ElementNotInteractable
                    | E::MoveTargetOutOfBounds
                    | E::NoSuchElement
                    | E::StaleElementReference,
                ..
            }
        )
    }

    /// Whether the driver gave up waiting for a document.
    pub(super) fn is_timeout(&self) -> bool {
        matches!(self, Self::Moment { status: ErrorStatus::Timeout | ErrorStatus::ScriptTimeout, .. })
    }

    pub(super) fn is_window_gone(&self) -> bool {
        matches!(self, Self::Moment { status: ErrorStatus::NoSuchWindow, .. })
    }
}

impl From<BrowserError> for CallError {
    fn from(error: BrowserError) -> Self {
        Self::Fatal(error)
    }
}

/// What a session is opened with.
pub(super) struct Opening<'a> {
    /// Of the driver, ending in `/`.
    pub(super) url: &'a str,
    /// The browser's program, when the driver shall not choose.
    pub(super) program: Option<&'a Path>,
    /// Where the browser keeps its profile; the driver chooses when it is somebody else's.
    pub(super) profile: Option<&'a Path>,
    pub(super) headed: bool,
    /// Whether the driver logs what the browser sends.
    pub(super) network: bool,
    /// The language it asks for pages in, if not its own.
    pub(super) language: Option<&'a str>,
}

/// An open WebDriver session.
#[derive(Debug)]
pub(super) struct Connection {
    client: Client,
    deadlines: Deadlines,
    /// The browser's own user agent; `None` where the DevTools protocol is not spoken.
    agent: Option<String>,
    network: bool,
    lost: bool,
}

impl Connection {
    pub(super) async fn open(opening: &Opening<'_>, deadlines: Deadlines) -> Result<Self, BrowserError> {
        let unavailable = |cause: String| BrowserError::Unavailable(cause);
        let Value::Object(capabilities) = capabilities(opening, deadlines) else {
            return Err(unavailable("its capabilities are no object".to_owned()));
        };
        let mut builder = fantoccini::ClientBuilder::rustls()
            .map_err(|error| unavailable(format!("no TLS roots on this system: {error}")))?;
        builder.capabilities(capabilities);
        let client = tokio::time::timeout(deadlines.driver, builder.connect(opening.url))
            .await
            .map_err(|_| unavailable(format!("no session within {:?} from {}", deadlines.driver, opening.url)))?
            .map_err(|error| unavailable(format!("{} refused a session: {error}", opening.url)))?;
        let mut connection = Self { client, deadlines, agent: None, network: opening.network, lost: false };
        let failed = |error| match error {
            CallError::Fatal(error) => error,
            CallError::Moment { message, .. } => unavailable(message),
        };
        match connection.devtools("Browser.getVersion", json!({})).await {
            Ok(version) => connection.agent = version["userAgent"].as_str().map(str::to_owned),
            // A driver that does not know the DevTools protocol; the portable way is taken then.
            Err(CallError::Fatal(BrowserError::Refused(_))) => {}
            Err(error) => return Err(failed(error)),
        }
        connection.prepare_window().await.map_err(failed)?;
        // From here on it is pages that are waited for, no longer a browser that starts.
        connection.post("timeouts", timeouts(deadlines.page)).await.map_err(failed)?;
        Ok(connection)
    }

    /// What each new window needs: overrides are kept by the window, not by the session.
    pub(super) async fn prepare_window(&mut self) -> Result<(), CallError> {
        if self.speaks_devtools() {
            self.devtools("Network.setCacheDisabled", json!({ "cacheDisabled": true })).await?;
        }
        Ok(())
    }

    pub(super) fn deadlines(&self) -> Deadlines {
        self.deadlines
    }

    /// Whether the driver logs what the browser sends.
    pub(super) fn logs_network(&self) -> bool {
        self.network
    }

    pub(super) fn speaks_devtools(&self) -> bool {
        self.agent.is_some()
    }

    pub(super) fn agent(&self) -> Option<&str> {
        self.agent.as_deref()
    }

    /// Whether the driver or the browser stopped answering; such a session is of no further use.
    pub(super) fn is_lost(&self) -> bool {
        self.lost
    }

    pub(super) async fn call(
        &mut self,
        method: Method,
        path: impl Into<String>,
        body: Option<Value>,
    ) -> Result<Value, CallError> {
        let path = path.into();
        let command = Command { method, path: path.clone(), body };
        // The driver itself gives up on a page after its page load time-out; ours is for a driver that does not answer.
        let within = self.deadlines.page + self.deadlines.driver;
        let started = Instant::now();
        let answer = tokio::time::timeout(within, self.client.issue_cmd(command)).await;
        tracing::trace!(path, elapsed = ?started.elapsed(), "browser command");
        let answer = match answer {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) => sort(error),
            Err(_) => closed(format!("timeout: the driver gave no answer to `{path}` within {within:?}")),
        };
        if let CallError::Fatal(BrowserError::Closed(_)) = answer {
            self.lost = true;
        }
        Err(answer)
    }

    pub(super) async fn get(&mut self, path: impl Into<String>) -> Result<Value, CallError> {
        self.call(Method::GET, path, None).await
    }

    pub(super) async fn post(&mut self, path: impl Into<String>, body: Value) -> Result<Value, CallError> {
        self.call(Method::POST, path, Some(body)).await
    }

    pub(super) async fn element(
        &mut self,
        element: &Element,
        command: &str,
        body: Option<Value>,
    ) -> Result<Value, CallError> {
        let method = if body.is_some() { Method::POST } else { Method::GET };
        self.call(method, format!("element/{}/{command}", element.0), body).await
    }

    pub(super) async fn script(&mut self, body: &str, argument: Value) -> Result<Value, CallError> {
        self.post("execute/sync", json!({ "script": body, "args": [argument] })).await
    }

    /// Runs a script that always answers. A window that closes meanwhile gives no answer, and no error either.
    pub(super) async fn look(&mut self, body: &str, argument: Value) -> Result<Value, CallError> {
        match self.script(body, argument).await? {
            Value::Null => Err(CallError::moment("the page went while it was looked at")),
            answer => Ok(answer),
        }
    }

    pub(super) async fn script_with_callback(&mut self, body: &str, argument: Value) -> Result<Value, CallError> {
        self.post("execute/async", json!({ "script": body, "args": [argument] })).await
    }

    pub(super) async fn devtools(&mut self, command: &str, parameters: Value) -> Result<Value, CallError> {
        self.post("goog/cdp/execute", json!({ "cmd": command, "params": parameters })).await
    }

    /// Ends the session and its browser. Failing to is no error: the driver's group is ended after it.
    pub(super) async fn close(self) {
        let _ = tokio::time::timeout(self.deadlines.driver.min(Duration::from_secs(5)), self.client.close()).await;
    }
}

fn capabilities(opening: &Opening<'_>, deadlines: Deadlines) -> Value {
    // Frames of other sites share a process: same-origin rules stay, while overrides (the language) reach every frame,
    // a screenshot shows all frames at one moment, and a page opens in a third of the time.
    let mut arguments: Vec<String> = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-extensions",
        "--disable-site-isolation-trials",
        "--disable-features=PaintHolding,Translate,BackForwardCache,MediaRouter,SpareRendererForSitePerProcess,PreloadTopChromeWebUI,OptimizationHints",
        "--renderer-process-limit=1",
        "--window-size=1024,900",
        "--lang=en-US",
    ]
    .map(str::to_owned)
    .to_vec();
    if !opening.headed {
        arguments.insert(0, "--headless=new".to_owned());
    }
    if let Some(folder) = opening.profile {
        arguments.push(format!("--user-data-dir={}", folder.display()));
    }
    if let Some(language) = opening.language {
        arguments.push(format!("--accept-lang={language}"));
    }
    let mut options = json!({
        "args": arguments,
        "prefs": {
            "credentials_enable_service": false,
            "profile.password_manager_enabled": false,
            "autofill.profile_enabled": false,
            "autofill.credit_card_enabled": false,
        },
    });
    if let Some(language) = opening.language {
        options["prefs"]["intl.accept_languages"] = json!(language);
    }
    if let Some(program) = opening.program {
        options["binary"] = json!(program);
    }
    let mut logs = json!({ "browser": "ALL" });
    if opening.network {
        logs["performance"] = json!("ALL");
        // Of the log only the network is read.
        options["perfLoggingPrefs"] = json!({ "enableNetwork": true, "enablePage": false });
    }
    json!({
        "browserName": "chrome",
        // A page is used once its document is there: an advertisement that hangs must not hold up a payment.
        "pageLoadStrategy": "eager",
        "timeouts": timeouts(deadlines.driver),
        "unhandledPromptBehavior": "accept and notify",
        "goog:chromeOptions": options,
        "goog:loggingPrefs": logs,
    })
}

/// How long the driver itself waits for a page and for a script.
fn timeouts(within: Duration) -> Value {
    let within = u64::try_from(within.as_millis()).unwrap_or(u64::MAX);
    json!({ "pageLoad": within, "script": within, "implicit": 0 })
}

fn closed(cause: String) -> CallError {
    BrowserError::Closed(cause).into()
}

fn sort(error: CmdError) -> CallError {
    use ErrorStatus as E;
    let CmdError::Standard(error) = error else {
        return closed(error.to_string());
    };
    // The lines after the first are the driver's version and stack.
    let message = error.message.lines().next().unwrap_or_default().to_owned();
    let gone = |message: &str| {
        ["tab crashed", "session deleted", "disconnected", "chrome not reachable"]
            .iter()
            .any(|part| message.contains(part))
    };
    match error.error {
        E::InvalidSessionId => closed(message),
        _ if gone(&message) => closed(message),
        E::JavascriptError if !is_passing(&message) => {
            BrowserError::Profile(format!("a script of the suite broke: {message}")).into()
        }
        E::InvalidSelector | E::UnknownCommand | E::UnknownMethod | E::UnknownPath | E::UnsupportedOperation => {
            BrowserError::Refused(message).into()
        }
        E::UnknownError | E::InvalidArgument if !is_passing(&message) => BrowserError::Refused(message).into(),
        _ => CallError::Moment { status: error.error, message },
    }
}

/// Whether an error only says that a document was left while a command ran in it, or that none came.
fn is_passing(message: &str) -> bool {
    if message.contains("is not a valid selector") {
        return false;
    }
    [
        "net::",
        "document unloaded",
        "context",
        "aborted by navigation",
        "loading status",
        "detached",
        "Node with given id",
        "No node",
        "not attached",
        "navigat",
        "frame",
    ]
    .iter()
    .any(|part| message.contains(part))
}

/// Decodes what a command returned as base64.
pub(super) fn decode(value: &Value) -> Result<Vec<u8>, CallError> {
    value
        .as_str()
        .and_then(|text| base64::engine::general_purpose::STANDARD.decode(text).ok())
        .ok_or_else(|| BrowserError::Refused("the driver returned a picture that is no base64".to_owned()).into())
}
