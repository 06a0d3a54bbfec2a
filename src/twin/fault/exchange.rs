//! Stands before every host: what is asked is changed before the twin reads it, what is answered after the twin wrote it.

use super::callback::ended_as;
use super::json;
use super::signing::Recipe;
use super::switchboard::{Planted, holds};
use crate::catalog::{Change, Matcher, Seam};
use crate::twin::{Account, Host, Twin};
use crate::wire::contract::Operation;
use crate::wire::{Clock, encode_pairs, mint, parse_pairs};
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri, header, request, response};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;

/// Longer bodies are none that a fault could concern; the twin itself refuses them.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// The header that carries the merchant's key.
const KEY_HEADER: &str = "x-portone-client-key";

/// Seconds that a token lives which was not the merchant's own.
const TOKEN_LIFETIME: i64 = 100;

/// Answers a request as `next` does, but for the faults that are on.
pub(in crate::twin) async fn pass<F>(
    twin: &Twin,
    host: Host,
    request: Request,
    next: impl FnOnce(Request) -> F,
) -> Response
where
    F: Future<Output = Response>,
{
    let is_lever = request.uri().path().starts_with("/_twin/");
    if is_lever || !twin.faults.any() {
        return next(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let mut asked = Asked::new(twin, host, parts, body);
    let planted = twin.faults.of(asked.account.as_deref().map(Account::key));
    for planted in &planted {
        if let Seam::Request(matcher) = &planted.fault.at
            && asked.matches(planted, matcher)
            && planted.is_due(matcher, asked.account.as_deref().map(Account::key))
        {
            asked.change(twin, &planted.fault.changes).await;
        }
    }
    let (asked, request) = asked.into_request();
    let response = next(request).await;
    let mut concerning = Vec::new();
    for planted in &planted {
        if let Seam::Answer(matcher) = &planted.fault.at
            && asked.matches(planted, matcher)
        {
            concerning.push((planted, matcher));
        }
    }
    if concerning.is_empty() {
        return response;
    }
    let (parts, body) = response.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut answered = Answered { parts, body };
    for (planted, matcher) in concerning {
        if answered.matches(matcher) && planted.is_due(matcher, asked.account.as_deref().map(Account::key)) {
            for change in &planted.fault.changes {
                answered.change(change).await;
            }
        }
    }
    answered.into_response()
}

/// A request that may be changed.
struct Asked {
    host: Host,
    operation: Option<Operation>,
    /// The merchant whom it concerns, if one can be told.
    account: Option<Arc<Account>>,
    parts: request::Parts,
    body: Bytes,
    /// Whether it came with a genuine signature.
    genuine: bool,
}

impl Asked {
    fn new(twin: &Twin, host: Host, parts: request::Parts, body: Bytes) -> Self {
        let operation = Operation::of(parts.method.as_str(), parts.uri.path()).filter(|_| host == Host::Api);
        let mut asked = Self { host, operation, account: None, parts, body, genuine: false };
        asked.account = asked.keys().iter().find_map(|key| twin.accounts.get(key));
        let is_genuine = |account: &Arc<Account>| asked.recipe().is_genuine(&asked.view(), account.secret());
        asked.genuine = asked.account.as_ref().is_some_and(is_genuine);
        asked
    }

    /// Where a merchant's key may stand: in the header, the path, a cookie, the body.
    fn keys(&self) -> Vec<String> {
        let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
        let mut keys: Vec<String> = self.parts.headers.get(KEY_HEADER).map(text).into_iter().collect();
        keys.extend(self.parts.uri.path().split('/').filter(|part| !part.is_empty()).map(str::to_owned));
        for line in self.parts.headers.get_all(header::COOKIE).iter().map(text) {
            let values = line.split(';').filter_map(|pair| pair.split_once('='));
            keys.extend(values.filter_map(|(_, value)| value.split('.').next()).map(|key| key.trim().to_owned()));
        }
        let body = self.view();
        keys.extend(["/key", "/portone_key"].iter().filter_map(|at| body.pointer(at)?.as_str()).map(str::to_owned));
        keys
    }

    /// The body as an object: of JSON, or of a form's fields.
    fn view(&self) -> Value {
        if self.is_form() {
            let fields = parse_pairs(&String::from_utf8_lossy(&self.body));
            return Value::Object(fields.into_iter().map(|(name, value)| (name, Value::String(value))).collect());
        }
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    fn is_form(&self) -> bool {
        let kind = self.parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
    }

    fn matches(&self, planted: &Planted, matcher: &Matcher) -> bool {
        let path = self.parts.uri.path_and_query().map_or("/", |path| path.as_str());
        matcher.operation.as_deref().is_none_or(|wanted| self.operation.is_some_and(|this| this.id() == wanted))
            && matcher.host.as_deref().is_none_or(|wanted| self.host.label() == wanted)
            && matcher.method.as_deref().is_none_or(|wanted| self.parts.method == *wanted)
            && planted.fits_path(path)
            && matcher.headers.iter().all(|(name, start)| {
                self.parts
                    .headers
                    .get(name)
                    .and_then(|value| value.to_str().ok())
                    .is_some_and(|value| value.starts_with(start))
            })
            && (matcher.request.is_empty() || holds(&self.view(), &matcher.request))
    }

    async fn change(&mut self, twin: &Twin, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Delay(milliseconds) => tokio::time::sleep(Duration::from_millis(*milliseconds)).await,
                Change::Header { name, to } => self.set_header(name, to.as_deref()),
                Change::Authenticate => self.authenticate(),
                Change::AsOwner => self.become_owner(twin),
                Change::ForgetAttempts => self.forget_attempts(),
                Change::EndAs(code) => self.end_as(code),
                Change::Field { name, to } => self.set_field(name, to),
                other => self.change_body(other),
            }
        }
    }

    fn change_body(&mut self, change: &Change) {
        let mut body = self.view();
        json::change(&mut body, change);
        if let Some(account) = &self.account {
            let change = if *change == Change::Resign && self.genuine { &Change::Sign } else { change };
            self.recipe().apply(&mut body, change, account.secret());
        }
        match body {
            Value::Object(fields) if self.is_form() => self.write_form(&fields),
            // What is no JSON stays what it is.
            Value::Null => {}
            body => self.write(body.to_string()),
        }
    }

    fn recipe(&self) -> Recipe {
        match self.operation {
            Some(Operation::UpdateTransactionStatus) => Recipe::STATUS_UPDATE,
            _ => Recipe::REQUEST,
        }
    }

    fn write_form(&mut self, fields: &Map<String, Value>) {
        let pairs: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default())).collect();
        self.write(encode_pairs(&pairs));
    }

    fn set_field(&mut self, name: &str, to: &str) {
        if let Value::Object(mut fields) = self.view()
            && self.is_form()
        {
            fields.insert(name.to_owned(), Value::String(to.to_owned()));
            self.write_form(&fields);
        }
    }

    fn write(&mut self, body: String) {
        self.body = body.into();
        self.parts.headers.insert(header::CONTENT_LENGTH, self.body.len().into());
    }

    fn set_header(&mut self, name: &str, to: Option<&str>) {
        let Ok(name) = HeaderName::try_from(name) else { return };
        self.parts.headers.remove(&name);
        if let Some(Ok(value)) = to.map(HeaderValue::from_str) {
            self.parts.headers.insert(name, value);
        }
    }

    /// The merchant's own key and a genuine token of it.
    fn authenticate(&mut self) {
        let Some(account) = self.account.clone() else { return };
        let token = mint(account.key(), account.secret(), Clock::system().now(), TOKEN_LIFETIME);
        self.set_header(KEY_HEADER, Some(account.key()));
        self.set_header(header::AUTHORIZATION.as_str(), Some(&format!("Bearer {token}")));
    }

    /// Asks as the merchant whose order the path or the body names.
    fn become_owner(&mut self, twin: &Twin) {
        let body = self.view();
        let named = ["/order_ref", "/merchant_order_ref"].iter().filter_map(|at| body.pointer(at)?.as_str());
        let path = self.parts.uri.path().to_owned();
        let references: Vec<&str> = named.chain(path.split('/').filter(|part| !part.is_empty())).collect();
        let owns = |account: &Arc<Account>| {
            let owns =
                |reference| account.order(reference).or_else(|| account.order_by_merchant_ref(reference)).is_some();
            references.iter().any(|reference| owns(reference))
        };
        let Some(owner) = twin.accounts.all().into_iter().find(owns) else { return };
        if let Some(asking) = self.account.replace(Arc::clone(&owner)) {
            let path = self.parts.uri.to_string().replace(asking.key(), owner.key());
            if let Ok(uri) = path.parse::<Uri>() {
                self.parts.uri = uri;
            }
        }
        self.authenticate();
    }

    /// Forgets the wrong one-time codes of the order whose page this is.
    fn forget_attempts(&self) {
        if let Some((account, order_ref)) = self.order() {
            // An order that has ended remembers nothing anyway.
            let _ = account.progress(order_ref, |progress| progress.wrong_otps = 0);
        }
    }

    /// Ends the payment of the order whose page this is.
    fn end_as(&self, code: &str) {
        if let (Some((account, order_ref)), Some(outcome)) = (self.order(), ended_as(code)) {
            // One that has ended keeps its end.
            let _ = account.conclude(order_ref, outcome);
        }
    }

    /// The order whose page this is.
    fn order(&self) -> Option<(&Account, &str)> {
        let mut parts = self.parts.uri.path().split('/').skip_while(|part| *part != "orders");
        Some((self.account.as_deref()?, parts.nth(1)?))
    }

    /// The request as the twin gets it, and what is kept of it for its answer.
    fn into_request(self) -> (Self, Request) {
        let request = Request::from_parts(self.parts.clone(), Body::from(self.body.clone()));
        (self, request)
    }
}

