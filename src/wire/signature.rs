//! Request and callback signatures: base64(HMAC-SHA256(secret, canonical form of the signed fields)).
//!
//! Source: the vendor's "Payment Request", "Payment Webhook Response" and "Redirection Response" pages. Their prose
//! says "SHA-256 hash", their code is an HMAC; the code is right.

use super::{Amount, Dialect, Field, Secret};
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::borrow::Cow;

/// A signature in its base64 form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Signature(String);

impl Signature {
    /// Signs a canonical string.
    #[must_use]
    pub fn of(secret: &Secret, canonical: &str) -> Self {
        Signer::new(secret.expose().as_bytes()).sign(canonical)
    }

    /// Whether this is the signature of `canonical`, compared in constant time.
    #[must_use]
    pub fn verifies(&self, secret: &Secret, canonical: &str) -> bool {
        let signer = Signer::new(secret.expose().as_bytes());
        BASE64_STANDARD.decode(&self.0).is_ok_and(|bytes| signer.mac_of(canonical).verify_slice(&bytes).is_ok())
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

impl JsonSchema for Signature {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Signature".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "contentEncoding": "base64" })
    }
}

/// A key, ready to sign any number of strings.
#[derive(Clone, Debug)]
pub(super) struct Signer(Hmac<Sha256>);

impl Signer {
    pub(super) fn new(key: &[u8]) -> Self {
        Self(Hmac::new_from_slice(key).expect("an HMAC takes a key of any length"))
    }

    pub(super) fn sign(&self, text: &str) -> Signature {
        Signature(BASE64_STANDARD.encode(self.mac_of(text).finalize().into_bytes()))
    }

    fn mac_of(&self, text: &str) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(text.as_bytes());
        mac
    }
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

impl<'a> RequestFields<'a> {
    /// The fields as every dialect signs them: sorted by name.
    #[must_use]
    pub fn fields(&self) -> [Field<'a>; 6] {
        [
            ("amount", self.amount.into()),
            ("client_key", self.client_key.into()),
            ("currency", self.currency.into()),
            ("failure_url", self.failure_url.into()),
            ("merchant_order_id", self.merchant_order_id.into()),
            ("success_url", self.success_url.into()),
        ]
    }

    /// The string that is signed, in the canonical dialect.
    #[must_use]
    pub fn canonical(&self) -> String {
        Dialect::CANONICAL.encode(&self.fields())
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

impl<'a> PaymentFields<'a> {
    /// The fields as every dialect signs them: sorted by name.
    #[must_use]
    pub fn fields(&self) -> [Field<'a>; 9] {
        [
            ("amount", self.amount.into()),
            ("channel_key", self.channel_key.into()),
            ("channel_order_ref", self.channel_order_ref.into()),
            ("country_code", self.country_code.into()),
            ("currency", self.currency.into()),
            ("merchant_order_ref", self.merchant_order_ref.into()),
            ("method_name", self.method_name.into()),
            ("order_ref", self.order_ref.into()),
            ("status", self.status.into()),
        ]
    }

    /// The string that is signed, in the canonical dialect.
    #[must_use]
    pub fn canonical(&self) -> String {
        Dialect::CANONICAL.encode(&self.fields())
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

impl<'a> RedirectFields<'a> {
    /// The fields as every dialect signs them: sorted by name.
    #[must_use]
    pub fn fields(&self) -> [Field<'a>; 4] {
        [
            ("channel_order_ref", self.channel_order_ref.into()),
            ("merchant_order_ref", self.merchant_order_ref.into()),
            ("order_ref", self.order_ref.into()),
            ("status", self.status.into()),
        ]
    }

    /// The string that is signed, in the canonical dialect.
    #[must_use]
    pub fn canonical(&self) -> String {
        Dialect::CANONICAL.encode(&self.fields())
    }
}

/// The fields of a status update that its signature covers. The recipe is unpublished; this one is inferred.
#[derive(Clone, Copy, Debug)]
pub struct StatusUpdateFields<'a> {
    pub merchant_order_ref: &'a str,
    pub status: &'a str,
}

impl<'a> StatusUpdateFields<'a> {
    /// The fields as every dialect signs them: sorted by name.
    #[must_use]
    pub fn fields(&self) -> [Field<'a>; 2] {
        [("merchant_order_ref", self.merchant_order_ref.into()), ("status", self.status.into())]
    }

    /// The string that is signed, in the canonical dialect.
    #[must_use]
    pub fn canonical(&self) -> String {
        Dialect::CANONICAL.encode(&self.fields())
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
