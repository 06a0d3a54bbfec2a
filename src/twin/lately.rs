//! What merchants asked lately and what they were refused, for whoever wonders what a shop is doing.

use crate::wire::contract::Operation;
use serde::Serialize;
use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

/// Calls that are kept; older ones are forgotten.
const KEPT: usize = 256;
/// Letters that are kept of a text: it may quote what was sent.
const LONGEST: usize = 300;

/// A question about a payment, or a request that was refused.
#[derive(Clone, Debug, Serialize)]
pub struct LateCall {
    /// Counts these calls since the twin was started.
    pub number: u64,
    pub operation: &'static str,
    /// Of the payment that was asked about.
    pub merchant_order_ref: Option<String>,
    pub refusal: Option<LateRefusal>,
}

/// How a request was refused.
#[derive(Clone, Debug, Serialize)]
pub struct LateRefusal {
    pub http_status: u16,
    pub status_code: &'static str,
    pub message: String,
}

/// The last calls, of all accounts: a request with a wrong key belongs to none.
#[derive(Debug, Default)]
pub struct Lately(Mutex<(u64, VecDeque<LateCall>)>);

impl Lately {
    pub(super) fn asked(&self, operation: Operation, merchant_order_ref: &str) {
        self.keep(operation, Some(merchant_order_ref.chars().take(LONGEST).collect()), None);
    }

    pub(super) fn refused(&self, operation: Operation, http_status: u16, status_code: &'static str, message: &str) {
        let message = message.chars().take(LONGEST).collect();
        self.keep(operation, None, Some(LateRefusal { http_status, status_code, message }));
    }

    fn keep(&self, operation: Operation, merchant_order_ref: Option<String>, refusal: Option<LateRefusal>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (number, last) = &mut *kept;
        *number += 1;
        if last.len() == KEPT {
            last.pop_front();
        }
        last.push_back(LateCall { number: *number, operation: operation.id(), merchant_order_ref, refusal });
    }

    /// The oldest first.
    #[must_use]
    pub fn calls(&self) -> Vec<LateCall> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.iter().cloned().collect()
    }
}
