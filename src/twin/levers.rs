//! `/_twin/`: how tests arrange accounts and look behind the API. No vendor has these.

use super::{
    Account, Attempt, Host, LateCall, LedgerError, MAX_ORDERS, NextRefund, Onboarding, Order, Outcome, Refund,
    RefundMode, SmartPaySays, Twin, blame, fault, outcome_of_card, wire_amount,
};
use crate::catalog::{ATM_CARDS, CREDIT_CARDS, Method};
use crate::wire::{Amount, Secret, rfc3339_micros};
use axum::body::Bytes;
use axum::extract::{RawQuery, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use jiff::SignedDuration;
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};
use std::sync::Arc;

/// Why a lever does not move: the HTTP status and a message that names the cause.
pub(super) struct Stuck(pub(super) StatusCode, pub(super) String);

impl IntoResponse for Stuck {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

impl From<LedgerError> for Stuck {
    fn from(error: LedgerError) -> Self {
        let status = match error {
            LedgerError::UnknownOrder(_) | LedgerError::UnknownRefund(_) => StatusCode::NOT_FOUND,
            _ => StatusCode::CONFLICT,
        };
        Self(status, format!("failed to {error}"))
    }
}

pub(super) type Moved = Result<Json<Value>, Stuck>;

pub(super) fn router(twin: Arc<Twin>) -> Router {
    Router::new()
        .route("/_twin/status", get(status))
        .route("/_twin/accounts", post(create_account))
        .route("/_twin/onboarding", post(set_onboarding))
        .route("/_twin/clock", post(advance_clock))
        .route("/_twin/refunds", post(set_refunds))
        .route("/_twin/visits", post(visit))
        .route("/_twin/payments", get(payment).post(pay))
        .route("/_twin/settlements", post(settle))
        .route("/_twin/ledger", get(ledger))
        .route("/_twin/deliveries", get(deliveries))
        .route("/_twin/calls", get(calls))
        .merge(fault::levers())
        .route("/_twin/{*unknown}", any(unknown))
        .method_not_allowed_fallback(async || Stuck(StatusCode::METHOD_NOT_ALLOWED, "wrong method".to_owned()))
        .layer(from_fn_with_state(Arc::clone(&twin), own_pages_only))
        .with_state(twin)
}

/// Refuses what a browser sends for a page that is not the twin's: any page could move the levers of a twin that runs
/// beside it. What is no browser sends no origin.
async fn own_pages_only(State(twin): State<Arc<Twin>>, request: Request, next: Next) -> Response {
    let own = |origin: &HeaderValue| Host::ALL.iter().any(|host| origin == twin.origin(*host).as_str());
    if request.headers().get_all(header::ORIGIN).iter().all(own) {
        next.run(request).await
    } else {
        Stuck(StatusCode::FORBIDDEN, "the levers are not for pages of this origin".to_owned()).into_response()
    }
}

async fn unknown() -> Stuck {
    Stuck(StatusCode::NOT_FOUND, "there is no such lever".to_owned())
}

async fn status() -> Json<Value> {
    Json(json!({ "ready": true, "version": env!("CARGO_PKG_VERSION") }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountWish {
    seed: Option<u64>,
    #[serde(default)]
    onboarding: Onboarding,
    /// Chosen by whoever asks, both or none.
    key: Option<String>,
    secret: Option<Secret>,
}

async fn create_account(State(twin): State<Arc<Twin>>, body: Bytes) -> Result<(StatusCode, Json<Value>), Stuck> {
    let wish: AccountWish = read(if body.is_empty() { b"{}" } else { &body })?;
    let chosen = match (wish.key, wish.secret) {
        (None, None) => None,
        (Some(key), Some(secret)) if !key.is_empty() && !secret.expose().is_empty() => Some((key, secret)),
        _ => {
            let message = "key and secret are chosen together, and neither is empty";
            return Err(Stuck(StatusCode::UNPROCESSABLE_ENTITY, message.to_owned()));
        }
    };
    let account = twin.accounts.create_with(wish.seed, wish.onboarding, chosen);
    let account = account.ok_or_else(|| Stuck(StatusCode::CONFLICT, "there is an account with this key".to_owned()))?;
    let identity = &account.identity;
    let login = |login: &super::PageLogin| json!({ "user": login.user, "password": login.password.expose() });
    let answer = json!({
        "key": identity.key,
        "secret": identity.secret.expose(),
        "portal": login(&identity.portal),
        "dashboard": login(&identity.dashboard),
        "merchant_name": identity.merchant_name,
    });
    Ok((StatusCode::CREATED, Json(answer)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OnboardingWish {
    account: String,
    whitelisted_ip: Option<bool>,
    portone_public_key: Option<bool>,
    smartpay_public_key: Option<bool>,
}

async fn set_onboarding(State(twin): State<Arc<Twin>>, body: Bytes) -> Moved {
    let wish: OnboardingWish = read(&body)?;
    let account = find(&twin, &wish.account)?;
    let before = account.onboarding();
    let onboarding = Onboarding {
        whitelisted_ip: wish.whitelisted_ip.unwrap_or(before.whitelisted_ip),
        portone_public_key: wish.portone_public_key.unwrap_or(before.portone_public_key),
        smartpay_public_key: wish.smartpay_public_key.unwrap_or(before.smartpay_public_key),
    };
    account.set_onboarding(onboarding);
    Ok(Json(json!(onboarding)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockWish {
    account: String,
    /// Not back: what has expired stays so.
    advance_seconds: u32,
}

async fn advance_clock(State(twin): State<Arc<Twin>>, body: Bytes) -> Moved {
    let wish: ClockWish = read(&body)?;
    let account = find(&twin, &wish.account)?;
    let now = account.advance(SignedDuration::from_secs(i64::from(wish.advance_seconds)));
    Ok(Json(json!({ "now": rfc3339_micros(now) })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RefundsWish {
    account: String,
    next: Option<NextRefund>,
    smartpay_says: Option<SmartPaySays>,
}

async fn set_refunds(State(twin): State<Arc<Twin>>, body: Bytes) -> Moved {
    let wish: RefundsWish = read(&body)?;
    let account = find(&twin, &wish.account)?;
    let before = account.refund_mode();
    let mode = RefundMode {
        next: wish.next.unwrap_or(before.next),
        smartpay_says: wish.smartpay_says.unwrap_or(before.smartpay_says),
    };
    account.set_refund_mode(mode);
    Ok(Json(json!(mode)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PaymentWish {
    account: String,
    order_ref: String,
    /// Number of a test card; the documented one if absent.
    card: Option<CardNumber>,
    /// How it ends otherwise than by what the card is made for.
    end: Option<End>,
}

/// An end of a payment that no card is made for.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum End {
    Cancelled,
    TooManyOtps,
    WrongCardData,
    UnknownCard,
    Expired,
}

impl End {
    const fn outcome(self) -> Outcome {
        match self {
            Self::Cancelled => Outcome::cancelled(),
            Self::TooManyOtps => Outcome::too_many_otps(),
            Self::WrongCardData => Outcome::wrong_card_data(),
            Self::UnknownCard => Outcome::unknown_card(),
            Self::Expired => Outcome::Expired,
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum CardNumber {
    Text(String),
    Digits(u64),
}

impl CardNumber {
    fn or(number: Option<Self>, documented: &str) -> String {
        match number {
            Some(Self::Text(text)) => text,
            Some(Self::Digits(digits)) => digits.to_string(),
            None => documented.to_owned(),
        }
    }
}

async fn pay(State(twin): State<Arc<Twin>>, body: Bytes) -> Moved {
    let wish: PaymentWish = read(&body)?;
    let account = find(&twin, &wish.account)?;
    let order = account.begin(&wish.order_ref)?;
    let method = order.request.method;
    if let Some(end) = wish.end {
        if wish.card.is_some() {
            return Err(bad("end", "a payment ends by its card or otherwise, not both"));
        }
        let order = account.conclude(&wish.order_ref, end.outcome())?;
        return Ok(told(&account, &order));
    }
    let number = match (method, wish.card) {
        (Method::Qr, Some(_)) => return Err(bad("card", "a QR is not paid by card")),
        (Method::Qr, None) => None,
        (Method::CreditCard, card) => Some(CardNumber::or(card, CREDIT_CARDS[0].number)),
        (Method::AtmCard, card) => Some(CardNumber::or(card, ATM_CARDS[0].number)),
    };
    let outcome = outcome_of_card(method, number.as_deref());
    account.progress(&wish.order_ref, |progress| progress.card_number = number)?;
    let order = account.conclude(&wish.order_ref, outcome)?;
    Ok(told(&account, &order))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VisitWish {
    account: String,
    order_ref: String,
    /// The language of the payer's pages, `en` or `vi`.
    lang: Option<String>,
}

/// Notes that the payer opened the first page, for pages that are not the twin's own.
async fn visit(State(twin): State<Arc<Twin>>, body: Bytes) -> Moved {
    let wish: VisitWish = read(&body)?;
    let account = find(&twin, &wish.account)?;
    if wish.lang.as_deref().is_some_and(|lang| !["en", "vi"].contains(&lang)) {
        return Err(bad("lang", "it must be en or vi"));
    }
    account.begin(&wish.order_ref)?;
    if let Some(lang) = wish.lang {
        account.progress(&wish.order_ref, |progress| progress.lang = Some(lang))?;
    }
    let order = account.order(&wish.order_ref).ok_or(LedgerError::UnknownOrder(wish.order_ref))?;
    Ok(told(&account, &order))
}

/// A payment as pages need it that are not the twin's own.
async fn payment(State(twin): State<Arc<Twin>>, RawQuery(query): RawQuery) -> Moved {
    let pairs = crate::wire::parse_pairs(&query.unwrap_or_default());
    let [(account, key), (order, order_ref)] = pairs.as_slice() else {
        return Err(bad("the query", "it must be account=KEY&order_ref=REF and no more"));
    };
    if account != "account" || order != "order_ref" {
        return Err(bad("the query", "it must be account=KEY&order_ref=REF and no more"));
    }
    let account = find(&twin, key)?;
    let order = account.order(order_ref).ok_or_else(|| LedgerError::UnknownOrder(order_ref.clone()))?;
    Ok(told(&account, &order))
}

/// What is to be paid to whom and how, how it stands, and where the payer goes now.
fn told(account: &Account, order: &Order) -> Json<Value> {
    let qr = (order.request.method == Method::Qr).then(|| account.qr_text(order));
    Json(json!({
        "status": order.status(),
        "return_url": account.return_url(order),
        "open": order.is_open(),
        "method": order.request.method.key(),
        "amount": order.wire_amount(),
        "merchant_name": account.identity.merchant_name,
        "order_ref": order.order_ref,
        "channel_order_ref": order.channel_order_ref,
        "merchant_order_ref": order.request.merchant_order_ref,
        "success_url": order.request.success_url,
        "failure_url": order.request.failure_url,
        "expires_at": rfc3339_micros(order.expires_at),
        "qr": qr,
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SettlementWish {
    account: String,
    order_ref: String,
    refund_id: String,
    successful: bool,
}

/// Settles a queued refund, as an operator does on the portal.
async fn settle(State(twin): State<Arc<Twin>>, body: Bytes) -> Moved {
    let wish: SettlementWish = read(&body)?;
    let refund = find(&twin, &wish.account)?.settle(&wish.order_ref, &wish.refund_id, wish.successful)?;
    Ok(Json(json!({ "status": refund.status() })))
}

/// What the lever tells of a ledger.
#[derive(Serialize)]
struct Books {
    account: String,
    now: String,
    paid: Amount,
    refunded_or_queued: Amount,
    #[serde(serialize_with = "entries")]
    orders: Vec<Arc<Order>>,
}

/// Writes one entry after the other: thousands of them take more memory than the ledger itself.
fn entries<S: Serializer>(orders: &[Arc<Order>], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(orders.iter().map(|order| order_entry(order)))
}

async fn ledger(State(twin): State<Arc<Twin>>, RawQuery(query): RawQuery) -> Result<Json<Books>, Stuck> {
    let account = queried(&twin, query)?;
    let mut orders = account.orders(MAX_ORDERS);
    orders.reverse();
    let paid: Decimal = orders.iter().filter(|order| order.is_paid()).map(|order| order.request.amount).sum();
    let refunded: Decimal = orders.iter().map(|order| order.refunded()).sum();
    Ok(Json(Books {
        account: account.key().to_owned(),
        now: rfc3339_micros(account.clock.now()),
        paid: wire_amount(paid),
        refunded_or_queued: wire_amount(refunded),
        orders,
    }))
}

fn order_entry(order: &Order) -> Value {
    let history: Vec<Value> =
        order.history().iter().map(|(status, at)| json!({ "status": status, "at": rfc3339_micros(*at) })).collect();
    json!({
        "order_ref": order.order_ref,
        "channel_order_ref": order.channel_order_ref,
        "merchant_order_ref": order.request.merchant_order_ref,
        "method": order.request.method.key(),
        "amount": order.wire_amount(),
        "status": order.status(),
        "status_code": order.code().number(),
        "status_channel_reason": order.channel_reason(),
        "wrong_otps": order.progress.wrong_otps,
        "created_at": rfc3339_micros(order.created_at),
        "expires_at": rfc3339_micros(order.expires_at),
        "refundable": wire_amount(order.refundable()),
        "history": history,
        "refunds": order.refunds().iter().map(refund_entry).collect::<Vec<_>>(),
    })
}

fn refund_entry(refund: &Refund) -> Value {
    let history: Vec<Value> =
        refund.history().iter().map(|(status, at)| json!({ "status": status, "at": rfc3339_micros(*at) })).collect();
    json!({
        "refund_id": refund.refund_id,
        "psp_refund_id": refund.psp_refund_id,
        "amount": wire_amount(refund.amount),
        "type": refund.kind,
        "status": refund.status(),
        "smartpay_says": refund.smartpay_says,
        "reconciliation": refund.reconciliation(),
        "history": history,
    })
}

async fn deliveries(State(twin): State<Arc<Twin>>, RawQuery(query): RawQuery) -> Result<Json<Vec<Attempt>>, Stuck> {
    Ok(Json(queried(&twin, query)?.deliveries.attempts()))
}

async fn calls(State(twin): State<Arc<Twin>>) -> Json<Vec<LateCall>> {
    Json(twin.lately.calls())
}

pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Stuck> {
    blame::read(body).map_err(|error| Stuck(StatusCode::BAD_REQUEST, format!("failed to read the body: {error}")))
}

fn bad(field: &str, why: &str) -> Stuck {
    Stuck(StatusCode::BAD_REQUEST, format!("failed to use {field}: {why}"))
}

pub(super) fn find(twin: &Twin, key: &str) -> Result<Arc<Account>, Stuck> {
    twin.accounts.get(key).ok_or_else(|| Stuck(StatusCode::NOT_FOUND, format!("failed to find the account {key}")))
}

fn queried(twin: &Twin, query: Option<String>) -> Result<Arc<Account>, Stuck> {
    let pairs = crate::wire::parse_pairs(&query.unwrap_or_default());
    match pairs.as_slice() {
        [(name, key)] if name == "account" => find(twin, key),
        _ => Err(bad("the query", "it must be account=KEY and no more")),
    }
}
