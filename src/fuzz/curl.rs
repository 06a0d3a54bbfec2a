//! Requests as `curl` lines for a shell. What is secret stands in variables, and what an answer tells is taken from it.

use super::{Ground, Sent};
use crate::journal::shell::{quoted, word};
use crate::sandbox::{Draft, KEY_HEADER};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use std::fmt::Write;

/// Longer bodies are read from a file.
const MAX_INLINE: usize = 4 * 1024;

/// Stands in files in the place of the merchant's secret.
const PLACE: &str = "PORTONE_SECRET";

/// The variable that holds the secret of the merchant whose credentials were given.
const SECRET: &str = "PORTONE_SECRET";

/// Lines that do again what was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Script {
    pub lines: Vec<String>,
    /// Bodies that a line cannot hold, by the names of the files that they belong into.
    pub files: Vec<(String, Vec<u8>)>,
}

/// The lines for these requests, and for what has to be there before them. Files are named after `name`.
pub(super) fn script(ground: &Ground, base: &str, sent: &[Sent], name: &str) -> Script {
    let order_ref = ground.order().order_ref.as_bytes();
    let merchant_order_ref = ground.order().merchant_order_ref.as_bytes();
    let others = ground.other().map_or("", |other| &other.key);
    let about_the_order = sent.iter().any(|Sent { draft, .. }| {
        let by_the_other = !others.is_empty()
            && (draft.headers.iter().any(|(_, value)| value == others) || is_token_of(draft, others));
        by_the_other || mentions(draft, order_ref) || mentions(draft, merchant_order_ref)
    });
    let preparation = if about_the_order { ground.preparation() } else { &[] };
    let secret = ground.secret().expose();
    let mut writer = Writer {
        base,
        name,
        names: vec![(secret.to_owned(), SECRET.to_owned())],
        secrets: vec![(ground.key().to_owned(), SECRET.to_owned())],
        script: Script::default(),
    };
    for (index, sent) in preparation.iter().chain(sent).enumerate() {
        writer.request(index, sent);
    }
    writer.script
}

struct Writer<'a> {
    base: &'a str,
    /// Begins the names of files.
    name: &'a str,
    /// Values that stand in variables, and the variables.
    names: Vec<(String, String)>,
    /// The variables that hold the secrets of merchants, by their keys.
    secrets: Vec<(String, String)>,
    script: Script,
}

