//! The attempts under way: what cucumber's hooks and events say about them, told to the journal.

use super::{
    Planned,
    plan::Place,
    run::{Earlier, Settings},
    verdict::{attempt_verdict, worth_retrying},
};
use crate::journal::{
    Attempt, AttemptFinished, Event, Failure, FailureKind, Journal, ScenarioCard, Scribe, StepOutcome, StepRecord,
    Verdict,
};
use crate::sandbox::Circuit;
use jiff::Timestamp;
use std::{
    any::Any,
    cell::RefCell,
    collections::{HashMap, HashSet},
    time::SystemTime,
};

/// The attempts of one round: each scenario of it has one.
pub(super) struct Attempts {
    journal: Journal,
    cards: HashMap<Place, ScenarioCard>,
    round: u32,
    settings: Settings,
    open: RefCell<HashMap<Place, Open>>,
    again: RefCell<HashSet<String>>,
}

/// An attempt that has begun and not ended.
struct Open {
    attempt: Attempt,
    started_at: SystemTime,
    steps: usize,
    step_started_at: SystemTime,
    causes: Vec<Failure>,
}

impl Attempts {
    pub(super) fn new(journal: &Journal, planned: &[&Planned], round: u32, settings: &Settings) -> Self {
        Self {
            journal: journal.clone(),
            cards: planned.iter().map(|planned| (planned.place.clone(), planned.card.clone())).collect(),
            round,
            settings: settings.clone(),
            open: RefCell::default(),
            again: RefCell::default(),
        }
    }

    /// Begins the attempt at `place`, unless it has begun: a hook and an event both say so, in either order.
    pub(super) fn begin(&self, place: &Place, at: SystemTime) -> Scribe {
        let mut open = self.open.borrow_mut();
        let attempt = open.entry(place.clone()).or_insert_with(|| {
            let scenario = self.cards.get(place).map(|card| card.id.clone());
            let scenario = scenario.expect("cucumber runs planned scenarios only");
            let attempt = self.earlier(&scenario).last + self.round;
            let attempt = Attempt { scenario, attempt };
            self.journal.record(Event::AttemptStarted(attempt.clone()));
            Open { attempt, started_at: at, steps: 0, step_started_at: at, causes: Vec::new() }
        });
        self.journal.scribe(attempt.attempt.clone())
    }

    pub(super) fn step_started(&self, place: &Place, at: SystemTime) {
        if let Some(open) = self.open.borrow_mut().get_mut(place) {
            open.step_started_at = at;
        }
    }

    pub(super) fn step_finished(
        &self,
        place: &Place,
        text: String,
        outcome: StepOutcome,
        failure: Option<Failure>,
        at: SystemTime,
    ) {
        if let Some(open) = self.open.borrow_mut().get_mut(place) {
            let index = Some(open.steps);
            open.steps += 1;
            self.record_step(open, index, text, outcome, failure, (open.step_started_at, at));
        }
    }

    /// A hook failed: a line of its own, and a cause like any other.
    pub(super) fn hook_failed(&self, place: &Place, text: &str, failure: Failure, at: SystemTime) {
        if let Some(open) = self.open.borrow_mut().get_mut(place) {
            self.record_step(open, None, text.to_owned(), StepOutcome::Failed, Some(failure), (at, at));
        }
    }

    fn record_step(
        &self,
        open: &mut Open,
        index: Option<usize>,
        text: String,
        outcome: StepOutcome,
        failure: Option<Failure>,
        (from, to): (SystemTime, SystemTime),
    ) {
        open.causes.extend(failure.clone());
        self.journal.record(Event::StepFinished(StepRecord {
            attempt: open.attempt.clone(),
            index,
            text,
            outcome,
            started_at: timestamp(from),
            duration_ms: millis(from, to),
            failure,
        }));
    }

    pub(super) fn finish(&self, place: &Place, at: SystemTime) {
        let Some(mut open) = self.open.borrow_mut().remove(place) else { return };
        let steps = self.cards.get(place).map_or(&[][..], |card| &card.steps);
        for (index, text) in steps.iter().enumerate().skip(open.steps) {
            self.record_step(&mut open, Some(index), text.clone(), StepOutcome::NotReached, None, (at, at));
        }
        if open.causes.is_empty() && open.steps < steps.len() {
            open.causes.push(Failure::defect("the scenario ended before its last step, and nothing says why"));
        }
        let (verdict, cause) = attempt_verdict(&open.causes);
        self.settings.circuit.concluded(verdict, cause);
        let may_retry = self.round + self.earlier(&open.attempt.scenario).retried <= self.settings.retries;
        let will_retry = may_retry && worth_retrying(verdict, cause) && self.settings.circuit.opened().is_none();
        if will_retry {
            self.again.borrow_mut().insert(open.attempt.scenario.clone());
        }
        self.record_finish(&open, verdict, cause.cloned(), will_retry, at);
    }

