//! The client of PortOne's API.

use super::unreadable::{is_maintenance, malformed};
use super::{Account, Asker, Cause, Draft, Recorder, exchange::Answer};
use crate::journal::Failure;
use crate::wire::contract::Operation;
use crate::wire::{
    AuthTokenContent, AuthTokenRequest, Clock, Envelope, InitiatePayment, Order, PaymentInitiated, RefundRequest,
    RefundsContent, Refusal, SELF_MADE_LIFETIME, Secret, SignatureContent, SignatureRequest, StatusUpdate,
    TransactionDetails, TransactionDetailsRequest, TransactionStatusContent, Unknown, WebhookEndpoint,
    WebhookRegistration, mint,
};
use jiff::SignedDuration;
use reqwest::Method;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::time::Duration;
use url::Url;

/// Why no documented answer came.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ClientError {
    #[error("set up the HTTP client: {0}")]
    SetUp(String),
    #[error("reach {endpoint}: {cause} ({reason})")]
    Unreachable { endpoint: String, cause: Cause, reason: String },
    #[error("get an answer from {endpoint} within {after:?}")]
    TimedOut { endpoint: String, after: Duration },
    #[error("read the answer of {endpoint}: larger than {limit} bytes")]
    TooLarge { endpoint: String, limit: usize },
    #[error("use {endpoint}: it is down for now ({status}{said})")]
    Down { endpoint: String, status: u16, said: &'static str },
    /// The target is not asked any more.
    #[error("ask the target: {0}")]
    NotTried(Failure),
    #[error("use the target: {0}")]
    Live(Failure),
    #[error("read the answer of {endpoint} ({status}): {detail}; it begins with {excerpt:?}")]
    Malformed { endpoint: String, status: u16, detail: String, excerpt: String },
}

impl ClientError {
    /// An error of the transport, with its innermost cause, which names what really happened.
    pub(super) fn unreachable(endpoint: &str, error: &reqwest::Error) -> Self {
        let (cause, reason) = Cause::of(error);
        Self::Unreachable { endpoint: endpoint.to_owned(), cause, reason }
    }
}

/// The innermost cause of an error, which names what really happened.
pub(super) fn innermost(error: &reqwest::Error) -> String {
    Cause::of(error).1
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::NotTried(failure) | ClientError::Live(failure) => failure,
            ClientError::Malformed { ref endpoint, .. } | ClientError::TooLarge { ref endpoint, .. } => {
                Self::unmet(format!("a documented answer of {endpoint}"), format!("failed to {error}"))
            }
            other => Self::blocked("an answer of the target", format!("failed to {other}")),
        }
    }
}

/// A documented answer: accepted, or refused in the documented envelope.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply<T> {
    Accepted(T),
    Refused { http: u16, refusal: Refusal },
}

impl<T> Reply<T> {
    /// The accepted content.
    ///
    /// # Errors
    /// An unmet expectation, naming the refusal, when the request was refused.
    pub fn accepted(self, what: &str) -> Result<T, Failure> {
        match self {
            Self::Accepted(content) => Ok(content),
            Self::Refused { http, refusal } => Err(Failure::unmet(
                format!("{what} to be accepted"),
                format!("{http} {} {}: {}", refusal.status_code, refusal.status_reason, refusal.message),
            )),
        }
    }

    /// The reply with its content forgotten, for steps that only ask whether it was refused.
    pub fn without_content(self) -> Reply<()> {
        match self {
            Self::Accepted(_) => Reply::Accepted(()),
            Self::Refused { http, refusal } => Reply::Refused { http, refusal },
        }
    }
}

/// The token a query is sent with.
#[derive(Clone, Debug)]
pub enum TokenKind {
    Genuine,
    Expired,
    /// Signed with a secret that is not the merchant's.
    Forged,
    /// `alg: none`, no signature.
    Unsigned,
    /// Genuine, but of another merchant.
    OfAnother(Account),
    /// Genuine once, its expiry raised afterwards.
    Prolonged,
    Missing,
    /// As it was given out.
    Given(Secret),
}

