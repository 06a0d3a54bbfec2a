//! How much of the contract a run exercised, and what it saw that no page documents.

use crate::journal::{DeliveryRecord, ExchangeRecord, PageRecord};
use crate::runner::RunModel;
use crate::wire::Redirect;
use crate::wire::contract::{Operation, Payload, check_answer};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

/// A part of a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    pub exercised: usize,
    pub known: usize,
}

impl Share {
    fn of(exercised: usize, known: usize) -> Self {
        Self { exercised, known }
    }

    fn add(&mut self, other: Self) {
        self.exercised += other.exercised;
        self.known += other.known;
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {}", self.exercised, self.known)
    }
}

/// What a run exercised, of what the contract knows.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ContractCoverage {
    /// Operations of the API, and callbacks.
    pub endpoints: Share,
    /// HTTP statuses, each per operation.
    pub statuses: Share,
    /// Codes of refusals, each per operation and status.
    pub codes: Share,
    /// Fields of requests, answers and callbacks, each per operation.
    pub fields: Share,
    pub by_endpoint: Vec<EndpointCoverage>,
    /// What was seen that no page documents, or that is not as documented, and how often.
    pub departures: BTreeMap<String, usize>,
}

/// What a run exercised of one endpoint.
#[derive(Clone, Debug, Serialize)]
pub struct EndpointCoverage {
    /// For example `POST /api/initiatePayment`, or `payment-webhook`.
    pub name: String,
    /// How often it was used.
    pub uses: usize,
    pub statuses: Share,
    pub codes: Share,
    pub fields: Share,
    /// Statuses, codes and fields that were not exercised.
    pub missing: Vec<String>,
}

/// What was seen of one endpoint.
#[derive(Default)]
struct Seen {
    uses: usize,
    statuses: BTreeSet<u16>,
    codes: BTreeSet<(u16, String)>,
    /// By whether they are of the request or of what came back.
    fields: BTreeSet<(Side, String)>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Request,
    Answer,
}

impl Side {
    const fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Answer => "answer",
        }
    }
}

#[derive(Default)]
struct Watch {
    operations: BTreeMap<Operation, Seen>,
    callbacks: BTreeMap<Payload, Seen>,
    departures: BTreeMap<String, usize>,
}

/// What the attempts of a run exercised.
#[must_use]
pub fn contract_coverage(model: &RunModel) -> ContractCoverage {
    let mut watch = Watch::default();
    for attempt in model.scenarios.iter().flat_map(|scenario| &scenario.attempts) {
        attempt.exchanges.iter().for_each(|exchange| watch.exchange(exchange));
        attempt.deliveries.iter().for_each(|delivery| watch.delivery(delivery));
        attempt.pages.iter().for_each(|page| watch.page(page));
    }
    watch.conclude()
}

impl Watch {
    fn exchange(&mut self, exchange: &ExchangeRecord) {
        let Ok(url) = Url::parse(&exchange.url) else { return };
        let Some(operation) = Operation::of(&exchange.method, url.path()) else { return };
        let seen = self.operations.entry(operation).or_default();
        seen.uses += 1;
        let json = |text: &Option<String>| text.as_ref().and_then(|text| serde_json::from_str::<Value>(text).ok());
        if let (Some(payload), Some(body)) = (operation.request(), json(&exchange.request_body)) {
            seen.fields.extend(payload.shape().present(&body).into_iter().map(|field| (Side::Request, field)));
        }
        let (Some(http), Some(body)) = (exchange.status, json(&exchange.response_body)) else { return };
        seen.statuses.insert(http);
        if http == 200 {
            seen.fields
                .extend(operation.answer().shape().present(&body).into_iter().map(|field| (Side::Answer, field)));
        } else if let Some(code) = body["status_code"].as_str() {
            seen.codes.insert((http, code.to_owned()));
            if !operation.can_be_refused_with(http, code) {
                self.note(format!("{} {http} with code {code}", name(operation)));
            }
        }
        for departure in check_answer(operation, http, &body) {
            self.note(format!("{} {http}: {departure}", name(operation)));
        }
    }

