//! The plan: what a merchant's integration must do before it goes live. Kept in `checks.toml`.

use super::Level;
use serde::Deserialize;
use std::sync::LazyLock;

/// What an integration is certified for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// It can be tried by others: paying, booking and verifying work.
    SandboxReady,
    /// It can take money.
    GoLive,
}

impl Profile {
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::SandboxReady => "sandbox-ready",
            Self::GoLive => "go-live",
        }
    }
}

/// What a shop must have for a check to be asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// A page on which a payer orders.
    CheckoutPage,
    /// A page, or an endpoint that takes the order's id: else two requests are two orders, and rightly so.
    OrderTwice,
    /// Headers by which a refund is known to be an operator's.
    RefundHeaders,
}

impl Need {
    /// What is missing where it is not met.
    #[must_use]
    pub const fn lack(self) -> &'static str {
        match self {
            Self::CheckoutPage => "the shop has no checkout.page",
            Self::OrderTwice => "the shop has neither checkout.page nor {id} in checkout.endpoint",
            Self::RefundHeaders => "refund.headers has none by which the shop would know who asks",
        }
    }
}

/// One check.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// Stable, for example `SHOP-HOOK-01`; also the tag of the scenarios that are the check.
    pub id: String,
    pub level: Level,
    /// The first profile that asks for it.
    pub profile: Profile,
    /// Without it the check is not asked.
    pub needs: Option<Need>,
    /// The area of the vendor's integration test plan, or its go-live checklist.
    pub area: String,
    pub title: String,
    /// Why it is asked for.
    pub rationale: String,
    /// The address of the documentation page.
    pub source: String,
    /// What to change where it fails.
    pub advice: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    check: Vec<Check>,
}

/// All checks, in the plan's order.
#[must_use]
pub fn checks() -> &'static [Check] {
    static ALL: LazyLock<Vec<Check>> = LazyLock::new(|| {
        let document: Document =
            toml::from_str(include_str!("checks.toml")).expect("the embedded catalogue parses, as its test shows");
        document.check
    });
    &ALL
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_check_has_an_id_of_its_own_a_page_and_advice() {
        let mut seen = HashSet::new();
        for check in checks() {
            assert!(seen.insert(&check.id), "{} appears twice", check.id);
            assert!(check.source.starts_with("https://docs.portone.cloud/"), "{}", check.id);
            assert!(
                check.advice.ends_with('.') && check.rationale.ends_with('.') && check.title.len() > 10,
                "{}",
                check.id
            );
        }
    }
}
