//! A payer's visit to a page of one order: `/{key}/orders/{order_ref}/…` on any host.

use super::seal::{is_sealed, seal};
use super::visitor::{Answer, Instead, Problem, Visitor};
use crate::catalog::{CURRENCY, Code, Method};
use crate::twin::{Account, Host, Order, Outcome, Progress, Twin};
use crate::wire::TransactionStatus;
use axum::extract::{FromRequestParts, Path};
use axum::http::{StatusCode, request::Parts};
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::{Value, context};
use std::sync::Arc;

/// A wrong OTP may be typed this often; the last one ends the payment. The vendor names no limit: inferred.
pub(super) const MAX_WRONG_OTPS: u32 = 3;

/// A payer's visit to a page of one order.
pub(super) struct Visit {
    pub(super) visitor: Visitor,
    pub(super) twin: Arc<Twin>,
    pub(super) account: Arc<Account>,
    /// The order as it was when the page was asked for.
    pub(super) order: Arc<Order>,
}

impl FromRequestParts<Arc<Twin>> for Visit {
    type Rejection = Instead;

    async fn from_request_parts(parts: &mut Parts, twin: &Arc<Twin>) -> Result<Self, Instead> {
        let Ok(visitor) = Visitor::from_request_parts(parts, twin).await;
        let Ok(Path((key, order_ref))) = Path::<(String, String)>::from_request_parts(parts, twin).await else {
            return Err(Problem::UnknownOrder.page(&visitor));
        };
        let Some(account) = twin.accounts.get(&key) else { return Err(Problem::UnknownMerchant.page(&visitor)) };
        match account.order(&order_ref) {
            Some(order) => Ok(Self { visitor, twin: Arc::clone(twin), account, order }),
            None => Err(Problem::UnknownOrder.page(&visitor)),
        }
    }
}

impl Visit {
    /// `/{key}/orders/{order_ref}`.
    pub(super) fn path(&self) -> String {
        format!("/{}/orders/{}", self.account.key(), self.order.order_ref)
    }

    /// The same order on another host.
    pub(super) fn elsewhere(&self, host: Host, page: &str) -> String {
        format!("{}{}{page}", self.twin.origin(host), self.path())
    }

    /// What every page tells of the order, for `summary.html`.
    pub(super) fn summary(&self) -> Value {
        let order = &self.order;
        context! {
            merchant => self.account.identity.merchant_name.as_str(),
            merchant_order_ref => order.request.merchant_order_ref.as_str(),
            description => order.request.description.as_str(),
            amount => order.wire_amount().to_string(),
            money => self.visitor.language.money(order.wire_amount(), CURRENCY),
        }
    }

    /// A page of this order: its summary, the token of its forms, and what the page adds.
    pub(super) fn show(&self, status: StatusCode, template: &str, page: Value) -> Response {
        let order = context! { order => self.summary(), order_path => self.path(), csrf => self.form_token() };
        self.visitor.show(status, template, minijinja::value::merge_maps([order, page]))
    }

    /// The token of this order's forms. The order's reference is what nobody else knows.
    pub(super) fn form_token(&self) -> String {
        seal("order form", &self.path())
    }

    /// Refuses a form that does not carry the token.
    pub(super) fn check(&self, token: &str) -> Result<(), Instead> {
        if is_sealed("order form", &self.path(), token) { Ok(()) } else { Err(Problem::StaleForm.page(&self.visitor)) }
    }

    /// Notes that the payer has begun, and in which language.
    pub(super) fn begin(&self) {
        let order_ref = &self.order.order_ref;
        let begun = self.account.begin(order_ref);
        let lang = self.visitor.language.tag().to_owned();
        let noted = begun.and_then(|_| self.account.progress(order_ref, |progress| progress.lang = Some(lang)));
        if let Err(error) = noted {
            tracing::debug!(%error, "an order that was closed meanwhile is found closed at the next page");
        }
    }

    /// Lets the order remember how far the payer has come; an order that was concluded meanwhile remembers nothing.
    pub(super) fn progress<T>(&self, change: impl FnOnce(&mut Progress) -> T) -> Option<T> {
        self.account.progress(&self.order.order_ref, change).ok()
    }

    /// Ends the payment and sends the payer back to the merchant. A payment that has ended keeps its end.
    pub(super) fn conclude(self, outcome: Outcome) -> Answer {
        self.end(outcome);
        match self.account.order(&self.order.order_ref) {
            // The method was changed meanwhile; the payer goes on with the one that holds now.
            Some(order) if order.is_open() => {
                Ok(self.visitor.send_to(&self.twin.method_page(self.account.key(), &order)))
            }
            _ => self.send_back(),
        }
    }

    /// Ends the payment, unless it has ended or is to be paid by another method than the page has checked.
    pub(super) fn end(&self, outcome: Outcome) {
        if let Err(error) = self.account.conclude_by(&self.order.order_ref, self.order.request.method, outcome) {
            tracing::debug!(%error, "a payment that has ended or changed its method is left as it is");
        }
    }

    /// Sends the payer back to the merchant, as the order now stands.
    pub(super) fn send_back(self) -> Answer {
        let order =
            self.account.order(&self.order.order_ref).ok_or_else(|| Problem::UnknownOrder.page(&self.visitor))?;
        Ok(Redirect::to(&self.account.return_url(&order)).into_response())
    }

    /// What a form of a closed order leads to: back to the merchant, except that an expired order says so first.
    pub(super) fn closed(self, page: &str) -> Answer {
        if *self.order.status() == TransactionStatus::Expired {
            let page = format!("{}{page}", self.path());
            Ok(self.visitor.send_to(&page))
        } else {
            self.send_back()
        }
    }

    /// Shows how a closed order ended, instead of a page to pay on.
    pub(super) fn expect_open(&self, template: &str, kind: &'static str, brand: &'static str) -> Result<(), Instead> {
        if self.order.is_open() {
            return Ok(());
        }
        let outcome = match self.order.status() {
            TransactionStatus::Success => "concluded.success",
            TransactionStatus::Expired => "concluded.expired",
            _ if self.order.code() == Code::OrderCancelled => "concluded.cancelled",
            _ => "concluded.failed",
        };
        let page = context! {
            kind, brand, outcome,
            paid => self.order.is_paid(),
            return_url => self.account.return_url(&self.order),
        };
        Err(self.show(StatusCode::OK, template, page).into())
    }

    /// Where the payer of this order's method goes.
    pub(super) fn method_page(&self) -> String {
        self.twin.method_page(self.account.key(), &self.order)
    }

    /// Sends a payer of another method to that method's page.
    pub(super) fn expect_method(&self, expected: Method) -> Result<(), Instead> {
        if self.order.request.method == expected {
            Ok(())
        } else {
            Err(self.visitor.send_to(&self.method_page()).into())
        }
    }
}
