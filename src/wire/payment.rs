//! `POST /api/initiatePayment`. Source: the vendor's "Initiate Payment" page and OpenAPI document.

use super::{Amount, RequestFields, Secret, Signature};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A request for a payment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InitiatePayment {
    /// The merchant's PortOne key.
    pub key: String,
    /// Unique per merchant; a second use is refused with 4002.
    pub merchant_order_id: String,
    pub pmt_channel: String,
    pub pmt_method: String,
    pub description: String,
    /// `sandbox`; this suite never sends `live`.
    pub environment: String,
    pub amount: Amount,
    /// ISO 4217, `VND` for this channel.
    pub currency: String,
    pub signature_hash: Signature,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub billing_details: Option<BillingDetails>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shipping_details: Option<ShippingDetails>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub order_details: Option<Vec<OrderItem>>,
    pub success_url: String,
    pub failure_url: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pending_url: Option<String>,
    #[serde(flatten)]
    pub user_configured: UserConfigured,
}

/// What a merchant hangs on an order for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UserConfigured {
    #[serde(rename = "user_configured_field1", skip_serializing_if = "Option::is_none")]
    pub field1: Option<String>,
    #[serde(rename = "user_configured_field2", skip_serializing_if = "Option::is_none")]
    pub field2: Option<String>,
    #[serde(rename = "user_configured_field3", skip_serializing_if = "Option::is_none")]
    pub field3: Option<String>,
    #[serde(rename = "user_configured_field4", skip_serializing_if = "Option::is_none")]
    pub field4: Option<String>,
    #[serde(rename = "user_configured_field5", skip_serializing_if = "Option::is_none")]
    pub field5: Option<String>,
}

impl InitiatePayment {
    /// The fields that the signature covers.
    #[must_use]
    pub fn signed_fields(&self) -> RequestFields<'_> {
        RequestFields {
            amount: self.amount,
            client_key: &self.key,
            currency: &self.currency,
            failure_url: &self.failure_url,
            merchant_order_id: &self.merchant_order_id,
            success_url: &self.success_url,
        }
    }

    /// This request with the signature that belongs to it.
    #[must_use]
    pub fn signed(mut self, secret: &Secret) -> Self {
        self.signature_hash = Signature::of(secret, &self.signed_fields().canonical());
        self
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Address {
    pub city: String,
    /// ISO 3166, two letters.
    pub country_code: String,
    pub locale: String,
    pub line_1: String,
    pub line_2: String,
    pub postal_code: String,
    pub state: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BillingDetails {
    pub billing_name: String,
    pub billing_surname: String,
    pub billing_email: String,
    pub billing_phone: String,
    pub billing_address: Address,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ShippingDetails {
    pub shipping_name: String,
    pub shipping_surname: String,
    pub shipping_email: String,
    pub shipping_phone: String,
    pub shipping_address: Address,
}

/// An item of an order; no part of it is required.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderItem {
    #[serde(default)]
    pub id: String,
    #[serde(default)]
    pub name: String,
    /// Price of one, in the order's currency.
    #[serde(default = "free")]
    pub price: Amount,
    #[serde(default)]
    pub quantity: u32,
    #[serde(default)]
    pub image: String,
    /// The merchant's own words, as it wrote them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub additional_details: Option<Value>,
}

fn free() -> Amount {
    0.into()
}

/// The answer to an accepted request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaymentInitiated {
    pub is_success: bool,
    /// Where the payer goes next.
    pub redirect_url: String,
    pub channel_order_ref: String,
    pub merchant_order_ref: String,
    pub order_ref: String,
    pub message: String,
    pub deep_link: String,
    pub additional_data: Option<Value>,
    /// The QR image, for QR payments; else empty.
    pub qrcode_url: String,
    /// Minutes, as a string.
    pub expiry_in_minutes: String,
}