/// PortOne's API as one merchant uses it.
#[derive(Clone, Debug)]
pub struct PortOne {
    recorder: Recorder,
    base: Url,
    account: Account,
}

impl PortOne {
    #[must_use]
    pub const fn new(recorder: Recorder, base: Url, account: Account) -> Self {
        Self { recorder, base, account }
    }

    #[must_use]
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// The last answer as it came, with every field, known or not.
    #[must_use]
    pub fn last_answer(&self) -> Value {
        self.recorder.last_answer()
    }

    /// Notes which parts of an order a merchant would sign differently whose code follows another of the vendor's samples.
    pub(super) fn lint(&self, order: &Order) {
        for (field, disagreement) in order.disagreements() {
            self.recorder.warn(format!("{field} signs differently: {disagreement}"));
        }
    }

    /// `POST /api/merchant/auth-token`.
    pub async fn auth_token(&self, key: &str, secret: &Secret) -> Result<Reply<AuthTokenContent>, ClientError> {
        let body = AuthTokenRequest {
            portone_key: key.to_owned(),
            portone_secret: secret.expose().to_owned(),
            unknown: Unknown::default(),
        };
        self.enveloped(Method::POST, &["api", "merchant", "auth-token"], None, &body).await
    }

    /// `POST /api/merchant/generate-signature`.
    pub async fn generate_signature(&self, body: &SignatureRequest) -> Result<Reply<SignatureContent>, ClientError> {
        self.enveloped(Method::POST, &["api", "merchant", "generate-signature"], self.genuine(), body).await
    }

    /// `POST /api/initiatePayment`.
    pub async fn initiate(&self, request: &InitiatePayment) -> Result<Reply<PaymentInitiated>, ClientError> {
        let body = serde_json::to_value(request).expect("a payment request serialises");
        let answer = self.initiate_json(&self.account.key, &body).await?;
        Self::decode("POST /api/initiatePayment", &answer)
    }

    /// `POST /api/initiatePayment` with a body that need not be valid, asked by `client_key`.
    pub async fn initiate_raw(&self, client_key: &str, body: &Value) -> Result<Reply<Value>, ClientError> {
        let answer = self.initiate_json(client_key, body).await?;
        Self::decode("POST /api/initiatePayment", &answer)
    }

    async fn initiate_json(&self, client_key: &str, body: &Value) -> Result<Answer, ClientError> {
        let request = self
            .recorder
            .http()
            .post(self.url(&["api", "initiatePayment"]))
            .header("X-Portone-Client-Key", client_key)
            .json(body)
            .build()
            .map_err(|error| ClientError::SetUp(error.to_string()))?;
        self.recorder.send(request).await
    }

    /// `GET /api/transaction/{merchant_order_ref}/status`.
    pub async fn status(
        &self,
        merchant_order_ref: &str,
        token: &TokenKind,
    ) -> Result<Reply<TransactionStatusContent>, ClientError> {
        let path = ["api", "transaction", merchant_order_ref, "status"];
        self.enveloped::<(), _>(Method::GET, &path, self.token(token), &()).await
    }

    /// `POST /api/{key}/transaction-details`.
    pub async fn details(&self, order_ref: &str) -> Result<Reply<TransactionDetails>, ClientError> {
        let body = TransactionDetailsRequest { order_ref: order_ref.to_owned(), unknown: Unknown::default() };
        self.enveloped(Method::POST, &["api", &self.account.key, "transaction-details"], self.genuine(), &body).await
    }

    /// `PUT /api/transaction/status`. The documentation shows no answer, so that only a refusal is read.
    pub async fn update_status(&self, update: &StatusUpdate) -> Result<Reply<Value>, ClientError> {
        self.bare(Method::PUT, &["api", "transaction", "status"], self.genuine(), update).await
    }

