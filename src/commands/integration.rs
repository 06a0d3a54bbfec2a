//! Reads an integration file, fills in what comes from the environment, and says what is wrong with it.

use super::{Environment, configuration::unknown_keys};
use crate::merchant::{Integration, Place, RequestSection, free_port, integration_schema};
use jiff::SignedDuration;
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};
use url::Url;

/// How long a shop may take until its books say what happened, unless its file says otherwise.
const SETTLE: Duration = Duration::from_secs(10);
/// How long a shop may take to start, unless its file says otherwise.
const START: Duration = Duration::from_secs(60);

/// What is wrong with an integration file. The text completes "failed to …".
#[derive(Debug, thiserror::Error)]
pub(super) enum IntegrationError {
    #[error("read the integration file {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("understand the integration file {}: {message}", path.display())]
    NotUnderstood { path: PathBuf, message: String },
    #[error("use the integration file {}: {}", path.display(), problems.join("; "))]
    Wrong { path: PathBuf, problems: Vec<String> },
}

/// An integration that can be certified.
#[derive(Clone, Debug)]
pub(super) struct Described {
    pub(super) integration: Integration,
    /// Where the file lies, from which folders are told.
    pub(super) folder: PathBuf,
    pub(super) base: Url,
    pub(super) settle: Duration,
    pub(super) start_within: Duration,
    /// The file as it was read.
    pub(super) text: String,
}

impl Described {
    /// Reads an integration file.
    ///
    /// # Errors
    /// When it cannot be read, has a key that is not known, or lacks something.
    pub(super) fn read(path: &Path, environment: &Environment) -> Result<Self, IntegrationError> {
        let unreadable = |source| IntegrationError::Unreadable { path: path.to_owned(), source };
        let whole = environment.working_folder.join(path);
        let text = fs::read_to_string(&whole).map_err(unreadable)?;
        let port = free_port().map_err(unreadable)?;
        let wrong = |problems: Vec<String>| IntegrationError::Wrong { path: path.to_owned(), problems };
        let not_understood = |error: &toml::de::Error| {
            // The whole message quotes the line, which may hold a secret that should not be there.
            let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
            IntegrationError::NotUnderstood { path: path.to_owned(), message: format!("{place}{}", error.message()) }
        };
        let mut table: toml::Value =
            toml::from_str::<toml::Table>(&text).map_err(|error| not_understood(&error))?.into();
        let schema = integration_schema();
        let unknown = unknown_keys(&table, &schema, &schema, "");
        if !unknown.is_empty() {
            return Err(wrong(unknown));
        }
        // Typed once as it stands, so that an error names its line, and then with what the environment has.
        toml::from_str::<Integration>(&text).map_err(|error| not_understood(&error))?;
        let mut missing = Vec::new();
        fill(&mut table, port, environment, &mut missing);
        missing.sort_unstable();
        missing.dedup();
        if !missing.is_empty() {
            return Err(wrong(missing));
        }
        let integration: Integration = table.try_into().map_err(|error| not_understood(&error))?;
        let mut problems = Vec::new();
        let base = web_address(&integration.shop.url).unwrap_or_else(|| {
            problems.push(format!(
                "shop.url is {:?}, expected an address that starts with http:// or https://",
                integration.shop.url
            ));
            Url::parse("http://127.0.0.1/").expect("it is an address")
        });
        look_through(&integration, &base, &mut problems);
        let mut time = |key: &str, text: &Option<String>, default: Duration| match text.as_deref().map(duration) {
            None => default,
            Some(Some(given)) => given,
            Some(None) => {
                problems
                    .push(format!("{key} is {:?}, expected something like 10s", text.as_deref().unwrap_or_default()));
                default
            }
        };
        let settle = time("settle", &integration.settle, SETTLE);
        let start_within = time("shop.start_within", &integration.shop.start_within, START);
        if !problems.is_empty() {
            return Err(wrong(problems));
        }
        let folder = whole.parent().map_or_else(|| environment.working_folder.clone(), Path::to_owned);
        let folder = folder.canonicalize().unwrap_or(folder);
        Ok(Self { integration, folder, base, settle, start_within, text })
    }
}

