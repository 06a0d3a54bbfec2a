//! Webhook endpoints and what is delivered to them. Source: the vendor's "Add Webhook Endpoint", "Payment Webhook
//! Response" and "Refund Webhook Response" pages.

use super::{Amount, PaymentFields, RefundKind, RefundStatus, Secret, Signature, TransactionStatus};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Body of `POST /api/merchant/{key}/webhook`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookRegistration {
    pub name: String,
    pub url: String,
    /// `payment_status` or `refund_status` here; the vendor knows four more.
    #[serde(rename = "type")]
    pub kind: String,
    pub environment: String,
}

/// A registered endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookEndpoint {
    pub name: String,
    pub uuid: String,
    pub url: String,
    pub enabled: bool,
    pub created_at: String,
    #[serde(rename = "type")]
    pub kind: String,
}

/// The payment webhook: the fields of the vendor's example, in its order, signed by `signature_hash`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaymentWebhook {
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
    pub method_sub_type: String,
    pub buyer_name: String,
    pub buyer_email: String,
    pub buyer_phone: String,
    pub buyer_address1: String,
    pub buyer_address2: String,
    pub buyer_city: String,
    pub buyer_country: String,
    pub signature_hash: Signature,
    pub status_code: String,
    pub status_reason: String,
    pub status_channel_reason: String,
    /// As Go prints a time, UTC.
    pub created_at: String,
    pub is_refund_allowed: bool,
    pub is_multi_refund_allowed: bool,
    pub user_agent: String,
    pub description: String,
    pub ip_address: String,
    pub link_order_ref: String,
    pub payment_link_ref: String,
    pub source: String,
    pub payment_method_used: String,
    pub merchant_name: String,
    pub merchant_key: String,
    pub merchant_email_address: String,
    pub channel_name: String,
    pub environment: String,
    pub user_message: String,
    pub receipt_url: String,
    /// Twelve stars and the last four digits; empty where no card was used.
    pub masked_card_number: String,
    pub cross_border_data: Option<Value>,
    pub additional_payment_details: Option<Value>,
    pub installment_details: Option<Value>,
    pub is_cross_border_transaction: bool,
}

impl PaymentWebhook {
    #[must_use]
    pub fn signed_fields(&self) -> PaymentFields<'_> {
        PaymentFields {
            amount: self.amount,
            channel_key: &self.channel_key,
            channel_order_ref: &self.channel_order_ref,
            country_code: &self.country_code,
            currency: &self.currency,
            merchant_order_ref: &self.merchant_order_ref,
            method_name: &self.method_name,
            order_ref: &self.order_ref,
            status: self.status.word(),
        }
    }

    /// This webhook with the signature that belongs to it.
    #[must_use]
    pub fn signed(mut self, secret: &Secret) -> Self {
        self.signature_hash = Signature::of(secret, &self.signed_fields().canonical());
        self
    }

    #[must_use]
    pub fn verifies(&self, secret: &Secret) -> bool {
        self.signature_hash.verifies(secret, &self.signed_fields().canonical())
    }
}

/// The refund webhook. It carries no signature, so a receiver has to confirm it by the API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RefundWebhook {
    pub refund_date: String,
    pub refund_id: String,
    pub psp_refund_id: String,
    pub amount: Amount,
    pub currency: String,
    pub refund_status: RefundStatus,
    pub refund_type: RefundKind,
    pub refund_reason: String,
    pub merchant_id: String,
    pub description: String,
    /// The order's reference at PortOne.
    pub payment_txn_ref: String,
    pub payment_channel: String,
    pub payment_method: String,
}
