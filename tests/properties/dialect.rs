//! The six dialects: where they agree, and that it is known where they do not.

use crate::generate::{config, money, number, text};
use proptest::prelude::*;
use proptest::sample::select;
use smartpay_conformance::wire::{
    Amount, Dialect, Field, RequestFields, SAFE_ASCII, Secret, Signatures, compare, disagreements,
    disagreements_over_secret, is_safe,
};

/// What may be an order id or a URL: characters that sign alike, within ASCII and beyond, control characters too.
fn safe_text() -> impl Strategy<Value = String> {
    let typed = proptest::collection::vec(select(SAFE_ASCII.chars().collect::<Vec<_>>()), 0..64);
    let any = proptest::collection::vec(any::<char>().prop_filter("unsafe", |c| is_safe(*c)), 0..32);
    prop_oneof![typed, any].prop_map(String::from_iter)
}

/// Whole dong and cents, up to what a double holds with both decimals.
fn plain_money() -> impl Strategy<Value = Amount> {
    (0_i64..100_000_000_000_000).prop_map(|cents| format!("{}.{:02}", cents / 100, cents % 100).parse().unwrap())
}

fn secret() -> impl Strategy<Value = Secret> {
    prop_oneof![4 => "[ -~]{1,80}", 1 => text(20), 1 => Just(String::new())].prop_map(Secret::new)
}

fn request<'a>(amount: Amount, order: &'a str, url: &'a str) -> [Field<'a>; 6] {
    RequestFields {
        amount,
        client_key: "KEY",
        currency: "VND",
        failure_url: "https://m.example/no",
        merchant_order_id: order,
        success_url: url,
    }
    .fields()
}

fn all_equal(fields: &[Field<'_>]) -> bool {
    let canonical = Dialect::CANONICAL.encode(fields);
    Dialect::ALL.into_iter().all(|dialect| dialect.encode(fields) == canonical)
}

proptest! {
    #![proptest_config(config())]

    /// What is written in the safe alphabet, with an amount of at most two decimals, signs alike everywhere.
    #[test]
    fn the_safe_alphabet_signs_alike_in_all_dialects(
        order in safe_text(), url in safe_text(), amount in plain_money(), secret in "[ -~]{1,80}",
    ) {
        let fields = request(amount, &order, &url);
        let signatures = Signatures::of(&Secret::new(secret), &fields);
        prop_assert!(signatures.agree(), "{signatures:?}");
    }

    /// Lint is silent over a text exactly if all six strings are equal.
    #[test]
    fn lint_is_silent_over_a_text_exactly_if_all_sign_it_alike(text in prop_oneof![text(24), safe_text(), any::<String>()]) {
        let found = disagreements(text.as_str().into());
        prop_assert_eq!(found.is_empty(), all_equal(&[("text", text.as_str().into())]), "{:?}", found);
        prop_assert_eq!(found.is_empty(), text.chars().all(is_safe));
    }

    /// The same for any amount that JSON can hold.
    #[test]
    fn lint_is_silent_over_an_amount_exactly_if_all_print_it_alike(amount in prop_oneof![money(), plain_money(), number()]) {
        let found = disagreements(amount.into());
        prop_assert_eq!(found.is_empty(), all_equal(&[("amount", amount.into())]), "{:?}", found);
    }

    /// Signatures agree exactly if nothing is found in any field nor over the secret; each dialect's signature is that of its own
    /// string and key, or there is none.
    #[test]
    fn signatures_agree_exactly_if_nothing_is_found(
        order in prop_oneof![text(16), safe_text()], amount in prop_oneof![money(), plain_money()], secret in secret(),
    ) {
        let fields = request(amount, &order, "https://m.example/ok");
        let signatures = Signatures::of(&secret, &fields);
        let found: usize = fields.iter().map(|(_, value)| disagreements(*value).len()).sum();
        let over_secret = disagreements_over_secret(&secret);
        prop_assert_eq!(signatures.agree(), found == 0 && over_secret.is_none());
        for dialect in Dialect::ALL {
            use base64::{Engine, prelude::BASE64_STANDARD};
            use hmac::{Hmac, KeyInit, Mac};
            let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&dialect.key(&secret)).unwrap();
            mac.update(dialect.encode(&fields).as_bytes());
            let expected = BASE64_STANDARD.encode(mac.finalize().into_bytes());
            let refused = dialect == Dialect::Java && secret.expose().is_empty();
            let printed = signatures.get(dialect).ok().map(ToString::to_string);
            prop_assert_eq!(printed, (!refused).then_some(expected), "{}", dialect);
        }
    }

    /// However a dialect writes a text, a form decoder reads the same text back.
    #[test]
    fn every_dialect_decodes_to_the_same_texts(order in any::<String>(), url in text(24)) {
        let fields = request(1.into(), &order, &url);
        for dialect in Dialect::ALL {
            let string = dialect.encode(&fields);
            prop_assert!(string.is_ascii());
            let read: Vec<_> = url::form_urlencoded::parse(string.as_bytes()).into_owned().collect();
            prop_assert_eq!((&read[4].1, &read[5].1), (&order, &url), "{}", dialect);
        }
    }

    /// The comparison shows each dialect's string, each string once, and leaves unmarked only what the canonical string has too.
    #[test]
    fn a_comparison_shows_every_string_and_marks_every_difference(order in text(16), amount in number()) {
        let fields = request(amount, &order, "https://m.example/ok");
        let compared = compare(&fields);
        let shown: Vec<Dialect> = compared.iter().flat_map(|comparison| comparison.dialects.clone()).collect();
        prop_assert_eq!(shown.len(), Dialect::ALL.len());
        prop_assert_eq!(shown[0], Dialect::CANONICAL);
        for comparison in &compared {
            for dialect in &comparison.dialects {
                prop_assert_eq!(&dialect.encode(&fields), &comparison.text);
            }
            for mark in &comparison.marks {
                prop_assert!(mark.start < mark.end && mark.end <= comparison.text.len());
            }
        }
        prop_assert_eq!(compared.len() > 1, compared.iter().any(|comparison| !comparison.marks.is_empty()));
        for comparison in compared.iter().skip(1) {
            prop_assert!(!comparison.marks.is_empty());
        }
    }
}
