//! What every dialect prints, for machines.

use super::{explanation, input::Signing};
use crate::wire::{Dialect, Disagreement, Signatures, Verification};
use serde::Serialize;

/// A line of a batch: nothing where a sample ends without a signature.
#[derive(Debug, Serialize)]
pub(super) struct Printed<'a> {
    /// The signature that a target expects: the canonical dialect's.
    canonical: Option<&'a str>,
    agree: bool,
    go: Option<&'a str>,
    php: Option<&'a str>,
    node: Option<&'a str>,
    csharp: Option<&'a str>,
    java: Option<&'a str>,
    python: Option<&'a str>,
}

/// A single input has more to say.
#[derive(Serialize)]
struct Single<'a> {
    #[serde(flatten)]
    printed: Printed<'a>,
    dialect: Dialect,
    signature: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verified: Option<bool>,
    /// What the signature to verify is instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    instead: Option<String>,
    disagreements: Vec<InField<'a>>,
    strings: Vec<Signed<'a>>,
}

#[derive(Serialize)]
struct InField<'a> {
    field: &'static str,
    #[serde(flatten)]
    disagreement: &'a Disagreement,
}

#[derive(Serialize)]
struct Signed<'a> {
    dialects: &'a [Dialect],
    text: &'a str,
    /// First and last column, from 0, the last not included, of what differs.
    marks: Vec<[usize; 2]>,
}

impl<'a> Printed<'a> {
    pub(super) fn of(signatures: &'a Signatures) -> Self {
        let by = |dialect| signatures.get(dialect).ok().map(crate::wire::Signature::as_str);
        Self {
            canonical: by(Dialect::CANONICAL),
            agree: signatures.agree(),
            go: by(Dialect::Go),
            php: by(Dialect::Php),
            node: by(Dialect::Node),
            csharp: by(Dialect::CSharp),
            java: by(Dialect::Java),
            python: by(Dialect::Python),
        }
    }

    const fn by(&self, dialect: Dialect) -> Option<&'a str> {
        match dialect {
            Dialect::Go => self.go,
            Dialect::Php => self.php,
            Dialect::Node => self.node,
            Dialect::CSharp => self.csharp,
            Dialect::Java => self.java,
            Dialect::Python => self.python,
        }
    }

    pub(super) fn single(
        self,
        dialect: Dialect,
        found: &[(&'static str, Disagreement)],
        verified: Option<&Verification>,
        signing: &Signing<'_>,
    ) -> serde_json::Result<String> {
        let strings = crate::wire::compare(&signing.fields);
        let strings = strings.iter().map(|string| Signed {
            dialects: &string.dialects,
            text: &string.text,
            marks: string.marks.iter().map(|mark| [mark.start, mark.end]).collect(),
        });
        let wrong = verified.filter(|verified| **verified != Verification::Right);
        serde_json::to_string_pretty(&Single {
            dialect,
            signature: self.by(dialect),
            verified: verified.map(|verified| *verified == Verification::Right),
            instead: wrong.map(|verified| explanation::instead(verified, found)),
            disagreements: found.iter().map(|(field, disagreement)| InField { field, disagreement }).collect(),
            strings: strings.collect(),
            printed: self,
        })
    }
}
