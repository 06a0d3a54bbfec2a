//! `sign`: signs, verifies and explains as the vendor's samples do, one input at a time or one a line.

mod arguments;
mod batch;
mod explanation;
mod input;
mod lint;
mod printed;
mod unique;

pub use arguments::{FieldsArgs, LintArgs, LintKind, SignArgs, SignWhat};

use super::{
    Environment, Exit, Format,
    output::{complain, note, print},
};
use crate::wire::{Dialect, Disagreement, Signatures, Verification, disagreements, disagreements_over_secret};
use anyhow::Context;
use input::{Credentials, Kind, Signing};
use printed::Printed;
use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

/// The most that one input may have, in bytes. No signed request comes near it.
const LONGEST: usize = 1 << 20;

pub(super) fn sign(args: &SignArgs, environment: &Environment) -> Exit {
    let (kind, args) = match &args.what {
        SignWhat::Request(args) => (Kind::Request, args),
        SignWhat::PaymentWebhook(args) => (Kind::PaymentWebhook, args),
        SignWhat::Redirect(args) => (Kind::Redirect, args),
        SignWhat::StatusUpdate(args) => (Kind::StatusUpdate, args),
        SignWhat::Lint(args) => return lint::lint(args),
    };
    let credentials = Credentials { key: environment.key.as_deref(), secret: environment.secret.as_ref() };
    let done = if args.batch {
        reader(args.input.as_deref()).and_then(|input| batch::batch(kind, input, credentials))
    } else {
        one(kind, args, credentials, environment)
    };
    done.unwrap_or_else(|error| refuse(&error, args.format))
}

/// Signs a single input.
fn one(kind: Kind, args: &FieldsArgs, credentials: Credentials<'_>, environment: &Environment) -> anyhow::Result<Exit> {
    let object = match args.input.as_deref() {
        Some(text) if kind == Kind::Redirect && is_query(text) => input::parse_redirect(text)?,
        input => {
            let text = whole(input)?;
            let json = text.trim_ascii_start().starts_with(b"{");
            if kind == Kind::Redirect && !json {
                input::parse_redirect(std::str::from_utf8(&text).context("read the URL")?)?
            } else {
                input::parse(&text)?
            }
        }
    };
    let signing = Signing::read(kind, &object, credentials)?;
    let signatures = Signatures::of(&signing.secret, &signing.fields);
    let found = found(&signing);
    let verified = args.verify.as_deref().map(|given| verified(given, args.dialect, &signing));
    let exit = if verified.as_ref().is_none_or(|verified| *verified == Verification::Right) {
        Exit::Conforming
    } else {
        Exit::NotConforming
    };
    if args.format == Format::Json {
        print(&Printed::of(&signatures).single(args.dialect, &found, verified.as_ref(), &signing)?)?;
        return Ok(exit);
    }
    if args.explain {
        let colour = args.color.decide(environment.colour_out);
        print(&explanation::explanation(&signatures, &signing, &found, colour))?;
    }
    if let Some(verified) = verified {
        print(&explanation::verdict(&verified, args.dialect, &found))?;
    } else if !args.explain {
        print(signatures.get(args.dialect)?.as_str())?;
        remark(&found, &signing, args.dialect);
    }
    Ok(exit)
}

fn verified(given: &str, dialect: Dialect, signing: &Signing<'_>) -> Verification {
    crate::wire::verification(given, dialect, &signing.secret, &signing.fields)
}

/// Says beside a signature what a reader of it should know.
fn remark(found: &[(&'static str, Disagreement)], signing: &Signing<'_>, dialect: Dialect) {
    if !found.is_empty() {
        note("The vendor's samples sign this differently:");
        for (field, disagreement) in found {
            note(&format!("  {field}: {disagreement}."));
        }
    }
    if let Some(carried) = signing.carried {
        match verified(carried, dialect, signing) {
            Verification::Right => note("The input carries this very signature."),
            other => note(&format!(
                "The signature that the input carries is not this one: {}.",
                explanation::instead(&other, found)
            )),
        }
    }
}

/// What in this input signs differently, by field.
fn found(signing: &Signing<'_>) -> Vec<(&'static str, Disagreement)> {
    let by_field = signing.fields.iter().flat_map(|(name, value)| {
        let found = disagreements(*value);
        found.into_iter().map(|disagreement| (*name, disagreement))
    });
    by_field.chain(disagreements_over_secret(&signing.secret).map(|found| ("secret", found))).collect()
}

/// Whether this is a redirect itself, not the name of a file that holds one.
fn is_query(text: &str) -> bool {
    text.starts_with("http://") || text.starts_with("https://") || (text.contains('=') && !Path::new(text).exists())
}

fn reader(input: Option<&str>) -> anyhow::Result<Box<dyn Read>> {
    Ok(match input.filter(|name| *name != "-") {
        None => Box::new(io::stdin().lock()),
        Some(path) => Box::new(File::open(path).with_context(|| format!("open {path}"))?),
    })
}

fn whole(input: Option<&str>) -> anyhow::Result<Vec<u8>> {
    let mut text = Vec::new();
    reader(input)?.take(LONGEST as u64 + 1).read_to_end(&mut text).context("read the input")?;
    anyhow::ensure!(text.len() <= LONGEST, "read the input: it has more than {LONGEST} bytes");
    Ok(text)
}

/// Says why there is no signature, to machines too.
fn refuse(error: &anyhow::Error, format: Format) -> Exit {
    if format == Format::Json {
        let refusal =
            serde_json::json!({"exit_code": Exit::Misconfigured.code(), "error": format!("failed to {error:#}")});
        // With the output closed nobody is left to tell.
        drop(print(&refusal.to_string()));
    }
    complain(error, Exit::Misconfigured)
}
