//! Reads a journal back, also one whose writer was killed.

use super::{Entry, FILE_NAME};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// A journal that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("read the journal {}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("read line {line} of the journal {}", path.display())]
    Malformed { path: PathBuf, line: usize, source: serde_json::Error },
}

/// All entries of the journal below `folder`. A last line that was cut off is left out: its writer was killed.
///
/// # Errors
/// When the file cannot be read, or a line before the last is not an entry.
pub fn read(folder: &Path) -> Result<Vec<Entry>, JournalError> {
    let path = folder.join(FILE_NAME);
    let bytes = fs::read(&path).map_err(|source| JournalError::Unreadable { path: path.clone(), source })?;
    // Whatever follows the last line end is a line that never became whole.
    let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    let lines = bytes[..whole].split_inclusive(|&byte| byte == b'\n').enumerate();
    lines
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .map(|(index, line)| {
            serde_json::from_slice(line).map_err(|source| JournalError::Malformed {
                path: path.clone(),
                line: index + 1,
                source,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Event, Journal, RunFinished};

    fn journal_of(events: u64) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::create(folder.path()).unwrap();
        for duration_ms in 0..events {
            journal.record(Event::RunFinished(RunFinished { interrupted: None, prevented: None, duration_ms }));
        }
        folder
    }

    #[test]
    fn a_journal_cut_anywhere_in_its_last_line_loses_that_line_only() {
        let folder = journal_of(3);
        let path = folder.path().join(FILE_NAME);
        let text = fs::read_to_string(&path).unwrap();
        let last = text.trim_end().rfind('\n').unwrap() + 1;
        for length in last..text.len() {
            fs::write(&path, &text[..length]).unwrap();
            assert_eq!(read(folder.path()).unwrap().len(), 2, "cut to {length} bytes");
        }
    }

    #[test]
    fn damage_before_the_last_line_is_an_error_that_names_the_line() {
        let folder = journal_of(2);
        let path = folder.path().join(FILE_NAME);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{{\n{text}")).unwrap();
        let error = read(folder.path()).unwrap_err().to_string();
        assert!(error.starts_with("read line 1 of the journal"), "{error}");
    }

    #[test]
    fn a_missing_journal_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let error = read(folder.path()).unwrap_err().to_string();
        assert!(error.ends_with(FILE_NAME), "{error}");
    }
}
