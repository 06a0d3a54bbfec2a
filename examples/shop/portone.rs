//! PortOne as a merchant's server sees it: signatures, tokens and the five calls a shop needs.

use crate::Settings;
use crate::defect::Defect;
use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{Client, RequestBuilder};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::Semaphore;

pub(crate) const CHANNEL: &str = "SMARTPAY";
pub(crate) const CURRENCY: &str = "VND";
pub(crate) const METHODS: [&str; 3] = ["SMARTPAY_CREDIT_CARD", "SMARTPAY_QR", "SMARTPAY_ATM_CARD"];
/// `live` once the integration test plan is passed.
const ENVIRONMENT: &str = "sandbox";
/// What PortOne calls a token that a merchant makes itself ("JWT authentication"): it lives 100 seconds.
const TOKEN_SECONDS: u64 = 100;
/// How long a whole call may take; a payer may be waiting.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Calls at the same time; more wait for their turn.
const CALLS: usize = 16;
/// Bytes of an answer that are read.
const MAX_ANSWER: usize = 1024 * 1024;

/// What goes into a signature: letters, digits and `-_.~` stand for themselves, a space is `+`, every other byte is `%XX`. The
/// vendor's samples disagree here; this is its Go sample, by which PortOne itself signs and verifies.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => escaped.push(char::from(byte)),
            b' ' => escaped.push('+'),
            _ => escaped += &format!("%{byte:02X}"),
        }
    }
    escaped
}

/// The same in a path, where `+` would be a plus.
pub(crate) fn escape_path(text: &str) -> String {
    escape(text).replace('+', "%20")
}

/// Signs and verifies ("Payment Request", "Payment Webhook Response", "Redirection Response"): the pages say SHA-256, their code
/// is an HMAC with the merchant's secret, in base64, over the form-encoded fields in the order of their names.
pub(crate) struct Signer {
    secret: String,
    space: &'static str,
}

impl Signer {
    pub(crate) fn sign(&self, fields: &[(&str, &str)]) -> String {
        BASE64_STANDARD.encode(self.mac(fields).finalize().into_bytes())
    }

    /// Compares in constant time.
    pub(crate) fn verifies(&self, fields: &[(&str, &str)], signature: &str) -> bool {
        BASE64_STANDARD.decode(signature).is_ok_and(|bytes| self.mac(fields).verify_slice(&bytes).is_ok())
    }

    fn mac(&self, fields: &[(&str, &str)]) -> Hmac<Sha256> {
        let mut fields = fields.to_vec();
        fields.sort_unstable();
        let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", escape(value))).collect();
        let mut mac: Hmac<Sha256> = Hmac::new_from_slice(self.secret.as_bytes()).expect("HMAC takes any key");
        mac.update(pairs.join("&").replace('+', self.space).as_bytes());
        mac
    }
}

/// Why a call came to nothing.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The request never left: nothing happened.
    NotSent(String),
    /// No answer that could be understood: whether something happened is not known.
    Unclear(String),
    /// PortOne said no, with its `status_code`.
    Refused { code: String, message: String },
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotSent(why) => write!(f, "PortOne cannot be reached: {why}"),
            Self::Unclear(why) => write!(f, "PortOne did not answer: {why}"),
            Self::Refused { code, message } => write!(f, "PortOne refused ({code}): {message}"),
        }
    }
}

/// How a payment stands, as the webhook says and, in the same words, the details of the transaction.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Report {
    pub(crate) merchant_order_ref: String,
    pub(crate) order_ref: String,
    pub(crate) amount: f64,
    pub(crate) currency: String,
    pub(crate) channel_key: String,
    pub(crate) status: String,
    pub(crate) status_code: String,
    pub(crate) status_channel_reason: String,
}

/// The answer to a request for a refund and to the question after all refunds of an order.
#[derive(Debug, Deserialize)]
pub(crate) struct Refunds {
    #[serde(rename = "refundDetails")]
    pub(crate) details: Vec<RefundDetail>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct RefundDetail {
    pub(crate) amount: f64,
    pub(crate) refund_status: String,
}

/// What a payment request needs to know of an order.
pub(crate) struct Wanted<'a> {
    pub(crate) id: &'a str,
    pub(crate) amount: u64,
    pub(crate) method: &'a str,
    pub(crate) description: &'a str,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    iat: u64,
    exp: u64,
}

pub(crate) struct PortOne {
    base: String,
    pub(crate) key: String,
    shop: String,
    pub(crate) requests: Signer,
    pub(crate) callbacks: Signer,
    http: Client,
    turn: Semaphore,
    defect: Option<Defect>,
}

impl PortOne {
    pub(crate) fn new(settings: &Settings) -> Result<Self, reqwest::Error> {
        let http = Client::builder()
            .connect_timeout(TIMEOUT)
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let signer = |broken: &[Defect]| {
            let space = if settings.defect.is_some_and(|defect| broken.contains(&defect)) { "%20" } else { "+" };
            Signer { secret: settings.secret.clone(), space }
        };
        Ok(Self {
            base: settings.base_url.clone(),
            key: settings.key.clone(),
            shop: settings.shop_url.clone(),
            requests: signer(&[Defect::SignatureUnsafeId]),
            callbacks: signer(&[Defect::WebhookSpaceEncodedPercent20, Defect::WebhookDroppedSilently]),
            http,
            turn: Semaphore::new(CALLS),
            defect: settings.defect,
        })
    }

