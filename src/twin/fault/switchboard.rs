//! Which faults are on, and for whom.

use crate::catalog::{Fault, Matcher};
use regex::Regex;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// Faults that may be on at a time.
const MAX_FAULTS: usize = 100;

/// Why a fault cannot be switched on.
#[derive(Debug, thiserror::Error)]
pub enum PlantError {
    #[error("switch on {id}: {cause}")]
    Senseless { id: String, cause: String },
    #[error("switch on {0}: {MAX_FAULTS} faults are on already")]
    TooMany(String),
}

/// The faults that are on.
#[derive(Debug, Default)]
pub struct Faults {
    any: AtomicBool,
    planted: RwLock<Vec<Arc<Planted>>>,
}

/// A fault that is on.
#[derive(Debug)]
pub(super) struct Planted {
    pub(super) fault: Fault,
    /// The one account that suffers from it; `None` for all.
    account: Option<String>,
    /// Of the matcher.
    path: Option<Regex>,
    /// How often something matched, by the merchant whom it concerned.
    matched: Mutex<HashMap<Option<String>, u32>>,
}

impl Faults {
    /// Switches a fault on, for one account or for all.
    ///
    /// # Errors
    /// When it makes no sense, saying why.
    pub fn plant(&self, fault: Fault, account: Option<String>) -> Result<(), PlantError> {
        let senseless = |cause: String| PlantError::Senseless { id: fault.id.clone(), cause };
        let path = super::sense::checked(&fault).map_err(senseless)?;
        let mut planted = self.planted.write().unwrap_or_else(PoisonError::into_inner);
        if planted.len() >= MAX_FAULTS {
            return Err(PlantError::TooMany(fault.id));
        }
        planted.push(Arc::new(Planted { fault, account, path, matched: Mutex::default() }));
        self.any.store(true, Ordering::Release);
        Ok(())
    }

    /// Switches off what is on for this account, or everything.
    pub fn clear(&self, account: Option<&str>) {
        let mut planted = self.planted.write().unwrap_or_else(PoisonError::into_inner);
        planted.retain(|planted| account.is_some() && planted.account.as_deref() != account);
        self.any.store(!planted.is_empty(), Ordering::Release);
    }

    /// The ids of those that are on.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        let planted = self.planted.read().unwrap_or_else(PoisonError::into_inner);
        planted.iter().map(|planted| planted.fault.id.clone()).collect()
    }

    /// Whether any is on.
    #[must_use]
    pub fn any(&self) -> bool {
        self.any.load(Ordering::Acquire)
    }

    /// Those from which this account suffers. What names no account, such as the wallet's log-in page, suffers from all.
    pub(super) fn of(&self, account: Option<&str>) -> Vec<Arc<Planted>> {
        if !self.any() {
            return Vec::new();
        }
        let planted = self.planted.read().unwrap_or_else(PoisonError::into_inner);
        let concerns = |planted: &&Arc<Planted>| match (&planted.account, account) {
            (Some(its), Some(this)) => its == this,
            _ => true,
        };
        planted.iter().filter(concerns).cloned().collect()
    }
}

impl Planted {
    /// Whether the path fits.
    pub(super) fn fits_path(&self, path: &str) -> bool {
        self.path.as_ref().is_none_or(|pattern| pattern.is_match(path))
    }

    /// Counts what matched, and says whether it is to be touched.
    pub(super) fn is_due(&self, matcher: &Matcher, account: Option<&str>) -> bool {
        let mut matched = self.matched.lock().unwrap_or_else(PoisonError::into_inner);
        // Without a limit nothing need be remembered.
        if matcher.after == 0 && matcher.times.is_none() {
            return true;
        }
        let counted = matched.entry(account.map(str::to_owned)).or_default();
        let before = *counted;
        *counted = before.saturating_add(1);
        before >= matcher.after && matcher.times.is_none_or(|times| before - matcher.after < times)
    }
}

/// Whether values stand where they should.
pub(super) fn holds(body: &Value, wanted: &serde_json::Map<String, Value>) -> bool {
    wanted.iter().all(|(pointer, value)| body.pointer(pointer).unwrap_or(&Value::Null) == value)
}
