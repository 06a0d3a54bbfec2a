//! `certify`: a merchant's shop, check by check, and its certificate.

use super::{
    CertifyArgs, Environment, Exit, ProfileName, Setting,
    arrangement::Arrangement,
    conclusion::{publish, refuse, unpublished},
    folder, fresh,
    integration::{Described, TEMPLATE},
    interruption::Interruption,
    output::{complain, note, print},
    project::{default_out, local_folder, project},
    run::finish,
    stage::stage,
    target::{RunningTarget, embedded_at},
};
use crate::{
    catalog::{Profile, checks},
    certify::{CERTIFICATE, Certified, PAGE, SIGNATURE, SigningKeyFile, draw_up, outcomes, refusal},
    journal::{self, Attempt, Event, Failure, Journal, RunStarted, Verdict},
    merchant::{Callbacks, Process, Relay, Shop, await_ready},
    report::Terminal,
    runner::{self, Plan, RunModel, Settings, Suite},
    sandbox::{Account, Circuit, HttpClient, Levers, Onboarding, PageProfile, PortOne, Recorder},
    steps::{ShopStage, ShopWorld},
    wire::{Clock, Unknown, WebhookRegistration},
};
use anyhow::Context;
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use url::Url;

/// Where the shop's own output goes.
const LOG: &str = "shop.log";
/// How long the stage may take to give back what it holds.
const CLOSING: Duration = Duration::from_secs(15);
/// Checks under way at once: most of them wait for the shop to settle.
const ABREAST: usize = 8;
/// The same accounts and references each time.
const SEED: u64 = 1;
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
        Ok(certification) => certification.carry_out(args, environment),
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

/// What is certified, and what for.
struct Certification {
    described: Described,
    arrangement: Arrangement,
    plan: Plan,
    profile: Profile,
    /// Whether all of the profile is run.
    whole: bool,
    plan_sha256: String,
    out: PathBuf,
    project: Option<PathBuf>,
    journal: Journal,
}

fn prepare(args: &CertifyArgs, environment: &Environment) -> anyhow::Result<Certification> {
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
        .filter(|check| if chosen.is_empty() { check.profile <= profile } else { chosen.contains(&check.id) })
        .map(|check| check.id.as_str())
        .collect();
    let plan = plan.filtered(|planned| planned.card.requirements.iter().any(|id| asked.contains(&id.as_str())));
    let out = args.out.clone().unwrap_or_else(|| default_out(project.as_deref()).join("certify"));
    folder::prepare(&out)?;
    // A certificate of another time must not stand beside this run, whatever becomes of it.
    for name in [CERTIFICATE, SIGNATURE, PAGE, LOG] {
        match fs::remove_file(out.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("remove {} from {}", name, out.display()));
            }
            _ => {}
        }
    }
    let journal = Journal::create(&out).with_context(|| format!("start a journal in {}", out.display()))?;
    Ok(Certification {
        described,
        arrangement,
        plan,
        profile,
        whole: chosen.is_empty(),
        plan_sha256,
        out,
        project,
        journal,
    })
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

