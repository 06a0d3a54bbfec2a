//! `selftest --integration`: whether the checks of a merchant's shop can fail, on a shop that can be told to have defects.

use super::{
    Environment, Exit, Format, SelftestArgs,
    arrangement::Arrangement,
    certification::{Certification, start_journal},
    integration::Described,
    interruption::Interruption,
    output::{complain, note, print},
    project::{default_out, local_folder, project},
    run::finish,
};
use crate::{
    journal::{self, Failure},
    merchant::DefectsSection,
    runner::{self, Plan, RunModel, Suite},
    selftest::{DefectMatrix, DefectTrial},
};
use anyhow::{Context, bail};
use futures::{FutureExt, StreamExt, future::Shared, stream};
use std::{
    fs,
    path::{Path, PathBuf},
    pin::pin,
    time::Instant,
};

/// Defects tried at the same time: what runs mostly waits.
const ABREAST: usize = 4;
/// The folder of the certification without a defect.
const CLEAN: &str = "clean";

pub(super) fn selftest(args: &SelftestArgs, file: &Path, environment: &Environment) -> Exit {
    let matrix = match carry_out(args, file, environment) {
        Ok(matrix) => matrix,
        Err(error) => return complain(&error, Exit::of(&error)),
    };
    tell(&matrix);
    if args.format == Format::Json {
        // With the output closed nobody is left to tell.
        drop(print(&serde_json::to_string_pretty(&matrix).unwrap_or_default()));
    }
    if matrix.holds() { Exit::Conforming } else { Exit::NotConforming }
}

/// What every certification of a selftest has in common.
struct Rehearsals<'a> {
    args: &'a SelftestArgs,
    environment: &'a Environment,
    file: &'a Path,
    out: PathBuf,
    plan: Plan,
}

fn carry_out(args: &SelftestArgs, file: &Path, environment: &Environment) -> anyhow::Result<DefectMatrix> {
    let described = Described::read(file, environment)?;
    let Some(defects) = &described.integration.defects else {
        bail!("find [defects] in {}: what the shop can be told to do wrong", file.display());
    };
    let chosen = chosen(&args.faults, defects)?;
    let project = project(&environment.working_folder);
    let out = args.out.clone().unwrap_or_else(|| default_out(project.as_deref()).join("selftest-shop"));
    let features = runner::load(Suite::Integration, local_folder(project.as_deref(), "features").as_deref())?;
    let rehearsals = Rehearsals { args, environment, file, out, plan: Plan::new(features)? };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start threads")?;
    let matrix = runtime.block_on(async {
        let interruption = Interruption::listen(args.deadline).context("listen for signals")?;
        let interruption = interruption.reason().boxed().shared();
        rehearsals.perform(&described.integration.name, &chosen, defects, interruption).await
    });
    runtime.shutdown_background();
    let matrix = matrix?;
    for (name, text) in
        [("kill-matrix.md", matrix.markdown()), ("kill-matrix.json", serde_json::to_string_pretty(&matrix)?)]
    {
        let path = rehearsals.out.join(name);
        fs::write(&path, text).with_context(|| format!("write {}", path.display()))?;
    }
    note(&format!("matrix: {}", rehearsals.out.join("kill-matrix.md").display()));
    Ok(matrix)
}

/// The defects to try with the checks that are to notice them, all without any named.
fn chosen(named: &[String], defects: &DefectsSection) -> anyhow::Result<Vec<(String, Vec<String>)>> {
    if let Some(unknown) = named.iter().find(|name| !defects.noticed_by.contains_key(*name)) {
        let near = defects
            .noticed_by
            .keys()
            .max_by(|a, b| strsim::jaro_winkler(a, unknown).total_cmp(&strsim::jaro_winkler(b, unknown)));
        bail!("find the defect {unknown}{}", near.map(|near| format!("; did you mean {near}?")).unwrap_or_default());
    }
    let is_chosen = |name: &&String| named.is_empty() || named.contains(name);
    let pairs = defects.noticed_by.iter().filter(|(name, _)| is_chosen(name));
    Ok(pairs.map(|(name, checks)| (name.clone(), checks.clone())).collect())
}

