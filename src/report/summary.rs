//! The summary for machines: what `--format json` prints.

use super::{ContractCoverage, contract_coverage};
use crate::journal::{Failure, Finding, Verdict};
use crate::runner::{Counts, Held, RunModel};
use serde::Serialize;

/// A run in a few lines of JSON.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    pub conclusion: &'static str,
    pub exit_code: u8,
    pub target: Option<String>,
    pub base_url: Option<String>,
    /// Prefix of its first orders.
    pub run: Option<String>,
    /// Prefixes of all its orders: several if it was resumed, or if several runs were merged.
    pub runs: Vec<String>,
    pub seed: Option<u64>,
    pub duration_ms: u64,
    pub counts: Counts,
    /// How much of the contract was exercised.
    pub contract: ContractCoverage,
    /// Why the run ended early, if it did.
    pub interrupted: Option<String>,
    /// What kept the run from being carried out, if anything did.
    pub prevented: Option<Failure>,
    /// What was not written, because a secret was in it.
    pub withheld: Vec<String>,
    /// The run's folder.
    pub out: String,
    /// What was expected to deviate on this target, and whether it did.
    pub expectations: Vec<Held>,
    /// What the documentation has wrong; it changes no exit code.
    pub findings: Vec<Finding>,
    pub scenarios: Vec<ScenarioSummary>,
}

/// A scenario in a line of JSON.
#[derive(Clone, Debug, Serialize)]
pub struct ScenarioSummary {
    pub id: String,
    pub name: String,
    pub requirements: Vec<String>,
    pub verdict: Verdict,
    pub attempts: usize,
    pub duration_ms: u64,
    pub failure: Option<Failure>,
    /// Why the verdict is accepted for now, if it is.
    pub accepted: Option<String>,
}

impl Summary {
    /// `exit_code` is what the process will end with, `out` the run's folder.
    #[must_use]
    pub fn new(model: &RunModel, exit_code: u8, out: String) -> Self {
        let started = model.started.as_ref();
        let finished = model.finished.as_ref();
        let scenarios = model.scenarios.iter().map(|scenario| ScenarioSummary {
            id: scenario.card.id.clone(),
            name: scenario.card.name.clone(),
            requirements: scenario.card.requirements.clone(),
            verdict: scenario.verdict,
            attempts: scenario.attempts.len(),
            duration_ms: scenario.duration_ms,
            failure: scenario.failure.clone(),
            accepted: scenario.accepted.clone(),
        });
        Self {
            conclusion: model.conclusion().word(),
            exit_code,
            target: started.map(|started| started.target.clone()),
            base_url: started.map(|started| started.base_url.clone()),
            run: started.map(|started| started.run.clone()),
            runs: model.runs.clone(),
            seed: started.map(|started| started.seed),
            duration_ms: model.duration_ms,
            counts: model.counts(),
            contract: contract_coverage(model),
            interrupted: finished.and_then(|finished| finished.interrupted.clone()),
            prevented: finished.and_then(|finished| finished.prevented.clone()),
            withheld: finished.map(|finished| finished.withheld.clone()).unwrap_or_default(),
            out,
            expectations: model.expectations.clone(),
            findings: model.findings.clone(),
            scenarios: scenarios.collect(),
        }
    }
}
