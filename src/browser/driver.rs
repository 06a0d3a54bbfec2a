//! The driver's process: started on a free port, ended with everything it started.

use super::BrowserError;
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use std::{
    ffi::OsStr,
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};
use tempfile::TempDir;
use tokio::sync::oneshot;

/// What the driver prints once it listens, followed by the port.
const STARTED: &str = "started successfully on port ";

/// Ends the process group `$1` and removes the folder `$2` as soon as we are gone, however we went: its standard
/// input is a pipe that closes with our last breath. A line on it says that the group has been ended already.
const GUARD: &str = r#"read -r _ || kill -s KILL -- "-$1" 2>/dev/null; for _ in 1 2 3 4 5; do rm -rf -- "$2" 2>/dev/null; [ -e "$2" ] || exit 0; sleep 0.2; done"#;

/// A running chromedriver in a process group of its own, with a home of its own for all that it and its browsers write.
///
/// Dropping it ends the whole group. Should this process be killed, a guard does the same.
#[derive(Debug)]
pub struct Driver {
    url: String,
    child: Child,
    guard: Option<Child>,
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
        let mut child = Command::new(program)
            .arg("--port=0")
            .envs(["HOME", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"].map(|name| (name, home.path())))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|error| unavailable(describe_spawn(program, &error)))?;
        let stdout = child.stdout.take().expect("standard output was asked to be a pipe");
        // From here on a failure drops the driver, which ends the group.
        let mut driver = Self { url: String::new(), child, guard: None, home };
        driver.guard = Some(driver.start_guard().map_err(|error| unavailable(format!("no guard process: {error}")))?);

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

    fn start_guard(&self) -> io::Result<Child> {
        let group = self.child.id().to_string();
        Command::new("/bin/sh")
            .args([OsStr::new("-c"), OsStr::new(GUARD), OsStr::new("guard"), OsStr::new(&group)])
            .arg(self.home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
    }

    /// Where it listens, for example `http://127.0.0.1:41234/`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its process id, which is also the id of the group that its browsers belong to.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// The folder that it and its browsers write to; it goes with the driver.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Whether it still runs.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends the driver and every browser it started. Delete the sessions first: a browser that is closed keeps its
    /// profile consistent and ends helpers that live outside the group.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Ok(group) = i32::try_from(self.child.id()) {
            // Fails only when the group is gone already, which is what is wanted.
            let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
        }
        // A killed process is waited for without delay.
        let _ = self.child.wait();
        if let Some(mut guard) = self.guard.take() {
            // A guard that is gone needs no word.
            let _ = guard.stdin.take().map(|mut pipe| pipe.write_all(b"ended\n"));
            let _ = guard.wait();
        }
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
