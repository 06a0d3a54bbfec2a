//! The one place that reads the time.

use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::{AtomicI64, Ordering};

/// A clock that can be moved: the system's time plus an offset.
#[derive(Debug, Default)]
pub struct Clock {
    offset_ms: AtomicI64,
}

impl Clock {
    /// The system's time.
    #[must_use]
    pub const fn system() -> Self {
        Self { offset_ms: AtomicI64::new(0) }
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        let offset = SignedDuration::from_millis(self.offset_ms.load(Ordering::Relaxed));
        // An offset that leaves the calendar is as good as the calendar's end.
        Timestamp::now().saturating_add(offset).unwrap_or(Timestamp::MAX)
    }

    /// Moves this clock forwards, or backwards by a negative duration.
    pub fn advance(&self, by: SignedDuration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.offset_ms
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| Some(now.saturating_add(by)))
            .unwrap_or_default();
    }

    #[must_use]
    pub fn offset(&self) -> SignedDuration {
        SignedDuration::from_millis(self.offset_ms.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_moved_is_as_much_ahead_of_the_system() {
        let clock = Clock::system();
        assert_eq!(clock.offset(), SignedDuration::ZERO);
        clock.advance(SignedDuration::from_hours(2));
        clock.advance(SignedDuration::from_hours(-1));
        assert_eq!(clock.offset(), SignedDuration::from_hours(1));
        let before = Timestamp::now();
        let ahead = clock.now().duration_since(before);
        assert!(ahead >= SignedDuration::from_hours(1), "{ahead}");
        assert!(ahead < SignedDuration::from_hours(2), "{ahead}");
    }
}
