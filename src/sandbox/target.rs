//! What a run drives: where it is, what it can do, and who we are there.

use crate::journal::Failure;
use crate::wire::{InitiatePayment, Secret};
use schemars::JsonSchema;
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    time::Duration,
};
use url::Url;

/// Something a target can do. Scenarios that need what a target lacks are skipped, with the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Capability {
    /// An account per scenario, its onboarding, its refund queue and its clock can be arranged at `/_twin/`.
    Levers,
    /// Webhooks reach the harness.
    Webhooks,
    /// A shop page that embeds the SDK can be opened.
    Shop,
    /// The merchant portal can be driven.
    Portal,
    /// SmartPay's dashboard can be driven.
    Dashboard,
    /// The wallet's test app can be driven in a browser.
    Wallet,
}

impl Capability {
    pub const ALL: [Self; 6] = [Self::Levers, Self::Webhooks, Self::Shop, Self::Portal, Self::Dashboard, Self::Wallet];

    /// The word in tags (`@needs-levers`) and messages.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Levers => "levers",
            Self::Webhooks => "webhooks",
            Self::Shop => "shop",
            Self::Portal => "portal",
            Self::Dashboard => "dashboard",
            Self::Wallet => "wallet",
        }
    }
}

/// A user name and a password.
#[derive(Clone, Debug)]
pub struct Login {
    pub user: String,
    pub password: Secret,
}

/// A merchant at the target.
#[derive(Clone, Debug)]
pub struct Account {
    /// The PortOne key; public, it stands in web pages.
    pub key: String,
    pub secret: Secret,
    pub portal: Option<Login>,
    pub dashboard: Option<Login>,
}

/// How the shop's page starts the vendor's script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShopMode {
    /// Straight to the one method of the order.
    Payment,
    /// To the hosted checkout, which offers every method.
    Checkout,
}

impl ShopMode {
    const fn word(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Checkout => "checkout",
        }
    }
}

/// How long a target is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLimits {
    /// For an answer of the API.
    pub exchange: Duration,
    /// For a webhook to arrive, and for a payment to be decided.
    pub webhook: Duration,
    /// For a page to answer and to be recognised.
    pub page: Duration,
    /// For a part of a page to appear, to be usable, to go.
    pub element: Duration,
    /// For a person with the test app.
    pub attended: Duration,
}

impl Default for TimeLimits {
    fn default() -> Self {
        let [exchange, webhook, page, element, attended] = [20, 20, 30, 10, 300].map(Duration::from_secs);
        Self { exchange, webhook, page, element, attended }
    }
}

/// How webhooks of a remote target reach this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookRoute {
    /// Where the target sends them.
    pub public: Url,
    /// Where that leads to.
    pub listen: SocketAddr,
}

/// A page profile of the target, laid over the built-in one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageProfile {
    /// Its file's name, for messages.
    pub file: String,
    pub text: String,
}

/// How the wallet's test app is used.
#[derive(Clone, Debug, Default)]
pub enum Phone {
    /// In a browser.
    Web,
    /// On a device, through a WebDriver.
    Driven(Box<Device>),
    /// By a person.
    Attended,
    #[default]
    None,
}

/// A device with the test app, behind a WebDriver.
#[derive(Clone, Debug)]
pub struct Device {
    pub webdriver: Url,
    pub capabilities: serde_json::Value,
    pub locators: AppLocators,
}

/// Where the test app has what is used: a strategy and a value each.
#[derive(Clone, Debug)]
pub struct AppLocators {
    pub account: [String; 2],
    pub password: [String; 2],
    pub log_in: [String; 2],
    pub content: [String; 2],
    pub scan: [String; 2],
    pub confirm: [String; 2],
    pub receipt: [String; 2],
}

/// A running system that a run drives.
#[derive(Clone, Debug)]
pub struct Target {
    pub name: String,
    /// Base of the API.
    pub api: Url,
    pub shop: Option<Url>,
    pub portal: Option<Url>,
    pub dashboard: Option<Url>,
    pub wallet: Option<Url>,
    pub phone: Phone,
    /// Where the vendor's script for web pages lies.
    pub sdk: Option<Url>,
    pub profile: Option<PageProfile>,
    /// `None` where the target reaches this machine by itself, or not at all.
    pub webhooks: Option<WebhookRoute>,
    /// At most so many requests a second; `None` for as many as there are.
    pub rate: Option<u32>,
    /// The reference of a payment with a refund that waits in the queue.
    pub queued_refund: Option<String>,
    pub limits: TimeLimits,
    /// Whether it keeps what the vendor's pages only leave to be inferred, too.
    pub inferred: bool,
    /// The one merchant of a target that cannot make accounts.
    pub account: Option<Account>,
    pub capabilities: BTreeSet<Capability>,
    /// Why it has not the others, where there is more to say than that.
    pub lacks: BTreeMap<Capability, String>,
}

impl Target {
    /// A target of which nothing is known but where its API is.
    #[must_use]
    pub fn new(name: impl Into<String>, api: Url) -> Self {
        Self {
            name: name.into(),
            api,
            shop: None,
            portal: None,
            dashboard: None,
            wallet: None,
            phone: Phone::None,
            sdk: None,
            profile: None,
            webhooks: None,
            rate: None,
            queued_refund: None,
            limits: TimeLimits::default(),
            inferred: false,
            account: None,
            capabilities: BTreeSet::new(),
            lacks: BTreeMap::new(),
        }
    }

    /// "no portal", and why if that is known.
    #[must_use]
    pub fn lack(&self, capability: Capability) -> String {
        let reason = self.lacks.get(&capability).map(|reason| format!(" ({reason})")).unwrap_or_default();
        format!("no {}{reason}", capability.word())
    }

    /// Base of the levers, on a target that has them.
    #[must_use]
    pub fn levers(&self) -> Option<Url> {
        self.capabilities.contains(&Capability::Levers).then(|| self.api.join("/_twin/").ok()).flatten()
    }

    /// The shop's page that offers an order.
    ///
    /// # Errors
    /// Skipped, on a target without a shop.
    pub fn shop_order(&self, request: &InitiatePayment, mode: ShopMode) -> Result<Url, Failure> {
        let mut page = self.shop.clone().ok_or_else(|| Failure::skipped("the target has no shop"))?;
        page.set_path(&format!("{}/orders/new", request.key));
        page.query_pairs_mut()
            .append_pair("method", &request.pmt_method)
            .append_pair("amount", &request.amount.to_string())
            .append_pair("order", &request.merchant_order_id)
            .append_pair("mode", mode.word());
        Ok(page)
    }
}
