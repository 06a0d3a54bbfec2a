//! PortOne's merchant portal: transactions, refunds, and the queue.

use super::fields::Fields;
use super::operator::{MAX_ROWS, PortalOperator, moment};
use super::session::Room;
use super::visitor::{Answer, Instead, Problem, Visitor};
use crate::catalog::CURRENCY;
use crate::twin::{LedgerError, Order, Refund, RefundWish, SmartPaySays, Twin, wire_amount};
use crate::wire::RefundStatus;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use minijinja::{Value, context};
use rust_decimal::Decimal;
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<Twin>> {
    Router::new()
        .route("/", get(entrance))
        .route("/login", get(entrance).post(log_in))
        .route("/logout", post(log_out))
        .route("/transactions", get(transactions))
        .route("/transactions/{order_ref}", get(transaction))
        .route("/transactions/{order_ref}/refunds", post(refund))
        .route("/transactions/{order_ref}/refunds/{refund_id}", post(settle))
}

async fn entrance(visitor: Visitor, operator: Result<PortalOperator, Instead>) -> Response {
    if operator.is_ok() { visitor.send_to("/transactions") } else { Room::Portal.log_in_page(&visitor) }
}

async fn log_in(State(twin): State<Arc<Twin>>, visitor: Visitor, fields: Fields) -> Answer {
    Room::Portal.log_in(&visitor, &fields, "/transactions", |user, password| {
        let account = twin.accounts.by_portal_login(user, password)?;
        Some((account.key().to_owned(), account.clock.now()))
    })
}

async fn log_out(visitor: Visitor, fields: Fields) -> Answer {
    Room::Portal.log_out(&visitor, &fields)
}

async fn transactions(operator: PortalOperator) -> Response {
    let orders = operator.account.orders(MAX_ROWS + 1);
    let language = operator.visitor.language;
    let rows: Vec<Value> = orders
        .iter()
        .take(MAX_ROWS)
        .map(|order| {
            context! {
                order_ref => order.order_ref.as_str(),
                merchant_order_ref => order.request.merchant_order_ref.as_str(),
                date => moment(order.created_at),
                method => order.request.method.key(),
                amount => order.wire_amount().to_string(),
                money => language.money(order.wire_amount(), CURRENCY),
                status => order.status().word(),
            }
        })
        .collect();
    let page = context! {
        merchant => operator.account.identity.merchant_name.as_str(),
        rows,
        cut => orders.len() > MAX_ROWS,
        csrf => operator.session.form_token(),
    };
    operator.visitor.show(StatusCode::OK, "portal_transactions.html", page)
}

fn found(operator: &PortalOperator, order_ref: &str) -> Result<Arc<Order>, Instead> {
    operator.account.order(order_ref).ok_or_else(|| Problem::UnknownOrder.page(&operator.visitor))
}

/// What the page may say after a refused action, and after one that was done; nothing else can be put there by a link.
const NOTICES: [&str; 8] = [
    "already_settled",
    "not_refundable",
    "too_much",
    "bad_amount",
    "bad_reason",
    "bad_kind",
    "changed",
    "refund_failed",
];
const DONE: [&str; 3] = ["refund_made", "refund_queued", "settled"];

