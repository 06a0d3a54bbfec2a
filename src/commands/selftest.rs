//! `selftest`: whether every check can fail.

use super::{
    Environment, Exit, Format, SelftestArgs, Setting,
    interruption::Interruption,
    output::{complain, note, print},
    project::{default_out, local_folder, project},
    rehearsal::Rehearsals,
};
use crate::{
    catalog::{Fault, fault, faults},
    journal::{self, Event, Failure, Journal},
    report::{self, HTML_NAME},
    runner::{self, Plan, RunModel, StagedWorld, Suite},
    selftest::{Dependents, Matrix, Reach, Standing, Trial, markdown},
};
use anyhow::Context;
use futures::{StreamExt, stream};
use std::{
    cell::{Cell, RefCell},
    collections::HashSet,
    fs,
    path::Path,
    pin::pin,
    time::{Duration, Instant},
};

/// Faults tried at the same time where no browser is needed: they mostly wait.
const ABREAST: usize = 4;
/// Faults tried at the same time with a browser each.
const ABREAST_WITH_BROWSERS: usize = 2;
/// The folder of the clean run, and of the report.
const CLEAN: &str = "clean";

pub(super) fn selftest<W, F>(args: &SelftestArgs, environment: &Environment, stage: F) -> Exit
where
    W: StagedWorld,
    F: AsyncFn(Setting) -> Result<W::Stage, Failure>,
{
    let matrix = match carry_out::<W, F>(args, environment, stage) {
        Ok(matrix) => matrix,
        Err(error) => return complain(&error, Exit::of(&error)),
    };
    tell(&matrix);
    let exit = if matrix.holds() { Exit::Conforming } else { Exit::NotConforming };
    if args.format == Format::Json {
        let text = serde_json::to_string_pretty(&matrix).unwrap_or_default();
        // With the output closed nobody is left to tell.
        drop(print(&text));
    }
    exit
}

fn carry_out<W, F>(args: &SelftestArgs, environment: &Environment, stage: F) -> anyhow::Result<Matrix>
where
    W: StagedWorld,
    F: AsyncFn(Setting) -> Result<W::Stage, Failure>,
{
    let chosen: Vec<&'static Fault> = if args.faults.is_empty() {
        faults().iter().collect()
    } else {
        args.faults.iter().map(|id| fault(id)).collect::<Result<_, _>>()?
    };
    let project = project(&environment.working_folder);
    let out = args.out.clone().unwrap_or_else(|| default_out(project.as_deref()).join("selftest"));
    let plan = Plan::new(runner::load(Suite::Sandbox, local_folder(project.as_deref(), "features").as_deref())?)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start threads")?;
    runtime.block_on(async {
        let interruption = Interruption::listen(args.deadline).context("listen for signals")?;
        let rehearsals = Rehearsals { browser: args.browser.clone(), project, stage: &stage };
        tokio::select! {
            matrix = rehearse::<W, F>(&rehearsals, &plan, &chosen, args, &out) => {
                let matrix = matrix?;
                let write = |name: &str, text: String| {
                    fs::write(out.join(name), text).with_context(|| format!("write {name} in {}", out.display()))
                };
                write("kill-matrix.md", markdown(&matrix))?;
                write("kill-matrix.json", serde_json::to_string_pretty(&matrix)?)?;
                note(&format!("matrix: {}", out.join("kill-matrix.md").display()));
                Ok(matrix)
            }
            reason = interruption.reason() => {
                Err(Failure::blocked("the selftest to come to its end", format!("ended by {reason}")).into())
            }
        }
    })
}