    /// `POST /api/merchant/{key}/webhook`.
    pub async fn register_webhook(
        &self,
        registration: &WebhookRegistration,
    ) -> Result<Reply<WebhookEndpoint>, ClientError> {
        let path = ["api", "merchant", &self.account.key, "webhook"];
        self.enveloped(Method::POST, &path, self.genuine(), registration).await
    }

    /// `GET /api/merchant/{key}/webhook?environment=sandbox`.
    pub async fn webhooks(&self) -> Result<Reply<Vec<WebhookEndpoint>>, ClientError> {
        let path = ["api", "merchant", &self.account.key, "webhook"];
        let mut url = self.url(&path);
        url.query_pairs_mut().append_pair("environment", "sandbox");
        let answer = self.exchange::<()>(Method::GET, url, self.genuine(), None).await?;
        Self::open("GET /api/merchant/{key}/webhook", &answer)
    }

    /// `POST /api/refund/{order_ref}`.
    pub async fn refund(&self, order_ref: &str, request: &RefundRequest) -> Result<Reply<RefundsContent>, ClientError> {
        self.bare(Method::POST, &["api", "refund", order_ref], self.genuine(), request).await
    }

    /// `GET /api/refund/{order_ref}`.
    pub async fn refunds(&self, order_ref: &str) -> Result<Reply<RefundsContent>, ClientError> {
        self.bare::<(), _>(Method::GET, &["api", "refund", order_ref], self.genuine(), &()).await
    }

    /// The request of any operation, in parts that need not be right. What an accepted one is answered with is left aside.
    pub async fn ask(&self, draft: &Draft) -> Result<Reply<()>, ClientError> {
        let request = draft.request(self.base.as_str().trim_end_matches('/')).map_err(ClientError::SetUp)?;
        let answer = self.recorder.send(request).await?;
        let reply: Reply<Value> = Self::decode(&format!("{} {}", draft.method, draft.path), &answer)?;
        Ok(reply.without_content())
    }

    /// The valid request of an operation about an order; `id` names what it creates.
    #[must_use]
    pub fn draft(&self, operation: Operation, order_ref: &str, merchant_order_ref: &str, id: &str) -> Draft {
        let token = self.genuine();
        let token = token.as_ref().map_or("", Secret::expose);
        Draft::of(operation, Asker { account: &self.account, token, order_ref, merchant_order_ref }, id)
    }

    fn genuine(&self) -> Option<Secret> {
        self.token(&TokenKind::Genuine)
    }

    /// A token of this kind; none where it is to be missing.
    #[must_use]
    pub fn token(&self, kind: &TokenKind) -> Option<Secret> {
        let now = Clock::system().now();
        let Account { key, secret, .. } = &self.account;
        let token = match kind {
            TokenKind::Genuine => mint(key, secret, now, SELF_MADE_LIFETIME),
            TokenKind::Expired => {
                // Longer ago than any tolerance for differing clocks.
                let past = now.saturating_add(SignedDuration::from_hours(-1)).unwrap_or(now);
                mint(key, secret, past, SELF_MADE_LIFETIME)
            }
            TokenKind::Forged => {
                mint(key, &Secret::new("a secret that is not the merchant's"), now, SELF_MADE_LIFETIME)
            }
            TokenKind::Unsigned => unsigned(&mint(key, secret, now, SELF_MADE_LIFETIME)),
            TokenKind::OfAnother(other) => mint(&other.key, &other.secret, now, SELF_MADE_LIFETIME),
            TokenKind::Prolonged => {
                let short = mint(key, secret, now, 1);
                let long = mint(key, secret, now, 1_000_000);
                with_claims_of(&short, &long)
            }
            TokenKind::Missing => return None,
            TokenKind::Given(token) => return Some(token.clone()),
        };
        Some(Secret::new(token))
    }

