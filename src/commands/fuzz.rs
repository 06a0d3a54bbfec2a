//! `fuzz`: requests by chance against a target.

use super::{
    Environment, Exit, Format, FuzzArgs,
    configuration::Flags,
    fresh,
    interruption::Interruption,
    output::{note, print},
    progress::{Screen, a_second, plural, separated},
    project::{default_out, project},
    target::Choice,
    turn::Turn,
};
use crate::{
    fuzz::{Campaign, Ended, Ground, GroundError, Report, SaveError, Saved, Told},
    journal::Failure,
    sandbox::HttpClient,
};
use anyhow::Context;
use serde_json::json;
use std::path::Path;

/// Cases on the twin, unless the user says otherwise.
const CASES: u64 = 25_000;
/// Cases elsewhere, what is tried to make them smaller included, unless the user says otherwise.
const CASES_ELSEWHERE: u64 = 200;
/// Where people are told to start a twin for trying again.
const TWIN_AGAIN: &str = "http://127.0.0.1:8080";

pub(super) fn fuzz(args: &FuzzArgs, config: Option<&Path>, environment: &Environment) -> Exit {
    carry_out(args, config, environment).unwrap_or_else(|error| {
        let (exit, reason) = refused(&error);
        if args.format == Format::Json {
            let summary = json!({ "exit_code": exit.code(), "error": reason });
            // With the output closed nobody is left to tell.
            drop(print(&summary.to_string()));
        }
        note(&format!("error: {reason}"));
        exit
    })
}

/// The exit code of what kept a campaign from being carried out, and why.
fn refused(error: &anyhow::Error) -> (Exit, String) {
    if let Some(failure) = error.downcast_ref::<Failure>() {
        return (Exit::of(error), failure.to_string());
    }
    let exit = match error.downcast_ref::<GroundError>() {
        Some(GroundError::Unreachable { .. }) => Exit::Blocked,
        Some(GroundError::NoOrder(_)) => Exit::NotConforming,
        _ => Exit::Misconfigured,
    };
    (exit, format!("failed to {error:#}"))
}

fn carry_out(args: &FuzzArgs, config: Option<&Path>, environment: &Environment) -> anyhow::Result<Exit> {
    let choice = Choice::named(&args.target, config, environment, Flags { rate: args.rate, attended: false })?;
    let is_twin = choice.is_twin();
    let project = project(&environment.working_folder);
    let out = args.out.clone().unwrap_or_else(|| default_out(project.as_deref()));
    let folder = out.join("fuzz").join(&args.target);
    let saved = Saved::read_all(&folder)?;
    let seed = args.seed.unwrap_or_else(fresh::seed);
    let running = choice.start(seed)?;
    let shown_base = if is_twin { TWIN_AGAIN } else { running.target.api.as_str().trim_end_matches('/') }.to_owned();
    let cases = args.cases.unwrap_or(if is_twin { CASES } else { CASES_ELSEWHERE });
    let budget = (!is_twin).then_some(cases.saturating_add(saved.len() as u64));
    let campaign = Campaign { cases, budget, seed, shown_base, saved };
    let rate = running.target.rate.or(args.rate);

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("start a thread")?;
    runtime.block_on(async {
        let interruption = Interruption::listen(args.deadline).context("listen for signals")?;
        let mut interruption = std::pin::pin!(interruption.reason());
        let http = HttpClient::new()?;
        let run = fresh::prefix();
        let start = async {
            let turn = if is_twin { None } else { Some(Turn::take(&running.target, environment, &run, note).await?) };
            let ground = Ground::prepare(&running.target, running.merchant(), &http, run.clone(), rate).await?;
            anyhow::Ok((turn, ground))
        };
        let (_turn, ground) = tokio::select! {
            started = start => started?,
            reason = &mut interruption => {
                let observed = format!("ended by {reason}");
                return Err(Failure::blocked("the target to answer", observed).into());
            }
        };
        note(&format!("fuzzing {} at {}: {} cases, seed {seed}", args.target, ground.base(), separated(cases)));
        if !campaign.saved.is_empty() {
            let comes = if campaign.saved.len() == 1 { "comes" } else { "come" };
            note(&format!("{} that failed before {comes} first", plural(campaign.saved.len(), "case")));
        }
        let screen = Screen::new();
        let found = |told: &Told| {
            screen.clear();
            note(&format!("broken: {}", told.finding.rule.sentence()));
            tell(told, &folder, is_twin);
        };
        let report = campaign.run(&ground, interruption, |progress| screen.show(progress), found).await;
        screen.clear();
        for told in &report.suspects {
            note("under way when the target stopped answering:");
            tell(told, &folder, is_twin);
        }
        conclude(args, seed, is_twin, &report)
    })
}

