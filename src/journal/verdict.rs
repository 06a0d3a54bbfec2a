//! What a scenario's final attempt says about the target.

use serde::{Deserialize, Serialize};

/// The verdict of a scenario, drawn from its final attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every step observed what is documented.
    Passed,
    /// Passed after a retry; every attempt stays visible.
    Flaky,
    /// The target lacks a capability; the reason is recorded.
    Skipped,
    /// The environment prevented a verdict.
    Blocked,
    /// A payload differs from its approved snapshot.
    Drifted,
    /// The target behaves otherwise than documented.
    Failed,
}

impl Verdict {
    /// All verdicts, from the best to the worst.
    pub const ALL: [Self; 6] = [Self::Passed, Self::Flaky, Self::Skipped, Self::Blocked, Self::Drifted, Self::Failed];

    /// The word printed everywhere for this verdict.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Flaky => "flaky",
            Self::Skipped => "skipped",
            Self::Blocked => "blocked",
            Self::Drifted => "drifted",
            Self::Failed => "failed",
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.word())
    }
}
