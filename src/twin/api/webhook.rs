//! `POST` and `GET /api/merchant/{key}/webhook`.

use super::Refused;
use super::call::{Accepted, Call};
use super::extract::{at_most, sandbox, web_address};
use super::outline::Field;
use crate::catalog::Code;
use crate::twin::MAX_ENDPOINTS;
use crate::wire::{Envelope, Unknown, WebhookEndpoint, WebhookRegistration, go_timestamp, parse_pairs, rfc3339_micros};

/// The documented types of webhooks; this channel sends the first two only.
const TYPES: [&str; 6] = [
    "payment_status",
    "refund_status",
    "payment_link_status",
    "subscription_status",
    "payout_status",
    "onboarding_status",
];

/// Bytes of an endpoint's name. The vendor names no limits; these are inferred.
const MAX_NAME: usize = 256;

pub(super) fn add(call: &Call) -> Result<Accepted, Refused> {
    let account = call.merchant()?;
    let request: WebhookRegistration =
        call.json(&[Field::Text("name"), Field::Text("url"), Field::Text("type"), Field::Text("environment")])?;
    at_most("name", &request.name, MAX_NAME)?;
    web_address("url", &request.url)?;
    if !TYPES.contains(&request.kind.as_str()) {
        return Err(Refused::invalid(format!("type must be one of {}", TYPES.join(", "))));
    }
    sandbox(&request.environment)?;
    let now = account.clock.now();
    let endpoint = WebhookEndpoint {
        name: request.name,
        uuid: account.next_uuid(),
        url: request.url,
        enabled: true,
        created_at: rfc3339_micros(now),
        kind: request.kind,
        unknown: Unknown::default(),
    };
    if !account.deliveries.register(endpoint.clone()) {
        let message = format!("url is registered for this type already, or {MAX_ENDPOINTS} endpoints are");
        return Err(Refused::invalid(message));
    }
    // The documented answers write the same moment in two ways: this one as Go does, the list as RFC 3339.
    let endpoint = WebhookEndpoint { created_at: go_timestamp(now), ..endpoint };
    Ok(Accepted::json(&Envelope::success(endpoint, Some("Webhook added successfully!"))))
}

pub(super) fn list(call: &Call) -> Result<Accepted, Refused> {
    let account = call.merchant()?;
    let pairs = parse_pairs(&call.query);
    let environment = pairs.iter().find(|(name, _)| name == "environment").map(|(_, value)| value.as_str());
    let endpoints = match environment {
        None | Some("") => return Err(Refused::invalid("environment is a required field")),
        Some("sandbox") => account.deliveries.endpoints(),
        // Nothing here is ever live.
        Some("live") => Vec::new(),
        Some(_) => return Err(Refused::new(Code::InvalidEnvironment, "environment must be sandbox or live")),
    };
    Ok(Accepted::json(&Envelope::success(endpoints, Some("Webhook fetched successfully!"))))
}
