//! A run that goes on: what its journal says of it, what of that is left, and what may not be another now.

use super::{RunArgs, output::note};
use crate::{
    journal::{self, Event, Journal, RunFinished, RunResumed, RunStarted},
    runner::{Earlier, Plan},
    runner::{RunModel, ScenarioModel},
    sandbox::Target,
};
use anyhow::{Context, bail, ensure};
use std::{
    collections::{HashMap, HashSet},
    path::Path,
};
use url::Url;

/// A run that ended early, as far as it came.
#[derive(Debug)]
pub(super) struct Resumption {
    model: RunModel,
    pub(super) started: RunStarted,
}

impl Resumption {
    /// Takes the journal of the run in `folder`, and reads it once nobody else can write to it.
    pub(super) fn of(folder: &Path) -> anyhow::Result<(Self, Journal)> {
        let resume = || format!("resume the run in {}", folder.display());
        journal::read(folder).with_context(resume)?;
        let journal = Journal::resume(folder).with_context(resume)?;
        let model = RunModel::fold(&journal::read(folder).with_context(resume)?);
        let Some(started) = model.started.clone().filter(|started| {
            // Nothing begins before all is planned.
            !model.scenarios.is_empty() && model.scenarios.len() >= started.selected
        }) else {
            bail!(
                "{}: it ended before it had a whole plan, so nothing had run; start another with run --out {}",
                resume(),
                folder.display()
            );
        };
        Ok((Self { model, started }, journal))
    }

    /// Refuses what the run was not started with.
    pub(super) fn check(&self, args: &RunArgs, selected: &Plan) -> anyhow::Result<()> {
        let RunStarted { target, seed, .. } = &self.started;
        if let Some(other) = args.target.as_ref().filter(|other| *other != target) {
            bail!("resume on {other} a run that is on {target}; leave --target out, or start another run");
        }
        if let Some(other) = args.seed.filter(|other| other != seed) {
            bail!("resume with seed {other} a run with seed {seed}; leave --seed out, or start another run");
        }
        if !args.select.is_empty() || args.tags.is_some() || args.name.is_some() {
            let selected: HashSet<&str> = selected.scenarios.iter().map(|planned| planned.card.id.as_str()).collect();
            let planned: HashSet<&str> = self.model.scenarios.iter().map(|s| s.card.id.as_str()).collect();
            ensure!(selected == planned, "resume a run of another selection; leave it out, or start another run");
        }
        Ok(())
    }

    /// Refuses a target that has moved: the orders of before would not be there.
    pub(super) fn check_address(&self, api: &Url) -> anyhow::Result<()> {
        let (was, is) = (&self.started.base_url, api.as_str().trim_end_matches('/'));
        ensure!(was == is, "resume at {is} a run that is on {} at {was}; start another run", self.started.target);
        Ok(())
    }

    /// Ends a run of which nothing can be tried any more, and says so.
    pub(super) fn close(&self, journal: &Journal, rest: &Plan) {
        let gone = self.gone(rest);
        if gone.is_empty() {
            note("nothing is left to run: every scenario has its verdict");
        } else {
            note(&format!("nothing is left to run: the features no longer have {}", gone.join(", ")));
        }
        if self.model.finished.is_none() {
            // It was killed between its last scenario and its end.
            journal.record(Event::RunFinished(RunFinished {
                interrupted: None,
                prevented: None,
                withheld: Vec::new(),
                duration_ms: 0,
            }));
        }
    }

    fn left(&self) -> impl Iterator<Item = &ScenarioModel> {
        self.model.scenarios.iter().filter(|scenario| !scenario.is_settled())
    }

    /// What of the whole plan is to be tried.
    pub(super) fn rest(&self, plan: Plan) -> Plan {
        let left: HashSet<&str> = self.left().map(|scenario| scenario.card.id.as_str()).collect();
        plan.filtered(|planned| left.contains(planned.card.id.as_str()))
    }

    /// What lacks a verdict and is no longer in the features.
    pub(super) fn gone(&self, rest: &Plan) -> Vec<String> {
        let there: HashSet<&str> = rest.scenarios.iter().map(|planned| planned.card.id.as_str()).collect();
        self.left().map(|scenario| &scenario.card.id).filter(|id| !there.contains(id.as_str())).cloned().collect()
    }

    /// The attempts that there were, so that numbers and evidence do not meet.
    pub(super) fn earlier(&self) -> HashMap<String, Earlier> {
        let spent = |scenario: &ScenarioModel| {
            let (last, retried) = scenario.spent();
            (scenario.card.id.clone(), Earlier { last, retried })
        };
        self.left().map(spent).collect()
    }

    /// Writes that the run goes on, and plans again what is tried: its features may have changed.
    pub(super) fn announce(&self, journal: &Journal, rest: &Plan, target: &Target, run: &str) {
        let resumed = Event::RunResumed(RunResumed {
            run: run.to_owned(),
            suite_version: env!("CARGO_PKG_VERSION").to_owned(),
            base_url: target.api.as_str().trim_end_matches('/').to_owned(),
            capabilities: target.capabilities.iter().map(|capability| capability.word().to_owned()).collect(),
            remaining: rest.scenarios.len(),
            gone: self.gone(rest),
        });
        let planned = rest.scenarios.iter().map(|planned| Event::ScenarioPlanned(planned.card.clone()));
        journal.record_together(std::iter::once(resumed).chain(planned));
    }
}
