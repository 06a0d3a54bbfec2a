//! The forms in which a known secret may travel.

use super::fields;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD, Engine};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use regex::{Captures, Regex};
use std::collections::BTreeSet;

/// What RFC 3986 leaves unencoded.
const UNRESERVED_KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Plain, URL-encoded, base64 at each alignment, hex, and as JSON and HTML escape it.
pub(super) fn forms(secret: &str) -> BTreeSet<Vec<u8>> {
    let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let strict = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let usual = utf8_percent_encode(secret, UNRESERVED_KEPT).to_string();
    let json = serde_json::to_string(secret).expect("a string serialises");
    let json = json[1..json.len() - 1].to_owned();
    let html = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let mut texts = vec![
        secret.to_owned(),
        lower_escapes(&encoded),
        lower_escapes(&strict),
        lower_escapes(&usual),
        encoded,
        strict,
        usual,
        json.replace('/', "\\/"),
        ascii_escapes(&json),
        json,
        html.replace('\'', "&#39;"),
        html.replace('\'', "&#x27;"),
        html,
        hex::encode(secret),
        hex::encode_upper(secret),
    ];
    for alignment in 0..3 {
        texts.push(base64_core(&BASE64_STANDARD_NO_PAD, secret.as_bytes(), alignment));
        texts.push(base64_core(&BASE64_URL_SAFE_NO_PAD, secret.as_bytes(), alignment));
    }
    texts.into_iter().map(String::into_bytes).collect()
}

/// The characters of a base64 text that `secret` alone decides when `alignment` other bytes (modulo 3) come before it.
fn base64_core(engine: &impl Engine, secret: &[u8], alignment: usize) -> String {
    let mut shifted = vec![0; alignment];
    shifted.extend_from_slice(secret);
    let whole = engine.encode(&shifted);
    let first = (alignment * 8).div_ceil(6);
    let last = shifted.len() * 8 / 6;
    whole[first..last].to_owned()
}

/// Percent-escapes with lower-case digits.
fn lower_escapes(text: &str) -> String {
    let mut rest = 0;
    let lower = |c: char| {
        rest = if c == '%' { 3 } else { usize::saturating_sub(rest, 1) };
        if rest > 0 { c.to_ascii_lowercase() } else { c }
    };
    text.chars().map(lower).collect()
}

/// As encoders that keep to ASCII write a JSON string, and Go, which also escapes what HTML minds.
fn ascii_escapes(json: &str) -> String {
    let mut escaped = String::new();
    for c in json.chars() {
        if c.is_ascii() && !matches!(c, '&' | '<' | '>') {
            escaped.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    escaped
}

/// Finds known numbers whose digits are set apart, as people and forms write card numbers.
#[derive(Debug)]
pub(super) struct SpacedNumbers(Regex);

impl SpacedNumbers {
    pub(super) fn new(numbers: &[&str]) -> Self {
        /// Between two digits there may be one of these.
        const GAP: &str = r"(?:[\s\u{a0}.+_/-]|%20|%C2%A0|%c2%a0|%2D|%2d|&nbsp;|&#160;|\\u00a0)?";
        let spaced = |number: &&str| number.chars().map(String::from).collect::<Vec<_>>().join(GAP);
        let pattern = numbers.iter().map(spaced).collect::<Vec<_>>().join("|");
        Self(Regex::new(&pattern).expect("digits and gaps make a pattern"))
    }

    pub(super) fn mask<'a>(&self, text: &'a str) -> std::borrow::Cow<'a, str> {
        self.0.replace_all(text, |found: &Captures<'_>| fields::last_four(&found[0]))
    }
}
