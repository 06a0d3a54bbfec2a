//! Breaks a valid request in one way.

use super::{Breakage, order_field};
use crate::fuzz::Ground;
use crate::sandbox::{Asker, Draft, KEY_HEADER, signed};
use crate::wire::contract::Operation;
use crate::wire::{Clock, SELF_MADE_LIFETIME, Secret, mint};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// A header that says `alg: none`, in base64.
const UNSIGNED_HEADER: &str = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";

/// Seconds that a token lives which must never be accepted: long enough to be tried again by hand.
const LONG_LIFETIME: i64 = 1_000_000;

impl Breakage {
    /// The valid request of `operation`, broken in this way.
    #[must_use]
    pub fn draft(&self, operation: Operation, ground: &Ground) -> Draft {
        let mut draft = ground.draft(operation, &ground.fresh_id());
        let now = Clock::system().now();
        let token = |draft: &mut Draft, token: String| {
            draft.set_header("authorization", format!("Bearer {token}"));
            draft.genuine_token = false;
        };
        let secret = ground.secret();
        match self {
            Self::FieldMissing { field } => {
                let mut body = draft.json();
                body.as_object_mut().map(|fields| fields.shift_remove(field));
                draft.body = Some(body.to_string().into_bytes());
            }
            Self::FieldNull { field } => draft.body = Some(with(&draft.json(), field, Value::Null)),
            Self::FieldOfWrongType { field, value } => draft.body = Some(with(&draft.json(), field, value.clone())),
            Self::FieldTooLong { field, letters } => {
                let body = changed(&draft.json(), field, "x".repeat(*letters).into());
                // A signature that is too long must not be replaced by the right one.
                if signed(operation).is_some_and(|(signature, _)| signature == field) {
                    draft.body = Some(body.to_string().into_bytes());
                } else {
                    draft = draft.with_body(operation, body, secret);
                }
            }
            Self::FieldTwice { field } => draft.body = Some(twice(&draft.json(), field)),
            Self::FieldRefused { field, value } => {
                let body = changed(&draft.json(), field, value.clone());
                draft = draft.with_body(operation, body, secret);
            }
            Self::SignatureBit { bit } => {
                if let Some((field, _)) = signed(operation) {
                    let body = draft.json();
                    let flipped = flip(&BASE64_STANDARD, body[field].as_str().unwrap_or_default(), *bit);
                    draft.body = Some(with(&body, field, flipped.into()));
                }
            }
            Self::SignatureOfAnother => {
                let body = draft.json();
                draft = draft.with_body(operation, body, &Secret::new(format!("{}x", secret.expose())));
            }
            Self::TokenExpired => {
                // Longer ago than any tolerance for differing clocks.
                let past = now.saturating_sub(SignedDuration::from_hours(1)).unwrap_or(now);
                token(&mut draft, mint(ground.key(), secret, past, SELF_MADE_LIFETIME));
            }
            Self::TokenOfAnother => {
                // Where we can be two, the other's token is a genuine one.
                if let Some(other) = ground.other() {
                    let genuine = mint(&other.key, &other.secret, now, SELF_MADE_LIFETIME);
                    draft.set_header("authorization", format!("Bearer {genuine}"));
                } else {
                    token(&mut draft, mint("SomebodyElsesKey", &Secret::new("nobody's secret"), now, LONG_LIFETIME));
                }
            }
            Self::TokenUnsigned => {
                let signed = mint(ground.key(), secret, now, LONG_LIFETIME);
                let claims = signed.split('.').nth(1).unwrap_or_default();
                token(&mut draft, format!("{UNSIGNED_HEADER}.{claims}."));
            }
            Self::TokenOfWrongKey => {
                let wrong = Secret::new(format!("{}x", secret.expose()));
                token(&mut draft, mint(ground.key(), &wrong, now, LONG_LIFETIME));
            }
            Self::TokenBit { bit } => {
                if let Some((signed, signature)) = draft.token().rsplit_once('.') {
                    let flipped = flip(&BASE64_URL_SAFE_NO_PAD, signature, *bit);
                    let flipped = format!("{signed}.{flipped}");
                    token(&mut draft, flipped);
                }
            }
            Self::TokenMissing => draft.remove_header("authorization"),
            Self::TokenGarbage { text } => draft.set_header("authorization", text.clone()),
            Self::KeyMissing => draft.remove_header(KEY_HEADER),
            Self::KeyUnknown { key } => draft.set_header(KEY_HEADER, key.clone()),
            Self::KeyOfPath { key } => draft.path = operation.path().replace("{key}", key) + query(&draft.path),
            Self::OrderUnknown { reference } => {
                let path =
                    operation.path().replace("{order_ref}", reference).replace("{merchant_order_ref}", reference);
                draft.path = path.replace("{key}", ground.key());
                if let Some(field) = order_field(operation) {
                    let body = changed(&draft.json(), field, reference.as_str().into());
                    draft = draft.with_body(operation, body, secret);
                }
            }
            Self::OrderOfAnother => {
                if let Some(account) = ground.other() {
                    let token = mint(&account.key, &account.secret, now, SELF_MADE_LIFETIME);
                    let order = ground.order();
                    let (order_ref, merchant_order_ref) = (&order.order_ref, &order.merchant_order_ref);
                    draft = Draft::of(operation, Asker { account, token: &token, order_ref, merchant_order_ref }, "");
                }
            }
            Self::QueryMissing => draft.path.truncate(draft.path.find('?').unwrap_or(draft.path.len())),
            Self::BodyTruncated { thousandths } => {
                if let Some(body) = &mut draft.body {
                    body.truncate(body.len() * usize::from(*thousandths % 1000) / 1000);
                }
            }
            Self::BodyNested { depth } => draft.body = Some("[".repeat(*depth as usize).into_bytes()),
            Self::BodyOversized { bytes } => {
                let filler = changed(&draft.json(), "filler", "x".repeat(*bytes).into());
                draft.body = Some(filler.to_string().into_bytes());
            }
            Self::BodyNotUtf8 { byte } => {
                if let Some(at) = draft.body.as_ref().and_then(|body| body.iter().rposition(|byte| *byte == b'"'))
                    && let Some(body) = &mut draft.body
                {
                    body.insert(at, *byte | 0x80);
                }
            }
            Self::BodyNotJson { text } => draft.body = Some(text.clone().into_bytes()),
            Self::BodyNotObject { value } => draft.body = Some(value.to_string().into_bytes()),
            Self::ContentType { kind } => draft.set_header("content-type", kind.clone()),
            Self::Method { method } => draft.method.clone_from(method),
        }
        draft
    }
}

