//! Signatures held against answers from outside: what the vendor's six samples printed, its recipe over callbacks, and what the
//! six languages printed for inputs chosen to tell them apart.
//!
//! Twin and client share `wire`, so a mistake made there would cancel out; these files cannot be mistaken with it.

use serde::Deserialize;
use smartpay_conformance::wire::{
    Amount, Dialect, Field, PaymentFields, Redirect, RedirectFields, RequestFields, Secret, Signature, Signatures,
    StatusUpdateFields,
};

#[derive(Deserialize)]
struct RequestVectors {
    vectors: Vec<RequestVector>,
}

#[derive(Deserialize)]
struct RequestVector {
    note: String,
    secret: String,
    #[serde(flatten)]
    fields: RequestInput,
    signatures: Printed,
    agree: bool,
}

#[derive(Deserialize)]
struct RequestInput {
    client_key: String,
    amount: Amount,
    currency: String,
    merchant_order_id: String,
    success_url: String,
    failure_url: String,
}

/// What the samples printed; nothing where a sample ends with an exception.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Printed {
    go: Option<String>,
    php: Option<String>,
    node: Option<String>,
    csharp: Option<String>,
    java: Option<String>,
    python: Option<String>,
}

#[derive(Deserialize)]
struct CallbackVectors {
    payment_webhook: Vec<Callback<PaymentInput>>,
    redirect: Vec<Callback<RedirectInput>>,
}

#[derive(Deserialize)]
struct Callback<T> {
    secret: String,
    fields: T,
    signature: String,
}

/// Made by the project; the file says how.
#[derive(Deserialize)]
struct DialectVectors {
    request: Vec<DialectVector<RequestInput>>,
    payment_webhook: Vec<DialectVector<PaymentInput>>,
    redirect: Vec<DialectVector<RedirectInput>>,
    status_update: Vec<DialectVector<StatusUpdateInput>>,
}

#[derive(Deserialize)]
struct DialectVector<T> {
    note: String,
    secret: String,
    fields: T,
    signatures: Printed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PaymentInput {
    amount: Amount,
    channel_key: String,
    channel_order_ref: String,
    country_code: String,
    currency: String,
    merchant_order_ref: String,
    method_name: String,
    order_ref: String,
    status: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RedirectInput {
    order_ref: String,
    channel_order_ref: String,
    merchant_order_ref: String,
    status: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StatusUpdateInput {
    merchant_order_ref: String,
    status: String,
}

trait Input {
    fn fields(&self) -> Vec<Field<'_>>;
}

impl Input for RequestInput {
    fn fields(&self) -> Vec<Field<'_>> {
        let Self { client_key, amount, currency, merchant_order_id, success_url, failure_url } = self;
        RequestFields { amount: *amount, client_key, currency, failure_url, merchant_order_id, success_url }
            .fields()
            .to_vec()
    }
}

impl Input for PaymentInput {
    fn fields(&self) -> Vec<Field<'_>> {
        PaymentFields {
            amount: self.amount,
            channel_key: &self.channel_key,
            channel_order_ref: &self.channel_order_ref,
            country_code: &self.country_code,
            currency: &self.currency,
            merchant_order_ref: &self.merchant_order_ref,
            method_name: &self.method_name,
            order_ref: &self.order_ref,
            status: &self.status,
        }
        .fields()
        .to_vec()
    }
}

impl Input for RedirectInput {
    fn fields(&self) -> Vec<Field<'_>> {
        let Self { order_ref, channel_order_ref, merchant_order_ref, status } = self;
        RedirectFields { channel_order_ref, merchant_order_ref, order_ref, status }.fields().to_vec()
    }
}

impl Input for StatusUpdateInput {
    fn fields(&self) -> Vec<Field<'_>> {
        StatusUpdateFields { merchant_order_ref: &self.merchant_order_ref, status: &self.status }.fields().to_vec()
    }
}

fn printed(signatures: &Signatures) -> Printed {
    let by = |dialect| signatures.get(dialect).ok().map(ToString::to_string);
    Printed {
        go: by(Dialect::Go),
        php: by(Dialect::Php),
        node: by(Dialect::Node),
        csharp: by(Dialect::CSharp),
        java: by(Dialect::Java),
        python: by(Dialect::Python),
    }
}

#[test]
fn every_request_signs_as_the_six_samples_do() {
    let RequestVectors { vectors } = serde_json::from_str(include_str!("vectors/signature-vectors.json")).unwrap();
    assert_eq!(vectors.len(), 36);
    for RequestVector { note, secret, fields, signatures, agree } in vectors {
        let found = Signatures::of(&Secret::new(secret), &fields.fields());
        assert_eq!(printed(&found), signatures, "{note}: {found:?}");
        assert_eq!(found.agree(), agree, "{note}");
    }
}

#[test]
fn every_callback_signs_as_documented() {
    let CallbackVectors { payment_webhook, redirect } =
        serde_json::from_str(include_str!("vectors/callback-vectors.json")).unwrap();
    assert_eq!((payment_webhook.len(), redirect.len()), (6, 6));
    for Callback { secret, fields, signature } in payment_webhook {
        let found = Signatures::of(&Secret::new(secret), &fields.fields());
        assert_eq!(found.get(Dialect::CANONICAL), Ok(&Signature::from(signature)), "{found:?}");
    }
    for Callback { secret, fields, signature } in redirect {
        let secret = Secret::new(secret);
        let found = Signatures::of(&secret, &fields.fields());
        assert_eq!(found.get(Dialect::CANONICAL), Ok(&Signature::from(signature.as_str())), "{found:?}");
        let RedirectInput { order_ref, channel_order_ref, merchant_order_ref, status } = fields;
        let pairs = [
            ("order_ref", order_ref),
            ("channel_order_ref", channel_order_ref),
            ("merchant_order_ref", merchant_order_ref),
            ("status", status),
        ];
        let pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let redirect = Redirect::signed(pairs, &secret);
        assert_eq!(redirect.get("signature_hash"), Some(signature.as_str()));
    }
}

#[test]
fn every_dialect_prints_what_its_language_prints() {
    fn hold<T: Input>(vectors: &[DialectVector<T>], least: usize) {
        assert!(vectors.len() >= least);
        for DialectVector { note, secret, fields, signatures } in vectors {
            let found = Signatures::of(&Secret::new(secret.as_str()), &fields.fields());
            assert_eq!(printed(&found), *signatures, "{note}: {found:?}");
        }
    }
    let DialectVectors { request, payment_webhook, redirect, status_update } =
        serde_json::from_str(include_str!("vectors/dialect-vectors.json")).unwrap();
    hold(&request, 80);
    hold(&payment_webhook, 12);
    hold(&redirect, 8);
    hold(&status_update, 4);
}
