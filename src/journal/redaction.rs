//! Takes secrets out of everything before it is written, here and nowhere else.
//!
//! Two ways, because neither is enough: values are masked by the name of their field (the only way for short ones such as
//! a CVV), and known secrets of eight or more characters are searched for in every form in which they may travel.

use super::{fields, forms};
use crate::catalog;
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

/// What stands where a secret stood.
pub(super) const MASK: &str = "[masked]";
/// Shorter secrets are masked by field only: searching for `1234` would mask amounts.
const SHORTEST: usize = 8;
/// Members of an event whose words are ours: a secret that happens to be one of them must not make the journal unreadable.
const OURS: [&str; 9] =
    ["event", "scenario", "outcome", "verdict", "kind", "started_at", "received_at", "startedDateTime", "pageref"];
/// Forms are indexed by this many leading bytes; no form of a secret is shorter.
const INDEX: usize = 8;

/// Knows the secrets of a run and takes them out of text.
#[derive(Debug)]
pub struct Redactor {
    known: RwLock<Known>,
    cards: forms::SpacedNumbers,
}

/// Every form of every secret, by its first bytes: learning is cheap, and a scan costs one look-up per byte.
#[derive(Default)]
struct Known(HashMap<[u8; INDEX], Vec<Form>>);

#[derive(PartialEq)]
struct Form {
    bytes: Vec<u8>,
    mask: String,
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} forms of secrets", self.0.values().map(Vec::len).sum::<usize>())
    }
}

impl Redactor {
    /// A redactor that knows the catalogue's card numbers and passwords.
    #[must_use]
    pub fn new() -> Self {
        let cards: Vec<&str> = catalog::CREDIT_CARDS
            .iter()
            .map(|card| card.number)
            .chain(catalog::ATM_CARDS.iter().map(|card| card.number))
            .collect();
        let redactor = Self { known: RwLock::default(), cards: forms::SpacedNumbers::new(&cards) };
        for card in &cards {
            redactor.know(card, &fields::last_four(card));
        }
        redactor.learn(catalog::TEST_APP.password);
        redactor
    }

    /// Takes `secret` out of all that is written from now on. Secrets of fewer than eight characters are ignored.
    pub fn learn(&self, secret: &str) {
        if secret.chars().count() >= SHORTEST {
            self.know(secret, MASK);
        }
    }

