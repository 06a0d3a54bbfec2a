//! The strings that are signed, beneath each other, and what a wrong signature is instead.

use super::input::Signing;
use crate::wire::{Comparison, Dialect, Disagreement, Signatures, Verification, compare};
use std::{fmt::Write, ops::Range};

/// Starts and ends what is shown in colour.
const STRONG: &str = "\u{1b}[1;33m";
const PLAIN: &str = "\u{1b}[0m";

/// Each different string with those that sign it, the differing characters marked in the line beneath, and its signature.
pub(super) fn explanation(
    signatures: &Signatures,
    signing: &Signing<'_>,
    found: &[(&'static str, Disagreement)],
    colour: bool,
) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    for Comparison { dialects, text, marks } in compare(&signing.fields) {
        let _ = writeln!(out, "signed by {}:", names(&dialects));
        let _ = writeln!(out, "  {}", if colour { painted(&text, &marks) } else { text });
        if !marks.is_empty() {
            let carets = carets(&marks);
            let _ = writeln!(out, "  {}", if colour { format!("{STRONG}{carets}{PLAIN}") } else { carets });
        }
        push_signatures(&mut out, &dialects, signatures);
    }
    for (field, disagreement) in found {
        let _ = writeln!(out, "{field}: {disagreement}.");
    }
    if found.is_empty() {
        out.push_str("All six samples sign this alike.");
    }
    out.trim_end().to_owned()
}

/// Usually one signature; a secret can make dialects differ that sign the same string.
fn push_signatures(out: &mut String, dialects: &[Dialect], signatures: &Signatures) {
    let mut distinct: Vec<(String, Vec<Dialect>)> = Vec::new();
    for dialect in dialects {
        let signature = match signatures.get(*dialect) {
            Ok(signature) => format!("signature {signature}"),
            Err(reason) => format!("no signature: failed to {reason}"),
        };
        match distinct.iter_mut().find(|(same, _)| *same == signature) {
            Some((_, dialects)) => dialects.push(*dialect),
            None => distinct.push((signature, vec![*dialect])),
        }
    }
    for (signature, of) in &distinct {
        let whose = if distinct.len() > 1 { format!(" ({})", names(of)) } else { String::new() };
        let _ = writeln!(out, "  {signature}{whose}");
    }
}

fn carets(marks: &[Range<usize>]) -> String {
    let mut line = String::new();
    for mark in marks {
        line.extend(std::iter::repeat_n(' ', mark.start.saturating_sub(line.len())));
        line.extend(std::iter::repeat_n('^', mark.end.saturating_sub(line.len())));
    }
    line
}

fn painted(text: &str, marks: &[Range<usize>]) -> String {
    let mut out = String::new();
    let mut at = 0;
    for mark in marks {
        // Marks of several dialects may overlap.
        let start = mark.start.max(at);
        if start < mark.end {
            let _ = write!(out, "{}{STRONG}{}{PLAIN}", &text[at..start], &text[start..mark.end]);
            at = mark.end;
        }
    }
    out + &text[at..]
}

/// The answer to `--verify`.
pub(super) fn verdict(verification: &Verification, dialect: Dialect, found: &[(&'static str, Disagreement)]) -> String {
    let canonical = if dialect == Dialect::CANONICAL { "the canonical " } else { "" };
    match verification {
        Verification::Right => format!("verified: this is what {canonical}{dialect} prints"),
        other => format!("not verified: {}", instead(other, found)),
    }
}

/// What a signature is instead of the right one.
pub(super) fn instead(verification: &Verification, found: &[(&'static str, Disagreement)]) -> String {
    match verification {
        Verification::Right => "it is the right one".to_owned(),
        Verification::OtherDialects(dialects) => {
            let (noun, verb) = if dialects.len() == 1 { ("sample", "prints") } else { ("samples", "print") };
            let mut out = format!("this is what the {} {noun} {verb}", names(dialects));
            // Only what concerns one of these dialects explains it.
            let reasons = found.iter().filter(|(_, disagreement)| {
                let apart = disagreement.spellings.iter().skip(1).flat_map(|spelling| &spelling.dialects);
                dialects.len() == Dialect::ALL.len() || apart.clone().any(|dialect| dialects.contains(dialect))
            });
            for (at, (field, disagreement)) in reasons.enumerate() {
                let joint = if at == 0 { ": " } else { "; " };
                let _ = write!(out, "{joint}in {field}, {disagreement}");
            }
            out
        }
        Verification::Mistake { dialect, what } => {
            format!("this comes of the string that {dialect} signs, but it is {what}")
        }
        Verification::Unknown => {
            "it is of other fields or another secret; no sample prints it, and no known mistake".to_owned()
        }
    }
}

fn names(dialects: &[Dialect]) -> String {
    let names: Vec<&str> = dialects.iter().map(|dialect| dialect.name()).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}
