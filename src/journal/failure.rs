//! Why a step did not pass: the typed cause from which a verdict is concluded.

use serde::{Deserialize, Serialize};
use std::any::Any;

/// The kind of cause, which decides the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// Documented behaviour was not observed: `failed`.
    Unmet,
    /// A payload differs from its approved snapshot: `drifted`.
    Drift,
    /// The environment prevented an observation: `blocked`.
    Blocked,
    /// The target lacks the capability, found out while running: `skipped`.
    Skipped,
    /// Credentials or configuration refused: the run ends with the configuration exit code.
    Misconfigured,
    /// The suite itself is wrong (undefined or ambiguous step, a panic of ours): `failed`.
    Defect,
}

/// A step's failure: what was expected, what was observed, and of which kind the cause is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub kind: FailureKind,
    /// What the documentation promises; empty where nothing can be expected of a dead environment.
    pub expected: String,
    /// What was seen instead.
    pub observed: String,
}

impl Failure {
    #[must_use]
    pub fn new(kind: FailureKind, expected: impl Into<String>, observed: impl Into<String>) -> Self {
        Self { kind, expected: expected.into(), observed: observed.into() }
    }

    #[must_use]
    pub fn unmet(expected: impl Into<String>, observed: impl Into<String>) -> Self {
        Self::new(FailureKind::Unmet, expected, observed)
    }

    #[must_use]
    pub fn blocked(expected: impl Into<String>, observed: impl Into<String>) -> Self {
        Self::new(FailureKind::Blocked, expected, observed)
    }

    #[must_use]
    pub fn skipped(reason: impl Into<String>) -> Self {
        Self::new(FailureKind::Skipped, "", reason)
    }

    #[must_use]
    pub fn misconfigured(expected: impl Into<String>, observed: impl Into<String>) -> Self {
        Self::new(FailureKind::Misconfigured, expected, observed)
    }

    /// The suite itself is wrong.
    #[must_use]
    pub fn defect(observed: impl Into<String>) -> Self {
        Self::new(FailureKind::Defect, "", observed)
    }

    /// The typed cause in the payload of a panic; any other panic is a defect of ours.
    #[must_use]
    pub fn of_panic(payload: &(dyn Any + Send)) -> Self {
        if let Some(failure) = payload.downcast_ref::<Self>() {
            return failure.clone();
        }
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
        Self::defect(text.unwrap_or("a panic without a message"))
    }

    /// Ends the step with this failure. The runner finds it, typed, where cucumber keeps the payload of a panic.
    pub fn raise(self) -> ! {
        std::panic::panic_any(self)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.expected.is_empty() {
            f.write_str(&self.observed)
        } else {
            write!(f, "expected {}, observed {}", self.expected, self.observed)
        }
    }
}

impl std::error::Error for Failure {}

/// Fails unless `expected` equals `observed`, naming both.
///
/// # Errors
/// [`FailureKind::Unmet`] when the two differ.
pub fn expect_equal<T: PartialEq + std::fmt::Display>(what: &str, expected: &T, observed: &T) -> Result<(), Failure> {
    if expected == observed { Ok(()) } else { Err(Failure::unmet(format!("{what} {expected}"), observed.to_string())) }
}
