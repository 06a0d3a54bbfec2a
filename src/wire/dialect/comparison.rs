//! The strings that the dialects sign, and where they differ from the canonical one.

use super::{Dialect, Field, FieldValue};
use std::ops::Range;

/// A string that some dialects sign. It is ASCII, so that a byte is a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Those that sign this very string; the canonical one leads the first comparison.
    pub dialects: Vec<Dialect>,
    pub text: String,
    /// What differs from the canonical string; in the canonical string, what differs in any other.
    pub marks: Vec<Range<usize>>,
}

/// The different strings that the dialects sign for these fields, the canonical one first.
#[must_use]
pub fn compare(fields: &[Field<'_>]) -> Vec<Comparison> {
    let canonical = pieces(Dialect::CANONICAL, fields);
    let mut found: Vec<(Vec<String>, Comparison)> = Vec::new();
    for dialect in Dialect::ALL {
        let own = pieces(dialect, fields);
        if let Some((_, same)) = found.iter_mut().find(|(others, _)| *others == own) {
            same.dialects.push(dialect);
        } else {
            let marks = marks(&own, &canonical);
            found.push((own.clone(), Comparison { dialects: vec![dialect], text: own.concat(), marks }));
        }
    }
    let mut marked: Vec<_> = found.iter().flat_map(|(own, _)| marks(&canonical, own)).collect();
    marked.sort_by_key(|range| (range.start, range.end));
    marked.dedup();
    if let Some((_, first)) = found.first_mut() {
        first.marks = marked;
    }
    found.into_iter().map(|(_, comparison)| comparison).collect()
}

/// The string in pieces of which each belongs to one character or amount of the fields, the same in every dialect.
fn pieces(dialect: Dialect, fields: &[Field<'_>]) -> Vec<String> {
    let mut pieces = Vec::new();
    for (name, value) in fields {
        let joint = if pieces.is_empty() { "" } else { "&" };
        pieces.push(format!("{joint}{name}="));
        match value {
            FieldValue::Text(text) => {
                let mut buffer = [0; 4];
                pieces.extend(text.chars().map(|c| dialect.value(FieldValue::Text(c.encode_utf8(&mut buffer)))));
            }
            FieldValue::Amount(_) => pieces.push(dialect.value(*value)),
        }
    }
    pieces
}

fn marks(own: &[String], other: &[String]) -> Vec<Range<usize>> {
    let mut at = 0;
    let mut marks = Vec::new();
    for (piece, counterpart) in own.iter().zip(other) {
        if piece != counterpart {
            // A number may only be longer in the other dialect; then its last digit stands for what is missing.
            let same = piece.bytes().zip(counterpart.bytes()).take_while(|(a, b)| a == b).count();
            marks.push(at + same.min(piece.len() - 1)..at + piece.len());
        }
        at += piece.len();
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialects_that_sign_alike_are_one_and_differences_are_marked() {
        let amount = "1.255".parse::<crate::wire::Amount>().unwrap();
        let found = compare(&[("amount", amount.into()), ("id", "A B".into())]);
        let shown: Vec<_> = found
            .iter()
            .map(|c| {
                let marked: Vec<&str> = c.marks.iter().map(|mark| &c.text[mark.clone()]).collect();
                (c.dialects.as_slice(), c.text.as_str(), marked.join(" "))
            })
            .collect();
        assert_eq!(
            shown,
            [
                (&[Dialect::Go, Dialect::Php, Dialect::Node][..], "amount=1.255&id=A+B", "5 +".to_owned()),
                (&[Dialect::CSharp], "amount=1.255&id=A%20B", "%20".to_owned()),
                (&[Dialect::Java, Dialect::Python], "amount=1.25&id=A+B", "5".to_owned()),
            ]
        );
    }
}
