//! Reads `conformance.toml`.

use super::{ConfigurationError, Document, document::configuration_schema, unknown::unknown_keys};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Where the configuration stands unless `--config` says otherwise.
pub(crate) const FILE_NAME: &str = "conformance.toml";

/// A configuration, and the file it came from; without one it is empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct Configuration {
    pub(crate) path: Option<PathBuf>,
    pub(crate) document: Document,
}

impl Configuration {
    /// Reads the file that was asked for, or the one in `folder` if there is one.
    ///
    /// # Errors
    /// When it cannot be read, or holds what is not known.
    pub(crate) fn read(asked: Option<&Path>, folder: &Path) -> Result<Self, ConfigurationError> {
        let path = match asked {
            Some(path) => path.to_owned(),
            None if folder.join(FILE_NAME).exists() => PathBuf::from(FILE_NAME),
            None => return Ok(Self::default()),
        };
        let unreadable = |source: io::Error| ConfigurationError::Unreadable { path: path.clone(), source };
        let text = fs::read_to_string(folder.join(&path)).map_err(unreadable)?;
        let document = parse(&path, &text)?;
        Ok(Self { path: Some(path), document })
    }
}

fn parse(path: &Path, text: &str) -> Result<Document, ConfigurationError> {
    let not_understood = |error: toml::de::Error| {
        // The whole message quotes the line, which may hold a secret that should not be there.
        let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
        ConfigurationError::NotUnderstood { path: path.to_owned(), message: format!("{place}{}", error.message()) }
    };
    let table: toml::Table = toml::from_str(text).map_err(not_understood)?;
    let schema = configuration_schema();
    let problems = unknown_keys(&toml::Value::Table(table), &schema, &schema, "");
    if !problems.is_empty() {
        return Err(ConfigurationError::UnknownKeys { path: path.to_owned(), problems });
    }
    let document: Document = toml::from_str(text).map_err(not_understood)?;
    if document.target.contains_key("twin") {
        return Err(ConfigurationError::Twin);
    }
    Ok(document)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        parse(Path::new("conformance.toml"), text).unwrap_err().to_string()
    }

    #[test]
    fn unknown_keys_are_refused_with_the_one_that_was_meant() {
        let text = "[target.a]\nbase_ur = \"x\"\n[target.a.webhook]\npublic_uri = \"y\"\n[targets.b]\nzzz = 1\n";
        let error = refused(text);
        for part in [
            "target.a.base_ur is no key that is known here (did you mean base_url?)",
            "target.a.webhook.public_uri is no key that is known here (did you mean public_url?)",
            "targets is no key that is known here (did you mean target?)",
        ] {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_refused_with_its_line_and_never_quoted() {
        let error = refused("[target.a]\nsecret = 5\n");
        assert!(error.contains("line 2") && error.contains("string"), "{error}");
        let error = refused("[target.a]\nsecret = \"hunter2hunter2\n");
        assert!(!error.contains("hunter2"), "{error}");
    }
}
