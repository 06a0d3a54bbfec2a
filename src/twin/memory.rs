//! The bound of what the twin remembers, over all its accounts.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Memory that the orders of all accounts may take together, their refunds included; beyond it, the account that holds
/// most forgets its oldest. With all accounts in use the whole program then takes 50 MB or less. Webhooks that wait or were
/// attempted are not counted: they have bounds of their own, per endpoint and account.
pub const MAX_BYTES: usize = 24 * 1024 * 1024;

/// How much the orders of all accounts take.
#[derive(Debug, Default)]
pub struct Memory {
    bytes: AtomicUsize,
}

impl Memory {
    /// What took `before` takes `after`.
    pub(super) fn change(&self, before: usize, after: usize) {
        // Nothing else depends on the order in which threads see this number change.
        if before < after {
            self.bytes.fetch_add(after - before, Ordering::Relaxed);
        } else {
            self.bytes.fetch_sub(before - after, Ordering::Relaxed);
        }
    }

    pub(super) fn is_exceeded(&self) -> bool {
        self.bytes.load(Ordering::Relaxed) > MAX_BYTES
    }

    /// Whether less than an eighth of it is free.
    pub(super) fn is_scarce(&self) -> bool {
        self.bytes.load(Ordering::Relaxed) > MAX_BYTES / 8 * 7
    }
}
