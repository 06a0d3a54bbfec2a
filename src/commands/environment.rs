//! The one place that reads the environment; what it says is passed down.

use crate::wire::Secret;
use std::{env, io::IsTerminal, path::PathBuf};
use tracing_subscriber::EnvFilter;

/// Names the merchant's PortOne key.
pub(super) const KEY: &str = "PORTONE_KEY";
/// Names the merchant's PortOne secret.
pub(super) const SECRET: &str = "PORTONE_SECRET";
/// What the log shows, for example `debug`; it shows warnings otherwise.
const LOG: &str = "SMARTPAY_LOG";

/// What the process was given besides its arguments.
#[derive(Clone, Debug)]
pub struct Environment {
    pub working_folder: PathBuf,
    pub key: Option<String>,
    pub secret: Option<Secret>,
    /// Whether human output goes to a terminal that wants colours.
    pub colour: bool,
    log: String,
}

impl Environment {
    #[must_use]
    pub fn read() -> Self {
        // An empty variable is as good as none: that is how CI systems pass on what they do not have.
        let var = |name: &str| env::var(name).ok().filter(|value| !value.trim().is_empty());
        let dumb = var("TERM").is_some_and(|term| term == "dumb");
        Self {
            working_folder: env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            key: var(KEY),
            secret: var(SECRET).map(Secret::new),
            colour: std::io::stderr().is_terminal() && var("NO_COLOR").is_none() && !dumb,
            log: var(LOG).unwrap_or_else(|| "warn".to_owned()),
        }
    }

    pub(super) fn log_filter(&self) -> EnvFilter {
        EnvFilter::try_new(&self.log).unwrap_or_else(|_| EnvFilter::new("warn"))
    }
}
