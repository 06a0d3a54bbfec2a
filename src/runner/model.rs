//! What a run's journal says, scenario by scenario: the one source of every report and of the exit code.

use super::{Conclusion, Held, Standing, accepted::hold, conclude, scenario_verdict};
use crate::journal::{
    AttachmentRecord, Attempt, DeliveryRecord, Entry, Event, ExchangeRecord, Expectation, Failure, FaultTrial, Finding,
    PageRecord, RunFinished, RunResumed, RunStarted, ScenarioCard, StepOutcome, StepRecord, Verdict,
};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::HashMap;

/// A run, folded from its journal.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RunModel {
    /// Absent if the run did not come as far as its target.
    pub started: Option<RunStarted>,
    /// Prefixes of all its orders: several if it was resumed, or if several runs were merged.
    pub runs: Vec<String>,
    /// Of the journal's first entry.
    pub began_at: Option<Timestamp>,
    /// Of the journal's last entry.
    pub ended_at: Option<Timestamp>,
    /// Absent if the run was killed.
    pub finished: Option<RunFinished>,
    /// In the order of the plan.
    pub scenarios: Vec<ScenarioModel>,
    /// What was expected to deviate on this target, and whether it did.
    pub expectations: Vec<Held>,
    /// What the documentation has wrong.
    pub findings: Vec<Finding>,
    /// What became of faults that were tried after a clean run.
    pub faults: Vec<FaultTrial>,
    /// How long it was going on: not from an end until it was resumed.
    pub duration_ms: u64,
    /// What `expectations` is made from.
    #[serde(skip)]
    pub(super) stated: Vec<Expectation>,
}

/// A scenario and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct ScenarioModel {
    pub card: ScenarioCard,
    pub verdict: Verdict,
    /// The cause that decides the verdict.
    pub failure: Option<Failure>,
    /// Why the verdict is accepted for now, if it is.
    pub accepted: Option<String>,
    /// Of all attempts together, in milliseconds.
    pub duration_ms: u64,
    /// In order; empty if the run ended before it.
    pub attempts: Vec<AttemptModel>,
    /// Whether the features no longer had it when the run was resumed.
    #[serde(skip)]
    gone: bool,
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
    /// What others may stumble over.
    pub warnings: Vec<String>,
    pub deliveries: Vec<DeliveryRecord>,
    pub attachments: Vec<AttachmentRecord>,
    /// Whether it was cut short or blocked before the run was resumed, so that it counts no more.
    pub superseded: bool,
    #[serde(skip)]
    ended_at: Option<Timestamp>,
    #[serde(skip)]
    will_retry: bool,
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
    pub(crate) fn add(&mut self, verdict: Verdict) {
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
            ended_at: entries.iter().rfind(|entry| !matches!(entry.event, Event::FaultTried(_))).map(|entry| entry.at),
            ..Self::default()
        };
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut paused_ms = 0;
        for (index, Entry { at, event }) in entries.iter().enumerate() {
            match event {
                Event::RunStarted(started) => {
                    model.runs.push(started.run.clone());
                    model.started = Some(started.clone());
                }
                Event::RunResumed(resumed) => {
                    paused_ms += entries[..index].last().map_or(0, |before| millis_between(before.at, *at));
                    model.resume(resumed);
                }
                Event::ExpectationsStated(stated) => model.stated.clone_from(&stated.expected),
                Event::FindingsConfirmed(confirmed) => model.findings.clone_from(&confirmed.findings),
                Event::RunFinished(finished) => model.finished = Some(finished.clone()),
                Event::FaultTried(trial) => model.faults.push(trial.clone()),
                Event::ScenarioPlanned(card) => {
                    let place = *places.entry(&card.id).or_insert(model.scenarios.len());
                    match model.scenarios.get_mut(place) {
                        Some(scenario) => scenario.card = card.clone(),
                        None => model.scenarios.push(ScenarioModel::planned(card.clone())),
                    }
                }
                Event::AttemptStarted(attempt) => model.with(&places, attempt, |a| a.started_at = Some(*at)),
                Event::StepFinished(r) => model.with(&places, &r.attempt, |a| a.steps.push(r.clone())),
                Event::Exchange(r) => model.with(&places, &r.attempt, |a| a.exchanges.push(r.clone())),
                Event::Warning(r) => model.with(&places, &r.attempt, |a| a.warnings.push(r.text.clone())),
                // Of the moment; what came of it is what the steps say.
                Event::Instruction(_) => {}
                Event::Page(r) => model.with(&places, &r.attempt, |a| a.pages.push(r.clone())),
                Event::Delivery(r) => model.with(&places, &r.attempt, |a| a.deliveries.push(r.clone())),
                Event::Attachment(r) => model.with(&places, &r.attempt, |a| a.attachments.push(r.clone())),
                Event::AttemptFinished(r) => model.with(&places, &r.attempt, |a| {
                    (a.verdict, a.failure, a.duration_ms) = (r.verdict, r.failure.clone(), r.duration_ms);
                    (a.ended_at, a.will_retry) = (Some(*at), r.will_retry);
                }),
            }
        }
        if let (Some(began), Some(ended)) = (model.began_at, model.ended_at) {
            model.duration_ms = millis_between(began, ended).saturating_sub(paused_ms);
        }
        let (ended, early) = (model.why_it_ended(), model.ended_early());
        model.scenarios.iter_mut().for_each(|scenario| scenario.conclude(&ended, early));
        model.hold_expectations();
        model
    }

    /// Holds the scenarios against what was expected of them.
    pub(super) fn hold_expectations(&mut self) {
        if let (Some(started), Some(at)) = (&self.started, self.began_at) {
            self.expectations = hold(&self.stated, &started.target, at, &mut self.scenarios);
        }
    }

    /// What was concluded stays; what was cut short or blocked is tried again and counts no more.
    fn resume(&mut self, resumed: &RunResumed) {
        let ended = self.why_it_ended();
        for scenario in &mut self.scenarios {
            scenario.gone = resumed.gone.contains(&scenario.card.id);
            scenario.attempts.iter_mut().for_each(|attempt| attempt.supersede(&scenario.card, &ended));
        }
        self.finished = None;
        self.runs.push(resumed.run.clone());
        if let Some(started) = &mut self.started {
            started.base_url.clone_from(&resumed.base_url);
            started.suite_version.clone_from(&resumed.suite_version);
            started.capabilities.clone_from(&resumed.capabilities);
        }
    }

    /// Whether the run ended before all scenarios could, so that a retry may be missing.
    fn ended_early(&self) -> bool {
        self.finished.as_ref().is_none_or(|finished| finished.interrupted.is_some() || finished.prevented.is_some())
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
        if self.finished.as_ref().is_some_and(|finished| !finished.withheld.is_empty()) {
            return Conclusion::Defect;
        }
        let prevented = self.finished.as_ref().and_then(|finished| finished.prevented.as_ref());
        let counted = |scenario| match scenario {
            // What is accepted counts as if it were as documented.
            &ScenarioModel { accepted: Some(_), .. } => (Verdict::Passed, None),
            ScenarioModel { verdict, failure, .. } => (*verdict, failure.as_ref()),
        };
        let conclusion = conclude(self.scenarios.iter().map(counted), prevented);
        let mended = self.expectations.iter().any(|held| held.standing == Standing::Mended);
        // A run that was killed before it had written its whole plan has not run all that was selected.
        let unplanned = self.started.as_ref().is_some_and(|started| self.scenarios.len() < started.selected);
        match conclusion {
            Conclusion::Conforming | Conclusion::NothingSelected if unplanned => Conclusion::Blocked,
            Conclusion::Conforming | Conclusion::Blocked if mended => Conclusion::NotConforming,
            conclusion => conclusion,
        }
    }
}

