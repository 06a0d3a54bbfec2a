//! Why a browser could not do what it was asked, and which verdict follows from it.

use crate::journal::{Failure, FailureKind};

/// The text completes "failed to …".
#[derive(Clone, Debug, thiserror::Error)]
pub enum BrowserError {
    /// No driver, no browser, or no session to be had.
    #[error("open a browser: {0}")]
    Unavailable(String),
    /// The page did not become what was waited for.
    #[error("see {waited_for}: {saw}")]
    Timeout {
        /// Completes "expected …".
        waited_for: String,
        /// What the page showed instead, and how long it was given.
        saw: String,
    },
    /// No page came from where it should: refused, not resolved, no answer in time, or 502, 503, 504.
    #[error("load {url}: {cause}")]
    Unreachable { url: String, cause: String },
    /// The browser or its driver went away in the middle.
    #[error("keep the browser: {0}")]
    Closed(String),
    /// The driver refused a command for a reason that lies neither in the page nor in the suite.
    #[error("drive the browser: {0}")]
    Refused(String),
    /// A journey asks for a page or field that no profile describes, or one of our scripts broke.
    #[error("use the page profile: {0}")]
    Profile(String),
}

impl From<BrowserError> for Failure {
    fn from(error: BrowserError) -> Self {
        match error {
            BrowserError::Unavailable(_) => Self::blocked("a browser", format!("failed to {error}")),
            BrowserError::Closed(_) | BrowserError::Refused(_) => {
                Self::blocked("a working browser", format!("failed to {error}"))
            }
            BrowserError::Unreachable { url, cause } => Self::blocked(format!("a page at {url}"), cause),
            BrowserError::Timeout { waited_for, saw } => Self::unmet(waited_for, saw),
            BrowserError::Profile(_) => Self::new(FailureKind::Defect, "", format!("failed to {error}")),
        }
    }
}
