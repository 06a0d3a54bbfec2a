//! What is kept, where, and what is never written.

use super::project::Project;
use std::{fs, path::Path};

fn files(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push((path.display().to_string(), fs::read(&path).unwrap()));
        }
    }
}

#[test]
fn pages_are_in_the_report_and_secrets_in_nothing() {
    let project = Project::new("Scenario: X\nWhen a page is met and a secret is used\n");
    let outcome = project.run(&["--evidence", "always"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let html = project.report("report.html");
    assert!(html.contains("data:image/png;base64,") && html.contains("Card form"));
    let mut written = Vec::new();
    files(&project.out(), &mut written);
    assert!(written.iter().any(|(path, _)| path.ends_with("evidence/f/x/attempt-1/0000-form.png")), "{written:?}");
    for (path, bytes) in written {
        let text = String::from_utf8_lossy(&bytes);
        for secret in ["secret-of-the-merchant", "5200 0000 0000 1096", "5200000000001096", "otp=1234"] {
            assert!(!text.contains(secret), "{secret} is in {path}");
        }
    }
}

#[test]
fn a_run_clears_what_an_earlier_one_left_and_nothing_else() {
    let project =
        Project::new("Scenario: X\nWhen a page is met and a secret is used\nScenario: Y\nGiven nothing special\n");
    assert_eq!(project.run(&[]).code, 0);
    fs::write(project.out().join("notes.txt"), "mine").unwrap();
    assert_eq!(project.run(&["--name", "Y"]).code, 0);
    assert!(!project.out().join("evidence").exists());
    assert_eq!(project.report("notes.txt"), "mine");
    assert!(!project.report("report.html").contains("Card form"));
}

#[test]
fn outside_the_project_its_folders_mean_nothing() {
    let project = Project::new("Scenario: X\nThen it is unmet\n");
    fs::write(project.path().join("Cargo.toml"), "[package]\nname = \"shop\"\n").unwrap();
    let outcome = project.run(&["--name", "^no such scenario$"]);
    assert_eq!(outcome.code, 4, "{}", outcome.stderr);
    assert!(project.path().join("conformance-out/report.html").exists());
}

#[test]
fn colours_come_and_go_as_asked() {
    let project = Project::new("Scenario: X\nGiven nothing special\n");
    assert!(project.run(&["--color", "always"]).stderr.contains('\u{1b}'));
    assert!(!project.run(&[]).stderr.contains('\u{1b}'));
}

#[test]
fn a_dry_run_lists_checks_and_touches_nothing() {
    let project = Project::new("@CARD-01\nScenario: X\nGiven nothing special\nThen it is not known to anyone\n");
    let outcome = project.run(&["--dry-run"]);
    assert_eq!(outcome.code, 1);
    assert_eq!(outcome.json[0]["id"], "f/x");
    assert!(
        outcome.stderr.contains("f.feature:5: no step definition matches \"Then it is not known to anyone\""),
        "{}",
        outcome.stderr
    );
    assert!(!project.out().exists());
}
