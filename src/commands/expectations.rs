//! Reads `expectations.toml`: what is known to deviate, and until when that is accepted.

use crate::{
    catalog,
    journal::{Expectation, Failure, Verdict},
};
use serde::Deserialize;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Where expectations stand unless `--expectations` says otherwise.
const FILE_NAME: &str = "expectations.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    expected: Vec<Expectation>,
}

/// The expectations of the file that was asked for, or of the one in `folder` if there is one.
///
/// # Errors
/// Misconfigured, when it cannot be read or expects what cannot be.
pub(super) fn read(asked: Option<&Path>, folder: &Path) -> Result<Vec<Expectation>, Failure> {
    let path = match asked {
        Some(path) => path.to_owned(),
        None if folder.join(FILE_NAME).exists() => PathBuf::from(FILE_NAME),
        None => return Ok(Vec::new()),
    };
    let wrong = |what: String| {
        Failure::misconfigured("", format!("failed to read the expectations in {}: {what}", path.display()))
    };
    let text = fs::read_to_string(folder.join(&path)).map_err(|error| wrong(error.to_string()))?;
    let document: Document = toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        wrong(format!("line {line}: {}", error.message()))
    })?;
    for expectation in &document.expected {
        let Expectation { requirement, verdict, .. } = expectation;
        if !catalog::requirements().iter().any(|known| known.id == *requirement) {
            return Err(wrong(format!("{requirement} is no requirement of the catalogue")));
        }
        if !matches!(verdict, Verdict::Failed | Verdict::Drifted | Verdict::Blocked) {
            return Err(wrong(format!(
                "{requirement} is expected to be {verdict}; only failed, drifted or blocked need it"
            )));
        }
    }
    Ok(document.expected)
}
