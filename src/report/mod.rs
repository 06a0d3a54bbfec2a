//! The reports of a run: each is made from the model, and the model from the journal, so that no two can disagree.

mod coverage;
mod html;
mod junit;
mod model;
#[cfg(test)]
mod sample;
mod summary;
mod terminal;

pub use coverage::{Coverage, coverage};
pub use html::html;
pub use junit::junit;
pub use model::{AttemptModel, Counts, RunModel, ScenarioModel};
pub use summary::Summary;
pub use terminal::Terminal;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Name of the report for people below a run's folder.
pub const HTML_NAME: &str = "report.html";
/// Name of the report for CI systems below a run's folder.
pub const JUNIT_NAME: &str = "junit.xml";

/// A report that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error("write {}", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
    #[error("render {HTML_NAME}")]
    Template(#[from] minijinja::Error),
    #[error("render {JUNIT_NAME}")]
    Xml(#[from] quick_junit::SerializeError),
}

/// Writes all reports of a run into its folder.
///
/// # Errors
/// When one of them cannot be rendered or written.
pub fn write(model: &RunModel, folder: &Path) -> Result<(), ReportError> {
    let save = |name: &str, text: String| {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|source| ReportError::Unwritable { path, source })
    };
    // The report for machines first: it needs the least.
    save(JUNIT_NAME, junit(model)?)?;
    save(HTML_NAME, html(model, folder)?)
}
