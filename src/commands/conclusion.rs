//! What every run ends in: the reports, made from one model, the exit code too; or why there are none.

use super::{
    Exit, Format,
    output::{complain, note, print},
};
use crate::{
    journal::{self, Journal, SaveError, Scan},
    report::{self, HTML_NAME, ReportError, Summary, Terminal},
    runner::RunModel,
};
use std::{io, path::Path};

/// Writes every report of `model` to `out`, tells people and machines, and gives back the exit code. The journal, while it is
/// still written to, knows what may be in none of them.
pub(super) fn publish(
    model: &RunModel,
    out: &Path,
    journal: Option<&Journal>,
    terminal: &Terminal,
    format: Format,
) -> anyhow::Result<Exit> {
    let written = match journal {
        Some(journal) => report::write(model, out, |path, text| journal.save(path, text)),
        None => {
            let scan = Scan::default();
            report::write(model, out, |path, text| journal::save(&scan, &out.join(path), text))
        }
    };
    // A report may be what was not written.
    let mut withheld = journal.map(Journal::withheld).unwrap_or_default();
    match written {
        Err(ReportError::Unsaved(error @ SaveError::Leaking { .. })) if journal.is_none() => {
            withheld.push(error.to_string());
        }
        Err(ReportError::Unsaved(SaveError::Leaking { .. })) => {}
        written => written?,
    }
    let exit = if withheld.is_empty() { Exit::from(model.conclusion()) } else { Exit::Defect };
    withheld.iter().for_each(|text| note(&format!("not written, a defect of ours: {text}")));
    terminal.summary(model, exit.code(), &out.join(HTML_NAME).display().to_string());
    if format == Format::Json {
        let summary = Summary::new(model, exit.code(), out.display().to_string());
        print(&serde_json::to_string_pretty(&summary)?)?;
    }
    Ok(exit)
}

/// How it ends when the reports could not be made: a folder that cannot be written to is the user's to mend, a report
/// that cannot be made is ours.
pub(super) fn unpublished(error: &anyhow::Error, format: Format) -> Exit {
    let theirs = error.chain().any(|cause| cause.is::<io::Error>());
    refuse(error, if theirs { Exit::Misconfigured } else { Exit::Defect }, format)
}

/// Says why there is no report, to machines too.
pub(super) fn refuse(error: &anyhow::Error, exit: Exit, format: Format) -> Exit {
    if format == Format::Json {
        let summary = serde_json::json!({"exit_code": exit.code(), "error": format!("failed to {error:#}")});
        // With the output closed nobody is left to tell.
        drop(print(&summary.to_string()));
    }
    complain(error, exit)
}