    fn delivery(&mut self, delivery: &DeliveryRecord) {
        let payload = if delivery.kind == "refund" { Payload::RefundWebhook } else { Payload::PaymentWebhook };
        if let Ok(body) = serde_json::from_str(&delivery.body) {
            self.callback(payload, &body);
        }
    }

    /// A page that the payer was redirected to carries the redirect in its address.
    fn page(&mut self, page: &PageRecord) {
        let query = Url::parse(&page.url).ok().and_then(|url| url.query().map(Redirect::parse));
        if let Some(redirect) = query.filter(|redirect| redirect.get("signature_hash").is_some()) {
            let documented = Payload::Redirect.shape().present(&redirect.object());
            // A shop may have parameters of its own in its addresses, so that none is undocumented.
            self.seen(Payload::Redirect, documented);
        }
    }

    fn callback(&mut self, payload: Payload, body: &Value) {
        for departure in payload.shape().departures(body) {
            self.note(format!("{}: {departure}", payload.name()));
        }
        self.seen(payload, payload.shape().present(body));
    }

    fn seen(&mut self, payload: Payload, fields: BTreeSet<String>) {
        let seen = self.callbacks.entry(payload).or_default();
        seen.uses += 1;
        seen.fields.extend(fields.into_iter().map(|field| (Side::Answer, field)));
    }

    fn note(&mut self, what: String) {
        *self.departures.entry(what).or_default() += 1;
    }

    fn conclude(self) -> ContractCoverage {
        let nothing = Seen::default();
        let operations = Operation::ALL.map(|op| of_operation(op, self.operations.get(&op).unwrap_or(&nothing)));
        let callbacks = Payload::CALLBACKS.map(|payload| {
            let known = payload.shape().fields().into_iter().map(|field| (Side::Answer, field));
            of(payload.name().to_owned(), self.callbacks.get(&payload).unwrap_or(&nothing), &[], &[], known.collect())
        });
        let by_endpoint: Vec<EndpointCoverage> = operations.into_iter().chain(callbacks).collect();
        let used = by_endpoint.iter().filter(|endpoint| endpoint.uses > 0).count();
        let mut whole =
            ContractCoverage { endpoints: Share::of(used, by_endpoint.len()), ..ContractCoverage::default() };
        for endpoint in &by_endpoint {
            whole.statuses.add(endpoint.statuses);
            whole.codes.add(endpoint.codes);
            whole.fields.add(endpoint.fields);
        }
        ContractCoverage { by_endpoint, departures: self.departures, ..whole }
    }
}

fn name(operation: Operation) -> String {
    format!("{} {}", operation.method(), operation.path())
}

fn of_operation(operation: Operation, seen: &Seen) -> EndpointCoverage {
    let refused = operation.refused();
    let statuses: Vec<u16> = std::iter::once(200).chain(refused.iter().map(|refused| refused.http)).collect();
    let codes: Vec<(u16, String)> =
        refused.iter().flat_map(|refused| refused.codes.iter().map(|code| (refused.http, code.clone()))).collect();
    let asked = operation.request().map(|payload| payload.shape().fields()).unwrap_or_default();
    let answered = operation.answer().shape().fields();
    let asked = asked.into_iter().map(|field| (Side::Request, field));
    let answered = answered.into_iter().map(|field| (Side::Answer, field));
    of(name(operation), seen, &statuses, &codes, asked.chain(answered).collect())
}