/// Runs the suite on a clean twin and under each fault.
async fn rehearse<W, F>(
    rehearsals: &Rehearsals<&F>,
    plan: &Plan,
    chosen: &[&'static Fault],
    args: &SelftestArgs,
    out: &Path,
) -> anyhow::Result<Matrix>
where
    W: StagedWorld,
    F: AsyncFn(Setting) -> Result<W::Stage, Failure>,
{
    let started = Instant::now();
    note(&format!("{} scenarios on a clean twin", plan.scenarios.len()));
    let clean = rehearsals.perform::<W>(plan, None, &out.join(CLEAN)).await?;
    note(&format!("clean in {:.1} s", started.elapsed().as_secs_f64()));
    let reach = clean.scenarios.iter().map(|scenario| (scenario.card.id.clone(), Reach::of(scenario)));
    let dependents = Dependents(reach.collect());
    let (with_browser, without): (Vec<_>, Vec<_>) = chosen
        .iter()
        .map(|fault| (*fault, if args.full { plan.clone() } else { dependents.of(plan, fault) }))
        .partition(|(_, part)| part.scenarios.iter().any(|planned| dependents.needs_browser(&planned.card.id)));
    let told = Cell::new(0);
    let killed = RefCell::new(HashSet::new());
    let journal = Journal::resume(&out.join(CLEAN)).context("go on in the journal of the clean run")?;
    let started = Instant::now();
    let attempt = async |(fault, part): (&'static Fault, Plan)| {
        let began = Instant::now();
        let folder = out.join("faults").join(&fault.id);
        let nothing = part.clone().filtered(|_| false);
        let (first, rest) = if args.full { (part, nothing) } else { dependents.split(part, fault, &killed.borrow()) };
        let mut run = rehearsals.perform::<W>(&first, Some(fault), &folder).await?;
        let mut trial = Trial::new(fault, &run, &dependents);
        if trial.standing != Standing::Killed && !rest.scenarios.is_empty() {
            run.scenarios.extend(rehearsals.perform::<W>(&rest, Some(fault), &folder.join("rest")).await?.scenarios);
            trial = Trial::new(fault, &run, &dependents);
        }
        journal.record(Event::FaultTried(trial.record()));
        killed.borrow_mut().extend(trial.kills.iter().map(|kill| kill.scenario.clone()));
        told.set(told.get() + 1);
        progress(&trial, told.get(), chosen.len(), began.elapsed(), started.elapsed());
        anyhow::Ok(trial)
    };
    let mut trials = Vec::new();
    for (faults, abreast) in [(without, ABREAST), (with_browser, ABREAST_WITH_BROWSERS)] {
        let mut running = pin!(stream::iter(faults).map(&attempt).buffer_unordered(abreast));
        while let Some(trial) = running.next().await {
            trials.push(trial?);
        }
    }
    let folder = journal.folder();
    report::write(&RunModel::fold(&journal::read(folder)?), folder, |path, text| journal.save(path, text))?;
    note(&format!("report: {}", folder.join(HTML_NAME).display()));
    trials.sort_by_key(|trial| chosen.iter().position(|fault| fault.id == trial.fault.id));
    Ok(Matrix::new(&clean, trials, args.faults.is_empty()))
}

fn progress(trial: &Trial, number: usize, total: usize, took: Duration, since: Duration) {
    let left = since.as_secs_f64() / number as f64 * (total - number) as f64;
    let by = trial.proof().map(|kill| format!(" by {}", kill.scenario)).unwrap_or_default();
    let blocked = if trial.blocked.is_empty() { String::new() } else { format!(", {} blocked", trial.blocked.len()) };
    note(&format!(
        "{:>28} {:>5.1} s {number:>4}/{total}  {} against {}{by} ({} of {} scenarios{blocked}); about {} left",
        trial.standing.words(),
        took.as_secs_f64(),
        trial.fault.id,
        trial.fault.requirement,
        trial.kills.len(),
        trial.ran,
        minutes(left),
    ));
}

fn minutes(seconds: f64) -> String {
    if seconds < 90.0 { format!("{seconds:.0} s") } else { format!("{:.0} min", seconds / 60.0) }
}

fn tell(matrix: &Matrix) {
    for id in &matrix.unclean {
        note(&format!("not passed on the clean twin: {id}"));
    }
    for id in &matrix.killed_by_none {
        note(&format!("killed by no fault: {id}"));
    }
    for trial in &matrix.trials {
        for id in &trial.strays {
            note(&format!("not passed under {}, on which it does not depend: {id}", trial.fault.id));
        }
    }
    for trial in matrix.survivors() {
        note(&format!(
            "{}: {} against {}, {}",
            trial.standing.words(),
            trial.fault.id,
            trial.fault.requirement,
            trial.fault.title
        ));
    }
    note(&format!(
        "{} of {} faults killed by their own requirement, {} by another one, {} survived, {} reached by nothing",
        matrix.count(Standing::Killed),
        matrix.trials.len(),
        matrix.count(Standing::WrongRequirement),
        matrix.count(Standing::Survived),
        matrix.count(Standing::Unreached),
    ));
}
