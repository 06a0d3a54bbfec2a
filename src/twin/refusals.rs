//! What the API refused lately, for whoever wonders why a shop comes to nothing.

use crate::wire::contract::Operation;
use serde::Serialize;
use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

/// Refusals that are kept; older ones are forgotten.
const KEPT: usize = 64;
/// Letters of a message that are kept: it may quote what was sent.
const LONGEST: usize = 300;

/// A refused request.
#[derive(Clone, Debug, Serialize)]
pub struct Refusal {
    /// Counts all refusals since the twin was started.
    pub number: u64,
    pub operation: &'static str,
    pub http_status: u16,
    pub status_code: &'static str,
    pub message: String,
}

/// The last refusals, of all accounts: a request with a wrong key belongs to none.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<(u64, VecDeque<Refusal>)>);

impl Refusals {
    pub(super) fn note(&self, operation: Operation, http_status: u16, status_code: &'static str, message: &str) {
        let message = message.chars().take(LONGEST).collect();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (number, last) = &mut *kept;
        *number += 1;
        if last.len() == KEPT {
            last.pop_front();
        }
        last.push_back(Refusal { number: *number, operation: operation.id(), http_status, status_code, message });
    }

    /// The oldest first.
    #[must_use]
    pub fn last(&self) -> Vec<Refusal> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.iter().cloned().collect()
    }
}