fn of(
    name: String,
    seen: &Seen,
    statuses: &[u16],
    codes: &[(u16, String)],
    fields: Vec<(Side, String)>,
) -> EndpointCoverage {
    let no_status = statuses.iter().filter(|status| !seen.statuses.contains(status)).map(ToString::to_string);
    let no_code =
        codes.iter().filter(|code| !seen.codes.contains(code)).map(|(http, code)| format!("{http} with {code}"));
    let no_field = fields.iter().filter(|field| !seen.fields.contains(field));
    let no_field = no_field.map(|(side, field)| format!("{field} of the {}", side.word()));
    let (no_status, no_code): (Vec<String>, Vec<String>) = (no_status.collect(), no_code.collect());
    let no_field: Vec<String> = no_field.collect();
    EndpointCoverage {
        uses: seen.uses,
        statuses: Share::of(statuses.len() - no_status.len(), statuses.len()),
        codes: Share::of(codes.len() - no_code.len(), codes.len()),
        fields: Share::of(fields.len() - no_field.len(), fields.len()),
        missing: no_status.into_iter().chain(no_code).chain(no_field).collect(),
        name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Attempt, Entry, Event};
    use crate::runner::sample;

    /// The sample run, with one exchange and one delivery in it replaced.
    fn coverage(method: &str, path: &str, status: u16, answer: &str, delivery: &str) -> ContractCoverage {
        let mut entries: Vec<Entry> = sample::entries();
        for entry in &mut entries {
            match &mut entry.event {
                Event::Exchange(exchange) => {
                    exchange.method = method.to_owned();
                    exchange.url = format!("http://api.localhost:4010{path}");
                    exchange.status = Some(status);
                    exchange.response_body = Some(answer.to_owned());
                }
                Event::Delivery(received) => received.body = delivery.to_owned(),
                _ => {}
            }
        }
        contract_coverage(&RunModel::fold(&entries))
    }

    #[test]
    fn what_was_exercised_is_counted_and_what_was_not_is_named() {
        let refusal = r#"{"is_success":false,"message":"m","status_code":"4041","status_reason":"INVALID_AMOUNT"}"#;
        let coverage = coverage("POST", "/api/initiatePayment", 401, refusal, "{}");
        let initiate = &coverage.by_endpoint[2];
        assert_eq!((initiate.uses, initiate.statuses), (1, Share { exercised: 1, known: 3 }));
        assert_eq!(initiate.codes, Share { exercised: 1, known: 12 });
        assert_eq!(initiate.fields.exercised, 1, "the sample's request has the amount");
        for missing in
            ["200", "400", "400 with 4016", "401 with 4011", "currency of the request", "order_ref of the answer"]
        {
            assert!(initiate.missing.iter().any(|known| known == missing), "{missing} of {:?}", initiate.missing);
        }
        assert!(!initiate.missing.contains(&"401 with 4041".to_owned()));
        assert_eq!(coverage.endpoints, Share { exercised: 2, known: 13 });
        assert!(
            coverage.departures.keys().all(|what| what.starts_with("payment-webhook: ")),
            "{:?}",
            coverage.departures
        );
    }

    #[test]
    fn what_no_page_documents_is_reported_once_with_its_count() {
        let answer = r#"{"amountToRefund":"5","refundDetails":[],"cursor":1}"#;
        let coverage = coverage("GET", "/api/refund/A", 200, answer, r#"{"refund_id":"x"}"#);
        let departures: Vec<&str> = coverage.departures.keys().map(String::as_str).collect();
        assert!(departures.contains(&"GET /api/refund/{order_ref} 200: amountToRefund is string, not number"));
        assert!(departures.contains(&"GET /api/refund/{order_ref} 200: cursor is documented nowhere"));
        assert_eq!(coverage.departures["payment-webhook: refund_id is documented nowhere"], 1);
    }

    #[test]
    fn a_code_that_belongs_elsewhere_is_undocumented_here() {
        let refusal = r#"{"message":"m","status_code":"4002","status_reason":"r"}"#;
        let coverage = coverage("GET", "/api/refund/A", 400, refusal, "{}");
        assert_eq!(coverage.departures["GET /api/refund/{order_ref} 400 with code 4002"], 1);
        let attempt = Attempt { scenario: "a".to_owned(), attempt: 1 };
        let page = |url: &str| PageRecord {
            attempt: attempt.clone(),
            name: String::new(),
            title: String::new(),
            url: url.to_owned(),
            screenshot: None,
        };
        let mut watch = Watch::default();
        watch.page(&page("http://shop.localhost/ok?basket=1&status=Success&signature_hash=x"));
        watch.page(&page("http://shop.localhost/ok?status=Success"));
        assert_eq!(watch.callbacks[&Payload::Redirect].uses, 1);
        assert!(watch.departures.is_empty());
    }
}
