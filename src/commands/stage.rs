//! Sets the stage that a run lends to its scenarios.

use super::{BrowserArgs, Evidence, Setting, project::local_folder};
use crate::{
    browser::{Pool, PoolConfig, Profiles},
    journal::Failure,
    sandbox::{ApprovedPayloads, Capability, HttpClient, Inbox, Target, WebhookRoute, check_credentials},
    steps::{EvidencePolicy, Patience, Stage},
};
use std::{sync::atomic::AtomicU32, time::Duration};

/// How long what the harness sends itself through the public address may take.
const PROBE: Duration = Duration::from_secs(10);

/// The stage of a run in this setting.
///
/// # Errors
/// Misconfigured, when the target's page profile cannot be read; blocked, when something it takes cannot be had.
pub async fn stage(setting: Setting) -> Result<Stage, Failure> {
    let Setting { target, run, seed, out, project, circuit, browser, evidence } = setting;
    let mut pool = PoolConfig::new(profiles(&target)?);
    (pool.deadlines.page, pool.deadlines.element) = (target.limits.page, target.limits.element);
    browser.choose(&mut pool);
    pool.network = evidence != Evidence::Never;
    let http = HttpClient::new()?.at_pace(target.rate, circuit.clone());
    if let Some(account) = &target.account {
        check_credentials(&http, &target, account).await?;
    }
    let inbox = inbox(&target, &http).await?;
    let snapshots = local_folder(project.as_deref(), "snapshots");
    let patience = Patience { exchange: target.limits.exchange, webhook: target.limits.webhook };
    let payloads = ApprovedPayloads::new(snapshots, out.join("snapshots"), target.name.clone());
    Ok(Stage {
        payloads,
        circuit,
        target,
        run,
        seed,
        http,
        pool: Pool::new(pool),
        inbox,
        evidence: match evidence {
            Evidence::Failed => EvidencePolicy::Failed,
            Evidence::Always => EvidencePolicy::Always,
            Evidence::Never => EvidencePolicy::Never,
        },
        patience,
        orders: AtomicU32::new(1),
        phone: tokio::sync::Mutex::default(),
    })
}

/// Where webhooks of the target arrive. A public address that does not lead here is no reason to end the run: only scenarios
/// that need webhooks are blocked by it.
async fn inbox(target: &Target, http: &HttpClient) -> Result<Result<Inbox, Failure>, Failure> {
    if !target.capabilities.contains(&Capability::Webhooks) {
        let lack = target.lack(Capability::Webhooks);
        return Ok(Err(Failure::skipped(format!("the target {} has {lack}", target.name))));
    }
    let Some(route) = &target.webhooks else {
        let inbox = Inbox::start().await;
        return Ok(Ok(
            inbox.map_err(|error| Failure::blocked("a port for webhooks", format!("failed to listen: {error}")))?
        ));
    };
    let inbox = Inbox::listen(route).await.map_err(|error| {
        let WebhookRoute { listen, .. } = route;
        Failure::misconfigured("a free address for webhooks", format!("failed to listen on {listen}: {error}"))
    })?;
    Ok(match inbox.probe(http, PROBE).await {
        Ok(()) => Ok(inbox),
        Err(reason) => Err(dead_route(route, &reason)),
    })
}

/// A public address that does not lead here.
pub(super) fn dead_route(route: &WebhookRoute, reason: &str) -> Failure {
    let expected = format!("{} to lead to {} on this machine", route.public, route.listen);
    Failure::blocked(expected, format!("{reason}; start the tunnel, or correct webhook.public_url"))
}

/// The built-in page profile, and that of the target over it.
///
/// # Errors
/// Misconfigured, when one of them cannot be read.
pub(super) fn profiles(target: &Target) -> Result<Profiles, Failure> {
    let layered = Profiles::built_in().and_then(|built_in| match &target.profile {
        Some(profile) => built_in.layer(&profile.file, &profile.text),
        None => Ok(built_in),
    });
    layered.map_err(|error| Failure::misconfigured("a page profile", format!("failed to {error}")))
}

impl BrowserArgs {
    /// Has a pool open this browser.
    pub(super) fn choose(&self, pool: &mut PoolConfig) {
        pool.headed = self.headed;
        pool.browser.clone_from(&self.browser);
        pool.webdriver.clone_from(&self.webdriver);
    }
}
