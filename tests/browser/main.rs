//! A real browser on pages that nobody tuned for it.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test says what is wrong by panicking and printing")]

mod evidence;
mod inspection;
mod pages;
mod processes;
mod site;
mod stubborn;
