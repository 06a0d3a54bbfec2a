//! What became of one fault.

use super::{Dependents, matrix::is_must};
use crate::{
    catalog::{Fault, FaultKind},
    journal::{FaultTrial, Verdict},
    runner::{RunModel, ScenarioModel},
};
use serde::Serialize;

/// How a fault stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// A scenario of the violated requirement did not pass.
    Killed,
    /// Only scenarios of other requirements did not pass.
    WrongRequirement,
    /// Every scenario that depends on it passed.
    Survived,
    /// No scenario depends on it.
    Unreached,
}

impl Standing {
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Killed => "killed",
            Self::WrongRequirement => "killed by another requirement",
            Self::Survived => "survived",
            Self::Unreached => "reached by nothing",
        }
    }
}

/// A scenario that a fault kept from passing.
#[derive(Clone, Debug, Serialize)]
pub struct Kill {
    pub scenario: String,
    pub verdict: Verdict,
    /// The step that did not pass.
    pub step: Option<String>,
    /// Whether the scenario shows the requirement that the fault violates.
    pub own: bool,
}

/// What became of one fault.
#[derive(Clone, Debug, Serialize)]
pub struct Trial {
    pub fault: &'static Fault,
    pub standing: Standing,
    /// How many scenarios ran.
    pub ran: usize,
    /// Those that did not pass, in the order of the plan.
    pub kills: Vec<Kill>,
    /// Scenarios that the environment kept from a verdict, which proves nothing.
    pub blocked: Vec<String>,
    /// Scenarios that did not pass although they do not depend on the fault.
    pub strays: Vec<String>,
}

impl Trial {
    /// What a run under the fault shows.
    #[must_use]
    pub fn new(fault: &'static Fault, run: &RunModel, dependents: &Dependents) -> Self {
        // What comes too late is reported as the environment's: that is how such a fault is noticed.
        let kills_by_blocking = fault.kind == FaultKind::Time;
        let is_kill = |scenario: &ScenarioModel| match scenario.verdict {
            Verdict::Failed | Verdict::Drifted => true,
            Verdict::Blocked => kills_by_blocking,
            _ => false,
        };
        let own = |scenario: &ScenarioModel| scenario.card.requirements.contains(&fault.requirement);
        let kills: Vec<Kill> =
            run.scenarios.iter().filter(|scenario| is_kill(scenario)).map(|s| kill(s, own(s))).collect();
        let blocked = run.scenarios.iter().filter(|s| s.verdict == Verdict::Blocked && !kills_by_blocking);
        let passes = |scenario: &&ScenarioModel| matches!(scenario.verdict, Verdict::Passed | Verdict::Skipped);
        let strays = run.scenarios.iter().filter(|s| !passes(s) && !dependents.depends(&s.card.id, fault));
        let standing = if run.scenarios.is_empty() {
            Standing::Unreached
        } else if kills.iter().any(|kill| kill.own) {
            Standing::Killed
        } else if kills.is_empty() {
            Standing::Survived
        } else {
            Standing::WrongRequirement
        };
        Self {
            fault,
            standing,
            ran: run.scenarios.len(),
            kills,
            blocked: blocked.map(|scenario| scenario.card.id.clone()).collect(),
            strays: strays.map(|scenario| scenario.card.id.clone()).collect(),
        }
    }

    /// As the journal has it.
    #[must_use]
    pub fn record(&self) -> FaultTrial {
        let proof = self.proof();
        FaultTrial {
            fault: self.fault.id.clone(),
            title: self.fault.title.clone(),
            kind: self.fault.kind.word().to_owned(),
            requirement: self.fault.requirement.clone(),
            must: is_must(self),
            standing: self.standing.words().to_owned(),
            noticed_by: proof.map(|kill| kill.scenario.clone()),
            step: proof.and_then(|kill| kill.step.clone()),
            kills: self.kills.len(),
            ran: self.ran,
        }
    }

    /// The kill to show: of the violated requirement if there is one.
    #[must_use]
    pub fn proof(&self) -> Option<&Kill> {
        self.kills.iter().find(|kill| kill.own).or_else(|| self.kills.first())
    }
}

fn kill(scenario: &ScenarioModel, own: bool) -> Kill {
    let steps = scenario.attempts.last().map(|attempt| attempt.steps.as_slice()).unwrap_or_default();
    Kill {
        scenario: scenario.card.id.clone(),
        verdict: scenario.verdict,
        step: steps.iter().find(|step| step.failure.is_some()).map(|step| step.text.clone()),
        own,
    }
}
