//! Starts and stops the twin, on threads of its own: whoever embeds it is busy with its own work.

use super::{Carrier, DEMO_KEY, DEMO_PASSWORD, DEMO_SECRET, Host, Twin, hosts};
use axum::serve::ListenerExt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

/// How often orders that nobody asks for are looked at for expiry.
const SWEEP: Duration = Duration::from_secs(1);

/// How to start a twin.
#[derive(Clone, Copy, Debug)]
pub struct TwinConfig {
    /// Port 0 takes any free one.
    pub listen: SocketAddr,
    /// The same seed gives the same accounts and references.
    pub seed: u64,
}

impl Default for TwinConfig {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 0)), seed: 0 }
    }
}

/// Why the twin cannot start.
#[derive(Debug, thiserror::Error)]
pub enum TwinError {
    #[error("listen on {addr}: {source}")]
    Listen { addr: SocketAddr, source: io::Error },
    #[error("start the twin's threads: {0}")]
    Threads(io::Error),
}

/// A twin that listens. Dropping it stops it.
#[derive(Debug)]
pub struct RunningTwin {
    addr: SocketAddr,
    twin: Arc<Twin>,
    runtime: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Twin {
    /// Binds and serves; requests are answered from the moment this returns.
    ///
    /// # Errors
    /// When the address is taken or threads cannot be started.
    pub fn start(config: TwinConfig) -> Result<RunningTwin, TwinError> {
        let listening = |source| TwinError::Listen { addr: config.listen, source };
        let listener = std::net::TcpListener::bind(config.listen).map_err(listening)?;
        listener.set_nonblocking(true).map_err(listening)?;
        let addr = listener.local_addr().map_err(listening)?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("twin")
            .enable_all()
            .build()
            .map_err(TwinError::Threads)?;
        let carrier = Arc::new(Carrier::new(runtime.handle().clone()));
        let twin = Arc::new(Self::new(config.seed, addr.port(), carrier));
        let (stop, stopped) = oneshot::channel();
        let handle = runtime.handle().clone();
        let served = Arc::clone(&twin);
        // Made here, so that a twin that cannot serve never looks as if it had started.
        let router = hosts::router(&twin);
        let thread = std::thread::Builder::new()
            .name("twin".to_owned())
            .spawn(move || serve(runtime, listener, router, &served, stopped))
            .map_err(TwinError::Threads)?;
        Ok(RunningTwin { addr, twin, runtime: handle, stop: Some(stop), thread: Some(thread) })
    }
}

/// Serves until told to stop, then ends every connection and task of the twin.
fn serve(
    runtime: Runtime,
    listener: std::net::TcpListener,
    router: axum::Router,
    twin: &Arc<Twin>,
    stopped: oneshot::Receiver<()>,
) {
    runtime.block_on(async {
        let listener = match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => listener.tap_io(|stream| {
                // Answers are small; waiting to fill a packet only delays them. A socket that refuses still works.
                let _ = stream.set_nodelay(true);
            }),
            Err(error) => {
                tracing::error!(%error, "failed to hand the listener to the twin's threads");
                return;
            }
        };
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        tokio::select! {
            result = axum::serve(listener, service).into_future() => {
                if let Err(error) = result {
                    tracing::error!(%error, "failed to keep serving");
                }
            }
            () = sweep(twin) => {}
            _ = stopped => {}
        }
    });
    runtime.shutdown_background();
}

async fn sweep(twin: &Twin) {
    let mut ticks = tokio::time::interval(SWEEP);
    loop {
        ticks.tick().await;
        for account in twin.accounts.all() {
            account.expire_due();
        }
        twin.accounts.trim();
    }
}

impl RunningTwin {
    #[must_use]
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// For example `http://api.localhost:8080` for `api` or `api.localhost`.
    #[must_use]
    pub fn origin(&self, host: &str) -> String {
        self.twin.origin(Host::named(&format!("{}.localhost", host.trim_end_matches(".localhost"))))
    }

    /// The state behind the pages and endpoints.
    #[must_use]
    pub fn twin(&self) -> Arc<Twin> {
        Arc::clone(&self.twin)
    }

    /// Blocks until Ctrl-C, a termination signal, or an end of the twin's own.
    ///
    /// # Errors
    /// When signals cannot be listened for.
    pub fn wait(&self) -> io::Result<()> {
        let (sender, receiver) = mpsc::channel();
        self.runtime.spawn(async move {
            // A receiver that is gone does not care.
            let _ = sender.send(signalled().await);
        });
        // The channel closes without a word when the twin ends.
        receiver.recv().unwrap_or(Ok(()))
    }

    /// Stops listening and ends every connection.
    pub fn stop(mut self) {
        self.halt();
    }

    fn halt(&mut self) {
        if let Some(stop) = self.stop.take() {
            // A twin that has ended already cannot be told.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the twin's thread panicked");
        }
    }

    /// What to tell a person who started a twin: where everything is, and the demo account.
    #[must_use]
    pub fn banner(&self) -> String {
        let lines = [
            ("index", format!("http://{}/", self.addr)),
            ("API", self.origin("api")),
            ("web SDK", format!("{}/portone.js", self.origin("static"))),
            ("shop", self.origin("shop")),
            ("wallet", self.origin("wallet")),
            ("portal", self.origin("portal")),
            ("dashboard", self.origin("dashboard")),
            ("levers", format!("{}/_twin/status", self.origin("api"))),
        ];
        let mut text = format!("The twin listens on {}.\n\n", self.addr);
        for (name, address) in lines {
            text += &format!("  {name:<10} {address}\n");
        }
        let identity = &self.twin.accounts.demo().identity;
        text + &format!(
            "\nDemo account: key {DEMO_KEY}, secret {DEMO_SECRET}\n  portal     {} / {DEMO_PASSWORD}\n  dashboard  {} / {DEMO_PASSWORD}\n",
            identity.portal.user, identity.dashboard.user
        )
    }
}

impl Drop for RunningTwin {
    fn drop(&mut self) {
        self.halt();
    }
}

async fn signalled() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result,
        _ = terminate.recv() => Ok(()),
    }
}
