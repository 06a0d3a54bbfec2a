//! The driver's process: started on a free port, ended with everything it started.

use super::BrowserError;
use crate::process::ProcessGroup;
use std::{
    io::{self, BufRead, BufReader, Read},
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;
use tokio::sync::oneshot;

/// What the driver prints once it listens, followed by the port.
const STARTED: &str = "started successfully on port ";

/// A running chromedriver in a process group of its own, with a home of its own for all that it and its browsers write.
///
/// Dropping it ends the whole group. Should this process be killed, a guard does the same.
#[derive(Debug)]
pub struct Driver {
    url: String,
    group: ProcessGroup,
    home: TempDir,
}

impl Driver {
    /// Starts `program` and waits until it listens.
    ///
    /// # Errors
    /// [`BrowserError::Unavailable`] when it is missing, ends early or is silent for longer than `within`.
    pub async fn start(program: &Path, within: Duration) -> Result<Self, BrowserError> {
        let unavailable = |what: String| BrowserError::Unavailable(what);
        let home = tempfile::Builder::new()
            .prefix("browser-")
            .tempdir()
            .map_err(|error| unavailable(format!("no temporary folder: {error}")))?;
        let mut command = Command::new(program);
        command
            .arg("--port=0")
            .envs(["HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"].map(|name| (name, home.path())))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let group = ProcessGroup::start(command, Some(home.path()));
        let mut group = group.map_err(|error| unavailable(describe_spawn(program, &error)))?;
        let stdout = group.stdout().expect("standard output was asked to be a pipe");
        // From here on a failure drops the driver, which ends the group.
        let mut driver = Self { url: String::new(), group, home };

        let (said, listening) = oneshot::channel();
        std::thread::Builder::new()
            .name("driver-output".to_owned())
            .spawn(move || listen(stdout, said))
            .map_err(|error| unavailable(format!("no thread for its output: {error}")))?;
        let name = program.display();
        match tokio::time::timeout(within, listening).await {
            Ok(Ok(Ok(port))) => {
                driver.url = format!("http://127.0.0.1:{port}/");
                Ok(driver)
            }
            Ok(Ok(Err(output))) => Err(unavailable(format!("{name} ended before it listened; it said: {output}"))),
            Ok(Err(_)) => Err(unavailable(format!("{name} ended before it listened"))),
            Err(_) => Err(unavailable(format!("{name} did not listen within {within:?}"))),
        }
    }

    /// Where it listens, for example `http://127.0.0.1:41234/`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its process id, which is also the id of the group that its browsers belong to.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.group.id()
    }

    /// The folder that it and its browsers write to; it goes with the driver.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Whether it still runs.
    pub fn is_alive(&mut self) -> bool {
        self.group.ended().is_none()
    }

    /// Ends the driver and every browser it started. Delete the sessions first: a browser that is closed keeps its
    /// profile consistent and ends helpers that live outside the group.
    pub fn stop(self) {
        drop(self);
    }
}

fn describe_spawn(program: &Path, error: &io::Error) -> String {
    let name = program.display();
    if error.kind() == io::ErrorKind::NotFound {
        format!(
            "{name} was not found: install Chromium and its driver (on Debian: apt install chromium chromium-driver)"
        )
    } else {
        format!("{name} could not be started: {error}")
    }
}

/// Reads the driver's output to its end, so that it never blocks on a full pipe; says the port once it is known.
fn listen(stdout: impl Read, said: oneshot::Sender<Result<u16, String>>) {
    let mut said = Some(said);
    let mut output = String::new();
    for line in BufReader::new(stdout).lines().map_while(Result::ok) {
        if said.is_none() {
            continue;
        }
        let port = line.split_once(STARTED).and_then(|(_, rest)| {
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            digits.parse().ok()
        });
        if let Some(port) = port {
            // The receiver is gone when the start was given up; then the driver is ended anyway.
            let _ = said.take().map(|said| said.send(Ok(port)));
        } else {
            output.push_str(&line);
            output.push('\n');
        }
    }
    let _ = said.take().map(|said| said.send(Err(output.trim().to_owned())));
}
