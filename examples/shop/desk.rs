//! What the shop does about its orders: has them paid, asks what became of them, refunds them.

use crate::Settings;
use crate::books::{Books, NotTaken, Order, Purchase, Refusal, Source, State};
use crate::defect::Defect;
use crate::portone::{Failure, PortOne};
use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// The pause between two questions after the same order grows from one to the other.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LAST_PAUSE: Duration = Duration::from_secs(5);
/// A payment is given up on after an hour: PortOne's own time-out is shorter. A webhook is booked even then.
const PATIENCE: Duration = Duration::from_secs(60 * 60);
/// A queued refund waits for a person, perhaps for days.
const PAUSE_AFTER_AN_HOUR: Duration = Duration::from_secs(60);

pub(crate) struct Shop {
    pub(crate) settings: Settings,
    pub(crate) portone: PortOne,
    pub(crate) books: Books,
    /// Orders about whose refunds PortOne is about to be asked: a flood of hints is one question.
    hinted: Mutex<HashSet<String>>,
}

/// Why somebody who wants to pay cannot.
#[derive(Debug)]
pub(crate) enum NotBegun {
    NotTaken(NotTaken),
    PortOne(Failure),
}

/// Why nothing is refunded.
#[derive(Debug)]
pub(crate) enum NotRefunded {
    Books(Refusal),
    PortOne(Failure),
}

impl From<Failure> for NotRefunded {
    fn from(failure: Failure) -> Self {
        Self::PortOne(failure)
    }
}

/// Where the button leads.
pub(crate) enum Way {
    ToPayment(String),
    ToOrder(String),
}

impl Shop {
    pub(crate) fn new(settings: Settings, portone: PortOne) -> Self {
        let books = Books::new(settings.defect);
        Self { settings, portone, books, hinted: Mutex::default() }
    }

    pub(crate) fn has(&self, defect: Defect) -> bool {
        self.settings.defect == Some(defect)
    }

    /// The button was pressed: however often, there is one order, and one page where it is paid.
    pub(crate) async fn press(self: &Arc<Self>, cart: &str) -> Result<Way, NotBegun> {
        let (order, _) = self.books.order_of_cart(cart, false).map_err(NotBegun::NotTaken)?;
        if order.state != State::Pending {
            return Ok(Way::ToOrder(order.id));
        }
        if order.in_sdk {
            return Err(NotBegun::NotTaken(NotTaken::OtherWay));
        }
        self.payment_page(order).await.map(Way::ToPayment)
    }

    /// The same of an embedded checkout: its order is for the SDK in the browser to have paid.
    pub(crate) fn press_embedded(self: &Arc<Self>, cart: &str) -> Result<Order, NotTaken> {
        let (order, new) = self.books.order_of_cart(cart, true)?;
        if new {
            self.watch_payment(&order.id);
        }
        if order.in_sdk || order.state != State::Pending { Ok(order) } else { Err(NotTaken::OtherWay) }
    }

    pub(crate) async fn begin(self: &Arc<Self>, purchase: Purchase) -> Result<(Order, String), NotBegun> {
        let order = self.books.order(purchase).map_err(NotBegun::NotTaken)?;
        let page = self.payment_page(order.clone()).await?;
        Ok((order, page))
    }

    /// Asks PortOne for the payment, once for all who wait. In a task of its own: a second click makes the browser hang up on the
    /// first, and the answer to that must not be lost.
    async fn payment_page(self: &Arc<Self>, order: Order) -> Result<String, NotBegun> {
        let shop = Arc::clone(self);
        let asked = tokio::spawn(async move {
            let page = order.page.get_or_try_init(async || {
                if !shop.books.find(&order.id).is_some_and(|order| order.payable) {
                    return Err(Failure::NotSent("the order was given up".to_owned()));
                }
                let answer = shop.portone.initiate(&order.wanted()).await;
                match &answer {
                    Ok((order_ref, _)) => {
                        shop.books.refer(&order.id, order_ref);
                        shop.watch_payment(&order.id);
                    }
                    Err(failure) => shop.give_up(&order.id, failure),
                }
                answer.map(|(_, page)| page)
            });
            page.await.cloned()
        });
        finished(asked).await.map_err(NotBegun::PortOne)
    }

    /// The order has no page on which it could be paid. Its cart can be made another order of.
    fn give_up(self: &Arc<Self>, id: &str, failure: &Failure) {
        tracing::error!(order = id, %failure, "no payment page");
        match failure {
            Failure::NotSent(_) | Failure::Refused { .. } => self.books.forget(id),
            // PortOne may have the order, but nobody the address of its page: it runs out there, and then here.
            Failure::Unclear(_) => {
                self.books.change(id, |order| order.payable = false);
                self.watch_payment(id);
            }
        }
        self.books.release(id);
    }

    /// Asks PortOne how a payment stands, and books it.
    pub(crate) async fn ask(&self, id: &str) -> Result<(), Failure> {
        if let Some(report) = self.portone.decision(id).await? {
            let booked = self.books.book(&report, Source::Api);
            tracing::info!(order = id, status = report.status, ?booked, "asked");
        }
        Ok(())
    }

