//! The reports of a run: each is made from the model, and the model from the journal, so that no two can disagree.

mod contract;
mod coverage;
mod evidence;
mod html;
mod junit;
mod markdown;
mod references;
mod sought;
mod summary;
mod terminal;
mod ticket;

pub use contract::{ContractCoverage, EndpointCoverage, Share, contract_coverage};
pub use coverage::{Coverage, coverage};
pub use evidence::gather;
pub use html::html;
pub use junit::junit;
pub use sought::{SoughtError, sought};
pub use summary::Summary;
pub use terminal::Terminal;
pub use ticket::ticket;

use crate::journal::SaveError;
use crate::runner::RunModel;
use std::path::Path;

/// Name of the report for people below a run's folder.
pub const HTML_NAME: &str = "report.html";
/// Name of the report for CI systems below a run's folder.
pub const JUNIT_NAME: &str = "junit.xml";

/// A report that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error(transparent)]
    Unsaved(#[from] SaveError),
    #[error("render {HTML_NAME}")]
    Template(#[from] minijinja::Error),
    #[error("render {JUNIT_NAME}")]
    Xml(#[from] quick_junit::SerializeError),
}

/// Writes all reports of a run into a folder, each by `save`, which is given its path. One that cannot be made keeps no other from being made.
///
/// # Errors
/// When one of them cannot be rendered or written.
pub fn write(
    model: &RunModel,
    folder: &Path,
    save: impl Fn(&Path, &str) -> Result<(), SaveError>,
) -> Result<(), ReportError> {
    let save = |name: &str, text: Result<String, ReportError>| Ok(save(Path::new(name), &text?)?);
    let for_machines = save(JUNIT_NAME, junit(model));
    let for_people = save(HTML_NAME, html(model, folder));
    for_machines.and(for_people)
}
