//! What may stand in an integration file: all that certifying a merchant's shop needs to know of it.

use crate::catalog::Need;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, path::PathBuf};

/// The JSON Schema of an integration file, as it is published in `docs/`.
#[must_use]
pub fn integration_schema() -> Value {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Integration>();
    schema.insert("title".to_owned(), "integration.toml".into());
    schema.to_value()
}

/// A merchant's integration. In every text `${NAME}` stands for an environment variable and `${PORT}` for a free port; addresses may be relative
/// to the shop's.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Integration {
    /// What the certificate calls it.
    pub name: String,
    /// Which version of it is certified.
    pub version: Option<String>,
    /// How it is started, or where it runs.
    pub shop: ShopSection,
    /// The environment variables in which the shop is told of PortOne.
    #[serde(default)]
    pub portone: PortOneSection,
    /// How a payment begins.
    pub checkout: CheckoutSection,
    /// Where the shop is told of payments.
    pub callbacks: CallbacksSection,
    /// Where the shop says how an order stands.
    pub order: OrderSection,
    /// How the shop is asked for a refund, if it can be.
    pub refund: Option<RequestSection>,
    /// How long the shop may take until its books say what happened, like `10s`; `10s` unless it is given. A webhook that never comes must not
    /// matter for longer than this.
    pub settle: Option<String>,
    /// Defects that the shop can be told to have, for `selftest --integration`; certifying ignores them.
    pub defects: Option<DefectsSection>,
}

impl Integration {
    /// Whether the shop has what a check needs.
    #[must_use]
    pub fn has(&self, need: Need) -> bool {
        match need {
            Need::CheckoutPage => self.checkout.page.is_some(),
            Need::OrderTwice => self.checkout.page.is_some() || self.takes_ids(),
            Need::RefundHeaders => self
                .refund
                .as_ref()
                .is_some_and(|refund| refund.headers.keys().any(|name| RequestSection::says_who(name))),
        }
    }

    /// What the file holds by which the shop knows who asks.
    pub fn told_secrets(&self) -> impl Iterator<Item = &str> {
        let requests = self.refund.iter().chain(&self.checkout.endpoint).flat_map(|request| &request.headers);
        // Keys of other kinds are better masked, too.
        let is_secret = |name: &str| RequestSection::says_who(name) || name.to_lowercase().contains("key");
        let headers = requests.chain(&self.order.headers).filter(move |(name, _)| is_secret(name));
        headers.flat_map(|(name, value)| secrets_in(name, value)).filter(|secret| secret.len() >= SHORTEST)
    }

    /// Whether somebody else can choose an order's id.
    #[must_use]
    pub fn takes_ids(&self) -> bool {
        self.checkout.endpoint.as_ref().is_some_and(|request| {
            let json = request.json.as_ref().is_some_and(|json| json.to_string().contains("{id}"));
            json || request.url.contains("{id}") || request.form.iter().flatten().any(|(_, text)| text.contains("{id}"))
        })
    }
}

/// The secrets in a header that says who asks: without the scheme, and without the names of cookies.
fn secrets_in<'a>(name: &str, value: &'a str) -> Vec<&'a str> {
    if name.eq_ignore_ascii_case("cookie") {
        return value.split(';').filter_map(|cookie| cookie.split_once('=')).map(|(_, value)| value.trim()).collect();
    }
    match value.split_once(' ') {
        Some((scheme, rest)) if scheme.bytes().all(|byte| byte.is_ascii_alphabetic()) => vec![rest.trim()],
        _ => vec![value],
    }
}

/// What is shorter would be found in texts by accident.
const SHORTEST: usize = 8;

/// How the shop is started, or where it runs.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShopSection {
    /// The program and its arguments; left out for a shop that runs already.
    pub command: Option<Vec<String>>,
    /// Where it is started, relative to this file; the file's folder unless it is given.
    pub folder: Option<PathBuf>,
    /// More environment variables for it.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// The shop's base address, for example `http://127.0.0.1:${PORT}`.
    pub url: String,
    /// An address that answers 200 once the shop is ready; `/` unless it is given.
    pub ready: Option<String>,
    /// How long starting may take, like `60s`; `60s` unless it is given.
    pub start_within: Option<String>,
}

/// The environment variables in which the shop is told of PortOne.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PortOneSection {
    /// The base of the API; `PORTONE_BASE_URL` unless it is given.
    pub base_url: String,
    /// The script for web pages; `PORTONE_SDK_URL` unless it is given.
    pub sdk_url: String,
    /// The merchant's key; `PORTONE_KEY` unless it is given.
    pub key: String,
    /// The merchant's secret; `PORTONE_SECRET` unless it is given.
    pub secret: String,
}

impl Default for PortOneSection {
    fn default() -> Self {
        let [base_url, sdk_url, key, secret] =
            ["BASE_URL", "SDK_URL", "KEY", "SECRET"].map(|name| format!("PORTONE_{name}"));
        Self { base_url, sdk_url, key, secret }
    }
}