fn millis_between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_millisecond() - from.as_millisecond()).unwrap_or_default()
}

impl ScenarioModel {
    const fn planned(card: ScenarioCard) -> Self {
        Self {
            card,
            verdict: Verdict::Blocked,
            failure: None,
            accepted: None,
            duration_ms: 0,
            attempts: Vec::new(),
            gone: false,
        }
    }

    fn conclude(&mut self, ended: &str, early: bool) {
        for attempt in &mut self.attempts {
            if attempt.ended_at.is_none() && !attempt.superseded {
                attempt.failure = Some(Failure::blocked("", ended));
            }
            attempt.complete(&self.card);
        }
        self.duration_ms = self.attempts.iter().map(|attempt| attempt.duration_ms).sum();
        let counted: Vec<&AttemptModel> = self.counted().collect();
        let verdicts: Vec<Verdict> = counted.iter().map(|attempt| attempt.verdict).collect();
        let (verdict, failure) = match (scenario_verdict(&verdicts), counted.last()) {
            // An attempt that was to be followed by another is not the final one.
            (Some(verdict), Some(last)) if !(early && last.will_retry) => (verdict, last.failure.clone()),
            _ if self.gone => {
                let reason = "the features no longer had this scenario when the run was resumed";
                (Verdict::Blocked, Some(Failure::blocked("", reason)))
            }
            _ => (Verdict::Blocked, Some(Failure::blocked("", ended))),
        };
        (self.verdict, self.failure) = (verdict, failure);
    }

    /// The attempts from which the verdict is concluded.
    pub(crate) fn counted(&self) -> impl DoubleEndedIterator<Item = &AttemptModel> {
        self.attempts.iter().filter(|attempt| !attempt.superseded)
    }

