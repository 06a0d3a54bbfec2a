//! The envelopes around the vendor's answers.

use super::{Amount, InitiatePayment, Signature, Unknown};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An accepted answer: content and `2000 SUCCESS`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Envelope<T> {
    /// What was asked for.
    pub content: T,
    /// What was done, for people. Absent in the answers about a transaction.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message: Option<String>,
    /// `2000`.
    pub status_code: String,
    /// `SUCCESS`.
    pub status_reason: String,
    /// Fields that no page documents.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Unknown,
}

impl<T> Envelope<T> {
    /// `2000 SUCCESS` around `content`.
    #[must_use]
    pub fn success(content: T, message: Option<&str>) -> Self {
        Self {
            content,
            message: message.map(str::to_owned),
            status_code: "2000".to_owned(),
            status_reason: "SUCCESS".to_owned(),
            unknown: Unknown::default(),
        }
    }
}

/// A refused request. Source: the failure responses of the vendor's API pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Refusal {
    /// What is wrong, for people; names the field that is to blame.
    pub message: String,
    /// Four digits as a string: 4xxx validation, 5xxx system, 6xxx bank or card, 7xxx unknown, 8xxx PSP.
    pub status_code: String,
    /// The code's name. One documented code can have several.
    pub status_reason: String,
    /// Fields that no page documents.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Unknown,
}

/// A refused payment request: only `initiatePayment` says `is_success` when it refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentRefusal {
    /// `false`.
    pub is_success: bool,
    /// The refusal, as of any request.
    #[serde(flatten)]
    pub refusal: Refusal,
}

/// Body of `POST /api/merchant/auth-token`. Unknown key: 4016. Wrong secret: 4010.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct AuthTokenRequest {
    /// The merchant's PortOne key.
    pub portone_key: String,
    /// The merchant's PortOne secret.
    pub portone_secret: String,
    /// Fields that no page documents.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Unknown,
}

/// A token made by the vendor.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct AuthTokenContent {
    /// Seconds; 21600 in the documentation.
    pub expires_in: u64,
    /// A JWT for the header `Authorization: Bearer …`.
    pub token: String,
    /// Fields that no page documents.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Unknown,
}

/// Body of `POST /api/merchant/generate-signature`. Source: the vendor's "Generate Signature" page.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SignatureRequest {
    /// The merchant's PortOne key; signed as `client_key`.
    pub portone_key: String,
    /// ISO 4217.
    pub currency: String,
    /// In units of `currency`.
    pub amount: Amount,
    /// The merchant's own name for the order.
    pub merchant_order_id: String,
    /// Where the payer goes once paid.
    pub success_url: String,
    /// Where the payer goes when the payment did not come about.
    pub failure_url: String,
    /// Fields that no page documents.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Unknown,
}

impl From<&InitiatePayment> for SignatureRequest {
    /// Asks for the signature of a payment request.
    fn from(request: &InitiatePayment) -> Self {
        Self {
            portone_key: request.key.clone(),
            currency: request.currency.clone(),
            amount: request.amount,
            merchant_order_id: request.merchant_order_id.clone(),
            success_url: request.success_url.clone(),
            failure_url: request.failure_url.clone(),
            unknown: Unknown::default(),
        }
    }
}

/// The signature of a request that was not sent.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SignatureContent {
    /// As `signature_hash` of `initiatePayment` needs it.
    pub signature: Signature,
    /// Fields that no page documents.
    #[serde(flatten)]
    #[schemars(skip)]
    pub unknown: Unknown,
}
