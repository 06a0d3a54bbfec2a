//! A line of the doctor's.

use serde::Serialize;

/// How bad it is. The worst one decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    Ok,
    Warning,
    /// The environment prevents a run.
    Error,
    /// The configuration does.
    Misconfigured,
}

/// What was looked at, what was seen, and what to do about it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Finding {
    pub(super) what: &'static str,
    pub(super) level: Level,
    pub(super) seen: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) advice: String,
}

impl Finding {
    pub(super) fn ok(what: &'static str, seen: impl Into<String>) -> Self {
        Self { what, level: Level::Ok, seen: seen.into(), advice: String::new() }
    }

    pub(super) fn bad(what: &'static str, level: Level, seen: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { what, level, seen: seen.into(), advice: advice.into() }
    }

    pub(super) fn line(&self) -> String {
        let word = match self.level {
            Level::Ok => "ok",
            Level::Warning => "warning",
            Level::Error | Level::Misconfigured => "error",
        };
        let advice = if self.advice.is_empty() { String::new() } else { format!("\n{:24}{}", "", self.advice) };
        format!("{word:>8}  {:<12}  {}{advice}", self.what, self.seen)
    }
}
