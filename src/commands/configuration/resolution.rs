//! From the layers to a target: flags over environment over file over defaults.

use super::{
    Configuration, ConfigurationError, Document, Origin, Setting,
    document::{DeskSection, TargetSection, TimeLimitsSection, WebhookSection},
    unknown::suggestion,
};
use crate::{
    commands::environment::{Environment, KEY, SECRET},
    sandbox::{Account, Capability, Login, PageProfile, Target, TimeLimits, WebhookRoute},
    wire::Secret,
};
use std::{
    collections::BTreeMap,
    fmt::Display,
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};
use url::Url;

/// The embedded sandbox.
pub(crate) const TWIN: &str = "twin";
/// The vendor's sandbox.
const SANDBOX: &str = "sandbox";
/// Base of the vendor's API. Source: its OpenAPI documents.
const SANDBOX_API: &str = "https://api.portone.cloud";
/// The vendor's script for web pages. Source: its guide.
const SANDBOX_SDK: &str = "https://static.portone.cloud/portone.js";
/// Requests a second to a target of somebody else's, unless the user says otherwise.
const RATE: u32 = 2;
/// Where webhooks through a tunnel are awaited, unless the user says otherwise.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8600);
/// Overrides `base_url`.
const BASE_URL: &str = "SMARTPAY_BASE_URL";
/// Overrides `webhook.public_url`: the address of a tunnel may be another one in each run.
const WEBHOOK_URL: &str = "SMARTPAY_WEBHOOK_URL";
/// Overrides `rate`.
const RATE_VARIABLE: &str = "SMARTPAY_RATE";
/// A host with such a part in its name serves real money.
const LIVE: [&str; 3] = ["live", "prod", "production"];

/// What flags say of a target.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Flags {
    pub(crate) rate: Option<u32>,
    /// Whether a person stands by with the test app.
    pub(crate) attended: bool,
}

/// A target as it was configured.
#[derive(Clone, Debug)]
pub(crate) struct Configured {
    pub(crate) target: Target,
    /// Every value with its origin, in the order of the documentation.
    pub(crate) settings: Vec<Setting>,
}

/// The target of this name; the twin is none of them.
///
/// # Errors
/// When there is no such target, or a value of it is missing, malformed or live.
pub(crate) fn resolve(
    name: &str,
    configuration: &Configuration,
    environment: &Environment,
    flags: Flags,
) -> Result<Configured, ConfigurationError> {
    let Document { target: sections } = &configuration.document;
    let section = match (sections.get(name), name) {
        (Some(section), _) => section.clone(),
        (None, SANDBOX) => TargetSection::default(),
        (None, _) => return Err(unknown_target(name, sections)),
    };
    let path = configuration.path.clone().unwrap_or_default();
    Resolution { name, path, folder: &environment.working_folder, environment, settings: Vec::new() }
        .target(section, flags)
}

fn unknown_target(name: &str, sections: &BTreeMap<String, TargetSection>) -> ConfigurationError {
    let mut known = vec![TWIN, SANDBOX];
    known.extend(sections.keys().map(String::as_str).filter(|name| *name != SANDBOX));
    let suggestion = suggestion(name, known.iter().copied());
    let last = known.pop().unwrap_or_default();
    let known = format!("{} or {last}", known.join(", "));
    ConfigurationError::UnknownTarget { name: name.to_owned(), known, suggestion }
}

pub(super) struct Resolution<'a> {
    pub(super) name: &'a str,
    path: PathBuf,
    folder: &'a Path,
    environment: &'a Environment,
    settings: Vec<Setting>,
}

