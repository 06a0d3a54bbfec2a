//! What a shop has been told of PortOne before its certification begins: nothing if it is started then, everything if it runs already.

use super::Environment;
use crate::{merchant::Integration, wire::Secret};
use std::net::{Ipv4Addr, SocketAddr};
use url::{Host, Url};

/// Shorter ones would be found in pages by accident.
const SHORTEST_SECRET: usize = 16;

/// Where PortOne is played, and as whose.
#[derive(Clone, Debug)]
pub(super) struct Arrangement {
    pub(super) listen: SocketAddr,
    /// Key and secret that a running shop has.
    pub(super) account: Option<(String, Secret)>,
}

/// Why a shop that runs already cannot be certified. The text completes "failed to …".
#[derive(Debug, thiserror::Error)]
#[error(
    "know what the running shop was told of PortOne: {problem}. Start the shop and this command with the same variables, for example \
     {base_url}=http://127.0.0.1:4010 {key}=MY-KEY {secret}=a-secret-of-your-own (and for pages that embed the script \
     {sdk_url}=http://static.localhost:4010/portone.js), or say in shop.command how the shop is started"
)]
pub(super) struct Unarranged {
    problem: String,
    base_url: String,
    key: String,
    secret: String,
    sdk_url: String,
}

impl Arrangement {
    /// # Errors
    /// When a shop runs already and the environment does not have what it was told.
    pub(super) fn of(integration: &Integration, environment: &Environment) -> Result<Self, Unarranged> {
        if integration.shop.command.is_some() {
            return Ok(Self { listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), account: None });
        }
        let names = &integration.portone;
        let unarranged = |problem: String| Unarranged {
            problem,
            base_url: names.base_url.clone(),
            key: names.key.clone(),
            secret: names.secret.clone(),
            sdk_url: names.sdk_url.clone(),
        };
        let told = |name: &str| {
            let value = environment.variable(name).filter(|value| !value.expose().is_empty());
            value.ok_or_else(|| unarranged(format!("{name} is not set")))
        };
        let base = told(&names.base_url)?.expose();
        let listen = address(base).ok_or_else(|| {
            unarranged(format!("{} is no address of this machine with a port: {base:?}", names.base_url))
        })?;
        let (key, secret) = (told(&names.key)?.expose().to_owned(), told(&names.secret)?.clone());
        if secret.expose().chars().count() < SHORTEST_SECRET {
            return Err(unarranged(format!("{} has fewer than {SHORTEST_SECRET} characters", names.secret)));
        }
        Ok(Self { listen, account: Some((key, secret)) })
    }
}

fn address(base: &str) -> Option<SocketAddr> {
    let url: Url = base.parse().ok()?;
    let here = match url.host()? {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(ip) => ip == Ipv4Addr::LOCALHOST,
        Host::Ipv6(_) => false,
    };
    let port = url.port().filter(|_| here && url.scheme() == "http" && url.path() == "/")?;
    Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
}
