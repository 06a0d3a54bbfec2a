//! The one place that reads the environment; what it says is passed down.

use crate::wire::Secret;
use std::{collections::BTreeMap, env, ffi::OsString, io::IsTerminal, path::PathBuf};
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
    /// The same for the standard output.
    pub colour_out: bool,
    /// Where programs keep what is to survive them, of this user.
    pub(super) state_folder: PathBuf,
    log: String,
    /// Everything that is set, of which any may be a secret.
    variables: BTreeMap<String, Secret>,
}

impl Environment {
    #[must_use]
    pub fn read() -> Self {
        // An empty variable is as good as none: that is how CI systems pass on what they do not have.
        let text = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
        let given = env::vars_os().filter_map(text).filter(|(_, value)| !value.trim().is_empty());
        let variables: BTreeMap<String, Secret> = given.map(|(name, value)| (name, Secret::new(value))).collect();
        let var = |name: &str| variables.get(name).map(|value| value.expose().to_owned());
        let home = || var("HOME").map(|home| PathBuf::from(home).join(".local/state"));
        let state = var("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute()).or_else(home);
        let dumb = var("TERM").is_some_and(|term| term == "dumb");
        let wanted = var("NO_COLOR").is_none() && !dumb;
        Self {
            working_folder: env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            key: var(KEY),
            secret: var(SECRET).map(Secret::new),
            colour: std::io::stderr().is_terminal() && wanted,
            colour_out: std::io::stdout().is_terminal() && wanted,
            state_folder: state.unwrap_or_else(env::temp_dir).join(env!("CARGO_PKG_NAME")),
            log: var(LOG).unwrap_or_else(|| "warn".to_owned()),
            variables,
        }
    }

    /// What a variable holds, unless it is empty.
    pub(super) fn variable(&self, name: &str) -> Option<&Secret> {
        self.variables.get(name)
    }

    pub(super) fn log_filter(&self) -> EnvFilter {
        EnvFilter::try_new(&self.log).unwrap_or_else(|_| EnvFilter::new("warn"))
    }
}
