//! Signatures held against answers from outside: what the vendor's Go sample printed, and its recipe over callbacks.
//!
//! Twin and client share `wire`, so a mistake made there would cancel out; these files cannot be mistaken with it.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use serde::Deserialize;
use smartpay_conformance::wire::{Amount, PaymentFields, Redirect, RequestFields, Secret, Signature};

#[derive(Deserialize)]
struct RequestVectors {
    vectors: Vec<RequestVector>,
}

#[derive(Deserialize)]
struct RequestVector {
    note: String,
    client_key: String,
    secret: String,
    amount: Amount,
    currency: String,
    merchant_order_id: String,
    success_url: String,
    failure_url: String,
    signatures: Samples,
}

/// What the samples printed; the Go sample's is the canonical form.
#[derive(Deserialize)]
struct Samples {
    go: String,
}

#[derive(Deserialize)]
struct CallbackVectors {
    payment_webhook: Vec<Callback<PaymentCallback>>,
    redirect: Vec<Callback<RedirectCallback>>,
}

#[derive(Deserialize)]
struct Callback<T> {
    secret: String,
    fields: T,
    signature: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PaymentCallback {
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
struct RedirectCallback {
    order_ref: String,
    channel_order_ref: String,
    merchant_order_ref: String,
    status: String,
}

#[test]
fn every_request_signs_as_the_canonical_sample_does() {
    let RequestVectors { vectors } = serde_json::from_str(include_str!("vectors/signature-vectors.json")).unwrap();
    assert_eq!(vectors.len(), 36);
    for vector in vectors {
        let canonical = RequestFields {
            amount: vector.amount,
            client_key: &vector.client_key,
            currency: &vector.currency,
            failure_url: &vector.failure_url,
            merchant_order_id: &vector.merchant_order_id,
            success_url: &vector.success_url,
        }
        .canonical();
        let secret = Secret::new(vector.secret);
        assert_eq!(Signature::of(&secret, &canonical).as_str(), vector.signatures.go, "{}: {canonical}", vector.note);
    }
}

#[test]
fn every_payment_webhook_signs_as_documented() {
    let CallbackVectors { payment_webhook, .. } = callbacks();
    assert_eq!(payment_webhook.len(), 6);
    for Callback { secret, fields, signature } in payment_webhook {
        let canonical = PaymentFields {
            amount: fields.amount,
            channel_key: &fields.channel_key,
            channel_order_ref: &fields.channel_order_ref,
            country_code: &fields.country_code,
            currency: &fields.currency,
            merchant_order_ref: &fields.merchant_order_ref,
            method_name: &fields.method_name,
            order_ref: &fields.order_ref,
            status: &fields.status,
        }
        .canonical();
        assert_eq!(Signature::of(&Secret::new(secret), &canonical).as_str(), signature, "{canonical}");
    }
}

#[test]
fn every_redirect_signs_as_documented() {
    let CallbackVectors { redirect, .. } = callbacks();
    assert_eq!(redirect.len(), 6);
    for Callback { secret, fields, signature } in redirect {
        let pairs = [
            ("order_ref", fields.order_ref),
            ("channel_order_ref", fields.channel_order_ref),
            ("merchant_order_ref", fields.merchant_order_ref),
            ("status", fields.status),
        ];
        let pairs = pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let redirect = Redirect::signed(pairs, &Secret::new(secret));
        assert_eq!(redirect.get("signature_hash"), Some(signature.as_str()));
    }
}

fn callbacks() -> CallbackVectors {
    serde_json::from_str(include_str!("vectors/callback-vectors.json")).unwrap()
}
