//! Several runs told as one: shards, or a run and what was tried again elsewhere.

use super::{RunModel, ScenarioModel};
use crate::journal::RunFinished;
use std::collections::HashMap;

/// Runs that cannot be told as one.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("merge runs of {first} and of {other}: what one of them shows says nothing about the other; report them apart")]
pub struct MergeError {
    pub first: String,
    pub other: String,
}

/// Runs told as one.
#[derive(Debug)]
pub struct Merged {
    pub model: RunModel,
    /// For each scenario of the model, which of the runs its verdict is from.
    pub origins: Vec<usize>,
}

/// Tells `runs` as one, in the order in which they are given. Of a scenario that is in several, a verdict wins over a
/// block, for what was seen cannot be undone by what could not be, and then the later one over the earlier.
///
/// # Errors
/// When they are of several targets.
pub fn merge(runs: Vec<RunModel>) -> Result<Merged, MergeError> {
    one_target(&runs)?;
    if runs.len() == 1 {
        let model = runs.into_iter().next().unwrap_or_default();
        return Ok(Merged { origins: vec![0; model.scenarios.len()], model });
    }
    let mut merged = RunModel {
        started: runs.iter().find_map(|run| run.started.clone()),
        began_at: runs.iter().filter_map(|run| run.began_at).min(),
        ended_at: runs.iter().filter_map(|run| run.ended_at).max(),
        runs: runs.iter().flat_map(|run| run.runs.clone()).collect(),
        // The newest has been held against the latest day.
        findings: runs.iter().max_by_key(|run| run.began_at).map(|run| run.findings.clone()).unwrap_or_default(),
        // Shards run side by side, but how long each took is what their sum tells.
        duration_ms: runs.iter().map(|run| run.duration_ms).sum(),
        ..RunModel::default()
    };
    // Of a run that was killed while it wrote its plan, the rest of the plan is missing here too.
    let unplanned = |run: &RunModel| run.started.as_ref().map_or(0, |s| s.selected.saturating_sub(run.scenarios.len()));
    let unplanned: usize = runs.iter().map(unplanned).sum();
    for expectation in runs.iter().flat_map(|run| &run.stated) {
        if !merged.stated.contains(expectation) {
            merged.stated.push(expectation.clone());
        }
    }
    let (mut origins, mut places) = (Vec::new(), HashMap::new());
    let mut ends: Vec<End> = Vec::new();
    for (origin, run) in runs.into_iter().enumerate() {
        ends.push(End { planned: run.scenarios.iter().map(|s| s.card.id.clone()).collect(), finished: run.finished });
        for mut scenario in run.scenarios {
            scenario.accepted = None;
            let next = merged.scenarios.len();
            let place = *places.entry(scenario.card.id.clone()).or_insert(next);
            if place == next {
                merged.scenarios.push(scenario);
                origins.push(origin);
            } else if wins(&scenario, &merged.scenarios[place]) {
                merged.scenarios[place] = scenario;
                origins[place] = origin;
            }
        }
    }
    if let Some(started) = &mut merged.started {
        started.selected = merged.scenarios.len() + unplanned;
    }
    merged.finished = finished(&ends, &merged);
    merged.hold_expectations();
    Ok(Merged { model: merged, origins })
}

/// The twin is another process each time; any other target is also its address.
fn one_target(runs: &[RunModel]) -> Result<(), MergeError> {
    let name = |run: &RunModel| {
        let started = run.started.as_ref()?;
        let twin = started.target == "twin";
        Some(if twin { started.target.clone() } else { format!("{} at {}", started.target, started.base_url) })
    };
    let mut names = runs.iter().filter_map(name);
    let Some(first) = names.next() else { return Ok(()) };
    names.find(|other| *other != first).map_or(Ok(()), |other| Err(MergeError { first, other }))
}

fn wins(scenario: &ScenarioModel, over: &ScenarioModel) -> bool {
    let rank = |scenario: &ScenarioModel| (scenario.is_settled(), scenario.ended_at());
    rank(scenario) > rank(over)
}

/// How one of the runs ended.
struct End {
    planned: Vec<String>,
    finished: Option<RunFinished>,
}

