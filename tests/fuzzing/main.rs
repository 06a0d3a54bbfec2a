//! `fuzz`, as its users meet it: the program on the twin, and campaigns against targets that break one rule each.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod defects;
mod program;
mod target;
