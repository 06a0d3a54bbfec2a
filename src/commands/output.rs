//! What a command says outside a run's own reports.

use super::Exit;
use anyhow::Context;
use std::io::{self, Write};

/// Writes what was asked for to the standard output; whoever closed it has had enough.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error).context("print"),
        _ => Ok(()),
    }
}

/// Writes a remark to the error output.
pub(super) fn note(remark: &str) {
    // An error output that takes nothing is no reason to end: the exit code still says it.
    let _ = writeln!(io::stderr(), "{remark}");
}

/// Says why a command ends here, with this exit code.
pub(super) fn complain(error: &anyhow::Error, exit: Exit) -> Exit {
    note(&format!("error: failed to {error:#}"));
    exit
}
