//! `POST /api/initiatePayment`. Source: the vendor's "Initiate Payment" page and OpenAPI document.

use super::{Amount, RequestFields, Secret, Signature, TransactionType, Unknown};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A request for a payment. Answered by `PaymentInitiated`, or refused: 401 for what is wrong with it, 400 for an unknown
/// merchant or one that is not onboarded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InitiatePayment {
    /// The merchant's PortOne key, the same as in the header `X-Portone-Client-Key`. Missing: 4001. Another than in the header: 4010.
    /// Unknown: 4016.
    pub key: String,
    /// The merchant's own name for the order, unique per merchant. Used before: 4002.
    pub merchant_order_id: String,
    /// The channel, `SMARTPAY`. Another: 4046.
    pub pmt_channel: String,
    /// The method of the channel, for example `SMARTPAY_QR`. Not one of the channel: 4057.
    pub pmt_method: String,
    /// What the payer reads; not empty.
    pub description: String,
    /// `sandbox` or `live`; this suite never sends `live`. Another: 4034.
    pub environment: String,
    /// In units of `currency`, more than 0. Not an amount that can be paid: 4041.
    pub amount: Amount,
    /// ISO 4217, `VND` for this channel. Another: 4075.
    pub currency: String,
    /// Over amount, key, currency, order id, success and failure URL. Not theirs: 4011.
    pub signature_hash: Signature,
    /// Who is billed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub billing_details: Option<BillingDetails>,
    /// Where the goods go.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shipping_details: Option<ShippingDetails>,
    /// A saved card, for channels that take cards by token. No page says that SmartPay does.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub token_params: Option<TokenParams>,
    /// What is bought.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub order_details: Option<Vec<OrderItem>>,
    /// Where the payer goes once paid; absolute, http or https. Signed as written.
    pub success_url: String,
    /// Where the payer goes when the payment did not come about; absolute, http or https. Signed as written.
    pub failure_url: String,
    /// Where the payer goes while the outcome is open; not signed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pending_url: Option<String>,
    /// Whether PortOne may choose another channel.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub routing_enabled: Option<bool>,
    /// How it chooses.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub routing_params: Option<RoutingParams>,
    /// Whether the money is taken at once.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub transaction_type: Option<TransactionType>,
    /// The merchant's own five fields.
    #[serde(flatten)]
    pub user_configured: UserConfigured,
    /// Fields that no page documents.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Unknown,
}

/// What a merchant hangs on an order for itself; comes back in the details of the transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct UserConfigured {
    /// The merchant's own, as it wrote it.
    #[serde(rename = "user_configured_field1", skip_serializing_if = "Option::is_none")]
    pub field1: Option<String>,
    /// The merchant's own, as it wrote it.
    #[serde(rename = "user_configured_field2", skip_serializing_if = "Option::is_none")]
    pub field2: Option<String>,
    /// The merchant's own, as it wrote it.
    #[serde(rename = "user_configured_field3", skip_serializing_if = "Option::is_none")]
    pub field3: Option<String>,
    /// The merchant's own, as it wrote it.
    #[serde(rename = "user_configured_field4", skip_serializing_if = "Option::is_none")]
    pub field4: Option<String>,
    /// The merchant's own, as it wrote it.
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

/// A postal address; no part of it is required.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Address {
    /// City.
    pub city: String,
    /// ISO 3166, two letters.
    pub country_code: String,
    /// The country in words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub country_name: String,
    /// Language of the buyer, for example `vi`.
    pub locale: String,
    /// Street and number.
    pub line_1: String,
    /// What did not fit into the first line.
    pub line_2: String,
    /// Postal code, digits as text.
    pub postal_code: String,
    /// State or province.
    pub state: String,
    /// Fields that no page documents.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Unknown,
}

/// Who is billed; no part of it is required. Comes back as `buyer_*` in details, webhook and redirect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct BillingDetails {
    /// First and middle names.
    pub billing_name: String,
    /// Last name.
    pub billing_surname: String,
    /// E-mail address.
    pub billing_email: String,
    /// Telephone number.
    pub billing_phone: String,
    /// Address.
    pub billing_address: Address,
    /// Fields that no page documents.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Unknown,
}

/// Where the goods go; no part of it is required.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ShippingDetails {
    /// First and middle names.
    pub shipping_name: String,
    /// Last name.
    pub shipping_surname: String,
    /// E-mail address.
    pub shipping_email: String,
    /// Telephone number.
    pub shipping_phone: String,
    /// Address.
    pub shipping_address: Address,
    /// Fields that no page documents.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Unknown,
}

/// An item of an order; no part of it is required.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrderItem {
    /// The merchant's own name for it; `item_id` in the details.
    #[serde(default)]
    pub id: String,
    /// What the payer reads; `product_name` in the details.
    #[serde(default)]
    pub name: String,
    /// Price of one, in the order's currency.
    #[serde(default = "free")]
    pub price: Amount,
    /// How many.
    #[serde(default)]
    pub quantity: u32,
    /// Address of a picture.
    #[serde(default)]
    pub image: String,
    /// The merchant's own words, as it wrote them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub additional_details: Option<Map<String, Value>>,
    /// Fields that no page documents.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Unknown,
}

fn free() -> Amount {
    0.into()
}

/// A saved card; no part of it is required.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TokenParams {
    /// The token that stands for the card.
    pub token: String,
    /// The card's number with its middle starred.
    pub partial_card_number: String,
    /// Two digits.
    pub expiry_month: String,
    /// Four digits.
    pub expiry_year: String,
    /// The card's brand, for example `mastercard`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether the card is to be saved.
    pub save_card: bool,
    /// Whether the token is the channel's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_channel_token: Option<bool>,
    /// Fields that no page documents.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Unknown,
}

/// How PortOne may choose among channels; no part of it is required.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RoutingParams {
    /// For example `failover`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Reference of a route kept at PortOne.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routing_ref: Option<String>,
    /// The channels in question.
    pub data: Vec<Route>,
    /// Fields that no page documents.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Unknown,
}

/// A channel that a payment may be routed to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Route {
    /// The channel.
    pub channel_key: String,
    /// The method.
    pub method_key: String,
    /// 1 comes first.
    pub rank: u32,
    /// Fields that no page documents.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Unknown,
}

/// The answer to an accepted request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentInitiated {
    /// `true`.
    pub is_success: bool,
    /// Where the payer goes next.
    pub redirect_url: String,
    /// SmartPay's reference of the order.
    pub channel_order_ref: String,
    /// `merchant_order_id` of the request.
    pub merchant_order_ref: String,
    /// PortOne's reference of the order, a KSUID.
    pub order_ref: String,
    /// Empty in the example.
    pub message: String,
    /// Address that opens an app; empty where there is none.
    pub deep_link: String,
    /// What a channel adds; `null` in the example, though the schema says object.
    #[schemars(with = "Option<Map<String, Value>>")]
    pub additional_data: Option<Value>,
    /// The QR image, for QR payments; else empty.
    pub qrcode_url: String,
    /// Minutes until the order expires, as a string.
    pub expiry_in_minutes: String,
    /// Fields that no page documents.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Unknown,
}
