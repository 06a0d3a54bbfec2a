//! Receives webhooks for all scenarios of a run, each in a mailbox of its own: by the address that a scenario registered,
//! or, where one public address is all there is, by the order that a webhook is about.

use super::{HttpClient, WebhookRoute};
use crate::journal::{DeliveryRecord, Event, Failure, Scribe};
use crate::wire::{Clock, WebhookEndpoint};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, StatusCode, Uri},
    routing::post,
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
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
/// Webhooks about orders that nobody has named yet: they may overtake the answer that names the order.
const MAX_STRAYS: usize = 256;
/// The fields in which webhooks name what they are about.
const REFERENCES: [&str; 3] = ["merchant_order_ref", "order_ref", "payment_txn_ref"];
/// Where the harness writes to itself, to see whether the public address leads here.
const PROBE: &str = "probe";

/// One webhook as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The endpoint's name within the mailbox, for example `payment`.
    pub endpoint: String,
    pub body: String,
    /// Whether the endpoint acknowledged it.
    pub acknowledged: bool,
}

/// The listener. Dropping it stops it.
#[derive(Debug)]
pub struct Inbox {
    base: Url,
    /// Whether all scenarios share the address.
    shared_address: bool,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

/// Endpoints that are registered, by merchant, kind and address.
pub(super) type Registered = tokio::sync::Mutex<HashMap<[String; 3], WebhookEndpoint>>;

#[derive(Debug, Default)]
struct Shared {
    boxes: Mutex<HashMap<u64, Arc<Contents>>>,
    next: AtomicU64,
    /// Whose an order is, by each of its references.
    orders: Mutex<HashMap<String, u64>>,
    strays: Mutex<VecDeque<Stray>>,
    probes: Mutex<Vec<String>>,
    probed: Notify,
    registered: Registered,
}

/// A webhook as it came.
#[derive(Debug)]
struct Arrival {
    endpoint: String,
    received_at: jiff::Timestamp,
    headers: BTreeMap<String, String>,
    body: String,
}

#[derive(Debug)]
struct Stray {
    arrival: Arrival,
    references: Vec<String>,
}

#[derive(Debug)]
struct Contents {
    scribe: Scribe,
    deliveries: Mutex<Vec<Delivery>>,
    arrived: Notify,
    /// How many deliveries each endpoint refuses at first.
    failures: usize,
}

impl Inbox {
    /// Listens on a free port of the loopback address.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let base = Url::parse(&format!("http://{address}/")).expect("an address makes a URL");
        Ok(Self::serve(listener, base, false, Router::new().route("/{mailbox}/{endpoint}", post(receive))))
    }

    /// Listens where a public address leads to; its webhooks are told apart by their orders.
    ///
    /// # Errors
    /// When that address cannot be had.
    pub async fn listen(route: &WebhookRoute) -> std::io::Result<Self> {
        let listener = TcpListener::bind(route.listen).await?;
        // A tunnel may keep the path of the public address or not, so that only its last part counts.
        Ok(Self::serve(listener, route.public.clone(), true, Router::new().fallback(receive_by_order)))
    }

    fn serve(listener: TcpListener, base: Url, shared_address: bool, router: Router<Arc<Shared>>) -> Self {
        let shared = Arc::new(Shared::default());
        let router = router.layer(DefaultBodyLimit::max(MAX_BODY)).with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "failed to receive webhooks");
            }
        });
        Self { base, shared_address, shared, server }
    }

    /// Writes to itself through its public address.
    ///
    /// # Errors
    /// What became of it instead, when it does not arrive within `within`.
    pub async fn probe(&self, http: &HttpClient, within: Duration) -> Result<(), String> {
        let word = format!("{:016x}", rand_word(&self.base));
        let url = self.base.join(PROBE).map_err(|error| error.to_string())?;
        let asked = http.client().post(url.clone()).body(word.clone()).timeout(within).send().await;
        let answer = asked.map_err(|error| super::client::innermost(&error))?;
        let status = answer.status();
        let arrived = async {
            loop {
                let probed = self.shared.probed.notified();
                tokio::pin!(probed);
                probed.as_mut().enable();
                if self.shared.probes.lock().expect("no holder panics").contains(&word) {
                    return;
                }
                probed.await;
            }
        };
        // It was answered, so it has arrived by now if it was us who answered.
        tokio::time::timeout(Duration::from_secs(1), arrived)
            .await
            .map_err(|_| format!("{url} answered {status}, but what was sent there did not arrive here"))
    }

    /// A mailbox that answers the first `failures` deliveries to each of its endpoints with 503.
    #[must_use]
    pub fn open(&self, scribe: Scribe, failures: usize) -> Mailbox {
        let number = self.shared.next.fetch_add(1, Ordering::Relaxed);
        let contents = Arc::new(Contents { scribe, deliveries: Mutex::default(), arrived: Notify::new(), failures });
        self.shared.boxes.lock().expect("no holder panics").insert(number, Arc::clone(&contents));
        let (base, shared) = (self.base.clone(), Arc::clone(&self.shared));
        Mailbox { number, base, shared_address: self.shared_address, contents, shared }
    }
}

