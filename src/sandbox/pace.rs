//! How fast a target is asked: under its request rate, and not before it wants to be asked again.

use crate::wire::Clock;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::Instant;

/// Longer than this nobody waits for a target that asks for patience.
pub(super) const MOST_PATIENCE: Duration = Duration::from_secs(30);

/// The turns of all who ask one target. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    interval: Duration,
    next: Arc<Mutex<Instant>>,
}

impl Pace {
    /// At most so many requests a second; `None` for as many as there are.
    pub(super) fn new(rate: Option<u32>) -> Self {
        let interval = rate.map_or(Duration::ZERO, |rate| Duration::from_secs(1) / rate.max(1));
        Self { interval, next: Arc::new(Mutex::new(Instant::now())) }
    }

    /// Waits for a turn, which is then taken.
    pub(super) async fn turn(&self) {
        let due = {
            let mut next = self.next.lock().expect("no holder panics");
            let due = (*next).max(Instant::now());
            *next = due + self.interval;
            due
        };
        tokio::time::sleep_until(due).await;
    }

    /// Gives nobody a turn for this long.
    pub(super) fn hold(&self, wait: Duration) {
        let mut next = self.next.lock().expect("no holder panics");
        *next = (*next).max(Instant::now() + wait.min(MOST_PATIENCE));
    }
}

/// How long the target wants to be left alone, if it says so.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let moment = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(Duration::try_from(moment.duration_since(Clock::system().now())).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn turns_come_at_the_rate_and_after_what_was_asked_for() {
        let pace = Pace::new(Some(4));
        let begun = Instant::now();
        for _ in 0..5 {
            pace.turn().await;
        }
        assert_eq!(begun.elapsed(), Duration::from_secs(1));
        pace.hold(Duration::from_secs(7));
        pace.turn().await;
        assert_eq!(begun.elapsed(), Duration::from_secs(8));
        pace.hold(Duration::from_secs(86_400));
        pace.turn().await;
        assert_eq!(begun.elapsed(), Duration::from_secs(8) + MOST_PATIENCE);
    }

    #[test]
    fn both_forms_of_the_header_are_read() {
        let headers = |text: &str| HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
        assert_eq!(retry_after(&headers("7")), Some(Duration::from_secs(7)));
        assert_eq!(retry_after(&headers("Wed, 21 Oct 2015 07:28:00 GMT")), Some(Duration::ZERO));
        assert_eq!(retry_after(&headers("soon")), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
