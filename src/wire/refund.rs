//! `POST` and `GET /api/refund/{order_ref}`. Source: the vendor's refund page and OpenAPI document.

use super::{Amount, RefundKind, RefundStatus, Unknown};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Body of a refund request; every field is required. Answered by `RefundsContent`, or refused: 4096 for an unknown order, 4070 for
/// one that cannot be refunded, 4081 for more than remains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefundRequest {
    /// In units of the order's currency; ignored for a full refund. 0 or less of a part: 4041.
    pub amount: Amount,
    /// The channel the payment was made through. Another: 4046.
    pub channel: String,
    /// For the merchant's books.
    pub description: String,
    /// `sandbox` or `live`. Another: 4034.
    pub environment: String,
    /// Whether everything or a part goes back. Another: 4001.
    pub refund_type: RefundKind,
    /// Why, in the merchant's words.
    pub refund_reason: String,
    /// Fields that no page documents.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Unknown,
}

/// What remains refundable and every refund of the order. It comes bare, without the usual envelope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefundsContent {
    /// The amount that can still be refunded, in units of the order's currency.
    #[serde(rename = "amountToRefund")]
    pub amount_to_refund: Amount,
    /// Every refund of the order, oldest first.
    #[serde(rename = "refundDetails")]
    pub refund_details: Vec<RefundDetail>,
    /// Fields that no page documents.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Unknown,
}

/// A refund as the API lists it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefundDetail {
    /// RFC 3339, UTC.
    pub refund_date: String,
    /// PortOne's reference; empty in the example.
    pub refund_id: String,
    /// SmartPay's reference.
    pub psp_refund_id: String,
    /// In units of `currency`.
    pub amount: Amount,
    /// ISO 4217.
    pub currency: String,
    /// What became of it.
    pub refund_status: RefundStatus,
    /// Whether of everything or of a part.
    pub refund_type: RefundKind,
    /// As the request said.
    pub refund_reason: String,
    /// The merchant at SmartPay; in the example, not in the schema.
    pub merchant_id: String,
    /// Fields that no page documents.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Unknown,
}
