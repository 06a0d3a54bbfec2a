//! The key that certificates are signed with, and keys that they are held against.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// The name of the file with the private key.
const FILE_NAME: &str = "certify.key";
/// Before each key, so that nobody takes it for another kind.
const PREFIX: &str = "ed25519:";

/// Why there is no key. The text completes "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("use the key {}: {source}", path.display())]
    Unusable { path: PathBuf, source: io::Error },
    #[error("use the key {}: others may read it (its mode is {mode:o}); chmod 600 it, and make a new one if it was read", path.display())]
    Open { path: PathBuf, mode: u32 },
    #[error("use the key {}: it is no Ed25519 key of ours", path.display())]
    Broken { path: PathBuf },
    #[error("make a key: the system gave no random bytes ({0})")]
    NoRandomness(String),
    #[error("understand the key {0:?}: expected ed25519: and 43 letters and digits, or a file with that")]
    NotAKey(String),
}

/// The private key of this user.
pub struct SigningKeyFile {
    key: SigningKey,
    path: PathBuf,
}

impl std::fmt::Debug for SigningKeyFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKeyFile").field("path", &self.path).finish_non_exhaustive()
    }
}

impl SigningKeyFile {
    /// The key in the user's state folder; made on first use, readable by this user only.
    ///
    /// # Errors
    /// When it cannot be read or made, or others may read it.
    pub fn open(state_folder: &Path) -> Result<Self, KeyError> {
        let path = state_folder.join(FILE_NAME);
        let unusable = |source| KeyError::Unusable { path: path.clone(), source };
        match fs::read_to_string(&path) {
            Ok(text) => {
                let mode = fs::metadata(&path).map_err(unusable)?.permissions().mode() & 0o777;
                if mode & 0o077 != 0 {
                    return Err(KeyError::Open { path, mode });
                }
                let seed = BASE64_URL_SAFE_NO_PAD.decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
                let seed: [u8; 32] = seed.ok_or_else(|| KeyError::Broken { path: path.clone() })?;
                Ok(Self { key: SigningKey::from_bytes(&seed), path })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut seed = [0; 32];
                getrandom::fill(&mut seed).map_err(|error| KeyError::NoRandomness(error.to_string()))?;
                fs::DirBuilder::new().recursive(true).mode(0o700).create(state_folder).map_err(unusable)?;
                // Not over one that another process has just made.
                let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
                let mut file = match file {
                    Ok(file) => file,
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Self::open(state_folder),
                    Err(error) => return Err(unusable(error)),
                };
                writeln!(file, "{}", BASE64_URL_SAFE_NO_PAD.encode(seed)).map_err(unusable)?;
                file.sync_all().map_err(unusable)?;
                Ok(Self { key: SigningKey::from_bytes(&seed), path })
            }
            Err(error) => Err(unusable(error)),
        }
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What others hold certificates against.
    #[must_use]
    pub fn public(&self) -> TrustedKey {
        TrustedKey(self.key.verifying_key())
    }

    /// The signature of these bytes.
    #[must_use]
    pub fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.key.sign(bytes).to_bytes()
    }
}

/// A public key. Its text is its fingerprint, too: it is short enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrustedKey(VerifyingKey);

impl TrustedKey {
    /// Whether these bytes were signed with it.
    #[must_use]
    pub fn verifies(&self, bytes: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verify_strict(bytes, &ed25519_dalek::Signature::from_bytes(signature)).is_ok()
    }

    /// The key that a person named: its text, or a file with it.
    ///
    /// # Errors
    /// When it is neither.
    pub fn named(word: &str) -> Result<Self, KeyError> {
        if let Ok(key) = word.parse() {
            return Ok(key);
        }
        let text = fs::read_to_string(word).map_err(|_| KeyError::NotAKey(word.to_owned()))?;
        text.split_whitespace().find_map(|word| word.parse().ok()).ok_or_else(|| KeyError::NotAKey(word.to_owned()))
    }
}

impl std::fmt::Display for TrustedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(self.0.as_bytes()))
    }
}

impl std::str::FromStr for TrustedKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let bytes = text.strip_prefix(PREFIX).and_then(|text| BASE64_URL_SAFE_NO_PAD.decode(text).ok());
        let bytes: Option<[u8; 32]> = bytes.and_then(|bytes| bytes.try_into().ok());
        let key = bytes.and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
        key.map(Self).ok_or_else(|| KeyError::NotAKey(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_for_its_user_alone() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let made = SigningKeyFile::open(&state).unwrap();
        assert_eq!(fs::metadata(made.path()).unwrap().permissions().mode() & 0o777, 0o600);
        let again = SigningKeyFile::open(&state).unwrap();
        assert_eq!(again.public(), made.public());
        let signature = again.sign(b"what was said");
        assert!(made.public().verifies(b"what was said", &signature));
        assert!(!made.public().verifies(b"what was Said", &signature));
        assert_eq!(TrustedKey::named(&made.public().to_string()).unwrap(), made.public());

        fs::set_permissions(made.path(), fs::Permissions::from_mode(0o644)).unwrap();
        let error = SigningKeyFile::open(&state).unwrap_err().to_string();
        assert!(error.contains("chmod 600"), "{error}");
        fs::write(made.path(), "nonsense").unwrap();
        fs::set_permissions(made.path(), fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(SigningKeyFile::open(&state), Err(KeyError::Broken { .. })));
    }
}