impl Writer<'_> {
    fn request(&mut self, index: usize, sent: &Sent) {
        let draft = &sent.draft;
        // Whoever has the secret has a token; one that is broken on purpose is written out.
        if genuine(draft) && !self.names.iter().any(|(value, _)| value == draft.token()) {
            let variable = format!("TOKEN_{}", index + 1);
            self.script.lines.push(self.token_line(draft, &variable));
            self.names.push((draft.token().to_owned(), variable));
        }
        let line = self.line(index, draft);
        if sent.answers.is_empty() {
            return self.script.lines.push(line);
        }
        self.script.lines.push(format!("ANSWER=$({line})"));
        for (field, value) in &sent.answers {
            let variable = format!("{}_{}", field.to_uppercase(), index + 1);
            let found = format!(r#"{variable}=$(printf %s "$ANSWER" | sed -n 's/.*"{field}":"\([^"]*\)".*/\1/p')"#);
            self.script.lines.push(found);
            self.names.retain(|(known, _)| known != value);
            self.names.push((value.clone(), variable.clone()));
            if let ("secret", Some((_, key))) = (*field, sent.answers.iter().find(|(field, _)| *field == "key")) {
                self.secrets.push((key.clone(), variable));
            }
        }
    }

    fn line(&mut self, index: usize, draft: &Draft) -> String {
        let mut line = format!("curl -sS -X {} {}", draft.method, self.word(&format!("{}{}", self.base, draft.path)));
        for (name, value) in &draft.headers {
            // curl leaves a header out that ends with its colon.
            let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
            let _ = write!(line, " -H {}", self.word(&header));
        }
        if let Some(body) = &draft.body {
            if is_inline(body) {
                let _ = write!(line, " --data-binary {}", self.word(&String::from_utf8_lossy(body)));
            } else {
                let file = format!("{}-{}.body", self.name, index + 1);
                let (kept, edits) = self.named(body);
                line = if edits.is_empty() {
                    format!("{line} --data-binary {}", quoted(&format!("@{file}")))
                } else {
                    format!("LC_ALL=C sed {} {} | {line} --data-binary @-", edits.join(" "), quoted(&file))
                };
                self.script.files.push((file, kept));
            }
        }
        line
    }

    fn token_line(&self, draft: &Draft, variable: &str) -> String {
        let header = draft.headers.iter().find(|(name, _)| name == KEY_HEADER).map_or("", |(_, key)| key);
        // The token may be another merchant's than the key.
        let key =
            self.secrets.iter().map(|(key, _)| key.as_str()).find(|key| is_token_of(draft, key)).unwrap_or(header);
        let secret = self.secrets.iter().find(|(known, _)| known == key).map_or(SECRET, |(_, variable)| variable);
        let body = self.word(&format!(r#"{{"portone_key":"{key}","portone_secret":"{PLACE}"}}"#));
        let body = body.replace(&format!("\"{PLACE}\""), &format!(r#""'"${secret}"'""#));
        format!(
            r#"{variable}=$(curl -sS {} -H 'content-type: application/json' -d {body} | sed -n 's/.*"token":"\([^"]*\)".*/\1/p')"#,
            quoted(&format!("{}/api/merchant/auth-token", self.base)),
        )
    }

    /// A body for a file, with a mark in the place of what has a name, and the edits that put the names' values there.
    fn named(&self, body: &[u8]) -> (Vec<u8>, Vec<String>) {
        let mut kept = body.to_vec();
        let mut edits = Vec::new();
        for (value, variable) in &self.names {
            let mark = format!("@{variable}@");
            if !value.is_empty() && replace(&mut kept, value.as_bytes(), mark.as_bytes()) {
                edits.push(format!("-e \"s|{mark}|${variable}|g\""));
            }
        }
        (kept, edits)
    }

    /// A text as one word of a shell, with variables in the place of what has a name.
    fn word(&self, text: &str) -> String {
        word(text, |rest| {
            let named = self.names.iter().filter(|(value, _)| !value.is_empty());
            let found = named.filter_map(|(value, variable)| Some((rest.find(value.as_str())?, value, variable)));
            // Of those that begin at the same place the longest, so that nothing of it is left.
            let (at, value, variable) = found.min_by_key(|(at, value, _)| (*at, std::cmp::Reverse(value.len())))?;
            Some((at..at + value.len(), variable.clone()))
        })
    }
}

/// Whether the token that a request carries is one that was made for it and not broken.
fn genuine(draft: &Draft) -> bool {
    draft.genuine_token && !draft.token().is_empty()
}

/// Whether the token that a request carries was made for this merchant.
fn is_token_of(draft: &Draft, key: &str) -> bool {
    let claims = draft.token().split('.').nth(1).and_then(|claims| BASE64_URL_SAFE_NO_PAD.decode(claims).ok());
    let claims = claims.and_then(|claims| serde_json::from_slice::<serde_json::Value>(&claims).ok());
    claims.is_some_and(|claims| claims["sub"] == key)
}

fn mentions(draft: &Draft, value: &[u8]) -> bool {
    let holds = |text: &[u8]| !value.is_empty() && text.windows(value.len()).any(|window| window == value);
    holds(draft.path.as_bytes()) || draft.body.as_deref().is_some_and(holds)
}

/// Replaces all of `value` in a body; whether there was any.
fn replace(body: &mut Vec<u8>, value: &[u8], by: &[u8]) -> bool {
    let mut from = 0;
    let mut found = false;
    while let Some(at) = body[from..].windows(value.len()).position(|window| window == value) {
        body.splice(from + at..from + at + value.len(), by.iter().copied());
        from += at + by.len();
        found = true;
    }
    found
}

/// Whether a body can stand in a line.
fn is_inline(body: &[u8]) -> bool {
    // curl takes a leading @ for a file's name.
    let text = std::str::from_utf8(body).is_ok_and(|text| !text.contains('\0') && !text.starts_with('@'));
    text && body.len() <= MAX_INLINE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer(names: &[(&str, &str)]) -> Writer<'static> {
        let names = names.iter().map(|(value, variable)| ((*value).to_owned(), (*variable).to_owned())).collect();
        Writer { base: "http://127.0.0.1:8080", name: "case", names, secrets: Vec::new(), script: Script::default() }
    }

    #[test]
    fn what_has_a_name_stands_in_its_variable() {
        let writer = writer(&[("s3cret", "S"), ("s3cret'", "T")]);
        assert_eq!(writer.word("s3cret, s3cret'!"), r#""$S"', '"$T"'!'"#);
    }

    #[test]
    fn what_a_line_cannot_hold_goes_to_a_file() {
        assert!(is_inline(br#"{"a":1}"#));
        let writer = writer(&[("s3cret", "S")]);
        let (kept, edits) = writer.named(b"s3cret \xff s3cret");
        assert_eq!((kept.as_slice(), edits.as_slice()), (&b"@S@ \xff @S@"[..], &[r#"-e "s|@S@|$S|g""#.to_owned()][..]));
        assert!(writer.named(b"none").1.is_empty());
        assert!(!is_inline(b"\xff") && !is_inline(b"a\0b") && !is_inline(b"@x") && !is_inline(&[b'a'; MAX_INLINE + 1]));
    }
}
