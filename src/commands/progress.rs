//! Progress of a campaign, on a line that is written over where that is possible.

use super::output::note;
use crate::fuzz::Progress;
use std::{
    cell::Cell,
    io::{self, IsTerminal, Write},
    time::Duration,
};

/// Between two lines where none can be written over.
const TOLD_EVERY: Duration = Duration::from_secs(5);

pub(super) struct Screen {
    terminal: bool,
    last: Cell<Duration>,
}

impl Screen {
    pub(super) fn new() -> Self {
        Self { terminal: io::stderr().is_terminal(), last: Cell::default() }
    }

    pub(super) fn show(&self, progress: Progress) {
        let Progress { done, cases, findings, elapsed } = progress;
        let (rate, findings) = (separated(a_second(done, elapsed)), plural(findings, "finding"));
        let line = format!("  {} of {} cases, {rate} a second, {findings}", separated(done), separated(cases));
        if self.terminal {
            self.write(&line);
        } else if elapsed >= self.last.get() + TOLD_EVERY {
            self.last.set(elapsed);
            note(&line);
        }
    }

    /// Makes room for what stays.
    pub(super) fn clear(&self) {
        if self.terminal {
            self.write("");
        }
    }

    fn write(&self, line: &str) {
        // A terminal that is gone takes nothing any more, and nothing is lost.
        let _ = write!(io::stderr(), "\r\u{1b}[K{line}");
    }
}

pub(super) fn a_second(done: u64, elapsed: Duration) -> u64 {
    u64::try_from(u128::from(done) * 1000 / elapsed.as_millis().max(1)).unwrap_or(u64::MAX)
}

pub(super) fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// A number with its thousands told apart.
pub(super) fn separated(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap_or_default());
    groups.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_told_apart() {
        for (number, said) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_678, "12,345,678")] {
            assert_eq!(separated(number), said);
        }
    }
}
