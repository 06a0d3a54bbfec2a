//! Whether a fault makes sense: one that changes nothing would prove nothing.

use super::signing::Recipe;
use crate::catalog::{Change, Code, Fault, Matcher, Method, Seam, WebhookSort};
use crate::twin::Host;
use crate::wire::contract::Operation;
use axum::http::{HeaderName, StatusCode};
use regex::Regex;

/// How often one webhook may be sent.
const MAX_COPIES: u32 = 1_000;

/// The pattern of the paths at which a fault happens, if it has one.
///
/// # Errors
/// Why the fault makes no sense.
pub(super) fn checked(fault: &Fault) -> Result<Option<Regex>, String> {
    if fault.changes.is_empty() {
        return Err("it changes nothing".to_owned());
    }
    let path = match &fault.at {
        Seam::Request(matcher) | Seam::Answer(matcher) => place(matcher)?,
        Seam::Outcome(matcher) => {
            known("code", matcher.code.as_deref(), is_code)?;
            known("method", matcher.method.as_deref(), |key| Method::from_key(key).is_some())?;
            known("source", matcher.source.as_deref(), |word| ["api", "checkout"].contains(&word))?;
            None
        }
        _ => None,
    };
    for change in &fault.changes {
        if !fits(&fault.at, change) {
            return Err(format!("{change:?} cannot be done there"));
        }
        sense(&fault.at, change)?;
    }
    Ok(path)
}

/// A place that the twin has.
fn place(matcher: &Matcher) -> Result<Option<Regex>, String> {
    if let Some(operation) = &matcher.operation
        && !Operation::ALL.iter().any(|known| known.id() == operation)
    {
        return Err(format!("the API has no operation {operation}"));
    }
    known("host", matcher.host.as_deref(), |label| Host::ALL.iter().any(|host| host.label() == label))?;
    for at in matcher.request.keys().chain(matcher.answer.keys()) {
        pointer(at)?;
    }
    let pattern = matcher.path.as_deref().map(Regex::new).transpose();
    pattern.map_err(|error| format!("its path is no regular expression: {error}"))
}

/// A change that changes something.
fn sense(seam: &Seam, change: &Change) -> Result<(), String> {
    match change {
        Change::Remove(at)
        | Change::Rename { at, .. }
        | Change::Set { at, .. }
        | Change::Default { at, .. }
        | Change::Text(at)
        | Change::Scale { at, .. }
        | Change::Case { at, .. }
        | Change::Append { at, .. } => pointer(at),
        Change::Round { at, to } if to.is_normal() => pointer(at),
        Change::Round { to, .. } => Err(format!("nothing is rounded to multiples of {to}")),
        Change::Echo(members) => members.keys().try_for_each(|at| pointer(at)),
        Change::SignWithout(field) if !recipes(seam).iter().any(|recipe| recipe.covers(field)) => {
            Err(format!("{field} is not among what is signed there"))
        }
        Change::Status(status) | Change::Reply { status, .. } if StatusCode::from_u16(*status).is_err() => {
            Err(format!("{status} is no HTTP status"))
        }
        Change::Header { name, .. } if HeaderName::try_from(name).is_err() => Err(format!("{name:?} is no header")),
        Change::Copies(number) if *number > MAX_COPIES => Err(format!("a webhook is sent at most {MAX_COPIES} times")),
        Change::Replace { from, .. } if from.is_empty() => Err("the text to replace is empty".to_owned()),
        Change::EndAs(code) => known("code", Some(code), is_code),
        _ => Ok(()),
    }
}

fn is_code(number: &str) -> bool {
    Code::ALL.iter().any(|code| code.number() == number)
}

fn known(what: &str, word: Option<&str>, is_known: impl Fn(&str) -> bool) -> Result<(), String> {
    match word {
        Some(word) if !is_known(word) => Err(format!("there is no {what} {word}")),
        _ => Ok(()),
    }
}

/// The body itself, or a member of it.
fn pointer(at: &str) -> Result<(), String> {
    if at.is_empty() || at.starts_with('/') {
        return Ok(());
    }
    Err(format!("{at:?} is no JSON pointer; did you mean {:?}?", format!("/{at}")))
}

