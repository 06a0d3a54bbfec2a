//! Breakages by chance: every way in which a request of an operation can be broken.

use super::{Breakage, order_field};
use crate::fuzz::generate::any_letter;
use crate::sandbox::signed;
use crate::wire::contract::{Authentication, Operation};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

impl Breakage {
    /// Every way in which a request of this operation can be broken.
    pub fn any(operation: Operation, levers: bool) -> BoxedStrategy<Self> {
        let mut ways: Vec<(u32, BoxedStrategy<Self>)> = vec![(
            1,
            select(vec!["DELETE", "PATCH"]).prop_map(|method| Self::Method { method: method.to_owned() }).boxed(),
        )];
        ways.extend(bodies(operation));
        ways.extend(credentials(operation));
        if operation.path().contains("order_ref}") || order_field(operation).is_some() {
            ways.push((1, "[A-Za-z0-9]{27}".prop_map(|reference| Self::OrderUnknown { reference }).boxed()));
            if levers {
                ways.push((2, Just(Self::OrderOfAnother).boxed()));
            }
        }
        if !operation.query().is_empty() {
            ways.push((1, Just(Self::QueryMissing).boxed()));
        }
        proptest::strategy::Union::new_weighted(ways).boxed()
    }
}

/// Ways to break what is in the body.
fn bodies(operation: Operation) -> Vec<(u32, BoxedStrategy<Breakage>)> {
    let Some(payload) = operation.request() else { return Vec::new() };
    let required: Vec<String> = payload.shape().required().map(str::to_owned).collect();
    let texts: Vec<String> = required.iter().filter(|field| payload.shape().is_text(field)).cloned().collect();
    let typed = payload.shape().types();
    let wrong_type =
        (select(typed), any_value()).prop_filter_map("a value of another type", |((field, types), value)| {
            let fits = types.iter().any(|word| is_of(word, &value)) || types.is_empty();
            (!fits).then_some(Breakage::FieldOfWrongType { field, value })
        });
    let mut ways = vec![
        (4, select(required.clone()).prop_map(|field| Breakage::FieldMissing { field }).boxed()),
        (3, select(required).prop_map(|field| Breakage::FieldNull { field }).boxed()),
        (4, wrong_type.boxed()),
        (
            1,
            (select(texts), 70_000_usize..120_000)
                .prop_map(|(field, letters)| Breakage::FieldTooLong { field, letters })
                .boxed(),
        ),
        (3, (0_u16..1000).prop_map(|thousandths| Breakage::BodyTruncated { thousandths }).boxed()),
        (1, (200_u32..60_000).prop_map(|depth| Breakage::BodyNested { depth }).boxed()),
        (1, (300_000_usize..400_000).prop_map(|bytes| Breakage::BodyOversized { bytes }).boxed()),
        (2, (0x80_u8..).prop_map(|byte| Breakage::BodyNotUtf8 { byte }).boxed()),
        (2, not_json().prop_map(|text| Breakage::BodyNotJson { text }).boxed()),
        (
            2,
            any_value()
                .prop_filter("no object", |value| !value.is_object())
                .prop_map(|value| Breakage::BodyNotObject { value })
                .boxed(),
        ),
        (2, content_type().prop_map(|kind| Breakage::ContentType { kind }).boxed()),
    ];
    let impossible = impossible(operation);
    if !impossible.is_empty() {
        let refused = |(field, value): (&str, Value)| Breakage::FieldRefused { field: field.to_owned(), value };
        ways.push((4, select(impossible).prop_map(refused).boxed()));
    }
    if let Some((_, covered)) = signed(operation) {
        let twice = |field: &&str| Breakage::FieldTwice { field: (*field).to_owned() };
        ways.push((3, select(covered.iter().map(twice).collect::<Vec<_>>()).boxed()));
        ways.push((4, any::<u8>().prop_map(|bit| Breakage::SignatureBit { bit }).boxed()));
        ways.push((2, Just(Breakage::SignatureOfAnother).boxed()));
    }
    ways
}

