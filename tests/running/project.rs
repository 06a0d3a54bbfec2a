//! A throw-away project with features of its own, and the program run in it.

use super::actor::{ARGS, CLOSED};
use smartpay_conformance::journal::{self, Entry};
use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// Longer than anything here may take, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Project {
    folder: TempDir,
}

/// What came out.
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stderr: String,
    /// What was printed as JSON, if anything was.
    pub(crate) json: serde_json::Value,
}

impl Project {
    /// A project whose one feature file holds these lines below `Feature:`.
    pub(crate) fn new(scenarios: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("Cargo.toml"), "[package]\nname = \"smartpay-conformance\"\n").unwrap();
        fs::create_dir(folder.path().join("features")).unwrap();
        fs::write(folder.path().join("features/f.feature"), format!("Feature: Trials\n{scenarios}\n")).unwrap();
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn out(&self) -> PathBuf {
        self.path().join("target/conformance")
    }

    pub(crate) fn report(&self, name: &str) -> String {
        fs::read_to_string(self.out().join(name)).unwrap()
    }

    pub(crate) fn journal(&self) -> Vec<Entry> {
        journal::read(&self.out()).unwrap()
    }

    pub(crate) fn was_closed(&self) -> bool {
        self.out().join(CLOSED).exists()
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["actor::program", "--exact", "--nocapture"])
            .env(ARGS, args.join("\n"))
            .env_remove("NO_COLOR")
            .env_remove("PORTONE_KEY")
            .env_remove("PORTONE_SECRET")
            .current_dir(self.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the features with a summary for machines.
    pub(crate) fn run(&self, args: &[&str]) -> Outcome {
        let args: Vec<&str> = ["run", "--format", "json"].iter().chain(args).copied().collect();
        outcome(&mut self.command(&args))
    }
}

pub(crate) fn outcome(command: &mut Command) -> Outcome {
    let output = command.output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    // The test harness prints a line of its own before.
    let json = stdout.find(['{', '[']).map(|start| serde_json::from_str(&stdout[start..]).unwrap()).unwrap_or_default();
    let stderr = String::from_utf8(output.stderr).unwrap();
    Outcome { code: output.status.code().unwrap_or(-1), stderr, json }
}

impl Outcome {
    /// The verdict of each scenario, by name.
    pub(crate) fn verdict(&self, name: &str) -> &str {
        let scenario = self.json["scenarios"].as_array().unwrap().iter().find(|scenario| scenario["name"] == name);
        scenario.unwrap_or_else(|| panic!("{name} is not in {}", self.json))["verdict"].as_str().unwrap()
    }
}

/// A program that is watched while it runs. It ends with the test.
pub(crate) struct Watched {
    child: Child,
    stderr: BufReader<ChildStderr>,
    pub(crate) seen: String,
}

impl Watched {
    pub(crate) fn start(project: &Project, args: &[&str]) -> Self {
        Self::spawn(project.command(args))
    }

    pub(crate) fn spawn(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Self { child, stderr, seen: String::new() }
    }

    /// Reads on until a line holds `text`.
    pub(crate) fn wait_for(&mut self, text: &str) {
        loop {
            let from = self.seen.len();
            let read = self.stderr.read_line(&mut self.seen).unwrap();
            assert_ne!(read, 0, "{text} never came: {}", self.seen);
            if self.seen[from..].contains(text) {
                return;
            }
        }
    }

    pub(crate) fn signal(&self, signal: nix::sys::signal::Signal) {
        let id = nix::unistd::Pid::from_raw(self.child.id().try_into().unwrap());
        nix::sys::signal::kill(id, signal).unwrap();
    }

    /// The exit code, or -1 if a signal ended it.
    pub(crate) fn end(mut self) -> (i32, String) {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(begun.elapsed() < PATIENCE, "it never ended: {}", self.seen);
            std::thread::sleep(Duration::from_millis(10));
        };
        let mut seen = std::mem::take(&mut self.seen);
        self.stderr.read_to_string(&mut seen).unwrap();
        (status.code().unwrap_or(-1), seen)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // Gone already if all went well.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
