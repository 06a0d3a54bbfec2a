//! The last look at everything that is written: does it hold a secret that should have been taken out?
//!
//! It shares nothing with [`super::Redactor`], or it would be blind where that is. Redaction knows forms and looks for them;
//! here a text is decoded, layer by layer, until nothing is left to decode, and what comes out is searched for the secrets
//! as they are.

use super::decoding::{from_base64, from_hex, unescaped};
use crate::catalog;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use regex::bytes::Regex;
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
    sync::{LazyLock, PoisonError, RwLock},
};

/// Shorter secrets are masked by their field only; searching for them would find amounts.
const SHORTEST: usize = 8;
/// How many times escapes may be nested.
const LEVELS: usize = 5;
/// How many times base64 or hex may be nested.
const DEPTH: usize = 2;
/// How many characters may stand between two digits of a card's number.
const GAP: usize = 3;
/// Digits of a documented card's number.
const CARD: u32 = 16;

/// What was found, and in which form; never the secret itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    what: &'static str,
    /// Encodings that had to be taken off, the outermost first.
    form: Vec<&'static str>,
}

impl std::fmt::Display for Leak {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let form =
            if self.form.is_empty() { "as it is".to_owned() } else { format!("behind {}", self.form.join(" and ")) };
        write!(f, "{} {form}", self.what)
    }
}

/// Knows the secrets of a run and finds them in whatever form.
#[derive(Debug)]
pub struct Scan {
    known: RwLock<Known>,
    cards: HashSet<u64>,
}

#[derive(Default)]
struct Known {
    /// Of each secret, as it is and with its own escapes undone, by its first bytes.
    secrets: HashMap<[u8; SHORTEST], Vec<Box<[u8]>>>,
    /// Which first two bytes occur: most places of a text are passed by this alone.
    heads: Heads,
}

struct Heads(Box<[u64; 1024]>);

impl Default for Heads {
    fn default() -> Self {
        Self(Box::new([0; 1024]))
    }
}

impl Heads {
    fn place(head: [u8; 2]) -> (usize, u64) {
        let head = usize::from(u16::from_le_bytes(head));
        (head / 64, 1 << (head % 64))
    }

    fn add(&mut self, head: [u8; 2]) {
        let (word, bit) = Self::place(head);
        self.0[word] |= bit;
    }

    fn holds(&self, head: [u8; 2]) -> bool {
        let (word, bit) = Self::place(head);
        self.0[word] & bit != 0
    }
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} secrets", self.secrets.values().map(Vec::len).sum::<usize>())
    }
}

impl Default for Scan {
    fn default() -> Self {
        let credit = catalog::CREDIT_CARDS.iter().map(|card| card.number);
        let numbers = credit.chain(catalog::ATM_CARDS.iter().map(|card| card.number));
        Self { known: RwLock::default(), cards: numbers.filter_map(|number| number.parse().ok()).collect() }
    }
}

impl Known {
    fn add(&mut self, head: [u8; SHORTEST], form: &[u8]) {
        self.heads.add([head[0], head[1]]);
        let forms = self.secrets.entry(head).or_default();
        if !forms.iter().any(|known| **known == *form) {
            forms.push(form.into());
        }
    }
}

