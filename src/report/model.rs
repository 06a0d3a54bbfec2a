//! What a run's journal says, scenario by scenario: the one source of every report and of the exit code.

use crate::{
    journal::{
        AttachmentRecord, Attempt, DeliveryRecord, Entry, Event, ExchangeRecord, Failure, PageRecord, RunFinished,
        RunStarted, ScenarioCard, StepOutcome, StepRecord, Verdict,
    },
    runner::{Conclusion, conclude, scenario_verdict},
};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashMap;

/// A run, folded from its journal.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RunModel {
    /// Absent if the run did not come as far as its target.
    pub started: Option<RunStarted>,
    /// Of the journal's first entry.
    pub began_at: Option<Timestamp>,
    /// Of the journal's last entry.
    pub ended_at: Option<Timestamp>,
    /// Absent if the run was killed.
    pub finished: Option<RunFinished>,
    /// In the order of the plan.
    pub scenarios: Vec<ScenarioModel>,
}

/// A scenario and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct ScenarioModel {
    pub card: ScenarioCard,
    pub verdict: Verdict,
    /// The cause that decides the verdict.
    pub failure: Option<Failure>,
    /// Of all attempts together, in milliseconds.
    pub duration_ms: u64,
    /// In order; empty if the run ended before it.
    pub attempts: Vec<AttemptModel>,
}

/// One attempt, with its evidence.
#[derive(Clone, Debug, Serialize)]
pub struct AttemptModel {
    /// 1 for the first.
    pub number: u32,
    /// Of this attempt alone: never `flaky`.
    pub verdict: Verdict,
    pub failure: Option<Failure>,
    pub started_at: Option<Timestamp>,
    pub duration_ms: u64,
    /// The scenario's steps in order, and set-up or clean-up where it failed.
    pub steps: Vec<StepRecord>,
    pub pages: Vec<PageRecord>,
    pub exchanges: Vec<ExchangeRecord>,
    pub deliveries: Vec<DeliveryRecord>,
    pub attachments: Vec<AttachmentRecord>,
    #[serde(skip)]
    finished: bool,
}

/// How many scenarios have each verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub passed: usize,
    pub flaky: usize,
    pub skipped: usize,
    pub blocked: usize,
    pub drifted: usize,
    pub failed: usize,
}

impl Counts {
    pub(super) fn add(&mut self, verdict: Verdict) {
        *match verdict {
            Verdict::Passed => &mut self.passed,
            Verdict::Flaky => &mut self.flaky,
            Verdict::Skipped => &mut self.skipped,
            Verdict::Blocked => &mut self.blocked,
            Verdict::Drifted => &mut self.drifted,
            Verdict::Failed => &mut self.failed,
        } += 1;
    }

    /// The count of one verdict.
    #[must_use]
    pub const fn of(&self, verdict: Verdict) -> usize {
        match verdict {
            Verdict::Passed => self.passed,
            Verdict::Flaky => self.flaky,
            Verdict::Skipped => self.skipped,
            Verdict::Blocked => self.blocked,
            Verdict::Drifted => self.drifted,
            Verdict::Failed => self.failed,
        }
    }
}

impl RunModel {
    /// Folds a journal. One that was cut off gives a whole model: what did not end is blocked, and says so.
    #[must_use]
    pub fn fold(entries: &[Entry]) -> Self {
        let mut model = Self {
            began_at: entries.first().map(|entry| entry.at),
            ended_at: entries.last().map(|entry| entry.at),
            ..Self::default()
        };
        let mut places: HashMap<&str, usize> = HashMap::new();
        for Entry { at, event } in entries {
            match event {
                Event::RunStarted(started) => model.started = Some(started.clone()),
                Event::RunFinished(finished) => model.finished = Some(finished.clone()),
                Event::ScenarioPlanned(card) => {
                    places.insert(&card.id, model.scenarios.len());
                    model.scenarios.push(ScenarioModel::planned(card.clone()));
                }
                Event::AttemptStarted(attempt) => model.with(&places, attempt, |a| a.started_at = Some(*at)),
                Event::StepFinished(r) => model.with(&places, &r.attempt, |a| a.steps.push(r.clone())),
                Event::Exchange(r) => model.with(&places, &r.attempt, |a| a.exchanges.push(r.clone())),
                Event::Page(r) => model.with(&places, &r.attempt, |a| a.pages.push(r.clone())),
                Event::Delivery(r) => model.with(&places, &r.attempt, |a| a.deliveries.push(r.clone())),
                Event::Attachment(r) => model.with(&places, &r.attempt, |a| a.attachments.push(r.clone())),
                Event::AttemptFinished(r) => model.with(&places, &r.attempt, |a| {
                    (a.verdict, a.failure, a.duration_ms) = (r.verdict, r.failure.clone(), r.duration_ms);
                    a.finished = true;
                }),
            }
        }
        let ended = model.why_it_ended();
        model.scenarios.iter_mut().for_each(|scenario| scenario.conclude(&ended));
        model
    }

