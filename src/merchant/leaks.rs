//! Looks for the merchant's secret in everything that the shop says.

use crate::journal::Scan;
use crate::wire::Secret;
use std::sync::{Mutex, PoisonError};

/// What the shop gave away.
#[derive(Debug)]
pub struct Leaks {
    scan: Scan,
    found: Mutex<Vec<String>>,
}

impl Leaks {
    #[must_use]
    pub fn of(secret: &Secret) -> Self {
        let scan = Scan::default();
        scan.learn(secret.expose());
        Self { scan, found: Mutex::default() }
    }

    /// Whether the secret is in a text, in whatever encoding: where it is, is kept.
    pub fn look(&self, place: &str, text: &str) -> bool {
        let Some(leak) = self.scan.find(text).filter(|_| !text.is_empty()) else { return false };
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let sentence = format!("{place}: {leak}");
        if !found.contains(&sentence) {
            found.push(sentence);
        }
        true
    }

    /// Where the secret was, and behind which encodings.
    #[must_use]
    pub fn found(&self) -> Vec<String> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
