//! Sends a request, bounded in time and size, and records the exchange in the journal.

use super::{client::ClientError, resolver::LoopbackResolver};
use crate::journal::{Event, ExchangeRecord, Scribe};
use crate::wire::Clock;
use reqwest::{Request, StatusCode, header::HeaderMap};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

/// No documented answer comes near this size.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// An answer, read whole.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
}

/// The connections of a run: made once, since reading the system's certificates is slow.
#[derive(Clone, Debug)]
pub struct HttpClient(reqwest::Client);

impl HttpClient {
    /// # Errors
    /// When the TLS back-end cannot be set up.
    pub fn new() -> Result<Self, ClientError> {
        reqwest::Client::builder()
            .dns_resolver(Arc::new(LoopbackResolver))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("smartpay-conformance/", env!("CARGO_PKG_VERSION")))
            .build()
            .map(Self)
            .map_err(|error| ClientError::SetUp(error.to_string()))
    }
}

/// Sends requests on behalf of one attempt and records them.
#[derive(Clone, Debug)]
pub struct Recorder {
    http: reqwest::Client,
    scribe: Scribe,
    deadline: Duration,
    last: Arc<Mutex<Vec<u8>>>,
}

impl Recorder {
    #[must_use]
    pub fn new(http: HttpClient, scribe: Scribe, deadline: Duration) -> Self {
        Self { http: http.0, scribe, deadline, last: Arc::default() }
    }

    pub(super) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// The last answer as it came, with every field, known or not; null when it was no JSON.
    #[must_use]
    pub fn last_answer(&self) -> Value {
        serde_json::from_slice(&self.last.lock().expect("no holder panics")).unwrap_or_default()
    }

    /// Sends one request once, within the deadline that covers the whole answer.
    pub(super) async fn send(&self, request: Request) -> Result<Answer, ClientError> {
        let endpoint = format!("{} {}", request.method(), request.url().path());
        let started_at = Clock::system().now();
        let started = std::time::Instant::now();
        let mut record = ExchangeRecord {
            attempt: self.scribe.attempt(),
            method: request.method().to_string(),
            url: request.url().to_string(),
            request_headers: header_map(request.headers()),
            request_body: request.body().and_then(reqwest::Body::as_bytes).map(text),
            status: None,
            response_headers: BTreeMap::new(),
            response_body: None,
            error: None,
            started_at,
            duration_ms: 0,
        };
        let outcome = tokio::time::timeout(self.deadline, self.receive(request, &endpoint, &mut record))
            .await
            .unwrap_or(Err(ClientError::TimedOut { endpoint, after: self.deadline }));
        record.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        match &outcome {
            Ok(answer) => {
                record.response_body = Some(text(&answer.body));
                self.last.lock().expect("no holder panics").clone_from(&answer.body);
            }
            Err(error) => record.error = Some(error.to_string()),
        }
        self.scribe.record(Event::Exchange(record));
        outcome
    }

    async fn receive(
        &self,
        request: Request,
        endpoint: &str,
        record: &mut ExchangeRecord,
    ) -> Result<Answer, ClientError> {
        let mut response =
            self.http.execute(request).await.map_err(|error| ClientError::unreachable(endpoint, &error))?;
        record.status = Some(response.status().as_u16());
        record.response_headers = header_map(response.headers());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| ClientError::unreachable(endpoint, &error))? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(ClientError::TooLarge { endpoint: endpoint.to_owned(), limit: MAX_BODY });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status: response.status(), body })
    }
}

fn header_map(headers: &HeaderMap) -> BTreeMap<String, String> {
    headers.iter().map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
