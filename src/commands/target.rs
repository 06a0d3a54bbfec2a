//! Turns a target's name into a running target. Nothing else outside `twin/` and the tests names the twin.

use super::{
    Environment,
    configuration::{Configuration, Configured, Flags, Setting, TWIN, resolve},
};
use crate::{
    catalog::Fault,
    journal::Failure,
    sandbox::{Account, Capability, Phone, Target},
    twin::{DEMO_KEY, DEMO_SECRET, RunningTwin, Twin, TwinConfig},
    wire::Secret,
};
use std::{net::SocketAddr, path::Path};
use url::Url;

/// A target, and what has to run for it to answer.
#[derive(Debug)]
pub(super) struct RunningTarget {
    pub(super) target: Target,
    /// Stops when dropped.
    twin: Option<RunningTwin>,
}

/// A target that could be started.
#[derive(Clone, Debug)]
pub(super) enum Choice {
    Twin,
    Configured(Box<Configured>),
}

impl RunningTarget {
    /// A merchant there: the one whose credentials were given, or the twin's own.
    pub(super) fn merchant(&self) -> Account {
        let demo =
            || Account { key: DEMO_KEY.to_owned(), secret: Secret::new(DEMO_SECRET), portal: None, dashboard: None };
        self.target.account.clone().unwrap_or_else(demo)
    }
}

impl RunningTarget {
    /// Has the twin do something wrong.
    ///
    /// # Errors
    /// When it cannot; other targets do so by themselves only.
    pub(super) fn commit(&self, fault: &Fault) -> Result<(), Failure> {
        let twin =
            self.twin.as_ref().ok_or_else(|| Failure::skipped("only the twin does something wrong on purpose"))?;
        let planted = twin.twin().faults.plant(fault.clone(), None);
        planted.map_err(|error| Failure::defect(format!("failed to {error}")))
    }
}

impl RunningTarget {
    /// The addresses of the API and of the script for web pages, as a shop is told them: programs other than browsers may not find
    /// `*.localhost`.
    ///
    /// # Errors
    /// Of a target that is not the twin.
    pub(super) fn addresses_for_shops(&self) -> Result<[String; 2], Failure> {
        let twin = self.twin.as_ref().ok_or_else(|| Failure::skipped("shops are certified on the twin only"))?;
        Ok([format!("http://{}", twin.addr()), format!("{}/portone.js", twin.origin("static"))])
    }
}

impl Choice {
    pub(super) const fn is_twin(&self) -> bool {
        matches!(self, Self::Twin)
    }

    /// The target of this name, as flags, environment and the configuration at `config` describe it.
    ///
    /// # Errors
    /// Misconfigured, when the name is unknown, credentials are missing or a value is wrong.
    pub(super) fn named(
        name: &str,
        config: Option<&Path>,
        environment: &Environment,
        flags: Flags,
    ) -> Result<Self, Failure> {
        let configuration = Configuration::read(config, &environment.working_folder)?;
        if name == TWIN {
            return Ok(Self::Twin);
        }
        Ok(Self::Configured(Box::new(resolve(name, &configuration, environment, flags)?)))
    }

    /// Where it is, unless it is another process each time.
    pub(super) fn address(&self) -> Option<&Url> {
        match self {
            Self::Twin => None,
            Self::Configured(configured) => Some(&configured.target.api),
        }
    }

    /// Every configured value with its origin.
    pub(super) fn settings(&self) -> &[Setting] {
        match self {
            Self::Twin => &[],
            Self::Configured(configured) => &configured.settings,
        }
    }

    /// Starts it.
    ///
    /// # Errors
    /// Blocked, when it cannot start.
    pub(super) fn start(self, seed: u64) -> Result<RunningTarget, Failure> {
        match self {
            Self::Twin => embedded(TwinConfig { seed, ..TwinConfig::default() }),
            Self::Configured(configured) => Ok(RunningTarget { target: configured.target, twin: None }),
        }
    }

    /// How many further attempts a scenario gets unless the user says otherwise: the twin is deterministic.
    pub(super) const fn default_retries(&self) -> u32 {
        match self {
            Self::Twin => 0,
            Self::Configured(_) => 1,
        }
    }
}

/// Starts the twin where somebody expects it.
pub(super) fn embedded_at(listen: SocketAddr, seed: u64) -> Result<RunningTarget, Failure> {
    embedded(TwinConfig { listen, seed })
}

fn embedded(config: TwinConfig) -> Result<RunningTarget, Failure> {
    let blocked = |reason: String| Failure::blocked("the twin to start", format!("failed to {reason}"));
    let twin = Twin::start(config).map_err(|error| blocked(error.to_string()))?;
    let origin = |host: &str| {
        let origin = twin.origin(host);
        Url::parse(&origin).map_err(|error| blocked(format!("read the address {origin}: {error}")))
    };
    let target = Target {
        shop: Some(origin("shop")?),
        portal: Some(origin("portal")?),
        dashboard: Some(origin("dashboard")?),
        wallet: Some(origin("wallet")?),
        phone: Phone::Web,
        inferred: true,
        capabilities: Capability::ALL.into_iter().collect(),
        ..Target::new(TWIN, origin("api")?)
    };
    Ok(RunningTarget { target, twin: Some(twin) })
}
