//! Where a value of the configuration came from.

use std::{fmt, path::PathBuf};

/// From which layer a value came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Flag(&'static str),
    Variable(String),
    File(PathBuf),
    /// A file that names an environment variable.
    FileAndVariables(PathBuf, Vec<String>),
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => f.write_str(flag),
            Self::Variable(name) => write!(f, "environment {name}"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::FileAndVariables(path, names) => write!(f, "{}, environment {}", path.display(), names.join(", ")),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value as it may be shown: a secret is masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) key: String,
    pub(crate) shown: String,
    pub(crate) origin: Origin,
}
