//! `scripts/setup` on machines that lack something, played by folders of stand-in programs.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// A machine on which only the named programs exist. `apt-get` and `sudo` write down how they were called;
/// `apt-get install` brings what was asked for.
struct Machine {
    bin: TempDir,
}

impl Machine {
    fn with(programs: &[&str]) -> Self {
        let machine = Self { bin: tempfile::tempdir().unwrap() };
        // What the script and the stand-ins below need of any Unix.
        for tool in ["env", "touch", "sh"] {
            let there = ["/usr/bin", "/bin"].map(|folder| Path::new(folder).join(tool));
            symlink(there.iter().find(|path| path.exists()).unwrap(), machine.bin.path().join(tool)).unwrap();
        }
        for program in programs {
            machine.install(program, "exit 0");
        }
        machine
    }

    fn install(&self, name: &str, body: &str) {
        let path = self.bin.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn user(self, id: u32) -> Self {
        self.install("id", &format!("echo {id}"));
        self
    }

    fn sudo(self) -> Self {
        let log = self.bin.path().join("log");
        self.install("sudo", &format!("echo \"sudo $*\" >> {}\nexec \"$@\"", log.display()));
        self
    }

    fn apt(self, succeeds: bool) -> Self {
        let bin = self.bin.path().display();
        let brings = if succeeds {
            format!(
                "case \"$*\" in *chromium*) printf '#!/bin/sh\\n' > {bin}/chromium; printf '#!/bin/sh\\n' > {bin}/chromedriver;; esac\n\
                 case \"$*\" in *gcc*) printf '#!/bin/sh\\n' > {bin}/cc; printf '#!/bin/sh\\n' > {bin}/curl;; esac\n\
                 for made in chromium chromedriver cc curl; do [ ! -e {bin}/$made ] || /bin/chmod 755 {bin}/$made; done"
            )
        } else {
            "exit 100".to_owned()
        };
        self.install("apt-get", &format!("echo \"apt-get $*\" >> {bin}/log\n{brings}"));
        self
    }

    fn set_up(&self) -> Output {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/setup");
        Command::new("/bin/sh").arg(script).env_clear().env("PATH", self.bin.path()).output().unwrap()
    }

    /// How root's programs were called, in order.
    fn calls(&self) -> Vec<String> {
        let log = fs::read_to_string(self.bin.path().join("log")).unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }
}

/// Exit code 2, nothing on stdout, one sentence on stderr that says what to install.
fn assert_gives_up(output: &Output, naming: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().last().unwrap_or_default();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(output.stdout.is_empty());
    assert!(last.starts_with("Please install") && last.ends_with('.'), "{said}");
    assert_eq!(last.matches(". ").count(), 0, "more than one sentence: {last}");
    for name in naming {
        assert!(last.contains(name), "{name} is not named: {last}");
    }
}

#[test]
fn where_nothing_is_missing_nothing_is_said_or_done() {
    for browser in ["chromium", "chromium-browser", "google-chrome"] {
        let machine = Machine::with(&["cargo", "cc", "curl", "chromedriver", browser]).user(0).apt(true);
        let output = machine.set_up();
        assert!(output.status.success());
        assert!(output.stdout.is_empty() && output.stderr.is_empty());
        assert_eq!(machine.calls(), [""; 0]);
    }
}

#[test]
fn root_gets_what_is_missing_after_the_lists_are_fresh() {
    let machine = Machine::with(&["cargo", "cc", "curl"]).user(0).apt(true);
    let output = machine.set_up();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let calls = machine.calls();
    assert_eq!(calls[0], "apt-get update -qq");
    assert_eq!(calls[1], "apt-get install -y -qq --no-install-recommends chromium chromium-driver");
    assert_eq!(calls.len(), 2);
    assert!(machine.set_up().stderr.is_empty(), "the second time there is nothing to do");
    assert_eq!(machine.calls().len(), 2);
}

#[test]
fn only_what_is_missing_is_installed() {
    let machine = Machine::with(&["cargo", "chromium", "chromedriver"]).user(0).apt(true);
    assert!(machine.set_up().status.success());
    assert_eq!(machine.calls()[1], "apt-get install -y -qq --no-install-recommends gcc libc6-dev curl");
}

#[test]
fn others_ask_sudo() {
    let machine = Machine::with(&["cargo", "cc", "curl"]).user(1000).sudo().apt(true);
    assert!(machine.set_up().status.success());
    let asked: Vec<String> = machine.calls().into_iter().filter(|call| call.starts_with("sudo ")).collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
}

#[test]
fn elsewhere_one_sentence_says_what_to_install() {
    let no_apt = Machine::with(&["cargo", "cc", "curl"]).user(0);
    assert_gives_up(&no_apt.set_up(), &["Chromium", "chromedriver"]);
    assert_eq!(String::from_utf8_lossy(&no_apt.set_up().stderr).lines().count(), 1);

    let no_root = Machine::with(&["cargo", "cc", "curl"]).user(1000).apt(true);
    assert_gives_up(&no_root.set_up(), &["Chromium", "chromedriver"]);
    assert_eq!(no_root.calls(), [""; 0], "apt is not tried without root");

    let no_rust = Machine::with(&["cc", "curl", "chromium", "chromedriver"]).user(0).apt(true);
    assert_gives_up(&no_rust.set_up(), &["Rust"]);
}

#[test]
fn an_installation_that_fails_says_the_same_sentence() {
    let machine = Machine::with(&["cargo", "cc", "curl"]).user(0).apt(false);
    assert_gives_up(&machine.set_up(), &["Chromium", "chromedriver"]);
}