/// How they ended together. What ended a run early is told as long as something of it is missing.
fn finished(ends: &[End], merged: &RunModel) -> Option<RunFinished> {
    let settled: HashMap<&str, bool> = merged.scenarios.iter().map(|s| (s.card.id.as_str(), s.is_settled())).collect();
    let lacks =
        |end: &&End| end.planned.is_empty() || end.planned.iter().any(|id| settled.get(id.as_str()) == Some(&false));
    let mut together =
        RunFinished { interrupted: None, prevented: None, withheld: Vec::new(), duration_ms: merged.duration_ms };
    for finished in ends.iter().filter_map(|end| end.finished.as_ref()) {
        together.withheld.extend(finished.withheld.iter().cloned());
    }
    for end in ends.iter().filter(lacks) {
        let finished = end.finished.as_ref()?;
        together.interrupted = together.interrupted.or_else(|| finished.interrupted.clone());
        together.prevented = together.prevented.or_else(|| finished.prevented.clone());
    }
    Some(together)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        journal::{Entry, Event, Failure, Verdict},
        runner::{Conclusion, sample},
    };
    use jiff::SignedDuration;

    /// The sample without its last events, as much later as `hours`.
    fn run(keep: usize, hours: i64) -> RunModel {
        let mut entries: Vec<Entry> = sample::entries().into_iter().take(keep).collect();
        entries.iter_mut().for_each(|entry| entry.at += SignedDuration::from_hours(hours));
        RunModel::fold(&entries)
    }

    #[test]
    fn a_verdict_wins_over_a_block_and_then_the_later_one() {
        let whole = sample::entries().len();
        let mut later = run(whole, 1);
        later.scenarios[0].verdict = Verdict::Failed;
        for (runs, verdict, origins) in [
            (vec![run(12, 0), run(whole, 1)], Verdict::Passed, 1),
            (vec![run(whole, 0), run(12, 1)], Verdict::Passed, 0),
            (vec![run(whole, 0), later.clone()], Verdict::Failed, 1),
            (vec![later, run(whole, 0)], Verdict::Failed, 0),
        ] {
            let merged = merge(runs).unwrap();
            assert_eq!((merged.model.scenarios[0].verdict, merged.origins[0]), (verdict, origins));
            assert_eq!(merged.model.scenarios.len(), 6);
        }
    }

    #[test]
    fn a_kill_is_told_while_something_is_missing() {
        let whole = sample::entries().len();
        let killed = || run(12, 0);
        let missing = merge(vec![killed(), killed()]).unwrap().model;
        assert!(missing.finished.is_none());
        // One scenario of the sample is blocked in any case.
        let mut made_up = run(whole, 1);
        for scenario in &mut made_up.scenarios {
            scenario.verdict = Verdict::Passed;
        }
        let merged = merge(vec![killed(), made_up]).unwrap().model;
        assert!(merged.finished.is_some());
        assert_eq!(merged.conclusion(), Conclusion::Conforming);
    }

    #[test]
    fn a_run_that_was_refused_before_its_plan_is_not_forgotten() {
        let prevented = Some(Failure::misconfigured("PORTONE_KEY", "it is not set"));
        let finished =
            Event::RunFinished(RunFinished { interrupted: None, prevented, withheld: Vec::new(), duration_ms: 0 });
        let refused = RunModel::fold(&[Entry { at: jiff::Timestamp::UNIX_EPOCH, event: finished }]);
        let merged = merge(vec![run(sample::entries().len(), 0), refused]).unwrap();
        assert_eq!(merged.model.conclusion(), Conclusion::Misconfigured);
    }

    #[test]
    fn a_plan_that_was_cut_off_is_not_conforming() {
        let mut whole = run(sample::entries().len(), 0);
        whole.scenarios.iter_mut().for_each(|scenario| scenario.verdict = Verdict::Passed);
        assert_eq!(run(1, 1).conclusion(), Conclusion::Blocked);
        assert_eq!(merge(vec![whole, run(1, 1)]).unwrap().model.conclusion(), Conclusion::Blocked);
    }

    #[test]
    fn runs_of_two_targets_are_not_told_as_one() {
        let (mut other, whole) = (run(12, 0), sample::entries().len());
        other.started.as_mut().unwrap().target = "sandbox".to_owned();
        let error = merge(vec![run(whole, 0), other]).unwrap_err().to_string();
        assert!(error.starts_with("merge runs of twin and of sandbox at http"), "{error}");
    }

    #[test]
    fn the_whole_is_told_from_the_first_beginning_to_the_last_end() {
        let expected = |requirement: &str| crate::journal::Expectation {
            requirement: requirement.to_owned(),
            target: "twin".to_owned(),
            verdict: Verdict::Failed,
            reason: "ticket 7".to_owned(),
            until: "2026-12-31".parse().unwrap(),
        };
        let finding = |id: &str| crate::journal::Finding {
            id: id.to_owned(),
            title: String::new(),
            source: Vec::new(),
            advice: String::new(),
            confirmed: true,
            observed: String::new(),
        };
        let whole = sample::entries().len();
        let (mut early, mut late) = (run(whole, 0), run(whole, 1));
        early.findings = vec![finding("of-yesterday")];
        late.findings = vec![finding("of-today")];
        early.stated = vec![expected("CARD-02")];
        late.stated = vec![expected("CARD-02"), expected("PAYLOAD-01")];
        let (began, ended, once) = (early.began_at, late.ended_at, early.duration_ms);
        assert!(once > 0 && began.is_some() && ended > early.ended_at);
        for order in [vec![early.clone(), late.clone()], vec![late, early]] {
            let merged = merge(order).unwrap().model;
            assert_eq!((merged.began_at, merged.ended_at), (began, ended));
            assert_eq!((merged.runs.len(), merged.duration_ms), (2, 2 * once));
            assert_eq!(merged.findings, [finding("of-today")]);
            assert_eq!(merged.started.unwrap().selected, 6);
            let mut held: Vec<&str> = merged.expectations.iter().map(|h| h.expectation.requirement.as_str()).collect();
            held.sort_unstable();
            assert_eq!(held, ["CARD-02", "PAYLOAD-01"]);
        }
    }

    #[test]
    fn of_scenarios_that_never_began_the_first_stays() {
        assert_eq!(merge(vec![run(7, 0), run(7, 1)]).unwrap().origins, [0; 6]);
    }
}
