//! SmartPay's choice of the bank that issued an ATM card.

use super::fields::Fields;
use super::visit::Visit;
use super::visitor::Answer;
use crate::catalog::{ATM_CARDS, Method};
use crate::twin::{Host, Twin};
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use minijinja::context;
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<Twin>> {
    Router::new().route("/{key}/orders/{order_ref}/atm", get(form).post(choose))
}

/// The banks of the documented test cards; no others have a card to pay with.
fn banks() -> Vec<&'static str> {
    let mut banks: Vec<&str> = ATM_CARDS.iter().map(|card| card.bank).collect();
    banks.dedup();
    banks
}

async fn form(visit: Visit) -> Answer {
    visit.expect_open("concluded.html", "smartpay", "SmartPay")?;
    visit.expect_method(Method::AtmCard)?;
    visit.begin();
    Ok(page(&visit, StatusCode::OK, None))
}

fn page(visit: &Visit, status: StatusCode, error: Option<&str>) -> Response {
    visit.show(status, "atm.html", context! { banks => banks(), error })
}

async fn choose(visit: Visit, fields: Fields) -> Answer {
    visit.check(fields.get("csrf"))?;
    if !visit.order.is_open() {
        return visit.closed("/atm");
    }
    let Some(bank) = banks().into_iter().find(|bank| *bank == fields.get("bank")) else {
        return Ok(page(&visit, StatusCode::UNPROCESSABLE_ENTITY, Some("atm.no_bank")));
    };
    visit.progress(|progress| progress.bank = Some(bank.to_owned()));
    let napas = visit.elsewhere(Host::Napas, "");
    Ok(visit.visitor.send_to(&napas))
}