    fn know(&self, secret: &str, mask: &str) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for bytes in forms::forms(secret) {
            let Some(head) = bytes.first_chunk::<INDEX>() else { continue };
            let form = Form { mask: mask.to_owned(), bytes: bytes.clone() };
            let forms = known.0.entry(*head).or_default();
            if !forms.contains(&form) {
                forms.push(form);
                // The longest form first, so that no tail of a secret is left standing.
                forms.sort_by_key(|form| std::cmp::Reverse(form.bytes.len()));
            }
        }
    }

    /// `text` without known secrets and without the values of sensitive fields, whether it is JSON, a form, a URL,
    /// HTML or prose that holds any of them.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        // Whole secrets first: masking a part of one by name would hide the rest of it from the search.
        let searched = self.search(&self.cards.mask(text));
        fields::mask(&searched, &|inner| self.text(inner)).unwrap_or(searched)
    }

    /// Takes secrets out of every string of an event, and masks by name what its objects hold.
    pub(super) fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(members) => {
                fields::mask_pair(members);
                for (name, member) in members.iter_mut() {
                    if !OURS.contains(&name.as_str()) && !fields::mask_member(name, member) {
                        self.value(member);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Leaves of an entry only what secrets are taken out of.
    pub(super) fn drop_words_of_ours(value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(Self::drop_words_of_ours),
            Value::Object(members) => {
                members.retain(|name, _| !OURS.contains(&name.as_str()));
                members.values_mut().for_each(Self::drop_words_of_ours);
            }
            _ => {}
        }
    }

    fn search(&self, text: &str) -> String {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let bytes = text.as_bytes();
        let (mut kept, mut from, mut at) = (String::new(), 0, 0);
        while let Some(head) = bytes.get(at..).and_then(<[u8]>::first_chunk::<INDEX>) {
            let found = known.0.get(head).and_then(|forms| forms.iter().find(|f| bytes[at..].starts_with(&f.bytes)));
            let Some(form) = found else {
                at += 1;
                continue;
            };
            kept.push_str(&text[from..at]);
            kept.push_str(&form.mask);
            at += form.bytes.len();
            from = at;
        }
        kept.push_str(&text[from..]);
        kept
    }
}

impl Default for Redactor {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};
    use proptest::prelude::*;
    use serde_json::json;

    const SECRET: &str = "k9/Qs+Ä secret~1";

    fn learned() -> Redactor {
        let redactor = Redactor::new();
        redactor.learn(SECRET);
        redactor
    }

    #[test]
    fn a_learned_secret_is_found_in_every_form() {
        let redactor = learned();
        let forms = [
            SECRET,
            "k9%2FQs%2B%C3%84%20secret%7E1",
            "k9%2fQs%2b%c3%84%20secret%7e1",
            "k9%2FQs%2B%C3%84+secret%7E1",
            "k9%2FQs%2B%C3%84%20secret~1",
            r"k9\/Qs+Ä secret~1",
            r"k9/Qs+\u00c4 secret~1",
            &hex::encode(SECRET),
            &hex::encode_upper(SECRET),
        ];
        for form in forms {
            assert_eq!(redactor.text(&format!("ü {form}é{form}")), "ü [masked]é[masked]", "{form}");
        }
    }

    #[test]
    fn base64_is_found_at_all_three_alignments() {
        let redactor = learned();
        for before in ["", "a", "ab", "abc", "user:"] {
            for after in ["", "z", "zz", "zzz"] {
                let whole = format!("{before}{SECRET}{after}");
                for text in [BASE64_STANDARD.encode(&whole), BASE64_URL_SAFE_NO_PAD.encode(&whole)] {
                    let clean = redactor.text(&text);
                    assert!(clean.contains(MASK), "{text} stayed {clean}");
                    assert!(
                        clean.len() - MASK.len() < before.len() * 2 + after.len() * 2 + 6,
                        "{clean} tells too much"
                    );
                }
            }
        }
    }

    #[test]
    fn a_secret_that_looks_like_a_field_goes_as_a_whole() {
        let redactor = Redactor::new();
        redactor.learn("first otp=1 last");
        assert_eq!(redactor.text("a first otp=1 last b"), "a [masked] b");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn no_form_of_any_secret_survives_anywhere(secret in "\\PC{8,40}", before in "\\PC{0,12}", after in "\\PC{0,12}") {
            // Whatever the redactor itself writes, and what is part of the surroundings, is no leak.
            prop_assume!(!MASK.contains(&secret) && !secret.contains(MASK));
            let redactor = Redactor::new();
            redactor.learn(&secret);
            let plain = format!("{before}{secret}{after}");
            let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            let cases = [
                (plain.clone(), secret.clone()),
                (serde_json::to_string(&plain).unwrap(), serde_json::to_string(&secret).unwrap().trim_matches('"').to_owned()),
                (json!({"note": plain, "list": [plain]}).to_string(), secret.clone()),
                (format!("note={encoded}&amount=5"), encoded),
                (hex::encode(&plain), hex::encode(&secret)),
                (BASE64_STANDARD.encode(&plain), BASE64_STANDARD.encode(&plain)),
            ];
            for (text, leak) in cases {
                let clean = redactor.text(&text);
                prop_assert!(!clean.contains(&leak), "{:?} became {:?}", text, clean);
            }
        }
    }

    #[test]
    fn short_secrets_are_not_searched_for() {
        let redactor = Redactor::new();
        redactor.learn("1234567");
        assert_eq!(redactor.text("amount 1234567, or 111111 VND"), "amount 1234567, or 111111 VND");
    }

    #[test]
    fn a_card_number_keeps_its_last_four_digits_however_it_is_written() {
        let redactor = Redactor::new();
        for text in [
            "5200000000001096",
            "5200 0000 0000 1096",
            "5200-0000-0000-1096",
            "5200+0000+0000+1096",
            "5200%200000%200000%201096",
            "5200\u{a0}0000\u{a0}0000\u{a0}1096",
            "5200&nbsp;0000&nbsp;0000&nbsp;1096",
            "5200.0000.0000.1096",
        ] {
            assert_eq!(redactor.text(&format!("<b>{text}</b>")), "<b>************1096</b>", "{text}");
        }
        for form in [hex::encode("5200000000001096"), BASE64_STANDARD.encode("x5200000000001096")] {
            assert!(redactor.text(&form).contains("************1096"), "{form}");
        }
        assert_eq!(redactor.text("SP5200000000001097"), "SP5200000000001097");
    }

    #[test]
    fn documents_are_masked_by_name_and_inside_their_strings() {
        let redactor = learned();
        let mut document = json!({
            "url": "https://x.example/a?otp=1234&order=7#cvv=001",
            "request_headers": {"Authorization": "Bearer abc", "X-Portone-Client-Key": "KEY", "cookie": "sid=12"},
            "request_body": "{\"cvv\":\"001\",\"amount\":50000,\"signature_hash\":\"abc=\",\"nested\":[{\"portone_secret\":\"s\"}]}",
            "response_body": format!("card=5200000000001096&CVC=001&note={SECRET}"),
        });
        redactor.value(&mut document);
        assert_eq!(
            document,
            json!({
                "url": "https://x.example/a?otp=[masked]&order=7#cvv=[masked]",
                "request_headers": {"Authorization": "Bearer [masked]", "X-Portone-Client-Key": "KEY", "cookie": MASK},
                "request_body": "{\"cvv\":\"[masked]\",\"amount\":50000,\"signature_hash\":\"abc=\",\"nested\":[{\"portone_secret\":\"[masked]\"}]}",
                "response_body": "card=************1096&CVC=[masked]&note=[masked]",
            })
        );
    }
}
