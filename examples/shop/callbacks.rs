//! What comes in from PortOne: webhooks from its servers, and the payer's browser with a redirect. Anybody can send either.

use crate::books::{Booked, Order, Source, State};
use crate::defect::{self, Defect};
use crate::desk::Shop;
use crate::pages;
use crate::portone::{CURRENCY, Report};
use axum::body::Bytes;
use axum::extract::{RawQuery, State as Served};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::Arc;

/// The payment webhook ("Payment Webhook Response"): what it reports, and the rest of what is signed. Whatever else it has is
/// not read.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct PaymentWebhook {
    #[serde(flatten)]
    pub(crate) report: Report,
    channel_order_ref: String,
    country_code: String,
    method_name: String,
    pub(crate) signature_hash: String,
}

impl PaymentWebhook {
    fn verifies(&self, shop: &Shop) -> bool {
        let report = &self.report;
        let fields = [
            // Rust writes a number as Go does: the shortest digits, and never an exponent.
            ("amount", &*report.amount.to_string()),
            ("channel_key", &report.channel_key),
            ("channel_order_ref", &self.channel_order_ref),
            ("country_code", &self.country_code),
            ("currency", &report.currency),
            ("merchant_order_ref", &report.merchant_order_ref),
            ("method_name", &self.method_name),
            ("order_ref", &report.order_ref),
            ("status", &report.status),
        ];
        shop.portone.callbacks.verifies(&fields, &self.signature_hash)
    }
}

/// `POST /webhooks/portone`: payments and refunds. Answered at once, PortOne is asked afterwards. 200 also for what is of no use:
/// sending it again would not help.
pub(crate) async fn webhook(Served(shop): Served<Arc<Shop>>, body: Bytes) -> Response {
    let Ok(Value::Object(said)) = serde_json::from_slice(&body) else {
        if shop.has(Defect::WebhookNonsenseKills) {
            std::process::exit(70);
        }
        let broken = shop.has(Defect::WebhookNonsense500);
        let status = if broken { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::BAD_REQUEST };
        return (status, "this is no JSON object").into_response();
    };
    if said.contains_key("payment_txn_ref") && !said.contains_key("signature_hash") {
        return refund_webhook(&shop, &said);
    }
    let Ok(webhook) = PaymentWebhook::deserialize(Value::Object(said.clone())) else {
        return (StatusCode::BAD_REQUEST, "this is no payment webhook").into_response();
    };
    if !webhook.verifies(&shop) && !defect::unchecked(&shop, &said) {
        tracing::warn!("a webhook without a valid signature");
        if shop.has(Defect::WebhookDroppedSilently) {
            return "ok".into_response();
        }
        return (StatusCode::UNAUTHORIZED, "the signature is not valid").into_response();
    }
    if let Some(spoilt) = defect::spoil(&shop, &said, &webhook).await {
        return spoilt.into_response();
    }
    let report = &webhook.report;
    let booked = shop.books.book(report, Source::Webhook);
    tracing::info!(order = report.merchant_order_ref, status = report.status, ?booked, "webhook");
    match booked {
        Booked::Doubtful if !shop.has(Defect::PendingAfterSuccessReopens) => shop.ask_soon(&report.merchant_order_ref),
        Booked::UnknownOrder if shop.has(Defect::WebhookUnknownOrder500) => {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
        _ => {}
    }
    "ok".into_response()
}

/// The refund webhook ("Refund Webhook Response") carries no signature, so anybody may have written it.
fn refund_webhook(shop: &Arc<Shop>, said: &Map<String, Value>) -> Response {
    let text = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or_default();
    if let Some(order) = shop.books.find_by_ref(text("payment_txn_ref")) {
        if shop.has(Defect::RefundWebhookTrusted) && text("refund_status") == "SUCCESS" {
            let amount = said.get("amount").and_then(Value::as_f64).unwrap_or_default() as u64;
            shop.books.change(&order.id, |order| order.refunded = amount.min(order.amount));
        } else {
            shop.hint_refund(&order.id);
        }
    }
    "ok".into_response()
}

/// The query of a redirect ("Redirection Response"). A PSP's own parameters may be passed through, so a name can be there twice: then
/// nobody knows which one was signed, and it has no value.
pub(crate) struct Redirect(Vec<(String, String)>);

impl Redirect {
    const SIGNED: [&str; 4] = ["channel_order_ref", "merchant_order_ref", "order_ref", "status"];

    fn parse(query: &str) -> Self {
        Self(url::form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl DoubleEndedIterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn once<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        let mut values = self.all(name);
        values.next().filter(|_| values.next().is_none())
    }

    fn verifies(&self, shop: &Shop) -> bool {
        if defect::unverified(shop, self) {
            return true;
        }
        let signed = Self::SIGNED.map(|name| {
            let last = shop.has(Defect::RedirectFirstDoubledParameter).then(|| self.all(name).next_back()).flatten();
            Some((name, last.or_else(|| self.once(name))?))
        });
        let Some(fields) = signed.into_iter().collect::<Option<Vec<_>>>() else { return false };
        match self.once("signature_hash") {
            Some(signature) => shop.portone.callbacks.verifies(&fields, signature),
            None => shop.has(Defect::RedirectUnsignedAccepted) && self.all("signature_hash").next().is_none(),
        }
    }

    /// The order that it is of, if it is PortOne's and fits the books.
    pub(crate) fn order(&self, shop: &Shop) -> Option<Order> {
        if !self.verifies(shop) {
            return None;
        }
        if shop.has(Defect::RedirectOfAnotherOrder) {
            return shop.books.find(self.all("shop_order").next()?);
        }
        let order = shop.books.find(self.all("merchant_order_ref").next()?)?;
        // Written into the address of return by the shop itself.
        let came_for_it = self.all("shop_order").all(|id| id == order.id);
        let known = order.order_ref.is_empty() || self.once("order_ref") == Some(&order.order_ref);
        // Not signed, though the vendor says to compare them.
        let same_sum =
            self.once("amount") == Some(&*order.amount.to_string()) && self.once("currency") == Some(CURRENCY);
        let fits = came_for_it && known && (same_sum || shop.has(Defect::RedirectAmountShown));
        (fits || defect::unverified(shop, self)).then_some(order)
    }
}

/// `GET /return/…`: the redirect is no more than a reason to ask PortOne. What is shown is what the books say then.
pub(crate) async fn back(Served(shop): Served<Arc<Shop>>, RawQuery(query): RawQuery) -> Response {
    let redirect = Redirect::parse(&query.unwrap_or_default());
    if let Some(turned_away) = defect::turned_away(&shop, &redirect) {
        return turned_away;
    }
    let Some(order) = redirect.order(&shop) else {
        if shop.has(Defect::RedirectCrash500) {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
        return pages::not_confirmed(&shop);
    };
    defect::believe(&shop, &redirect, &order.id);
    if order.state != State::Paid
        && !shop.has(Defect::WebhookAfterRedirectIgnored)
        && let Err(failure) = shop.ask(&order.id).await
    {
        tracing::warn!(order = order.id, %failure, "no answer");
    }
    let order = shop.books.find(&order.id).unwrap_or(order);
    let said = |name: &str| redirect.all(name).next().unwrap_or_default().to_owned();
    let shown = shop.has(Defect::RedirectAmountShown).then(|| said("amount").parse().ok()).flatten();
    let message = shop.has(Defect::XssMessage).then(|| said("message"));
    pages::order(&shop, &order, shown, message.as_deref())
}
