//! One certification: a shop is made a merchant of a twin of its own, and checks are run against it.

use super::{
    BrowserArgs, Evidence, Setting,
    arrangement::Arrangement,
    folder, fresh,
    integration::Described,
    output::note,
    stage::stage,
    target::{RunningTarget, embedded_at},
};
use crate::{
    catalog::Method,
    certify::{CERTIFICATE, PAGE, SIGNATURE},
    journal::{Attempt, Event, Failure, Journal, RunStarted},
    merchant::{Callbacks, Process, Pulse, Relay, Shop, await_ready},
    runner::{self, Plan, Settings, Staging as _},
    sandbox::{Account, Circuit, HttpClient, Levers, Onboarding, PageProfile, PortOne, Recorder},
    steps::{ShopStage, ShopWorld},
    wire::{Unknown, WebhookRegistration},
};
use anyhow::Context;
use std::{
    collections::HashMap,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use url::Url;

/// Where the shop's own output goes.
const LOG: &str = "shop.log";
/// How long the stage may take to give back what it holds.
const CLOSING: Duration = Duration::from_secs(15);
/// Checks under way at once: most of them wait for the shop to settle.
const ABREAST: usize = 20;
/// The tag of scenarios that run after all others.
const LAST: &str = "last";
/// The tag of scenarios that count the orders of an amount, or cannot be told which of them is theirs.
const COUNTS: &str = "counts";
/// The same accounts and references each time.
const SEED: u64 = 1;

/// A shop, the checks that are run, and where what comes out is kept.
pub(super) struct Certification {
    pub(super) described: Described,
    pub(super) arrangement: Arrangement,
    pub(super) plan: Plan,
    pub(super) out: PathBuf,
    pub(super) project: Option<PathBuf>,
    pub(super) journal: Journal,
    pub(super) browser: BrowserArgs,
    pub(super) evidence: Evidence,
}

/// Gives back what the stage holds.
async fn close(stage: Arc<ShopStage>) {
    if tokio::time::timeout(CLOSING, stage.close()).await.is_err() {
        tracing::error!("failed to close the stage within {} s", CLOSING.as_secs());
    }
}

/// Makes a folder ready, and starts the journal of a certification in it.
pub(super) fn start_journal(out: &Path) -> anyhow::Result<Journal> {
    folder::prepare(out)?;
    // A certificate of another time must not stand beside this run, whatever becomes of it.
    for name in [CERTIFICATE, SIGNATURE, PAGE, LOG] {
        match fs::remove_file(out.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("remove {} from {}", name, out.display()));
            }
            _ => {}
        }
    }
    Journal::create(out).with_context(|| format!("start a journal in {}", out.display()))
}

impl Certification {
    /// Runs the checks. Gives back why they ended early, if they did.
    pub(super) async fn perform(&self, interruption: impl Future<Output = String>) -> Result<Option<String>, Failure> {
        let mut interruption = std::pin::pin!(interruption);
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
            prepared = self.prepare_stage(&running, &integration) => prepared?,
            reason = &mut interruption => return Ok(Some(reason)),
        };
        let stage = Arc::new(prepared);
        // What is wrong with the integration file would be told by every check, as if the shop were at fault.
        let scribe = self.journal.scribe(Attempt { scenario: "set-up".to_owned(), attempt: 1 });
        let (caller, wanted) = (stage.caller(&scribe), stage.wanted(Method::CreditCard));
        let probed = tokio::select! {
            probed = stage.shop.probe(&caller, &wanted) => probed,
            reason = &mut interruption => {
                close(stage).await;
                return Ok(Some(reason));
            }
        };
        if let Err(failure) = probed {
            close(stage).await;
            return Err(failure);
        }
        let tagged = |name: &'static str| move |p: &runner::Planned| p.card.tags.iter().any(|tag| tag == name);
        let (is_last, counts) = (tagged(LAST), tagged(COUNTS));
        // Where every order costs the same, a check that counts orders must be the only one that makes some.
        let is_alone = |p: &runner::Planned| integration.checkout.amount.is_some() && counts(p);
        let parts = [
            (self.plan.clone().filtered(|p| !is_last(p) && !is_alone(p)), ABREAST),
            (self.plan.clone().filtered(|p| !is_last(p) && is_alone(p)), 1),
            // What is asked about all that was said.
            (self.plan.clone().filtered(is_last), 1),
        ];
        let mut reason = None;
        for (part, concurrency) in parts.iter().filter(|(part, _)| !part.scenarios.is_empty()) {
            let circuit = stage.stage.circuit.clone();
            let settings = Settings { retries: 0, concurrency: *concurrency, circuit, earlier: HashMap::new() };
            if reason.is_none() {
                reason = runner::run::<ShopWorld>(part, &stage, &self.journal, &settings, interruption.as_mut()).await;
            }
        }
        close(stage).await;
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
        for secret in integration.told_secrets() {
            self.journal.learn(secret);
        }
        let plain = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            // A connection that the shop is just closing is not the next one's.
            .pool_max_idle_per_host(0)
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
            browser: self.browser.clone(),
            evidence: self.evidence,
        };
        let stage = stage(setting).await?;
        Ok(ShopStage::new(stage, shop, account, another, relay, callbacks, plain, Pulse::of(process)))
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
}
