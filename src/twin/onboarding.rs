//! Whether SmartPay has set the merchant up.

use serde::{Deserialize, Serialize};

/// What the vendor's page asks SmartPay to configure for a merchant before it can take payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Onboarding {
    /// PortOne's address is whitelisted.
    pub whitelisted_ip: bool,
    /// PortOne's public key is configured at SmartPay.
    pub portone_public_key: bool,
    /// SmartPay's public key is configured at PortOne.
    pub smartpay_public_key: bool,
}

impl Default for Onboarding {
    fn default() -> Self {
        Self { whitelisted_ip: true, portone_public_key: true, smartpay_public_key: true }
    }
}
