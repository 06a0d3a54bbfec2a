//! A request before it is sent: the valid one of an operation, still in parts, so that one of them can be broken.

use super::Account;
use crate::catalog::{CHANNEL, CURRENCY, Method};
use crate::wire::contract::{Authentication, Operation};
use crate::wire::{Amount, RequestFields, Secret, Signature, StatusUpdateFields};
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::{Value, json};
use url::Url;

/// The header that carries the merchant's key.
pub const KEY_HEADER: &str = "x-portone-client-key";

/// Who asks, and about which order.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    pub account: &'a Account,
    /// A genuine token.
    pub token: &'a str,
    pub order_ref: &'a str,
    pub merchant_order_ref: &'a str,
}

/// A request in parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub method: String,
    /// Path and query.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
    /// Whether its token is the merchant's own, and as secret as the merchant's secret.
    pub genuine_token: bool,
}

impl Draft {
    /// The valid request of an operation; `id` names what it creates.
    #[must_use]
    pub fn of(operation: Operation, asker: Asker<'_>, id: &str) -> Self {
        let key = &asker.account.key;
        let body = body(operation, asker, id).map(|mut body| {
            sign(operation, &mut body, &asker.account.secret);
            body.to_string().into_bytes()
        });
        let mut path = String::new();
        for part in operation.path().trim_start_matches('/').split('/') {
            path.push('/');
            path.push_str(match part {
                "{key}" => key,
                "{order_ref}" => asker.order_ref,
                "{merchant_order_ref}" => asker.merchant_order_ref,
                part => part,
            });
        }
        for (index, name) in operation.query().iter().enumerate() {
            path += &format!("{}{name}=sandbox", if index == 0 { '?' } else { '&' });
        }
        let mut headers = Vec::new();
        if operation.authentication() != Authentication::None {
            headers.push((KEY_HEADER.to_owned(), key.clone()));
        }
        if operation.authentication() == Authentication::Token {
            headers.push(("authorization".to_owned(), format!("Bearer {}", asker.token)));
        }
        if body.is_some() {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        let genuine_token = operation.authentication() == Authentication::Token;
        Self { method: operation.method().to_owned(), path, headers, body, genuine_token }
    }

    /// The request at a target whose API is at `base`.
    ///
    /// # Errors
    /// When method, path or a header can be of no request.
    pub fn request(&self, base: &str) -> Result<reqwest::Request, String> {
        let url = Url::parse(&format!("{base}{}", self.path)).map_err(|error| error.to_string())?;
        let method = reqwest::Method::from_bytes(self.method.as_bytes()).map_err(|error| error.to_string())?;
        let mut request = reqwest::Request::new(method, url);
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| error.to_string())?;
            let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|error| error.to_string())?;
            request.headers_mut().append(name, value);
        }
        *request.body_mut() = self.body.clone().map(reqwest::Body::from);
        Ok(request)
    }

    /// The body as JSON; null without one.
    #[must_use]
    pub fn json(&self) -> Value {
        self.body.as_deref().and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default()
    }

    /// This request with another body, signed anew where its operation signs.
    #[must_use]
    pub fn with_body(mut self, operation: Operation, mut body: Value, secret: &Secret) -> Self {
        sign(operation, &mut body, secret);
        self.body = Some(body.to_string().into_bytes());
        self
    }

    /// Replaces a header.
    pub fn set_header(&mut self, name: &str, value: String) {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value));
    }

    /// Leaves a header out.
    pub fn remove_header(&mut self, name: &str) {
        self.headers.retain(|(known, _)| known != name);
    }

    /// The token it carries; empty without one.
    #[must_use]
    pub fn token(&self) -> &str {
        let header = self.headers.iter().find(|(name, _)| name == "authorization");
        header.and_then(|(_, value)| value.strip_prefix("Bearer ")).unwrap_or_default()
    }
}

fn body(operation: Operation, asker: Asker<'_>, id: &str) -> Option<Value> {
    let key = &asker.account.key;
    Some(match operation {
        Operation::AuthToken => json!({ "portone_key": key, "portone_secret": asker.account.secret.expose() }),
        Operation::GenerateSignature => json!({
            "portone_key": key, "currency": CURRENCY, "amount": 50_000, "merchant_order_id": id,
            "success_url": "https://shop.example/paid", "failure_url": "https://shop.example/failed",
        }),
        Operation::InitiatePayment => json!({
            "key": key, "merchant_order_id": id, "pmt_channel": CHANNEL, "pmt_method": Method::Qr.key(),
            "description": "Coffee", "environment": "sandbox", "amount": 50_000, "currency": CURRENCY, "signature_hash": "",
            "success_url": "https://shop.example/paid", "failure_url": "https://shop.example/failed",
        }),
        Operation::TransactionDetails => json!({ "order_ref": asker.order_ref }),
        Operation::UpdateTransactionStatus => json!({
            "status": "Failed", "merchant_order_ref": asker.merchant_order_ref, "signature": "",
        }),
        Operation::AddWebhook => json!({
            "name": id, "url": format!("https://shop.example/webhook/{id}"), "type": "payment_status", "environment": "sandbox",
        }),
        Operation::CreateRefund => json!({
            "amount": 1, "channel": CHANNEL, "description": "Coffee", "environment": "sandbox", "refund_type": "partial",
            "refund_reason": "Cold",
        }),
        Operation::TransactionStatus | Operation::ListWebhooks | Operation::ListRefunds => return None,
    })
}

/// The field that holds the signature of an operation's body, and those that it covers.
#[must_use]
pub const fn signed(operation: Operation) -> Option<(&'static str, &'static [&'static str])> {
    match operation {
        Operation::InitiatePayment => {
            Some(("signature_hash", &["amount", "key", "currency", "failure_url", "merchant_order_id", "success_url"]))
        }
        Operation::UpdateTransactionStatus => Some(("signature", &["merchant_order_ref", "status"])),
        _ => None,
    }
}

/// Signs a body for its operation. Parts that are not of their type are signed as if they were not there.
fn sign(operation: Operation, body: &mut Value, secret: &Secret) {
    let text = |body: &Value, name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let canonical = match operation {
        Operation::InitiatePayment => RequestFields {
            amount: body["amount"].as_f64().and_then(|amount| Amount::new(amount).ok()).unwrap_or(0.into()),
            client_key: &text(body, "key"),
            currency: &text(body, "currency"),
            failure_url: &text(body, "failure_url"),
            merchant_order_id: &text(body, "merchant_order_id"),
            success_url: &text(body, "success_url"),
        }
        .canonical(),
        Operation::UpdateTransactionStatus => {
            StatusUpdateFields { merchant_order_ref: &text(body, "merchant_order_ref"), status: &text(body, "status") }
                .canonical()
        }
        _ => return,
    };
    if let Some((field, _)) = signed(operation) {
        body[field] = Signature::of(secret, &canonical).as_str().into();
    }
}