    /// Lets `record` write to an attempt, which is made if this is its first event.
    fn with(&mut self, places: &HashMap<&str, usize>, attempt: &Attempt, record: impl FnOnce(&mut AttemptModel)) {
        let Some(scenario) = places.get(attempt.scenario.as_str()).map(|&place| &mut self.scenarios[place]) else {
            return;
        };
        let known = scenario.attempts.iter().position(|known| known.number == attempt.attempt);
        let place = known.unwrap_or_else(|| {
            scenario.attempts.push(AttemptModel::started(attempt.attempt));
            scenario.attempts.len() - 1
        });
        record(&mut scenario.attempts[place]);
    }

    /// The reason that holds for every scenario without an end.
    fn why_it_ended(&self) -> String {
        match &self.finished {
            None => "the run was killed before this scenario ended".to_owned(),
            Some(RunFinished { prevented: Some(failure), .. }) => {
                format!("the run was not carried out: {}", failure.observed)
            }
            Some(RunFinished { interrupted: Some(reason), .. }) => {
                format!("the run was ended by {reason} before this scenario")
            }
            Some(_) => "the run ended before this scenario did".to_owned(),
        }
    }

    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.scenarios.iter().for_each(|scenario| counts.add(scenario.verdict));
        counts
    }

    /// What the run says as a whole.
    #[must_use]
    pub fn conclusion(&self) -> Conclusion {
        let prevented = self.finished.as_ref().and_then(|finished| finished.prevented.as_ref());
        conclude(self.scenarios.iter().map(|scenario| (scenario.verdict, scenario.failure.as_ref())), prevented)
    }

    /// From the first entry to the last.
    #[must_use]
    pub fn duration_ms(&self) -> u64 {
        let millis = |at: Option<Timestamp>| at.map_or(0, Timestamp::as_millisecond);
        u64::try_from(millis(self.ended_at) - millis(self.began_at)).unwrap_or_default()
    }
}

impl ScenarioModel {
    const fn planned(card: ScenarioCard) -> Self {
        Self { card, verdict: Verdict::Blocked, failure: None, duration_ms: 0, attempts: Vec::new() }
    }

    fn conclude(&mut self, ended: &str) {
        for attempt in &mut self.attempts {
            if !attempt.finished {
                attempt.failure = Some(Failure::blocked("", ended));
            }
            attempt.complete(&self.card);
        }
        let verdicts: Vec<Verdict> = self.attempts.iter().map(|attempt| attempt.verdict).collect();
        self.duration_ms = self.attempts.iter().map(|attempt| attempt.duration_ms).sum();
        match (scenario_verdict(&verdicts), self.attempts.last()) {
            (Some(verdict), Some(last)) => (self.verdict, self.failure) = (verdict, last.failure.clone()),
            _ => self.failure = Some(Failure::blocked("", ended)),
        }
    }

    /// The step that decided the verdict, if one did.
    #[must_use]
    pub fn decisive_step(&self) -> Option<&StepRecord> {
        let attempt = self.attempts.last()?;
        attempt.steps.iter().find(|step| step.failure.is_some() && step.failure == attempt.failure)
    }
}

