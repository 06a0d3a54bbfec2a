//! What keeps a run from being carried out ends in the same reports, with its own exit code.

use super::{
    actor::STAGE,
    project::{Outcome, Project, outcome},
};
use std::fs;

const FINE: &str = "Scenario: X\nGiven nothing special\n";

/// The run ended with `code`, and every report tells `text`.
fn told(project: &Project, outcome: &Outcome, code: i32, text: &str) {
    assert_eq!(outcome.code, code, "{}", outcome.stderr);
    assert!(outcome.stderr.contains(text), "{}", outcome.stderr);
    assert_eq!(outcome.json["exit_code"], code);
    assert!(outcome.json["prevented"]["observed"].as_str().unwrap().contains(text), "{}", outcome.json);
    assert!(project.report("junit.xml").contains("<error "));
    assert!(project.report("report.html").contains("The run was not carried out."));
}

#[test]
fn a_stage_that_cannot_be_set() {
    for (stage, code, text) in
        [("blocked", 3, "none is installed"), ("misconfigured", 2, "401"), ("panics", 101, "the stage collapsed")]
    {
        let project = Project::new(FINE);
        let outcome = outcome(project.command(&["run", "--format", "json"]).env(STAGE, stage));
        told(&project, &outcome, code, text);
        assert_eq!(outcome.verdict("X"), "blocked");
    }
}

#[test]
fn targets_that_are_unknown_or_lack_credentials() {
    let project = Project::new(FINE);
    let outcome = project.run(&["--target", "sandbx"]);
    told(&project, &outcome, 2, "--target sandbx");
    assert!(outcome.stderr.contains("twin or sandbox"), "{}", outcome.stderr);

    let outcome = project.run(&["--target", "sandbox"]);
    told(&project, &outcome, 2, "no PORTONE_KEY and PORTONE_SECRET");

    let outcome = super::project::outcome(
        project
            .command(&["run", "--format", "json", "--target", "sandbox"])
            .env("PORTONE_KEY", "K")
            .env("PORTONE_SECRET", ""),
    );
    told(&project, &outcome, 2, "no PORTONE_SECRET");
}

#[test]
fn a_suite_that_is_broken() {
    for (scenarios, text) in [
        ("Scenario: X\nGiven nothing special\nScenario: X\nGiven nothing special\n", "two scenarios have this id"),
        ("Scenario: X\nGiven nothing special\nProvided more\n", "parse the feature f.feature"),
        ("Scenario Outline: X\nGiven <what>\nExamples:\n| who |\n| me |\n", "expand the outlines of f.feature"),
    ] {
        let project = Project::new(scenarios);
        told(&project, &project.run(&[]), 2, text);
    }
}

#[test]
fn a_selection_that_cannot_be_understood() {
    let project = Project::new(FINE);
    for (args, text) in [
        (&["--tags", "@a not @b"][..], "read the tag expression"),
        (&["--name", "a("], "read the name pattern"),
        (&["f.feature", "nowhere"], "find nowhere"),
    ] {
        told(&project, &project.run(args), 2, text);
    }
}

#[test]
fn a_report_of_yesterday_does_not_survive_a_run_that_failed_to_start() {
    let project = Project::new(FINE);
    assert_eq!(project.run(&[]).code, 0);
    assert!(!project.report("junit.xml").contains("<error "));
    assert_eq!(project.run(&["--target", "sandbox"]).code, 2);
    assert!(project.report("junit.xml").contains("<error "));
}

#[test]
fn a_folder_of_others_is_left_alone() {
    let project = Project::new(FINE);
    let foreign = project.path().join("theirs");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("report.html"), "theirs").unwrap();
    let outcome = project.run(&["--out", "theirs"]);
    assert_eq!((outcome.code, &outcome.json["exit_code"]), (2, &2.into()));
    assert!(outcome.stderr.contains("report.html is not of an earlier run of ours"), "{}", outcome.stderr);
    assert_eq!(fs::read_to_string(foreign.join("report.html")).unwrap(), "theirs");
}