    /// The URL of a path, every part of which is escaped.
    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        url.path_segments_mut().expect("the base of a target is an http(s) URL").pop_if_empty().extend(path);
        url
    }

    async fn exchange<B: Serialize>(
        &self,
        method: Method,
        url: Url,
        token: Option<Secret>,
        body: Option<&B>,
    ) -> Result<Answer, ClientError> {
        let mut request = self.recorder.http().request(method, url).header("X-Portone-Client-Key", &self.account.key);
        if let Some(token) = token {
            request = request.bearer_auth(token.expose());
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let request = request.build().map_err(|error| ClientError::SetUp(error.to_string()))?;
        self.recorder.send(request).await
    }

    /// The answer to a request at a path, and the endpoint's name for messages. A GET has no body.
    async fn call<B: Serialize>(
        &self,
        method: Method,
        path: &[&str],
        token: Option<Secret>,
        body: &B,
    ) -> Result<(String, Answer), ClientError> {
        let endpoint = format!("{method} /{}", path.join("/"));
        let body = (method != Method::GET).then_some(body);
        Ok((endpoint, self.exchange(method, self.url(path), token, body).await?))
    }

    async fn bare<B: Serialize, T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        token: Option<Secret>,
        body: &B,
    ) -> Result<Reply<T>, ClientError> {
        let (endpoint, answer) = self.call(method, path, token, body).await?;
        Self::decode(&endpoint, &answer)
    }

    async fn enveloped<B: Serialize, T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        token: Option<Secret>,
        body: &B,
    ) -> Result<Reply<T>, ClientError> {
        let (endpoint, answer) = self.call(method, path, token, body).await?;
        Self::open(&endpoint, &answer)
    }

    /// Reads an answer that comes in the `content` envelope, which has to say `2000 SUCCESS`.
    fn open<T: DeserializeOwned>(endpoint: &str, answer: &Answer) -> Result<Reply<T>, ClientError> {
        match Self::decode::<Envelope<T>>(endpoint, answer)? {
            Reply::Refused { http, refusal } => Ok(Reply::Refused { http, refusal }),
            Reply::Accepted(envelope) if envelope.status_code == "2000" && envelope.status_reason == "SUCCESS" => {
                Ok(Reply::Accepted(envelope.content))
            }
            Reply::Accepted(envelope) => Err(malformed(
                endpoint,
                answer,
                format!("content beside {} {}", envelope.status_code, envelope.status_reason),
            )),
        }
    }

    /// Reads an answer: 2xx as content, 4xx as a refusal, anything else as no documented answer.
    fn decode<T: DeserializeOwned>(endpoint: &str, answer: &Answer) -> Result<Reply<T>, ClientError> {
        let status = answer.status.as_u16();
        match status {
            429 | 502..=504 => Err(ClientError::Down { endpoint: endpoint.to_owned(), status, said: "" }),
            _ if is_maintenance(&answer.body) => {
                Err(ClientError::Down { endpoint: endpoint.to_owned(), status, said: ", a maintenance page" })
            }
            200..=299 => serde_json::from_slice(&answer.body)
                .map(Reply::Accepted)
                .map_err(|error| malformed(endpoint, answer, error.to_string())),
            400..=499 => serde_json::from_slice(&answer.body)
                .map(|refusal| Reply::Refused { http: status, refusal })
                .map_err(|error| malformed(endpoint, answer, error.to_string())),
            _ => Err(malformed(endpoint, answer, "this status is not documented".to_owned())),
        }
    }
}

/// The token's claims under a header that says `alg: none`, without a signature.
fn unsigned(token: &str) -> String {
    const NONE: &str = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
    let claims = token.split('.').nth(1).unwrap_or_default();
    format!("{NONE}.{claims}.")
}

/// `signed`'s header and signature around the claims of `other`.
fn with_claims_of(signed: &str, other: &str) -> String {
    let signed: Vec<&str> = signed.split('.').collect();
    let claims = other.split('.').nth(1).unwrap_or_default();
    format!("{}.{claims}.{}", signed.first().unwrap_or(&""), signed.get(2).unwrap_or(&""))
}
