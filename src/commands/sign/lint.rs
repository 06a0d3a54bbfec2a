//! `sign lint`: what in a text or an amount signs differently in the vendor's samples.

use super::{LintArgs, LintKind, refuse};
use crate::{
    commands::{Exit, Format, output::print},
    wire::{Amount, Disagreement, disagreements},
};
use serde::Serialize;

/// Digits of an amount that anybody could mean, a thousand times what can be paid.
const LONGEST_AMOUNT: usize = 16;

#[derive(Serialize)]
struct Report {
    safe: bool,
    disagreements: Vec<Found>,
}

#[derive(Serialize)]
struct Found {
    text: String,
    #[serde(flatten)]
    disagreement: Disagreement,
}

pub(super) fn lint(args: &LintArgs) -> Exit {
    report(args).and_then(|report| tell(&report, args.format)).unwrap_or_else(|error| refuse(&error, args.format))
}

fn report(args: &LintArgs) -> anyhow::Result<Report> {
    let mut found = Vec::new();
    for text in &args.texts {
        if args.kind != Some(LintKind::Amount) {
            found.extend(disagreements(text.as_str().into()).into_iter().map(|found| (text, found)));
        }
        let amount = match args.kind {
            Some(LintKind::Amount) => Some(text.parse::<Amount>()?),
            Some(LintKind::Text) => None,
            None => likely_amount(text),
        };
        let over_amount = amount.map(|amount| disagreements(amount.into())).unwrap_or_default();
        found.extend(over_amount.into_iter().map(|found| (text, found)));
    }
    let found = found.into_iter().map(|(text, disagreement)| Found { text: text.clone(), disagreement });
    let disagreements: Vec<Found> = found.collect();
    Ok(Report { safe: disagreements.is_empty(), disagreements })
}

/// Digits alone are as likely an order id, and are looked at as both unless they are more than any amount has: an id of digits signs
/// alike however long it is.
fn likely_amount(text: &str) -> Option<Amount> {
    let numeric = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
    let id = text.len() > LONGEST_AMOUNT && text.bytes().all(|byte| byte.is_ascii_digit());
    if numeric && !id { text.parse().ok() } else { None }
}

fn tell(report: &Report, format: Format) -> anyhow::Result<Exit> {
    if format == Format::Json {
        print(&serde_json::to_string_pretty(report)?)?;
    } else if report.safe {
        print("signs alike in every dialect")?;
    } else {
        for Found { text, disagreement } in &report.disagreements {
            print(&format!("{}: {disagreement}", shown(text)))?;
        }
    }
    Ok(if report.safe { Exit::Conforming } else { Exit::NotConforming })
}

/// The text as it can be read on one line.
fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let quoted = format!("{text:?}");
    if quoted.chars().count() <= LONGEST {
        return quoted;
    }
    quoted.chars().take(LONGEST).chain("…".chars()).collect()
}
