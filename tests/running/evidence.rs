//! What is kept, where, and what is never written.

use super::project::{Outcome, Project};
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

/// A run that would write a secret fails itself and names the places; everything else is still told.
fn expect_withheld(when: &str, form: &str) -> Outcome {
    let project = Project::new(&format!("Scenario: X\nWhen {when}\nScenario: Y\nGiven nothing special\n"));
    let outcome = project.run(&["--evidence", "always"]);
    assert_eq!(outcome.code, 101, "{}", outcome.stderr);
    assert_eq!((outcome.json["exit_code"].as_u64(), outcome.verdict("Y")), (Some(101), "passed"));
    let places = ["evidence/f/x/attempt-1/0000-dom.html", "journal.ndjson"];
    for place in places {
        let sentence = format!("{place} would have held a secret {form}");
        let told = outcome.json["withheld"].to_string();
        for (where_, text) in [
            ("stderr", &outcome.stderr),
            ("json", &told),
            ("junit.xml", &project.report("junit.xml")),
            ("report.html", &project.report("report.html")),
        ] {
            assert!(text.replace("&#x2f;", "/").contains(&sentence), "{sentence} is not in {where_}: {text}");
        }
    }
    assert!(!project.out().join(places[0]).exists());
    let mut written = Vec::new();
    files(&project.out(), &mut written);
    for (path, bytes) in written {
        let text = String::from_utf8_lossy(&bytes).replace("&#101;", "e").replace("&#x65;", "e");
        assert!(!text.contains("secret-of-the-merchant"), "the secret is in {path}: {text}");
    }
    outcome
}

#[test]
fn a_run_that_would_write_a_secret_fails_itself() {
    let outcome = expect_withheld("a secret is written as redaction does not know it", "behind escapes");
    assert!(!outcome.stderr.contains("cret-of-the-"), "{}", outcome.stderr);
}

#[test]
fn what_was_written_before_a_secret_was_known_is_taken_back() {
    // What was shown meanwhile cannot be taken back.
    expect_withheld("a secret is written before it is known to be one", "as it is");
}
