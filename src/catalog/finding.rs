//! Findings: defects of the vendor's documentation, each with what proves it. Kept in `findings.toml`.

use serde::Deserialize;
use std::sync::LazyLock;

/// A defect of the documentation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Stable, for example `test-card-expired`.
    pub id: String,
    /// What is wrong.
    pub title: String,
    /// The addresses of the pages on which it stands.
    pub source: Vec<String>,
    /// What an integrator should do about it.
    pub advice: String,
    pub proof: Proof,
}

/// What the documentation shows, from which the defect follows. Each is data that a change of the documentation would change.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Proof {
    /// A month, `MM/YY`, that must not be over.
    Over(String),
    /// One thing as several places tell it, which must be the same everywhere.
    Told(Vec<Told>),
    /// Names of fields that mean one thing and all stand in the vendor's facts.
    Names(Vec<String>),
    /// A callback of the vendor's facts that should have a signature among its fields.
    Unsigned(String),
    /// A word that the vendor's facts about the API should have.
    Unmentioned(String),
    /// A sample that should be JSON.
    Json(String),
    /// A token that should be as the documentation says tokens are.
    Token(String),
    /// An example of `generate-signature` that should be what its fields and its secret give.
    Signature(SignatureExample),
    /// A signature that should be a plain SHA-256 hash of what was signed, as the prose has it.
    Hash(SignatureExample),
    /// A text that every language sample should write alike.
    Samples(String),
    /// The name of a payment method that the C# sample should verify in a genuine webhook.
    Method(String),
    /// A parameter of a redirect that its signature should cover.
    Uncovered(String),
    /// Statements of a sample that should each end in a semicolon.
    Statements(Vec<String>),
    /// Names that a language sample uses, and those that it has.
    Code(CodeSample),
}

/// What one place says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// The page, and the place on it.
    pub at: String,
    pub says: String,
}

/// A signed request as a page shows it, with the secret printed beside it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureExample {
    pub secret: String,
    pub client_key: String,
    pub currency: String,
    pub amount: f64,
    pub merchant_order_id: String,
    pub success_url: String,
    pub failure_url: String,
    /// The signature that the page prints.
    pub printed: String,
}

/// Names in a language sample.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeSample {
    /// What it calls or imports.
    pub uses: Vec<String>,
    /// Which of that it defines, or its library has.
    pub has: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    finding: Vec<Finding>,
}

/// All findings, in the catalogue's order.
#[must_use]
pub fn findings() -> &'static [Finding] {
    static ALL: LazyLock<Vec<Finding>> = LazyLock::new(|| {
        let document: Document =
            toml::from_str(include_str!("findings.toml")).expect("the embedded catalogue parses, as its test shows");
        document.finding
    });
    &ALL
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_finding_has_an_id_of_its_own_a_source_and_advice() {
        let mut seen = HashSet::new();
        for finding in findings() {
            assert!(seen.insert(&finding.id), "{} appears twice", finding.id);
            let pages = finding.source.iter().all(|page| page.starts_with("https://docs.portone.cloud/"));
            assert!(pages && !finding.source.is_empty() && finding.title.len() > 10, "{}", finding.id);
            assert!(finding.advice.ends_with('.'), "{}: {}", finding.id, finding.advice);
        }
        assert!(seen.len() >= 20, "{}", seen.len());
    }
}
