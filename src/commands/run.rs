//! `run`: scenarios against a target. Whatever happens after the arguments were understood ends in the same reports.

use super::{
    Colour, Environment, Exit, Format, RunArgs, folder,
    interruption::Interruption,
    output::{complain, note, print},
    project::{local_folder, project},
    target::Choice,
};
use crate::{
    journal::{self, Event, Failure, Journal, RunFinished, RunStarted},
    report::{self, HTML_NAME, RunModel, Summary, Terminal},
    runner::{self, Plan, Selection, Settings, StagedWorld, Staging},
    sandbox::Target,
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
    pub args: RunArgs,
}

/// Carries out `run` with the scenarios' world and its stage.
pub(super) fn run<W, F>(args: RunArgs, environment: &Environment, stage: F) -> Exit
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
    let out = args.out.clone().unwrap_or_else(|| match &project {
        Some(_) => PathBuf::from("target/conformance"),
        None => PathBuf::from("conformance-out"),
    });
    let journal = match folder::prepare(&out).map_err(Into::into).and_then(|()| create(&out)) {
        Ok(journal) => journal,
        Err(error) => return refuse(&error, Exit::Misconfigured, args.format),
    };
    let colour = match args.color {
        Colour::Auto => environment.colour,
        Colour::Always => true,
        Colour::Never => false,
    };
    let terminal = Arc::new(Terminal::new(Box::new(io::stderr()), colour));
    let screen = Arc::clone(&terminal);
    journal.watch(move |entry| screen.entry(entry));

    let started = Instant::now();
    let format = args.format;
    let performance = Performance { args, project, plan, environment, journal: &journal };
    let (interrupted, prevented) = match performance.carry_out::<W, F>(stage) {
        Ok(interrupted) => (interrupted, None),
        Err(failure) => (None, Some(failure)),
    };
    let duration_ms = started.elapsed().as_millis().try_into().unwrap_or(u64::MAX);
    journal.record(Event::RunFinished(RunFinished { interrupted, prevented, duration_ms }));
    conclude(&journal, &terminal, format).unwrap_or_else(|error| {
        // A folder that cannot be written to is the user's to mend, a report that cannot be made is ours.
        let theirs = error.chain().any(|cause| cause.is::<io::Error>());
        refuse(&error, if theirs { Exit::Misconfigured } else { Exit::Defect }, format)
    })
}

fn plan(args: &RunArgs, project: Option<&Path>) -> anyhow::Result<Plan> {
    let selection = Selection::new(args.select.clone(), args.tags.as_deref(), args.name.as_deref())?;
    let features = runner::load(local_folder(project, "features").as_deref())?;
    Ok(selection.of(Plan::new(features)?)?)
}

fn create(out: &Path) -> anyhow::Result<Journal> {
    Journal::create(out).with_context(|| format!("start a journal in {}", out.display()))
}

/// A run from its target's start to its stage's end.
struct Performance<'a> {
    args: RunArgs,
    project: Option<PathBuf>,
    plan: anyhow::Result<Plan>,
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
        let Self { args, project, plan, environment, journal } = self;
        let interruption = Interruption::listen(args.deadline)
            .map_err(|error| Failure::blocked("signals", format!("failed to listen for them: {error}")))?;
        let mut interruption = pin!(interruption.reason());
        let choice = Choice::named(&args.target, environment)?;
        let retries = args.retries.unwrap_or(choice.default_retries());
        let plan = plan.map_err(|error| Failure::misconfigured("", format!("failed to {error:#}")))?;
        if plan.scenarios.is_empty() {
            return Ok(None);
        }
        let seed = args.seed.unwrap_or_else(fresh_seed);
        let running = choice.start(seed)?;
        let target = running.target.clone();
        if let Some(account) = &target.account {
            journal.learn(account.secret.expose());
        }
        let run = run_prefix();
        announce(journal, &plan, &target, &run, seed);

        let settings = Settings { retries, concurrency: concurrency() };
        let setting = Setting { target, run, seed, out: journal.folder().to_owned(), project, args };
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

/// Writes what is about to run, so that a killed run knows what it lacks.
fn announce(journal: &Journal, plan: &Plan, target: &Target, run: &str, seed: u64) {
    journal.record(Event::RunStarted(RunStarted {
        run: run.to_owned(),
        suite_version: env!("CARGO_PKG_VERSION").to_owned(),
        target: target.name.clone(),
        base_url: target.api.as_str().trim_end_matches('/').to_owned(),
        capabilities: target.capabilities.iter().map(|capability| capability.word().to_owned()).collect(),
        seed,
        selected: plan.scenarios.len(),
    }));
    for planned in &plan.scenarios {
        journal.record(Event::ScenarioPlanned(planned.card.clone()));
    }
}

/// Makes every report from the journal, and the exit code from the same model.
fn conclude(journal: &Journal, terminal: &Terminal, format: Format) -> anyhow::Result<Exit> {
    let out = journal.folder();
    if let Some(reason) = journal.broken() {
        let error = io::Error::other(reason.to_owned());
        return Err(error).with_context(|| format!("write the journal in {}", out.display()));
    }
    let model = RunModel::fold(&journal::read(out)?);
    let exit = Exit::from(model.conclusion());
    report::write(&model, out)?;
    terminal.summary(&model, exit.code(), &out.join(HTML_NAME).display().to_string());
    if format == Format::Json {
        let summary = Summary::new(&model, exit.code(), out.display().to_string());
        print(&serde_json::to_string_pretty(&summary)?)?;
    }
    Ok(exit)
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

/// Says why there is no report, to machines too.
fn refuse(error: &anyhow::Error, exit: Exit, format: Format) -> Exit {
    if format == Format::Json {
        let summary = serde_json::json!({"exit_code": exit.code(), "error": format!("failed to {error:#}")});
        // With the output closed nobody is left to tell.
        drop(print(&summary.to_string()));
    }
    complain(error, exit)
}

/// As many scenarios at a time as there are cores: those with a browser wait for one anyway.
fn concurrency() -> usize {
    available_parallelism().map_or(2, NonZeroUsize::get).max(2)
}

/// A seed that is short enough to be typed.
fn fresh_seed() -> u64 {
    u64::try_from(Clock::system().now().as_microsecond()).unwrap_or_default() % 1_000_000_007
}

/// A prefix that no other run has, in letters and digits that every dialect signs alike.
fn run_prefix() -> String {
    let mut rest = u64::try_from(Clock::system().now().as_millisecond()).unwrap_or_default();
    let mut digits = Vec::new();
    while rest > 0 {
        digits.push(char::from_digit((rest % 36) as u32, 36).unwrap_or('0'));
        rest /= 36;
    }
    digits.iter().rev().fold("sc".to_owned(), |prefix, digit| prefix + &digit.to_string())
}