/// A word that tells one probe from another; it keeps no secret.
fn rand_word(base: &Url) -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(base)
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn receive(
    State(shared): State<Arc<Shared>>,
    Path((number, endpoint)): Path<(u64, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let Some(contents) = shared.boxes.lock().expect("no holder panics").get(&number).cloned() else {
        // A late retry for a scenario that has ended.
        return StatusCode::GONE;
    };
    contents.take(Arrival::now(endpoint, &headers, String::from_utf8_lossy(&body).into_owned()))
}

async fn receive_by_order(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap, body: Bytes) -> StatusCode {
    let endpoint = uri.path().rsplit('/').next().unwrap_or_default().to_owned();
    let body = String::from_utf8_lossy(&body).into_owned();
    if endpoint == PROBE {
        shared.probes.lock().expect("no holder panics").push(body);
        shared.probed.notify_waiters();
        return StatusCode::OK;
    }
    let json: Value = serde_json::from_str(&body).unwrap_or_default();
    let references: Vec<String> = REFERENCES.iter().filter_map(|name| json[name].as_str()).map(str::to_owned).collect();
    let whose = {
        let orders = shared.orders.lock().expect("no holder panics");
        references.iter().find_map(|reference| orders.get(reference).copied())
    };
    let contents = whose.and_then(|number| shared.boxes.lock().expect("no holder panics").get(&number).cloned());
    let arrival = Arrival::now(endpoint, &headers, body);
    match contents {
        Some(contents) => contents.take(arrival),
        None => {
            let mut strays = shared.strays.lock().expect("no holder panics");
            if strays.len() == MAX_STRAYS {
                strays.pop_front();
            }
            strays.push_back(Stray { arrival, references });
            StatusCode::OK
        }
    }
}

impl Arrival {
    fn now(endpoint: String, headers: &HeaderMap, body: String) -> Self {
        let mut lines: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in headers {
            let value = String::from_utf8_lossy(value.as_bytes());
            let line = lines.entry(name.to_string()).or_default();
            *line = if line.is_empty() { value.into_owned() } else { format!("{line}\n{value}") };
        }
        Self { endpoint, received_at: Clock::system().now(), headers: lines, body }
    }
}

impl Contents {
    /// Keeps a delivery and says how it is answered.
    fn take(&self, arrival: Arrival) -> StatusCode {
        let mut deliveries = self.deliveries.lock().expect("no holder panics");
        let before = deliveries.iter().filter(|delivery| delivery.endpoint == arrival.endpoint).count();
        let failing = before < self.failures;
        let status = if failing { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
        let Arrival { endpoint, received_at, headers, body } = arrival;
        self.scribe.record(Event::Delivery(DeliveryRecord {
            attempt: self.scribe.attempt(),
            kind: endpoint.clone(),
            received_at,
            headers,
            body: body.clone(),
            answered: status.as_u16(),
        }));
        let delivery = Delivery { endpoint, body, acknowledged: !failing };
        deliveries.push(delivery);
        drop(deliveries);
        self.arrived.notify_waiters();
        status
    }
}

/// The webhooks of one scenario.
#[derive(Debug)]
pub struct Mailbox {
    number: u64,
    base: Url,
    shared_address: bool,
    contents: Arc<Contents>,
    shared: Arc<Shared>,
}

impl Mailbox {
    /// The URL of an endpoint within this mailbox.
    #[must_use]
    pub fn url(&self, endpoint: &str) -> String {
        if self.shared_address {
            format!("{}{endpoint}", self.base)
        } else {
            format!("{}{}/{endpoint}", self.base, self.number)
        }
    }

    /// The endpoints that scenarios share, where they do.
    pub(super) fn registered(&self) -> Option<&Registered> {
        self.shared_address.then_some(&self.shared.registered)
    }

    /// From now on, and for what came too early, webhooks about this order belong here.
    pub fn claim(&self, reference: &str) {
        if !self.shared_address {
            return;
        }
        self.shared.orders.lock().expect("no holder panics").insert(reference.to_owned(), self.number);
        let early = {
            let mut strays = self.shared.strays.lock().expect("no holder panics");
            let (mine, others): (VecDeque<_>, VecDeque<_>) =
                strays.drain(..).partition(|stray| stray.references.iter().any(|known| known == reference));
            *strays = others;
            mine
        };
        for stray in early {
            self.contents.take(stray.arrival);
        }
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
        self.shared.orders.lock().expect("no holder panics").retain(|_, number| *number != self.number);
    }
}
