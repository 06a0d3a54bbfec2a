//! Every byte that a real card payment leaves behind, searched for what was typed and what was signed with.

use super::archive;
use base64::{
    alphabet::STANDARD,
    engine::general_purpose::{GeneralPurpose, NO_PAD},
    prelude::{BASE64_STANDARD_NO_PAD, Engine},
};
use regex::Regex;
use smartpay_conformance::{
    catalog::{ATM_CARDS, CREDIT_CARDS, TEST_APP},
    twin::{DEMO_KEY, DEMO_PASSWORD, DEMO_SECRET, Twin, TwinConfig},
};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// One by credit card, and one by ATM card.
const SCENARIO: &str = "^Paid with the documented card$";

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// A text as it is, and as whoever decodes it reads it: percent, HTML, JSON and base64, twice over.
fn readings(text: &str) -> BTreeSet<String> {
    let run = Regex::new("[A-Za-z0-9+/_-]{11,}").unwrap();
    let lenient = GeneralPurpose::new(&STANDARD, NO_PAD.with_decode_allow_trailing_bits(true));
    let mut known = BTreeSet::from([text.to_owned()]);
    for _ in 0..2 {
        for text in known.clone() {
            known.insert(percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned());
            known.insert(
                text.replace("&nbsp;", " ").replace("&#x2f;", "/").replace("&quot;", "\"").replace("&amp;", "&"),
            );
            known.insert(text.replace("\\\"", "\"").replace("\\\\", "\\").replace("\\/", "/"));
            let mut decoded = String::new();
            for run in run.find_iter(&text) {
                let run = run.as_str().replace('-', "+").replace('_', "/");
                for offset in 0..4 {
                    let part = &run[offset..];
                    let whole = part.len() - usize::from(part.len() % 4 == 1);
                    let bytes = lenient.decode(&part[..whole]).unwrap_or_default();
                    decoded += &String::from_utf8_lossy(&bytes);
                    decoded.push('\n');
                }
            }
            known.insert(decoded);
        }
    }
    known
}

/// The digits of a text without what people set between them.
fn digits(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '\u{a0}' | '+')).collect()
}

#[test]
fn a_card_payment_leaves_no_secret_in_any_file() {
    let twin = Twin::start(TwinConfig::default()).unwrap();
    let ground = tempfile::tempdir().unwrap();
    let configuration = format!(
        "[target.remote]\nbase_url = \"{}\"\nkey = \"{DEMO_KEY}\"\nsecret = \"${{SECRET}}\"\n",
        twin.origin("api")
    );
    fs::write(ground.path().join("conformance.toml"), configuration).unwrap();
    let out = ground.path().join("out");
    let ended = Command::new(env!("CARGO_BIN_EXE_smartpay-conformance"))
        .current_dir(ground.path())
        .env("SECRET", DEMO_SECRET)
        .env("XDG_STATE_HOME", ground.path().join("state"))
        .args(["run", "--target", "remote", "--name", SCENARIO, "--evidence", "always", "--out"])
        .arg(&out)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(0), "{told}");

    let written = files(&out);
    for kind in ["har", "html", "jpg", "ndjson", "xml"] {
        let of_kind = |path: &PathBuf| path.extension().is_some_and(|extension| extension == kind);
        assert!(written.iter().any(of_kind), "no {kind} in {written:?}");
    }
    let cards = CREDIT_CARDS.iter().map(|card| card.number).chain(ATM_CARDS.iter().map(|card| card.number));
    let cards: Vec<&str> = cards.collect();
    let name = r#"(?i)[\w-]*(?:cvv|cvc|otp|otp_?code|dataEntry|password|secret)"#;
    let value = format!("(?:001|1234|OTP|{})", TEST_APP.password);
    let patterns = [
        r"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}".to_owned(),
        format!(r#"{name}["']?\s*[:=]\s*["']?{value}\b"#),
        format!(r#""name":\s*"{name}",\s*"value":\s*"{value}""#),
        format!(r#"<input[^>]*name="?{name}"?[^>]*value="?{value}\b"#),
    ];
    let patterns = patterns.map(|pattern| Regex::new(&pattern).unwrap());
    for path in &written {
        let bytes = fs::read(path).unwrap();
        let shown = path.strip_prefix(&out).unwrap().display();
        for (number, text) in readings(&String::from_utf8_lossy(&bytes)).into_iter().enumerate() {
            for secret in [DEMO_SECRET, DEMO_PASSWORD] {
                assert!(!text.contains(secret), "{shown} holds {secret} in reading {number}");
            }
            let digits = digits(&text);
            for card in &cards {
                assert!(!digits.contains(card), "{shown} holds the card {card} in reading {number}");
            }
            for pattern in &patterns {
                let found = pattern.find(&text).map(|found| found.as_str().to_owned());
                assert_eq!(found, None, "{shown} in reading {number}");
            }
        }
    }
    archive::expect_journey(&written);
}

/// The search above finds what it looks for.
#[test]
fn the_search_sees_through_encodings() {
    let card = CREDIT_CARDS[0].number;
    let spaced = format!("{} {}-{} {}", &card[..4], &card[4..8], &card[8..12], &card[12..]);
    let percent: String = spaced.replace(' ', "%20");
    let base64 = BASE64_STANDARD_NO_PAD.encode(format!("x{spaced}yz"));
    for text in [card, &spaced, &percent, &base64, &BASE64_STANDARD_NO_PAD.encode(&percent)] {
        assert!(readings(text).iter().any(|text| digits(text).contains(card)), "{text}");
    }
}
