//! `run`: scenarios against a target. Whatever happens after the arguments were understood ends in the same reports.

use super::{
    BrowserArgs, Environment, Evidence, Exit, Format, RunArgs,
    conclusion::{publish, refuse, unpublished},
    configuration::{Flags, TWIN},
    expectations, folder, fresh,
    interruption::Interruption,
    output::{note, print},
    project::{default_out, local_folder, project},
    resumption::Resumption,
    target::Choice,
    turn::Turn,
};
use crate::{
    findings,
    journal::{self, Event, Expectations, Failure, Findings, Journal, RunFinished, RunStarted},
    report::Terminal,
    runner::RunModel,
    runner::{self, Plan, Selection, Settings, StagedWorld, Staging, Suite},
    sandbox::{Circuit, Target},
    wire::Clock,
};
use anyhow::Context;
use futures::FutureExt as _;
use std::{
    io,
    num::NonZeroUsize,
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    pin::pin,
    sync::Arc,
    thread::available_parallelism,
    time::{Duration, Instant},
};

/// How long the stage may take to give back what it holds.
const CLOSING: Duration = Duration::from_secs(15);

/// What a stage is set from.
#[derive(Clone, Debug)]
pub struct Setting {
    pub target: Target,
    /// Prefix of every order this run creates.
    pub run: String,
    pub seed: u64,
    /// The run's folder.
    pub out: PathBuf,
    /// This project's folder, if the run was started there: its folders override what is embedded.
    pub project: Option<PathBuf>,
    /// Whether the target is still asked.
    pub circuit: Circuit,
    pub browser: BrowserArgs,
    /// Of which scenarios DOM and console are kept.
    pub evidence: Evidence,
}

/// Carries out `run` with the scenarios' world and its stage.
pub(super) fn run<W, F>(args: RunArgs, config: Option<PathBuf>, environment: &Environment, stage: F) -> Exit
where
    W: StagedWorld,
    F: AsyncFnOnce(Setting) -> Result<W::Stage, Failure>,
{
    let project = project(&environment.working_folder);
    let plan = plan(&args, project.as_deref());
    if args.dry_run {
        return plan
            .and_then(|plan| list::<W>(&plan, args.format))
            .unwrap_or_else(|error| refuse(&error, Exit::Misconfigured, args.format));
    }
    let out = args.out.clone().unwrap_or_else(|| default_out(project.as_deref()));
    let begun = match &args.resume {
        None => {
            folder::prepare(&out).map_err(Into::into).and_then(|()| create(&out)).map(|journal| (journal, plan, None))
        }
        Some(folder) => resume(folder, &args, config.as_deref(), project.as_deref(), plan, environment)
            .map(|(resumption, journal, rest)| (journal, Ok(rest), Some(resumption))),
    };
    let (journal, plan, resumption) = match begun {
        Ok(begun) => begun,
        // A journal of another time stays as it is.
        Err(error) => return refuse(&error, Exit::Misconfigured, args.format),
    };
    let terminal = Arc::new(Terminal::new(Box::new(io::stderr()), args.color.decide(environment.colour)));
    let screen = Arc::clone(&terminal);
    journal.watch(move |entry| screen.entry(entry));

    let started = Instant::now();
    let format = args.format;
    if let (Some(resumption), Ok(rest)) = (&resumption, &plan)
        && rest.scenarios.is_empty()
    {
        resumption.close(&journal, rest);
        return conclude(&journal, &terminal, format).unwrap_or_else(|error| unpublished(&error, format));
    }
    let performance = Performance { args, config, project, plan, resumption, environment, journal: &journal };
    let (interrupted, prevented) = match performance.carry_out::<W, F>(stage) {
        Ok(interrupted) => (interrupted, None),
        Err(failure) => (None, Some(failure)),
    };
    finish(&journal, interrupted, prevented, started);
    conclude(&journal, &terminal, format).unwrap_or_else(|error| unpublished(&error, format))
}

fn plan(args: &RunArgs, project: Option<&Path>) -> anyhow::Result<Plan> {
    let selection = Selection::new(args.select.clone(), args.tags.as_deref(), args.name.as_deref())?;
    let features = runner::load(Suite::Sandbox, local_folder(project, "features").as_deref())?;
    Ok(selection.of(Plan::new(features)?)?)
}

