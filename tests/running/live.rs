//! Progress is told when it happens.

use super::project::{Project, Watched};
use std::fs;

#[test]
fn a_scenario_is_reported_while_its_neighbours_still_run() {
    let project = Project::new("");
    let (first, second) = (project.path().join("first"), project.path().join("second"));
    let features = format!(
        "Feature: Trials\nRule: R\nScenario: Quick\nGiven nothing special\n\
         Scenario: Slow\nWhen it waits for \"{}\"\nScenario: Slower\nWhen it waits for \"{}\"\n",
        first.display(),
        second.display()
    );
    fs::write(project.path().join("features/f.feature"), features).unwrap();
    // The others cannot end before the test lets them, so each line came while something was still running.
    let mut run = Watched::start(&project, &["run"]);
    run.wait_for("1/3  Trials: Quick");
    fs::write(first, "").unwrap();
    run.wait_for("2/3  Trials: Slow");
    assert!(!project.out().join("report.html").exists());
    fs::write(second, "").unwrap();
    run.wait_for("3/3  Trials: Slower");
    let (code, seen) = run.end();
    assert_eq!(code, 0, "{seen}");
}
