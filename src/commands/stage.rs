//! Sets the stage that a run lends to its scenarios.

use super::{Evidence, Setting, project::local_folder};
use crate::{
    browser::{Pool, PoolConfig, Profiles},
    journal::Failure,
    sandbox::{ApprovedPayloads, Capability, HttpClient, Inbox},
    steps::{EvidencePolicy, Patience, Stage},
};
use std::{sync::atomic::AtomicU32, time::Duration};

/// Name of the built-in page profile.
const PROFILE: &str = "pages/default.toml";

/// The stage of a run in this setting.
///
/// # Errors
/// Blocked, when something it takes cannot be had.
pub(super) async fn stage(setting: Setting) -> Result<Stage, Failure> {
    let Setting { target, run, seed, out, project, args } = setting;
    let profiles = Profiles::parse(PROFILE, include_str!("../../pages/default.toml"))
        .map_err(|error| Failure::misconfigured("a page profile", format!("failed to {error}")))?;
    let mut pool = PoolConfig::new(profiles);
    pool.headed = args.headed;
    pool.browser = args.browser;
    pool.webdriver = args.webdriver;
    let inbox = if target.capabilities.contains(&Capability::Webhooks) {
        let inbox = Inbox::start().await;
        Some(inbox.map_err(|error| Failure::blocked("a port for webhooks", format!("failed to listen: {error}")))?)
    } else {
        None
    };
    let snapshots = local_folder(project.as_deref(), "snapshots");
    let payloads = ApprovedPayloads::new(snapshots, out.join("snapshots"), target.name.clone());
    Ok(Stage {
        payloads,
        target,
        run,
        seed,
        http: HttpClient::new()?,
        pool: Pool::new(pool),
        inbox,
        evidence: match args.evidence {
            Evidence::Failed => EvidencePolicy::Failed,
            Evidence::Always => EvidencePolicy::Always,
            Evidence::Never => EvidencePolicy::Never,
        },
        patience: Patience { exchange: Duration::from_secs(20), webhook: Duration::from_secs(20) },
        orders: AtomicU32::new(1),
    })
}
