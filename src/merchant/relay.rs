//! Stands between PortOne's webhooks and the shop, so that they reach it when, and as often as, a check wants. PortOne hears what the shop answers.

use super::Callbacks;
use crate::journal::{DeliveryRecord, Event, Failure, Scribe};
use crate::wire::Clock;
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{net::TcpListener, sync::Notify, task::JoinHandle};
use url::Url;

/// No documented webhook comes near this size.
const MAX_BODY: usize = 1024 * 1024;
/// How long the shop may take before PortOne is told that it did not answer.
const ANSWERING: Duration = Duration::from_secs(20);
/// The fields in which webhooks name the payment that they are about.
const REFERENCES: [&str; 2] = ["order_ref", "payment_txn_ref"];

/// What is done with the webhooks about a payment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Passage {
    /// They reach the shop as they come.
    #[default]
    Through,
    /// PortOne hears that they arrived; they wait here.
    Hold,
}

/// A webhook that came.
#[derive(Clone, Debug)]
struct Arrival {
    refund: bool,
    body: String,
}

#[derive(Default)]
struct Traffic {
    passage: Passage,
    scribe: Option<Scribe>,
    came: Vec<Arrival>,
}

struct Shared {
    http: reqwest::Client,
    callbacks: Callbacks,
    traffic: Mutex<HashMap<String, Traffic>>,
    arrived: Notify,
}

impl Shared {
    fn traffic(&self) -> MutexGuard<'_, HashMap<String, Traffic>> {
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn forward(&self, arrival: &Arrival) -> StatusCode {
        let url = if arrival.refund { &self.callbacks.refund } else { &self.callbacks.payment };
        let request = self.http.post(url.clone()).header("content-type", "application/json");
        let answer = request.body(arrival.body.clone()).timeout(ANSWERING).send().await;
        // That it did not answer is for PortOne what an error of the shop is.
        answer.map_or(StatusCode::BAD_GATEWAY, |answer| answer.status())
    }
}

/// The listener. Dropping it stops it.
pub struct Relay {
    base: Url,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Relay").field("base", &self.base.as_str()).finish_non_exhaustive()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Relay {
    /// Listens on a free port of the loopback address.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start(http: reqwest::Client, callbacks: Callbacks) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let base = Url::parse(&format!("http://{}/", listener.local_addr()?)).expect("an address makes a URL");
        let shared = Arc::new(Shared { http, callbacks, traffic: Mutex::default(), arrived: Notify::new() });
        let router = Router::new()
            .route("/{kind}", post(receive))
            .layer(DefaultBodyLimit::max(MAX_BODY))
            .with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "failed to relay webhooks");
            }
        });
        Ok(Self { base, shared, server })
    }

    /// Where webhooks of a kind of event go.
    #[must_use]
    pub fn url(&self, kind: &str) -> String {
        format!("{}{kind}", self.base)
    }

    /// From now on this is done with webhooks about a payment, and what comes is written by `scribe`.
    pub fn set(&self, order_ref: &str, passage: Passage, scribe: &Scribe) {
        let mut traffic = self.shared.traffic();
        let traffic = traffic.entry(order_ref.to_owned()).or_default();
        traffic.passage = passage;
        traffic.scribe = Some(scribe.clone());
    }

    /// Waits for the newest payment webhook about a payment.
    ///
    /// # Errors
    /// When none comes in time: PortOne does not do what it should, so that nothing can be said of the shop.
    pub async fn await_arrival(&self, order_ref: &str, within: Duration) -> Result<String, Failure> {
        let search = async {
            loop {
                // Registered before looking, so that nothing can arrive unnoticed in between.
                let arrived = self.shared.arrived.notified();
                tokio::pin!(arrived);
                arrived.as_mut().enable();
                let found = self.shared.traffic().get(order_ref).and_then(|traffic| {
                    traffic.came.iter().rev().find(|arrival| !arrival.refund).map(|arrival| arrival.body.clone())
                });
                if let Some(body) = found {
                    return body;
                }
                arrived.await;
            }
        };
        tokio::time::timeout(within, search).await.map_err(|_| {
            Failure::blocked(format!("a webhook of PortOne about {order_ref} within {within:?}"), "none came")
        })
    }
}

async fn receive(
    State(shared): State<Arc<Shared>>,
    Path(kind): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let arrival = Arrival { refund: kind.starts_with("refund"), body: String::from_utf8_lossy(&body).into_owned() };
    let json: Value = serde_json::from_str(&arrival.body).unwrap_or_default();
    let reference = REFERENCES.iter().find_map(|name| json[name].as_str()).unwrap_or_default().to_owned();
    let (passage, scribe) = {
        let mut traffic = shared.traffic();
        let traffic = traffic.entry(reference).or_default();
        traffic.came.push(arrival.clone());
        (traffic.passage, traffic.scribe.clone())
    };
    shared.arrived.notify_waiters();
    let status = match passage {
        Passage::Through => shared.forward(&arrival).await,
        Passage::Hold => StatusCode::OK,
    };
    if let Some(scribe) = scribe {
        let line = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        scribe.record(Event::Delivery(DeliveryRecord {
            attempt: scribe.attempt(),
            kind,
            received_at: Clock::system().now(),
            headers: headers.iter().map(|(name, value)| (name.to_string(), line(value))).collect(),
            body: arrival.body,
            answered: status.as_u16(),
        }));
    }
    status
}
