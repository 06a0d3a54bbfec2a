//! SmartPay's dashboard: what really became of a refund, whatever the portal says.

use super::fields::Fields;
use super::operator::{DashboardOperator, MAX_ROWS, moment};
use super::session::Room;
use super::visitor::{Answer, Instead, Visitor};
use crate::catalog::{CURRENCY, DOCUMENTED_CREDENTIALS};
use crate::twin::{Refund, SmartPaySays, Twin, wire_amount};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use minijinja::{Value, context};
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<Twin>> {
    Router::new()
        .route("/", get(entrance))
        .route("/login", get(entrance).post(log_in))
        .route("/logout", post(log_out))
        .route("/refunds", get(refunds))
}

async fn entrance(visitor: Visitor, operator: Result<DashboardOperator, Instead>) -> Response {
    if operator.is_ok() { visitor.send_to("/refunds") } else { Room::Dashboard.log_in_page(&visitor) }
}

async fn log_in(State(twin): State<Arc<Twin>>, visitor: Visitor, fields: Fields) -> Answer {
    Room::Dashboard.log_in(&visitor, &fields, "/refunds", |user, password| {
        let account = twin.accounts.by_dashboard_login(user, password)?;
        Some((account.key().to_owned(), account.clock.now()))
    })
}

async fn log_out(visitor: Visitor, fields: Fields) -> Answer {
    Room::Dashboard.log_out(&visitor, &fields)
}

async fn refunds(operator: DashboardOperator) -> Response {
    let refunds = operator.account.refunds(MAX_ROWS + 1);
    let cut = refunds.len() > MAX_ROWS;
    let rows: Vec<Value> = refunds.iter().take(MAX_ROWS).map(|(order, refund)| row(&operator, order, refund)).collect();
    let page = context! {
        merchant_id => DOCUMENTED_CREDENTIALS.merchant_id,
        branch_code => DOCUMENTED_CREDENTIALS.branch_code,
        channel => DOCUMENTED_CREDENTIALS.channel,
        rows,
        cut,
        csrf => operator.session.form_token(),
    };
    operator.visitor.show(StatusCode::OK, "dashboard.html", page)
}

fn row(operator: &DashboardOperator, channel_order_ref: &str, refund: &Refund) -> Value {
    let amount = wire_amount(refund.amount);
    context! {
        psp_id => refund.psp_refund_id.as_str(),
        channel_order_ref,
        date => moment(refund.requested_at),
        amount => amount.to_string(),
        money => operator.visitor.language.money(amount, CURRENCY),
        outcome => match refund.smartpay_says {
            SmartPaySays::Success => "success",
            SmartPaySays::Failed => "failed",
        },
    }
}
