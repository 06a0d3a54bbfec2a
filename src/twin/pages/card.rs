//! SmartPay's card form.

use super::fields::Fields;
use super::typed_card::{card_number, holder, month_and_year, security_code};
use super::visit::Visit;
use super::visitor::Answer;
use crate::catalog::{CREDIT_CARDS, Method};
use crate::twin::{Outcome, Twin};
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use minijinja::context;
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<Twin>> {
    Router::new()
        .route("/{key}/orders/{order_ref}/card", get(form).post(submit))
        .route("/{key}/orders/{order_ref}/cancel", post(cancel))
}

async fn form(visit: Visit) -> Answer {
    visit.expect_open("concluded.html", "smartpay", "SmartPay")?;
    visit.expect_method(Method::CreditCard)?;
    visit.begin();
    Ok(page(&visit, StatusCode::OK, Vec::new()))
}

/// The form, and what is wrong with what was typed into it. Nothing that was typed is ever shown again.
fn page(visit: &Visit, status: StatusCode, errors: Vec<&'static str>) -> Response {
    visit.show(status, "card.html", context! { errors })
}

async fn submit(visit: Visit, fields: Fields) -> Answer {
    visit.check(fields.get("csrf"))?;
    if !visit.order.is_open() {
        return visit.closed("/card");
    }
    visit.expect_method(Method::CreditCard)?;
    let number = card_number(fields.get("cardNumber"));
    let name = holder(fields.get("cardName"));
    let expiry = month_and_year(fields.get("cardExpiry"));
    let cvv = security_code(fields.get("cardCvv"));
    let (Some(number), Some(name), Some(expiry), Some(cvv)) = (&number, &name, &expiry, cvv) else {
        let checks = [
            (number.is_some(), "number"),
            (name.is_some(), "name"),
            (expiry.is_some(), "expiry"),
            (cvv.is_some(), "cvv"),
        ];
        let errors: Vec<&str> = checks.into_iter().filter_map(|(good, field)| (!good).then_some(field)).collect();
        return Ok(page(&visit, StatusCode::UNPROCESSABLE_ENTITY, errors));
    };
    let Some(card) = CREDIT_CARDS.iter().find(|card| card.number == number) else {
        return visit.conclude(Outcome::unknown_card());
    };
    if name != card.holder || expiry != card.expiry || cvv != card.cvv {
        return visit.conclude(Outcome::wrong_card_data());
    }
    visit.progress(|progress| {
        progress.card_number = Some(card.number.to_owned());
        // What another authentication said of another card, or of this one before, no longer counts.
        progress.step = None;
    });
    let challenge = format!("{}/3ds", visit.path());
    Ok(visit.visitor.send_to(&challenge))
}

async fn cancel(visit: Visit, fields: Fields) -> Answer {
    visit.check(fields.get("csrf"))?;
    if !visit.order.is_open() {
        return visit.closed("/card");
    }
    visit.conclude(Outcome::cancelled())
}
