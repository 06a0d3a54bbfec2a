//! The shop's process: started with what it is told of PortOne, waited for, ended with everything it started.

use super::Integration;
use crate::process::ProcessGroup;
use std::{
    collections::VecDeque,
    io::{self, BufRead, BufReader, Read},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex, mpsc},
    time::{Duration, Instant},
};
use url::Url;

/// Between two looks whether the shop is ready.
const LOOKING: Duration = Duration::from_millis(50);
/// How long its last words are waited for; something that it started apart may hold its output open.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// Lines of its output that are told when it does not start.
const LAST_LINES: usize = 12;

/// Why a shop does not run. The text completes "failed to …".
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    #[error("start the shop: its command is empty")]
    Empty,
    #[error("start the shop with {program:?} in {}: {source}", folder.display())]
    Spawn { program: String, folder: PathBuf, source: io::Error },
    #[error("start the shop: it ended with {how} before it was ready{said}")]
    Ended { how: String, said: String },
    #[error("start the shop: {url} did not answer with success within {within:?} (last: {last}){said}")]
    NotReady { url: String, within: Duration, last: String, said: String },
}

/// A port that nobody listens on.
///
/// # Errors
/// When there is none.
pub fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// The running shop.
#[derive(Debug)]
pub struct Process {
    group: Option<ProcessGroup>,
    /// Says once for each of its outputs that it has been read to its end.
    silent: Mutex<mpsc::Receiver<()>>,
    said: Arc<Mutex<VecDeque<String>>>,
}

impl Process {
    /// Starts the command of the integration file, if it has one. `variables` are what the shop is told; each line it says
    /// goes through `log`, which masks secrets.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(
        integration: &Integration,
        folder: &Path,
        more: &[String],
        variables: &[(String, String)],
        log: impl FnMut(&str) -> String + Send + 'static,
    ) -> Result<Option<Self>, ProcessError> {
        let Some(words) = &integration.shop.command else { return Ok(None) };
        let (program, arguments) = words.split_first().ok_or(ProcessError::Empty)?;
        let folder = integration.shop.folder.as_ref().map_or_else(|| folder.to_owned(), |below| folder.join(below));
        // A program beside the file is meant to be that one, wherever we were started.
        let program = if program.contains('/') { folder.join(program).into_os_string() } else { program.into() };
        let mut command = Command::new(&program);
        command
            .args(arguments)
            .args(more)
            .current_dir(&folder)
            .envs(&integration.shop.environment)
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let spawned = ProcessGroup::start(command, None);
        let mut group = spawned.map_err(|source| ProcessError::Spawn {
            program: program.to_string_lossy().into_owned(),
            folder: folder.clone(),
            source,
        })?;
        let said = Arc::default();
        let log = Arc::new(Mutex::new(log));
        let (ended, silent) = mpsc::channel();
        if let Some(output) = group.stdout() {
            listen(output, Arc::clone(&said), Arc::clone(&log), ended.clone());
        }
        if let Some(output) = group.stderr() {
            listen(output, Arc::clone(&said), log, ended);
        }
        Ok(Some(Self { group: Some(group), silent: Mutex::new(silent), said }))
    }

    /// The last lines of its output.
    #[must_use]
    pub fn last_words(&self) -> String {
        let said = self.said.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if said.is_empty() {
            return String::new();
        }
        format!("; it said:\n  {}", said.iter().map(String::as_str).collect::<Vec<_>>().join("\n  "))
    }

    /// How it ended, if it has; what it said last has been read by then.
    pub fn ended(&mut self) -> Option<String> {
        let status = self.group.as_mut()?.ended()?;
        self.await_silence();
        Some(status.to_string())
    }

    /// Waits until its outputs have been read to their end.
    fn await_silence(&mut self) {
        let silent = self.silent.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        let until = Instant::now() + LAST_WORDS;
        // Each output says so once and then hangs up.
        while silent.recv_timeout(until.saturating_duration_since(Instant::now())).is_ok() {}
    }
}

/// Its log is whole once it is gone.
impl Drop for Process {
    fn drop(&mut self) {
        drop(self.group.take());
        self.await_silence();
    }
}

/// Waits until an address answers with success.
///
/// # Errors
/// When it does not in time, or the process ends before.
pub async fn await_ready(
    process: Option<&mut Process>,
    http: &reqwest::Client,
    url: &Url,
    within: Duration,
) -> Result<(), ProcessError> {
    let started = Instant::now();
    let mut process = process;
    loop {
        let asked = http.get(url.clone()).timeout(Duration::from_secs(5)).send().await;
        let last = match asked {
            Ok(answer) if answer.status().is_success() || answer.status().is_redirection() => return Ok(()),
            Ok(answer) => answer.status().to_string(),
            Err(error) => std::iter::successors(Some(&error as &dyn std::error::Error), |cause| cause.source())
                .last()
                .map(ToString::to_string)
                .unwrap_or_default(),
        };
        if let Some(process) = process.as_deref_mut()
            && let Some(how) = process.ended()
        {
            return Err(ProcessError::Ended { how, said: process.last_words() });
        }
        if started.elapsed() > within {
            let said = process.map(|process| process.last_words()).unwrap_or_default();
            return Err(ProcessError::NotReady { url: url.to_string(), within, last, said });
        }
        tokio::time::sleep(LOOKING).await;
    }
}

/// Reads what the shop says to its end, so that it never blocks on a full pipe.
fn listen(
    output: impl Read + Send + 'static,
    said: Arc<Mutex<VecDeque<String>>>,
    log: Arc<Mutex<impl FnMut(&str) -> String + Send + 'static>>,
    ended: mpsc::Sender<()>,
) {
    std::thread::spawn(move || {
        for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            let line = log.lock().unwrap_or_else(std::sync::PoisonError::into_inner)(line.trim_end());
            let mut said = said.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if said.len() == LAST_LINES {
                said.pop_front();
            }
            said.push_back(line);
        }
        // Nobody waits for the last words of a shop that is forgotten.
        let _ = ended.send(());
    });
}
