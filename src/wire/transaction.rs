//! Questions about a transaction, and its manual update. Source: the vendor's "Get Transaction Status", "Get Transaction
//! Details" and "Update Transaction Status" pages.

use super::{Amount, Secret, Signature, StatusUpdateFields, TransactionStatus, UserConfigured};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `GET /api/transaction/{merchant_order_ref}/status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionStatusContent {
    pub channel_order_ref: String,
    pub order_ref: String,
    pub status: TransactionStatus,
}

/// Body of `POST /api/{key}/transaction-details`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TransactionDetailsRequest {
    pub order_ref: String,
}

/// The answer of `transaction-details`: the fields of the vendor's example, in its order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransactionDetails {
    pub currency: String,
    pub amount: Amount,
    pub order_ref: String,
    pub channel_order_ref: String,
    pub merchant_order_ref: String,
    pub country_code: String,
    pub status: TransactionStatus,
    pub channel_key: String,
    pub method_name: String,
    pub method_key: String,
    pub channel_logo: String,
    pub method_sub_type: String,
    pub buyer_name: String,
    pub buyer_email: String,
    pub buyer_phone: String,
    pub buyer_address1: String,
    pub buyer_address2: String,
    pub buyer_city: String,
    pub buyer_country: String,
    pub status_code: String,
    pub status_reason: String,
    pub status_channel_reason: String,
    /// RFC 3339, UTC.
    pub date: String,
    pub is_refund_allowed: bool,
    pub is_multi_refund_allowed: bool,
    pub refund_completed: bool,
    pub user_agent: String,
    pub ip_address: String,
    pub description: String,
    pub payment_link_ref: String,
    /// `api` or `checkout`.
    pub source: String,
    pub payment_method_used: String,
    pub merchant_name: String,
    pub merchant_key: String,
    pub merchant_email_address: String,
    pub channel_name: String,
    pub payment_link_merchant_order_ref: String,
    pub customer_email_address: String,
    pub customer_phone_number: String,
    pub customer_name: String,
    pub created_by: String,
    pub user_message: String,
    pub routing_enabled: bool,
    pub payment_page_ref: String,
    /// Status of the latest refund; empty when there is none.
    pub refund_status: String,
    pub subscription_order_ref: String,
    pub is_cross_border_transaction: bool,
    pub order_details: Value,
    /// As the order was asked for; not in the example.
    #[serde(flatten)]
    pub user_configured: UserConfigured,
}

/// Body of `PUT /api/transaction/status`, for `Success` or `Failed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusUpdate {
    pub status: String,
    pub merchant_order_ref: String,
    pub signature: Signature,
}

impl StatusUpdate {
    #[must_use]
    pub fn signed(status: &str, merchant_order_ref: &str, secret: &Secret) -> Self {
        let canonical = StatusUpdateFields { merchant_order_ref, status }.canonical();
        Self {
            status: status.to_owned(),
            merchant_order_ref: merchant_order_ref.to_owned(),
            signature: Signature::of(secret, &canonical),
        }
    }

    #[must_use]
    pub fn verifies(&self, secret: &Secret) -> bool {
        let fields = StatusUpdateFields { merchant_order_ref: &self.merchant_order_ref, status: &self.status };
        self.signature.verifies(secret, &fields.canonical())
    }
}
