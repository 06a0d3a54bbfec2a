//! Waits: a deadline, the reason for going on, and what to say when the time is over.

use super::{
    BrowserError, Session,
    connection::CallError,
    locate::{Query, Sight},
};
use std::time::{Duration, Instant};

/// How often a page is looked at while something is waited for.
const POLL: Duration = Duration::from_millis(30);

/// A wait with a deadline, which keeps the last reason for going on.
pub(super) struct Wait {
    within: Duration,
    started: Instant,
    pub(super) last: Option<String>,
}

impl Wait {
    pub(super) fn new(within: Duration) -> Self {
        Self { within, started: Instant::now(), last: None }
    }

    /// Keeps why this look was not the last, or ends the wait for what no look can mend.
    pub(super) fn note(&mut self, error: CallError) -> Result<(), BrowserError> {
        self.last = Some(error.into_moment()?);
        Ok(())
    }

    /// Whether there is time for another look; if so, after a pause.
    pub(super) async fn again(&self) -> bool {
        if self.started.elapsed() >= self.within {
            return false;
        }
        tokio::time::sleep(POLL).await;
        true
    }
}

impl Session {
    /// After a look that failed: stands at the top again, of another window if this one is gone.
    pub(super) async fn recover(&mut self, error: &CallError) -> Result<(), BrowserError> {
        self.lookout.lose();
        if !error.is_window_gone() {
            return Ok(());
        }
        let windows = match self.windows().await {
            Ok(windows) => windows,
            Err(error) => return error.into_moment().map(drop),
        };
        if windows.contains(&self.window) {
            return Ok(());
        }
        let Some(last) = windows.last() else {
            return Err(BrowserError::Closed("its last window was closed".to_owned()));
        };
        let last = last.clone();
        self.show_window(&last).await.or_else(|error| error.into_moment().map(drop))
    }

    /// The error for a wait that came to its end, with what the window shows.
    pub(super) async fn give_up(&mut self, wait: &Wait, waited_for: String) -> BrowserError {
        self.stranded = true;
        let query = Query { words: 300, ..Query::default() };
        let mut saw = match self.lookout.sweep(&mut self.connection, &query, |_| false).await {
            Ok(seen) => {
                if let Some(top) = seen.first()
                    && matches!(top.status, 502..=504)
                {
                    return BrowserError::Unreachable {
                        url: top.url.clone(),
                        cause: format!("HTTP status {}", top.status),
                    };
                }
                if let (Some(top), Some(cause)) = (seen.first(), &self.unanswered) {
                    let cause = format!("no page came after the press ({cause})");
                    return BrowserError::Unreachable { url: format!("the address after {}", top.url), cause };
                }
                seen.iter().map(describe).collect::<Vec<_>>().join("; in a frame, ")
            }
            Err(CallError::Fatal(error)) => return error,
            Err(CallError::Moment { message, .. }) => format!("a page that cannot be looked at ({message})"),
        };
        if let Some(last) = &wait.last {
            saw = format!("{last}; {saw}");
        }
        BrowserError::Timeout {
            waited_for,
            saw: format!("{saw} (after {:.1} s)", wait.started.elapsed().as_secs_f64()),
        }
    }
}

fn describe(sight: &Sight) -> String {
    let status = if sight.status >= 400 { format!(", HTTP status {}", sight.status) } else { String::new() };
    let covers = sight.covers.iter().map(|cover| format!(", a frame of it covered by {cover}")).collect::<String>();
    let Sight { url, title, words, .. } = sight;
    format!("{url} (title \"{title}\"{status}{covers}) with the text \"{words}\"")
}
