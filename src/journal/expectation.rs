//! A known deviation, which somebody has accepted until a day.

use super::Verdict;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// On this target, scenarios of this requirement end so for now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// Id of the requirement, for example `QUEUE-06`.
    pub requirement: String,
    pub target: String,
    /// `failed`, `drifted` or `blocked`.
    pub verdict: Verdict,
    /// Why it is accepted, for those who meet it later.
    pub reason: String,
    /// The last day on which it is.
    pub until: Date,
}

impl std::fmt::Display for Expectation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { requirement, target, verdict, reason, until } = self;
        write!(f, "{requirement} {verdict} on {target} until {until}: {reason}")
    }
}
