//! Our cucumber writer: tells the attempts what happened, as it happens.
//!
//! It takes events as they come and leaves their order alone, so that nothing waits for the end of a feature.

use super::{
    attempts::Attempts,
    plan::{Place, step_text},
};
use crate::journal::{Failure, StepOutcome};
use cucumber::{
    Event,
    cli::Empty,
    event::{Cucumber, Feature, Hook, HookType, RetryableScenario, Rule, Scenario, Step, StepError},
    gherkin, parser,
    writer::Normalized,
};
use std::{rc::Rc, time::SystemTime};

pub(super) struct JournalWriter {
    pub(super) attempts: Rc<Attempts>,
}

/// Nothing is sorted here; cucumber asks for this mark before it runs with a writer.
impl Normalized for JournalWriter {}

impl<W: cucumber::World> cucumber::Writer<W> for JournalWriter {
    type Cli = Empty;

    async fn handle_event(&mut self, event: parser::Result<Event<Cucumber<W>>>, _: &Empty) {
        // Our parser yields features that are parsed already, so it yields no errors.
        let Ok(event) = event else { return };
        let (event, moment) = event.split();
        if let Cucumber::Feature(
            feature,
            Feature::Scenario(scenario, event) | Feature::Rule(_, Rule::Scenario(scenario, event)),
        ) = event
        {
            let RetryableScenario { event, .. } = event;
            self.handle(&Place::of(&feature, &scenario), event, moment.at);
        }
    }
}

impl JournalWriter {
    fn handle<W>(&self, place: &Place, event: Scenario<W>, at: SystemTime) {
        match event {
            Scenario::Started => drop(self.attempts.begin(place, at)),
            Scenario::Hook(which, Hook::Failed(_, payload)) => {
                let text = match which {
                    HookType::Before => "Setting the stage",
                    HookType::After => "Cleaning up",
                };
                self.attempts.hook_failed(place, text, Failure::of_panic(&*payload), at);
            }
            Scenario::Background(step, event) | Scenario::Step(step, event) => {
                self.handle_step(place, &step, event, at)
            }
            Scenario::Finished => self.attempts.finish(place, at),
            Scenario::Hook(..) | Scenario::Log(_) => {}
        }
    }

    fn handle_step<W>(&self, place: &Place, step: &gherkin::Step, event: Step<W>, at: SystemTime) {
        let (outcome, failure) = match event {
            Step::Started => return self.attempts.step_started(place, at),
            Step::Passed(..) => (StepOutcome::Passed, None),
            // Cucumber calls it skipped when no definition matches; later steps have no event at all.
            Step::Skipped | Step::Failed(_, _, _, StepError::NotFound) => {
                (StepOutcome::Undefined, Some(Failure::defect("no step definition matches this step")))
            }
            Step::Failed(_, _, _, StepError::AmbiguousMatch(error)) => {
                let matches = error.possible_matches.iter().map(|(pattern, _)| format!("`{}`", pattern.as_str()));
                let matches = matches.collect::<Vec<_>>().join(" and ");
                let failure = Failure::defect(format!("more than one step definition matches this step: {matches}"));
                (StepOutcome::Ambiguous, Some(failure))
            }
            Step::Failed(_, _, _, StepError::Panic(payload)) => {
                (StepOutcome::Failed, Some(Failure::of_panic(&*payload)))
            }
        };
        self.attempts.step_finished(place, step_text(step), outcome, failure, at);
    }
}
