//! What is to be signed, as it comes in: a JSON object, a webhook's body, a redirect's URL.

use super::unique::Unique;
use crate::wire::{
    Amount, Field, PaymentFields, RedirectFields, RequestFields, Secret, StatusUpdateFields, parse_pairs,
};
use serde_json::{Map, Value};

/// Which fields are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Request,
    PaymentWebhook,
    Redirect,
    StatusUpdate,
}

/// What the environment says where the input does not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Credentials<'a> {
    pub(super) key: Option<&'a str>,
    pub(super) secret: Option<&'a Secret>,
}

/// An input that cannot be signed. No value of it is quoted: one of them is the secret.
#[derive(Debug, thiserror::Error)]
pub(super) enum InputError {
    #[error("read the JSON: {0}")]
    Json(serde_json::Error),
    #[error("read {0}: no double is that large")]
    TooLarge(String),
    #[error("read the input: it is {0}, not an object")]
    NotAnObject(&'static str),
    #[error("find {field}{hint}")]
    Missing { field: &'static str, hint: &'static str },
    #[error("read {field}: it is {found}, not {expected}")]
    WrongType { field: &'static str, expected: &'static str, found: &'static str },
    #[error("read {0}: it is in the query twice, and nobody can tell which one was signed")]
    Twice(&'static str),
}

/// The fields to sign, with the secret to sign them with.
#[derive(Debug)]
pub(super) struct Signing<'a> {
    pub(super) secret: Secret,
    pub(super) fields: Vec<Field<'a>>,
    /// The signature that the input itself carries.
    pub(super) carried: Option<&'a str>,
}

/// Reads a JSON object.
pub(super) fn parse(text: &[u8]) -> Result<Map<String, Value>, InputError> {
    // Some editors write a mark first, which is none of JSON.
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
    let Unique(value) = serde_json::from_slice(text).map_err(|error| refused(error, text))?;
    match value {
        Value::Object(object) => Ok(object),
        other => Err(InputError::NotAnObject(type_of(&other))),
    }
}

/// Reads the signed parameters of a redirect from its URL or its query.
pub(super) fn parse_redirect(text: &str) -> Result<Map<String, Value>, InputError> {
    const SIGNED: [&str; 4] = ["channel_order_ref", "merchant_order_ref", "order_ref", "status"];
    let text = text.trim();
    let query = text.split_once('#').map_or(text, |(before, _)| before);
    let query = query.split_once('?').map_or(query, |(_, after)| after);
    let mut object = Map::new();
    for (name, value) in parse_pairs(query) {
        if let Some(known) = SIGNED.iter().chain(&["signature_hash"]).find(|known| **known == name)
            && object.contains_key(*known)
        {
            return Err(InputError::Twice(known));
        }
        object.insert(name, Value::String(value));
    }
    // A secret does not belong into a query, and a parameter of this name is not one.
    object.shift_remove("secret");
    object.shift_remove("fields");
    Ok(object)
}

impl<'a> Signing<'a> {
    pub(super) fn read(
        kind: Kind,
        object: &'a Map<String, Value>,
        credentials: Credentials<'a>,
    ) -> Result<Self, InputError> {
        let secret = match object.get("secret") {
            None => credentials.secret.cloned().ok_or(InputError::Missing {
                field: "secret",
                hint: ", neither in the input nor in the environment variable PORTONE_SECRET",
            })?,
            Some(_) => Secret::new(text(object, "secret")?),
        };
        let body = match object.get("fields") {
            Some(Value::Object(fields)) if kind != Kind::Request => fields,
            Some(other) if kind != Kind::Request => {
                return Err(InputError::WrongType { field: "fields", expected: "an object", found: type_of(other) });
            }
            // With its secret beside it, a callback is not a body as received.
            None if kind != Kind::Request && object.contains_key("secret") => {
                return Err(InputError::Missing { field: "fields", hint: "" });
            }
            _ => object,
        };
        let carried = body.get("signature_hash").or_else(|| body.get("signature")).and_then(Value::as_str);
        Ok(Self { secret, fields: fields(kind, body, credentials)?, carried })
    }
}

fn fields<'a>(
    kind: Kind,
    body: &'a Map<String, Value>,
    credentials: Credentials<'a>,
) -> Result<Vec<Field<'a>>, InputError> {
    Ok(match kind {
        Kind::Request => RequestFields {
            amount: amount(body, "amount")?,
            client_key: client_key(body, credentials)?,
            currency: text(body, "currency")?,
            failure_url: text(body, "failure_url")?,
            merchant_order_id: text(body, "merchant_order_id")?,
            success_url: text(body, "success_url")?,
        }
        .fields()
        .to_vec(),
        Kind::PaymentWebhook => PaymentFields {
            amount: amount(body, "amount")?,
            channel_key: text(body, "channel_key")?,
            channel_order_ref: text(body, "channel_order_ref")?,
            country_code: text(body, "country_code")?,
            currency: text(body, "currency")?,
            merchant_order_ref: text(body, "merchant_order_ref")?,
            method_name: text(body, "method_name")?,
            order_ref: text(body, "order_ref")?,
            status: text(body, "status")?,
        }
        .fields()
        .to_vec(),
        Kind::Redirect => RedirectFields {
            channel_order_ref: text(body, "channel_order_ref")?,
            merchant_order_ref: text(body, "merchant_order_ref")?,
            order_ref: text(body, "order_ref")?,
            status: text(body, "status")?,
        }
        .fields()
        .to_vec(),
        Kind::StatusUpdate => {
            StatusUpdateFields { merchant_order_ref: text(body, "merchant_order_ref")?, status: text(body, "status")? }
                .fields()
                .to_vec()
        }
    })
}

