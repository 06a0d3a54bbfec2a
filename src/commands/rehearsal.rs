//! Runs of parts of the suite on twins of their own, under a fault or none.

use super::{
    BrowserArgs, Evidence, Setting, folder, fresh,
    run::{announce, finish},
    target::Choice,
};
use crate::{
    catalog::Fault,
    journal::{self, Failure, Journal},
    runner::{self, Plan, RunModel, Settings, StagedWorld, Staging},
    sandbox::{Circuit, TimeLimits},
};
use anyhow::{Context, bail};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

/// How long a scenario waits under a fault: what a healthy twin answers within milliseconds comes in time on a busy machine, too.
const LIMITS: TimeLimits = TimeLimits {
    page: Duration::from_secs(8),
    element: Duration::from_secs(4),
    exchange: Duration::from_secs(4),
    webhook: Duration::from_secs(4),
    attended: Duration::from_secs(4),
};
/// How long a stage may take to give back what it holds.
const CLOSING: Duration = Duration::from_secs(15);
/// The same accounts and references each time.
const SEED: u64 = 1;

/// What the rehearsals have in common.
pub(super) struct Rehearsals<F> {
    pub(super) browser: BrowserArgs,
    pub(super) project: Option<PathBuf>,
    pub(super) stage: F,
}

impl<F> Rehearsals<F> {
    /// Runs a part of the suite on a twin of its own and keeps its journal in `folder`.
    pub(super) async fn perform<W>(&self, plan: &Plan, fault: Option<&Fault>, folder: &Path) -> anyhow::Result<RunModel>
    where
        W: StagedWorld,
        F: AsyncFn(Setting) -> Result<W::Stage, Failure>,
    {
        folder::prepare(folder)?;
        let journal = Journal::create(folder).with_context(|| format!("start a journal in {}", folder.display()))?;
        let started = Instant::now();
        let mut running = Choice::Twin.start(SEED)?;
        running.target.limits = LIMITS;
        if let Some(fault) = fault {
            running.commit(fault)?;
        }
        let (target, run, circuit) = (running.target.clone(), fresh::prefix(), Circuit::that_keeps_going());
        announce(&journal, plan, &target, &run, SEED);
        let settings = Settings { retries: 0, concurrency: 2, circuit: circuit.clone(), earlier: HashMap::new() };
        let setting = Setting {
            target,
            run,
            seed: SEED,
            out: folder.to_owned(),
            project: self.project.clone(),
            circuit,
            browser: self.browser.clone(),
            evidence: Evidence::Never,
        };
        let stage = Arc::new((self.stage)(setting).await?);
        runner::run::<W>(plan, &stage, &journal, &settings, std::future::pending()).await;
        if tokio::time::timeout(CLOSING, stage.close()).await.is_err() {
            tracing::error!("failed to close the stage within {} s", CLOSING.as_secs());
        }
        finish(&journal, None, None, started);
        if let Some(text) = journal.withheld().first() {
            bail!("keep secrets out of {}: {text}", folder.display());
        }
        Ok(RunModel::fold(&journal::read(folder)?))
    }
}
