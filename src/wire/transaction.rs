//! Questions about a transaction, and its manual update. Source: the vendor's "Get Transaction Status", "Get Transaction
//! Details" and "Update Transaction Status" pages.

use super::{Amount, Secret, Signature, StatusUpdateFields, TransactionStatus, Unknown, UserConfigured};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// `GET /api/transaction/{merchant_order_ref}/status`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TransactionStatusContent {
    /// SmartPay's reference of the order.
    pub channel_order_ref: String,
    /// PortOne's reference of the order.
    pub order_ref: String,
    /// Where the payment stands.
    pub status: TransactionStatus,
    /// Fields that no page documents.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Unknown,
}

/// Body of `POST /api/{key}/transaction-details`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct TransactionDetailsRequest {
    /// PortOne's reference of the order. Unknown: 4096.
    pub order_ref: String,
    /// Fields that no page documents.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Unknown,
}

/// The answer of `transaction-details`: the fields of the vendor's example, in its order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TransactionDetails {
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
    /// Address of the channel's picture.
    pub channel_logo: String,
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
    /// Four digits as a string.
    pub status_code: String,
    /// The code's name.
    pub status_reason: String,
    /// What SmartPay says of it, for people.
    pub status_channel_reason: String,
    /// RFC 3339, UTC.
    pub date: String,
    /// Whether the channel refunds at all.
    pub is_refund_allowed: bool,
    /// Whether it refunds in parts.
    pub is_multi_refund_allowed: bool,
    /// Whether everything was paid back.
    pub refund_completed: bool,
    /// The browser or program that asked for the payment.
    pub user_agent: String,
    /// Where the request came from.
    pub ip_address: String,
    /// As the request said.
    pub description: String,
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
    /// The merchant's reference of a payment link; empty without one.
    pub payment_link_merchant_order_ref: String,
    /// Of the payer, as far as known.
    pub customer_email_address: String,
    /// Of the payer, as far as known.
    pub customer_phone_number: String,
    /// Of the payer, as far as known.
    pub customer_name: String,
    /// Who made the payment link; empty without one.
    pub created_by: String,
    /// For the payer; empty in the example.
    pub user_message: String,
    /// Whether PortOne could choose another channel.
    pub routing_enabled: bool,
    /// Reference of a payment page; empty without one.
    pub payment_page_ref: String,
    /// Status of the latest refund; empty when there is none.
    pub refund_status: String,
    /// Reference of a subscription; empty without one.
    pub subscription_order_ref: String,
    /// Whether money crosses a border.
    pub is_cross_border_transaction: bool,
    /// `data`: the items, in other words than the request's. The schema says object, the example shows a list.
    #[schemars(with = "OrderedItems")]
    pub order_details: Value,
    /// In the schema, in no example: a signature over what, no page says.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub signature_hash: Option<Signature>,
    /// In the schema, in no example.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user_uuid: Option<String>,
    /// In the schema, in no example: whether PortOne pays back by itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub auto_refund: Option<bool>,
    /// As the order was asked for; not in the example.
    #[serde(flatten)]
    pub user_configured: UserConfigured,
    /// Fields that no page documents.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Unknown,
}

/// The items of an order, in the words of the details.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrderedItems {
    /// The items, in the order of the request.
    pub data: Vec<OrderedItem>,
}

/// An item of an order, in the words of the details.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrderedItem {
    /// `id` of the request.
    pub item_id: String,
    /// `name` of the request.
    pub product_name: String,
    /// Price of one, in the order's currency.
    pub price: Amount,
    /// How many.
    pub quantity: u32,
    /// Address of a picture.
    pub image: String,
    /// The merchant's own words, as it wrote them.
    #[schemars(with = "Map<String, Value>")]
    pub additional_details: Value,
}

/// Body of `PUT /api/transaction/status`, for `Success` or `Failed`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatusUpdate {
    /// `Success` or `Failed`. Another: 4001. Of an order that is concluded: 4071.
    pub status: String,
    /// The order. Unknown: 4096.
    pub merchant_order_ref: String,
    /// Over order and status; the recipe is unpublished and inferred. Not theirs: 4011.
    pub signature: Signature,
    /// Fields that no page documents.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Unknown,
}

/// The answer to an accepted update. The documentation shows none; its shape is inferred from the others, without content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatusUpdated {
    /// What was done, for people.
    pub message: String,
    /// `2000`.
    pub status_code: String,
    /// `SUCCESS`.
    pub status_reason: String,
    /// Fields that no page documents.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Unknown,
}

impl StatusUpdate {
    #[must_use]
    pub fn signed(status: &str, merchant_order_ref: &str, secret: &Secret) -> Self {
        let canonical = StatusUpdateFields { merchant_order_ref, status }.canonical();
        Self {
            status: status.to_owned(),
            merchant_order_ref: merchant_order_ref.to_owned(),
            signature: Signature::of(secret, &canonical),
            unknown: Unknown::default(),
        }
    }

    #[must_use]
    pub fn verifies(&self, secret: &Secret) -> bool {
        let fields = StatusUpdateFields { merchant_order_ref: &self.merchant_order_ref, status: &self.status };
        self.signature.verifies(secret, &fields.canonical())
    }
}
