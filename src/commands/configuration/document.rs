//! What may stand in `conformance.toml`. The published JSON Schema is generated from these types.

use crate::sandbox::Capability;
use schemars::{JsonSchema, generate::SchemaSettings};
use serde::Deserialize;
use serde_json::Value;
use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};

/// The JSON Schema of `conformance.toml`, as it is published in `docs/`.
#[must_use]
pub fn configuration_schema() -> Value {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Document>();
    schema.insert("title".to_owned(), "conformance.toml".into());
    schema.to_value()
}

/// Targets by name.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Document {
    /// What a run can drive, by the name that `--target` takes. `sandbox` extends the built-in one; `twin` cannot be changed.
    #[serde(default)]
    pub(crate) target: BTreeMap<String, TargetSection>,
}

/// A target. In every text, `${NAME}` stands for an environment variable.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TargetSection {
    /// Base of the API, for example `https://api.portone.cloud`.
    pub(crate) base_url: Option<String>,
    /// The merchant's PortOne key.
    pub(crate) key: Option<String>,
    /// The merchant's PortOne secret, as `${NAME}`: it must not stand in the file itself.
    pub(crate) secret: Option<String>,
    /// Can be nothing but `sandbox`; anything else is refused.
    pub(crate) environment: Option<String>,
    /// Where the vendor's script for web pages lies.
    pub(crate) sdk_url: Option<String>,
    /// A shop whose page embeds that script, as the twin's shop does.
    pub(crate) shop_url: Option<String>,
    /// A page profile, laid over the built-in one. Relative to this file.
    pub(crate) profile: Option<PathBuf>,
    /// The merchant portal.
    pub(crate) portal: Option<DeskSection>,
    /// SmartPay's dashboard.
    pub(crate) dashboard: Option<DeskSection>,
    /// How the wallet's test app is used; `none` unless `wallet_url` is given.
    pub(crate) wallet: Option<WalletWord>,
    /// The test app's page, where it has one.
    pub(crate) wallet_url: Option<String>,
    /// The test app on a device, for `wallet = "appium"`.
    pub(crate) appium: Option<AppiumSection>,
    /// How webhooks reach this machine.
    pub(crate) webhook: Option<WebhookSection>,
    /// What the target can do; by default all that is configured.
    pub(crate) capabilities: Option<Vec<Capability>>,
    /// At most so many requests a second; 2 unless it is given.
    #[schemars(range(min = 1))]
    pub(crate) rate: Option<u32>,
    /// The reference of a payment with a refund that waits in the queue, for targets that queue none by themselves.
    pub(crate) queued_refund: Option<String>,
    /// Whether it keeps what the vendor's pages only leave to be inferred; what does not say so is not held to that, and the
    /// scenarios are skipped. A target with levers is a twin, and keeps it.
    pub(crate) inferred: Option<bool>,
    /// How long is waited.
    pub(crate) time_limits: Option<TimeLimitsSection>,
}

/// A page that an operator logs in to.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeskSection {
    /// The page.
    pub(crate) url: String,
    /// The operator's name.
    pub(crate) user: String,
    /// The operator's password, as `${NAME}`: it must not stand in the file itself.
    pub(crate) password: String,
}

/// How the wallet's test app is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum WalletWord {
    /// In a browser, at `wallet_url`.
    Web,
    /// On a device, through a WebDriver such as Appium.
    Appium,
    /// By a person, who is told what to do.
    Attended,
    /// Not at all: scenarios that need it are skipped.
    None,
}

/// A device with the test app, behind a WebDriver.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppiumSection {
    /// Of the WebDriver, for example `http://127.0.0.1:4723`.
    pub(crate) url: String,
    /// What the session is asked for, for example `platformName` and `appium:app`.
    #[serde(default)]
    pub(crate) capabilities: BTreeMap<String, Value>,
    /// Where the app has what is used, each as a list of strategy and value, for example `["accessibility id", "log-in"]`.
    pub(crate) locators: LocatorsSection,
}

/// Where the test app has what is used.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LocatorsSection {
    /// The field for the account.
    pub(crate) account: [String; 2],
    /// The field for the password.
    pub(crate) password: [String; 2],
    /// The button that logs in.
    pub(crate) log_in: [String; 2],
    /// The field for the text of a QR.
    pub(crate) content: [String; 2],
    /// The button after it.
    pub(crate) scan: [String; 2],
    /// The button that confirms the payment.
    pub(crate) confirm: [String; 2],
    /// What only a receipt has.
    pub(crate) receipt: [String; 2],
}

/// How webhooks reach this machine.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookSection {
    /// The address that the target sends to: of a tunnel or a host that leads to `listen`.
    pub(crate) public_url: String,
    /// Where this machine listens; `127.0.0.1:8600` unless it is given.
    pub(crate) listen: Option<SocketAddr>,
}

/// How long is waited, each like `90s` or `10m`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TimeLimitsSection {
    /// For an answer of the API; `20s` unless it is given.
    pub(crate) exchange: Option<String>,
    /// For a webhook to arrive, and for a payment to be decided; `20s` unless it is given.
    pub(crate) webhook: Option<String>,
    /// For a page to answer and to be recognised; `30s` unless it is given.
    pub(crate) page: Option<String>,
    /// For a part of a page to appear, to be usable, to go; `10s` unless it is given.
    pub(crate) element: Option<String>,
    /// For a person with the test app; `5m` unless it is given.
    pub(crate) attended: Option<String>,
}
