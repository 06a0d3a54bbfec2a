//! `certify`: a merchant's shop, check by check, and its certificate.

use super::{
    CertifyArgs, Environment, Exit, ProfileName,
    arrangement::Arrangement,
    certification::{Certification, start_journal},
    conclusion::{publish, refuse, unpublished},
    integration::{Described, TEMPLATE},
    interruption::Interruption,
    output::{complain, note, print},
    project::{default_out, local_folder, project},
    run::finish,
};
use crate::{
    catalog::{Profile, checks},
    certify::{CERTIFICATE, Certified, SigningKeyFile, draw_up, outcomes, refusal},
    journal::{self, Failure, Verdict},
    report::Terminal,
    runner::{self, Plan, RunModel, ScenarioModel, Suite},
    wire::Clock,
};
use anyhow::Context;
use sha2::{Digest, Sha256};
use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::Path,
    sync::Arc,
    time::Instant,
};

/// What plays PortOne.
const SHOWN_ON: &str = "the twin, the embedded sandbox";

pub(super) fn certify(args: &CertifyArgs, environment: &Environment) -> Exit {
    if args.init {
        return init(environment).map_or_else(|error| complain(&error, Exit::Misconfigured), |()| Exit::Conforming);
    }
    if args.keygen {
        return keygen(environment).map_or_else(|error| complain(&error, Exit::Misconfigured), |()| Exit::Conforming);
    }
    if let Some(path) = &args.check {
        return match Described::read(path, environment) {
            Ok(described) => {
                note(&format!("{} describes {}", path.display(), described.integration.name));
                Exit::Conforming
            }
            Err(error) => complain(&error.into(), Exit::Misconfigured),
        };
    }
    let prepared = prepare(args, environment);
    match prepared {
        Ok(asked) => asked.carry_out(args, environment),
        Err(error) => refuse(&error, Exit::Misconfigured, args.format),
    }
}

fn init(environment: &Environment) -> anyhow::Result<()> {
    let path = environment.working_folder.join("integration.toml");
    let file = OpenOptions::new().write(true).create_new(true).open(&path);
    file.and_then(|mut file| file.write_all(TEMPLATE.as_bytes()))
        .with_context(|| format!("write {}", path.display()))?;
    note(
        "integration.toml is written; say in it how your shop is started, then: smartpay-conformance certify --check integration.toml",
    );
    Ok(())
}

fn keygen(environment: &Environment) -> anyhow::Result<()> {
    let key = SigningKeyFile::open(&environment.state_folder)?;
    note(&format!("the private key is in {}", key.path().display()));
    print(&key.public().to_string())
}

/// A certification, and what it is for.
struct Asked {
    certification: Certification,
    profile: Profile,
    /// Whether all of the profile is run.
    whole: bool,
    plan_sha256: String,
}

fn prepare(args: &CertifyArgs, environment: &Environment) -> anyhow::Result<Asked> {
    let path = args.integration.as_deref().unwrap_or(Path::new("integration.toml"));
    let described = Described::read(path, environment)?;
    let arrangement = Arrangement::of(&described.integration, environment)?;
    let profile = match args.profile {
        ProfileName::SandboxReady => Profile::SandboxReady,
        ProfileName::GoLive => Profile::GoLive,
    };
    let project = project(&environment.working_folder);
    let features = runner::load(Suite::Integration, local_folder(project.as_deref(), "features").as_deref())?;
    let plan = Plan::new(features)?;
    let plan_sha256 = hash_of(&plan);
    let chosen: Vec<String> = args.checks.iter().map(|id| id.to_uppercase()).collect();
    if let Some(unknown) = chosen.iter().find(|id| !checks().iter().any(|check| check.id == **id)) {
        anyhow::bail!(
            "find the check {unknown}: there are {}",
            checks().iter().map(|check| check.id.as_str()).collect::<Vec<_>>().join(", ")
        );
    }
    let asked: Vec<&str> = checks()
        .iter()
        .filter(|check| match &chosen[..] {
            [] => check.profile <= profile && check.needs.is_none_or(|need| described.integration.has(need)),
            _ => chosen.contains(&check.id),
        })
        .map(|check| check.id.as_str())
        .collect();
    let plan = plan.filtered(|planned| planned.card.requirements.iter().any(|id| asked.contains(&id.as_str())));
    let out = args.out.clone().unwrap_or_else(|| default_out(project.as_deref()).join("certify"));
    let journal = start_journal(&out)?;
    let certification = Certification {
        described,
        arrangement,
        plan,
        out,
        project,
        journal,
        browser: args.browser.clone(),
        evidence: args.evidence,
    };
    Ok(Asked { certification, profile, whole: chosen.is_empty(), plan_sha256 })
}

