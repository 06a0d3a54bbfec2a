//! What ends a run early: Ctrl-C, a termination signal, the deadline.

use std::{future::pending, io, time::Duration};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Listens from the moment it is made, so that no signal falls between.
pub(super) struct Interruption {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
    deadline: Option<Duration>,
}

impl Interruption {
    /// # Errors
    /// When signals cannot be listened for.
    pub(super) fn listen(deadline: Option<Duration>) -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            deadline,
        })
    }

    /// Completes with the reason.
    pub(super) async fn reason(mut self) -> String {
        let deadline = async {
            match self.deadline {
                Some(deadline) => tokio::time::sleep(deadline).await,
                None => pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => "Ctrl-C".to_owned(),
            _ = self.terminate.recv() => "SIGTERM".to_owned(),
            _ = self.hang_up.recv() => "SIGHUP".to_owned(),
            () = deadline => format!("the deadline of {} s", self.deadline.unwrap_or_default().as_secs_f64()),
        }
    }
}