/// A request has it under one name where it is signed and under others where it is sent.
fn client_key<'a>(body: &'a Map<String, Value>, credentials: Credentials<'a>) -> Result<&'a str, InputError> {
    for name in ["client_key", "key", "portone_key"] {
        if body.contains_key(name) {
            return text(body, name);
        }
    }
    credentials.key.ok_or(InputError::Missing {
        field: "client_key",
        hint: ", neither in the input nor in the environment variable PORTONE_KEY",
    })
}

fn text<'a>(object: &'a Map<String, Value>, field: &'static str) -> Result<&'a str, InputError> {
    match object.get(field) {
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(InputError::WrongType { field, expected: "a string", found: type_of(other) }),
        None => Err(InputError::Missing { field, hint: "" }),
    }
}

fn amount(object: &Map<String, Value>, field: &'static str) -> Result<Amount, InputError> {
    match object.get(field) {
        Some(Value::Number(number)) => {
            let amount = number.as_f64().and_then(|value| Amount::new(value).ok());
            amount.ok_or_else(|| InputError::TooLarge(field.to_owned()))
        }
        Some(other) => Err(InputError::WrongType { field, expected: "a number", found: type_of(other) }),
        None => Err(InputError::Missing { field, hint: "" }),
    }
}

const fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Numbers such as 1e400 are refused while the JSON is read; the field's name stands before the place.
fn refused(error: serde_json::Error, text: &[u8]) -> InputError {
    if !error.to_string().starts_with("number out of range") {
        return InputError::Json(error);
    }
    let line = text.split(|byte| *byte == b'\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
    let before = String::from_utf8_lossy(&line[..error.column().min(line.len())]).into_owned();
    let name = before.rsplit_once(':').and_then(|(before, _)| before.trim_end().strip_suffix('"')?.rsplit_once('"'));
    InputError::TooLarge(name.map_or_else(|| "a number".to_owned(), |(_, name)| name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Credentials<'static> = Credentials { key: None, secret: None };

    fn refusal(kind: Kind, json: &str) -> String {
        let object = match parse(json.as_bytes()) {
            Ok(object) => object,
            Err(error) => return error.to_string(),
        };
        Signing::read(kind, &object, NONE).map(|signing| format!("{:?}", signing.fields)).unwrap_err().to_string()
    }

    #[test]
    fn a_refusal_names_the_field() {
        let status = |json| refusal(Kind::StatusUpdate, json);
        assert_eq!(status("[]"), "read the input: it is an array, not an object");
        assert!(status("{\"secret\"").starts_with("read the JSON: EOF while parsing"));
        assert_eq!(status(r#"{"secret":"s"}"#), "find fields");
        assert_eq!(status(r#"{"secret":1,"fields":{}}"#), "read secret: it is a number, not a string");
        assert_eq!(status(r#"{"secret":"s","fields":[]}"#), "read fields: it is an array, not an object");
        assert_eq!(status(r#"{"secret":"s","fields":{"status":"x"}}"#), "find merchant_order_ref");
        assert_eq!(
            status(r#"{"fields":{}}"#),
            "find secret, neither in the input nor in the environment variable PORTONE_SECRET"
        );
        assert_eq!(
            refusal(Kind::Request, r#"{"secret":"s","amount":"1"}"#),
            "read amount: it is a string, not a number"
        );
        assert_eq!(
            refusal(Kind::Request, "{\"secret\":\"s\",\n \"amount\" : 1e400}"),
            "read amount: no double is that large"
        );
    }

    #[test]
    fn a_redirect_is_read_from_its_url_and_a_doubled_parameter_is_refused() {
        let url = "https://m.example/ok?a=1&order_ref=A+B&channel_order_ref=C&merchant_order_ref=D&status=Success#top";
        let object = parse_redirect(url).unwrap();
        let secret = Secret::new("s");
        let credentials = Credentials { key: None, secret: Some(&secret) };
        let signing = Signing::read(Kind::Redirect, &object, credentials).unwrap();
        assert_eq!(signing.fields[2], ("order_ref", "A B".into()));
        let twice = parse_redirect("status=Success&status=Failed").unwrap_err();
        assert!(twice.to_string().starts_with("read status: it is in the query twice"), "{twice}");
    }
}