/// The run in `folder`, its journal, and the scenarios that are left of it, if all is as it was.
fn resume(
    folder: &Path,
    args: &RunArgs,
    config: Option<&Path>,
    project: Option<&Path>,
    selected: anyhow::Result<Plan>,
    environment: &Environment,
) -> anyhow::Result<(Resumption, Journal, Plan)> {
    let (resumption, journal) = Resumption::of(folder)?;
    resumption.check(args, &selected?)?;
    let flags = Flags { rate: args.rate, attended: args.attended };
    let choice = Choice::named(&resumption.started.target, config, environment, flags);
    let choice = choice.map_err(|failure| anyhow::anyhow!("resume the run in {}: {failure}", folder.display()))?;
    if let Some(address) = choice.address() {
        resumption.check_address(address)?;
    }
    let features = runner::load(Suite::Sandbox, local_folder(project, "features").as_deref())?;
    let rest = resumption.rest(Plan::new(features)?);
    Ok((resumption, journal, rest))
}

fn create(out: &Path) -> anyhow::Result<Journal> {
    Journal::create(out).with_context(|| format!("start a journal in {}", out.display()))
}

/// A run from its target's start to its stage's end.
struct Performance<'a> {
    args: RunArgs,
    config: Option<PathBuf>,
    project: Option<PathBuf>,
    plan: anyhow::Result<Plan>,
    resumption: Option<Resumption>,
    environment: &'a Environment,
    journal: &'a Journal,
}

impl Performance<'_> {
    /// Gives back why the run ended early, if it did.
    fn carry_out<W, F>(self, stage: F) -> Result<Option<String>, Failure>
    where
        W: StagedWorld,
        F: AsyncFnOnce(Setting) -> Result<W::Stage, Failure>,
    {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failure::blocked("threads", format!("failed to start them: {error}")))?;
        // A panic of ours is reported like anything else that keeps a run from being carried out.
        let performed = runtime.block_on(AssertUnwindSafe(self.perform::<W, F>(stage)).catch_unwind());
        runtime.shutdown_background();
        performed.unwrap_or_else(|payload| Err(Failure::of_panic(&*payload)))
    }

    async fn perform<W, F>(self, stage: F) -> Result<Option<String>, Failure>
    where
        W: StagedWorld,
        F: AsyncFnOnce(Setting) -> Result<W::Stage, Failure>,
    {
        let Self { args, config, project, plan, resumption, environment, journal } = self;
        let recorded = resumption.as_ref().map(|resumption| &resumption.started);
        let name = recorded.map(|started| started.target.as_str()).or(args.target.as_deref()).unwrap_or(TWIN);
        let interruption = Interruption::listen(args.deadline)
            .map_err(|error| Failure::blocked("signals", format!("failed to listen for them: {error}")))?;
        let mut interruption = pin!(interruption.reason());
        let choice =
            Choice::named(name, config.as_deref(), environment, Flags { rate: args.rate, attended: args.attended })?;
        let is_twin = choice.is_twin();
        let retries = args.retries.unwrap_or(choice.default_retries());
        let plan = plan.map_err(|error| Failure::misconfigured("", format!("failed to {error:#}")))?;
        let expected = expectations::read(args.expectations.as_deref(), &environment.working_folder)?;
        if plan.scenarios.is_empty() {
            return Ok(None);
        }
        let seed = recorded.map(|started| started.seed).or(args.seed).unwrap_or_else(fresh::seed);
        let running = choice.start(seed)?;
        let target = running.target.clone();
        if let Some(account) = &target.account {
            journal.learn(account.secret.expose());
            let logins = [&account.portal, &account.dashboard].into_iter().flatten();
            logins.for_each(|login| journal.learn(login.password.expose()));
        }
        let run = fresh::prefix();
        match &resumption {
            None => announce(journal, &plan, &target, &run, seed),
            Some(resumption) => resumption.announce(journal, &plan, &target, &run),
        }
        // What was expected when the run began may be no longer.
        if !expected.is_empty() || resumption.is_some() {
            journal.record(Event::ExpectationsStated(Expectations { expected }));
        }
        journal.record(Event::FindingsConfirmed(Findings { findings: findings::confirm(Clock::system().now()) }));
        let _turn = if is_twin {
            None
        } else {
            tokio::select! {
                turn = Turn::take(&target, environment, &run, note) => Some(turn?),
                reason = &mut interruption => return Ok(Some(reason)),
            }
        };

        let circuit = if args.keep_going { Circuit::that_keeps_going() } else { Circuit::closed() };
        let earlier = resumption.as_ref().map(Resumption::earlier).unwrap_or_default();
        let settings = Settings { retries, concurrency: concurrency(), circuit: circuit.clone(), earlier };
        let (out, RunArgs { browser, evidence, .. }) = (journal.folder().to_owned(), args);
        let setting = Setting { target, run, seed, out, project, circuit, browser, evidence };
        let stage = tokio::select! {
            stage = stage(setting) => Arc::new(stage?),
            reason = &mut interruption => return Ok(Some(reason)),
        };
        let performed = AssertUnwindSafe(runner::run::<W>(&plan, &stage, journal, &settings, interruption));
        let performed = performed.catch_unwind().await;
        // Browsers and servers go before the target does, whatever became of the scenarios.
        if tokio::time::timeout(CLOSING, stage.close()).await.is_err() {
            tracing::error!("failed to close the stage within {} s", CLOSING.as_secs());
        }
        drop(stage);
        drop(running);
        performed.map_err(|payload| Failure::of_panic(&*payload))
    }
}