fn said(known: &[&'static str], asked: &str) -> Option<String> {
    known.iter().find(|word| **word == asked).map(|word| format!("portal.{word}"))
}

async fn transaction(operator: PortalOperator, Path(order_ref): Path<String>) -> Answer {
    let order = found(&operator, &order_ref)?;
    let language = operator.visitor.language;
    let refunds: Vec<Value> = order.refunds().iter().map(|refund| row(&operator, refund)).collect();
    let refundable = wire_amount(order.refundable());
    let page = context! {
        order => context! {
            order_ref => order.order_ref.as_str(),
            merchant_order_ref => order.request.merchant_order_ref.as_str(),
            channel_order_ref => order.channel_order_ref.as_str(),
            description => order.request.description.as_str(),
            method => order.request.method.key(),
            card => order.masked_card_number(),
            date => moment(order.created_at),
            status => order.status().word(),
            status_code => order.code().number(),
            status_reason => order.code().name(),
            amount => order.wire_amount().to_string(),
            money => language.money(order.wire_amount(), CURRENCY),
        },
        refundable => refundable.to_string(),
        refundable_money => language.money(refundable, CURRENCY),
        refunds,
        notice => said(&NOTICES, operator.visitor.asked("notice")),
        done => said(&DONE, operator.visitor.asked("done")),
        csrf => operator.session.form_token(),
    };
    Ok(operator.visitor.show(StatusCode::OK, "portal_transaction.html", page))
}

fn row(operator: &PortalOperator, refund: &Refund) -> Value {
    let amount = wire_amount(refund.amount);
    let reconciliation = refund.contradicts_smartpay().then_some(match refund.smartpay_says {
        SmartPaySays::Success => "portal.error_smartpay_success",
        SmartPaySays::Failed => "portal.error_smartpay_failed",
    });
    context! {
        id => refund.refund_id.as_str(),
        psp_id => refund.psp_refund_id.as_str(),
        date => moment(refund.requested_at),
        kind => refund.kind.word(),
        amount => amount.to_string(),
        money => operator.visitor.language.money(amount, CURRENCY),
        reason => refund.reason.as_str(),
        status => refund.status().word(),
        queued => refund.is_queued(),
        reconciliation,
    }
}

/// Back to the transaction, which says what became of the action.
fn back(operator: &PortalOperator, order_ref: &str, kind: &str, word: &str) -> Response {
    operator.visitor.send_to(&format!("/transactions/{order_ref}?{kind}={word}"))
}

async fn refund(operator: PortalOperator, Path(order_ref): Path<String>, fields: Fields) -> Answer {
    operator.session.check(&operator.visitor, fields.get("csrf"))?;
    let order = found(&operator, &order_ref)?;
    let wish = match wish(&fields) {
        Ok(wish) => wish,
        Err(word) => return Ok(back(&operator, &order.order_ref, "notice", word)),
    };
    // A form that was sent twice, or that shows less than there is by now, refunds nothing.
    let seen = fields.get("seen").parse().ok();
    let refunded = operator.account.refund_if_seen(&order.order_ref, wish, seen);
    Ok(match refunded {
        Ok(Some(refund)) => match refund.status() {
            RefundStatus::Success => back(&operator, &order.order_ref, "done", "refund_made"),
            RefundStatus::Failed => back(&operator, &order.order_ref, "notice", "refund_failed"),
            _ => back(&operator, &order.order_ref, "done", "refund_queued"),
        },
        Ok(None) => back(&operator, &order.order_ref, "notice", "changed"),
        Err(LedgerError::TooMuch { .. }) => back(&operator, &order.order_ref, "notice", "too_much"),
        Err(LedgerError::NotPositive { .. }) => back(&operator, &order.order_ref, "notice", "bad_amount"),
        Err(_) => back(&operator, &order.order_ref, "notice", "not_refundable"),
    })
}

/// The refund that the form asks for, or the notice that says what is wrong with it.
fn wish(fields: &Fields) -> Result<RefundWish, &'static str> {
    let part = match fields.get("refund_type") {
        "full" => None,
        "partial" => {
            let amount = Decimal::from_str_exact(fields.get("amount")).map_err(|_| "bad_amount")?;
            Some(amount.normalize())
        }
        _ => return Err("bad_kind"),
    };
    let reason = fields.get("reason");
    if reason.is_empty() {
        return Err("bad_reason");
    }
    Ok(RefundWish { part, reason: reason.to_owned(), description: "Merchant portal".to_owned() })
}

async fn settle(
    operator: PortalOperator,
    Path((order_ref, refund_id)): Path<(String, String)>,
    fields: Fields,
) -> Answer {
    operator.session.check(&operator.visitor, fields.get("csrf"))?;
    let order = found(&operator, &order_ref)?;
    let successful = match fields.get("outcome") {
        "success" => true,
        "failed" => false,
        _ => return Err(Problem::BadRequest.page(&operator.visitor)),
    };
    match operator.account.settle(&order.order_ref, &refund_id, successful) {
        Ok(_) => Ok(back(&operator, &order.order_ref, "done", "settled")),
        Err(LedgerError::NotQueued { .. }) => Ok(back(&operator, &order.order_ref, "notice", "already_settled")),
        Err(_) => Err(Problem::UnknownPage.page(&operator.visitor)),
    }
}
