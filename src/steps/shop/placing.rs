//! Orders made in the shop, by its endpoint or by a payer, and what PortOne has of them.

use super::{ShopWorld, world::WATCHING};
use crate::catalog::Method;
use crate::journal::{Failure, FailureKind};
use crate::merchant::{ShopOrder, Wanted};
use crate::sandbox::{BookedOrder, LateRefusal};
use std::{sync::Arc, time::Instant};

/// What shops call to have a payment, as the vendor's API names it.
const INITIATE: &str = "initiatePayment";

/// An order of the shop's, and what PortOne calls it.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    /// The shop's id.
    pub(super) id: String,
    /// What the shop calls it at PortOne.
    pub(super) reference: String,
    pub(super) order_ref: String,
    pub(super) redirect_url: String,
    pub(super) amount: u32,
    pub(super) method: Method,
}

impl ShopWorld {
    /// Makes an order in the shop: by its endpoint, or by a payer where it has none.
    pub(super) async fn place(&mut self, wanted: Wanted) -> Result<Placed, Failure> {
        let stage = Arc::clone(self.stage());
        self.note_orders().await?;
        if stage.shop.integration().checkout.endpoint.is_none() {
            self.wanted = Some(wanted);
            self.open_checkout(false).await?;
            self.press().await?;
            return self.reached().await;
        }
        let made = stage.shop.order(&self.caller(), &wanted).await;
        match made {
            Ok(made) => self.placed(made, &wanted).await,
            Err(failure) => Err(self.with_refusals(failure, INITIATE).await),
        }
    }

    /// A failure with what PortOne refused meanwhile, which may be why.
    pub(super) async fn with_refusals(&self, failure: Failure, operation: &str) -> Failure {
        let Ok(levers) = self.levers() else { return failure };
        let calls = levers.calls().await.unwrap_or_default();
        let since = calls.iter().rev().take_while(|call| call.number > self.calls_before);
        let last = since.filter(|call| call.operation == operation).find_map(|call| call.refusal.as_ref());
        match last.filter(|_| failure.kind == FailureKind::Unmet) {
            None => failure,
            Some(LateRefusal { status_code, message }) => {
                let observed =
                    format!("{}; the last {operation} that PortOne refused: {status_code} {message}", failure.observed);
                Failure { observed, ..failure }
            }
        }
    }

    /// The amounts of the orders that were made since this check began, some of them by others.
    async fn other_amounts(&self) -> Result<String, Failure> {
        let before = self.before.clone().unwrap_or_default();
        let mut orders = self.levers()?.orders(&self.stage().account).await?;
        orders.retain(|order| !before.contains(&order.order_ref));
        let amounts: Vec<String> = orders.iter().rev().take(4).map(|order| order.amount.to_string()).collect();
        if amounts.is_empty() {
            return Ok("no order since".to_owned());
        }
        Ok(format!(
            "none; orders since are of {} (checkout.amount is for shops in which everything costs the same)",
            amounts.join(", ")
        ))
    }

    /// An order that the shop's endpoint made, as PortOne has it.
    pub(super) async fn placed(&self, made: ShopOrder, wanted: &Wanted) -> Result<Placed, Failure> {
        let booked = self.booked(&made.id).await?;
        let expected = u64::from(wanted.amount).to_string();
        if booked.amount.to_string() != expected {
            let observed =
                format!("{} VND (checkout.amount is for shops in which everything costs the same)", booked.amount);
            return Err(Failure::unmet(format!("an order of {expected} VND at PortOne"), observed));
        }
        let (amount, method) = (wanted.amount, wanted.method);
        Ok(Placed {
            id: made.id,
            reference: booked.merchant_order_ref,
            order_ref: booked.order_ref,
            redirect_url: made.redirect_url,
            amount,
            method,
        })
    }

    /// The order as PortOne has it.
    async fn booked(&self, id: &str) -> Result<BookedOrder, Failure> {
        let orders = self.levers()?.orders(&self.stage().account).await?;
        let shop = &self.stage().shop;
        let newest = orders
            .last()
            .map_or_else(|| "no order".to_owned(), |order| format!("the newest is {:?}", order.merchant_order_ref));
        let booked = orders.into_iter().rev().find(|order| shop.id_of(&order.merchant_order_ref) == id);
        booked.ok_or_else(|| {
            let reference = shop.reference_of(id);
            let expected = format!("an order at PortOne with the merchant_order_id {reference:?}, by order.reference for the shop's id {id:?}");
            Failure::unmet(expected, newest)
        })
    }

