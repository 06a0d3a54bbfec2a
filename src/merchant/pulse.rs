//! Whether the shop's process still runs, for whoever gets no answer from it.

use super::Process;
use crate::journal::Failure;
use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long a process that has closed its connections may take to end.
const ENDING: Duration = Duration::from_millis(500);
const LOOKING: Duration = Duration::from_millis(20);

/// The shop's process, if it was started here. It ends with this.
#[derive(Debug, Default)]
pub struct Pulse {
    process: Mutex<Option<Process>>,
    /// How it ended, once that was told.
    ended: Mutex<Option<String>>,
}

impl Pulse {
    #[must_use]
    pub fn of(process: Option<Process>) -> Self {
        Self { process: Mutex::new(process), ended: Mutex::default() }
    }

    /// Why there was no answer, if that is because the shop has ended: the first who asks has found a failure of the shop, to all others it is an
    /// obstacle.
    pub async fn missing(&self) -> Option<Failure> {
        // A connection breaks a little before there is a process less.
        let started = Instant::now();
        loop {
            let found = self.look();
            if found.is_some() || started.elapsed() > ENDING {
                return found;
            }
            tokio::time::sleep(LOOKING).await;
        }
    }

    fn look(&self) -> Option<Failure> {
        let mut told = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(how) = &*told {
            return Some(Failure::blocked("a shop that runs", format!("it ended with {how}")));
        }
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        let process = process.as_mut()?;
        let how = process.ended()?;
        *told = Some(how.clone());
        Some(Failure::unmet("the shop to go on running", format!("it ended with {how}{}", process.last_words())))
    }

    /// Ends the shop.
    pub fn stop(&self) {
        drop(self.process.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}
