//! The certificate: what was tested, how each check came out, and the hashes of the evidence.

use super::SigningKeyFile;
use crate::catalog::{Check, Level, Need, Profile, checks};
use crate::journal::Verdict;
use crate::merchant::Integration;
use crate::runner::RunModel;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

/// The document.
pub const CERTIFICATE: &str = "certificate.json";
/// Its detached signature.
pub const SIGNATURE: &str = "certificate.json.sig";
/// The page to show.
pub const PAGE: &str = "certificate.html";
/// How long a certificate is valid.
pub const VALID_DAYS: i64 = 90;
/// What the document is, so that nobody takes it for another.
const KIND: &str = "smartpay-conformance integration certificate, format 2";

/// Why there is no certificate. The text completes "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    #[error("draw up the certificate: {}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

/// What was certified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certified {
    pub name: String,
    pub version: Option<String>,
    /// Where the shop was.
    pub url: String,
    /// Of the integration file.
    pub integration_sha256: String,
}

/// A check and how it came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertifiedCheck {
    pub id: String,
    /// `must` or `should`.
    pub level: String,
    pub title: String,
    /// Whether it was asked of the shop: some need what a shop does not have.
    pub asked: bool,
    /// The worst of its scenarios; absent if none of them ran.
    pub verdict: Option<Verdict>,
    /// Why, where it did not pass or was not asked.
    pub reason: Option<String>,
    /// Its scenarios.
    pub scenarios: BTreeMap<String, Verdict>,
}

impl CertifiedCheck {
    /// Whether it was asked, and something but a pass came of it.
    #[must_use]
    pub fn is_wanting(&self) -> bool {
        self.asked && !matches!(self.verdict, Some(Verdict::Passed | Verdict::Skipped))
    }
}

/// The certificate, as it is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    pub kind: String,
    pub integration: Certified,
    /// What it is certified for.
    pub profile: String,
    pub suite_version: String,
    /// Of all checks and their scenarios.
    pub plan_sha256: String,
    /// What played PortOne.
    pub shown_on: String,
    pub issued_at: Timestamp,
    pub valid_until: Timestamp,
    pub checks: Vec<CertifiedCheck>,
    /// SHA-256 of each file of the evidence, by its path beside this document.
    pub evidence: BTreeMap<String, String>,
    /// The public key that signed it.
    pub key: String,
}

/// A check that keeps a certificate from being issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub id: String,
    /// Its verdict, or that it did not run.
    pub verdict: Option<Verdict>,
}

/// The checks of a profile with what a run says of them.
#[must_use]
pub fn outcomes(model: &RunModel, profile: Profile, integration: &Integration) -> Vec<CertifiedCheck> {
    let outcome = |check: &Check| {
        let of: Vec<_> =
            model.scenarios.iter().filter(|scenario| scenario.card.requirements.contains(&check.id)).collect();
        // What a shop does not offer is skipped; a check of which another scenario passed is not skipped as a whole.
        let counted = of.iter().filter(|scenario| scenario.verdict != Verdict::Skipped);
        let verdict = counted.map(|scenario| scenario.verdict).max().or_else(|| of.first().map(|_| Verdict::Skipped));
        let worst = of.iter().find(|scenario| Some(scenario.verdict) == verdict && verdict != Some(Verdict::Passed));
        let lack = check.needs.filter(|need| !integration.has(*need)).map(Need::lack);
        CertifiedCheck {
            id: check.id.clone(),
            level: match check.level {
                Level::Must => "must".to_owned(),
                _ => "should".to_owned(),
            },
            title: check.title.clone(),
            asked: lack.is_none(),
            verdict,
            reason: worst
                .and_then(|scenario| scenario.failure.as_ref())
                .map(ToString::to_string)
                .or_else(|| lack.map(str::to_owned)),
            scenarios: of.iter().map(|scenario| (scenario.card.id.clone(), scenario.verdict)).collect(),
        }
    };
    checks().iter().filter(|check| check.profile <= profile).map(outcome).collect()
}

/// The checks that were asked, must pass and did not: blocked and skipped ones are among them.
#[must_use]
pub fn refusal(outcomes: &[CertifiedCheck]) -> Vec<Refusal> {
    let must = outcomes.iter().filter(|check| check.asked && check.level == "must");
    must.filter(|check| !matches!(check.verdict, Some(Verdict::Passed)))
        .map(|check| Refusal { id: check.id.clone(), verdict: check.verdict })
        .collect()
}

/// Draws up the certificate of the run in `folder`, and signs it.
///
/// # Errors
/// When a file cannot be read or written.
#[expect(clippy::too_many_arguments, reason = "each is what the document says of another thing")]
pub fn draw_up(
    folder: &Path,
    integration: Certified,
    profile: Profile,
    shown_on: String,
    checks: Vec<CertifiedCheck>,
    plan_sha256: String,
    key: &SigningKeyFile,
    now: Timestamp,
) -> Result<Certificate, CertificateError> {
    let mut certificate = Certificate {
        kind: KIND.to_owned(),
        integration,
        profile: profile.word().to_owned(),
        suite_version: env!("CARGO_PKG_VERSION").to_owned(),
        plan_sha256,
        shown_on,
        issued_at: now,
        valid_until: now + SignedDuration::from_hours(24 * VALID_DAYS),
        checks,
        evidence: BTreeMap::new(),
        key: key.public().to_string(),
    };
    // The page is of the evidence, so that it cannot be changed either.
    write(&folder.join(PAGE), super::page(&certificate).as_bytes())?;
    certificate.evidence = hashes(folder)?;
    let text = serde_json::to_string_pretty(&certificate).expect("a certificate of plain data serialises") + "\n";
    write(&folder.join(CERTIFICATE), text.as_bytes())?;
    let signature = BASE64_URL_SAFE_NO_PAD.encode(key.sign(text.as_bytes()));
    write(&folder.join(SIGNATURE), format!("{signature}\n").as_bytes())?;
    Ok(certificate)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), CertificateError> {
    fs::write(path, bytes).map_err(|source| CertificateError::Io { path: path.to_owned(), source })
}

/// The hash of each file below a folder, except for the certificate itself.
pub(super) fn hashes(folder: &Path) -> Result<BTreeMap<String, String>, CertificateError> {
    let mut found = BTreeMap::new();
    collect(folder, folder, &mut found)?;
    found.retain(|name, _| name != CERTIFICATE && name != SIGNATURE);
    Ok(found)
}

fn collect(root: &Path, folder: &Path, found: &mut BTreeMap<String, String>) -> Result<(), CertificateError> {
    let failed = |path: &Path, source| CertificateError::Io { path: path.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(|source| failed(folder, source))? {
        let entry = entry.map_err(|source| failed(folder, source))?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(|source| failed(folder, source))?);
        if kind.is_dir() {
            collect(root, &path, found)?;
            continue;
        }
        let name = path.strip_prefix(root).unwrap_or(&path);
        let name = name.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
        // A link could lead anywhere: it is named, and never followed.
        let hash =
            if kind.is_file() { sha256(&path).map_err(|source| failed(&path, source))? } else { "no file".to_owned() };
        found.insert(name, hash);
    }
    Ok(())
}

fn sha256(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(path)?, &mut Hashing(&mut hasher))?;
    Ok(hex::encode(hasher.finalize()))
}

/// Feeds what is written to it to a hash.
struct Hashing<'a>(&'a mut Sha256);

impl io::Write for Hashing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
