//! The files of evidence that a model names, and their copies beside a report made elsewhere.

use super::ReportError;
use crate::journal::{EVIDENCE, SaveError};
use crate::runner::Merged;
use std::{
    fs::{self, OpenOptions},
    io,
    path::{Component, Path, PathBuf},
};

/// A path of evidence as a journal names it, below the run's folder; `None` if it leads anywhere else: a journal may come
/// from anybody.
pub(super) fn inside(path: &str) -> Option<&Path> {
    let path = Path::new(path);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    (plain && path.starts_with(EVIDENCE) && path.components().count() > 1).then_some(path)
}

/// Copies the evidence of each scenario from the folder of its run to `out`. What is gone is left out, as the report says.
///
/// # Errors
/// When a file cannot be written, or one of its name is there already.
pub fn gather(merged: &Merged, folders: &[PathBuf], out: &Path) -> Result<(), ReportError> {
    for (scenario, &origin) in merged.model.scenarios.iter().zip(&merged.origins) {
        let Ok(root) = folders[origin].canonicalize() else { continue };
        for path in scenario.evidence().filter_map(inside) {
            // A link that leads out of the run's folder is no evidence of the run.
            let Ok(source) = root.join(path).canonicalize() else { continue };
            if source.starts_with(&root) && source.is_file() {
                let to = out.join(path);
                copy(&source, &to).map_err(|source| SaveError::Unwritable { path: to, source })?;
            }
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    let bytes = fs::read(from)?;
    match OpenOptions::new().write(true).create_new(true).open(to) {
        Ok(mut file) => io::Write::write_all(&mut file, &bytes),
        // Two steps may name one file; another file of that name is not ours to replace.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && fs::read(to)? == bytes => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        journal::Event,
        runner::{RunModel, merge, sample},
    };

    #[test]
    fn only_what_lies_in_the_folder_of_evidence_is_evidence() {
        assert!(inside("evidence/a/attempt-1/0000-page.png").is_some());
        for path in
            ["", "evidence", "/etc/passwd", "evidence/../x", "javascript:alert(1)", "report.html", "../evidence/x"]
        {
            assert_eq!(inside(path), None, "{path}");
        }
    }

    #[test]
    fn copies_lie_where_the_report_looks_and_nothing_else_is_copied() {
        let (from, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir(from.path().join("evidence")).unwrap();
        fs::write(from.path().join("evidence/card.png"), b"png").unwrap();
        std::os::unix::fs::symlink("/etc/hostname", from.path().join("evidence/link.png")).unwrap();
        let mut entries = sample::entries();
        let page = entries.iter().position(|entry| matches!(entry.event, Event::Page(_))).unwrap();
        for path in ["evidence/link.png", "../x.png"] {
            let mut copy = entries[page].clone();
            if let Event::Page(record) = &mut copy.event {
                record.screenshot = Some(path.to_owned());
            }
            entries.insert(page, copy);
        }
        let merged = merge(vec![RunModel::fold(&entries)]).unwrap();
        let gathered = || gather(&merged, &[from.path().to_owned()], out.path());
        gathered().unwrap();
        gathered().unwrap();
        assert_eq!(fs::read_dir(out.path().join("evidence")).unwrap().count(), 1);
        fs::write(out.path().join("evidence/card.png"), b"of others").unwrap();
        assert!(gathered().is_err());
    }
}
