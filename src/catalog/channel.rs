//! The channel itself. Source: the vendor's "Smart Pay" page.

/// `pmt_channel` of every SmartPay payment.
pub const CHANNEL: &str = "SMARTPAY";
/// ISO 3166.
pub const COUNTRY: &str = "VN";
/// ISO 4217.
pub const CURRENCY: &str = "VND";

/// What SmartPay knows a merchant by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelCredentials {
    pub channel: &'static str,
    pub merchant_id: &'static str,
    pub branch_code: &'static str,
}

/// The credentials on the vendor's page.
pub const DOCUMENTED_CREDENTIALS: ChannelCredentials =
    ChannelCredentials { channel: "POG", merchant_id: "9800000205", branch_code: "PORT1" };
