//! An exchange with the API as an entry of an archive.

use super::{Cache, Content, Entry, Pair, Request, Response, Timings};
use crate::journal::ExchangeRecord;
use std::collections::BTreeMap;

/// Nobody asks which version it was; the target's API answers with this one.
const HTTP: &str = "HTTP/1.1";

impl Entry {
    /// `record` as the journal keeps it.
    #[must_use]
    pub fn of_exchange(record: &ExchangeRecord) -> Self {
        let timings = Timings::whole(u32::try_from(record.duration_ms).map_or(f64::from(u32::MAX), f64::from));
        let body = record.request_body.as_deref();
        let response = record.status.map_or_else(Response::none, |status| {
            let headers = pairs(&record.response_headers);
            let content = Content::of(&headers, record.response_body.as_deref());
            let words = reqwest::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
            Response::new(status, words.unwrap_or_default(), HTTP, headers, content)
        });
        Self {
            pageref: "api".to_owned(),
            started_date_time: record.started_at,
            time: timings.sum(),
            request: Request::new(&record.method, &record.url, HTTP, pairs(&record.request_headers), body),
            response,
            cache: Cache::default(),
            timings,
            server_ip_address: None,
            resource_type: Some("fetch".to_owned()),
            error: record.error.clone(),
            comment: None,
        }
    }
}

fn pairs(headers: &BTreeMap<String, String>) -> Vec<Pair> {
    let pair = |(name, value): (&String, &String)| Pair { name: name.clone(), value: value.clone() };
    headers.iter().map(pair).collect()
}
