//! A payment request: what is built is what the signature covers, and what arrives.

use crate::change::{reordered, with_field_changed};
use crate::generate::{config, key, secret, text, valid_order};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use smartpay_conformance::wire::{InitiatePayment, Secret, Signature, encode_pairs};

/// The fields of a request that the vendor's "Payment Request" page signs, by their names in the body.
const SIGNED_IN_REQUEST: [&str; 6] = ["amount", "key", "currency", "failure_url", "merchant_order_id", "success_url"];

fn verifies(request: &InitiatePayment, secret: &Secret) -> bool {
    request.signature_hash.verifies(secret, &request.signed_fields().canonical())
}

proptest! {
    #![proptest_config(config())]

    /// The signed string, read by another's decoder, says exactly what the body says.
    #[test]
    fn a_request_is_what_its_signature_covers(order in valid_order(), key in key(), secret in secret()) {
        let request = order.request(&key, &secret).unwrap();
        let body = serde_json::to_value(&request).unwrap();
        let canonical = request.signed_fields().canonical();
        let said: Vec<(String, String)> = url::form_urlencoded::parse(canonical.as_bytes()).into_owned().collect();
        let names: Vec<&str> = said.iter().map(|(name, _)| name.as_str()).collect();
        prop_assert_eq!(
            names,
            ["amount", "client_key", "currency", "failure_url", "merchant_order_id", "success_url"]
        );
        for (name, value) in &said {
            let field = &body[if name == "client_key" { "key" } else { name }];
            match field {
                Value::Number(n) => prop_assert_eq!(value.parse::<f64>().unwrap(), n.as_f64().unwrap()),
                field => prop_assert_eq!(field, &json!(value)),
            }
        }
        prop_assert!(verifies(&request, &secret));
        let other = Secret::new(format!("{}x", secret.expose()));
        prop_assert!(!verifies(&request, &other), "another merchant's secret verifies");
    }

    /// Every signed field, changed, breaks the signature; every other field, changed, does not.
    #[test]
    fn a_signature_covers_the_documented_fields_and_no_others(
        order in valid_order(), key in key(), secret in secret(),
    ) {
        let body = serde_json::to_value(order.request(&key, &secret).unwrap()).unwrap();
        let fields: Vec<String> = body.as_object().unwrap().keys().cloned().collect();
        for field in SIGNED_IN_REQUEST {
            prop_assert!(fields.iter().any(|name| name == field), "{} is not sent", field);
        }
        // An optional part changed to an object of another shape is still an object: it parses.
        for field in fields.iter().filter(|name| *name != "signature_hash") {
            let changed: InitiatePayment = serde_json::from_value(with_field_changed(&body, field)).unwrap();
            let signed = SIGNED_IN_REQUEST.contains(&field.as_str());
            prop_assert_eq!(verifies(&changed, &secret), !signed, "{} changed", field);
        }
    }

    /// The order in which fields are written, in the body or before signing, changes nothing.
    #[test]
    fn the_order_of_fields_never_matters(
        order in valid_order(),
        key in key(),
        secret in secret(),
        keys in proptest::collection::vec(any::<u64>(), 1..5),
        pairs in proptest::collection::btree_map(text(8), text(16), 0..8),
        rotation in any::<Index>(),
    ) {
        let request = order.request(&key, &secret).unwrap();
        let shuffled = reordered(&serde_json::to_value(&request).unwrap(), &keys);
        let text = serde_json::to_string(&shuffled).unwrap();
        let read: InitiatePayment = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&read, &request);
        prop_assert!(verifies(&read, &secret));

        let mut pairs: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let sorted = encode_pairs(&pairs);
        if !pairs.is_empty() {
            let by = rotation.index(pairs.len());
            pairs.rotate_left(by);
        }
        prop_assert_eq!(encode_pairs(&pairs), sorted.clone());
        pairs.reverse();
        prop_assert_eq!(encode_pairs(&pairs), sorted);
    }

    /// A valid order is the same after the wire, value by value, and its signature still holds.
    #[test]
    fn a_valid_order_round_trips(order in valid_order(), key in key(), secret in secret()) {
        let request = order.request(&key, &secret).unwrap();
        let text = serde_json::to_string(&request).unwrap();
        let read: InitiatePayment = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&read, &request);
        prop_assert_eq!(serde_json::to_string(&read).unwrap(), text);
        prop_assert!(verifies(&read, &secret));
        prop_assert_eq!(&read.merchant_order_id, &order.merchant_order_id);
        prop_assert_eq!(read.amount, order.amount);
        prop_assert_eq!(&read.success_url, &order.success_url);
    }

    /// No text that is not the signature is taken for it: one bit is enough.
    #[test]
    fn one_bit_of_a_signature_is_enough(order in valid_order(), key in key(), secret in secret(), bit in any::<Index>()) {
        use base64::{Engine, prelude::BASE64_STANDARD};
        let mut request = order.request(&key, &secret).unwrap();
        let mut bytes = BASE64_STANDARD.decode(request.signature_hash.as_str()).unwrap();
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        request.signature_hash = Signature::from(BASE64_STANDARD.encode(&bytes));
        prop_assert!(!verifies(&request, &secret));
        bytes.truncate(16);
        request.signature_hash = Signature::from(BASE64_STANDARD.encode(bytes));
        prop_assert!(!verifies(&request, &secret), "half a signature verifies");
    }
}
