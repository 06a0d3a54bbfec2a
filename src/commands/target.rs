//! Turns a target's name into a running target. Nothing else outside `twin/` and the tests names the twin.

use super::environment::{Environment, KEY, SECRET};
use crate::{
    journal::Failure,
    sandbox::{Account, Capability, Target},
    twin::{RunningTwin, Twin, TwinConfig},
};
use std::collections::BTreeSet;
use url::Url;

/// The embedded sandbox.
const TWIN: &str = "twin";
/// The vendor's sandbox.
const SANDBOX: &str = "sandbox";
/// Base of the vendor's API. Source: its OpenAPI documents.
const SANDBOX_API: &str = "https://api.portone.cloud";

/// A target, and what has to run for it to answer.
#[derive(Debug)]
pub(super) struct RunningTarget {
    pub(super) target: Target,
    /// Stops when dropped.
    _twin: Option<RunningTwin>,
}

/// A target that could be started.
#[derive(Clone, Debug)]
pub(super) enum Choice {
    Twin,
    Sandbox(Account),
}

impl Choice {
    /// The target of this name.
    ///
    /// # Errors
    /// Misconfigured, when the name is unknown or credentials are missing.
    pub(super) fn named(name: &str, environment: &Environment) -> Result<Self, Failure> {
        match name {
            TWIN => Ok(Self::Twin),
            SANDBOX => Ok(Self::Sandbox(account(environment)?)),
            _ => {
                Err(Failure::misconfigured(format!("a known target: {TWIN} or {SANDBOX}"), format!("--target {name}")))
            }
        }
    }

    /// Starts it.
    ///
    /// # Errors
    /// Blocked, when it cannot start.
    pub(super) fn start(self, seed: u64) -> Result<RunningTarget, Failure> {
        match self {
            Self::Twin => embedded(seed),
            Self::Sandbox(account) => Ok(vendor(account)),
        }
    }

    /// How many further attempts a scenario gets unless the user says otherwise: the twin is deterministic.
    pub(super) const fn default_retries(&self) -> u32 {
        match self {
            Self::Twin => 0,
            Self::Sandbox(_) => 1,
        }
    }
}

fn embedded(seed: u64) -> Result<RunningTarget, Failure> {
    let blocked = |reason: String| Failure::blocked("the twin to start", format!("failed to {reason}"));
    let twin = Twin::start(TwinConfig { seed, ..TwinConfig::default() }).map_err(|error| blocked(error.to_string()))?;
    let origin = |host: &str| {
        let origin = twin.origin(host);
        Url::parse(&origin).map_err(|error| blocked(format!("read the address {origin}: {error}")))
    };
    let target = Target {
        name: TWIN.to_owned(),
        api: origin("api")?,
        shop: Some(origin("shop")?),
        portal: Some(origin("portal")?),
        dashboard: Some(origin("dashboard")?),
        wallet: Some(origin("wallet")?),
        account: None,
        capabilities: Capability::ALL.into_iter().collect(),
    };
    Ok(RunningTarget { target, _twin: Some(twin) })
}

fn vendor(account: Account) -> RunningTarget {
    let target = Target {
        name: SANDBOX.to_owned(),
        api: Url::parse(SANDBOX_API).expect("a constant address"),
        shop: None,
        portal: None,
        dashboard: None,
        wallet: None,
        account: Some(account),
        capabilities: BTreeSet::new(),
    };
    RunningTarget { target, _twin: None }
}

fn account(environment: &Environment) -> Result<Account, Failure> {
    if let (Some(key), Some(secret)) = (environment.key.clone(), environment.secret.clone()) {
        return Ok(Account { key, secret, portal: None, dashboard: None });
    }
    let given = [(KEY, environment.key.is_some()), (SECRET, environment.secret.is_some())];
    let missing: Vec<&str> = given.into_iter().filter(|(_, given)| !given).map(|(name, _)| name).collect();
    Err(Failure::misconfigured(
        format!("the credentials of a merchant in the environment variables {KEY} and {SECRET}"),
        format!("no {}", missing.join(" and ")),
    ))
}
