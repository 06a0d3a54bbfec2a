//! What becomes of steps becomes the verdict, and verdicts the exit code.

use super::project::Project;
use smartpay_conformance::journal::Event;

/// A scenario that ends with this step, its verdict, and the exit code if it is the only one.
const ENDINGS: [(&str, &str, i32); 9] = [
    ("it says something", "passed", 0),
    ("it is unmet", "failed", 1),
    ("it drifts", "drifted", 1),
    ("it is blocked", "blocked", 3),
    ("it is skipped", "skipped", 0),
    ("it is misconfigured", "blocked", 2),
    ("it panics", "failed", 1),
    ("it is not known to anyone", "failed", 1),
    ("it says nothing", "failed", 1),
];

fn scenario(ending: &str) -> String {
    format!("Scenario: Where {ending}\nGiven nothing special\nThen {ending}\nThen it says more\n")
}

#[test]
fn each_ending_has_its_verdict_and_exit_code() {
    for (ending, verdict, code) in ENDINGS {
        let outcome = Project::new(&scenario(ending)).run(&[]);
        assert_eq!(outcome.verdict(&format!("Where {ending}")), verdict, "{}", outcome.stderr);
        assert_eq!(outcome.code, code, "{}", outcome.stderr);
        assert_eq!(outcome.json["exit_code"], code);
    }
}

#[test]
fn together_they_end_by_precedence_and_every_report_agrees() {
    let all: String = ENDINGS.iter().map(|(ending, _, _)| scenario(ending)).collect();
    let project = Project::new(&all);
    let outcome = project.run(&[]);
    assert_eq!(outcome.code, 2);
    for (ending, verdict, _) in ENDINGS {
        assert_eq!(outcome.verdict(&format!("Where {ending}")), verdict);
    }
    let counts = serde_json::json!({"passed": 1, "flaky": 0, "skipped": 1, "blocked": 2, "drifted": 1, "failed": 4});
    assert_eq!(outcome.json["counts"], counts);
    let xml = project.report("junit.xml");
    assert!(xml.contains(r#"tests="9" skipped="1" failures="5" errors="2""#), "{xml}");
    assert!(
        outcome.stderr.contains("misconfigured: 1 passed, 1 skipped, 2 blocked, 1 drifted, 4 failed"),
        "{}",
        outcome.stderr
    );
    assert!(project.report("report.html").contains("misconfigured"));
    assert!(project.was_closed());
}

#[test]
fn one_screen_names_step_expectation_and_observation() {
    let outcome = Project::new(&scenario("it is unmet")).run(&[]);
    for line in ["step  Then it is unmet", "expected  one thing", "observed  another thing", "features/f.feature:2"] {
        assert!(outcome.stderr.contains(line), "{}", outcome.stderr);
    }
    assert!(outcome.stderr.lines().count() < 15, "{}", outcome.stderr);
}

#[test]
fn undefined_and_ambiguous_steps_say_so() {
    let outcome = Project::new(&(scenario("it is not known to anyone") + &scenario("it says nothing"))).run(&[]);
    assert!(outcome.stderr.contains("no step definition matches this step"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("more than one step definition matches this step: `"), "{}", outcome.stderr);
}

#[test]
fn a_panic_of_ours_tells_its_text_and_place() {
    let outcome = Project::new(&scenario("it panics")).run(&[]);
    assert!(outcome.stderr.contains("defect  our own mistake"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("tests/running/actor.rs:"), "{}", outcome.stderr);
}

#[test]
fn what_goes_wrong_before_and_after_the_steps_fails_the_scenario_too() {
    for (scenario, verdict, text) in [
        ("Scenario: X\nGiven it leaks on leaving\n", "failed", "something was left behind (failed: false)"),
        // What was skipped leaves nothing to look into, so that it leaves as what passed does.
        (
            "Scenario: X\nGiven it leaks on leaving\nThen it is skipped\n",
            "failed",
            "something was left behind (failed: false)",
        ),
        ("Scenario: X\nGiven it panics on leaving\n", "failed", "the door is locked"),
        ("Scenario: Stage fright\nGiven nothing special\n", "blocked", "stage fright"),
    ] {
        let project = Project::new(scenario);
        let outcome = project.run(&[]);
        assert_eq!(outcome.json["scenarios"][0]["verdict"], verdict, "{}", outcome.stderr);
        assert!(outcome.stderr.contains(text), "{}", outcome.stderr);
        assert!(project.report("report.html").contains(text));
    }
}

#[test]
fn a_clean_up_that_fails_does_not_hide_why_the_step_did() {
    let outcome = Project::new("Scenario: X\nGiven it leaks on leaving\nThen it is unmet\n").run(&[]);
    assert_eq!(outcome.json["scenarios"][0]["failure"]["observed"], "another thing");
    assert!(outcome.stderr.contains("something was left behind (failed: true)"), "{}", outcome.stderr);
}

#[test]
fn no_world_no_verdict_of_passed() {
    let project = Project::new(&scenario("it says something"));
    let outcome =
        super::project::outcome(project.command(&["run", "--format", "json"]).env(super::actor::STAGE, "no worlds"));
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("there is no world"), "{}", outcome.stderr);
}

#[test]
fn what_the_target_cannot_do_is_skipped_with_the_reason_and_not_run() {
    let scenarios = "@needs-portal\nScenario: X\nThen it is unmet\nScenario: Y\nGiven nothing special\n";
    let project = Project::new(scenarios);
    let outcome = project.run(&[]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    assert_eq!(outcome.verdict("X"), "skipped");
    let attempts: Vec<u32> = project
        .journal()
        .into_iter()
        .filter_map(|entry| match entry.event {
            Event::AttemptFinished(finished) => Some(finished.attempt.attempt),
            _ => None,
        })
        .collect();
    assert_eq!(attempts, [1, 1]);
    assert!(outcome.stderr.contains("because  the target twin has no portal"), "{}", outcome.stderr);
}

#[test]
fn backgrounds_of_feature_and_rule_come_first() {
    let scenarios = "Background:\nGiven nothing special\nRule: R\nIt is so.\nBackground:\nWhen it says one\n\
                     Scenario: X\nThen it is unmet\n";
    // `When it says` is no step, so the rule's background is what fails.
    let project = Project::new(scenarios);
    let outcome = project.run(&[]);
    assert!(outcome.stderr.contains("step  When it says one"), "{}", outcome.stderr);
    let steps: Vec<(Option<usize>, String)> = project
        .journal()
        .into_iter()
        .filter_map(|entry| match entry.event {
            Event::StepFinished(step) => Some((step.index, format!("{:?}", step.outcome))),
            _ => None,
        })
        .collect();
    let expected = [(Some(0), "Passed"), (Some(1), "Undefined"), (Some(2), "NotReached")];
    assert_eq!(steps, expected.map(|(index, outcome)| (index, outcome.to_owned())));
    assert!(project.report("report.html").contains("It is so."));
}

#[test]
fn nothing_selected_is_no_success() {
    let project = Project::new(&scenario("it says something"));
    for args in [&["--name", "no such name"][..], &["CARD-01"], &["nowhere"], &["--tags", "@none"]] {
        let outcome = project.run(args);
        assert_eq!((outcome.code, &outcome.json["conclusion"]), (4, &"nothing selected".into()), "{}", outcome.stderr);
    }
}