/// What is wrong although each key is known and of the right kind.
fn look_through(integration: &Integration, base: &Url, problems: &mut Vec<String>) {
    let (checkout, order, callbacks) = (&integration.checkout, &integration.order, &integration.callbacks);
    if checkout.page.is_none() && checkout.endpoint.is_none() {
        problems.push("checkout has neither page nor endpoint: one of them begins a payment".to_owned());
    }
    if !order.url.contains("{id}") {
        problems.push("order.url has no {id}, so that it cannot ask for one order".to_owned());
    }
    if order.reference.as_ref().is_some_and(|text| text.matches("{id}").count() != 1) {
        problems.push("order.reference has not one {id}".to_owned());
    }
    let places = [
        ("order.state", &Some(order.state.clone())),
        ("order.amount", &order.amount),
        ("order.refunded", &order.refunded),
        ("checkout.id", &checkout.id),
        ("checkout.redirect_url", &checkout.redirect_url),
    ];
    for (key, place) in places {
        if let Some(Err(error)) = place.as_ref().map(|place| place.parse::<Place>()) {
            problems.push(format!("{key} is no place in an answer: {error}"));
        }
    }
    let mut addresses = vec![
        ("callbacks.webhook", &callbacks.webhook),
        ("callbacks.success", &callbacks.success),
        ("callbacks.failure", &callbacks.failure),
        ("order.url", &order.url),
    ];
    addresses.extend(checkout.page.iter().map(|page| ("checkout.page", page)));
    addresses.extend(checkout.embedded_page.iter().map(|page| ("checkout.embedded_page", page)));
    addresses.extend(checkout.endpoint.iter().map(|request| ("checkout.endpoint.url", &request.url)));
    addresses.extend(integration.refund.iter().map(|request| ("refund.url", &request.url)));
    addresses.extend(order.page.iter().map(|page| ("order.page", page)));
    for (key, address) in addresses {
        if let Err(error) = base.join(&address.replace(['{', '}'], "")) {
            problems.push(format!("{key} is {address:?}, which is no address ({error})"));
        }
    }
    for (key, request) in [("checkout.endpoint", &checkout.endpoint), ("refund", &integration.refund)] {
        if matches!(request, Some(RequestSection { json: Some(_), form: Some(_), .. })) {
            problems.push(format!("{key} has json and form: one of them is the body"));
        }
    }
    if integration.refund.is_some() && order.words.refunded.is_empty() {
        problems.push("order.words.refunded has no word, although the shop can be asked for refunds".to_owned());
    }
    for (name, words) in
        [("paid", &order.words.paid), ("failed", &order.words.failed), ("pending", &order.words.pending)]
    {
        if words.is_empty() {
            problems.push(format!("order.words.{name} has no word"));
        }
    }
    if checkout.page.as_ref().is_some_and(|page| !page.contains("{amount}")) && checkout.amount.is_none() {
        problems.push("checkout.page has no {amount}, and no checkout.amount says what everything costs".to_owned());
    }
    let words = &order.words;
    let states = [&words.paid, &words.failed, &words.pending, &words.refunded, &words.partly_refunded];
    let mut known = std::collections::HashSet::new();
    if let Some(word) = states.into_iter().flatten().find(|word| !known.insert(word.to_lowercase())) {
        problems.push(format!("order.words has {word:?} twice, so that it says nothing"));
    }
    if let Some(defects) = &integration.defects {
        if integration.shop.command.is_none() {
            problems.push("defects are switched on by shop.command, which is not there".to_owned());
        }
        for (defect, checks) in &defects.noticed_by {
            let unknown = checks.iter().find(|id| !crate::catalog::checks().iter().any(|check| check.id == **id));
            if let Some(unknown) = unknown {
                problems.push(format!("defects.noticed_by.{defect} names {unknown}, which is no check"));
            }
            if checks.is_empty() {
                problems.push(format!("defects.noticed_by.{defect} names no check"));
            }
        }
    }
    for method in checkout.methods.keys() {
        if crate::catalog::Method::from_key(method).is_none() {
            problems.push(format!(
                "checkout.methods has {method}; there are SMARTPAY_CREDIT_CARD, SMARTPAY_ATM_CARD and SMARTPAY_QR"
            ));
        }
    }
}

/// Puts `${NAME}` and `${PORT}` into every text.
fn fill(value: &mut toml::Value, port: u16, environment: &Environment, missing: &mut Vec<String>) {
    match value {
        toml::Value::String(text) => {
            let mut filled = String::new();
            let mut rest = text.as_str();
            while let Some((before, after)) = rest.split_once("${") {
                filled.push_str(before);
                let Some((name, after)) = after.split_once('}') else {
                    rest = after;
                    continue;
                };
                match (name, environment.variable(name)) {
                    ("PORT", _) => filled.push_str(&port.to_string()),
                    (_, Some(value)) => filled.push_str(value.expose()),
                    (_, None) => missing.push(format!("the environment variable {name} is not set")),
                }
                rest = after;
            }
            filled.push_str(rest);
            *text = filled;
        }
        toml::Value::Array(items) => items.iter_mut().for_each(|item| fill(item, port, environment, missing)),
        toml::Value::Table(table) => {
            table.iter_mut().for_each(|(_, value)| fill(value, port, environment, missing));
        }
        _ => {}
    }
}

