//! Another attempt, where it may turn something, and every attempt in the reports.

use super::project::Project;

#[test]
fn passed_at_last_is_flaky_and_no_failure() {
    let project = Project::new("Scenario: X\nThen it passes from attempt 3 on\nScenario: Y\nGiven nothing special\n");
    let outcome = project.run(&["--retries", "2"]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!((outcome.verdict("X"), outcome.verdict("Y")), ("flaky", "passed"));
    assert_eq!(outcome.json["scenarios"][0]["attempts"], 3);
    assert_eq!(outcome.json["scenarios"][1]["attempts"], 1);
    let xml = project.report("junit.xml");
    assert_eq!(xml.matches("<testcase ").count(), 2);
    assert_eq!(xml.matches("<flakyFailure ").count(), 2);
    let html = project.report("report.html");
    assert!((1..=3).all(|attempt| html.contains(&format!("Attempt {attempt} of 3"))));
}

#[test]
fn the_last_attempt_decides() {
    let outcome = Project::new("Scenario: X\nThen it passes from attempt 3 on\n").run(&["--retries", "1"]);
    assert_eq!((outcome.code, outcome.verdict("X")), (1, "failed"), "{}", outcome.stderr);
    assert_eq!(outcome.json["scenarios"][0]["failure"]["observed"], "attempt 2");
}

#[test]
fn on_the_twin_there_is_no_second_attempt_unless_asked_for() {
    let outcome = Project::new("Scenario: X\nThen it passes from attempt 2 on\n").run(&[]);
    assert_eq!((outcome.code, outcome.verdict("X")), (1, "failed"));
}

#[test]
fn what_another_attempt_cannot_turn_is_not_tried_again() {
    for ending in ["it is skipped", "it is misconfigured", "it panics", "it is not known"] {
        let outcome = Project::new(&format!("@retry(5)\nScenario: X\nThen {ending}\n")).run(&["--retries", "2"]);
        assert_eq!(outcome.json["scenarios"][0]["attempts"], 1, "{ending}");
    }
}