    /// Notes which orders there are before this check makes one: where everything costs the same, others are of its amount, too.
    pub(super) async fn note_orders(&mut self) -> Result<(), Failure> {
        if self.before.is_none() {
            self.calls_before = self.levers()?.calls().await?.last().map_or(0, |call| call.number);
            let orders = self.levers()?.orders(&self.stage().account).await?;
            self.before = Some(orders.into_iter().map(|order| order.order_ref).collect());
        }
        Ok(())
    }

    /// Has every order that is there now be one that was there before.
    pub(super) fn forget_orders(&mut self) {
        self.before = None;
    }

    /// Orders of this check's amount at PortOne that were not there before it, the newest last.
    pub(super) async fn orders_of_this_amount(&self, amount: u32) -> Result<Vec<BookedOrder>, Failure> {
        let mut orders = self.levers()?.orders(&self.stage().account).await?;
        let (amount, before) = (amount.to_string(), self.before.clone().unwrap_or_default());
        orders.retain(|order| order.amount.to_string() == amount && !before.contains(&order.order_ref));
        Ok(orders)
    }

    pub(super) async fn open_checkout(&mut self, embedded: bool) -> Result<(), Failure> {
        let stage = Arc::clone(self.stage());
        let wanted = self.wanted.clone().expect("a sentence before this one says what is ordered");
        self.embedded = embedded;
        let page = stage.shop.checkout_page(&wanted, embedded)?;
        let session = self.base.session().await?;
        if let Err(error) = session.open(page.as_str()).await {
            return Err(self.of_the_shop(error).await);
        }
        let session = self.base.session().await?;
        let met = session.await_page(&["shop-order"]).await.map_err(Failure::from);
        let button = stage.shop.integration().checkout.button.as_ref();
        let button = button.map_or_else(
            || "a button that begins the payment, by its text (another one is named by checkout.button)".to_owned(),
            |css| format!("a button that begins the payment (checkout.button = {css:?})"),
        );
        met.map(drop).map_err(|failure| match failure.kind {
            FailureKind::Unmet => Failure::unmet(button, failure.observed),
            _ => failure,
        })
    }

    pub(super) async fn press(&mut self) -> Result<(), Failure> {
        Ok(self.base.session().await?.press("shop-order.pay").await?)
    }

    /// The order that the payer's browser has reached the payment page of.
    pub(super) async fn reached(&mut self) -> Result<Placed, Failure> {
        let wanted = self.wanted.clone().expect("a sentence before this one says what is ordered");
        let shop = self.stage().shop.base().to_string();
        let within = self.stage().stage.target.limits.page;
        let redirect_url = if self.embedded {
            String::new()
        } else {
            let session = self.base.session().await?;
            let left = |url: &str| url.starts_with("http") && !url.starts_with(&shop);
            let reached = session.await_url("of a payment page", left).await;
            match reached {
                Ok(url) => url,
                Err(error) => return Err(self.with_refusals(self.of_the_shop(error).await, INITIATE).await),
            }
        };
        let started = Instant::now();
        let booked = loop {
            let mut orders = self.orders_of_this_amount(wanted.amount).await?;
            // An address that names one of them says which it is; else it is the newest.
            let named = orders.iter().position(|order| redirect_url.contains(&order.order_ref));
            match named {
                Some(place) => break orders.swap_remove(place),
                None if !orders.is_empty() => break orders.swap_remove(orders.len() - 1),
                None => {}
            }
            if started.elapsed() > within {
                let expected = format!("an order of {} VND at PortOne after the button was pressed", wanted.amount);
                let failure = Failure::unmet(expected, self.other_amounts().await?);
                return Err(self.with_refusals(failure, INITIATE).await);
            }
            tokio::time::sleep(WATCHING).await;
        };
        Ok(Placed {
            id: self.stage().shop.id_of(&booked.merchant_order_ref),
            reference: booked.merchant_order_ref,
            order_ref: booked.order_ref,
            redirect_url,
            amount: wanted.amount,
            method: wanted.method,
        })
    }
}