/// The body with the field at this path changed; what has to hold it is made where it is not there.
fn changed(body: &Value, path: &str, value: Value) -> Value {
    let mut body = body.clone();
    let mut place = &mut body;
    for part in path.split('.') {
        let (name, is_list) = part.strip_suffix("[]").map_or((part, false), |name| (name, true));
        place = &mut place[name];
        if is_list {
            if !place.is_array() {
                *place = json!([{}]);
            }
            place = &mut place[0];
        }
    }
    *place = value;
    body
}

fn with(body: &Value, field: &str, value: Value) -> Vec<u8> {
    changed(body, field, value).to_string().into_bytes()
}

/// The body with the field once more at its end, with another value: whoever reads the last one reads what was not signed.
fn twice(body: &Value, field: &str) -> Vec<u8> {
    let other = match &body[field] {
        Value::Number(number) => json!(number.as_f64().unwrap_or_default() + 1.0),
        value => json!(format!("{}x", value.as_str().unwrap_or_default())),
    };
    let mut text = body.to_string();
    text.pop();
    text += &format!(",{}:{other}}}", json!(field));
    text.into_bytes()
}

/// The text with one bit of what it encodes flipped.
fn flip(engine: &impl Engine, text: &str, bit: u8) -> String {
    let mut bytes = engine.decode(text).unwrap_or_default();
    let count = bytes.len().max(1) * 8;
    if let Some(byte) = bytes.get_mut(usize::from(bit) % count / 8) {
        *byte ^= 1 << (bit % 8);
    }
    engine.encode(bytes)
}

fn query(path: &str) -> &str {
    path.find('?').map_or("", |at| &path[at..])
}
