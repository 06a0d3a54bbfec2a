//! Reads a journal back, also one whose writer was killed.

use super::{Entry, FILE_NAME};
use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

/// No event is longer: bodies are bounded where they are read, and writing one as JSON makes it six times as long at most.
const LONGEST_LINE: u64 = 64 * 1024 * 1024;

/// A journal that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    #[error("find a run in {}: it holds no {FILE_NAME}; give the folder that a run was given with --out", folder.display())]
    Missing { folder: PathBuf },
    #[error("read the journal {}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("read line {line} of the journal {}; leave this run out, or run it again", path.display())]
    Malformed { path: PathBuf, line: usize, source: serde_json::Error },
    #[error(
        "read line {line} of the journal {}: it is longer than {LONGEST_LINE} bytes; leave this run out, or run it again",
        path.display()
    )]
    Endless { path: PathBuf, line: usize },
}

/// All entries of the journal below `folder`. A last line that was cut off is left out: its writer was killed.
///
/// # Errors
/// When the file cannot be read, or a line before the last is not an entry.
pub fn read(folder: &Path) -> Result<Vec<Entry>, JournalError> {
    let path = folder.join(FILE_NAME);
    let file = File::open(&path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => JournalError::Missing { folder: folder.to_owned() },
        _ => JournalError::Unreadable { path: path.clone(), source },
    })?;
    let mut lines = BufReader::new(file);
    let (mut entries, mut bytes) = (Vec::new(), Vec::new());
    for line in 1.. {
        bytes.clear();
        let read = lines.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut bytes);
        let read = read.map_err(|source| JournalError::Unreadable { path: path.clone(), source })?;
        if !bytes.ends_with(b"\n") {
            if read as u64 == LONGEST_LINE {
                return Err(JournalError::Endless { path, line });
            }
            // Whatever follows the last line end is a line that never became whole.
            break;
        }
        if !bytes.trim_ascii().is_empty() {
            let malformed = |source| JournalError::Malformed { path: path.clone(), line, source };
            entries.push(serde_json::from_slice(&bytes).map_err(malformed)?);
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Event, Journal, RunFinished};
    use std::fs;

    fn journal_of(events: u64) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::create(folder.path()).unwrap();
        for duration_ms in 0..events {
            journal.record(Event::RunFinished(RunFinished {
                interrupted: None,
                prevented: None,
                withheld: Vec::new(),
                duration_ms,
            }));
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
        assert!(error.contains(&folder.path().display().to_string()) && error.contains(FILE_NAME), "{error}");
    }

    #[test]
    fn what_no_run_wrote_is_an_error_that_names_its_line() {
        let nested = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        for hostile in [nested.into_bytes(), b"\xff\xfe{}".to_vec(), vec![b'x'; 10_000_000], b"{\"event\":1}".to_vec()]
        {
            let folder = journal_of(1);
            let path = folder.path().join(FILE_NAME);
            let mut journal = fs::read(&path).unwrap();
            journal.extend(hostile);
            journal.push(b'\n');
            fs::write(&path, journal).unwrap();
            let error = read(folder.path()).unwrap_err().to_string();
            assert!(error.starts_with("read line 2 of the journal"), "{error}");
        }
    }
}
