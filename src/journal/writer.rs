//! Writes the journal: one event a line, redacted, on the disk's side of the process before the next one begins.

use super::{Attempt, Entry, Event, Redactor};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

/// Name of the journal below a run's folder.
pub const FILE_NAME: &str = "journal.ndjson";
/// Name of the folder of evidence below a run's folder.
pub const EVIDENCE: &str = "evidence";

/// Sees every entry, redacted, right after it was written.
type Observer = Box<dyn Fn(&Entry) + Send + Sync>;

/// The journal of one run. Clones write to the same file, from any thread.
#[derive(Clone)]
pub struct Journal {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    file: Mutex<File>,
    attachments: AtomicU32,
    redactor: Redactor,
    observer: OnceLock<Observer>,
    /// The first error of a write, after which the journal is no longer the truth.
    broken: OnceLock<String>,
}

impl std::fmt::Debug for Journal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Journal").field("folder", &self.inner.folder).finish_non_exhaustive()
    }
}

impl Journal {
    /// Starts a journal below `folder`, which is created if it is missing.
    ///
    /// # Errors
    /// When the folder or the file cannot be created.
    pub fn create(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let path = folder.join(FILE_NAME);
        File::create(&path)?;
        let file = OpenOptions::new().append(true).open(path)?;
        let inner = Inner {
            folder: folder.to_owned(),
            file: Mutex::new(file),
            attachments: AtomicU32::new(0),
            redactor: Redactor::new(),
            observer: OnceLock::new(),
            broken: OnceLock::new(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The run's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.inner.folder
    }

    /// Shows every entry from now on to `observer`, as it was written. Only the first observer is heard.
    pub fn watch(&self, observer: impl Fn(&Entry) + Send + Sync + 'static) {
        drop(self.inner.observer.set(Box::new(observer)));
    }

    /// Takes `secret` out of all that is written from now on, if it has at least eight characters.
    pub fn learn(&self, secret: &str) {
        self.inner.redactor.learn(secret);
    }

    /// Writes an event. A whole line goes to the system in one call, so that a killed process leaves whole lines only.
    pub fn record(&self, event: Event) {
        let mut event = serde_json::to_value(event).expect("an event of plain data serialises");
        self.inner.redactor.value(&mut event);
        let event: Event = serde_json::from_value(event).expect("redaction changes nothing but texts");
        let entry = {
            let mut file = self.inner.file.lock().unwrap_or_else(PoisonError::into_inner);
            // The moment is taken under the lock, so that lines are in the order of their times.
            let entry = Entry { at: crate::wire::Clock::system().now(), event };
            let mut line = serde_json::to_vec(&entry).expect("an event of plain data serialises");
            line.push(b'\n');
            if let Err(error) = file.write_all(&line) {
                self.inner.broken.get_or_init(|| error.to_string());
            }
            entry
        };
        if let Some(observer) = self.inner.observer.get() {
            observer(&entry);
        }
    }

    /// Why the journal is incomplete, if a write failed.
    #[must_use]
    pub fn broken(&self) -> Option<&str> {
        self.inner.broken.get().map(String::as_str)
    }

    /// A handle that writes for one attempt of one scenario.
    #[must_use]
    pub fn scribe(&self, attempt: Attempt) -> Scribe {
        Scribe { journal: self.clone(), attempt }
    }
}

/// Writes to the journal on behalf of one attempt.
#[derive(Clone, Debug)]
pub struct Scribe {
    journal: Journal,
    attempt: Attempt,
}

impl Scribe {
    #[must_use]
    pub fn attempt(&self) -> Attempt {
        self.attempt.clone()
    }

    pub fn record(&self, event: Event) {
        self.journal.record(event);
    }

    /// Takes `secret` out of all that is written from now on, if it has at least eight characters.
    pub fn learn(&self, secret: &str) {
        self.journal.learn(secret);
    }

    /// Keeps a file of evidence as it is and returns its path below the run's folder. For images; texts go through
    /// [`Scribe::attach_text`].
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn attach(&self, name: &str, extension: &str, bytes: &[u8]) -> io::Result<String> {
        let number = self.journal.inner.attachments.fetch_add(1, Ordering::Relaxed);
        let name = file_name(name);
        let Attempt { scenario, attempt } = &self.attempt;
        let path = format!("{EVIDENCE}/{scenario}/attempt-{attempt}/{number:04}-{name}.{extension}");
        let full = self.journal.inner.folder.join(&path);
        fs::create_dir_all(full.parent().expect("an attachment lies in a folder"))?;
        fs::write(full, bytes)?;
        Ok(path)
    }

    /// `text` as the journal would keep it: for what is written elsewhere.
    #[must_use]
    pub fn redacted(&self, text: &str) -> String {
        self.journal.inner.redactor.text(text)
    }

    /// Keeps a text of evidence, redacted, and returns its path below the run's folder.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn attach_text(&self, name: &str, extension: &str, text: &str) -> io::Result<String> {
        self.attach(name, extension, self.journal.inner.redactor.text(text).as_bytes())
    }
}

/// `name` with nothing in it that a path or a shell would mind.
fn file_name(name: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() { c.to_lowercase().next().unwrap_or(c) } else { '-' };
    let parts: String = name.chars().map(safe).collect();
    let name = parts.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    name.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{ExchangeRecord, read};
    use std::collections::BTreeMap;

    fn attempt() -> Attempt {
        Attempt { scenario: "payments/card/paid".to_owned(), attempt: 1 }
    }

    fn exchange(body: String) -> Event {
        Event::Exchange(ExchangeRecord {
            attempt: attempt(),
            method: "POST".to_owned(),
            url: "https://api.example/x?otp=1234".to_owned(),
            request_headers: BTreeMap::from([("authorization".to_owned(), "Bearer x".to_owned())]),
            request_body: Some(body),
            status: Some(200),
            response_headers: BTreeMap::new(),
            response_body: None,
            error: None,
            started_at: jiff::Timestamp::UNIX_EPOCH,
            duration_ms: 1,
        })
    }

    #[test]
    fn lines_of_many_threads_stay_whole_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::create(folder.path()).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let scribe = journal.scribe(attempt());
                scope
                    .spawn(move || (0..50).for_each(|n| scribe.record(exchange(format!("{thread}-{n}-").repeat(500)))));
            }
        });
        let entries = read(folder.path()).unwrap();
        assert_eq!(entries.len(), 400);
        assert!(entries.is_sorted_by_key(|entry| entry.at));
    }

    #[test]
    fn nothing_secret_reaches_the_disk_or_the_observer() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::create(folder.path()).unwrap();
        let seen = Arc::new(Mutex::new(String::new()));
        let notes = Arc::clone(&seen);
        journal.watch(move |entry| notes.lock().unwrap().push_str(&format!("{entry:?}")));
        let scribe = journal.scribe(attempt());
        scribe.learn("a-learned-secret");
        scribe
            .record(exchange(r#"{"card_number":"5200000000001096","cvv":"001","note":"a-learned-secret"}"#.to_owned()));
        let path = scribe.attach_text("The card: page/1", "html", "<b>a-learned-secret</b>").unwrap();
        assert_eq!(path, "evidence/payments/card/paid/attempt-1/0000-the-card-page-1.html");
        let written = fs::read_to_string(folder.path().join(FILE_NAME)).unwrap()
            + &fs::read_to_string(folder.path().join(path)).unwrap()
            + &seen.lock().unwrap();
        for secret in ["a-learned-secret", "5200000000001096", "001\"", "1234", "Bearer x"] {
            assert!(!written.contains(secret), "{secret} in {written}");
        }
    }

    #[test]
    fn a_secret_that_is_a_word_of_ours_leaves_the_journal_readable() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::create(folder.path()).unwrap();
        for word in ["exchange", "payments/card/paid", "1970-01-01T00:00:00Z"] {
            journal.learn(word);
        }
        journal.scribe(attempt()).record(exchange("an exchange".to_owned()));
        let entries = read(folder.path()).unwrap();
        let Event::Exchange(record) = &entries[0].event else { panic!("another event") };
        assert_eq!((&record.attempt, record.request_body.as_deref()), (&attempt(), Some("an [masked]")));
    }
}
