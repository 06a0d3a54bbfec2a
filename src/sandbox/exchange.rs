//! Sends a request, bounded in time and size, and records the exchange in the journal.

use super::{
    Cause, Circuit,
    client::ClientError,
    live,
    pace::{MOST_PATIENCE, Pace, retry_after},
    resolver::LoopbackResolver,
};
use crate::journal::{Event, ExchangeRecord, Scribe, WarningRecord, told_bytes, told_headers};
use crate::wire::Clock;
use reqwest::{Request, StatusCode, header::HeaderMap};
use serde_json::Value;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// No documented answer comes near this size.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// How often a request is sent again that the target did not take, because it wants to be left alone for a while.
const REPEATS: u32 = 2;

/// How long a connection may take. Less than an exchange, so that it is known which of the two it was.
const CONNECTING: Duration = Duration::from_secs(10);

/// An answer, read whole.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// The connections of a run, its pace, and whether the target is still asked: made once, since reading the system's
/// certificates is slow.
#[derive(Clone, Debug)]
pub struct HttpClient {
    client: reqwest::Client,
    pace: Pace,
    circuit: Circuit,
}

impl HttpClient {
    /// # Errors
    /// When the TLS back-end cannot be set up.
    pub fn new() -> Result<Self, ClientError> {
        let client = reqwest::Client::builder()
            .dns_resolver(Arc::new(LoopbackResolver))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECTING)
            .no_proxy()
            .user_agent(concat!("smartpay-conformance/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| ClientError::SetUp(error.to_string()))?;
        Ok(Self { client, pace: Pace::new(None), circuit: Circuit::that_keeps_going() })
    }

    /// The same at a pace, until a circuit opens.
    #[must_use]
    pub fn at_pace(self, rate: Option<u32>, circuit: Circuit) -> Self {
        Self { pace: Pace::new(rate), circuit, ..self }
    }

    /// For requests that nobody records.
    #[must_use]
    pub const fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// Waits until another request may be sent.
    pub async fn turn(&self) {
        self.pace.turn().await;
    }
}

/// The body of an answer, unless it is larger than any documented one.
///
/// # Errors
/// What is wrong with it instead.
pub(super) async fn read_bounded(mut answer: reqwest::Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| Cause::of(&error).1)? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(format!("larger than {MAX_BODY} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Sends requests on behalf of one attempt and records them.
#[derive(Clone, Debug)]
pub struct Recorder {
    http: HttpClient,
    scribe: Scribe,
    deadline: Duration,
    last: Arc<Mutex<Vec<u8>>>,
}

impl Recorder {
    #[must_use]
    pub fn new(http: HttpClient, scribe: Scribe, deadline: Duration) -> Self {
        Self { http, scribe, deadline, last: Arc::default() }
    }

    pub(super) fn http(&self) -> &reqwest::Client {
        &self.http.client
    }

    /// The last answer as it came, with every field, known or not; null when it was no JSON.
    #[must_use]
    pub fn last_answer(&self) -> Value {
        serde_json::from_slice(&self.last.lock().expect("no holder panics")).unwrap_or_default()
    }

    /// Notes what others may stumble over.
    pub(super) fn warn(&self, text: String) {
        self.scribe.record(Event::Warning(WarningRecord { attempt: self.scribe.attempt(), text }));
    }

    /// Sends one request. Only one that the target says it did not take is sent again: a payment must not happen twice.
    pub(super) async fn send(&self, request: Request) -> Result<Answer, ClientError> {
        let mut request = request;
        for _ in 0..REPEATS {
            let again = request.try_clone();
            let answer = self.send_once(request).await?;
            let wait = retry_after(&answer.headers);
            let untaken = answer.status == StatusCode::TOO_MANY_REQUESTS;
            let harmless = again.as_ref().is_some_and(|again| again.method().is_safe());
            let busy = answer.status == StatusCode::SERVICE_UNAVAILABLE;
            if let (Some(wait), true) = (wait, untaken || busy) {
                self.http.pace.hold(wait);
            }
            match (wait, again) {
                (Some(wait), Some(again)) if wait <= MOST_PATIENCE && (untaken || busy && harmless) => request = again,
                _ => return Ok(answer),
            }
        }
        self.send_once(request).await
    }

    /// Sends one request once, within the deadline that covers the whole answer.
    async fn send_once(&self, request: Request) -> Result<Answer, ClientError> {
        if let Some(why) = self.http.circuit.opened() {
            return Err(ClientError::NotTried(why));
        }
        self.http.pace.turn().await;
        let endpoint = format!("{} {}", request.method(), request.url().path());
        let started = std::time::Instant::now();
        let mut record = ExchangeRecord::sent(self.scribe.attempt(), &request, Clock::system().now());
        let outcome = tokio::time::timeout(self.deadline, self.receive(request, &endpoint, &mut record))
            .await
            .unwrap_or(Err(ClientError::TimedOut { endpoint, after: self.deadline }));
        record.duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        match &outcome {
            Ok(answer) => {
                record.response_body = Some(told_bytes(&answer.body));
                self.last.lock().expect("no holder panics").clone_from(&answer.body);
                if let Err(said) = live::expect_sandbox(&answer.body) {
                    self.http.circuit.trip("the target says that it is live");
                    self.scribe.record(Event::Exchange(record));
                    return Err(ClientError::Live(live::failure("the target", &said)));
                }
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
            self.http.client.execute(request).await.map_err(|error| ClientError::unreachable(endpoint, &error))?;
        record.status = Some(response.status().as_u16());
        record.response_headers = told_headers(response.headers());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| ClientError::unreachable(endpoint, &error))? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(ClientError::TooLarge { endpoint: endpoint.to_owned(), limit: MAX_BODY });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status: response.status(), headers: response.headers().clone(), body })
    }
}
