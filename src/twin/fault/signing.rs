//! Signs a changed body again, rightly or wrongly.

use crate::catalog::Change;
use crate::wire::{Amount, Secret, Signature};
use serde_json::Value;

/// What is signed of a body: pairs of the signed name and of the member that holds its value, sorted, and where the signature stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recipe {
    fields: &'static [(&'static str, &'static str)],
    signature: &'static str,
}

impl Recipe {
    pub(super) const REQUEST: Self = Self {
        fields: &[
            ("amount", "amount"),
            ("client_key", "key"),
            ("currency", "currency"),
            ("failure_url", "failure_url"),
            ("merchant_order_id", "merchant_order_id"),
            ("success_url", "success_url"),
        ],
        signature: "signature_hash",
    };
    pub(super) const STATUS_UPDATE: Self =
        Self { fields: &[("merchant_order_ref", "merchant_order_ref"), ("status", "status")], signature: "signature" };
    pub(super) const WEBHOOK: Self = Self {
        fields: &[
            ("amount", "amount"),
            ("channel_key", "channel_key"),
            ("channel_order_ref", "channel_order_ref"),
            ("country_code", "country_code"),
            ("currency", "currency"),
            ("merchant_order_ref", "merchant_order_ref"),
            ("method_name", "method_name"),
            ("order_ref", "order_ref"),
            ("status", "status"),
        ],
        signature: "signature_hash",
    };
    pub(super) const REDIRECT: Self = Self {
        fields: &[
            ("channel_order_ref", "channel_order_ref"),
            ("merchant_order_ref", "merchant_order_ref"),
            ("order_ref", "order_ref"),
            ("status", "status"),
        ],
        signature: "signature_hash",
    };

    /// Whether a signature of this kind covers a field.
    pub(super) fn covers(self, field: &str) -> bool {
        self.fields.iter().any(|(name, _)| *name == field)
    }

    /// Whether the body carries the signature that belongs to it.
    pub(super) fn is_genuine(self, body: &Value, secret: &Secret) -> bool {
        body[self.signature].as_str() == Some(self.signature(body, "", secret).as_str())
    }

    /// Signs the body again where the change says so.
    pub(super) fn apply(self, body: &mut Value, change: &Change, secret: &Secret) {
        let signature = match change {
            Change::Sign => self.signature(body, "", secret),
            Change::SignWithout(field) => self.signature(body, field, secret),
            Change::SignWith(other) => self.signature(body, "", &Secret::new(other.as_str())),
            _ => return,
        };
        if let Value::Object(members) = body {
            members.insert(self.signature.to_owned(), Value::String(signature.as_str().to_owned()));
        }
    }

    fn signature(self, body: &Value, without: &str, secret: &Secret) -> Signature {
        let text = |member: &str| match &body[member] {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let amount = |member: &str| serde_json::from_value::<Amount>(body[member].clone()).ok();
        let mut pairs = Vec::new();
        for (name, member) in self.fields.iter().filter(|(name, _)| *name != without) {
            // As a number is signed, and not as it happens to be written.
            let value = amount(member).map_or_else(|| text(member), |amount| amount.to_string());
            pairs.push((*name, value));
        }
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Signature::of(secret, &crate::wire::encode_pairs(&pairs))
    }
}
