//! What signs differently in the vendor's six samples, and why: a merchant whose code follows one of them, and whose order id
//! holds such a character, has signatures that others refuse.

use super::{Amount, Dialect, FieldValue, Secret, Unsignable};
use serde::{Serialize, Serializer, ser::SerializeStruct};
use std::fmt;

/// The characters that the samples write differently. All others, those beyond ASCII included, they write alike.
pub const SIGNED_DIFFERENTLY: [char; 3] = [' ', '*', '~'];

/// The safe alphabet within ASCII: what can be typed, without [`SIGNED_DIFFERENTLY`].
pub const SAFE_ASCII: &str =
    "!\"#$%&'()+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}";

/// Whether a character signs alike in every dialect.
#[must_use]
pub fn is_safe(character: char) -> bool {
    !SIGNED_DIFFERENTLY.contains(&character)
}

/// Something that signs differently in at least one dialect.
#[derive(Clone, Debug, PartialEq)]
pub struct Disagreement {
    pub subject: Subject,
    /// How it is written, the canonical way first.
    pub spellings: Vec<Spelling>,
}

/// What signs differently.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Subject {
    Character(char),
    Amount(Amount),
    /// A text of so many UTF-16 units.
    Length(usize),
    /// A secret of nothing.
    EmptySecret,
    /// A secret with characters outside ASCII, which is never shown.
    ForeignSecret,
}

/// One way of writing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spelling {
    /// Nothing where these dialects end without a signature, or where it would show a secret.
    pub text: Option<String>,
    pub dialects: Vec<Dialect>,
    /// Why it differs from the canonical spelling.
    pub why: Option<&'static str>,
}

/// What in this value signs differently: characters in the order of their first appearance, or the amount. Nothing means that all
/// samples write the value alike.
#[must_use]
pub fn disagreements(value: FieldValue<'_>) -> Vec<Disagreement> {
    match value {
        FieldValue::Amount(amount) => over_amount(amount).into_iter().collect(),
        FieldValue::Text(text) => {
            let mut found: Vec<char> = Vec::new();
            for character in text.chars().filter(|c| !is_safe(*c)) {
                if !found.contains(&character) {
                    found.push(character);
                }
            }
            found.into_iter().map(over_character).chain(over_length(text)).collect()
        }
    }
}

/// What signs differently because of the secret. The secret itself is not told.
#[must_use]
pub fn disagreements_over_secret(secret: &Secret) -> Option<Disagreement> {
    let (subject, apart, why) = if secret.expose().is_empty() {
        (Subject::EmptySecret, Dialect::Java, "it ends with an exception")
    } else if !secret.expose().is_ascii() {
        (Subject::ForeignSecret, Dialect::CSharp, "it reads them as question marks")
    } else {
        return None;
    };
    Some(Disagreement { subject, spellings: apart_from_the_others(apart, why) })
}

fn over_character(character: char) -> Disagreement {
    let mut buffer = [0; 4];
    let value = FieldValue::Text(character.encode_utf8(&mut buffer));
    let why = match character {
        ' ' => "as in a path, not as in a form",
        '*' => "left alone, as in HTML forms",
        _ => "escaped, as before RFC 3986",
    };
    Disagreement { subject: Subject::Character(character), spellings: spellings(value, |_, _| Some(why)) }
}

fn over_amount(amount: Amount) -> Option<Disagreement> {
    let spellings = spellings(amount.into(), |dialect, text| Some(why(amount, dialect, text)));
    (spellings.len() > 1).then_some(Disagreement { subject: Subject::Amount(amount), spellings })
}

fn over_length(text: &str) -> Option<Disagreement> {
    let too_long = Dialect::CSharp.check(&Secret::new("any"), &[("text", text.into())]) == Err(Unsignable::LongText);
    too_long.then(|| Disagreement {
        subject: Subject::Length(text.encode_utf16().count()),
        spellings: apart_from_the_others(Dialect::CSharp, "it ends with an exception"),
    })
}

fn spellings(value: FieldValue<'_>, why: impl Fn(Dialect, &str) -> Option<&'static str>) -> Vec<Spelling> {
    let mut spellings: Vec<Spelling> = Vec::new();
    for dialect in Dialect::ALL {
        let text = dialect.value(value);
        if let Some(same) = spellings.iter_mut().find(|spelling| spelling.text.as_ref() == Some(&text)) {
            same.dialects.push(dialect);
        } else {
            let why = if spellings.is_empty() { None } else { why(dialect, &text) };
            spellings.push(Spelling { text: Some(text), dialects: vec![dialect], why });
        }
    }
    spellings
}

fn apart_from_the_others(apart: Dialect, why: &'static str) -> Vec<Spelling> {
    let others = Dialect::ALL.into_iter().filter(|dialect| *dialect != apart).collect();
    vec![
        Spelling { text: None, dialects: others, why: None },
        Spelling { text: None, dialects: vec![apart], why: Some(why) },
    ]
}

