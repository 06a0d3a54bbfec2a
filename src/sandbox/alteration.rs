//! Payment requests that are broken on purpose, each in one named way.

use crate::wire::{InitiatePayment, Secret};
use serde_json::{Value, json};

/// A part of a payment request, as people name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Key,
    OrderId,
    Channel,
    Method,
    Description,
    Environment,
    Amount,
    Currency,
    Signature,
    SuccessPage,
    FailurePage,
}

impl Part {
    /// The field's name on the wire.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::OrderId => "merchant_order_id",
            Self::Channel => "pmt_channel",
            Self::Method => "pmt_method",
            Self::Description => "description",
            Self::Environment => "environment",
            Self::Amount => "amount",
            Self::Currency => "currency",
            Self::Signature => "signature_hash",
            Self::SuccessPage => "success_url",
            Self::FailurePage => "failure_url",
        }
    }
}

/// One way to break a valid request.
#[derive(Clone, Debug, PartialEq)]
pub enum Alteration {
    /// Nothing is broken.
    None,
    /// The field is left out after signing.
    Without(Part),
    /// The field is changed after signing, so that the signature no longer covers it.
    Unsigned(Part, Value),
    /// The field is changed before signing, so that only its value is wrong.
    Signed(Part, Value),
    /// Signed with a secret that is not the merchant's.
    ForeignSecret,
    /// One bit of the signature is flipped.
    FlippedBit,
}

impl Alteration {
    /// `request` as JSON, broken in this way.
    #[must_use]
    pub fn apply(&self, request: &InitiatePayment, secret: &Secret) -> Value {
        let sign = |request: InitiatePayment, secret: &Secret| {
            serde_json::to_value(request.signed(secret)).expect("a payment request serialises")
        };
        match self {
            Self::None => sign(request.clone(), secret),
            Self::Without(part) => {
                let mut body = sign(request.clone(), secret);
                if let Some(fields) = body.as_object_mut() {
                    fields.shift_remove(part.field());
                }
                body
            }
            Self::Unsigned(part, value) => {
                let mut body = sign(request.clone(), secret);
                body[part.field()] = value.clone();
                body
            }
            Self::Signed(part, value) => {
                let mut body = serde_json::to_value(request).expect("a payment request serialises");
                body[part.field()] = value.clone();
                let altered: InitiatePayment =
                    serde_json::from_value(body).expect("an altered value keeps its field's type");
                sign(altered, secret)
            }
            Self::ForeignSecret => sign(request.clone(), &Secret::new("a secret that is not the merchant's")),
            Self::FlippedBit => {
                let mut body = sign(request.clone(), secret);
                let signature = body["signature_hash"].as_str().unwrap_or_default().to_owned();
                body["signature_hash"] = json!(flip_first_bit(&signature));
                body
            }
        }
    }
}

/// The base64 text with the highest bit of its first byte flipped: its first character moves by 32 places.
fn flip_first_bit(signature: &str) -> String {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let mut bytes = BASE64_STANDARD.decode(signature).unwrap_or_default();
    if let Some(first) = bytes.first_mut() {
        *first ^= 0x80;
    }
    BASE64_STANDARD.encode(bytes)
}
