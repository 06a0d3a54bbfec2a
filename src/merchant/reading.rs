//! Where an answer of the shop's has a value, and what a person reads there: in JSON by a pointer, on a page by a selector.

use super::Answer;
use regex::Regex;
use scraper::{Html, Selector};
use serde_json::Value;
use std::sync::LazyLock;

/// Where an answer has a value.
#[derive(Clone, Debug)]
pub enum Place {
    /// A JSON pointer.
    Pointer(String),
    /// A CSS selector: the text of the first element that it finds, or one of its attributes.
    Element { selector: Selector, attribute: Option<String> },
}

/// What is wrong with a text that names no place.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0:?} is neither a JSON pointer, which begins with a slash like /status, nor a CSS selector like #status or #order@data-status"
)]
pub struct PlaceError(String);

impl std::str::FromStr for Place {
    type Err = PlaceError;

    /// A text that begins with a slash is a JSON pointer, any other a CSS selector, behind which `@name` reads an attribute.
    fn from_str(text: &str) -> Result<Self, PlaceError> {
        if text.starts_with('/') {
            return Ok(Self::Pointer(text.to_owned()));
        }
        let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let (selector, attribute) = match text.rsplit_once('@') {
            Some((selector, name)) if is_name(name) => (selector, Some(name.to_lowercase())),
            _ => (text, None),
        };
        let selector = Selector::parse(selector).map_err(|_| PlaceError(text.to_owned()))?;
        Ok(Self::Element { selector, attribute })
    }
}

impl Place {
    /// What stands there: a text or a number of JSON, or the text of a page's element with its white space collapsed.
    #[must_use]
    pub fn read(&self, answer: &Answer) -> Option<String> {
        match self {
            Self::Pointer(pointer) => match answer.json().pointer(pointer)? {
                Value::String(text) => Some(text.clone()),
                Value::Null | Value::Array(_) | Value::Object(_) => None,
                other => Some(other.to_string()),
            },
            Self::Element { selector, attribute } => {
                let page = Html::parse_document(&answer.body);
                let element = page.select(selector).next()?;
                match attribute {
                    Some(name) => element.attr(name).map(str::to_owned),
                    None => Some(collapsed(element.text())),
                }
            }
        }
    }
}

/// Whether a page has an element that a CSS selector finds. What is no page has none.
#[must_use]
pub fn holds_element(page: &str, selector: &str) -> bool {
    Selector::parse(selector).is_ok_and(|selector| Html::parse_document(page).select(&selector).next().is_some())
}

/// The text of a page that its reader sees, each piece on a line of its own.
#[must_use]
pub fn text_of_page(page: &str) -> String {
    const UNSEEN: [&str; 5] = ["script", "style", "template", "noscript", "head"];
    let page = Html::parse_document(page);
    let mut lines = Vec::new();
    for node in page.tree.nodes() {
        let unseen = || {
            let elements = node.ancestors().filter_map(|ancestor| ancestor.value().as_element());
            elements.into_iter().any(|element| UNSEEN.contains(&element.name()))
        };
        if let Some(text) = node.value().as_text()
            && !text.trim().is_empty()
            && !unseen()
        {
            lines.push(collapsed(std::iter::once(&**text)));
        }
    }
    lines.join("\n")
}

fn collapsed<'a>(pieces: impl Iterator<Item = &'a str>) -> String {
    let text: String = pieces.collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The whole numbers that a text has, however people separate thousands: `150.000 ₫`, `150,000.00`, `1 500 000`.
///
/// A space may separate thousands or two numbers: both readings are among them.
#[must_use]
pub fn numbers(text: &str) -> Vec<u64> {
    static WRITTEN: LazyLock<Regex> = LazyLock::new(|| {
        let pattern = r"(\d{1,3}(?:[.,'’]\d{3})+|\d+)(?:[.,](\d+))?";
        Regex::new(pattern).expect("the pattern is right")
    });
    static SPACED: LazyLock<Regex> = LazyLock::new(|| {
        let pattern = r"(?:^|[^\d.,])(\d{1,3}(?:[ \x{a0}\x{202f}]\d{3})+)(?:$|\D)";
        Regex::new(pattern).expect("the pattern is right")
    });
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let mut found = Vec::new();
    for written in WRITTEN.captures_iter(text) {
        let is_whole = written.get(2).is_none_or(|fraction| fraction.as_str().bytes().all(|digit| digit == b'0'));
        found.extend(digits(&written[1]).parse::<u64>().ok().filter(|_| is_whole));
    }
    for spaced in SPACED.captures_iter(text) {
        let groups: Vec<&str> = spaced[1].split(|letter: char| !letter.is_ascii_digit()).collect();
        let readings = (0..groups.len() - 1).filter(|first| *first == 0 || !groups[*first].starts_with('0'));
        found.extend(readings.filter_map(|first| groups[first..].concat().parse::<u64>().ok()));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::BTreeMap, time::Duration};

    fn answer(body: &str) -> Answer {
        Answer { status: 200, headers: BTreeMap::new(), body: body.to_owned(), took: Duration::ZERO }
    }

    fn read(place: &str, body: &str) -> Option<String> {
        place.parse::<Place>().unwrap().read(&answer(body))
    }

    #[test]
    fn a_value_is_read_where_the_integration_file_says() {
        assert_eq!(read("/a/0/b", r#"{"a":[{"b":"PAID"}]}"#).as_deref(), Some("PAID"));
        assert_eq!(read("/a", r#"{"a":150000.5}"#).as_deref(), Some("150000.5"));
        assert_eq!(read("/a", r#"{"a":null}"#), None);
        let page = "<p>no</p><table id=o data-state='paid'><tr><td class=s>Đã \n <b>thanh toán</b></td></tr></table>";
        assert_eq!(read("#o .s", page).as_deref(), Some("Đã thanh toán"));
        assert_eq!(read("#o@data-state", page).as_deref(), Some("paid"));
        assert_eq!(read("#o@title", page), None);
        assert_eq!(read("#nothing", page), None);
        assert!(["", "status]", "#a@"].iter().all(|text| text.parse::<Place>().is_err()));
    }

    #[test]
    fn markup_is_told_from_its_text() {
        let held = |page: &str| holds_element(page, "#x");
        assert!(held("<p title=''><img id=x></p>") && held("<script>a = '</script><b id=x>'</script>"));
        assert!(!held("&lt;b id=x>") && !held("<p title='<b id=x>'>") && !held("<textarea><b id=x></textarea>"));
    }

    #[test]
    fn the_text_of_a_page_is_what_its_reader_sees() {
        let page =
            "<title>90</title><script>var a = 91</script><p>Total&nbsp;<b>150&nbsp;000</b> ₫</p><style>i{}</style>";
        assert_eq!(text_of_page(page), "Total\n150 000\n₫");
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        for (text, wanted) in [
            ("90.000 ₫", vec![90_000]),
            ("of 1,234,567 and 5'000", vec![1_234_567, 5_000]),
            ("₫150,000.00 or 150.000,00", vec![150_000, 150_000]),
            ("12.5 kg, 1.234,56", vec![]),
            ("150000.00", vec![150_000]),
            ("order 17, 51000.", vec![17, 51_000]),
            ("1\u{a0}051\u{a0}000", vec![1, 51, 0, 1_051_000]),
            ("3 150 000", vec![3, 150, 0, 3_150_000, 150_000]),
            ("1.051.000", vec![1_051_000]),
        ] {
            assert_eq!(numbers(text), wanted, "{text}");
        }
    }
}