impl AttemptModel {
    const fn started(number: u32) -> Self {
        Self {
            number,
            verdict: Verdict::Blocked,
            failure: None,
            started_at: None,
            duration_ms: 0,
            steps: Vec::new(),
            pages: Vec::new(),
            exchanges: Vec::new(),
            deliveries: Vec::new(),
            attachments: Vec::new(),
            finished: false,
        }
    }

    /// Adds the steps that an attempt which was dropped never came to.
    fn complete(&mut self, card: &ScenarioCard) {
        let reached = self.steps.iter().filter(|step| step.index.is_some()).count();
        let Some(started_at) = self.started_at else { return };
        for (index, text) in card.steps.iter().enumerate().skip(reached) {
            self.steps.push(StepRecord {
                attempt: Attempt { scenario: card.id.clone(), attempt: self.number },
                index: Some(index),
                text: text.clone(),
                outcome: StepOutcome::NotReached,
                started_at,
                duration_ms: 0,
                failure: None,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn verdicts(model: &RunModel) -> Vec<(&str, Verdict)> {
        model.scenarios.iter().map(|scenario| (scenario.card.name.as_str(), scenario.verdict)).collect()
    }

    #[test]
    fn the_last_attempt_decides_and_all_stay_visible() {
        let model = RunModel::fold(&sample::entries());
        assert_eq!(
            verdicts(&model),
            [
                ("Paid with the documented card", Verdict::Passed),
                ("Wrong OTP", Verdict::Failed),
                ("Paid on the second attempt", Verdict::Flaky),
                ("Seen on the portal", Verdict::Skipped),
                ("Bank is unreachable", Verdict::Blocked),
                ("Payload as approved", Verdict::Drifted),
            ]
        );
        assert_eq!(model.conclusion(), Conclusion::NotConforming);
        assert_eq!(model.scenarios[2].attempts.len(), 2);
        assert_eq!(model.scenarios[2].duration_ms, 2_500);
        assert_eq!(model.scenarios[1].decisive_step().unwrap().text, "Then the payment is refused");
    }

    #[test]
    fn a_journal_cut_anywhere_still_gives_a_model_that_claims_no_more_than_it_saw() {
        let whole = sample::entries();
        for length in 0..whole.len() {
            let model = RunModel::fold(&whole[..length]);
            let planned = whole[..length].iter().filter(|e| matches!(e.event, Event::ScenarioPlanned(_))).count();
            assert_eq!(model.scenarios.len(), planned);
            let finished = whole[..length].iter().filter(|e| matches!(e.event, Event::AttemptFinished(_))).count();
            let unfinished = model.scenarios.iter().filter(|s| {
                s.failure.as_ref().is_some_and(|failure| failure.observed.starts_with("the run was killed"))
            });
            assert!(unfinished.count() + finished >= planned, "cut to {length} entries");
            assert_ne!(model.conclusion(), Conclusion::Conforming, "cut to {length} entries");
        }
    }

    #[test]
    fn what_an_interrupted_run_did_not_reach_says_why() {
        let mut entries = sample::entries();
        entries.retain(|entry| matches!(entry.event, Event::RunStarted(_) | Event::ScenarioPlanned(_)));
        let finished = RunFinished { interrupted: Some("Ctrl-C".to_owned()), prevented: None, duration_ms: 10 };
        entries.push(Entry { at: Timestamp::UNIX_EPOCH, event: Event::RunFinished(finished) });
        let model = RunModel::fold(&entries);
        assert_eq!(model.conclusion(), Conclusion::Blocked);
        assert_eq!(
            model.scenarios[0].failure.as_ref().unwrap().observed,
            "the run was ended by Ctrl-C before this scenario"
        );
    }

    #[test]
    fn an_attempt_that_was_dropped_shows_which_steps_it_never_reached() {
        let mut entries = sample::entries();
        let cut = entries.iter().position(|entry| matches!(entry.event, Event::StepFinished(_))).unwrap();
        entries.truncate(cut + 1);
        let model = RunModel::fold(&entries);
        let outcomes: Vec<StepOutcome> = model.scenarios[0].attempts[0].steps.iter().map(|step| step.outcome).collect();
        assert_eq!(outcomes, [StepOutcome::Passed, StepOutcome::NotReached, StepOutcome::NotReached]);
    }
}