    /// Ends what is under way as blocked: the run stops here.
    pub(super) fn abandon(&self, reason: &str, at: SystemTime) {
        let mut open: Vec<Open> = self.open.borrow_mut().drain().map(|(_, open)| open).collect();
        open.sort_by(|a, b| a.attempt.scenario.cmp(&b.attempt.scenario));
        for open in open {
            let failure = Failure::blocked("", format!("the run was ended by {reason} while this scenario ran"));
            self.record_finish(&open, Verdict::Blocked, Some(failure), false, at);
        }
    }

    fn record_finish(&self, open: &Open, verdict: Verdict, failure: Option<Failure>, will_retry: bool, at: SystemTime) {
        self.journal.record(Event::AttemptFinished(AttemptFinished {
            attempt: open.attempt.clone(),
            verdict,
            failure,
            will_retry,
            duration_ms: millis(open.started_at, at),
        }));
    }

    fn earlier(&self, scenario: &str) -> Earlier {
        self.settings.earlier.get(scenario).copied().unwrap_or_default()
    }

    pub(super) const fn circuit(&self) -> &Circuit {
        &self.settings.circuit
    }

    /// The scenarios that get another attempt.
    pub(super) fn again(&self) -> HashSet<String> {
        self.again.take()
    }
}

/// Whether a cause leaves nothing to look into: a skipped scenario needs no evidence.
pub(super) fn is_skip(payload: &(dyn Any + Send)) -> bool {
    payload.downcast_ref::<Failure>().is_some_and(|failure| failure.kind == FailureKind::Skipped)
}

fn timestamp(at: SystemTime) -> Timestamp {
    Timestamp::try_from(at).unwrap_or_default()
}

fn millis(from: SystemTime, to: SystemTime) -> u64 {
    to.duration_since(from).unwrap_or_default().as_millis().try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{journal, runner::plan::tests::plan};
    use std::time::{Duration, UNIX_EPOCH};

    /// What the journal holds after `act` was done to the attempts at one scenario of two steps.
    fn journal_of(act: impl FnOnce(&Attempts, &Place)) -> Vec<Event> {
        let folder = tempfile::tempdir().unwrap();
        let plan = plan(&[("f.feature", "@CARD-01\nFeature: F\n  Scenario: S\n    Given a\n    Then b\n")]).unwrap();
        let settings = Settings { retries: 0, concurrency: 1, circuit: Circuit::closed(), earlier: HashMap::default() };
        let journal = Journal::create(folder.path()).unwrap();
        let planned: Vec<&Planned> = plan.scenarios.iter().collect();
        act(&Attempts::new(&journal, &planned, 1, &settings), &planned[0].place);
        drop(journal);
        journal::read(folder.path()).unwrap().into_iter().map(|entry| entry.event).collect()
    }

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn a_scenario_that_ends_before_its_last_step_without_a_cause_is_a_defect_of_ours() {
        let events = journal_of(|attempts, place| {
            attempts.begin(place, at(1));
            attempts.step_started(place, at(6));
            attempts.step_finished(place, "Given a".to_owned(), StepOutcome::Passed, None, at(8));
            attempts.finish(place, at(10));
        });
        let [
            Event::AttemptStarted(_),
            Event::StepFinished(first),
            Event::StepFinished(second),
            Event::AttemptFinished(end),
        ] = &events[..]
        else {
            panic!("{events:?}")
        };
        assert_eq!((first.started_at, first.duration_ms), (Timestamp::from_second(6).unwrap(), 2_000));
        assert_eq!((second.outcome, second.index), (StepOutcome::NotReached, Some(1)));
        let kind = end.failure.as_ref().map(|failure| failure.kind);
        assert_eq!((end.verdict, kind, end.duration_ms), (Verdict::Failed, Some(FailureKind::Defect), 9_000));
    }

    #[test]
    fn what_is_under_way_when_the_run_ends_is_blocked_and_says_by_what() {
        let events = journal_of(|attempts, place| {
            attempts.begin(place, at(1));
            attempts.abandon("SIGTERM", at(3));
            attempts.finish(place, at(4));
        });
        let [Event::AttemptStarted(_), Event::AttemptFinished(end)] = &events[..] else { panic!("{events:?}") };
        let observed = end.failure.as_ref().map(|failure| failure.observed.as_str());
        assert_eq!(observed, Some("the run was ended by SIGTERM while this scenario ran"));
        assert_eq!((end.verdict, end.will_retry, end.duration_ms), (Verdict::Blocked, false, 2_000));
    }

    #[test]
    fn only_a_failure_that_skips_leaves_nothing_to_look_into() {
        let payload = |failure: Failure| -> Box<dyn Any + Send> { Box::new(failure) };
        assert!(is_skip(&*payload(Failure::skipped("no portal"))));
        assert!(!is_skip(&*payload(Failure::blocked("an answer", "none"))));
        assert!(!is_skip(&"a panic of ours"));
    }
}