/// What may be signed at a seam. Refund webhooks carry no signature.
const fn recipes(seam: &Seam) -> &'static [Recipe] {
    match seam {
        Seam::Request(_) => &[Recipe::REQUEST, Recipe::STATUS_UPDATE],
        Seam::Webhook(WebhookSort::Payment) => &[Recipe::WEBHOOK],
        Seam::Redirect(_) => &[Recipe::REDIRECT],
        _ => &[],
    }
}

/// Whether a change can be done at a seam.
const fn fits(seam: &Seam, change: &Change) -> bool {
    use Change::{
        Append, AsOwner, Authenticate, BreakChecksum, Case, Copies, Default, Delay, Drop, Echo, EndAs, Field,
        ForgetAttempts, Header, Hold, LeadTo, Lifetime, Mojibake, Once, Remove, Rename, Replace, Reply, Resign, Round,
        Scale, Scramble, Set, Sign, SignWith, SignWithout, Status, Text,
    };
    match change {
        Remove(_)
        | Rename { .. }
        | Set { .. }
        | Default { .. }
        | Text(_)
        | Scale { .. }
        | Round { .. }
        | Case { .. }
        | Append { .. } => !matches!(seam, Seam::Outcome(_) | Seam::Order(_)),
        Sign | SignWithout(_) | SignWith(_) => !recipes(seam).is_empty(),
        Resign | Authenticate | AsOwner | Header { .. } | Field { .. } | ForgetAttempts => {
            matches!(seam, Seam::Request(_))
        }
        Reply { .. } | Status(_) | Replace { .. } | Mojibake => matches!(seam, Seam::Answer(_)),
        Delay(_) => matches!(seam, Seam::Request(_) | Seam::Answer(_) | Seam::Webhook(_)),
        Copies(_) | Drop | Echo(_) | Hold | Once => matches!(seam, Seam::Webhook(_)),
        LeadTo(_) => matches!(seam, Seam::Redirect(_)),
        BreakChecksum | Scramble => matches!(seam, Seam::Qr(_)),
        EndAs(_) => matches!(seam, Seam::Outcome(_) | Seam::Request(_)),
        Lifetime(_) => matches!(seam, Seam::Order(_)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::faults;
    use serde_json::{Value, json};

    #[test]
    fn every_fault_of_the_catalogue_makes_sense() {
        for fault in faults() {
            assert_eq!(checked(fault).err(), None, "{}", fault.id);
        }
    }

    #[test]
    fn a_fault_that_would_change_nothing_is_told_why() {
        let status = json!({ "answer": { "operation": "transactionStatus" } });
        let cases: [(Value, Value, &str); 12] = [
            (status.clone(), json!([]), "changes nothing"),
            (status.clone(), json!([{ "status": 99 }]), "99 is no HTTP status"),
            (status.clone(), json!([{ "remove": "content" }]), "did you mean \"/content\"?"),
            (status, json!([{ "round": { "at": "/a", "to": 0.0 } }]), "multiples of 0"),
            (json!({ "answer": { "host": "nowhere" } }), json!([{ "status": 500 }]), "no host nowhere"),
            (json!({ "answer": { "answer": { "a": 1 } } }), json!([{ "status": 500 }]), "did you mean \"/a\"?"),
            (json!({ "outcome": { "code": "9999" } }), json!([{ "end_as": "2000" }]), "no code 9999"),
            (json!({ "outcome": { "method": "CASH" } }), json!([{ "end_as": "2000" }]), "no method CASH"),
            (json!({ "outcome": {} }), json!([{ "end_as": "9999" }]), "no code 9999"),
            (json!({ "webhook": "payment" }), json!([{ "sign_without": "colour" }]), "not among what is signed"),
            (json!({ "webhook": "refund" }), json!(["sign"]), "cannot be done there"),
            (json!({ "request": {} }), json!([{ "header": { "name": "a b", "to": "x" } }]), "is no header"),
        ];
        for (at, changes, why) in cases {
            let fault = json!({
                "id": "own", "requirement": "API-08", "kind": "wire", "title": "Something is wrong", "at": at, "do": changes,
            });
            let error = checked(&serde_json::from_value(fault).unwrap()).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }
}
