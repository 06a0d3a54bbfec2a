//! Webhook endpoints and what is delivered to them. Source: the vendor's "Add Webhook Endpoint", "Payment Webhook
//! Response" and "Refund Webhook Response" pages.

use super::{Amount, PaymentFields, RefundKind, RefundStatus, Secret, Signature, TransactionStatus, Unknown};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Body of `POST /api/merchant/{key}/webhook`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookRegistration {
    /// What the merchant calls the endpoint.
    pub name: String,
    /// Where webhooks go; absolute, http or https.
    pub url: String,
    /// `payment_status` or `refund_status` here; the vendor knows four more.
    #[serde(rename = "type")]
    pub kind: String,
    /// `sandbox` or `live`. Another: 4034.
    pub environment: String,
    /// Fields that no page documents.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Unknown,
}

/// A registered endpoint, as the API tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookEndpoint {
    /// What the merchant calls the endpoint.
    pub name: String,
    /// Reference of the endpoint.
    pub uuid: String,
    /// Where webhooks go; absolute, http or https.
    pub url: String,
    /// Whether webhooks are sent to it.
    pub enabled: bool,
    /// UTC; as Go prints a time when it was added, RFC 3339 in the list.
    pub created_at: String,
    /// What it is told of, for example `payment_status`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Fields that no page documents.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Unknown,
}

/// The payment webhook: the fields of the vendor's example, in its order, signed by `signature_hash`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentWebhook {
    /// ISO 4217.
    pub currency: String,
    /// In units of `currency`.
    pub amount: Amount,
    /// PortOne's reference of the order.
    pub order_ref: String,
    /// SmartPay's reference of the order.
    pub channel_order_ref: String,
    /// `merchant_order_id` of the request.
    pub merchant_order_ref: String,
    /// ISO 3166, two letters.
    pub country_code: String,
    /// Where the payment stands.
    pub status: TransactionStatus,
    /// The channel, `SMARTPAY`.
    pub channel_key: String,
    /// The method as people call it, with spaces.
    pub method_name: String,
    /// The method, for example `SMARTPAY_QR`.
    pub method_key: String,
    /// A kind of the method; empty for this channel.
    pub method_sub_type: String,
    /// As billed; empty where the request said nothing.
    pub buyer_name: String,
    /// As billed.
    pub buyer_email: String,
    /// As billed.
    pub buyer_phone: String,
    /// As billed.
    pub buyer_address1: String,
    /// As billed.
    pub buyer_address2: String,
    /// As billed.
    pub buyer_city: String,
    /// As billed, ISO 3166.
    pub buyer_country: String,
    /// Over nine of these fields; see `PaymentFields`.
    pub signature_hash: Signature,
    /// Four digits as a string.
    pub status_code: String,
    /// The code's name.
    pub status_reason: String,
    /// What SmartPay says of it, for people.
    pub status_channel_reason: String,
    /// As Go prints a time, UTC.
    pub created_at: String,
    /// Whether the channel refunds at all.
    pub is_refund_allowed: bool,
    /// Whether it refunds in parts.
    pub is_multi_refund_allowed: bool,
    /// The browser or program that asked for the payment.
    pub user_agent: String,
    /// As the request said.
    pub description: String,
    /// Where the request came from.
    pub ip_address: String,
    /// Reference of a payment link; empty without one.
    pub link_order_ref: String,
    /// Reference of a payment link; empty without one.
    pub payment_link_ref: String,
    /// `api` or `checkout`.
    pub source: String,
    /// The method that was used in the end.
    pub payment_method_used: String,
    /// The merchant's name at PortOne.
    pub merchant_name: String,
    /// The merchant's PortOne key.
    pub merchant_key: String,
    /// The merchant's address at PortOne.
    pub merchant_email_address: String,
    /// The channel as people call it.
    pub channel_name: String,
    /// `sandbox` or `live`.
    pub environment: String,
    /// For the payer; empty in the example.
    pub user_message: String,
    /// Address of a receipt; empty where there is none.
    pub receipt_url: String,
    /// Twelve stars and the last four digits; empty where no card was used.
    pub masked_card_number: String,
    /// Of payments across borders; `null` otherwise.
    #[schemars(with = "Option<Map<String, Value>>")]
    pub cross_border_data: Option<Value>,
    /// What a channel adds; `null` where there is nothing.
    #[schemars(with = "Option<Map<String, Value>>")]
    pub additional_payment_details: Option<Value>,
    /// Of payments in parts; `null` otherwise.
    #[schemars(with = "Option<Map<String, Value>>")]
    pub installment_details: Option<Value>,
    /// Whether money crosses a border.
    pub is_cross_border_transaction: bool,
    /// Fields that no page documents.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Unknown,
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefundWebhook {
    /// RFC 3339, UTC.
    pub refund_date: String,
    /// PortOne's reference of the refund.
    pub refund_id: String,
    /// SmartPay's reference of the refund.
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
    /// The merchant at SmartPay.
    pub merchant_id: String,
    /// As the request said.
    pub description: String,
    /// The order's reference at PortOne.
    pub payment_txn_ref: String,
    /// The channel, `SMARTPAY`.
    pub payment_channel: String,
    /// The method, for example `SMARTPAY_QR`.
    pub payment_method: String,
    /// Fields that no page documents.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Unknown,
}
