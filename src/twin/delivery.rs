//! Webhook delivery: a queue and a task per endpoint, so that its order is kept, with retries, every attempt visible.

use super::fault::Post;
use crate::wire::{Clock, WebhookEndpoint};
use jiff::Timestamp;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use serde::Serialize;
use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// Waits before the second and later attempts. The vendor documents no retries; these are ours.
pub const BACKOFF: [Duration; 4] =
    [Duration::from_millis(200), Duration::from_millis(400), Duration::from_millis(800), Duration::from_millis(1600)];

/// How long a receiver may take to acknowledge.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);

/// Deliveries that may wait for one endpoint; what comes on top is recorded as lost, for all to see.
const QUEUE: usize = 10_000;

/// Attempts an account remembers.
const MAX_ATTEMPTS: usize = 10_000;

/// Endpoints an account may register.
pub const MAX_ENDPOINTS: usize = 50;

/// The two kinds of webhooks this channel sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookKind {
    #[serde(rename = "payment_status")]
    Payment,
    #[serde(rename = "refund_status")]
    Refund,
}

impl WebhookKind {
    /// `type` of the endpoints that receive it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Payment => "payment_status",
            Self::Refund => "refund_status",
        }
    }
}

/// One attempt to deliver a webhook.
#[derive(Clone, Debug, Serialize)]
pub struct Attempt {
    pub url: String,
    /// UUID of the endpoint.
    pub endpoint: String,
    pub kind: WebhookKind,
    pub order_ref: String,
    /// 1 for the first; 0 when it never came to one, because the queue was full.
    pub attempt: u32,
    /// What the receiver answered; absent when no answer came.
    pub status: Option<u16>,
    pub error: Option<String>,
    /// The system's time.
    pub at: Timestamp,
    /// Whether another attempt follows.
    pub will_retry: bool,
}

/// A webhook on its way to one endpoint.
#[derive(Clone, Debug)]
struct Parcel {
    kind: WebhookKind,
    order_ref: String,
    post: Post,
}

/// What carries webhooks: the twin's runtime and one HTTP client.
#[derive(Debug)]
pub struct Carrier {
    runtime: Handle,
    client: OnceLock<reqwest::Client>,
}

impl Carrier {
    #[must_use]
    pub const fn new(runtime: Handle) -> Self {
        Self { runtime, client: OnceLock::new() }
    }

    /// The client is made on first use: reading certificates takes longer than the twin may take to start, and than a
    /// thread that answers requests may be held.
    async fn client(self: &Arc<Self>) -> Result<reqwest::Client, tokio::task::JoinError> {
        if let Some(client) = self.client.get() {
            return Ok(client.clone());
        }
        let carrier = Arc::clone(self);
        tokio::task::spawn_blocking(move || carrier.client.get_or_init(client).clone()).await
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder()
        .timeout(ATTEMPT_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .dns_resolver(Arc::new(LoopbackNames))
        .user_agent("PortOne-Twin")
        .build()
        .expect("a client with static settings builds")
}

/// Resolves `*.localhost` to the loopback, which the system's resolver may not do.
#[derive(Debug)]
struct LoopbackNames;

impl Resolve for LoopbackNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let host = name.as_str();
            let addresses: Vec<SocketAddr> = if host == "localhost" || host.ends_with(".localhost") {
                vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))]
            } else {
                tokio::net::lookup_host((host, 0)).await?.collect()
            };
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The endpoints of one account and what was sent to them.
#[derive(Debug)]
pub struct Deliveries {
    carrier: Arc<Carrier>,
    endpoints: Mutex<Vec<Endpoint>>,
    log: Arc<Log>,
    /// What waits for the next webhook, and for which endpoint.
    held: Mutex<Vec<(mpsc::Sender<Parcel>, Parcel)>>,
}

#[derive(Debug)]
struct Endpoint {
    registered: WebhookEndpoint,
    queue: mpsc::Sender<Parcel>,
}

/// The latest attempts, oldest first.
#[derive(Debug, Default)]
struct Log(Mutex<VecDeque<Attempt>>);

impl Log {
    fn record(&self, attempt: Attempt) {
        let mut attempts = self.0.lock().expect("no holder of the log panics");
        if attempts.len() >= MAX_ATTEMPTS {
            attempts.pop_front();
        }
        attempts.push_back(attempt);
    }
}

impl Deliveries {
    #[must_use]
    pub fn new(carrier: Arc<Carrier>) -> Self {
        Self { carrier, endpoints: Mutex::default(), log: Arc::default(), held: Mutex::default() }
    }