/// Of all checks and their scenarios, so that two certificates can be told to be of one plan.
fn hash_of(plan: &Plan) -> String {
    let mut hasher = Sha256::new();
    for check in checks() {
        hasher.update(format!("{check:?}\n"));
    }
    for planned in &plan.scenarios {
        hasher.update(format!("{} {:?}\n", planned.card.id, planned.card.steps));
    }
    hex::encode(hasher.finalize())
}

impl Asked {
    fn carry_out(self, args: &CertifyArgs, environment: &Environment) -> Exit {
        let terminal = Arc::new(Terminal::new(Box::new(io::stderr()), args.color.decide(environment.colour)));
        let screen = Arc::clone(&terminal);
        self.certification.journal.watch(move |entry| screen.entry(entry));
        let started = Instant::now();
        let performed = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::blocked("threads", format!("failed to start them: {error}")))
            .and_then(|runtime| {
                let performed = runtime.block_on(async {
                    let interruption = Interruption::listen(args.deadline)
                        .map_err(|error| Failure::blocked("signals", format!("failed to listen for them: {error}")))?;
                    self.certification.perform(interruption.reason()).await
                });
                runtime.shutdown_background();
                performed
            });
        let (interrupted, prevented) = match performed {
            Ok(interrupted) => (interrupted, None),
            Err(failure) => (None, Some(failure)),
        };
        finish(&self.certification.journal, interrupted, prevented, started);
        self.conclude(args, environment, &terminal).unwrap_or_else(|error| unpublished(&error, args.format))
    }

    /// Reports, and a certificate if every check that must pass has.
    fn conclude(&self, args: &CertifyArgs, environment: &Environment, terminal: &Terminal) -> anyhow::Result<Exit> {
        let model = RunModel::fold(&journal::read(&self.certification.out)?);
        let exit = publish(&model, &self.certification.out, Some(&self.certification.journal), terminal, args.format)?;
        for check in checks() {
            let failed = |s: &&ScenarioModel| s.verdict == Verdict::Failed && s.card.requirements.contains(&check.id);
            if model.scenarios.iter().any(|scenario| failed(&scenario)) {
                note(&format!("advice for {}: {} See {}", check.id, check.advice, check.source));
            }
        }
        if matches!(exit, Exit::Misconfigured | Exit::Defect | Exit::NothingSelected) || !self.whole {
            if !self.whole {
                note("no certificate: only a part of the plan was run");
            }
            return Ok(exit);
        }
        let outcomes = outcomes(&model, self.profile, &self.certification.described.integration);
        let refused = refusal(&outcomes);
        let finished = model.finished.as_ref().is_some_and(|end| end.interrupted.is_none() && end.prevented.is_none());
        if !refused.is_empty() || !finished {
            if !finished {
                note("no certificate: not all of the plan was run");
            }
            for refusal in refused.iter().filter(|refusal| finished || refusal.verdict == Some(Verdict::Failed)) {
                let verdict =
                    refusal.verdict.map_or_else(|| "was not run".to_owned(), |verdict| format!("is {verdict}"));
                note(&format!("no certificate: {} must pass and {verdict}", refusal.id));
            }
            let blocked =
                refused.iter().all(|refusal| !matches!(refusal.verdict, Some(Verdict::Failed | Verdict::Drifted)));
            return Ok(if blocked { Exit::Blocked } else { Exit::NotConforming });
        }
        // Nothing more is written to what is hashed.
        let key = SigningKeyFile::open(&environment.state_folder)?;
        let integration = Certified {
            name: self.certification.described.integration.name.clone(),
            version: self.certification.described.integration.version.clone(),
            url: self.certification.described.base.to_string(),
            integration_sha256: hex::encode(Sha256::digest(&self.certification.described.text)),
        };
        let plan = self.plan_sha256.clone();
        let now = Clock::system().now();
        let certificate = draw_up(
            &self.certification.out,
            integration,
            self.profile,
            SHOWN_ON.to_owned(),
            outcomes,
            plan,
            &key,
            now,
        )?;
        let wanting = certificate.checks.iter().filter(|check| check.is_wanting()).map(|check| check.id.as_str());
        let wanting: Vec<&str> = wanting.collect();
        let but = match &wanting[..] {
            [] => String::new(),
            wanting => format!(", though not passed, which no certificate depends on: {}", wanting.join(", ")),
        };
        note(&format!(
            "certificate: {}, {} until {}, signed by {}{but}",
            self.certification.out.join(CERTIFICATE).display(),
            certificate.profile,
            certificate.valid_until.strftime("%Y-%m-%d"),
            certificate.key
        ));
        Ok(exit)
    }
}