type Ending<'a> = Shared<futures::future::BoxFuture<'a, String>>;

impl Rehearsals<'_> {
    async fn perform(
        &self,
        shop: &str,
        chosen: &[(String, Vec<String>)],
        defects: &DefectsSection,
        ending: Ending<'_>,
    ) -> anyhow::Result<DefectMatrix> {
        let started = Instant::now();
        let named: Vec<String> = chosen.iter().flat_map(|(_, checks)| checks.clone()).collect();
        let whole = self.args.faults.is_empty();
        let plan = if whole { self.plan.clone() } else { self.part(&named) };
        note(&format!("{} scenarios on {shop} as it should be", plan.scenarios.len()));
        let clean = self.certify(plan, &[], CLEAN, ending.clone()).await?;
        note(&format!("{} defects", chosen.len()));
        let attempt = async |(defect, checks): &(String, Vec<String>)| {
            let began = Instant::now();
            let plan = if self.args.full { self.plan.clone() } else { self.part(checks) };
            let switch: Vec<String> = defects.switch.iter().map(|word| word.replace("{defect}", defect)).collect();
            let run = self.certify(plan, &switch, &format!("defects/{defect}"), ending.clone()).await?;
            let trial = DefectTrial::new(defect, checks, &run);
            note(&format!(
                "{:>8} {:>5.1} s  {defect} by {}",
                if trial.is_killed() { "noticed" } else { "survived" },
                began.elapsed().as_secs_f64(),
                checks.join(", ")
            ));
            anyhow::Ok(trial)
        };
        let mut trials = Vec::new();
        let mut running = pin!(stream::iter(chosen).map(&attempt).buffer_unordered(ABREAST));
        while let Some(trial) = running.next().await {
            trials.push(trial?);
        }
        trials.sort_by(|a, b| a.defect.cmp(&b.defect));
        note(&format!("took {:.0} s", started.elapsed().as_secs_f64()));
        Ok(DefectMatrix::new(shop, &clean, trials, whole))
    }

    fn part(&self, checks: &[String]) -> Plan {
        self.plan.clone().filtered(|planned| planned.card.requirements.iter().any(|id| checks.contains(id)))
    }

    /// Certifies the shop with more arguments, for a part of the plan.
    async fn certify(
        &self,
        plan: Plan,
        switch: &[String],
        folder: &str,
        ending: Ending<'_>,
    ) -> anyhow::Result<RunModel> {
        let started = Instant::now();
        // Read anew each time: it has a port of its own then.
        let mut described = Described::read(self.file, self.environment)?;
        described.integration.shop.command.iter_mut().for_each(|command| command.extend_from_slice(switch));
        let arrangement = Arrangement::of(&described.integration, self.environment)?;
        let out = self.out.join(folder);
        let journal = start_journal(&out)?;
        let certification = Certification {
            described,
            arrangement,
            plan,
            project: project(&self.environment.working_folder),
            journal,
            browser: self.args.browser.clone(),
            evidence: super::Evidence::Never,
            out,
        };
        let ended = certification.perform(ending).await?;
        finish(&certification.journal, ended.clone(), None, started);
        if let Some(reason) = ended {
            return Err(Failure::blocked("the selftest to come to its end", format!("ended by {reason}")).into());
        }
        Ok(RunModel::fold(&journal::read(&certification.out)?))
    }
}

fn tell(matrix: &DefectMatrix) {
    for id in &matrix.unclean {
        note(&format!("not passed on the shop as it should be: {id}"));
    }
    for trial in matrix.survivors() {
        let asleep = trial.checks.iter().filter(|check| check.noticed_by.is_none());
        let asleep: Vec<&str> = asleep.map(|check| check.check.as_str()).collect();
        note(&format!("survived: {}, not noticed by {}", trial.defect, asleep.join(", ")));
    }
    for check in &matrix.untried {
        note(&format!("no defect is said to be noticed by {check}"));
    }
    let survived = matrix.survivors().count();
    note(&format!("{} of {} defects noticed by their own checks", matrix.trials.len() - survived, matrix.trials.len()));
}
