//! `POST` and `GET /api/refund/{order_ref}`. Their accepted answers have no envelope.

use super::Refused;
use super::call::{Accepted, Call};
use super::extract::{MAX_TEXT, at_most, sandbox};
use super::outline::Field;
use crate::catalog::{CHANNEL, CURRENCY, Code, DOCUMENTED_CREDENTIALS};
use crate::twin::{Order, Refund, RefundWish, money, wire_amount};
use crate::wire::{RefundDetail, RefundKind, RefundRequest, RefundsContent, Unknown, rfc3339_micros};

pub(super) fn create(call: &Call) -> Result<Accepted, Refused> {
    let account = call.merchant()?;
    let request: RefundRequest = call.json(&[
        Field::Number("amount"),
        Field::Text("channel"),
        Field::Text("description"),
        Field::Text("environment"),
        Field::Text("refund_type"),
        Field::Text("refund_reason"),
    ])?;
    at_most("description", &request.description, MAX_TEXT)?;
    at_most("refund_reason", &request.refund_reason, MAX_TEXT)?;
    let part = match request.refund_type {
        RefundKind::Full => None,
        RefundKind::Partial => {
            let invalid = || Refused::new(Code::InvalidAmount, "amount must be more than 0, with at most two decimals");
            Some(money(request.amount).ok_or_else(invalid)?)
        }
        RefundKind::Other(_) => return Err(Refused::invalid("refund_type must be full or partial")),
    };
    let order_ref = call.path_part("order_ref").unwrap_or_default();
    let order = account.order(order_ref).ok_or_else(Refused::unknown_order)?;
    if request.channel != CHANNEL {
        return Err(Refused::new(Code::InvalidChannelKey, format!("channel must be {CHANNEL}")));
    }
    sandbox(&request.environment)?;
    let wish = RefundWish { part, reason: request.refund_reason, description: request.description };
    account.refund(&order.order_ref, wish)?;
    let order = account.order(&order.order_ref).ok_or_else(Refused::unknown_order)?;
    listed(&order)
}

pub(super) fn list(call: &Call) -> Result<Accepted, Refused> {
    let account = call.merchant()?;
    let order_ref = call.path_part("order_ref").unwrap_or_default();
    let order = account.order(order_ref).ok_or_else(Refused::unknown_order)?;
    listed(&order)
}

fn listed(order: &Order) -> Result<Accepted, Refused> {
    Ok(Accepted::json(&RefundsContent {
        amount_to_refund: wire_amount(order.refundable()),
        refund_details: order.refunds().iter().map(detail).collect(),
        unknown: Unknown::default(),
    }))
}

fn detail(refund: &Refund) -> RefundDetail {
    RefundDetail {
        refund_date: rfc3339_micros(refund.requested_at),
        refund_id: refund.refund_id.clone(),
        psp_refund_id: refund.psp_refund_id.clone(),
        amount: wire_amount(refund.amount),
        currency: CURRENCY.to_owned(),
        refund_status: refund.status().clone(),
        refund_type: refund.kind.clone(),
        refund_reason: refund.reason.clone(),
        merchant_id: DOCUMENTED_CREDENTIALS.merchant_id.to_owned(),
        unknown: Unknown::default(),
    }
}