/// Ways to break what says who asks.
fn credentials(operation: Operation) -> Vec<(u32, BoxedStrategy<Breakage>)> {
    let mut ways = Vec::new();
    let stranger = || "[A-Za-z]{16}";
    if operation.authentication() != Authentication::None {
        ways.push((1, Just(Breakage::KeyMissing).boxed()));
        ways.push((1, stranger().prop_map(|key| Breakage::KeyUnknown { key }).boxed()));
    }
    if operation.authentication() == Authentication::Token {
        let broken = vec![
            Breakage::TokenExpired,
            Breakage::TokenOfAnother,
            Breakage::TokenUnsigned,
            Breakage::TokenOfWrongKey,
            Breakage::TokenMissing,
        ];
        ways.push((5, select(broken).boxed()));
        ways.push((2, any::<u8>().prop_map(|bit| Breakage::TokenBit { bit }).boxed()));
        ways.push((2, "(Bearer |Basic |)[!-~]{1,40}".prop_map(|text| Breakage::TokenGarbage { text }).boxed()));
    }
    if operation.path().contains("{key}") {
        ways.push((1, stranger().prop_map(|key| Breakage::KeyOfPath { key }).boxed()));
    }
    ways
}

/// Values of the right type that no target of this channel can accept.
fn impossible(operation: Operation) -> Vec<(&'static str, Value)> {
    match operation {
        Operation::AuthToken => vec![("portone_secret", json!("not the secret")), ("portone_key", json!("NobodysKey"))],
        Operation::InitiatePayment => vec![
            ("amount", json!(0)),
            ("amount", json!(-1)),
            ("amount", json!(-0.0)),
            ("amount", json!(1e300)),
            ("currency", json!("USD")),
            ("currency", json!("vnd ")),
            ("pmt_channel", json!("NO_SUCH_CHANNEL")),
            ("pmt_method", json!("SMARTPAY_NO_SUCH_METHOD")),
            ("environment", json!("production")),
            ("success_url", json!("javascript:alert(1)")),
            ("failure_url", json!("/failed")),
            ("key", json!("NobodysKey")),
        ],
        Operation::UpdateTransactionStatus => vec![("status", json!("Paid")), ("status", json!(""))],
        Operation::AddWebhook => vec![
            ("url", json!("no address")),
            ("url", json!("file:///etc/passwd")),
            ("type", json!("no_such_status")),
            ("environment", json!("production")),
        ],
        Operation::CreateRefund => vec![
            ("refund_type", json!("half")),
            ("amount", json!(0)),
            ("amount", json!(-5)),
            ("amount", json!(1e300)),
            ("channel", json!("NO_SUCH_CHANNEL")),
            ("environment", json!("production")),
        ],
        _ => Vec::new(),
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let plain = vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(-1.5),
        json!("text"),
        json!(""),
        json!([]),
        json!({}),
        json!([1]),
        json!({ "a": 1 }),
    ];
    prop_oneof![3 => select(plain), 1 => any::<i64>().prop_map(|number| json!(number)), 1 => proptest::collection::vec(any_letter(), 0..12).prop_map(|text| json!(String::from_iter(text)))]
}

fn is_of(word: &str, value: &Value) -> bool {
    match word {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "number" | "integer" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

fn not_json() -> impl Strategy<Value = String> {
    let known = vec![
        "",
        " ",
        "{",
        "{]",
        "{'key':1}",
        "{\"a\":1}}",
        "{\"a\":1,}",
        "key=1&amount=2",
        "<xml/>",
        "nul",
        "\u{feff}{",
        "{\"a\":01}",
        "{\"a\":NaN}",
        "{\"a\":1e999}",
    ];
    select(known).prop_map(str::to_owned)
}

fn content_type() -> impl Strategy<Value = String> {
    let known = vec![
        "text/plain",
        "text/html",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "application",
        "*/*",
    ];
    select(known).prop_map(str::to_owned)
}