impl Certification {
    fn carry_out(self, args: &CertifyArgs, environment: &Environment) -> Exit {
        let terminal = Arc::new(Terminal::new(Box::new(io::stderr()), args.color.decide(environment.colour)));
        let screen = Arc::clone(&terminal);
        self.journal.watch(move |entry| screen.entry(entry));
        let started = Instant::now();
        let performed = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::blocked("threads", format!("failed to start them: {error}")))
            .and_then(|runtime| {
                let performed = runtime.block_on(self.perform(args));
                runtime.shutdown_background();
                performed
            });
        let (interrupted, prevented) = match performed {
            Ok(interrupted) => (interrupted, None),
            Err(failure) => (None, Some(failure)),
        };
        finish(&self.journal, interrupted, prevented, started);
        self.conclude(args, environment, &terminal).unwrap_or_else(|error| unpublished(&error, args.format))
    }

    /// Runs the checks. Gives back why they ended early, if they did.
    async fn perform(&self, args: &CertifyArgs) -> Result<Option<String>, Failure> {
        let interruption = Interruption::listen(args.deadline)
            .map_err(|error| Failure::blocked("signals", format!("failed to listen for them: {error}")))?;
        let mut interruption = std::pin::pin!(interruption.reason());
        let integration = Arc::new(self.described.integration.clone());
        let mut running = embedded_at(self.arrangement.listen, SEED)?;
        running.target.name.clone_from(&integration.name);
        if let Some(button) = &integration.checkout.button {
            let css = toml::Value::String(button.clone());
            let text = format!("[page.shop-order]\nfields.pay = [{{ css = {css} }}]\n");
            running.target.profile = Some(PageProfile { file: "checkout.button".to_owned(), text });
        }
        self.announce();
        let prepared = tokio::select! {
            prepared = self.prepare_stage(args, &running, &integration) => prepared?,
            reason = &mut interruption => return Ok(Some(reason)),
        };
        let stage = Arc::new(prepared);
        // A shop in which every order costs the same is asked one thing after the other.
        let concurrency = if integration.checkout.amount.is_some() { 1 } else { ABREAST };
        let settings =
            Settings { retries: 0, concurrency, circuit: stage.stage.circuit.clone(), earlier: HashMap::new() };
        let reason = runner::run::<ShopWorld>(&self.plan, &stage, &self.journal, &settings, interruption).await;
        use crate::runner::Staging as _;
        if tokio::time::timeout(CLOSING, stage.close()).await.is_err() {
            tracing::error!("failed to close the stage within {} s", CLOSING.as_secs());
        }
        drop(stage);
        drop(running);
        Ok(reason)
    }

    fn announce(&self) {
        let started = Event::RunStarted(RunStarted {
            run: fresh::prefix(),
            suite_version: env!("CARGO_PKG_VERSION").to_owned(),
            target: self.described.integration.name.clone(),
            base_url: self.described.base.as_str().trim_end_matches('/').to_owned(),
            capabilities: Vec::new(),
            seed: SEED,
            selected: self.plan.scenarios.len(),
        });
        let planned = self.plan.scenarios.iter().map(|planned| Event::ScenarioPlanned(planned.card.clone()));
        self.journal.record_together(std::iter::once(started).chain(planned));
    }

    /// Makes the shop a merchant of the twin, starts it, and puts the relay between the two.
    async fn prepare_stage(
        &self,
        args: &CertifyArgs,
        running: &RunningTarget,
        integration: &Arc<crate::merchant::Integration>,
    ) -> Result<ShopStage, Failure> {
        let described = &self.described;
        let target = running.target.clone();
        let circuit = Circuit::that_keeps_going();
        let http = HttpClient::new()?;
        let scribe = self.journal.scribe(Attempt { scenario: "set-up".to_owned(), attempt: 1 });
        let recorder = Recorder::new(http.clone(), scribe.clone(), target.limits.exchange);
        let base = target.levers().ok_or_else(|| Failure::defect("the twin has no levers"))?;
        let levers = Levers::new(recorder.clone(), base);
        let account = match &self.arrangement.account {
            Some((key, secret)) => levers.open_account_as(SEED, key, secret).await?,
            None => levers.open_account(SEED, Onboarding::COMPLETE).await?,
        };
        let another = levers.open_account(SEED + 1, Onboarding::COMPLETE).await?;
        for Account { secret, portal, dashboard, .. } in [&account, &another] {
            self.journal.learn(secret.expose());
            [portal, dashboard].into_iter().flatten().for_each(|login| self.journal.learn(login.password.expose()));
        }
        let plain = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("smartpay-conformance/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Failure::blocked("an HTTP client", error.to_string()))?;
        let process = self.start_shop(running, &account, &plain).await?;
        let shop = Shop::new(Arc::clone(integration), described.base.clone(), described.settle);
        let callbacks = &integration.callbacks;
        let payment = shop.address(&callbacks.webhook)?;
        let refund = shop.address(callbacks.refund_webhook.as_deref().unwrap_or(&callbacks.webhook))?;
        let callbacks = Callbacks { payment, refund };
        let relay = Relay::start(plain.clone(), callbacks.clone())
            .await
            .map_err(|error| Failure::blocked("a port for webhooks", error.to_string()))?;
        let portone = PortOne::new(recorder, target.api.clone(), account.clone());
        for (kind, name) in [("payment_status", "payment"), ("refund_status", "refund")] {
            let registration = WebhookRegistration {
                name: format!("certify {name}"),
                url: relay.url(name),
                kind: kind.to_owned(),
                environment: "sandbox".to_owned(),
                unknown: Unknown::default(),
            };
            portone.register_webhook(&registration).await?.accepted("the registration of the shop's webhook")?;
        }
        let setting = Setting {
            target,
            run: fresh::prefix(),
            seed: SEED,
            out: self.out.clone(),
            project: self.project.clone(),
            circuit,
            browser: args.browser.clone(),
            evidence: args.evidence,
        };
        let stage = stage(setting).await?;
        Ok(ShopStage::new(stage, shop, account, another, relay, callbacks, plain, process))
    }

    async fn start_shop(
        &self,
        running: &RunningTarget,
        account: &Account,
        http: &reqwest::Client,
    ) -> Result<Option<Process>, Failure> {
        let described = &self.described;
        let names = &described.integration.portone;
        let unusable = |error: String| Failure::misconfigured("a shop that runs", error);
        let [api, sdk] = running.addresses_for_shops()?;
        let variables = [
            (names.base_url.clone(), api),
            (names.sdk_url.clone(), sdk),
            (names.key.clone(), account.key.clone()),
            (names.secret.clone(), account.secret.expose().to_owned()),
        ];
        let log = fs::File::create(self.out.join(LOG));
        let mut log = log.map_err(|error| Failure::misconfigured("a log of the shop", error.to_string()))?;
        let journal = self.journal.clone();
        let sink = move |line: &str| {
            let line = journal.masked(line);
            // A full disk must not end the shop.
            let _ = writeln!(log, "{line}");
            line
        };
        let started = Process::start(&described.integration, &described.folder, &[], &variables, sink);
        let mut process = started.map_err(|error| unusable(format!("failed to {error}")))?;
        let ready = described.integration.shop.ready.as_deref().unwrap_or("/");
        let ready: Url = described.base.join(ready).map_err(|error| unusable(error.to_string()))?;
        if process.is_none() {
            note(&format!("the shop runs already: waiting until {ready} answers"));
        }
        let waited = await_ready(process.as_mut(), http, &ready, described.start_within).await;
        waited.map_err(|error| unusable(format!("failed to {error}")))?;
        Ok(process)
    }

    /// Reports, and a certificate if every check that must pass has.
    fn conclude(&self, args: &CertifyArgs, environment: &Environment, terminal: &Terminal) -> anyhow::Result<Exit> {
        let model = RunModel::fold(&journal::read(&self.out)?);
        let exit = publish(&model, &self.out, Some(&self.journal), terminal, args.format)?;
        for scenario in &model.scenarios {
            let check = checks().iter().find(|check| scenario.card.requirements.contains(&check.id));
            if let (Some(check), Verdict::Failed) = (check, scenario.verdict) {
                note(&format!("advice for {}: {} See {}", check.id, check.advice, check.source));
            }
        }
        if matches!(exit, Exit::Misconfigured | Exit::Defect | Exit::NothingSelected) || !self.whole {
            if !self.whole {
                note("no certificate: only a part of the plan was run");
            }
            return Ok(exit);
        }
        let outcomes = outcomes(&model, self.profile);
        let refused = refusal(&outcomes);
        let finished = model.finished.as_ref().is_some_and(|end| end.interrupted.is_none() && end.prevented.is_none());
        if !refused.is_empty() || !finished {
            for refusal in &refused {
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
            name: self.described.integration.name.clone(),
            version: self.described.integration.version.clone(),
            url: self.described.base.to_string(),
            integration_sha256: hex::encode(Sha256::digest(&self.described.text)),
        };
        let plan = self.plan_sha256.clone();
        let now = Clock::system().now();
        let certificate =
            draw_up(&self.out, integration, self.profile, SHOWN_ON.to_owned(), outcomes, plan, &key, now)?;
        note(&format!(
            "certificate: {}, {} until {}, signed by {}",
            self.out.join(CERTIFICATE).display(),
            certificate.profile,
            certificate.valid_until.strftime("%Y-%m-%d"),
            certificate.key
        ));
        Ok(Exit::Conforming)
    }
}