    /// Adds an endpoint unless there are [`MAX_ENDPOINTS`] or one of this kind and address; returns whether it did.
    pub fn register(&self, endpoint: WebhookEndpoint) -> bool {
        let mut endpoints = self.endpoints.lock().expect("no holder of the endpoints panics");
        let taken = |known: &Endpoint| known.registered.url == endpoint.url && known.registered.kind == endpoint.kind;
        if endpoints.len() >= MAX_ENDPOINTS || endpoints.iter().any(taken) {
            return false;
        }
        let (queue, parcels) = mpsc::channel(QUEUE);
        let carrier = Arc::clone(&self.carrier);
        let log = Arc::clone(&self.log);
        self.carrier.runtime.spawn(carry(parcels, endpoint.clone(), carrier, log));
        endpoints.push(Endpoint { registered: endpoint, queue });
        true
    }

    /// All endpoints, in the order of their registration.
    #[must_use]
    pub fn endpoints(&self) -> Vec<WebhookEndpoint> {
        let endpoints = self.endpoints.lock().expect("no holder of the endpoints panics");
        endpoints.iter().map(|endpoint| endpoint.registered.clone()).collect()
    }

    /// The latest attempts, oldest first.
    #[must_use]
    pub fn attempts(&self) -> Vec<Attempt> {
        self.log.0.lock().expect("no holder of the log panics").iter().cloned().collect()
    }

    pub(super) fn payment(&self, order_ref: &str, posts: impl FnOnce() -> Vec<Post>) {
        self.queue(WebhookKind::Payment, order_ref, posts);
    }

    pub(super) fn refund(&self, order_ref: &str, posts: impl FnOnce() -> Vec<Post>) {
        self.queue(WebhookKind::Refund, order_ref, posts);
    }

    /// Queues a webhook for every endpoint of its kind; never waits.
    fn queue(&self, kind: WebhookKind, order_ref: &str, posts: impl FnOnce() -> Vec<Post>) {
        let endpoints = self.endpoints.lock().expect("no holder of the endpoints panics");
        let mut receivers = endpoints.iter().filter(|e| e.registered.kind == kind.word()).peekable();
        if receivers.peek().is_none() {
            return;
        }
        let posts = posts();
        let late = std::mem::take(&mut *self.held.lock().expect("no holder of what waits panics"));
        for (endpoint, post) in receivers.flat_map(|endpoint| posts.iter().map(move |post| (endpoint, post))) {
            let parcel = Parcel { kind, order_ref: order_ref.to_owned(), post: post.clone() };
            if post.held {
                let mut held = self.held.lock().expect("no holder of what waits panics");
                held.push((endpoint.queue.clone(), parcel));
            } else if endpoint.queue.try_send(parcel).is_err() {
                self.log.record(Attempt {
                    url: endpoint.registered.url.clone(),
                    endpoint: endpoint.registered.uuid.clone(),
                    kind,
                    order_ref: order_ref.to_owned(),
                    attempt: 0,
                    status: None,
                    error: Some(format!("{QUEUE} deliveries already wait for this endpoint")),
                    at: Clock::system().now(),
                    will_retry: false,
                });
            }
        }
        for (endpoint, parcel) in late {
            // An endpoint that is gone or full gets nothing more.
            let _ = endpoint.try_send(parcel);
        }
    }
}

/// Delivers to one endpoint, one webhook after the other, until its account is gone.
async fn carry(mut parcels: mpsc::Receiver<Parcel>, endpoint: WebhookEndpoint, carrier: Arc<Carrier>, log: Arc<Log>) {
    while let Some(parcel) = parcels.recv().await {
        if !parcel.post.delay.is_zero() {
            tokio::time::sleep(parcel.post.delay).await;
        }
        for attempt in 1.. {
            let at = Clock::system().now();
            let answer = send(&carrier, &endpoint.url, &parcel).await;
            let acknowledged = matches!(answer, Ok(200..=299));
            let pause = BACKOFF.get(attempt as usize - 1).filter(|_| !acknowledged && !parcel.post.once);
            log.record(Attempt {
                url: endpoint.url.clone(),
                endpoint: endpoint.uuid.clone(),
                kind: parcel.kind,
                order_ref: parcel.order_ref.clone(),
                attempt,
                status: answer.as_ref().ok().copied(),
                error: answer.err(),
                at,
                will_retry: pause.is_some(),
            });
            match pause {
                Some(pause) => tokio::time::sleep(*pause).await,
                None => break,
            }
        }
    }
}

/// The one place through which every webhook leaves.
async fn send(carrier: &Arc<Carrier>, url: &str, parcel: &Parcel) -> Result<u16, String> {
    let client = carrier.client().await.map_err(|error| format!("the twin's HTTP client was not made: {error}"))?;
    let request = client.post(url).header("content-type", "application/json").body(parcel.post.body.to_string());
    match request.send().await {
        Ok(response) => Ok(response.status().as_u16()),
        Err(error) => Err(std::iter::successors(Some(&error as &dyn std::error::Error), |cause| cause.source())
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(": ")),
    }
}