impl Scan {
    /// Looks for `secret` from now on. Secrets of fewer than eight characters are ignored.
    pub fn learn(&self, secret: &str) {
        if secret.chars().count() < SHORTEST {
            return;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let mut form = secret.as_bytes().to_vec();
        // A secret that looks as if it were escaped itself is found after that was undone, too.
        for _ in 0..LEVELS {
            let Some(&head) = form.first_chunk() else { break };
            let spaced = spaces_for_pluses(&form);
            let spaced_head = *spaced.first_chunk().unwrap_or(&head);
            known.add(head, &form);
            known.add(spaced_head, &spaced);
            let Some(next) = unescaped(&form) else { break };
            form = next;
        }
    }

    /// The first secret in `text`, in whatever form.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<Leak> {
        /// Pictures are pixels: what they show was covered before they were taken.
        static PICTURE: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"data:image/(?:png|jpeg|webp|gif);base64,[A-Za-z0-9+/]+=*").expect("a constant pattern")
        });
        let bytes = text.as_bytes();
        let text =
            if text.contains("data:image/") { PICTURE.replace_all(bytes, &b""[..]) } else { Cow::Borrowed(bytes) };
        self.look(&text, &mut Vec::new(), DEPTH)
    }

    fn look(&self, text: &[u8], form: &mut Vec<&'static str>, depth: usize) -> Option<Leak> {
        let outside = form.len();
        let mut text = Cow::Borrowed(text);
        for level in 0..=LEVELS {
            if let Some(what) = self.search(&text) {
                return Some(Leak { what, form: form.clone() });
            }
            if level == LEVELS {
                break;
            }
            let Some(next) = unescaped(&text) else { break };
            form.push("escapes");
            text = Cow::Owned(next);
        }
        // What is escaped inside base64 digits has no escapes left here, so that one look is enough.
        if depth > 0 {
            for (name, decoded) in [("base64", from_base64(&text)), ("hex", from_hex(&text))] {
                form.push(name);
                if !decoded.is_empty()
                    && let Some(leak) = self.look(&decoded, form, depth - 1)
                {
                    return Some(leak);
                }
                form.pop();
            }
        }
        form.truncate(outside);
        None
    }

    fn search(&self, text: &[u8]) -> Option<&'static str> {
        if self.holds_card(text) {
            return Some("a card number");
        }
        if holds_token(text) {
            return Some("a token");
        }
        self.holds_secret(text).then_some("a secret")
    }

    fn holds_secret(&self, text: &[u8]) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if known.secrets.is_empty() {
            return false;
        }
        let holds = |text: &[u8]| {
            text.windows(SHORTEST).enumerate().any(|(at, head)| {
                known.heads.holds([head[0], head[1]])
                    && head
                        .first_chunk()
                        .and_then(|head| known.secrets.get(head))
                        .is_some_and(|secrets| secrets.iter().any(|secret| text[at..].starts_with(secret)))
            })
        };
        // Where a space was written as a plus, the pluses of a secret are spaces by now, too.
        holds(text) || text.contains(&b'+') && holds(&spaces_for_pluses(text))
    }

    /// Whether a documented card's number stands in `text`, whatever is between its digits.
    fn holds_card(&self, text: &[u8]) -> bool {
        const MOST: u64 = 10_u64.pow(CARD);
        let (mut number, mut digits, mut gap) = (0_u64, 0, 0);
        for byte in text {
            match byte {
                b'0'..=b'9' => {
                    number = (number * 10 + u64::from(byte - b'0')) % MOST;
                    digits += 1;
                    gap = 0;
                    if digits >= CARD && self.cards.contains(&number) {
                        return true;
                    }
                }
                // White space, punctuation, and whatever is no ASCII.
                b' ' | b'\t' | b'\r' | b'\n' | b'-' | b'.' | b'_' | b'/' | b'+' | b',' | 0x80.. if gap < GAP => {
                    gap += 1
                }
                _ => (digits, gap) = (0, 0),
            }
        }
        false
    }
}

/// As forms are read.
fn spaces_for_pluses(text: &[u8]) -> Vec<u8> {
    text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect()
}

