//! Opens after blocked scenarios in a row, so that a dead target is not asked a hundred times.

use crate::journal::{Failure, Verdict};
use std::sync::{Arc, Mutex};

/// So many blocked scenarios in a row, in the order in which they end, are no coincidence.
pub const BLOCKED_IN_A_ROW: u32 = 3;

/// Whether the target is still asked. Clones share it.
#[derive(Clone, Debug)]
pub struct Circuit {
    limit: Option<u32>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    in_a_row: u32,
    open: Option<Failure>,
}

impl Circuit {
    /// Opens after [`BLOCKED_IN_A_ROW`].
    #[must_use]
    pub fn closed() -> Self {
        Self { limit: Some(BLOCKED_IN_A_ROW), state: Arc::default() }
    }

    /// Stays closed however many are blocked.
    #[must_use]
    pub fn that_keeps_going() -> Self {
        Self { limit: None, state: Arc::default() }
    }

    /// Takes note of how an attempt ended.
    pub fn concluded(&self, verdict: Verdict, failure: Option<&Failure>) {
        let mut state = self.state.lock().expect("no holder panics");
        match verdict {
            Verdict::Blocked => state.in_a_row += 1,
            // The target was not asked for anything.
            Verdict::Skipped => return,
            Verdict::Passed | Verdict::Flaky | Verdict::Drifted | Verdict::Failed => state.in_a_row = 0,
        }
        if state.open.is_none() && self.limit.is_some_and(|limit| state.in_a_row >= limit) {
            let cause = failure.map(ToString::to_string).unwrap_or_default();
            let observed = format!(
                "not tried: {} scenarios in a row were blocked, the last because: {cause} (--keep-going tries all)",
                state.in_a_row
            );
            state.open = Some(Failure::blocked("", observed));
        }
    }

    /// Opens at once and for good: the target must not be asked any more.
    pub(super) fn trip(&self, why: &str) {
        let mut state = self.state.lock().expect("no holder panics");
        state.open.get_or_insert_with(|| Failure::blocked("", format!("not tried: {why}")));
    }

    /// Why the target is not asked any more, if it is not.
    #[must_use]
    pub fn opened(&self) -> Option<Failure> {
        self.state.lock().expect("no holder panics").open.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_three_in_a_row_and_skipped_ones_do_not_count() {
        let circuit = Circuit::closed();
        let dead = Failure::blocked("an answer", "none");
        for verdict in [Verdict::Blocked, Verdict::Blocked, Verdict::Failed, Verdict::Blocked, Verdict::Skipped] {
            circuit.concluded(verdict, Some(&dead));
        }
        circuit.concluded(Verdict::Blocked, Some(&dead));
        assert_eq!(circuit.opened(), None);
        circuit.concluded(Verdict::Blocked, Some(&dead));
        assert!(circuit.opened().unwrap().observed.contains("3 scenarios in a row were blocked"));
        let patient = Circuit::that_keeps_going();
        (0..9).for_each(|_| patient.concluded(Verdict::Blocked, Some(&dead)));
        assert_eq!(patient.opened(), None);
    }
}
