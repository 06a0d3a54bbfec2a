//! The envelopes around the vendor's answers.

use super::{Amount, Signature};
use serde::{Deserialize, Serialize};

/// An accepted answer: content and `2000 SUCCESS`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope<T> {
    pub content: T,
    /// Absent in the transaction status answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message: Option<String>,
    pub status_code: String,
    pub status_reason: String,
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
        }
    }
}

/// A refused request. Source: the failure responses of the vendor's API pages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// `false`, and present on `initiatePayment` only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub is_success: Option<bool>,
    pub message: String,
    /// Four digits as a string; families in `catalog::codes`.
    pub status_code: String,
    pub status_reason: String,
}

/// Body of `POST /api/merchant/auth-token`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuthTokenRequest {
    pub portone_key: String,
    pub portone_secret: String,
}

/// A token made by the vendor; `expires_in` in seconds, 21600 in the documentation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuthTokenContent {
    pub expires_in: u64,
    pub token: String,
}

/// Body of `POST /api/merchant/generate-signature`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignatureRequest {
    pub portone_key: String,
    pub currency: String,
    pub amount: Amount,
    pub merchant_order_id: String,
    pub success_url: String,
    pub failure_url: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignatureContent {
    pub signature: Signature,
}
