//! NAPAS: the ATM card's data, then its OTP.

use super::fields::Fields;
use super::typed_card::{card_number, holder, month_and_year};
use super::visit::{MAX_WRONG_OTPS, Visit};
use super::visitor::{Answer, Instead};
use crate::catalog::{ATM_CARDS, AtmCard, Method};
use crate::twin::{Outcome, Twin};
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use minijinja::context;
use std::sync::Arc;

/// What the order remembers after a wrong OTP.
const WRONG: &str = "wrong otp";

pub(super) fn router() -> Router<Arc<Twin>> {
    Router::new()
        .route("/{key}/orders/{order_ref}", get(form).post(submit))
        .route("/{key}/orders/{order_ref}/otp", get(otp_form).post(confirm))
        .route("/{key}/orders/{order_ref}/cancel", post(cancel))
}

async fn form(visit: Visit) -> Answer {
    expect_payer(&visit)?;
    visit.begin();
    Ok(page(&visit, StatusCode::OK, Vec::new()))
}

/// Shows instead the end of a closed order, or the page of another method.
fn expect_payer(visit: &Visit) -> Result<(), Instead> {
    visit.expect_open("concluded.html", "napas", "NAPAS")?;
    visit.expect_method(Method::AtmCard)
}

fn page(visit: &Visit, status: StatusCode, errors: Vec<&'static str>) -> Response {
    visit.show(status, "napas_card.html", context! { errors })
}

async fn submit(visit: Visit, fields: Fields) -> Answer {
    visit.check(fields.get("csrf"))?;
    if !visit.order.is_open() {
        return visit.closed("");
    }
    visit.expect_method(Method::AtmCard)?;
    let number = card_number(fields.get("cardNumber"));
    let name = holder(fields.get("cardName"));
    let issue = month_and_year(fields.get("issueDate"));
    let (Some(number), Some(name), Some(issue)) = (&number, &name, &issue) else {
        let checks = [(number.is_some(), "number"), (name.is_some(), "name"), (issue.is_some(), "issue")];
        let errors: Vec<&str> = checks.into_iter().filter_map(|(good, field)| (!good).then_some(field)).collect();
        return Ok(page(&visit, StatusCode::UNPROCESSABLE_ENTITY, errors));
    };
    let Some(card) = ATM_CARDS.iter().find(|card| card.number == number) else {
        return visit.conclude(Outcome::unknown_card());
    };
    if name != card.holder || issue != card.issue_date {
        return visit.conclude(Outcome::wrong_card_data());
    }
    visit.progress(|progress| {
        progress.card_number = Some(card.number.to_owned());
        progress.bank = Some(card.bank.to_owned());
        progress.step = None;
    });
    let otp = format!("{}/otp", visit.path());
    Ok(visit.visitor.send_to(&otp))
}

/// The card whose OTP is awaited.
fn card(visit: &Visit) -> Option<&'static AtmCard> {
    ATM_CARDS.iter().find(|card| visit.order.progress.card_number.as_deref() == Some(card.number))
}

async fn otp_form(visit: Visit) -> Answer {
    expect_payer(&visit)?;
    let Some(card) = card(&visit) else { return Ok(visit.visitor.send_to(&visit.path())) };
    let page = context! {
        bank => card.bank,
        card => visit.order.masked_card_number(),
        wrong => visit.order.progress.step.as_deref() == Some(WRONG),
    };
    Ok(visit.show(StatusCode::OK, "napas_otp.html", page))
}

async fn confirm(visit: Visit, fields: Fields) -> Answer {
    visit.check(fields.get("csrf"))?;
    if !visit.order.is_open() {
        return visit.closed("/otp");
    }
    visit.expect_method(Method::AtmCard)?;
    let Some(card) = card(&visit) else { return Ok(visit.visitor.send_to(&visit.path())) };
    if fields.get("otp").eq_ignore_ascii_case(card.otp) {
        return visit.conclude(Outcome::of_atm(card.outcome));
    }
    let wrong = visit.progress(|progress| {
        progress.wrong_otps += 1;
        progress.step = Some(WRONG.to_owned());
        progress.wrong_otps
    });
    if wrong.is_some_and(|wrong| wrong >= MAX_WRONG_OTPS) {
        return visit.conclude(Outcome::too_many_otps());
    }
    let otp = format!("{}/otp", visit.path());
    Ok(visit.visitor.send_to(&otp))
}

async fn cancel(visit: Visit, fields: Fields) -> Answer {
    visit.check(fields.get("csrf"))?;
    if !visit.order.is_open() {
        return visit.closed("");
    }
    visit.expect_method(Method::AtmCard)?;
    visit.conclude(Outcome::cancelled())
}
