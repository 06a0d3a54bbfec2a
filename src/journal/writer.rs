//! Writes a run's folder: the journal, one event a line, redacted, on the disk's side of the process before the next one
//! begins; and every other text of the run. Each is looked at once more before it is written.

use super::{Attempt, Entry, Event, Leak, Redactor, Scan, Scribe};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
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

/// A text that was not written.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    #[error("write {}", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
    /// Redaction has missed a secret, which is a defect of ours.
    #[error("write {}: it would hold {leak}", path.display())]
    Leaking { path: PathBuf, leak: Leak },
}

/// The journal of one run. Clones write to the same file, from any thread.
#[derive(Clone)]
pub struct Journal {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    file: Mutex<File>,
    attachments: AtomicU32,
    /// The texts below the folder, apart from the journal.
    texts: Mutex<Vec<PathBuf>>,
    redactor: Redactor,
    scan: Scan,
    withheld: Mutex<Vec<String>>,
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
    /// When the folder or the file cannot be created, or another process writes to it.
    pub fn create(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let path = folder.join(FILE_NAME);
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        alone(&file)?;
        file.set_len(0)?;
        Ok(Self::on(folder, file))
    }

    /// Goes on with the journal below `folder`, after its last whole line.
    ///
    /// # Errors
    /// When there is none, when it cannot be written to, or when another process writes to it.
    pub fn resume(folder: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().read(true).append(true).open(folder.join(FILE_NAME))?;
        alone(&file)?;
        file.set_len(end_of_last_line(&file)?)?;
        Ok(Self::on(folder, file))
    }

    fn on(folder: &Path, file: File) -> Self {
        let inner = Inner {
            folder: folder.to_owned(),
            file: Mutex::new(file),
            attachments: AtomicU32::new(0),
            texts: Mutex::default(),
            redactor: Redactor::new(),
            scan: Scan::default(),
            withheld: Mutex::default(),
            observer: OnceLock::new(),
            broken: OnceLock::new(),
        };
        Self { inner: Arc::new(inner) }
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
        self.inner.scan.learn(secret);
    }

    /// Writes an event and gives back what was written, if it was: not what would hold a secret all the same. A whole line
    /// goes to the system in one call, so that a killed process leaves whole lines only.
    pub fn record(&self, event: Event) -> Option<Entry> {
        self.record_together([event]).pop()
    }

    /// Writes events in one call, for those of which a killed process should leave all or none, and gives back those that were
    /// written.
    pub fn record_together(&self, events: impl IntoIterator<Item = Event>) -> Vec<Entry> {
        let redacted = |event| -> Event {
            let mut event = serde_json::to_value(event).expect("an event of plain data serialises");
            self.inner.redactor.value(&mut event);
            serde_json::from_value(event).expect("redaction changes nothing but texts")
        };
        let events: Vec<Event> = events.into_iter().map(redacted).collect();
        let mut entries = Vec::new();
        {
            let mut file = self.inner.file.lock().unwrap_or_else(PoisonError::into_inner);
            // The moment is taken under the lock, so that lines are in the order of their times.
            let at = crate::wire::Clock::system().now();
            let mut lines = String::new();
            for entry in events.into_iter().map(|event| Entry { at, event }) {
                let line = serde_json::to_string(&entry).expect("an event of plain data serialises");
                if let Some(leak) = self.leak_in(&line) {
                    self.withhold(Path::new(FILE_NAME), &leak);
                    continue;
                }
                lines.push_str(&line);
                lines.push('\n');
                entries.push(entry);
            }
            if let Err(error) = file.write_all(lines.as_bytes()) {
                self.inner.broken.get_or_init(|| error.to_string());
            }
        }
        if let Some(observer) = self.inner.observer.get() {
            entries.iter().for_each(observer);
        }
        entries
    }

    /// The secret in a line of the journal, unless it is only a word of ours that happens to be one.
    fn leak_in(&self, line: &str) -> Option<Leak> {
        let leak = self.inner.scan.find(line)?;
        let Ok(mut entry) = serde_json::from_str(line) else { return Some(leak) };
        Redactor::drop_words_of_ours(&mut entry);
        self.inner.scan.find(&entry.to_string())
    }

    /// A line of another program without the secrets that are known; nothing of it, if one is in it behind an encoding.
    #[must_use]
    pub fn masked(&self, text: &str) -> String {
        let masked = self.redacted(text);
        self.inner.scan.find(&masked).map_or(masked, |leak| format!("[a line that held {leak}]"))
    }

    /// `text` without secrets and without the values of sensitive fields.
    #[must_use]
    pub(super) fn redacted(&self, text: &str) -> String {
        self.inner.redactor.text(text)
    }

    /// Takes secrets out of every string of a document.
    pub(super) fn redact(&self, document: &mut serde_json::Value) {
        self.inner.redactor.value(document);
    }

    /// The next number of a file of evidence.
    pub(super) fn next_number(&self) -> u32 {
        self.inner.attachments.fetch_add(1, Ordering::Relaxed)
    }

    /// Writes a text that was made from what is redacted, below the run's folder or elsewhere.
    ///
    /// # Errors
    /// When it cannot be written, and when a secret is in it: then the run fails itself.
    pub fn save(&self, path: &Path, text: &str) -> Result<(), SaveError> {
        let full = self.inner.folder.join(path);
        let saved = save(&self.inner.scan, &full, text);
        if let Err(SaveError::Leaking { leak, .. }) = &saved {
            self.withhold(path, leak);
        }
        saved?;
        self.inner.texts.lock().unwrap_or_else(PoisonError::into_inner).push(full);
        Ok(())
    }

