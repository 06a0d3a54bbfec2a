//! A request that was sent.

use crate::sandbox::Draft;

/// A request that was sent, and what of its answer later requests name.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    pub draft: Draft,
    /// Fields and their values.
    pub answers: Vec<(&'static str, String)>,
}
