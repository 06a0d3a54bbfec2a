//! Looks whether a certificate is still what was signed, offline.

use super::{CERTIFICATE, Certificate, CertificateError, SIGNATURE, TrustedKey, certificate::hashes};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use jiff::Timestamp;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// No certificate comes near this size.
const MAX_DOCUMENT: u64 = 8 * 1024 * 1024;

/// Why nothing can be said. The text completes "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error("verify {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("verify {}: it is no certificate ({cause})", path.display())]
    NoCertificate { path: PathBuf, cause: String },
    #[error(transparent)]
    Evidence(#[from] CertificateError),
}

/// What is not as it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deviation {
    /// The document or its signature was changed.
    Signature,
    /// It was signed with another key than the trusted one.
    OtherKey {
        signed_by: String,
    },
    Altered(String),
    Removed(String),
    Added(String),
    Expired(Timestamp),
}

impl std::fmt::Display for Deviation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Signature => write!(f, "altered: {CERTIFICATE} or {SIGNATURE}, which do not belong together"),
            Self::OtherKey { signed_by } => write!(f, "signed by {signed_by}, which is not the key that you trust"),
            Self::Altered(name) => write!(f, "altered: {name}"),
            Self::Removed(name) => write!(f, "removed: {name}"),
            Self::Added(name) => write!(f, "added: {name}"),
            Self::Expired(at) => write!(f, "expired on {at}"),
        }
    }
}

/// A certificate and what is not as it was signed; nothing, where all is.
#[derive(Clone, Debug)]
pub struct Verified {
    pub certificate: Certificate,
    pub deviations: Vec<Deviation>,
}

/// Verifies the certificate at `path`, a folder or the document in it.
///
/// # Errors
/// When there is no certificate.
pub fn verify(path: &Path, trusted: Option<TrustedKey>, now: Timestamp) -> Result<Verified, VerifyError> {
    let document = if path.is_dir() { path.join(CERTIFICATE) } else { path.to_owned() };
    let folder = document.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let text = read(&document)?;
    let no_certificate = |cause: String| VerifyError::NoCertificate { path: document.clone(), cause };
    let certificate: Certificate = serde_json::from_slice(&text).map_err(|error| no_certificate(error.to_string()))?;
    let key: TrustedKey = certificate.key.parse().map_err(|error| no_certificate(format!("failed to {error}")))?;
    let signature = fs::read_to_string(folder.join(SIGNATURE)).unwrap_or_default();
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature.trim()).ok().and_then(|bytes| bytes.try_into().ok());
    let mut deviations = Vec::new();
    if !signature.is_some_and(|signature: [u8; 64]| key.verifies(&text, &signature)) {
        deviations.push(Deviation::Signature);
    }
    if trusted.is_some_and(|trusted| trusted != key) {
        deviations.push(Deviation::OtherKey { signed_by: key.to_string() });
    }
    let present = hashes(folder)?;
    for (name, hash) in &certificate.evidence {
        match present.get(name) {
            None => deviations.push(Deviation::Removed(name.clone())),
            Some(now) if now != hash => deviations.push(Deviation::Altered(name.clone())),
            Some(_) => {}
        }
    }
    let added = present.keys().filter(|name| !certificate.evidence.contains_key(*name));
    deviations.extend(added.cloned().map(Deviation::Added));
    if certificate.valid_until < now {
        deviations.push(Deviation::Expired(certificate.valid_until));
    }
    Ok(Verified { certificate, deviations })
}

fn read(path: &Path) -> Result<Vec<u8>, VerifyError> {
    let unreadable = |source| VerifyError::Unreadable { path: path.to_owned(), source };
    let size = fs::metadata(path).map_err(unreadable)?.len();
    if size > MAX_DOCUMENT {
        return Err(VerifyError::NoCertificate { path: path.to_owned(), cause: format!("{size} bytes") });
    }
    fs::read(path).map_err(unreadable)
}
