//! Writes on behalf of one attempt: its events, its files of evidence, and what it sent as an archive.

use super::{AttachmentRecord, Attempt, EVIDENCE, Event, Journal, SaveError, har};
use std::{
    fs, io,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

/// Writes to the journal on behalf of one attempt. Clones belong to the same.
#[derive(Clone, Debug)]
pub struct Scribe {
    journal: Journal,
    attempt: Attempt,
    /// The exchanges of the attempt.
    traffic: Arc<Mutex<har::Traffic>>,
}

impl Scribe {
    pub(super) fn new(journal: Journal, attempt: Attempt) -> Self {
        Self { journal, attempt, traffic: Arc::default() }
    }

    #[must_use]
    pub fn attempt(&self) -> Attempt {
        self.attempt.clone()
    }

    /// Writes an event. An exchange is kept for the attempt's archive, too, as it was written.
    pub fn record(&self, event: Event) {
        let written = self.journal.record(event);
        if let Some(Event::Exchange(record)) = written.map(|entry| entry.event) {
            let mut traffic = self.traffic.lock().unwrap_or_else(PoisonError::into_inner);
            traffic.add(har::Entry::of_exchange(&record));
        }
    }

    /// Takes `secret` out of all that is written from now on, if it has at least eight characters.
    pub fn learn(&self, secret: &str) {
        self.journal.learn(secret);
    }

    /// Keeps the exchanges since the last call as an HTTP Archive, if there were any.
    pub fn keep_exchanges(&self) {
        let mut traffic = self.traffic.lock().unwrap_or_else(PoisonError::into_inner);
        let har = traffic.take("api", "The API, asked by the suite");
        drop(traffic);
        self.keep_archive("api", har);
    }

    /// Keeps what a browser sent as an HTTP Archive, redacted, if it sent anything.
    pub fn keep_requests(&self, entries: &[har::Entry]) {
        let mut traffic = har::Traffic::default();
        for entry in entries {
            let mut document = serde_json::to_value(entry).expect("an entry of plain data serialises");
            self.journal.redact(&mut document);
            // One whose very shape a secret spoilt is left out.
            match serde_json::from_value(document) {
                Ok(entry) => traffic.add(entry),
                Err(error) => tracing::warn!(%error, "failed to keep a request"),
            }
        }
        self.keep_archive("browser", traffic.take("browser", "The browser"));
    }

    /// What is in an archive was redacted before it was cut.
    fn keep_archive(&self, name: &str, har: Option<har::Har>) {
        let Some(har) = har else { return };
        let text = serde_json::to_string_pretty(&har).expect("an archive of plain data serialises");
        let path = self.path(name, "har");
        self.name_attachment(name, self.journal.save(Path::new(&path), &text).map(|()| path));
    }

    /// Keeps a file of evidence as it is and returns its path below the run's folder. For images, of which nobody can say
    /// what they show; texts go through [`Scribe::attach_text`].
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn attach(&self, name: &str, extension: &str, bytes: &[u8]) -> io::Result<String> {
        let path = self.path(name, extension);
        let full = self.journal.folder().join(&path);
        fs::create_dir_all(full.parent().expect("an attachment lies in a folder"))?;
        fs::write(full, bytes)?;
        Ok(path)
    }

    /// `text` as the journal would keep it: for what is written elsewhere.
    #[must_use]
    pub fn redacted(&self, text: &str) -> String {
        self.journal.redacted(text)
    }

    /// Writes a text that was made from what is redacted to a place that need not be in the run's folder.
    ///
    /// # Errors
    /// As [`Journal::save`].
    pub fn save(&self, path: &Path, text: &str) -> Result<(), SaveError> {
        self.journal.save(path, text)
    }

    /// Keeps a text of evidence, redacted, and returns its path below the run's folder.
    ///
    /// # Errors
    /// When the file cannot be written, and when a secret would be in it all the same.
    pub fn attach_text(&self, name: &str, extension: &str, text: &str) -> Result<String, SaveError> {
        let path = self.path(name, extension);
        self.journal.save(Path::new(&path), &self.journal.redacted(text))?;
        Ok(path)
    }

    /// As [`Scribe::attach_text`], and has the journal name it. That it could not be kept ends no scenario.
    pub fn keep_text(&self, name: &str, extension: &str, text: &str) {
        self.name_attachment(name, self.attach_text(name, extension, text));
    }

    fn name_attachment(&self, name: &str, kept: Result<String, SaveError>) {
        match kept {
            Ok(path) => {
                let (attempt, name) = (self.attempt(), name.to_owned());
                self.record(Event::Attachment(AttachmentRecord { attempt, name, path }));
            }
            Err(error) => tracing::warn!("failed to {error}"),
        }
    }

    fn path(&self, name: &str, extension: &str) -> String {
        let Attempt { scenario, attempt } = &self.attempt;
        let (number, name) = (self.journal.next_number(), file_name(name));
        format!("{EVIDENCE}/{scenario}/attempt-{attempt}/{number:04}-{name}.{extension}")
    }
}

/// `name` with nothing in it that a path or a shell would mind.
fn file_name(name: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() { c.to_lowercase().next().unwrap_or(c) } else { '-' };
    let parts: String = name.chars().map(safe).collect();
    let name = parts.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    name.chars().take(60).collect()
}
