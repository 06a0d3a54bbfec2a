//! The two languages of the pages, and their texts as data in `texts.toml`.

use crate::wire::Amount;
use axum::http::{HeaderMap, header};
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

/// A language of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    English,
    Vietnamese,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Phrase {
    en: String,
    vi: String,
}

/// Keyed `page.phrase`.
static PHRASES: LazyLock<HashMap<String, Phrase>> = LazyLock::new(|| {
    let document: BTreeMap<String, BTreeMap<String, Phrase>> =
        toml::from_str(include_str!("texts.toml")).expect("the embedded texts parse, as their test shows");
    document
        .into_iter()
        .flat_map(|(page, phrases)| phrases.into_iter().map(move |(key, phrase)| (format!("{page}.{key}"), phrase)))
        .collect()
});

impl Language {
    pub(super) const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Vietnamese => "vi",
        }
    }

    pub(super) fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        [Self::English, Self::Vietnamese].into_iter().find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }

    /// What the page's address asks for, else what the browser prefers, else English.
    pub(super) fn choose(asked: Option<&str>, headers: &HeaderMap) -> Self {
        asked.and_then(Self::from_tag).or_else(|| Self::preferred(headers)).unwrap_or(Self::English)
    }

    fn preferred(headers: &HeaderMap) -> Option<Self> {
        let accepted = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
        let mut best: Option<(f32, Self)> = None;
        for range in accepted.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let Some(language) = parts.next().and_then(Self::from_tag) else { continue };
            let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
            if weight > best.map_or(0.0, |(most, _)| most) {
                best = Some((weight, language));
            }
        }
        best.map(|(_, language)| language)
    }

    /// The text of a phrase, keyed `page.phrase`.
    pub(super) fn text(self, key: &str) -> Option<&'static str> {
        let phrase = PHRASES.get(key)?;
        Some(match self {
            Self::English => &phrase.en,
            Self::Vietnamese => &phrase.vi,
        })
    }

    /// An amount as people write it: `50,000 VND` in English, `50.000 VND` in Vietnamese.
    pub(super) fn money(self, amount: Amount, currency: &str) -> String {
        let (thousands, point) = match self {
            Self::English => (',', '.'),
            Self::Vietnamese => ('.', ','),
        };
        let digits = amount.to_string();
        let (whole, fraction) = digits.split_once('.').map_or((digits.as_str(), None), |(w, f)| (w, Some(f)));
        let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |rest| ("-", rest));
        let mut written = sign.to_owned();
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at) % 3 == 0 {
                written.push(thousands);
            }
            written.push(digit);
        }
        if let Some(fraction) = fraction {
            written.push(point);
            written.push_str(fraction);
        }
        // No line break may part an amount from its currency.
        written + "\u{a0}" + currency
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn the_address_is_asked_before_the_browser() {
        let mut headers = HeaderMap::new();
        assert_eq!(Language::choose(None, &headers), Language::English);
        for (accepted, expected) in [
            ("vi-VN,vi;q=0.9,en;q=0.8", Language::Vietnamese),
            ("fr, en;q=0.5, vi;q=0.7", Language::Vietnamese),
            ("en-US,en;q=0.9,vi;q=0.1", Language::English),
            ("fr", Language::English),
            ("vi;q=0", Language::English),
        ] {
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(accepted));
            assert_eq!(Language::choose(None, &headers), expected, "{accepted}");
            assert_eq!(Language::choose(Some("vi"), &headers), Language::Vietnamese);
            assert_eq!(Language::choose(Some("en"), &headers), Language::English);
            assert_eq!(Language::choose(Some("xx"), &headers), expected, "{accepted}");
        }
    }

    #[test]
    fn every_phrase_has_a_text_of_its_own_in_both_languages() {
        for (key, phrase) in PHRASES.iter() {
            assert!(!phrase.en.trim().is_empty() && !phrase.vi.trim().is_empty(), "{key}");
            assert!(phrase.en != phrase.vi || key == "card.cvv", "{key} is the same in both languages");
            // UTF-8 that was once read as Latin-1 shows these.
            for mangled in ["áº", "á»", "Ã¡", "Æ°", "Ä‘", "\u{fffd}"] {
                assert!(!phrase.vi.contains(mangled), "{key}: {}", phrase.vi);
            }
        }
    }

    #[test]
    fn amounts_are_grouped_as_each_language_groups_them() {
        let amount = |digits: &str| digits.parse::<Amount>().expect("a number");
        assert_eq!(Language::English.money(amount("50000"), "VND"), "50,000\u{a0}VND");
        assert_eq!(Language::Vietnamese.money(amount("9999999999999"), "VND"), "9.999.999.999.999\u{a0}VND");
        assert_eq!(Language::English.money(amount("999"), "VND"), "999\u{a0}VND");
        assert_eq!(Language::English.money(amount("1000.5"), "VND"), "1,000.5\u{a0}VND");
    }
}