    /// The signed request for a payment ("Initiate Payment"), as the API takes it and the SDK too. The addresses of return name
    /// the order, so that the redirect of another one is noticed.
    pub(crate) fn payload(&self, order: &Wanted<'_>) -> Value {
        let back = |page: &str| format!("{}/return/{page}?shop_order={}", self.shop, escape(order.id));
        let (success, failure) = (back("success"), back("failure"));
        let amount = if self.defect == Some(Defect::AmountOffBy100) { order.amount * 100 } else { order.amount };
        let currency = if self.defect == Some(Defect::WrongCurrency) { "USD" } else { CURRENCY };
        let signature = self.requests.sign(&[
            ("amount", &amount.to_string()),
            ("client_key", &self.key),
            ("currency", currency),
            ("failure_url", &failure),
            ("merchant_order_id", order.id),
            ("success_url", &success),
        ]);
        json!({
            "key": self.key,
            "merchant_order_id": order.id,
            "pmt_channel": CHANNEL,
            "pmt_method": order.method,
            "description": order.description,
            "environment": ENVIRONMENT,
            "amount": amount,
            "currency": currency,
            "signature_hash": signature,
            "success_url": success,
            "failure_url": failure,
            "pending_url": back("pending"),
        })
    }

    /// Asks for a payment; returns PortOne's reference of it and the address of its page.
    pub(crate) async fn initiate(&self, order: &Wanted<'_>) -> Result<(String, String), Failure> {
        let request = self.http.post(format!("{}/api/initiatePayment", self.base)).json(&self.payload(order));
        let answer = self.call(request.header("X-Portone-Client-Key", &self.key)).await?;
        let text = |name: &str| answer[name].as_str().unwrap_or_default();
        let page = text("redirect_url");
        match reqwest::Url::parse(page) {
            Ok(page) if ["http", "https"].contains(&page.scheme()) => Ok((text("order_ref").to_owned(), page.into())),
            _ => Err(Failure::Unclear(format!("redirect_url is {page:?}"))),
        }
    }

    /// How a payment stands ("Get Transaction Status"); `None` while PortOne does not know it, as before the payer of an
    /// embedded checkout pressed the button.
    ///
    /// A status has no amount. One that decides something is looked up in the details, which do.
    pub(crate) async fn decision(&self, order_id: &str) -> Result<Option<Report>, Failure> {
        let address = format!("{}/api/transaction/{}/status", self.base, escape_path(order_id));
        let answer = match self.call(self.authorised(self.http.get(address))).await {
            Err(Failure::Refused { code, .. }) if code == "4096" => return Ok(None),
            answer => answer?,
        };
        let content = &answer["content"];
        if !["Success", "Failed", "Expired"].contains(&content["status"].as_str().unwrap_or_default()) {
            return Ok(None);
        }
        let address = format!("{}/api/{}/transaction-details", self.base, escape_path(&self.key));
        let question = json!({ "order_ref": content["order_ref"] });
        let answer = self.call(self.authorised(self.http.post(address)).json(&question)).await?;
        read(answer["content"].clone()).map(Some)
    }

    /// Asks for a refund ("Refund"); all that remains where no part is named.
    pub(crate) async fn refund(&self, order_ref: &str, amount: u64, part: bool) -> Result<Refunds, Failure> {
        let request = json!({
            "amount": amount,
            "channel": CHANNEL,
            "description": "Refund by the shop",
            "environment": ENVIRONMENT,
            "refund_type": if part { "partial" } else { "full" },
            "refund_reason": "Requested by the shop",
        });
        let address = format!("{}/api/refund/{}", self.base, escape_path(order_ref));
        read(self.call(self.authorised(self.http.post(address)).json(&request)).await?)
    }

    pub(crate) async fn refunds(&self, order_ref: &str) -> Result<Refunds, Failure> {
        let address = format!("{}/api/refund/{}", self.base, escape_path(order_ref));
        read(self.call(self.authorised(self.http.get(address))).await?)
    }

    /// A token for one use ("JWT authentication").
    pub(crate) fn token(&self) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let claims = Claims { iss: "PORTONE", sub: &self.key, iat: now, exp: now + TOKEN_SECONDS };
        let secret = EncodingKey::from_secret(self.requests.secret.as_bytes());
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &secret).expect("such claims can be encoded")
    }

    fn authorised(&self, request: RequestBuilder) -> RequestBuilder {
        request.header("X-Portone-Client-Key", &self.key).bearer_auth(self.token())
    }

    async fn call(&self, request: RequestBuilder) -> Result<Value, Failure> {
        let Ok(_turn) = tokio::time::timeout(TIMEOUT, self.turn.acquire()).await else {
            return Err(Failure::NotSent("too many calls wait".to_owned()));
        };
        let unclear = |error: reqwest::Error| {
            if error.is_connect() { Failure::NotSent(causes(&error)) } else { Failure::Unclear(causes(&error)) }
        };
        let mut response = request.send().await.map_err(unclear)?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unclear)? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_ANSWER {
                return Err(Failure::Unclear("the answer is too long".to_owned()));
            }
        }
        let answer: Value = serde_json::from_slice(&body)
            .map_err(|error| Failure::Unclear(format!("{status}, and the answer is no JSON: {error}")))?;
        if status.is_success() {
            Ok(answer)
        } else if status.is_client_error() {
            let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
            Err(Failure::Refused { code: text("status_code"), message: text("message") })
        } else {
            Err(Failure::Unclear(format!("{status}")))
        }
    }
}

fn read<T: for<'a> Deserialize<'a>>(answer: Value) -> Result<T, Failure> {
    serde_json::from_value(answer)
        .map_err(|error| Failure::Unclear(format!("the answer is not as documented: {error}")))
}

/// An error with its causes, and without the address, which may name an order.
fn causes(error: &reqwest::Error) -> String {
    let first = if error.is_timeout() { "timed out" } else { "failed" };
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.fold(first.to_owned(), |text, cause| format!("{text}: {cause}"))
}
