//! Request and callback signatures: base64(HMAC-SHA256(secret, canonical form of the signed fields)).
//!
//! Source: the vendor's "Payment Request", "Payment Webhook Response" and "Redirection Response" pages. Their prose
//! says "SHA-256 hash", their code is an HMAC; the code is right.

use super::{Amount, Secret, form::encode_pairs};
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// A signature in its base64 form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Signature(String);

impl Signature {
    /// Signs a canonical string.
    #[must_use]
    pub fn of(secret: &Secret, canonical: &str) -> Self {
        Self(BASE64_STANDARD.encode(mac(secret, canonical).finalize().into_bytes()))
    }

    /// Whether this is the signature of `canonical`, compared in constant time.
    #[must_use]
    pub fn verifies(&self, secret: &Secret, canonical: &str) -> bool {
        BASE64_STANDARD.decode(&self.0).is_ok_and(|bytes| mac(secret, canonical).verify_slice(&bytes).is_ok())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Signature {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Signature {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl std::fmt::Display for Signature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

fn mac(secret: &Secret, canonical: &str) -> Hmac<Sha256> {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).expect("an HMAC takes a key of any length");
    mac.update(canonical.as_bytes());
    mac
}

/// The fields of a payment request that its signature covers.
#[derive(Clone, Copy, Debug)]
pub struct RequestFields<'a> {
    pub amount: Amount,
    pub client_key: &'a str,
    pub currency: &'a str,
    pub failure_url: &'a str,
    pub merchant_order_id: &'a str,
    pub success_url: &'a str,
}

impl RequestFields<'_> {
    #[must_use]
    pub fn canonical(&self) -> String {
        encode_pairs(&[
            ("amount", &self.amount.to_string()),
            ("client_key", self.client_key),
            ("currency", self.currency),
            ("failure_url", self.failure_url),
            ("merchant_order_id", self.merchant_order_id),
            ("success_url", self.success_url),
        ])
    }
}

/// The fields of a payment webhook that its signature covers.
#[derive(Clone, Copy, Debug)]
pub struct PaymentFields<'a> {
    pub amount: Amount,
    pub channel_key: &'a str,
    pub channel_order_ref: &'a str,
    pub country_code: &'a str,
    pub currency: &'a str,
    pub merchant_order_ref: &'a str,
    pub method_name: &'a str,
    pub order_ref: &'a str,
    pub status: &'a str,
}

impl PaymentFields<'_> {
    #[must_use]
    pub fn canonical(&self) -> String {
        encode_pairs(&[
            ("amount", &self.amount.to_string()),
            ("channel_key", self.channel_key),
            ("channel_order_ref", self.channel_order_ref),
            ("country_code", self.country_code),
            ("currency", self.currency),
            ("merchant_order_ref", self.merchant_order_ref),
            ("method_name", self.method_name),
            ("order_ref", self.order_ref),
            ("status", self.status),
        ])
    }
}

/// The fields of a redirect that its signature covers: the amount and the currency are *not* among them.
#[derive(Clone, Copy, Debug)]
pub struct RedirectFields<'a> {
    pub channel_order_ref: &'a str,
    pub merchant_order_ref: &'a str,
    pub order_ref: &'a str,
    pub status: &'a str,
}

impl RedirectFields<'_> {
    #[must_use]
    pub fn canonical(&self) -> String {
        encode_pairs(&[
            ("channel_order_ref", self.channel_order_ref),
            ("merchant_order_ref", self.merchant_order_ref),
            ("order_ref", self.order_ref),
            ("status", self.status),
        ])
    }
}

/// The fields of a status update that its signature covers. The recipe is unpublished; this one is inferred.
#[derive(Clone, Copy, Debug)]
pub struct StatusUpdateFields<'a> {
    pub merchant_order_ref: &'a str,
    pub status: &'a str,
}

impl StatusUpdateFields<'_> {
    #[must_use]
    pub fn canonical(&self) -> String {
        encode_pairs(&[("merchant_order_ref", self.merchant_order_ref), ("status", self.status)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_golden_request_signature_reproduces() {
        let canonical = RequestFields {
            amount: 100.into(),
            client_key: "PORTONE_KEY",
            currency: "USD",
            failure_url: "https://checkout.portone.cloud/failure.html",
            merchant_order_id: "",
            success_url: "https://checkout.portone.cloud/success.html",
        }
        .canonical();
        let secret = Secret::new("PORTONE_SECRET");
        let signature = Signature::of(&secret, &canonical);
        assert_eq!(signature.as_str(), "CF3OkWqM2SG6d5phUe2lLM2RGl3b95n+xdafLmBP0G0=");
        assert!(signature.verifies(&secret, &canonical));
        assert!(!signature.verifies(&Secret::new("PORTONE_SECRET2"), &canonical));
        assert!(!signature.verifies(&secret, &canonical.replace("amount=100", "amount=1000")));
        assert!(!Signature::from("not base64!").verifies(&secret, &canonical));
    }
}
