//! What a run drives: where it is, what it can do, and who we are there.

use crate::journal::Failure;
use crate::wire::{InitiatePayment, Secret};
use std::collections::BTreeSet;
use url::Url;

/// Something a target can do. Scenarios that need what a target lacks are skipped, with the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// The one merchant of a target that cannot make accounts.
    pub account: Option<Account>,
    pub capabilities: BTreeSet<Capability>,
}

impl Target {
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
