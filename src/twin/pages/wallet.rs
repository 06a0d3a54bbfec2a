//! The wallet's test app: log in, scan, confirm.

use super::fields::Fields;
use super::login::now;
use super::session::{Room, Session};
use super::visit::Visit;
use super::visitor::{Answer, Instead, Visitor};
use crate::catalog::{Method, TEST_APP};
use crate::twin::{Order, Outcome, Twin};
use crate::wire::TransactionStatus;
use crate::wire::qr::QrPayload;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use minijinja::context;
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<Twin>> {
    Router::new()
        .route("/", get(entrance))
        .route("/login", get(entrance).post(log_in))
        .route("/logout", post(log_out))
        .route("/scan", get(scan_form).post(scan))
        .route("/{key}/orders/{order_ref}", get(confirm_form).post(confirm))
        .route("/{key}/orders/{order_ref}/receipt", get(receipt))
        .route("/{key}/orders/{order_ref}/cancel", post(cancel))
}

/// Whoever is logged in; nobody else sees more than the log-in page.
fn session(visitor: &Visitor) -> Option<Session> {
    Session::of(Room::Wallet, visitor).filter(|session| !session.subject.is_empty() && !session.is_over(now()))
}

async fn entrance(visitor: Visitor) -> Response {
    if session(&visitor).is_some() { visitor.send_to("/scan") } else { Room::Wallet.log_in_page(&visitor) }
}

async fn log_in(visitor: Visitor, fields: Fields) -> Answer {
    Room::Wallet.log_in(&visitor, &fields, "/scan", |user, password| {
        (user == TEST_APP.account && password == TEST_APP.password).then(|| (user.to_owned(), now()))
    })
}

async fn log_out(visitor: Visitor, fields: Fields) -> Answer {
    Room::Wallet.log_out(&visitor, &fields)
}

async fn scan_form(visitor: Visitor) -> Answer {
    let session = admitted(&visitor)?;
    Ok(scan_page(&visitor, &session, StatusCode::OK, None))
}

fn scan_page(visitor: &Visitor, session: &Session, status: StatusCode, error: Option<&str>) -> Response {
    visitor.show(status, "wallet_scan.html", context! { csrf => session.form_token(), error })
}

async fn scan(State(twin): State<Arc<Twin>>, visitor: Visitor, fields: Fields) -> Answer {
    let session = admitted(&visitor)?;
    session.check(&visitor, fields.get("csrf"))?;
    let refuse = |error| Ok(scan_page(&visitor, &session, StatusCode::UNPROCESSABLE_ENTITY, Some(error)));
    let Ok(payload) = QrPayload::parse(fields.get("qr")) else { return refuse("wallet.unreadable") };
    let Some((account, order)) = twin.accounts.by_qr(&payload) else { return refuse("wallet.unknown") };
    if let Some(error) = refusal(&order) {
        return refuse(error);
    }
    // A QR that asks for something else than the order does was tampered with.
    if payload != account.qr_payload(&order) {
        return refuse("wallet.unreadable");
    }
    Ok(visitor.send_to(&format!("/{}/orders/{}", account.key(), order.order_ref)))
}

/// Why an order cannot be paid in the app; nothing if it can.
fn refusal(order: &Order) -> Option<&'static str> {
    match order.status() {
        TransactionStatus::Success => Some("wallet.paid"),
        TransactionStatus::Expired => Some("wallet.expired"),
        _ if !order.is_open() => Some("wallet.closed"),
        _ if order.request.method != Method::Qr => Some("wallet.unknown"),
        _ => None,
    }
}

/// Whoever is logged in, or the way to the log-in page.
fn admitted(visitor: &Visitor) -> Result<Session, Instead> {
    session(visitor).ok_or_else(|| visitor.send_to("/").into())
}

async fn confirm_form(visit: Visit) -> Answer {
    let session = admitted(&visit.visitor)?;
    if let Some(error) = refusal(&visit.order) {
        return Ok(scan_page(&visit.visitor, &session, StatusCode::CONFLICT, Some(error)));
    }
    Ok(visit.show(StatusCode::OK, "wallet_confirm.html", context! { csrf => session.form_token() }))
}

async fn confirm(visit: Visit, fields: Fields) -> Answer {
    let session = admitted(&visit.visitor)?;
    session.check(&visit.visitor, fields.get("csrf"))?;
    if let Some(error) = refusal(&visit.order) {
        return Ok(scan_page(&visit.visitor, &session, StatusCode::CONFLICT, Some(error)));
    }
    visit.begin();
    visit.end(Outcome::Paid);
    let receipt = format!("{}/receipt", visit.path());
    Ok(visit.visitor.send_to(&receipt))
}

async fn receipt(visit: Visit) -> Answer {
    let session = admitted(&visit.visitor)?;
    if visit.order.is_paid() {
        return Ok(visit.show(StatusCode::OK, "wallet_receipt.html", context! {}));
    }
    Ok(scan_page(&visit.visitor, &session, StatusCode::CONFLICT, refusal(&visit.order)))
}

async fn cancel(visit: Visit, fields: Fields) -> Answer {
    let session = admitted(&visit.visitor)?;
    session.check(&visit.visitor, fields.get("csrf"))?;
    if let Some(error) = refusal(&visit.order) {
        return Ok(scan_page(&visit.visitor, &session, StatusCode::CONFLICT, Some(error)));
    }
    visit.end(Outcome::cancelled());
    Ok(visit.visitor.send_to("/scan"))
}
