//! Loads the features: the embedded ones, or those of a folder that overrides them.

use cucumber::{feature::Ext as _, gherkin};
use include_dir::{Dir, include_dir};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/features");

/// A feature file, outlines expanded.
#[derive(Clone, Debug)]
pub struct Feature {
    /// Path below `features/`, with forward slashes.
    pub path: String,
    pub gherkin: gherkin::Feature,
}

/// Features that cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum SuiteError {
    #[error("read {}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("read {} as a feature: it is not UTF-8", path.display())]
    NotText { path: PathBuf },
    #[error("parse the feature {path}")]
    Malformed { path: String, source: gherkin::ParseError },
    #[error("expand the outlines of {path}")]
    Outline { path: String, source: cucumber::feature::ExpandExamplesError },
}

/// What is driven: PortOne's sandbox, or a merchant's shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    Sandbox,
    Integration,
}

impl Suite {
    /// Whether a feature is of it.
    fn has(self, path: &str) -> bool {
        path.starts_with("integration/") == (self == Self::Integration)
    }
}

/// All features of a suite, in the order of their paths: those below `folder` if there is one, else the embedded ones.
///
/// # Errors
/// When a file cannot be read or is not Gherkin.
pub fn load(suite: Suite, folder: Option<&Path>) -> Result<Vec<Feature>, SuiteError> {
    let mut files = Vec::new();
    match folder {
        Some(folder) => collect(folder, folder, &mut files)?,
        None => embedded(&EMBEDDED, &mut files)?,
    }
    files.sort();
    files.retain(|(path, _)| suite.has(path));
    files.into_iter().map(|(path, text)| parse(path, &text)).collect()
}

fn is_feature(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "feature")
}

fn slashed(path: &Path) -> String {
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

fn embedded(dir: &Dir<'_>, files: &mut Vec<(String, String)>) -> Result<(), SuiteError> {
    for file in dir.files().filter(|file| is_feature(file.path())) {
        let text = file.contents_utf8().ok_or_else(|| SuiteError::NotText { path: file.path().to_owned() })?;
        files.push((slashed(file.path()), text.to_owned()));
    }
    dir.dirs().try_for_each(|dir| embedded(dir, files))
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) -> Result<(), SuiteError> {
    let unreadable = |path: &Path, source| SuiteError::Unreadable { path: path.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(|source| unreadable(folder, source))? {
        let path = entry.map_err(|source| unreadable(folder, source))?.path();
        if path.is_dir() {
            collect(root, &path, files)?;
        } else if is_feature(&path) {
            let bytes = fs::read(&path).map_err(|source| unreadable(&path, source))?;
            let text = String::from_utf8(bytes).map_err(|_| SuiteError::NotText { path: path.clone() })?;
            files.push((slashed(path.strip_prefix(root).unwrap_or(&path)), text));
        }
    }
    Ok(())
}

fn parse(path: String, text: &str) -> Result<Feature, SuiteError> {
    let mut gherkin = gherkin::Feature::parse(text, gherkin::GherkinEnv::default())
        .map_err(|source| SuiteError::Malformed { path: path.clone(), source })?;
    gherkin.path = Some(PathBuf::from(&path));
    let gherkin = gherkin.expand_examples().map_err(|source| SuiteError::Outline { path: path.clone(), source })?;
    Ok(Feature { path, gherkin })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error;

    #[test]
    fn the_embedded_features_parse() {
        load(Suite::Sandbox, None).unwrap();
        load(Suite::Integration, None).unwrap();
    }

    #[test]
    fn a_folder_is_read_in_order_and_other_files_are_not() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        for (path, text) in [
            ("b.feature", "Feature: B\n  Scenario: s\n    Given x"),
            ("a/z.feature", "Feature: Z\n  Scenario: s\n    Given x\n"),
            ("a/notes.txt", "not Gherkin"),
        ] {
            fs::write(folder.path().join(path), text).unwrap();
        }
        let paths: Vec<String> =
            load(Suite::Sandbox, Some(folder.path())).unwrap().into_iter().map(|f| f.path).collect();
        assert_eq!(paths, ["a/z.feature", "b.feature"]);
    }

    #[test]
    fn a_broken_feature_is_named_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("broken.feature"), "Feature: F\n  Scenario: s\n    Given x\n    Provided y\n")
            .unwrap();
        let error = load(Suite::Sandbox, Some(folder.path())).unwrap_err();
        assert_eq!(error.to_string(), "parse the feature broken.feature");
        assert!(error.source().unwrap().to_string().starts_with("Error at 5:"), "{error:?}");
    }
}