/// An answer that may be changed.
struct Answered {
    parts: response::Parts,
    body: Bytes,
}

impl Answered {
    fn matches(&self, matcher: &Matcher) -> bool {
        matcher.status.is_none_or(|wanted| self.parts.status.as_u16() == wanted)
            && (matcher.answer.is_empty() || holds(&self.view(), &matcher.answer))
    }

    fn view(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    async fn change(&mut self, change: &Change) {
        match change {
            Change::Delay(milliseconds) => tokio::time::sleep(Duration::from_millis(*milliseconds)).await,
            Change::Status(status) => self.set_status(*status),
            Change::Reply { status, body } => {
                self.set_status(*status);
                self.parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
                self.write(body.to_string());
            }
            Change::Replace { from, to } => self.replace(from, to),
            Change::Mojibake => {
                if let Ok(text) = std::str::from_utf8(&self.body) {
                    self.write(misread(text));
                }
            }
            other => {
                let mut body = self.view();
                if !body.is_null() {
                    json::change(&mut body, other);
                    self.write(body.to_string());
                }
            }
        }
    }

    fn set_status(&mut self, status: u16) {
        if let Ok(status) = StatusCode::from_u16(status) {
            self.parts.status = status;
        }
    }

    fn replace(&mut self, from: &str, to: &str) {
        let location = self.parts.headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
        if let Some(Ok(value)) = location.map(|location| HeaderValue::from_str(&location.replace(from, to))) {
            self.parts.headers.insert(header::LOCATION, value);
        }
        if let Ok(text) = std::str::from_utf8(&self.body) {
            self.write(text.replace(from, to));
        }
    }

    fn write(&mut self, body: String) {
        self.body = body.into();
        if self.parts.headers.contains_key(header::CONTENT_LENGTH) {
            self.parts.headers.insert(header::CONTENT_LENGTH, self.body.len().into());
        }
    }
}

impl IntoResponse for Answered {
    fn into_response(self) -> Response {
        Response::from_parts(self.parts, Body::from(self.body))
    }
}

/// Text in UTF-8 that somebody took for Latin-1 and wrote as UTF-8 again.
fn misread(text: &str) -> String {
    text.bytes().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_outside_ascii_are_read_as_two() {
        assert_eq!(misread("Sài Gòn"), "SÃ\u{a0}i GÃ²n");
    }
}