/// Looks once more at all that was written, and writes how the run ended.
pub(super) fn finish(journal: &Journal, interrupted: Option<String>, prevented: Option<Failure>, started: Instant) {
    let duration_ms = started.elapsed().as_millis().try_into().unwrap_or(u64::MAX);
    if let Err(error) = journal.look_again() {
        tracing::error!("failed to look again at what was written: {error}");
    }
    let withheld = journal.withheld();
    journal.record(Event::RunFinished(RunFinished { interrupted, prevented, withheld, duration_ms }));
}

/// Writes what is about to run, so that a killed run knows what it lacks.
pub(super) fn announce(journal: &Journal, plan: &Plan, target: &Target, run: &str, seed: u64) {
    let started = Event::RunStarted(RunStarted {
        run: run.to_owned(),
        suite_version: env!("CARGO_PKG_VERSION").to_owned(),
        target: target.name.clone(),
        base_url: target.api.as_str().trim_end_matches('/').to_owned(),
        capabilities: target.capabilities.iter().map(|capability| capability.word().to_owned()).collect(),
        seed,
        selected: plan.scenarios.len(),
    });
    // Half a plan would make a resumed run less than what was asked for.
    let planned = plan.scenarios.iter().map(|planned| Event::ScenarioPlanned(planned.card.clone()));
    journal.record_together(std::iter::once(started).chain(planned));
}

/// Makes every report from the journal, and the exit code from the same model.
fn conclude(journal: &Journal, terminal: &Terminal, format: Format) -> anyhow::Result<Exit> {
    let out = journal.folder();
    if let Some(reason) = journal.broken() {
        let error = io::Error::other(reason.to_owned());
        return Err(error).with_context(|| format!("write the journal in {}", out.display()));
    }
    publish(&RunModel::fold(&journal::read(out)?), out, Some(journal), terminal, format)
}

/// `--dry-run`: the plan, and the steps that no definition or more than one matches.
fn list<W: StagedWorld>(plan: &Plan, format: Format) -> anyhow::Result<Exit> {
    let unmatched = plan.unmatched_steps::<W>();
    if format == Format::Json {
        let cards: Vec<_> = plan.scenarios.iter().map(|planned| &planned.card).collect();
        print(&serde_json::to_string_pretty(&cards)?)?;
    } else {
        for card in plan.scenarios.iter().map(|planned| &planned.card) {
            let requirements = if card.requirements.is_empty() { "-".to_owned() } else { card.requirements.join(",") };
            print(&format!("{}\t{requirements}\t{}", card.id, card.name))?;
        }
    }
    for problem in &unmatched {
        note(problem);
    }
    Ok(match (plan.scenarios.is_empty(), unmatched.is_empty()) {
        (true, _) => Exit::NothingSelected,
        (false, true) => Exit::Conforming,
        (false, false) => Exit::NotConforming,
    })
}

/// As many scenarios at a time as there are cores: those with a browser wait for one anyway.
fn concurrency() -> usize {
    available_parallelism().map_or(2, NonZeroUsize::get).max(2)
}