    pub(crate) fn ask_soon(self: &Arc<Self>, id: &str) {
        let (shop, id) = (Arc::clone(self), id.to_owned());
        tokio::spawn(async move {
            if let Err(failure) = shop.ask(&id).await {
                tracing::warn!(order = id, %failure, "no answer");
            }
        });
    }

    /// Asks until the payment is decided: a webhook may never come.
    fn watch_payment(self: &Arc<Self>, id: &str) {
        if self.has(Defect::NoPolling) || self.has(Defect::WebhookAfterRedirectIgnored) {
            return;
        }
        let (shop, id) = (Arc::clone(self), id.to_owned());
        tokio::spawn(async move {
            let mut pause = FIRST_PAUSE;
            loop {
                sleep(pause).await;
                if shop.has(Defect::AbandonedOrderCancelled) {
                    shop.books.change(&id, Order::cancel);
                }
                let patience = if shop.has(Defect::PollsTenSeconds) { Duration::from_secs(10) } else { PATIENCE };
                if !shop.books.find(&id).is_some_and(|order| order.waits_for_payment(patience)) {
                    return;
                }
                if let Err(failure) = shop.ask(&id).await {
                    tracing::warn!(order = id, %failure, "no answer");
                    if shop.has(Defect::PollingDies) {
                        return;
                    }
                }
                pause = (pause * 3 / 2).min(LAST_PAUSE);
            }
        });
    }

    /// Refunds an order, all that remains where no part is named. In a task of its own: who asked may hang up before PortOne has
    /// answered.
    pub(crate) async fn refund(self: &Arc<Self>, id: &str, part: Option<u64>) -> Result<(), NotRefunded> {
        let (shop, id) = (Arc::clone(self), id.to_owned());
        finished(tokio::spawn(async move {
            let unknown = NotRefunded::Books(Refusal::UnknownOrder);
            let Some(order) = shop.books.find(&id) else { return Err(unknown) };
            // About the refunds of an order PortOne is asked one thing after the other: an older answer never covers a newer one.
            let turn = order.refund_turn.lock().await;
            let (order_ref, amount) = shop.books.refundable(&id, part).map_err(NotRefunded::Books)?;
            if shop.has(Defect::RefundNotAsked) {
                shop.books.change(&id, |order| order.refunded += amount);
                return Ok(());
            }
            let answer = shop.portone.refund(&order_ref, amount, part.is_some()).await;
            match &answer {
                Ok(refunds) => shop.books.book_refunds(&id, refunds),
                // It may have been refunded: no other refund begins until PortOne has said what there is.
                Err(Failure::Unclear(_)) => shop.books.change(&id, |order| order.refund_unclear = true),
                Err(_) if shop.has(Defect::RefundBeyondPayment) => {
                    shop.books.change(&id, |order| order.refunded = order.refunded.saturating_add(amount));
                    return Ok(());
                }
                Err(_) => {}
            }
            drop(turn);
            shop.watch_refunds(&id);
            answer.map(drop).map_err(NotRefunded::PortOne)
        }))
        .await
    }

    /// Somebody without a signature says that something became of a refund. PortOne is asked, and believed.
    pub(crate) fn hint_refund(self: &Arc<Self>, id: &str) {
        if !self.hinted.lock().expect("nobody panics here").insert(id.to_owned()) {
            return;
        }
        let (shop, id) = (Arc::clone(self), id.to_owned());
        tokio::spawn(async move {
            shop.ask_refunds(&id).await;
            shop.watch_refunds(&id);
        });
    }

    async fn ask_refunds(&self, id: &str) {
        let Some(order) = self.books.find(id) else { return };
        let _turn = order.refund_turn.lock().await;
        // What is hinted from now on may be news.
        self.hinted.lock().expect("nobody panics here").remove(id);
        match self.portone.refunds(&order.order_ref).await {
            Ok(refunds) => self.books.book_refunds(id, &refunds),
            Err(failure) => tracing::warn!(order = id, %failure, "no answer"),
        }
    }

    /// Asks until no refund waits any more. An order has one such watch at a time.
    fn watch_refunds(self: &Arc<Self>, id: &str) {
        let mut begins = false;
        self.books.change(id, |order| {
            begins = order.waits_for_refund() && !order.refund_watched;
            order.refund_watched |= begins;
        });
        if !begins {
            return;
        }
        let (shop, id) = (Arc::clone(self), id.to_owned());
        tokio::spawn(async move {
            let began = Instant::now();
            let mut pause = FIRST_PAUSE;
            loop {
                sleep(pause).await;
                shop.ask_refunds(&id).await;
                let mut waits = false;
                shop.books.change(&id, |order| {
                    waits = order.waits_for_refund();
                    order.refund_watched = waits;
                });
                if !waits {
                    return;
                }
                let longest = if began.elapsed() < PATIENCE { LAST_PAUSE } else { PAUSE_AFTER_AN_HOUR };
                pause = (pause * 3 / 2).min(longest);
            }
        });
    }
}

/// Waits for a task; one that broke off has no answer.
async fn finished<T, E: From<Failure>>(task: JoinHandle<Result<T, E>>) -> Result<T, E> {
    task.await.unwrap_or_else(|error| Err(Failure::Unclear(error.to_string()).into()))
}
