//! The runner, its reports and exit codes, with steps that pass, fail, block and break on purpose.
//!
//! The tests start this very executable again as the program under test, with a world of its own: see `actor`.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod actor;
mod evidence;
mod expectations;
mod interruption;
mod live;
mod outcomes;
mod prevented;
mod project;
mod resumption;
mod retries;