    /// Whether the environment did not prevent a verdict, so that nothing is left to be tried.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.verdict != Verdict::Blocked
    }

    /// Paths of its screenshots and other files, as the journal names them.
    pub(crate) fn evidence(&self) -> impl Iterator<Item = &str> {
        self.attempts.iter().flat_map(|attempt| {
            let screenshots = attempt.pages.iter().filter_map(|page| page.screenshot.as_deref());
            screenshots.chain(attempt.attachments.iter().map(|file| file.path.as_str()))
        })
    }

    /// When its last attempt ended, if it did.
    pub(crate) fn ended_at(&self) -> Option<Timestamp> {
        self.attempts.iter().filter_map(|attempt| attempt.ended_at).max()
    }

    /// The number of the last attempt, and how many attempts another was to follow.
    #[must_use]
    pub fn spent(&self) -> (u32, u32) {
        let last = self.attempts.iter().map(|attempt| attempt.number).max().unwrap_or_default();
        let retried = self.attempts.iter().filter(|attempt| attempt.will_retry).count();
        (last, u32::try_from(retried).unwrap_or(u32::MAX))
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
            warnings: Vec::new(),
            deliveries: Vec::new(),
            attachments: Vec::new(),
            superseded: false,
            ended_at: None,
            will_retry: false,
        }
    }

    /// Gives way to the attempts of the resumed run, unless it showed something: what was to be retried anyway still counts.
    fn supersede(&mut self, card: &ScenarioCard, ended: &str) {
        if self.superseded {
            return;
        }
        if self.ended_at.is_none() {
            self.superseded = true;
            self.failure = Some(Failure::blocked("", ended));
            self.complete(card);
        } else if self.verdict == Verdict::Blocked && !self.will_retry {
            self.superseded = true;
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
    use crate::runner::sample;

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
        let finished = RunFinished {
            interrupted: Some("Ctrl-C".to_owned()),
            prevented: None,
            withheld: Vec::new(),
            duration_ms: 10,
        };
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

    #[test]
    fn a_scenario_tells_its_evidence_its_attempts_and_no_step_that_decided_what_passed() {
        let model = RunModel::fold(&sample::entries());
        assert_eq!(model.scenarios[0].evidence().collect::<Vec<_>>(), ["evidence/card.png"]);
        assert_eq!((model.scenarios[0].spent(), model.scenarios[2].spent()), ((1, 0), (2, 1)));
        assert!(model.scenarios[0].decisive_step().is_none());
    }

    #[test]
    fn a_run_lasts_to_its_own_end_without_its_pauses_and_without_the_faults_tried_after_it() {
        let mut entries = sample::entries();
        let (began, ended) = (entries[0].at, entries[entries.len() - 1].at);
        let whole = RunModel::fold(&entries);
        assert_eq!((whole.began_at, whole.ended_at), (Some(began), Some(ended)));
        let lasted = millis_between(began, ended);
        // An entry each tenth of a second.
        assert_eq!((whole.duration_ms, lasted), (lasted, 100 * (entries.len() as u64 - 1)));

        let trial = FaultTrial {
            fault: "x".to_owned(),
            title: String::new(),
            kind: String::new(),
            requirement: "CARD-01".to_owned(),
            must: true,
            standing: "killed".to_owned(),
            noticed_by: None,
            step: None,
            kills: 1,
            ran: 1,
        };
        let hour = jiff::SignedDuration::from_hours(1);
        entries.push(Entry { at: ended + hour, event: Event::FaultTried(trial) });
        let tried = RunModel::fold(&entries);
        assert_eq!((tried.ended_at, tried.faults.len()), (Some(ended), 1));
        entries.pop();

        let resumed = RunResumed {
            run: "sc2".to_owned(),
            suite_version: "0.1.0".to_owned(),
            base_url: "http://api.localhost:4010".to_owned(),
            capabilities: Vec::new(),
            remaining: 1,
            gone: Vec::new(),
        };
        entries.push(Entry { at: ended + hour, event: Event::RunResumed(resumed) });
        let paused = RunModel::fold(&entries);
        assert_eq!((paused.ended_at, paused.duration_ms), (Some(ended + hour), lasted));
    }

    #[test]
    fn a_failure_that_was_to_be_retried_is_final_only_if_the_run_came_to_its_end() {
        let mut entries = sample::entries();
        // The second attempt is missing, as if nothing had been left to try it with.
        entries.retain(|entry| match &entry.event {
            Event::AttemptStarted(attempt) => attempt.attempt == 1,
            Event::StepFinished(step) => step.attempt.attempt == 1,
            Event::AttemptFinished(finished) => finished.attempt.attempt == 1,
            _ => true,
        });
        let verdict = |entries: &[Entry]| RunModel::fold(entries).scenarios[2].verdict;
        assert_eq!(verdict(&entries), Verdict::Failed);
        for (interrupted, prevented) in
            [(Some("Ctrl-C".to_owned()), None), (None, Some(Failure::defect("the stage collapsed")))]
        {
            let early = RunFinished { interrupted, prevented, withheld: Vec::new(), duration_ms: 10 };
            entries.last_mut().unwrap().event = Event::RunFinished(early);
            assert_eq!(verdict(&entries), Verdict::Blocked);
        }
    }
}
