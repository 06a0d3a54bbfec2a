//! Sends requests to the shop, bounded in time and size, and records them.

use super::{Leaks, Pulse};
use crate::journal::{Event, ExchangeRecord, Failure, Scribe, told_bytes, told_headers};
use crate::wire::Clock;
use reqwest::Request;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

/// No page of a shop comes near this size.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// Stands where the merchant's secret was.
const LEAK: &str = "[not kept: the merchant's secret is in it]";

/// What the shop answered.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: String,
    /// From the first byte sent to the last byte read.
    pub took: Duration,
}

impl Answer {
    /// The body as JSON, or null.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// Whether a browser would show it as a page. What says nothing of itself may be one.
    #[must_use]
    pub fn is_page(&self) -> bool {
        self.headers.get("content-type").is_none_or(|kind| kind.contains("html"))
    }

    #[must_use]
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }
}

/// Calls the shop on behalf of one attempt.
#[derive(Clone, Debug)]
pub struct Caller {
    http: reqwest::Client,
    scribe: Scribe,
    within: Duration,
    leaks: Arc<Leaks>,
    pulse: Arc<Pulse>,
}

impl Caller {
    #[must_use]
    pub const fn new(
        http: reqwest::Client,
        scribe: Scribe,
        within: Duration,
        leaks: Arc<Leaks>,
        pulse: Arc<Pulse>,
    ) -> Self {
        Self { http, scribe, within, leaks, pulse }
    }

    #[must_use]
    pub const fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// Sends a request and records it.
    ///
    /// # Errors
    /// When no whole answer comes in time: the shop is what is looked at, so that this is its failure.
    pub async fn send(&self, request: Request) -> Result<Answer, Failure> {
        self.perform(request, true).await
    }

    /// As [`Self::send`], without a record: one of very many.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn send_unrecorded(&self, request: Request) -> Result<Answer, Failure> {
        self.perform(request, false).await
    }

    async fn perform(&self, request: Request, recorded: bool) -> Result<Answer, Failure> {
        let what = format!("{} {}", request.method(), request.url().path());
        let started = Instant::now();
        let mut record = ExchangeRecord::sent(self.scribe.attempt(), &request, Clock::system().now());
        if self.leaks.look("an address that the shop led to", &record.url) {
            record.url = format!("{}/not-kept", request.url().origin().ascii_serialization());
        }
        let outcome = tokio::time::timeout(self.within, self.receive(request))
            .await
            .unwrap_or_else(|_| Err(format!("no answer within {:?}", self.within)));
        let took = started.elapsed();
        record.duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        match &outcome {
            Ok((status, headers, body)) => {
                let place = |part: &str| format!("{part} of the {status} answer to {what}");
                record.status = Some(*status);
                // What is given away is not written down once more, in whatever form it came.
                record.response_headers = headers
                    .iter()
                    .map(|(name, value)| match self.leaks.look(&place(&format!("the header {name}")), value) {
                        true => (name.clone(), LEAK.to_owned()),
                        false => (name.clone(), value.clone()),
                    })
                    .collect();
                let leaks = self.leaks.look(&place("the body"), body);
                record.response_body = Some(if leaks { LEAK.to_owned() } else { body.clone() });
            }
            Err(error) => record.error = Some(error.clone()),
        }
        if recorded {
            self.scribe.record(Event::Exchange(record));
        }
        match outcome {
            Ok((status, headers, body)) => Ok(Answer { status, headers, body, took }),
            Err(why) => {
                let unanswered = || Failure::unmet(format!("an answer of the shop to {what}"), why);
                Err(self.pulse.missing().await.unwrap_or_else(unanswered))
            }
        }
    }

    async fn receive(&self, request: Request) -> Result<(u16, BTreeMap<String, String>, String), String> {
        let mut response = self.http.execute(request).await.map_err(|error| innermost(&error))?;
        let (status, headers) = (response.status().as_u16(), told_headers(response.headers()));
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| innermost(&error))? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(format!("an answer larger than {MAX_BODY} bytes"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok((status, headers, told_bytes(&body)))
    }
}

/// The innermost cause of an error, which names what really happened.
fn innermost(error: &reqwest::Error) -> String {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |cause| cause.source());
    causes.last().map(ToString::to_string).unwrap_or_default()
}
