//! `junit.xml` for CI systems: one case per scenario, whatever the number of its attempts.

use super::ReportError;
use crate::journal::{Failure, StepRecord, Verdict};
use crate::runner::{AttemptModel, RunModel, ScenarioModel, Standing};
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestRerun, TestSuite};
use std::time::Duration;

/// The report as XML.
///
/// # Errors
/// When the XML cannot be written.
pub fn junit(model: &RunModel) -> Result<String, ReportError> {
    let mut report = Report::new("smartpay-conformance");
    report.set_time(Duration::from_millis(model.duration_ms));
    for scenarios in model.scenarios.chunk_by(|a, b| a.card.path == b.card.path) {
        let mut suite = TestSuite::new(scenarios[0].card.path.as_str());
        suite.set_time(Duration::from_millis(scenarios.iter().map(|scenario| scenario.duration_ms).sum()));
        if let Some(started) = &model.started {
            suite.add_property(Property::new("target", started.target.as_str()));
            suite.add_property(Property::new("base_url", started.base_url.as_str()));
            suite.add_property(Property::new("seed", started.seed.to_string()));
        }
        suite.add_test_cases(scenarios.iter().map(case));
        report.add_test_suite(suite);
    }
    if let Some(failure) = model.finished.as_ref().and_then(|finished| finished.prevented.as_ref()) {
        // A CI system that reads only this file must not take a run that never happened for a green one.
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(failure.to_string());
        let mut suite = TestSuite::new("run");
        suite.add_test_case(TestCase::new("the run is carried out", status));
        report.add_test_suite(suite);
    }
    let withheld = model.finished.as_ref().map(|finished| finished.withheld.as_slice()).unwrap_or_default();
    if !withheld.is_empty() {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message(withheld.join("; "));
        let mut suite = TestSuite::new("evidence");
        suite.add_test_case(TestCase::new("nothing that is written holds a secret", status));
        report.add_test_suite(suite);
    }
    let mended: Vec<_> = model.expectations.iter().filter(|held| held.standing == Standing::Mended).collect();
    if !mended.is_empty() {
        let mut suite = TestSuite::new("expectations");
        for held in mended {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_message(held.sentence());
            suite.add_test_case(TestCase::new(format!("{} still deviates", held.expectation.requirement), status));
        }
        report.add_test_suite(suite);
    }
    Ok(report.to_string()?)
}

fn case(scenario: &ScenarioModel) -> TestCase {
    let mut case = TestCase::new(scenario.card.name.as_str(), status(scenario));
    case.set_classname(scenario.card.id.as_str());
    case.set_time(Duration::from_millis(scenario.duration_ms));
    for requirement in &scenario.card.requirements {
        case.add_property(Property::new("requirement", requirement.as_str()));
    }
    case
}

fn status(scenario: &ScenarioModel) -> TestCaseStatus {
    let message = scenario.failure.as_ref().map(Failure::to_string).unwrap_or_default();
    if let Some(reason) = &scenario.accepted {
        let mut status = TestCaseStatus::skipped();
        status.set_message(format!("accepted: {reason}; {message}")).set_type(scenario.verdict.word());
        return status;
    }
    let mut status = match scenario.verdict {
        Verdict::Passed | Verdict::Flaky => TestCaseStatus::success(),
        Verdict::Skipped => TestCaseStatus::skipped(),
        Verdict::Blocked => TestCaseStatus::non_success(NonSuccessKind::Error),
        Verdict::Drifted | Verdict::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
    };
    if !matches!(scenario.verdict, Verdict::Passed | Verdict::Flaky) {
        status.set_message(message).set_type(scenario.verdict.word());
        if let Some(step) = scenario.decisive_step() {
            status.set_description(told(step));
        }
    }
    if scenario.verdict != Verdict::Skipped {
        // What a resumed run did again is no retry.
        let mut earlier: Vec<&AttemptModel> = scenario.counted().collect();
        earlier.pop();
        status.add_reruns(earlier.into_iter().map(rerun));
    }
    status
}

/// An earlier attempt: `flakyFailure` if a later one passed, else `rerunFailure`.
fn rerun(attempt: &AttemptModel) -> TestRerun {
    let blocked = attempt.verdict == Verdict::Blocked;
    let mut rerun = TestRerun::new(if blocked { NonSuccessKind::Error } else { NonSuccessKind::Failure });
    rerun.set_time(Duration::from_millis(attempt.duration_ms)).set_type(attempt.verdict.word());
    if let Some(failure) = &attempt.failure {
        rerun.set_message(failure.to_string());
    }
    if let Some(step) = attempt.steps.iter().find(|step| step.failure.is_some()) {
        rerun.set_description(told(step));
    }
    rerun
}

fn told(step: &StepRecord) -> String {
    let failure = step.failure.as_ref();
    let of = |part: fn(&Failure) -> &String| failure.map(part).map(String::as_str).unwrap_or_default();
    format!("step:     {}\nexpected: {}\nobserved: {}", step.text, of(|f| &f.expected), of(|f| &f.observed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        journal::{Event, RunFinished},
        runner::sample,
    };

    #[test]
    fn one_case_per_scenario_and_flaky_ones_are_no_failures() {
        let xml = junit(&RunModel::fold(&sample::entries())).unwrap();
        assert!(xml.contains(r#"tests="6" skipped="1" failures="2" errors="1""#), "{xml}");
        assert_eq!(xml.matches("<testcase ").count(), 6);
        assert_eq!(xml.matches("<flakyFailure ").count(), 1);
        assert!(xml.contains(r#"<skipped message="the target twin has no portal" type="skipped"/>"#), "{xml}");
        assert!(xml.contains(r#"time="1.250""#), "{xml}");
        assert!(xml.contains("observed: status Success"), "{xml}");
    }

    #[test]
    fn a_run_that_was_not_carried_out_is_an_error() {
        let prevented = Some(Failure::misconfigured("PORTONE_KEY", "it is not set"));
        let mut entries = sample::entries();
        entries.truncate(1);
        entries[0].event =
            Event::RunFinished(RunFinished { interrupted: None, prevented, withheld: Vec::new(), duration_ms: 0 });
        let xml = junit(&RunModel::fold(&entries)).unwrap();
        assert!(xml.contains(r#"errors="1""#), "{xml}");
        assert!(xml.contains("expected PORTONE_KEY, observed it is not set"), "{xml}");
    }
}