/// Whether a signed JSON Web Token stands in `text`.
fn holds_token(text: &[u8]) -> bool {
    static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?-u)eyJ([A-Za-z0-9_-]{5,})\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{16,}").expect("a constant pattern")
    });
    TOKEN.captures_iter(text).any(|token| {
        let head = [b"eyJ", &token[1]].concat();
        let head = BASE64_URL_SAFE_NO_PAD.decode(head).ok();
        head.is_some_and(|head| {
            serde_json::from_slice::<serde_json::Value>(&head).is_ok_and(|head| head["alg"].is_string())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::prelude::BASE64_STANDARD;
    use proptest::prelude::*;

    fn found(scan: &Scan, text: &str) -> String {
        scan.find(text).map(|leak| leak.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_secret_is_found_behind_what_redaction_does_not_look_behind() {
        let scan = Scan::default();
        scan.learn("k9/Qs+ secret~1");
        let twice = |text: &str| BASE64_STANDARD.encode(BASE64_STANDARD.encode(text));
        for (text, form) in [
            ("a k9/Qs+ secret~1.", "a secret as it is"),
            (r"a \u006b9/Qs+ secret~1.", "a secret behind escapes"),
            ("a k9/Qs+ s&#101;cret~1.", "a secret behind escapes"),
            ("a k%2539%252FQs%252B+secret%257E1.", "a secret behind escapes and escapes"),
            (&twice("ab k9/Qs+ secret~1"), "a secret behind base64 and base64"),
            (&hex::encode(r"\u006b9/Qs+ secret~1"), "a secret behind hex and escapes"),
            (
                &format!("{:?}", BASE64_STANDARD.encode(r#"{"a":"k9\/Qs+ secret~1"}"#)),
                "a secret behind base64 and escapes",
            ),
        ] {
            assert_eq!(found(&scan, text), form, "{text}");
        }
        assert_eq!(found(&scan, "k9/Qs secret~1 [masked] a9QBd0XuZ8bG1yZXQ="), "");
    }

    #[test]
    fn a_card_number_is_found_however_it_is_set() {
        let scan = Scan::default();
        for text in [
            "5200000000001096",
            "x9704000000000018x",
            "5200 0000\u{2009}0000-1096",
            "5200&nbsp;0000&#160;0000%201096",
            "\\u0035200.0000.0000.1096",
            &BASE64_STANDARD.encode("cardNumber=5200+0000+0000+1096"),
        ] {
            assert!(found(&scan, text).starts_with("a card number"), "{text}");
        }
        for text in ["************1096", "5200000000001097", "5200, 0000 or 0000 1096", "52000000000010 or 96"] {
            assert_eq!(found(&scan, text), "", "{text}");
        }
    }

    #[test]
    fn a_signed_token_needs_not_be_known() {
        let scan = Scan::default();
        let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        let token = format!(
            "{}.{}.{}",
            part(r#"{"alg":"HS256","typ":"JWT"}"#),
            part(r#"{"sub":"KEY"}"#),
            part("a signature of 32 bytes")
        );
        assert_eq!(found(&scan, &format!("x={token}")), "a token as it is");
        assert_eq!(found(&scan, &token.replace('.', "%2E")), "a token behind escapes");
        assert_eq!(found(&scan, &token.replace("eyJhbGciOi", "eyJibGciOi")), "");
    }

    #[test]
    fn pictures_are_passed_over_and_what_follows_is_not() {
        let scan = Scan::default();
        let picture = format!("data:image/png;base64,{}", BASE64_STANDARD.encode("5200000000001096"));
        assert_eq!(found(&scan, &picture), "");
        assert_eq!(found(&scan, &picture.replace("png", "svg+xml")), "a card number behind base64");
        assert_eq!(found(&scan, &format!("<img src=\"{picture}\">5200000000001096")), "a card number as it is");
    }

    proptest! {
        #[test]
        fn any_secret_is_found_in_any_common_form(secret in "\\PC{8,30}", before in "[a-z ]{0,9}", after in "[g-z ]{0,9}") {
            let scan = Scan::default();
            scan.learn(&secret);
            let plain = format!("{before}{secret}{after}");
            let json = serde_json::to_string(&plain).unwrap();
            let encoded: String = url::form_urlencoded::byte_serialize(plain.as_bytes()).collect();
            let html: String = plain.chars().map(|c| format!("&#{};", u32::from(c))).collect();
            let base64 = BASE64_STANDARD.encode(&plain);
            for text in [&plain, &json, &encoded, &html, &base64, &hex::encode(&plain), &BASE64_STANDARD.encode(&json)] {
                prop_assert!(scan.find(text).is_some(), "{}", text);
            }
        }
    }
}