/// Tells a case with all that is needed to try it again, and keeps it.
fn tell(told: &Told, folder: &Path, is_twin: bool) {
    let Told { saved, finding, number, script, .. } = told;
    let field = |label: &str, text: &str| note(&format!("{label:>11}  {text}"));
    field("case", &saved.case.name());
    field("data", &serde_json::to_string(&saved.case).unwrap_or_default());
    field("observed", &finding.observed);
    match number {
        Some(number) => field("seed", &format!("{}, case {number}, made as small as it could be", saved.seed)),
        None => field("seed", &format!("{}, saved as {}", saved.seed, saved.name)),
    }
    match saved.write(folder, &script.files) {
        Ok(path) => field("saved", &format!("{}, tried first the next time", path.display())),
        Err(error @ (SaveError::Unwritable { .. } | SaveError::Unreadable { .. })) => {
            field("not saved", &format!("failed to {error}"));
        }
    }
    if is_twin {
        let port = TWIN_AGAIN.trim_start_matches("http://");
        field("again", &format!("smartpay-conformance twin --listen {port}    # once for each that has just started"));
        field("", "export PORTONE_SECRET=TWIN_DEMO_SECRET");
    } else {
        field("again", "export PORTONE_SECRET=…");
    }
    if !script.files.is_empty() {
        field("", &format!("cd {}", folder.display()));
    }
    script.lines.iter().for_each(|line| field("", line));
}

fn conclude(args: &FuzzArgs, seed: u64, is_twin: bool, report: &Report) -> anyhow::Result<Exit> {
    for name in &report.mended {
        note(&format!("no longer fails: {name}"));
    }
    for told in report.findings.iter().filter(|told| told.times > 1) {
        note(&format!("{} more like {}", told.times - 1, told.saved.name));
    }
    for (what, times) in &report.undocumented {
        note(&format!("not as documented: {what} ({})", plural(usize::try_from(*times).unwrap_or(usize::MAX), "time")));
    }
    let by_code = |codes: &std::collections::BTreeMap<String, u64>| -> String {
        let told: Vec<String> = codes.iter().map(|(code, times)| format!("{code} {}", separated(*times))).collect();
        if told.is_empty() { String::new() } else { format!(" ({})", told.join(", ")) }
    };
    note(&format!(
        "{} cases in {:.1} s ({} a second): {} accepted, {} valid ones refused{}, {} broken ones refused{}, {} of several requests",
        separated(report.done),
        report.elapsed.as_secs_f64(),
        separated(a_second(report.done, report.elapsed)),
        separated(report.accepted),
        separated(report.valid_refused.values().sum()),
        by_code(&report.valid_refused),
        separated(report.refused.values().sum()),
        by_code(&report.refused),
        separated(report.sequences),
    ));
    // Nobody else can have stopped a twin of our own.
    let stopped_twin = is_twin && matches!(report.ended, Some(Ended::Gone(_)));
    let (exit, word, why) = match &report.ended {
        _ if !report.findings.is_empty() => {
            (Exit::NotConforming, "not conforming", plural(report.findings.len(), "finding"))
        }
        Some(Ended::Gone(error)) if stopped_twin => {
            (Exit::NotConforming, "not conforming", format!("the twin stopped: failed to {error}"))
        }
        Some(Ended::Gone(error)) => (Exit::Blocked, "blocked", format!("failed to {error}")),
        Some(Ended::Asked(reason)) => (Exit::Blocked, "blocked", format!("ended by {reason}")),
        _ if report.done == 0 && report.replayed == 0 => {
            (Exit::NothingSelected, "nothing selected", "no case was tried".to_owned())
        }
        _ => (Exit::Conforming, "conforming", "no rule was broken".to_owned()),
    };
    if let (false, Some(Ended::Enough(reason) | Ended::Asked(reason))) = (report.findings.is_empty(), &report.ended) {
        note(&format!("ended early: {reason}"));
    }
    note(&format!("{word}: {why} (exit {})", exit.code()));
    if args.format == Format::Json {
        print(&serde_json::to_string_pretty(&summary(report, seed, exit, word, &why))?)?;
    }
    Ok(exit)
}

fn summary(report: &Report, seed: u64, exit: Exit, word: &str, why: &str) -> serde_json::Value {
    let told = |told: &Told| {
        json!({ "rule": told.finding.rule.sentence(), "case": told.saved.case, "name": told.saved.case.name(),
            "observed": told.finding.observed, "number": told.number, "times": told.times, "script": told.script.lines })
    };
    json!({
        "exit_code": exit.code(),
        "conclusion": word,
        "why": why,
        "seed": seed,
        "cases": report.done,
        "accepted": report.accepted,
        "valid_refused": report.valid_refused,
        "refused": report.refused,
        "broken": report.broken,
        "sequences": report.sequences,
        "undocumented": report.undocumented,
        "replayed": report.replayed,
        "mended": report.mended,
        "duration_ms": u64::try_from(report.elapsed.as_millis()).unwrap_or(u64::MAX),
        "findings": report.findings.iter().map(told).collect::<Vec<_>>(),
        "suspects": report.suspects.iter().map(told).collect::<Vec<_>>(),
    })
}
