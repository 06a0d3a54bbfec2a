//! Receives webhooks for all scenarios of a run, each in a mailbox of its own.

use crate::journal::{DeliveryRecord, Event, Failure, Scribe};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::StatusCode,
    routing::post,
};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{net::TcpListener, sync::Notify, task::JoinHandle};
use url::Url;

/// No documented webhook comes near this size.
const MAX_BODY: usize = 1024 * 1024;

/// One webhook as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The endpoint's name within the mailbox, for example `payment`.
    pub endpoint: String,
    pub body: String,
    /// Whether the endpoint acknowledged it.
    pub acknowledged: bool,
}

/// The listener on loopback. Dropping it stops it.
#[derive(Debug)]
pub struct Inbox {
    base: Url,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Shared {
    boxes: Mutex<HashMap<u64, Arc<Contents>>>,
    next: AtomicU64,
}

#[derive(Debug)]
struct Contents {
    scribe: Scribe,
    deliveries: Mutex<Vec<Delivery>>,
    arrived: Notify,
    failures_left: AtomicU64,
}

impl Inbox {
    /// Listens on a free port of the loopback address.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let router = Router::new()
            .route("/{mailbox}/{endpoint}", post(receive))
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "failed to receive webhooks");
            }
        });
        let base = Url::parse(&format!("http://{address}/")).expect("an address makes a URL");
        Ok(Self { base, shared, server })
    }

    /// A mailbox that answers its first `failures` deliveries with 503.
    #[must_use]
    pub fn open(&self, scribe: Scribe, failures: u64) -> Mailbox {
        let number = self.shared.next.fetch_add(1, Ordering::Relaxed);
        let contents = Arc::new(Contents {
            scribe,
            deliveries: Mutex::default(),
            arrived: Notify::new(),
            failures_left: AtomicU64::new(failures),
        });
        self.shared.boxes.lock().expect("no holder panics").insert(number, Arc::clone(&contents));
        Mailbox { number, base: self.base.clone(), contents, shared: Arc::clone(&self.shared) }
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn receive(
    State(shared): State<Arc<Shared>>,
    Path((number, endpoint)): Path<(u64, String)>,
    body: Bytes,
) -> StatusCode {
    let Some(contents) = shared.boxes.lock().expect("no holder panics").get(&number).cloned() else {
        // A late retry for a scenario that has ended.
        return StatusCode::GONE;
    };
    let failing =
        contents.failures_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
    let body = String::from_utf8_lossy(&body).into_owned();
    contents.scribe.record(Event::Delivery(DeliveryRecord {
        attempt: contents.scribe.attempt(),
        kind: endpoint.clone(),
        body: body.clone(),
    }));
    contents.deliveries.lock().expect("no holder panics").push(Delivery { endpoint, body, acknowledged: !failing });
    contents.arrived.notify_waiters();
    if failing { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK }
}

/// The webhooks of one scenario.
#[derive(Debug)]
pub struct Mailbox {
    number: u64,
    base: Url,
    contents: Arc<Contents>,
    shared: Arc<Shared>,
}

impl Mailbox {
    /// The URL of an endpoint within this mailbox.
    #[must_use]
    pub fn url(&self, endpoint: &str) -> String {
        format!("{}{}/{endpoint}", self.base, self.number)
    }

    /// Everything that has arrived.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.contents.deliveries.lock().expect("no holder panics").clone()
    }

    /// Waits until `wanted` finds what it looks for among the deliveries.
    ///
    /// # Errors
    /// After the deadline, naming what was waited for and what had come instead.
    pub async fn wait_for<T>(
        &self,
        what: &str,
        deadline: Duration,
        wanted: impl Fn(&[Delivery]) -> Option<T>,
    ) -> Result<T, Failure> {
        let search = async {
            loop {
                // Registered before looking, so that nothing can arrive unnoticed in between.
                let arrived = self.contents.arrived.notified();
                tokio::pin!(arrived);
                arrived.as_mut().enable();
                if let Some(found) = wanted(&self.deliveries()) {
                    return found;
                }
                arrived.await;
            }
        };
        tokio::time::timeout(deadline, search).await.map_err(|_| {
            let came = self.deliveries();
            let seen = match came.len() {
                0 => "no webhook at all".to_owned(),
                n => format!("{n} other webhooks, the last one {}", came.last().map_or("", |last| &last.body)),
            };
            Failure::unmet(format!("{what} within {deadline:?}"), seen)
        })
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.shared.boxes.lock().expect("no holder panics").remove(&self.number);
    }
}
