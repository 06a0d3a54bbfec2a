//! What is wrong with a configuration, and the way out.

use crate::journal::Failure;
use std::{io, path::PathBuf};

/// The text completes "failed to …".
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigurationError {
    #[error("read the configuration {}: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("understand the configuration {}: {message}", path.display())]
    NotUnderstood { path: PathBuf, message: String },
    #[error("understand the configuration {}: {}", path.display(), problems.join("; "))]
    UnknownKeys { path: PathBuf, problems: Vec<String> },
    #[error("use --target {name}: there is no such target; known are {known}{suggestion}")]
    UnknownTarget { name: String, known: String, suggestion: String },
    #[error("use the target {target}: {key} needs the environment variable {variable}, which is not set")]
    Variable { target: String, key: String, variable: String },
    #[error(
        "use the target {target}: {key} must not stand in the file; write \"${{NAME}}\" and set the environment variable NAME"
    )]
    Literal { target: String, key: String },
    #[error("use the target {target}: {key} = {value:?} is no {what}")]
    Malformed { target: String, key: String, value: String, what: &'static str },
    #[error("use the target {target}: {key} = {value:?} is live, and only sandboxes are driven")]
    Live { target: String, key: &'static str, value: String },
    #[error("use the target {target}: it has no {missing}; give it {way}")]
    Incomplete { target: String, missing: String, way: String },
    #[error("use the target {target}: its capability {capability:?} needs {way}")]
    Unfounded { target: String, capability: &'static str, way: &'static str },
    #[error("use the configured target twin: the twin is embedded; give the target another name")]
    Twin,
}

impl From<ConfigurationError> for Failure {
    fn from(error: ConfigurationError) -> Self {
        Self::misconfigured("", format!("failed to {error}"))
    }
}
