//! The append-only log of a run, from which, and only from which, every report is made.

mod curl;
mod decoding;
mod event;
mod expectation;
mod failure;
mod fields;
mod forms;
pub mod har;
mod reader;
mod redaction;
mod scan;
mod scribe;
mod sent;
pub mod shell;
mod verdict;
mod writer;

pub use curl::curl;
pub use event::*;
pub use expectation::Expectation;
pub use failure::{Failure, FailureKind, expect_equal};
pub use reader::{JournalError, read};
pub use redaction::Redactor;
pub use scan::{Leak, Scan};
pub use scribe::Scribe;
pub use sent::{told_bytes, told_headers};
pub use verdict::Verdict;
pub use writer::{EVIDENCE, FILE_NAME, Journal, SaveError, save};
