//! The real binary in a folder of its own, with a configuration.

use serde_json::Value;
use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A scenario that needs neither a browser nor anything that a target may lack.
pub(crate) const TOKEN: &str = "obtains a token and uses it";

pub(crate) struct Program {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) took: Duration,
}

impl Program {
    /// With a `conformance.toml` of this text.
    pub(crate) fn new(configuration: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("conformance.toml"), configuration).unwrap();
        Self { folder, variables: Vec::new() }.with("KEY", "K").with("SECRET", "a-secret-of-the-merchant")
    }

    /// With one target `remote`, whose API is at `base_url`, and these further lines.
    pub(crate) fn remote(base_url: &str, lines: &str) -> Self {
        Self::new(&remote(base_url, lines))
    }

    /// With an environment variable.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_smartpay-conformance"));
        for name in ["PORTONE_KEY", "PORTONE_SECRET", "SMARTPAY_BASE_URL", "SMARTPAY_RATE", "SMARTPAY_WEBHOOK_URL"] {
            command.env_remove(name);
        }
        command
            .current_dir(self.path())
            .env("XDG_STATE_HOME", self.path().join("state"))
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .args(args)
            .stdin(Stdio::null());
        command
    }

    pub(crate) fn call(&self, args: &[&str]) -> Ended {
        let begun = Instant::now();
        let Output { status, stdout, stderr } = self.command(args).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ended { code: status.code().unwrap_or(-1), stdout: text(stdout), stderr: text(stderr), took: begun.elapsed() }
    }

    /// `run` with a summary for machines, and no second attempts.
    pub(crate) fn run(&self, args: &[&str]) -> Ended {
        let fixed = ["run", "--format", "json", "--retries", "0"];
        self.call(&fixed.iter().chain(args).copied().collect::<Vec<_>>())
    }
}

impl Ended {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}\n{}", self.stdout, self.stderr))
    }

    /// Ended with this code, and said all of this.
    pub(crate) fn expect(&self, code: i32, parts: &[&str]) -> &Self {
        assert_eq!(self.code, code, "{}", self.stderr);
        for part in parts {
            assert!(self.stderr.contains(part), "{part:?} is not in:\n{}", self.stderr);
        }
        self
    }
}

/// The text of a configuration with one target `remote`.
pub(crate) fn remote(base_url: &str, lines: &str) -> String {
    format!(
        "[target.remote]\nbase_url = \"{base_url}\"\nkey = \"${{KEY}}\"\nsecret = \"${{SECRET}}\"\nrate = 1000\n{lines}\n"
    )
}

/// A port of the loopback address on which nobody listens.
pub(crate) fn closed_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}
