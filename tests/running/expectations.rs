//! Known deviations are accepted until their day, and reported once they are gone.

use super::project::{Outcome, Project};

fn run(scenarios: &str, expectations: &str) -> (Project, Outcome) {
    let project = Project::new(scenarios);
    std::fs::write(project.path().join("expectations.toml"), expectations).unwrap();
    let outcome = project.run(&[]);
    (project, outcome)
}

fn expected(requirement: &str, verdict: &str, until: &str) -> String {
    format!(
        "[[expected]]\nrequirement = \"{requirement}\"\ntarget = \"twin\"\nverdict = \"{verdict}\"\n\
         reason = \"ticket 7\"\nuntil = \"{until}\"\n"
    )
}

const FAILING: &str = "@CARD-01\nScenario: X\nThen it is unmet\n@CARD-02\nScenario: Y\nGiven nothing special\n";

#[test]
fn a_known_failure_is_accepted_and_stays_visible_in_every_report() {
    let (project, outcome) = run(FAILING, &expected("CARD-01", "failed", "2999-12-31"));
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(outcome.verdict("X"), "failed");
    assert!(
        outcome.stderr.contains("accepted: CARD-01 failed on twin until 2999-12-31: ticket 7"),
        "{}",
        outcome.stderr
    );
    assert_eq!(outcome.json["expectations"][0]["standing"], "met");
    let xml = project.report("junit.xml");
    assert!(xml.contains("accepted: ticket 7; expected one thing, observed another thing"), "{xml}");
    assert!(xml.contains(r#"failures="0""#), "{xml}");
    assert!(project.report("report.html").contains("accepted: CARD-01 failed"));
}

#[test]
fn only_the_verdict_the_requirement_and_the_target_that_are_named_are_accepted() {
    for expectation in [
        expected("CARD-01", "drifted", "2999-12-31"),
        expected("CARD-02", "failed", "2999-12-31"),
        expected("CARD-01", "failed", "2999-12-31").replace("twin", "sandbox"),
    ] {
        let (_, outcome) = run(FAILING, &expectation);
        assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    }
    let blocked = "@CARD-01\nScenario: X\nThen it is blocked\n";
    assert_eq!(run(blocked, &expected("CARD-01", "blocked", "2999-12-31")).1.code, 0);
    let misconfigured = "@CARD-01\nScenario: X\nThen it is misconfigured\n";
    assert_eq!(run(misconfigured, &expected("CARD-01", "blocked", "2999-12-31")).1.code, 2);
    let broken = "@CARD-01\nScenario: X\nThen it panics\n";
    assert_eq!(run(broken, &expected("CARD-01", "failed", "2999-12-31")).1.code, 1);
}

#[test]
fn one_that_no_longer_happens_is_reported() {
    let (project, outcome) =
        run(FAILING, &(expected("CARD-01", "failed", "2999-12-31") + &expected("CARD-02", "failed", "2999-12-31")));
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    let said = "no longer so, take it out of the expectations: CARD-02 failed on twin";
    assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    assert!(project.report("junit.xml").contains(said));
    // What was skipped says nothing about it.
    let skipped = "@CARD-01\nScenario: X\nThen it is skipped\n";
    let (_, outcome) = run(skipped, &expected("CARD-01", "failed", "2999-12-31"));
    assert_eq!((outcome.code, &outcome.json["expectations"][0]["standing"]), (0, &"untold".into()));
}

#[test]
fn a_day_that_has_passed_expires_it() {
    let (_, outcome) = run(FAILING, &expected("CARD-01", "failed", "2020-01-01"));
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("expired, renew or remove it: CARD-01"), "{}", outcome.stderr);
}

#[test]
fn what_cannot_be_expected_is_refused() {
    for (text, said) in [
        (expected("CARD-99", "failed", "2999-12-31"), "CARD-99 is no requirement of the catalogue"),
        (expected("CARD-01", "passed", "2999-12-31"), "only failed, drifted or blocked need it"),
        (expected("CARD-01", "failed", "tomorrow"), "failed to read the expectations in expectations.toml: line"),
        (expected("CARD-01", "failed", "2999-12-31") + "unit = 1\n", "unknown field `unit`"),
    ] {
        let (_, outcome) = run(FAILING, &text);
        assert_eq!(outcome.code, 2, "{}", outcome.stderr);
        assert!(outcome.stderr.contains(said), "{}", outcome.stderr);
    }
    let project = Project::new(FAILING);
    assert_eq!(project.run(&["--expectations", "none.toml"]).code, 2);
}
