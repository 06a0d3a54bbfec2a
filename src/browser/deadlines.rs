//! How long a browser may be waited for.

use std::time::Duration;

/// How long a browser may be waited for, by what is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// A page to answer, and to be recognised.
    pub page: Duration,
    /// An element of the page shown: to appear, to be usable, to go.
    pub element: Duration,
    /// The driver: to start, to open a session, to carry out a command.
    pub driver: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self { page: Duration::from_secs(30), element: Duration::from_secs(10), driver: Duration::from_secs(30) }
    }
}
