//! Drives cucumber over a plan, in rounds: all scenarios first, then those again that another attempt may turn.

use super::{
    Plan, Planned, StagedWorld, Staging,
    attempts::{Attempts, is_skip},
    plan::Place,
    writer::JournalWriter,
};
use crate::catalog::requirements;
use crate::journal::{Attempt, AttemptFinished, Event, Failure, Journal, Verdict};
use crate::sandbox::Circuit;
use cucumber::{
    Cucumber,
    cli::Empty,
    event::{ScenarioFinished, StepError},
    gherkin, parser,
    runner::Basic,
};
use futures::{FutureExt as _, stream};
use std::{
    collections::{HashMap, HashSet},
    panic,
    pin::pin,
    rc::Rc,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// How long an attempt may take to give back what it acquired.
const LEAVING: Duration = Duration::from_secs(60);

/// How a plan is carried out.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many further attempts a scenario gets that another attempt may turn.
    pub retries: u32,
    /// How many scenarios run at the same time, at least one.
    pub concurrency: usize,
    /// Opens after blocked scenarios in a row; the rest is blocked at once then.
    pub circuit: Circuit,
    /// What scenarios had before the run was resumed, by their ids.
    pub earlier: HashMap<String, Earlier>,
}

/// The attempts of a scenario before the run was resumed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Earlier {
    /// The number of the last one; the next has another, and evidence of its own.
    pub last: u32,
    /// How many were to be followed by a retry: that many are left less.
    pub retried: u32,
}

/// Runs `plan` on `stage` and writes to `journal` what becomes of each scenario.
///
/// When `interrupt` completes the run ends early: what is under way is dropped and reported as blocked, and the reason
/// is given back.
pub async fn run<W: StagedWorld>(
    plan: &Plan,
    stage: &Arc<W::Stage>,
    journal: &Journal,
    settings: &Settings,
    interrupt: impl Future<Output = String>,
) -> Option<String> {
    let mut interrupt = pin!(interrupt);
    let mut next = conclude_what_cannot_run(plan, &**stage, journal, &settings.earlier);
    for round in 1..=settings.retries.saturating_add(1) {
        if next.is_empty() || settings.circuit.opened().is_some() {
            break;
        }
        let attempts = Rc::new(Attempts::new(journal, &next, round, settings));
        let ids = next.iter().map(|planned| planned.card.id.as_str()).collect();
        tokio::select! {
            biased;
            reason = &mut interrupt => {
                // Cucumber was dropped before it could put the panic hook back.
                quiet_panics();
                attempts.abandon(&reason, SystemTime::now());
                return Some(reason);
            }
            () = play::<W>(plan.features(&ids), &attempts, stage, settings.concurrency) => {}
        }
        let again: HashSet<String> = attempts.again();
        next.retain(|planned| again.contains(&planned.card.id));
    }
    None
}

/// Concludes the scenarios that need what the target lacks or what this run cannot use, and gives back the others.
fn conclude_what_cannot_run<'a>(
    plan: &'a Plan,
    stage: &impl Staging,
    journal: &Journal,
    earlier: &HashMap<String, Earlier>,
) -> Vec<&'a Planned> {
    let target = stage.target();
    let obstacle = |planned: &Planned| {
        let lacking = planned.needs.difference(&target.capabilities).map(|&capability| target.lack(capability));
        let lacking = lacking.collect::<Vec<_>>().join(" and ");
        if !lacking.is_empty() {
            return Some((Verdict::Skipped, Failure::skipped(format!("the target {} has {lacking}", target.name))));
        }
        if let Some(id) = inferred(planned).filter(|_| !target.inferred) {
            let name = &target.name;
            let reason =
                format!("{id} is inferred, and nothing says that the target {name} keeps it (inferred = true)");
            return Some((Verdict::Skipped, Failure::skipped(reason)));
        }
        planned.needs.iter().find_map(|&need| stage.prevents(need)).map(|failure| (Verdict::Blocked, failure))
    };
    let mut runnable = Vec::new();
    for planned in &plan.scenarios {
        let Some((verdict, failure)) = obstacle(planned) else {
            runnable.push(planned);
            continue;
        };
        journal.record(Event::AttemptFinished(AttemptFinished {
            attempt: Attempt {
                scenario: planned.card.id.clone(),
                attempt: earlier.get(&planned.card.id).copied().unwrap_or_default().last + 1,
            },
            verdict,
            failure: Some(failure),
            will_retry: false,
            duration_ms: 0,
        }));
    }
    runnable
}

/// A requirement of the scenario that no page of the vendor's states.
fn inferred(planned: &Planned) -> Option<&str> {
    let is_inferred = |id: &&String| requirements().iter().any(|known| known.inferred && known.id == **id);
    planned.card.requirements.iter().find(is_inferred).map(String::as_str)
}

/// One round.
async fn play<W: StagedWorld>(
    features: Vec<gherkin::Feature>,
    attempts: &Rc<Attempts>,
    stage: &Arc<W::Stage>,
    concurrency: usize,
) {
    let (stage, before) = (Arc::clone(stage), Rc::clone(attempts));
    Cucumber::<W, _, _, _, _, Empty>::custom(
        Chosen(features),
        Basic::default(),
        JournalWriter { attempts: Rc::clone(attempts) },
    )
    .steps(W::collection())
    .max_concurrent_scenarios(concurrency.max(1))
    // Attempts are rounds of ours: cucumber would also repeat what another attempt cannot turn.
    .retry_options(|_, _, _, _| None)
    .before(move |feature, _, scenario, world: &mut W| {
        // Cucumber silences every panic; of panics that are no failure of a step the log shall know.
        quiet_panics();
        let scribe = before.begin(&Place::of(feature, scenario), SystemTime::now());
        if let Some(why) = before.circuit().opened() {
            why.raise();
        }
        world.enter(Arc::clone(&stage), scribe);
        async {}.boxed_local()
    })
    .after(|_, _, _, finished, world| {
        let failed = match finished {
            ScenarioFinished::StepPassed => false,
            ScenarioFinished::StepFailed(_, _, StepError::Panic(payload)) => !is_skip(&**payload),
            _ => true,
        };
        async move {
            // There is no world if making it failed, which is a failure of its own.
            let Some(world) = world else { return };
            let late = || Failure::defect(format!("cleaning up took more than {} s", LEAVING.as_secs()));
            let left = tokio::time::timeout(LEAVING, world.leave(failed)).await;
            if let Err(failure) = left.unwrap_or_else(|_| Err(late())) {
                failure.raise();
            }
        }
        .boxed_local()
    })
    .with_default_cli()
    .run(())
    .await;
}

/// The parser of what is parsed already.
struct Chosen(Vec<gherkin::Feature>);

impl cucumber::Parser<()> for Chosen {
    type Cli = Empty;
    type Output = stream::Iter<std::vec::IntoIter<parser::Result<gherkin::Feature>>>;

    fn parse(self, (): (), _: Empty) -> Self::Output {
        stream::iter(self.0.into_iter().map(Ok).collect::<Vec<_>>())
    }
}

/// From now on a panic that carries a [`Failure`] is silent, for it is a step's way to fail, and any other is logged.
pub fn quiet_panics() {
    panic::set_hook(Box::new(|info| {
        if !info.payload().is::<Failure>() {
            tracing::error!("{info}");
        }
    }));
}
