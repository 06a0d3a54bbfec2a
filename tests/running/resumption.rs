//! A run that was killed, at whatever moment, is reported and goes on with what is missing only.

use super::project::{Outcome, Project, Watched, outcome};
use nix::sys::signal::Signal;
use smartpay_conformance::{
    journal::{Event, Verdict},
    runner::RunModel,
};
use std::{collections::HashMap, fs};

/// Scenarios of which the third waits until the test lets it.
fn project() -> Project {
    let project = Project::new("");
    let gate = project.path().join("gate").display().to_string();
    let features = format!(
        "Feature: Trials\nScenario: Quick\nGiven nothing special\nScenario: Wrong\nThen it is unmet\n\
         Scenario: Gated\nWhen it waits for \"{gate}\"\nThen it says more\nScenario: Gated too\nWhen it waits for \"{gate}\"\n\
         Scenario: Never begun\nGiven nothing special\nScenario: On the portal\nThen it is skipped\n"
    );
    fs::write(project.path().join("features/f.feature"), features).unwrap();
    project
}

/// A run that was killed while its gated scenarios were under way.
fn killed() -> Project {
    let project = project();
    let mut run = Watched::start(&project, &["run", "--seed", "5"]);
    run.wait_for("Trials: Wrong");
    run.signal(Signal::SIGKILL);
    assert_eq!(run.end().0, -1);
    fs::write(project.path().join("gate"), "").unwrap();
    project
}

fn call(project: &Project, args: &[&str]) -> Outcome {
    outcome(&mut project.command(args))
}

fn resume(project: &Project, more: &[&str]) -> Outcome {
    let args: Vec<&str> =
        ["run", "--format", "json", "--resume", "target/conformance"].iter().chain(more).copied().collect();
    call(project, &args)
}

#[test]
fn a_killed_run_is_reported_with_what_it_lacks() {
    let project = killed();
    let report = call(&project, &["report", "target/conformance", "--format", "json"]);
    assert_eq!(report.code, 1, "{}", report.stderr);
    assert_eq!(report.verdict("Quick"), "passed");
    assert_eq!(report.verdict("Gated"), "blocked");
    assert!(project.report("report.html").contains("The run was killed."));
    assert!(project.report("junit.xml").contains("the run was killed before this scenario ended"));
}

#[test]
fn only_what_is_missing_runs_and_the_counts_are_those_of_an_unbroken_run() {
    let whole = project();
    fs::write(whole.path().join("gate"), "").unwrap();
    let unbroken = whole.run(&["--seed", "5"]);
    let project = killed();
    let before = project.journal();
    let settled: Vec<String> = RunModel::fold(&before)
        .scenarios
        .iter()
        .filter(|scenario| scenario.verdict != Verdict::Blocked)
        .map(|scenario| scenario.card.id.clone())
        .collect();
    assert!(settled.len() >= 2, "{settled:?}");
    let resumed = resume(&project, &[]);
    assert_eq!(
        (resumed.code, &resumed.json["counts"]),
        (unbroken.code, &unbroken.json["counts"]),
        "{}",
        resumed.stderr
    );
    assert_eq!(resumed.json["seed"], 5);
    assert_eq!(resumed.json["runs"].as_array().unwrap().len(), 2);

    let journal = project.journal();
    let mut numbers: HashMap<(String, u32), usize> = HashMap::new();
    for entry in &journal {
        if let Event::AttemptStarted(attempt) = &entry.event {
            *numbers.entry((attempt.scenario.clone(), attempt.attempt)).or_default() += 1;
        }
    }
    assert!(numbers.values().all(|&times| times == 1), "{numbers:?}");
    for entry in &journal[before.len()..] {
        if let Event::AttemptStarted(attempt) = &entry.event {
            assert!(!settled.contains(&attempt.scenario), "{} ran again", attempt.scenario);
        }
    }

    let lines = journal.len();
    let again = resume(&project, &[]);
    assert_eq!(again.code, unbroken.code);
    assert!(again.stderr.contains("nothing is left to run"), "{}", again.stderr);
    assert_eq!(project.journal().len(), lines);
}

#[test]
fn another_target_seed_or_selection_is_refused_and_changes_nothing() {
    let project = killed();
    let lines = project.journal().len();
    for (args, said) in [
        (&["--seed", "6"][..], "seed 6 a run with seed 5"),
        (&["--target", "sandbox"], "resume on sandbox a run that is on twin"),
        (&["--name", "Quick"], "another selection"),
    ] {
        let refused = resume(&project, args);
        assert_eq!(refused.code, 2, "{}", refused.stderr);
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
    }
    assert_eq!(project.journal().len(), lines);
    assert_eq!(resume(&project, &["--seed", "5", "--target", "twin"]).code, 1);
}

#[test]
fn blocked_scenarios_are_tried_again_and_are_not_flaky_then() {
    let project = Project::new("Scenario: Weather\nThen it is blocked\nScenario: Quick\nGiven nothing special\n");
    assert_eq!(project.run(&[]).code, 3);
    let feature = project.path().join("features/f.feature");
    fs::write(&feature, fs::read_to_string(&feature).unwrap().replace("Then it is blocked", "Given nothing special"))
        .unwrap();
    let resumed = resume(&project, &[]);
    assert_eq!(resumed.code, 0, "{}", resumed.stderr);
    assert_eq!(resumed.verdict("Weather"), "passed");
    assert!(!project.report("junit.xml").contains("flakyFailure"));
}

#[test]
fn retries_that_were_used_are_not_given_again() {
    let project = Project::new("");
    let gate = project.path().join("gate").display().to_string();
    let feature = format!(
        "Feature: Trials\nScenario: Wavering\nThen it passes from attempt 2 on\nScenario: Wrong\nThen it is unmet\n\
         Scenario: Gated\nWhen it waits for \"{gate}\"\n"
    );
    fs::write(project.path().join("features/f.feature"), feature).unwrap();
    let mut run = Watched::start(&project, &["run", "--retries", "1"]);
    // The second round cannot begin before the gated scenario of the first has ended.
    run.wait_for("Trials: Wavering");
    run.wait_for("Trials: Wrong");
    run.signal(Signal::SIGKILL);
    run.end();
    fs::write(&gate, "").unwrap();
    let resumed = resume(&project, &["--retries", "1"]);
    assert_eq!(resumed.verdict("Wavering"), "flaky", "{}", resumed.stderr);
    assert_eq!(resumed.verdict("Wrong"), "failed");
    let model = RunModel::fold(&project.journal());
    assert_eq!(model.scenarios[1].attempts.len(), 2);
}

#[test]
fn scenarios_that_are_gone_are_said() {
    let project = killed();
    let feature = project.path().join("features/f.feature");
    let text = fs::read_to_string(&feature).unwrap().replace("Scenario: Never begun", "Scenario: Renamed");
    fs::write(&feature, text).unwrap();
    let resumed = resume(&project, &[]);
    assert!(resumed.stderr.contains("f/never-begun"), "{}", resumed.stderr);
    assert_eq!(resumed.verdict("Never begun"), "blocked");
    assert!(project.report("report.html").contains("no longer had this scenario"));
}

#[test]
fn a_run_that_is_still_going_on_is_not_resumed() {
    let project = project();
    let mut run = Watched::start(&project, &["run"]);
    run.wait_for("Trials: Quick");
    let refused = resume(&project, &[]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(refused.stderr.contains("a run is writing to it"), "{}", refused.stderr);
    fs::write(project.path().join("gate"), "").unwrap();
    assert_eq!(run.end().0, 1);
}
