//! `POST` and `GET /api/refund/{order_ref}`. Source: the vendor's refund page and OpenAPI document.

use super::{Amount, RefundKind, RefundStatus};
use serde::{Deserialize, Serialize};

/// Body of a refund request; every field is required.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RefundRequest {
    /// Ignored for a full refund.
    pub amount: Amount,
    /// The channel the payment was made through.
    pub channel: String,
    pub description: String,
    pub environment: String,
    pub refund_type: RefundKind,
    pub refund_reason: String,
}

/// What remains refundable and every refund of the order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RefundsContent {
    /// The amount that can still be refunded.
    #[serde(rename = "amountToRefund")]
    pub amount_to_refund: Amount,
    #[serde(rename = "refundDetails")]
    pub refund_details: Vec<RefundDetail>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RefundDetail {
    /// RFC 3339, UTC.
    pub refund_date: String,
    pub refund_id: String,
    pub psp_refund_id: String,
    pub amount: Amount,
    pub currency: String,
    pub refund_status: RefundStatus,
    pub refund_type: RefundKind,
    pub refund_reason: String,
    pub merchant_id: String,
}
