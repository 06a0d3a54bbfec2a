//! An exchange as a `curl` line for a shell. What was masked stands in variables.

use super::{ExchangeRecord, redaction::MASK, shell};
use regex::Regex;
use std::{ops::Range, sync::LazyLock};

/// Longer bodies are no word that every system takes.
const MAX_INLINE: usize = 64 * 1024;
/// What curl computes itself.
const OWN: [&str; 3] = ["content-length", "host", "transfer-encoding"];

/// The line that sends again what `record` tells of. It is made from what the journal keeps, so that it holds no secret:
/// `$PORTONE_TOKEN`,
/// `$PORTONE_SECRET` and the like stand for those, to be set before.
#[must_use]
pub fn curl(record: &ExchangeRecord) -> String {
    // Without it, curl would take brackets in an address for a pattern.
    let literally = if record.url.contains(['[', '{']) { " -g" } else { "" };
    let plain = record.method.chars().all(|c| c.is_ascii_alphanumeric());
    let method = if plain { record.method.clone() } else { shell::quoted(&record.method) };
    let mut line = format!("curl -sS{literally} -X {method} {}", word(&record.url));
    let headers = record.request_headers.iter().filter(|(name, _)| !OWN.contains(&name.to_ascii_lowercase().as_str()));
    for (name, value) in headers {
        // curl leaves a header out that ends with its colon.
        let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
        line += &format!(" -H {}", word(&header));
    }
    let Some(body) = &record.request_body else { return line };
    if !record.request_headers.keys().any(|name| name.eq_ignore_ascii_case("content-type")) {
        // Otherwise curl would call the body a form.
        line += " -H 'content-type:'";
    }
    if body.len() > MAX_INLINE || body.contains('\0') {
        return format!("{line} --data-binary @body # the {} bytes that the journal has as request_body", body.len());
    }
    format!("{line} --data-raw {}", word(body))
}

fn word(text: &str) -> String {
    shell::word(text, |rest| {
        let at = rest.find(MASK)?;
        Some((Range { start: at, end: at + MASK.len() }, variable(&rest[..at])))
    })
}

/// The variable for what was masked after `before`: named after its field, and not like one that a shell has itself.
fn variable(before: &str) -> String {
    static FIELD: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"([A-Za-z][\w-]*)[\\"']*\s*[:=]\s*[\\"']*(?:[A-Za-z]+ )?$"#).expect("a constant pattern")
    });
    let Some(field) = FIELD.captures(before) else { return "PORTONE_MASKED".to_owned() };
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    let name: String = field[1].chars().map(plain).collect();
    match name.as_str() {
        "AUTHORIZATION" => "PORTONE_TOKEN".to_owned(),
        name if name.starts_with("PORTONE_") => name.to_owned(),
        name => format!("PORTONE_{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn record(url: &str, headers: &[(&str, &str)], body: Option<&str>) -> ExchangeRecord {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        ExchangeRecord {
            attempt: crate::journal::Attempt { scenario: "s".to_owned(), attempt: 1 },
            method: "POST".to_owned(),
            url: url.to_owned(),
            request_headers: headers.collect(),
            request_body: body.map(str::to_owned),
            status: None,
            response_headers: BTreeMap::new(),
            response_body: None,
            error: None,
            started_at: jiff::Timestamp::UNIX_EPOCH,
            duration_ms: 0,
        }
    }

    #[test]
    fn what_was_masked_stands_in_a_variable_named_after_its_field() {
        let headers =
            [("authorization", "Bearer [masked]"), ("content-type", "application/json"), ("x-api-secret", "[masked]")];
        let body = r#"{"portone_key":"K","portone_secret":"[masked]","note":"with a [masked]"}"#;
        assert_eq!(
            curl(&record("http://a.example/p?otp=[masked]", &headers, Some(body))),
            concat!(
                "curl -sS -g -X POST 'http://a.example/p?otp='\"$PORTONE_OTP\" -H 'authorization: Bearer '\"$PORTONE_TOKEN\"",
                " -H 'content-type: application/json' -H 'x-api-secret: '\"$PORTONE_X_API_SECRET\"",
                r#" --data-raw '{"portone_key":"K","portone_secret":"'"$PORTONE_SECRET"'","note":"with a '"$PORTONE_MASKED"'"}'"#
            )
        );
    }

    #[test]
    fn what_no_line_can_hold_is_left_to_a_file() {
        for body in ["a\0b".to_owned(), "a".repeat(MAX_INLINE + 1)] {
            let line = curl(&record("http://a.example/", &[("x", "")], Some(&body)));
            assert!(
                line.starts_with(
                    "curl -sS -X POST 'http://a.example/' -H 'x;' -H 'content-type:' --data-binary @body #"
                ),
                "{line}"
            );
        }
    }
}