/// How a payment begins: on a page, by an endpoint, or either. In addresses and bodies `{amount}`, `{method}`, `{description}` and `{id}` stand for what
/// is ordered; a text that is nothing but `{amount}` becomes a number.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckoutSection {
    /// A page with a button that leads to the payment.
    pub page: Option<String>,
    /// A page that embeds PortOne's script, with a button that starts it.
    pub embedded_page: Option<String>,
    /// The button on either, as a CSS selector; found by its text unless it is given.
    pub button: Option<String>,
    /// An endpoint that creates an order.
    pub endpoint: Option<RequestSection>,
    /// Where the endpoint's answer has the order's id, as a JSON pointer or a CSS selector; `/id` unless it is given.
    pub id: Option<String>,
    /// Where the endpoint's answer has the address of the payment page, likewise; `/redirect_url` unless it is given.
    pub redirect_url: Option<String>,
    /// What everything costs, in dong, for a shop in which nobody else can say so.
    pub amount: Option<u32>,
    /// What the shop calls the methods, for the placeholder `{method}`: by `SMARTPAY_CREDIT_CARD`, `SMARTPAY_ATM_CARD` and `SMARTPAY_QR`, which it is unless
    /// given. A method that is `""` is not offered.
    #[serde(default)]
    pub methods: BTreeMap<String, String>,
}

/// A request to the shop.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestSection {
    /// The HTTP method; `POST` unless it is given.
    pub method: Option<String>,
    /// The address.
    pub url: String,
    /// Headers, for example of authorization.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body, as JSON.
    pub json: Option<Value>,
    /// The body, as the fields of a form.
    pub form: Option<BTreeMap<String, String>>,
}

impl RequestSection {
    /// Whether a header says who asks.
    #[must_use]
    pub fn says_who(header: &str) -> bool {
        const WORDS: [&str; 6] = ["auth", "cookie", "token", "secret", "session", "api-key"];
        let header = header.to_lowercase();
        WORDS.iter().any(|word| header.contains(word))
    }
}

/// Defects that the shop can be told to have, to see whether the checks notice them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefectsSection {
    /// What is added to `shop.command` to switch one on; `{defect}` stands for its name.
    pub switch: Vec<String>,
    /// The checks that are to notice each, by its name.
    pub noticed_by: BTreeMap<String, Vec<String>>,
}

/// Where the shop is told of payments.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallbacksSection {
    /// Receives payment webhooks.
    pub webhook: String,
    /// Receives refund webhooks; the same as `webhook` unless it is given.
    pub refund_webhook: Option<String>,
    /// Where a payer comes back to who has paid, with `{id}` for the order's id if it is in the address. Payers are sent where the shop asks PortOne to send them; here
    /// nonsense is sent, and what is answered is read.
    pub success: String,
    /// Where a payer comes back to who has not, likewise.
    pub failure: String,
}

/// Where the shop says how an order stands: an endpoint with JSON, in which a JSON pointer such as `/status` finds a value, or a page, in which a CSS selector
/// such as `#status` does (`#order@data-status` reads an attribute). In addresses `{id}` stands for the order's id.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderSection {
    /// An endpoint with JSON, or a page. It is asked over HTTP, without a browser.
    pub url: String,
    /// Headers, for example of authorization.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Where it has the state.
    pub state: String,
    /// Where it has the amount, if it has.
    pub amount: Option<String>,
    /// Where it has what was refunded, if it has.
    pub refunded: Option<String>,
    /// What the order is called at PortOne (`merchant_order_id`), like `ORDER-{id}`, or `ORDER-{id}-*` where each attempt to pay has a number; `{id}` unless
    /// it is given.
    pub reference: Option<String>,
    /// The page that confirms the order to its payer.
    pub page: Option<String>,
    /// The shop's words for states.
    pub words: WordsSection,
}

/// The shop's words for states, letters in any case. `Partly refunded*` is every text that begins so.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WordsSection {
    /// Paid, in full and not refunded.
    pub paid: Vec<String>,
    /// Not paid, for good.
    pub failed: Vec<String>,
    /// Not decided yet.
    pub pending: Vec<String>,
    /// Refunded in full.
    #[serde(default)]
    pub refunded: Vec<String>,
    /// Refunded in part; paid unless it is given.
    #[serde(default)]
    pub partly_refunded: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::secrets_in;

    #[test]
    fn the_secret_of_a_header_is_told_from_what_stands_around_it() {
        for (name, value, secrets) in [
            ("Authorization", "Bearer abc.def", vec!["abc.def"]),
            ("X-Api-Key", "c2VjcmV0a2V5cw==", vec!["c2VjcmV0a2V5cw=="]),
            ("cookie", "sid=first; lang=vi", vec!["first", "vi"]),
            ("X-Token", "1 2", vec!["1 2"]),
        ] {
            assert_eq!(secrets_in(name, value), secrets, "{name}");
        }
    }
}
