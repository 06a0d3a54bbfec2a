//! Cases that failed, kept to be tried first the next time.

use super::{Case, Rule};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A case that failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// The name of its file, without the extension.
    #[serde(skip)]
    pub name: String,
    /// The rule that it broke, as a sentence.
    pub rule: String,
    /// What was seen.
    pub observed: String,
    /// The seed of the run that found it.
    pub seed: u64,
    pub case: Case,
}

/// A case that cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    #[error("write {}: {source}", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
    #[error("read the saved case {}: {reason}; remove it to go on without it", path.display())]
    Unreadable { path: PathBuf, reason: String },
}

impl Saved {
    /// A case to keep; its name says what it is, and differs from those of other cases.
    #[must_use]
    pub fn new(case: Case, rule: Rule, observed: String, seed: u64) -> Self {
        let name = case.name();
        let words: Vec<&str> =
            name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
        // The same failure is kept once, whatever its seed.
        let text = serde_json::to_string(&(&case, rule.sentence())).expect("a case serialises");
        let name = format!("{}-{:08x}", words.join("-").to_lowercase(), fnv(text.as_bytes()));
        Self { name, rule: rule.sentence().to_owned(), observed, seed, case }
    }

    /// Writes the case, and the files that its script names, into `folder`.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn write(&self, folder: &Path, files: &[(String, Vec<u8>)]) -> Result<PathBuf, SaveError> {
        let unwritable = |path: &Path| {
            let path = path.to_owned();
            move |source| SaveError::Unwritable { path, source }
        };
        fs::create_dir_all(folder).map_err(unwritable(folder))?;
        for (name, bytes) in files {
            let path = folder.join(name);
            fs::write(&path, bytes).map_err(unwritable(&path))?;
        }
        let path = folder.join(format!("{}.json", self.name));
        let text = serde_json::to_string_pretty(self).expect("a case serialises");
        fs::write(&path, text + "\n").map_err(unwritable(&path))?;
        Ok(path)
    }

    /// Every case kept in `folder`, by name; none if there is no such folder.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub fn read_all(folder: &Path) -> Result<Vec<Self>, SaveError> {
        let unreadable = |path: &Path, reason: String| SaveError::Unreadable { path: path.to_owned(), reason };
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(|error| unreadable(folder, error.to_string()))?,
        };
        let mut saved = Vec::new();
        for entry in entries {
            let path = entry.map_err(|error| unreadable(folder, error.to_string()))?.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, error.to_string()))?;
            let case: Self = serde_json::from_str(&text).map_err(|error| unreadable(&path, error.to_string()))?;
            saved.push(Self { name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), ..case });
        }
        saved.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(saved)
    }
}

/// FNV-1a, by which names differ; nothing secret hangs on it.
fn fnv(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz::Breakage;

    #[test]
    fn a_case_is_read_back_as_it_was_written_and_others_files_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let breakage = Breakage::FieldOfWrongType { field: "amount".to_owned(), value: serde_json::json!([1]) };
        let case = Case::Broken { operation: "initiatePayment".to_owned(), breakage };
        let saved = Saved::new(case, Rule::BrokenRefused, "200 {}".to_owned(), 7);
        let path = saved.write(&folder.path().join("fuzz"), &[("a.body".to_owned(), vec![0xff])]).unwrap();
        assert!(
            path.file_name().unwrap().to_str().unwrap().starts_with("initiatepayment-field-of-a-wrong-type-amount-")
        );
        fs::write(folder.path().join("fuzz/notes.txt"), "mine").unwrap();
        assert_eq!(Saved::read_all(&folder.path().join("fuzz")).unwrap(), [saved]);
        assert!(Saved::read_all(&folder.path().join("none")).unwrap().is_empty());
        fs::write(folder.path().join("fuzz/broken.json"), "{").unwrap();
        let error = Saved::read_all(&folder.path().join("fuzz")).unwrap_err().to_string();
        assert!(error.contains("broken.json") && error.contains("remove it"), "{error}");
    }
}