impl Resolution<'_> {
    fn target(mut self, section: TargetSection, flags: Flags) -> Result<Configured, ConfigurationError> {
        let builtin = self.name == SANDBOX;
        if let Some((environment, _)) = self.text("environment", section.environment)?
            && environment != SANDBOX
        {
            return Err(self.live("environment", environment));
        }
        self.note("environment", SANDBOX, Origin::Default);
        let default = builtin.then_some(SANDBOX_API);
        let Some((api, _)) = self.layered("base_url", BASE_URL, section.base_url, default)? else {
            return Err(self.incomplete("base_url", "base_url = \"https://…\""));
        };
        let api = self.url("base_url", &api)?;
        let host = api.host_str().unwrap_or_default();
        if host.split(['.', '-']).any(|part| LIVE.contains(&part)) {
            return Err(self.live("base_url", api.to_string()));
        }
        let mut target = Target::new(self.name, api);
        let rate = self.rate(flags, section.rate)?;
        target.rate = Some(rate);
        let default = builtin.then_some(SANDBOX_SDK);
        target.sdk = self.optional_url("sdk_url", section.sdk_url, default)?;
        target.shop = self.optional_url("shop_url", section.shop_url, None)?;
        target.profile = section.profile.map(|path| self.profile(&path)).transpose()?;
        let portal = section.portal.map(|desk| self.desk("portal", desk)).transpose()?;
        let dashboard = section.dashboard.map(|desk| self.desk("dashboard", desk)).transpose()?;
        target.portal = portal.as_ref().map(|(url, _)| url.clone());
        target.dashboard = dashboard.as_ref().map(|(url, _)| url.clone());
        target.wallet = self.optional_url("wallet_url", section.wallet_url, None)?;
        target.phone = self.phone(flags, section.wallet, section.appium, target.wallet.is_some())?;
        target.webhooks = self.webhooks(section.webhook)?;
        target.queued_refund = self.text("queued_refund", section.queued_refund)?.map(|(value, _)| value);
        if let Some(reference) = &target.queued_refund {
            let reference = reference.clone();
            self.note_file("queued_refund", reference);
        }
        target.limits = self.limits(section.time_limits.unwrap_or_default())?;
        self.capabilities(&mut target, section.capabilities)?;
        let levers = target.capabilities.contains(&Capability::Levers);
        target.inferred = section.inferred.unwrap_or(levers);
        match section.inferred {
            Some(inferred) => self.note_file("inferred", inferred.to_string()),
            None => self.note("inferred", levers.to_string(), Origin::Default),
        }
        target.account = self.account(section.key, section.secret, levers)?;
        if let Some(account) = &mut target.account {
            account.portal = portal.map(|(_, login)| login);
            account.dashboard = dashboard.map(|(_, login)| login);
        }
        Ok(Configured { target, settings: self.settings })
    }

    fn account(
        &mut self,
        key: Option<String>,
        secret: Option<String>,
        levers: bool,
    ) -> Result<Option<Account>, ConfigurationError> {
        // Of other targets the file says whose secret goes there: one that is set for the sandbox must not go elsewhere.
        let builtin = self.name == SANDBOX;
        let given = |name: &str| builtin.then(|| self.environment.variable(name).cloned()).flatten();
        let (key_given, secret_given) = (given(KEY), given(SECRET));
        let key = match key_given {
            Some(value) => Some((value.expose().to_owned(), Origin::Variable(KEY.to_owned()))),
            None => self.text("key", key)?,
        };
        let secret = match secret_given {
            Some(value) => Some((value, Origin::Variable(SECRET.to_owned()))),
            None => secret.map(|text| self.secret("secret", text)).transpose()?,
        };
        if let Some((key, origin)) = &key {
            self.note("key", key, origin.clone());
        }
        if let Some((_, origin)) = &secret {
            self.note("secret", "********", origin.clone());
        }
        match (key, secret) {
            (Some((key, _)), Some((secret, _))) => Ok(Some(Account { key, secret, portal: None, dashboard: None })),
            _ if levers => Ok(None),
            (key, secret) => {
                let given = [(KEY, "key", key.is_some()), (SECRET, "secret", secret.is_some())];
                let missing = given.into_iter().filter(|(_, _, given)| !given);
                let names: Vec<&str> =
                    missing.map(|(variable, name, _)| if builtin { variable } else { name }).collect();
                let way = if builtin {
                    "the key and the secret of a merchant in these environment variables"
                } else {
                    "key and secret, each as \"${NAME}\""
                };
                Err(self.incomplete(&names.join(" and "), way))
            }
        }
    }

    fn rate(&mut self, flags: Flags, file: Option<u32>) -> Result<u32, ConfigurationError> {
        let variable = self.environment.variable(RATE_VARIABLE).map(|value| value.expose().to_owned());
        let (rate, origin) = match (flags.rate, variable, file) {
            (Some(rate), _, _) => (rate, Origin::Flag("--rate")),
            (None, Some(text), _) => {
                let rate = text.parse().map_err(|_| self.malformed(RATE_VARIABLE, &text, "whole number"))?;
                (rate, Origin::Variable(RATE_VARIABLE.to_owned()))
            }
            (None, None, Some(rate)) => (rate, Origin::File(self.path.clone())),
            (None, None, None) => (RATE, Origin::Default),
        };
        if rate == 0 {
            return Err(self.malformed("rate", "0", "number of requests a second, at least 1"));
        }
        self.note("rate", rate, origin);
        Ok(rate)
    }

    fn profile(&mut self, path: &Path) -> Result<PageProfile, ConfigurationError> {
        let beside = self.folder.join(&self.path).parent().unwrap_or(self.folder).join(path);
        let text = fs::read_to_string(&beside)
            .map_err(|source| ConfigurationError::Unreadable { path: beside.clone(), source })?;
        self.note_file("profile", path.display());
        Ok(PageProfile { file: path.display().to_string(), text })
    }

    fn desk(&mut self, name: &'static str, desk: DeskSection) -> Result<(Url, Login), ConfigurationError> {
        let (url, user) = (format!("{name}.url"), format!("{name}.user"));
        let address = self.optional_url(&url, Some(desk.url), None)?.expect("a text that is given has a value");
        let (value, origin) = self.text(&user, Some(desk.user))?.expect("a text that is given has a value");
        self.note(&user, &value, origin);
        let (password, origin) = self.secret(&format!("{name}.password"), desk.password)?;
        self.note(&format!("{name}.password"), "********", origin);
        Ok((address, Login { user: value, password }))
    }

    fn webhooks(&mut self, section: Option<WebhookSection>) -> Result<Option<WebhookRoute>, ConfigurationError> {
        let (file, listen) = section.map_or((None, None), |section| (Some(section.public_url), section.listen));
        let Some((public, _)) = self.layered("webhook.public_url", WEBHOOK_URL, file, None)? else { return Ok(None) };
        let mut public = self.url("webhook.public_url", &public)?;
        if !public.path().ends_with('/') {
            public.set_path(&format!("{}/", public.path()));
        }
        match listen {
            Some(listen) => self.note_file("webhook.listen", listen),
            None => self.note("webhook.listen", LISTEN, Origin::Default),
        }
        Ok(Some(WebhookRoute { public, listen: listen.unwrap_or(LISTEN) }))
    }

    fn limits(&mut self, section: TimeLimitsSection) -> Result<TimeLimits, ConfigurationError> {
        let mut limits = TimeLimits::default();
        for (name, text, limit) in [
            ("time_limits.exchange", section.exchange, &mut limits.exchange),
            ("time_limits.webhook", section.webhook, &mut limits.webhook),
            ("time_limits.page", section.page, &mut limits.page),
            ("time_limits.element", section.element, &mut limits.element),
            ("time_limits.attended", section.attended, &mut limits.attended),
        ] {
            match self.text(name, text)? {
                Some((text, origin)) => {
                    let parsed: Option<jiff::SignedDuration> = text.parse().ok();
                    let positive = parsed.and_then(|parsed| Duration::try_from(parsed).ok()).filter(|d| !d.is_zero());
                    *limit = positive.ok_or_else(|| self.malformed(name, &text, "duration such as 90s or 10m"))?;
                    self.note(name, text, origin);
                }
                None => self.note(name, format!("{}s", limit.as_secs()), Origin::Default),
            }
        }
        Ok(limits)
    }

    /// A text of the file with its variables filled in.
    fn text(&self, key: &str, value: Option<String>) -> Result<Option<(String, Origin)>, ConfigurationError> {
        let Some(value) = value else { return Ok(None) };
        let (mut filled, mut rest, mut names) = (String::new(), value.as_str(), Vec::new());
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else {
                return Err(self.malformed(key, &value, "text: \"${\" without \"}\""));
            };
            filled.push_str(before);
            let missing = || ConfigurationError::Variable {
                target: self.name.to_owned(),
                key: key.to_owned(),
                variable: name.to_owned(),
            };
            filled.push_str(self.environment.variable(name).ok_or_else(missing)?.expose());
            names.push(name.to_owned());
            rest = after;
        }
        filled.push_str(rest);
        let path = self.path.clone();
        let origin = if names.is_empty() { Origin::File(path) } else { Origin::FileAndVariables(path, names) };
        Ok(Some((filled, origin)))
    }

    fn secret(&self, key: &str, value: String) -> Result<(Secret, Origin), ConfigurationError> {
        let literal = || ConfigurationError::Literal { target: self.name.to_owned(), key: key.to_owned() };
        match self.text(key, Some(value))? {
            Some((value, origin @ Origin::FileAndVariables(..))) => Ok((Secret::new(value), origin)),
            _ => Err(literal()),
        }
    }

    /// A text that an environment variable overrides.
    fn layered(
        &mut self,
        key: &str,
        variable: &str,
        file: Option<String>,
        default: Option<&str>,
    ) -> Result<Option<(String, Origin)>, ConfigurationError> {
        let found = match self.environment.variable(variable) {
            Some(value) => Some((value.expose().to_owned(), Origin::Variable(variable.to_owned()))),
            None => self.text(key, file)?.or_else(|| default.map(|text| (text.to_owned(), Origin::Default))),
        };
        if let Some((value, origin)) = &found {
            self.note(key, value, origin.clone());
        }
        Ok(found)
    }

    pub(super) fn optional_url(
        &mut self,
        key: &str,
        file: Option<String>,
        default: Option<&str>,
    ) -> Result<Option<Url>, ConfigurationError> {
        let found = self.text(key, file)?.or_else(|| default.map(|text| (text.to_owned(), Origin::Default)));
        let Some((text, origin)) = found else { return Ok(None) };
        self.note(key, &text, origin);
        self.url(key, &text).map(Some)
    }

    fn url(&self, key: &str, text: &str) -> Result<Url, ConfigurationError> {
        let malformed = || self.malformed(key, text, "address that begins with http:// or https://");
        let url = Url::parse(text).map_err(|_| malformed())?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(malformed());
        }
        if !url.username().is_empty() || url.password().is_some() {
            let key = format!("a password in {key}");
            return Err(ConfigurationError::Literal { target: self.name.to_owned(), key });
        }
        Ok(url)
    }

    pub(super) fn note(&mut self, key: &str, shown: impl Display, origin: Origin) {
        self.settings.push(Setting { key: key.to_owned(), shown: shown.to_string(), origin });
    }

    pub(super) fn note_file(&mut self, key: &str, shown: impl Display) {
        let origin = Origin::File(self.path.clone());
        self.note(key, shown, origin);
    }

    fn malformed(&self, key: &str, value: &str, what: &'static str) -> ConfigurationError {
        let (target, key, value) = (self.name.to_owned(), key.to_owned(), value.to_owned());
        ConfigurationError::Malformed { target, key, value, what }
    }

    fn live(&self, key: &'static str, value: String) -> ConfigurationError {
        ConfigurationError::Live { target: self.name.to_owned(), key, value }
    }

    pub(super) fn incomplete(&self, missing: &str, way: &str) -> ConfigurationError {
        let (target, missing, way) = (self.name.to_owned(), missing.to_owned(), way.to_owned());
        ConfigurationError::Incomplete { target, missing, way }
    }
}
