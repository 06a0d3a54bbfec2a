//! A merchant's shop: an order form for people, the page that embeds the SDK, and the pages the payer returns to.

use super::seal::nonce;
use super::visitor::{Answer, Problem, Visitor};
use crate::catalog::{CHANNEL, CURRENCY, Method};
use crate::twin::{DEMO_KEY, Host, Twin};
use crate::wire::{
    Amount, Clock, InitiatePayment, Redirect, SELF_MADE_LIFETIME, Signature, Unknown, UserConfigured, mint,
};
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde_json::json;
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<Twin>> {
    Router::new()
        .route("/", get(index))
        .route("/{key}/orders/new", get(order))
        .route("/{key}/success", get(success))
        .route("/{key}/failure", get(failure))
        .route("/{key}/pending", get(pending))
}

async fn index(State(twin): State<Arc<Twin>>, visitor: Visitor) -> Answer {
    let key = Some(visitor.asked("account")).filter(|key| !key.is_empty()).unwrap_or(DEMO_KEY);
    let account = twin.accounts.get(key).ok_or_else(|| Problem::UnknownMerchant.page(&visitor))?;
    let page = context! {
        key => account.key(),
        merchant => account.identity.merchant_name.as_str(),
        methods => Method::ALL.into_iter().map(Method::key).collect::<Vec<_>>(),
        suggested => format!("ORDER-{}", nonce().split_off(19)),
    };
    Ok(visitor.show(StatusCode::OK, "shop_index.html", page))
}

async fn order(State(twin): State<Arc<Twin>>, visitor: Visitor, Path(key): Path<String>) -> Answer {
    let account = twin.accounts.get(&key).ok_or_else(|| Problem::UnknownMerchant.page(&visitor))?;
    let reference = Some(visitor.asked("order")).filter(|reference| !reference.is_empty());
    let (Some(method), Ok(amount), Some(reference)) =
        (Method::from_key(visitor.asked("method")), visitor.asked("amount").parse::<Amount>(), reference)
    else {
        return Err(Problem::BadOrder.page(&visitor));
    };
    let mode = match visitor.asked("mode") {
        "" | "payment" => "payment",
        "checkout" => "checkout",
        _ => return Err(Problem::BadOrder.page(&visitor)),
    };
    let description = Some(visitor.asked("description")).filter(|text| !text.is_empty());
    let description = description.or_else(|| visitor.language.text("shop.default_description")).unwrap_or_default();
    let shop = twin.origin(Host::Shop);
    let back = |page: &str| visitor.link(&format!("{shop}/{key}/{page}"));
    let payload = InitiatePayment {
        key: key.clone(),
        merchant_order_id: reference.to_owned(),
        pmt_channel: CHANNEL.to_owned(),
        pmt_method: method.key().to_owned(),
        description: description.to_owned(),
        environment: "sandbox".to_owned(),
        amount,
        currency: CURRENCY.to_owned(),
        signature_hash: Signature::from(""),
        billing_details: None,
        shipping_details: None,
        order_details: None,
        success_url: back("success"),
        failure_url: back("failure"),
        pending_url: Some(back("pending")),
        user_configured: UserConfigured::default(),
        token_params: None,
        routing_enabled: None,
        routing_params: None,
        transaction_type: None,
        unknown: Unknown::default(),
    };
    // The secret signs here, on the shop's side; the page gets the signature and a short-lived token.
    let payload = payload.signed(account.secret());
    // Tokens are checked against the system's time, whatever the account's clock says.
    let token = mint(&key, account.secret(), Clock::system().now(), SELF_MADE_LIFETIME);
    let page = context! {
        order => context! {
            merchant => account.identity.merchant_name.as_str(),
            merchant_order_ref => reference,
            description,
            amount => amount.to_string(),
            money => visitor.language.money(amount, CURRENCY),
        },
        method => method.key(),
        sdk => format!("{}/portone.js", twin.origin(Host::Static)),
        sdk_order => Serde(json!({ "portOneKey": key, "jwtToken": token, "mode": mode, "payload": payload })),
    };
    Ok(visitor.show(StatusCode::OK, "shop_order.html", page))
}

async fn success(
    State(twin): State<Arc<Twin>>,
    visitor: Visitor,
    Path(key): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    returned(&twin, &visitor, &key, &query.unwrap_or_default(), "shop.return_success")
}

async fn failure(
    State(twin): State<Arc<Twin>>,
    visitor: Visitor,
    Path(key): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    returned(&twin, &visitor, &key, &query.unwrap_or_default(), "shop.return_failure")
}

async fn pending(
    State(twin): State<Arc<Twin>>,
    visitor: Visitor,
    Path(key): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    returned(&twin, &visitor, &key, &query.unwrap_or_default(), "shop.return_pending")
}

/// What the redirect says, if it is PortOne's: nothing of another one is shown.
fn returned(twin: &Twin, visitor: &Visitor, key: &str, query: &str, heading: &str) -> Answer {
    let account = twin.accounts.get(key).ok_or_else(|| Problem::UnknownMerchant.page(visitor))?;
    let redirect = Redirect::parse(query);
    let said = |name| redirect.get(name).unwrap_or_default();
    let verified = redirect.verifies(account.secret());
    let page = context! { key, merchant => account.identity.merchant_name.as_str(), verified };
    if !verified {
        let refused = context! {
            heading => "shop.return_failure",
            status => "",
            result => visitor.language.text("shop.invalid_signature"),
            tone => "error",
        };
        return Ok(show_return(visitor, StatusCode::BAD_REQUEST, page, refused));
    }
    let status = said("status");
    let amount: Result<Amount, _> = said("amount").parse();
    let shown = context! {
        heading,
        status,
        result => visitor.language.text(&format!("outcome.{status}")).unwrap_or(status),
        tone => match status {
            "Success" => "good",
            "Failed" | "Expired" => "error",
            _ => "",
        },
        reason => said("status_channel_reason"),
        merchant_order_ref => said("merchant_order_ref"),
        amount => said("amount"),
        money => amount.map_or_else(|_| said("amount").to_owned(), |amount| visitor.language.money(amount, said("currency"))),
    };
    Ok(show_return(visitor, StatusCode::OK, page, shown))
}

fn show_return(visitor: &Visitor, status: StatusCode, page: Value, outcome: Value) -> Response {
    visitor.show(status, "shop_return.html", minijinja::value::merge_maps([outcome, page]))
}