/// Why a dialect prints an amount as `text`, which is not how the canonical one prints it.
fn why(amount: Amount, dialect: Dialect, text: &str) -> &'static str {
    let value = amount.value();
    match dialect {
        Dialect::Go => "all digits, no exponent",
        _ if value == 0.0 => "no sign of zero",
        Dialect::Php if text.contains('E') => "an exponent from 1e14 up and below 0.0001",
        Dialect::Php => "14 significant digits",
        Dialect::Node => "an exponent from 1e21 up and below 0.000001",
        Dialect::CSharp => "15 significant digits and 19 decimals",
        Dialect::Java | Dialect::Python if value.fract() != 0.0 => "two decimals",
        Dialect::Java => "digits that are not the nearest",
        Dialect::Python => "all digits of the double, not the fewest",
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Character(character) => write!(f, "'{character}'"),
            Self::Amount(amount) => write!(f, "the amount {amount}"),
            Self::Length(units) => write!(f, "a text of {units} characters"),
            Self::EmptySecret => f.write_str("an empty secret"),
            Self::ForeignSecret => f.write_str("a secret with characters outside ASCII"),
        }
    }
}

/// A sentence without its full stop: `' ' is + in go, php, node, java and python, but %20 in csharp (as in a path, not as in a form)`.
impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is ", self.subject)?;
        for (at, Spelling { text, dialects, why }) in self.spellings.iter().enumerate() {
            let joint = match at {
                0 => "",
                1 => ", but ",
                _ => ", and ",
            };
            let text = text.as_deref().unwrap_or(if at == 0 { "taken" } else { "not taken" });
            write!(f, "{joint}{text} in {}", List(dialects))?;
            if let Some(why) = why {
                write!(f, " ({why})")?;
            }
        }
        Ok(())
    }
}

/// Names as prose has them: `go, php and node`.
struct List<'a>(&'a [Dialect]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, dialect) in self.0.iter().enumerate() {
            let joint = match at {
                0 => "",
                _ if at + 1 == self.0.len() => " and ",
                _ => ", ",
            };
            write!(f, "{joint}{dialect}")?;
        }
        Ok(())
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_struct("Subject", 2)?;
        match self {
            Self::Character(character) => {
                map.serialize_field("kind", "character")?;
                map.serialize_field("value", character)?;
            }
            Self::Amount(amount) => {
                map.serialize_field("kind", "amount")?;
                map.serialize_field("value", amount)?;
            }
            Self::Length(units) => {
                map.serialize_field("kind", "length")?;
                map.serialize_field("value", units)?;
            }
            Self::EmptySecret => map.serialize_field("kind", "empty secret")?,
            Self::ForeignSecret => map.serialize_field("kind", "secret outside ASCII")?,
        }
        map.end()
    }
}

impl Serialize for Spelling {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_struct("Spelling", 3)?;
        map.serialize_field("text", &self.text)?;
        map.serialize_field("dialects", &self.dialects)?;
        map.serialize_field("why", &self.why)?;
        map.end()
    }
}

impl Serialize for Disagreement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_struct("Disagreement", 3)?;
        map.serialize_field("subject", &self.subject)?;
        map.serialize_field("spellings", &self.spellings)?;
        map.serialize_field("sentence", &self.to_string())?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_safe_alphabet_is_what_every_dialect_writes_alike() {
        for character in '\0'..=char::MAX {
            let mut buffer = [0; 4];
            let value = FieldValue::Text(character.encode_utf8(&mut buffer));
            let canonical = Dialect::CANONICAL.value(value);
            let alike = Dialect::ALL.iter().all(|dialect| dialect.value(value) == canonical);
            assert_eq!(is_safe(character), alike, "{character:?}");
            let typed = character.is_ascii() && !character.is_ascii_control();
            assert_eq!(SAFE_ASCII.contains(character), alike && typed, "{character:?}");
        }
    }

    #[test]
    fn a_disagreement_reads_as_a_sentence() {
        let said = |value| disagreements(value).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            said("a~b*~".into()),
            [
                "'~' is ~ in go, csharp and python, but %7E in php, node and java (escaped, as before RFC 3986)",
                "'*' is %2A in go, php, csharp and python, but * in node and java (left alone, as in HTML forms)",
            ]
        );
        let amount = |text: &str| said(text.parse::<Amount>().unwrap().into());
        assert_eq!(amount("100.25"), [] as [&str; 0]);
        assert_eq!(
            amount("1e15"),
            ["the amount 1000000000000000 is 1000000000000000 in go, node, csharp, java and python, \
              but 1.0E%2B15 in php (an exponent from 1e14 up and below 0.0001)"]
        );
        assert_eq!(
            amount("-0"),
            ["the amount -0 is -0 in go, php, java and python, but 0 in node and csharp (no sign of zero)"]
        );
        assert_eq!(
            amount("0.30000000000000004"),
            ["the amount 0.30000000000000004 is 0.30000000000000004 in go and node, \
              but 0.3 in php, csharp, java and python (14 significant digits)"]
        );
        assert_eq!(
            amount("1e23"),
            ["the amount 100000000000000000000000 is 100000000000000000000000 in go and csharp, \
              but 1.0E%2B23 in php (an exponent from 1e14 up and below 0.0001), \
              and 1e%2B23 in node (an exponent from 1e21 up and below 0.000001), \
              and 99999999999999990000000 in java (digits that are not the nearest), \
              and 99999999999999991611392 in python (all digits of the double, not the fewest)"]
        );
        assert_eq!(
            said("x".repeat(65_520).as_str().into()),
            ["a text of 65520 characters is taken in go, php, node, java and python, \
              but not taken in csharp (it ends with an exception)"]
        );
        let secret = |text: &str| disagreements_over_secret(&Secret::new(text)).map(|found| found.to_string());
        assert_eq!(secret("plain"), None);
        assert_eq!(
            secret(""),
            Some(
                "an empty secret is taken in go, php, node, csharp and python, \
                 but not taken in java (it ends with an exception)"
                    .to_owned()
            )
        );
    }
}
