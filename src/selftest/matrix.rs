//! All faults against all scenarios, and what follows.

use super::{Standing, Trial};
use crate::{
    catalog::{Level, requirements},
    journal::Verdict,
    runner::{RunModel, ScenarioModel},
};
use serde::Serialize;
use std::collections::HashSet;

/// The kill matrix.
#[derive(Clone, Debug, Serialize)]
pub struct Matrix {
    /// Whether every fault of the catalogue was tried, so that it can be said which scenarios none of them kills.
    pub whole: bool,
    /// Scenarios that did not pass on the clean target: nothing can be said of them.
    pub unclean: Vec<String>,
    pub trials: Vec<Trial>,
    /// Scenarios that no fault keeps from passing: they assert nothing that a fault of the catalogue touches.
    pub killed_by_none: Vec<String>,
}

impl Matrix {
    /// The matrix of a clean run and of the trials after it.
    #[must_use]
    pub fn new(clean: &RunModel, trials: Vec<Trial>, whole: bool) -> Self {
        let passed = |scenario: &&ScenarioModel| scenario.verdict == Verdict::Passed;
        let unclean = clean.scenarios.iter().filter(|s| !passed(s)).map(|s| s.card.id.clone()).collect();
        let killed: HashSet<&str> =
            trials.iter().flat_map(|trial| &trial.kills).map(|kill| kill.scenario.as_str()).collect();
        let spared = clean.scenarios.iter().filter(passed).filter(|s| whole && !killed.contains(s.card.id.as_str()));
        let killed_by_none = spared.map(|scenario| scenario.card.id.clone()).collect();
        Self { whole, unclean, trials, killed_by_none }
    }

    /// Faults against requirements that must hold and that were not killed by them.
    pub fn survivors(&self) -> impl Iterator<Item = &Trial> {
        self.trials.iter().filter(|trial| is_must(trial) && trial.standing != Standing::Killed)
    }

    /// Whether every fault that must be noticed was, every scenario noticed one, and none failed that depends on none.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.unclean.is_empty()
            && self.survivors().next().is_none()
            && self.killed_by_none.is_empty()
            && self.trials.iter().all(|trial| trial.strays.is_empty())
    }

    /// How many faults stand so.
    #[must_use]
    pub fn count(&self, standing: Standing) -> usize {
        self.trials.iter().filter(|trial| trial.standing == standing).count()
    }
}

/// Whether the fault is against a requirement that must hold.
pub(super) fn is_must(trial: &Trial) -> bool {
    requirements().iter().any(|r| r.id == trial.fault.requirement && r.level == Level::Must)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{catalog::faults, runner::sample, selftest::Kill};

    /// A trial of a fault against something that must hold, killed by its own requirement.
    fn trial() -> Trial {
        let fault = faults().iter().find(|fault| fault.id == "signature-not-checked").unwrap();
        let kill = Kill { scenario: "a/b".to_owned(), verdict: Verdict::Failed, step: None, own: true };
        Trial { fault, standing: Standing::Killed, ran: 1, kills: vec![kill], blocked: Vec::new(), strays: Vec::new() }
    }

    fn holds(trial: Trial) -> bool {
        Matrix::new(&RunModel::default(), vec![trial], false).holds()
    }

    #[test]
    fn a_matrix_holds_only_if_every_fault_that_must_be_noticed_is_and_nothing_else_fails() {
        assert!(holds(trial()));
        for standing in [Standing::Survived, Standing::WrongRequirement, Standing::Unreached] {
            assert!(!holds(Trial { standing, ..trial() }), "{standing:?}");
        }
        assert!(!holds(Trial { strays: vec!["c/d".to_owned()], ..trial() }));
        let should = faults().iter().find(|fault| fault.requirement == "PAYLOAD-01").unwrap();
        assert!(holds(Trial { fault: should, standing: Standing::Survived, ..trial() }));
    }

    #[test]
    fn a_clean_run_that_is_not_clean_and_a_scenario_that_nothing_kills_are_told() {
        let clean = RunModel::fold(&sample::entries());
        let matrix = Matrix::new(&clean, vec![trial()], true);
        assert!(!matrix.unclean.is_empty() && !matrix.killed_by_none.is_empty() && !matrix.holds());
        // A part of the faults says nothing of the scenarios that it leaves alone.
        assert!(Matrix::new(&clean, vec![trial()], false).killed_by_none.is_empty());
    }
}