fn web_address(text: &str) -> Option<Url> {
    let url: Url = text.parse().ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

fn duration(text: &str) -> Option<Duration> {
    let parsed: SignedDuration = text.parse().ok()?;
    Duration::try_from(parsed).ok().filter(|duration| !duration.is_zero())
}

/// An integration file to begin with.
pub(super) const TEMPLATE: &str = r##"# What certifying this shop needs to know of it. Addresses may be relative to shop.url; ${NAME} is an environment variable, ${PORT} a free port.

name = "My shop"          # what the certificate calls it
version = "1.0"
settle = "10s"            # how long its books may lag behind; a webhook that never comes must not matter for longer

[shop]
command = ["./start", "--listen", "127.0.0.1:${PORT}"]   # leave it out if the shop runs already: then start both with the same PORTONE_BASE_URL
                          # (http://127.0.0.1:4010, say), PORTONE_KEY and PORTONE_SECRET (16 characters or more), in which PortOne is played
url = "http://127.0.0.1:${PORT}"
ready = "/health"         # answers 200 once the shop is ready
start_within = "60s"

[shop.environment]        # more variables for it
# LOG_LEVEL = "warn"

[portone]                 # the variables in which the shop is told of PortOne
base_url = "PORTONE_BASE_URL"
sdk_url = "PORTONE_SDK_URL"
key = "PORTONE_KEY"
secret = "PORTONE_SECRET"

[checkout]                # a page, an endpoint, or both
page = "/checkout?amount={amount}&method={method}"
# embedded_page = "/embedded?amount={amount}&method={method}"
# button = "#pay"         # a CSS selector, where the button's text is none of "Pay", "Checkout", "Place order"
# amount = 90000          # where everything costs the same; checks that count orders run alone then
id = "/id"                # where the endpoint's answer has them
redirect_url = "/redirect_url"

[checkout.endpoint]
method = "POST"
url = "/api/orders"
json = { amount = "{amount}", method = "{method}", id = "{id}" }   # leave id out where only the shop chooses it

[checkout.methods]        # what the shop calls them; "" for one that it does not offer
SMARTPAY_CREDIT_CARD = "SMARTPAY_CREDIT_CARD"
SMARTPAY_ATM_CARD = "SMARTPAY_ATM_CARD"
SMARTPAY_QR = "SMARTPAY_QR"

[callbacks]
webhook = "/webhooks/portone"
# refund_webhook = "/webhooks/refunds"
success = "/return/success"   # one address may be both; "{id}" in it is the order's
failure = "/return/failure"

[order]
url = "/api/orders/{id}"  # an endpoint with JSON, or a page
state = "/status"         # a JSON pointer, or on a page a CSS selector: "#status", "#order@data-status"
amount = "/amount"        # leave it out if the shop does not say
refunded = "/refunded"    # likewise
# reference = "ORDER-{id}" # the order's merchant_order_id at PortOne, where it is not {id}; "ORDER-{id}-*" if attempts are numbered
# headers = { authorization = "Bearer ${ADMIN_TOKEN}" }
page = "/orders/{id}"     # the page that confirms it to the payer

[order.words]              # in any case; "Paid*" is every text that begins so
paid = ["PAID"]
failed = ["FAILED"]
pending = ["PENDING"]
refunded = ["REFUNDED"]
partly_refunded = ["PARTLY_REFUNDED"]

[refund]                  # leave it out if the shop cannot be asked
method = "POST"
url = "/api/orders/{id}/refunds"
json = { amount = "{amount}" }   # or form = { amount = "{amount}" }
# headers = { authorization = "Bearer ${ADMIN_TOKEN}" }   # nobody may refund without them
"##;

#[cfg(test)]
mod tests {
    use super::*;

    fn described(text: &str) -> Result<Described, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("integration.toml");
        fs::write(&path, text).unwrap();
        Described::read(&path, &Environment::read()).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_written_to_begin_with_is_a_whole_file() {
        let described = described(TEMPLATE).unwrap();
        assert_eq!(described.settle, Duration::from_secs(10));
        assert!(described.base.port().is_some_and(|port| port > 0), "{}", described.base);
        assert!(!described.integration.shop.command.unwrap()[2].contains('$'));
    }

    #[test]
    fn what_is_wrong_is_said_with_the_way_out() {
        for (from, to, said) in [
            ("webhook =", "webhok =", "callbacks.webhok is no key that is known here (did you mean webhook?)"),
            ("name = \"My shop\"", "name = 5", "line 3"),
            (
                "${PORT}\"\nready",
                "${NO_SUCH_VARIABLE}\"\nready",
                "the environment variable NO_SUCH_VARIABLE is not set",
            ),
            ("url = \"http://127.0.0.1:${PORT}\"", "url = \"127.0.0.1\"", "shop.url is"),
            ("/api/orders/{id}\"  #", "/api/orders\"  #", "order.url has no {id}"),
            ("state = \"/status\"", "state = \"status]\"", "order.state is no place in an answer"),
            ("state = \"/status\"", "", "missing field `state`"),
            ("paid = [\"PAID\"]", "paid = []", "order.words.paid has no word"),
            ("SMARTPAY_QR =", "SMARTPAY_CASH =", "checkout.methods has SMARTPAY_CASH"),
            ("settle = \"10s\"", "settle = \"soon\"", "settle is \"soon\""),
            ("failed = [\"FAILED\"]", "failed = [\"Paid\"]", "order.words has \"Paid\" twice"),
            ("page = \"/checkout?amount={amount}&", "page = \"/checkout?", "checkout.page has no {amount}"),
        ] {
            assert!(TEMPLATE.contains(from), "{from}");
            let error = described(&TEMPLATE.replacen(from, to, 1)).unwrap_err();
            assert!(error.contains(said), "{said}: {error}");
        }
    }
}
