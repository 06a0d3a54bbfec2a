//! The real binary on the embedded twin, killed at several moments: the journal holds, reports are made from it, and a
//! resumption does only what is missing.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use serde_json::Value;
use smartpay_conformance::{
    journal::{self, Event},
    runner::RunModel,
};
use std::{
    collections::HashSet,
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
};

fn program(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smartpay-conformance"));
    command.current_dir(folder).env_remove("PORTONE_KEY").env_remove("PORTONE_SECRET").args(args);
    command
}

/// The exit code and the summary for machines.
fn summary(folder: &Path, args: &[&str]) -> (Option<i32>, Value) {
    let output = program(folder, args).args(["--format", "json"]).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let json = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {stderr}"));
    (output.status.code(), json)
}

/// Runs until so many lines were told, then kills.
fn kill_after(folder: &Path, args: &[&str], lines: usize) {
    let mut child = program(folder, args).stderr(Stdio::piped()).spawn().unwrap();
    let told = BufReader::new(child.stderr.take().unwrap()).lines().take(lines).map_while(Result::ok).count();
    assert_eq!(told, lines, "the run ended before it could be killed");
    child.kill().unwrap();
    child.wait().unwrap();
}

fn holds_and_goes_on(selection: &[&str], moments: &[usize]) {
    let args: Vec<&str> = ["run", "--seed", "11"].iter().chain(selection).copied().collect();
    let whole = tempfile::tempdir().unwrap();
    let (code, unbroken) = summary(whole.path(), &args);
    for &lines in moments {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("conformance-out");
        kill_after(folder.path(), &args, lines);
        let before = journal::read(&out).unwrap();
        let settled: HashSet<String> = RunModel::fold(&before)
            .scenarios
            .iter()
            .filter(|scenario| scenario.is_settled())
            .map(|scenario| scenario.card.id.clone())
            .collect();

        program(folder.path(), &["report", "conformance-out", "--out", "reports"]).output().unwrap();
        let read = |name: &str| fs::read_to_string(folder.path().join("reports").join(name)).unwrap();
        assert!(read("report.html").ends_with("</html>\n") || read("report.html").trim_end().ends_with("</html>"));
        assert!(read("junit.xml").trim_end().ends_with("</testsuites>"));

        let (resumed_code, resumed) = summary(folder.path(), &["run", "--resume", "conformance-out"]);
        assert_eq!((resumed_code, &resumed["counts"]), (code, &unbroken["counts"]), "killed after {lines} lines");
        // A line that was being written when the run was killed was cut off; all others are still there.
        let text = fs::read_to_string(out.join("journal.ndjson")).unwrap();
        text.lines().for_each(|line| drop(serde_json::from_str::<Value>(line).unwrap()));
        for entry in &journal::read(&out).unwrap()[before.len()..] {
            if let Event::AttemptStarted(attempt) = &entry.event {
                assert!(!settled.contains(&attempt.scenario), "{} ran again", attempt.scenario);
            }
        }
    }
}

#[test]
fn a_run_without_a_browser_goes_on_wherever_it_was_killed() {
    holds_and_goes_on(&["api/queries", "api/initiate"], &[1, 2, 10, 30]);
}

#[test]
fn a_run_with_a_browser_goes_on_where_it_was_killed() {
    holds_and_goes_on(&["payments/qr"], &[2]);
}
