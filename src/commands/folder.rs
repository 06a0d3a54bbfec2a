//! The run's folder: made ready by removing what an earlier run of ours left, and nothing else.

use crate::{
    journal::{EVIDENCE, Entry, FILE_NAME},
    report::{HTML_NAME, JUNIT_NAME},
};
use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

/// A folder that a run cannot write to.
#[derive(Debug, thiserror::Error)]
pub(super) enum FolderError {
    #[error("write to {}: its {name} is not of an earlier run of ours; choose another folder with --out", folder.display())]
    Foreign { folder: PathBuf, name: &'static str },
    #[error("write reports to {}: it holds a run of its own; choose another folder with --out", folder.display())]
    Run { folder: PathBuf },
    #[error("make {} ready", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
}

/// Makes `folder` ready for a run.
pub(super) fn prepare(folder: &Path) -> Result<(), FolderError> {
    let journal = folder.join(FILE_NAME);
    if is_ours(&journal) {
        for path in [folder.join(JUNIT_NAME), folder.join(HTML_NAME)] {
            remove(fs::remove_file(&path), &path)?;
        }
        clear(&folder.join(EVIDENCE), false)?;
        // The journal is what makes the folder ours, so it goes last.
        return remove(fs::remove_file(&journal), &journal);
    }
    let names = [FILE_NAME, JUNIT_NAME, HTML_NAME, EVIDENCE];
    if let Some(name) = names.into_iter().find(|name| folder.join(name).symlink_metadata().is_ok()) {
        return Err(FolderError::Foreign { folder: folder.to_owned(), name });
    }
    fs::create_dir_all(folder).map_err(|source| FolderError::Unwritable { path: folder.to_owned(), source })
}

/// Makes `folder` ready for reports of runs that lie elsewhere: what an earlier report left there goes, and nothing else.
pub(super) fn prepare_for_reports(folder: &Path) -> Result<(), FolderError> {
    let present = |name: &str| folder.join(name).symlink_metadata().is_ok();
    if present(FILE_NAME) {
        return Err(FolderError::Run { folder: folder.to_owned() });
    }
    let reported = says(&folder.join(HTML_NAME), "<meta name=\"generator\" content=\"smartpay-conformance\">");
    let counted = says(&folder.join(JUNIT_NAME), "<testsuites name=\"smartpay-conformance\"");
    // Evidence says by itself whose it is only together with the report beside it.
    for (name, ours) in [(HTML_NAME, reported), (JUNIT_NAME, counted), (EVIDENCE, reported)] {
        if present(name) && !ours {
            return Err(FolderError::Foreign { folder: folder.to_owned(), name });
        }
    }
    clear(&folder.join(EVIDENCE), false)?;
    fs::create_dir_all(folder).map_err(|source| FolderError::Unwritable { path: folder.to_owned(), source })
}

/// Whether a file has these words near its beginning.
fn says(path: &Path, words: &str) -> bool {
    let mut beginning = Vec::new();
    let read = File::open(path).and_then(|file| file.take(1024).read_to_end(&mut beginning));
    read.is_ok() && String::from_utf8_lossy(&beginning).contains(words)
}

/// Whether the file is a journal: its first line is an entry, or it was cut off before it had one.
fn is_ours(journal: &Path) -> bool {
    let Ok(file) = File::open(journal) else { return false };
    let mut line = String::new();
    let read = BufReader::new(file).read_line(&mut line);
    read.is_ok() && (!line.ends_with('\n') && line.len() < 2 || serde_json::from_str::<Entry>(&line).is_ok())
}

fn remove(result: io::Result<()>, path: &Path) -> Result<(), FolderError> {
    match result {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(FolderError::Unwritable { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Removes pieces of evidence, which lie in the folder of an attempt and are numbered, and the folders that are empty then.
fn clear(folder: &Path, of_attempt: bool) -> Result<(), FolderError> {
    let unwritable = |source| FolderError::Unwritable { path: folder.to_owned(), source };
    let entries = match fs::read_dir(folder) {
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(()),
        entries => entries.map_err(unwritable)?,
    };
    for entry in entries {
        let entry = entry.map_err(unwritable)?;
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        // A link's own type counts: what it leads to is not ours.
        if entry.file_type().map_err(unwritable)?.is_dir() {
            clear(&path, name.starts_with("attempt-"))?;
        } else if of_attempt && name.split_once('-').is_some_and(|(n, _)| n.len() >= 4 && n.parse::<u32>().is_ok()) {
            remove(fs::remove_file(&path), &path)?;
        }
    }
    match fs::remove_dir(folder) {
        Err(source) if source.kind() != io::ErrorKind::DirectoryNotEmpty => remove(Err(source), folder),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Attempt, Event, Journal, RunFinished};

    fn earlier_run(folder: &Path) {
        let journal = Journal::create(folder).unwrap();
        journal.record(Event::RunFinished(RunFinished {
            interrupted: None,
            prevented: None,
            withheld: Vec::new(),
            duration_ms: 0,
        }));
        let scribe = journal.scribe(Attempt { scenario: "a/b".to_owned(), attempt: 1 });
        scribe.attach("page", "png", b"png").unwrap();
        fs::write(folder.join(JUNIT_NAME), "").unwrap();
        fs::write(folder.join(HTML_NAME), "").unwrap();
    }

    #[test]
    fn what_an_earlier_run_left_goes_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        earlier_run(folder.path());
        let kept = ["notes.txt", "evidence/notes.txt", "evidence/a/b/attempt-1/notes.txt", "evidence/a/0001-page.png"];
        kept.iter().for_each(|name| fs::write(folder.path().join(name), "mine").unwrap());
        prepare(folder.path()).unwrap();
        for name in kept {
            assert!(folder.path().join(name).exists(), "{name}");
        }
        for name in [FILE_NAME, JUNIT_NAME, HTML_NAME, "evidence/a/b/attempt-1/0000-page.png"] {
            assert!(!folder.path().join(name).exists(), "{name}");
        }
    }

    #[test]
    fn an_earlier_run_alone_leaves_an_empty_folder() {
        let folder = tempfile::tempdir().unwrap();
        earlier_run(folder.path());
        prepare(folder.path()).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        prepare(folder.path()).unwrap();
    }

    #[test]
    fn files_of_others_with_our_names_are_not_touched() {
        for name in [FILE_NAME, JUNIT_NAME, HTML_NAME, EVIDENCE] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join(name), "of others\n").unwrap();
            let error = prepare(folder.path()).unwrap_err().to_string();
            assert!(error.contains(&format!("its {name} is not of an earlier run")), "{error}");
            assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), "of others\n");
        }
    }

    #[test]
    fn reports_replace_reports_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        prepare_for_reports(folder.path()).unwrap();
        write(HTML_NAME, "<head><meta name=\"generator\" content=\"smartpay-conformance\">");
        write(JUNIT_NAME, "<testsuites name=\"smartpay-conformance\" tests=\"1\">");
        prepare_for_reports(folder.path()).unwrap();
        write(JUNIT_NAME, "<testsuites name=\"of others\">");
        let error = prepare_for_reports(folder.path()).unwrap_err().to_string();
        assert!(error.contains("its junit.xml is not"), "{error}");
        earlier_run(folder.path());
        let error = prepare_for_reports(folder.path()).unwrap_err().to_string();
        assert!(error.contains("holds a run of its own"), "{error}");
    }

    #[test]
    fn a_journal_cut_off_in_its_first_moment_is_still_ours() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE_NAME), "").unwrap();
        prepare(folder.path()).unwrap();
    }
}