    fn withhold(&self, path: &Path, leak: &Leak) {
        let sentence = format!("{} would have held {leak}", path.display());
        tracing::error!("{sentence}");
        let mut withheld = self.inner.withheld.lock().unwrap_or_else(PoisonError::into_inner);
        if !withheld.contains(&sentence) {
            withheld.push(sentence);
        }
    }

    /// What was not written, or taken away again, because a secret was in it. Names files and forms, no secret.
    #[must_use]
    pub fn withheld(&self) -> Vec<String> {
        self.inner.withheld.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks once more at all that was written: a secret may have become known after it was written down. Files that hold
    /// one are removed, and so are such lines of the journal.
    ///
    /// # Errors
    /// When the journal cannot be read or written again.
    pub fn look_again(&self) -> io::Result<()> {
        for path in self.inner.texts.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            // One that somebody else removed holds nothing.
            let Ok(bytes) = fs::read(&path) else { continue };
            if let Some(leak) = self.inner.scan.find(&String::from_utf8_lossy(&bytes)) {
                fs::remove_file(&path)?;
                self.withhold(path.strip_prefix(&self.inner.folder).unwrap_or(&path), &leak);
            }
        }
        let mut file = self.inner.file.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.inner.folder.join(FILE_NAME);
        let text = fs::read_to_string(&path)?;
        let leaks = |line: &&str| self.leak_in(line).inspect(|leak| self.withhold(Path::new(FILE_NAME), leak));
        let clean: Vec<&str> = text.split_inclusive('\n').filter(|line| leaks(line).is_none()).collect();
        let clean = clean.concat();
        if clean.len() < text.len() {
            let new = path.with_extension("new");
            fs::write(&new, clean)?;
            fs::rename(&new, &path)?;
            *file = OpenOptions::new().append(true).open(&path)?;
            alone(&file)?;
        }
        Ok(())
    }

    /// Why the journal is incomplete, if a write failed.
    #[must_use]
    pub fn broken(&self) -> Option<&str> {
        self.inner.broken.get().map(String::as_str)
    }

    /// A handle that writes for one attempt of one scenario.
    #[must_use]
    pub fn scribe(&self, attempt: Attempt) -> Scribe {
        Scribe::new(self.clone(), attempt)
    }
}

/// Writes a text unless a secret is in it that `scan` knows.
///
/// # Errors
/// When it cannot be written, and when a secret is in it.
pub fn save(scan: &Scan, path: &Path, text: &str) -> Result<(), SaveError> {
    if let Some(leak) = scan.find(text) {
        return Err(SaveError::Leaking { path: path.to_owned(), leak });
    }
    let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, text));
    written.map_err(|source| SaveError::Unwritable { path: path.to_owned(), source })
}

/// Takes the journal for this process. The system gives it back however the process ends.
fn alone(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            let why = "a run is writing to it; wait until it has ended";
            Err(io::Error::new(io::ErrorKind::ResourceBusy, why))
        }
        // Some file systems know no locks; a run is still possible there.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

/// Where the last whole line ends: what follows was cut off.
fn end_of_last_line(mut file: &File) -> io::Result<u64> {
    /// Looked at together, from the end.
    const STRETCH: u64 = 64 * 1024;
    let mut end = file.metadata()?.len();
    let mut stretch = Vec::new();
    while end > 0 {
        let begin = end.saturating_sub(STRETCH);
        stretch.clear();
        file.seek(SeekFrom::Start(begin))?;
        file.take(end - begin).read_to_end(&mut stretch)?;
        if let Some(place) = stretch.iter().rposition(|&byte| byte == b'\n') {
            return Ok(begin + place as u64 + 1);
        }
        end = begin;
    }
    Ok(0)
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
            url: "https://api.example/x?otp=one-time".to_owned(),
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
    fn a_line_of_another_program_holds_no_secret_in_any_encoding() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::create(folder.path()).unwrap();
        journal.learn("a-secret-of-the-shop");
        assert_eq!(journal.masked("order 17 is paid"), "order 17 is paid");
        assert!(!journal.masked("key a-secret-of-the-shop").contains("a-secret"));
        // "key:a-secret-of-the-shop" in base64, as for basic authentication.
        let told = journal.masked("begun with (a2V5OmEtc2VjcmV0LW9mLXRoZS1zaG9w)");
        assert!(!told.contains("OmEtc2VjcmV0LW9mLXRoZS1zaG9w"), "{told}");
        let escaped: String = "a-secret-of-the-shop".bytes().map(|byte| format!("\\u{byte:04x}")).collect();
        let told = journal.masked(&format!("begun with {escaped}"));
        assert!(told.starts_with("[a line that held"), "{told}");
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
    fn a_journal_goes_on_after_its_last_whole_line_and_only_one_process_writes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        let journal = Journal::create(folder.path()).unwrap();
        journal.record(exchange("first".to_owned()));
        assert_eq!(Journal::resume(folder.path()).unwrap_err().kind(), io::ErrorKind::ResourceBusy);
        drop(journal);
        let whole = fs::read_to_string(&path).unwrap();
        for rest in ["", "{\"at\":\"2026", &"x".repeat(200_000)] {
            fs::write(&path, format!("{whole}{rest}")).unwrap();
            let journal = Journal::resume(folder.path()).unwrap();
            journal.record(exchange("second".to_owned()));
            assert_eq!(read(folder.path()).unwrap().len(), 2);
        }
        fs::write(&path, "cut off at once").unwrap();
        Journal::resume(folder.path()).unwrap().record(exchange("first".to_owned()));
        assert_eq!(read(folder.path()).unwrap().len(), 1);
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
        for secret in ["a-learned-secret", "5200000000001096", "001\"", "one-time", "Bearer x"] {
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
