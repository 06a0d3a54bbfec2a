//! What is kept of a run beside its journal, and that it can be used.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod archive;
mod curl;
mod leaks;
