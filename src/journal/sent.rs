//! How a request is written down when it is sent, whoever sends it.

use super::{Attempt, ExchangeRecord};
use jiff::Timestamp;
use reqwest::{Request, header::HeaderMap};
use std::collections::BTreeMap;

impl ExchangeRecord {
    /// A request that was just sent; what came of it is filled in later.
    #[must_use]
    pub fn sent(attempt: Attempt, request: &Request, started_at: Timestamp) -> Self {
        Self {
            attempt,
            method: request.method().to_string(),
            url: request.url().to_string(),
            request_headers: told_headers(request.headers()),
            request_body: request.body().and_then(reqwest::Body::as_bytes).map(told_bytes),
            status: None,
            response_headers: BTreeMap::new(),
            response_body: None,
            error: None,
            started_at,
            duration_ms: 0,
        }
    }
}

/// Headers as text, whatever their bytes.
#[must_use]
pub fn told_headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    headers.iter().map(|(name, value)| (name.to_string(), told_bytes(value.as_bytes()))).collect()
}

/// Bytes as text; what is no text is replaced.
#[must_use]
pub fn told_bytes(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
