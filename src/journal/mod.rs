//! The append-only log of a run, from which, and only from which, every report is made.

mod event;
mod failure;
mod fields;
mod forms;
mod reader;
mod redaction;
mod verdict;
mod writer;

pub use event::*;
pub use failure::{Failure, FailureKind, expect_equal};
pub use reader::{JournalError, read};
pub use redaction::Redactor;
pub use verdict::Verdict;
pub use writer::{EVIDENCE, FILE_NAME, Journal, Scribe};
