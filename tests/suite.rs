//! The whole suite, by the real binary, on the embedded twin, in a real browser.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use serde_json::Value;
use smartpay_conformance::catalog::{ATM_CARDS, CREDIT_CARDS, TEST_APP};
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A folder that holds a run's output and, apart from it, all temporary files the run makes.
struct Ground {
    folder: tempfile::TempDir,
}

impl Ground {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("tmp")).unwrap();
        Self { folder }
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out")
    }

    fn tmp(&self) -> PathBuf {
        self.folder.path().join("tmp")
    }

    fn run(&self, working_folder: &Path, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_smartpay-conformance"))
            .current_dir(working_folder)
            .env("TMPDIR", self.tmp())
            .env_remove("PORTONE_KEY")
            .env_remove("PORTONE_SECRET")
            .arg("run")
            .arg("--out")
            .arg(self.out())
            .args(args)
            .output()
            .unwrap()
    }

    /// Nothing is left in the folder for temporary files, and no process that was started with a path in it.
    fn expect_left_clean(&self) {
        let left: Vec<_> = fs::read_dir(self.tmp()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(left.is_empty(), "temporary files are left: {left:?}");
        let tmp = self.tmp().display().to_string();
        for process in fs::read_dir("/proc").unwrap().filter_map(Result::ok) {
            let command = fs::read(process.path().join("cmdline")).unwrap_or_default();
            let command = String::from_utf8_lossy(&command).replace('\0', " ");
            assert!(!command.contains(&tmp), "a process is left: {command}");
        }
    }
}

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// What must stand in no file: instruments in the forms in which they are written, and whatever looks like a token
/// or like a secret of the twin's accounts.
fn secrets() -> Vec<regex::Regex> {
    let numbers = CREDIT_CARDS.iter().map(|card| card.number).chain(ATM_CARDS.iter().map(|card| card.number));
    let spaced = numbers.map(|number| {
        number.chars().map(|digit| digit.to_string()).collect::<Vec<_>>().join("(?: |-|%20|\\+|&nbsp;|\u{a0})?")
    });
    let fields = [
        (r#"(?i)"(?:cvv|cvc|card_?cvv|otp|challenge_?data_?entry|napas_?otp_?code|pass(?:word)?)\\?":\s*\\?"[^"\\*\[]"#).to_owned(),
        format!(r"(?i)\b(?:cardCvv|challengeDataEntry|napasOtpCode|password)=(?:{}|001|1234|OTP)\b", TEST_APP.password),
        // A JWT's three parts.
        r"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}".to_owned(),
        // Secrets of the twin's accounts are 64 hexadecimal digits.
        r"\b[0-9a-f]{64}\b".to_owned(),
    ];
    spaced.chain(fields).map(|pattern| regex::Regex::new(&pattern).unwrap()).collect()
}

#[test]
fn every_scenario_passes_and_nothing_is_left_behind() {
    let ground = Ground::new();
    let output = ground.run(project(), &["--evidence", "always", "--format", "json"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");

    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let scenarios = summary["scenarios"].as_array().unwrap();
    assert!(scenarios.len() >= 60, "{} scenarios", scenarios.len());
    let other = scenarios.iter().find(|scenario| scenario["verdict"] != "passed");
    assert!(other.is_none(), "{other:?}");

    // Every answer of the twin and every webhook is as the vendor's documents have it, known deviations left out.
    assert_eq!(summary["contract"]["departures"], serde_json::json!({}));
    let exercised = |what: &str| summary["contract"][what]["exercised"].as_u64().unwrap();
    let known = |what: &str| summary["contract"][what]["known"].as_u64().unwrap();
    assert_eq!(exercised("endpoints"), known("endpoints"));
    assert!(exercised("fields") * 10 >= known("fields") * 8, "{} of {} fields", exercised("fields"), known("fields"));
    assert!(told.contains("contract: exercised 13 of 13 endpoints"), "{told}");

    let findings = summary["findings"].as_array().unwrap();
    let unconfirmed: Vec<&Value> = findings.iter().filter(|finding| finding["confirmed"] != true).collect();
    assert!(findings.len() >= 25 && unconfirmed.is_empty(), "{unconfirmed:?}");
    assert!(told.contains(&format!("findings: {0} of {0} defects", findings.len())), "{told}");

    let written = files(&ground.out());
    for name in ["journal.ndjson", "junit.xml", "report.html"] {
        assert!(written.contains(&ground.out().join(name)), "{name} is missing");
    }
    let picture = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "jpg" || extension == "png");
    assert!(written.iter().any(picture), "no screenshot");
    let secrets = secrets();
    for path in &written {
        let bytes = fs::read(path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for secret in &secrets {
            let found = secret.find(&text).map(|found| found.start());
            assert!(found.is_none(), "{} holds what {secret} looks for, at {found:?}", path.display());
        }
    }
    ground.expect_left_clean();
}

#[test]
fn a_scenario_broken_on_purpose_is_told_on_one_screen() {
    let ground = Ground::new();
    let home = ground.folder.path().join("project");
    fs::create_dir_all(home.join("features/refunds")).unwrap();
    fs::write(home.join("Cargo.toml"), "[package]\nname = \"smartpay-conformance\"\n").unwrap();
    let feature = "Feature: Refunds\n  Rule: Parts add up\n    Green means that they do.\n\n    @REF-03\n    \
                   Scenario: Refunded in part\n      Given a payment of 400,000 VND\n      \
                   When the merchant refunds 150,000 VND\n      Then 300,000 VND remain refundable\n";
    fs::write(home.join("features/refunds/broken.feature"), feature).unwrap();

    let output = ground.run(&home, &[]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    for needed in ["Then 300,000 VND remain refundable", "refundable 300000", "250000", "Refunded in part"] {
        assert!(told.contains(needed), "{needed:?} is missing in:\n{told}");
    }
    assert!(told.lines().count() <= 24, "more than one screen:\n{told}");
    ground.expect_left_clean();
}

#[test]
fn a_run_ended_by_ctrl_c_leaves_a_report_and_no_browser() {
    use nix::{sys::signal, unistd::Pid};
    use std::io::{BufRead, BufReader};

    let ground = Ground::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_smartpay-conformance"))
        .current_dir(project())
        .env("TMPDIR", ground.tmp())
        .arg("run")
        .arg("payments")
        .arg("--out")
        .arg(ground.out())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    // The first verdict of a payment says that the browser is in use.
    let first = lines.find(|line| line.trim_start().starts_with("passed"));
    assert!(first.is_some(), "no scenario passed");
    let id = Pid::from_raw(i32::try_from(child.id()).unwrap());
    signal::kill(id, signal::Signal::SIGINT).unwrap();
    let rest: Vec<String> = lines.collect();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(3), "{rest:#?}");
    assert!(ground.out().join("report.html").is_file());
    assert!(ground.out().join("junit.xml").is_file());
    ground.expect_left_clean();
}
