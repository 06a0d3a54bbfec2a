//! Ctrl-C, SIGTERM, the deadline: the run ends, and its reports are made. SIGKILL: the journal holds.

use super::project::{Project, Watched};
use nix::sys::signal::Signal;
use smartpay_conformance::{
    journal::{Event, Verdict},
    runner::RunModel,
};

const ENDLESS: &str = "Scenario: Quick\nGiven nothing special\nScenario: Endless\nWhen it waits for \"/nonexistent\"\n\
                       Then it says more\nScenario: Endless too\nWhen it waits for \"/nonexistent\"\n\
                       Scenario: Never begun\nGiven nothing special\nScenario: Nor this\nGiven nothing special\n";

fn ends_cleanly(project: &Project, (code, seen): (i32, String), reason: &str) {
    assert_eq!(code, 3, "{seen}");
    assert!(seen.contains(&format!("ended by {reason}")), "{seen}");
    assert!(project.report("report.html").contains(reason));
    assert!(project.report("junit.xml").contains(&format!("ended by {reason}")));
    assert!(project.was_closed(), "the stage was not closed");
    let journal = project.journal();
    let Some(Event::RunFinished(finished)) = journal.last().map(|entry| &entry.event) else {
        panic!("the journal has no end");
    };
    assert_eq!(finished.interrupted.as_deref(), Some(reason));
    let model = RunModel::fold(&journal);
    assert_eq!(model.scenarios[0].verdict, Verdict::Passed);
    assert!(model.scenarios[1..].iter().any(|scenario| scenario.verdict == Verdict::Blocked));
}

#[test]
fn signals_end_a_run_with_its_reports() {
    for (signal, reason) in [(Signal::SIGINT, "Ctrl-C"), (Signal::SIGTERM, "SIGTERM")] {
        let project = Project::new(ENDLESS);
        let mut run = Watched::start(&project, &["run"]);
        run.wait_for("Trials: Quick");
        run.signal(signal);
        ends_cleanly(&project, run.end(), reason);
    }
}

#[test]
fn a_deadline_ends_a_run_with_its_reports() {
    let project = Project::new(ENDLESS);
    let run = Watched::start(&project, &["run", "--deadline", "2s"]);
    ends_cleanly(&project, run.end(), "the deadline of 2 s");
}

#[test]
fn an_interrupted_run_that_saw_a_failure_says_not_conforming() {
    let project =
        Project::new("Scenario: Wrong\nThen it is unmet\nScenario: Endless\nWhen it waits for \"/nonexistent\"\n");
    let mut run = Watched::start(&project, &["run"]);
    run.wait_for("Trials: Wrong");
    run.signal(Signal::SIGINT);
    let (code, seen) = run.end();
    assert_eq!(code, 1, "{seen}");
}

#[test]
fn a_stage_that_is_still_being_set_can_be_left() {
    let project = Project::new(ENDLESS);
    let mut command = project.command(&["run"]);
    command.env(super::actor::STAGE, "hangs");
    let mut run = Watched::spawn(command);
    run.wait_for("5 scenarios on twin");
    run.signal(Signal::SIGINT);
    let (code, seen) = run.end();
    assert_eq!(code, 3, "{seen}");
    assert!(seen.contains("5 scenarios never started"), "{seen}");
}

#[test]
fn a_killed_run_leaves_a_journal_from_which_reports_are_made() {
    let project = Project::new(ENDLESS);
    let mut run = Watched::start(&project, &["run"]);
    run.wait_for("Trials: Quick");
    run.signal(Signal::SIGKILL);
    assert_eq!(run.end().0, -1);
    let model = RunModel::fold(&project.journal());
    let verdicts: Vec<Verdict> = model.scenarios.iter().map(|scenario| scenario.verdict).collect();
    assert_eq!(verdicts[0], Verdict::Passed);
    assert!(verdicts[1..3].iter().all(|verdict| *verdict == Verdict::Blocked));
    let html = smartpay_conformance::report::html(&model, &project.out()).unwrap();
    assert!(html.contains("The run was killed."));
}
