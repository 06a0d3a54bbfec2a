//! The shop's books: carts, orders and what is known of their payments. Only here does a state change, each time under one lock, so
//! that whatever arrives twice or at the same moment is booked once. A real shop has a database with a transaction here.

use crate::defect::Defect;
use crate::portone::{CHANNEL, CURRENCY, METHODS, Refunds, Report, Wanted};
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use svix_ksuid::{Ksuid, KsuidLike};
use tokio::sync::OnceCell;

/// What PortOne takes: bytes of an id and of a description, and the largest amount.
const MAX_ID: usize = 512;
const MAX_DESCRIPTION: usize = 1024;
const MAX_AMOUNT: u64 = 9_999_999_999_999;
/// Memory is bounded: the oldest cart is forgotten, and no order beyond these is taken.
const MAX_CARTS: usize = 20_000;
const MAX_ORDERS: usize = 100_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Pending,
    Paid,
    Failed,
}

/// What somebody wants to pay, checked.
#[derive(Clone, Debug)]
pub(crate) struct Purchase {
    pub(crate) amount: u64,
    pub(crate) method: &'static str,
    pub(crate) description: String,
    /// Named by whoever asked, for trials; a shop of yours names its orders itself, and never two alike.
    pub(crate) id: Option<String>,
}

impl Purchase {
    pub(crate) fn new(
        amount: u64,
        method: &str,
        id: Option<&str>,
        description: Option<&str>,
    ) -> Result<Self, &'static str> {
        if !(1..=MAX_AMOUNT).contains(&amount) {
            return Err("amount must be a whole number of VND, from 1 to 9999999999999");
        }
        let method = METHODS.into_iter().find(|known| *known == method);
        let method = method.ok_or("method must be SMARTPAY_CREDIT_CARD, SMARTPAY_QR or SMARTPAY_ATM_CARD")?;
        // "." and ".." would be lost in the path of an address, however they are escaped.
        if id.is_some_and(|id| id.is_empty() || id.len() > MAX_ID || id == "." || id == "..") {
            return Err("id must have 1 to 512 bytes and be no dots");
        }
        let description = description.unwrap_or("Coffee beans").to_owned();
        if description.is_empty() || description.len() > MAX_DESCRIPTION {
            return Err("description must have 1 to 1024 bytes");
        }
        Ok(Self { amount, method, description, id: id.map(str::to_owned) })
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) id: String,
    pub(crate) amount: u64,
    pub(crate) method: &'static str,
    pub(crate) description: String,
    pub(crate) state: State,
    /// PortOne's reference, once it is known.
    pub(crate) order_ref: String,
    /// Where it is paid. Whoever asks first asks PortOne, the others wait for that answer.
    pub(crate) page: Arc<OnceCell<String>>,
    /// The SDK in the browser asks PortOne for the payment, and not the shop: PortOne takes an id once.
    pub(crate) in_sdk: bool,
    /// Not any more, once PortOne's answer was lost.
    pub(crate) payable: bool,
    /// What became of it, in PortOne's code and in SmartPay's words.
    pub(crate) code: String,
    pub(crate) message: String,
    /// What PortOne says was paid back, and what waits to be.
    pub(crate) refunded: u64,
    pub(crate) refund_waits: u64,
    /// A refund was asked for, and PortOne's answer was lost.
    pub(crate) refund_unclear: bool,
    /// Whether there is somebody who asks what became of a refund.
    pub(crate) refund_watched: bool,
    /// Who talks to PortOne about refunds of this order.
    pub(crate) refund_turn: Arc<tokio::sync::Mutex<()>>,
    pub(crate) created: Instant,
    /// The payer came back. Only defects ask.
    pub(crate) returned: bool,
    /// Nobody asks about it any more. Only defects do that.
    pub(crate) lost: bool,
    /// What a webhook had that was not escaped, and that an earlier order of the same cart is paid. Only for defects.
    pub(crate) raw: String,
    pub(crate) paid_before: bool,
}

impl Order {
    fn new(id: String, purchase: Purchase) -> Self {
        Self {
            id,
            amount: purchase.amount,
            method: purchase.method,
            description: purchase.description,
            state: State::Pending,
            order_ref: String::new(),
            page: Arc::default(),
            in_sdk: false,
            payable: true,
            code: String::new(),
            message: String::new(),
            refunded: 0,
            refund_waits: 0,
            refund_unclear: false,
            refund_watched: false,
            refund_turn: Arc::default(),
            created: Instant::now(),
            returned: false,
            lost: false,
            raw: String::new(),
            paid_before: false,
        }
    }

    pub(crate) fn wanted(&self) -> Wanted<'_> {
        Wanted { id: &self.id, amount: self.amount, method: self.method, description: &self.description }
    }

    pub(crate) fn status(&self) -> &'static str {
        match self.state {
            State::Pending => "PENDING",
            State::Failed => "FAILED",
            State::Paid if self.refunded == 0 => "PAID",
            State::Paid if self.refunded < self.amount => "PARTLY_REFUNDED",
            State::Paid => "REFUNDED",
        }
    }

    /// As the API tells it.
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.id,
            "amount": self.amount,
            "currency": CURRENCY,
            "status": self.status(),
            "refunded": self.refunded,
        })
    }

    pub(crate) fn waits_for_payment(&self, patience: Duration) -> bool {
        self.state == State::Pending && self.created.elapsed() < patience && !self.lost
    }

    /// Only a defect does that.
    pub(crate) fn cancel(&mut self) {
        if self.state == State::Pending {
            self.state = State::Failed;
        }
    }

    pub(crate) fn waits_for_refund(&self) -> bool {
        self.refund_unclear || self.refund_waits > 0
    }

    /// Whether a report is of this order, as it was asked for.
    fn fits(&self, report: &Report, defect: Option<Defect>) -> bool {
        report.merchant_order_ref == self.id
            && !report.order_ref.is_empty()
            && (self.order_ref.is_empty() || report.order_ref == self.order_ref)
            && (report.amount == self.amount as f64 || defect == Some(Defect::WebhookAmountUnchecked))
            && (report.currency == CURRENCY || defect == Some(Defect::WebhookCurrencyUnchecked))
            && report.channel_key == CHANNEL
    }
}

/// What booking a report came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Booked {
    Done,
    /// It says nothing new, or nothing that is final.
    Nothing,
    /// It contradicts the books, and PortOne's API has to be asked.
    Doubtful,
    /// It is not of the order as the books have it.
    Misfit,
    UnknownOrder,
}

/// Who says how a payment stands: a webhook is believed about an open order, the API also about one that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Webhook,
    Api,
}

/// Why an order is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotTaken {
    UnknownCart,
    IdInUse,
    /// Its payment was begun with the SDK, or without it.
    OtherWay,
    Full,
}

/// Why nothing is refunded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    UnknownOrder,
    NotPaid,
    AnotherIsUnderWay,
    MoreThanRemains,
}

impl Refusal {
    pub(crate) const fn why(self) -> &'static str {
        match self {
            Self::UnknownOrder => "there is no such order",
            Self::NotPaid => "the order is not paid",
            Self::AnotherIsUnderWay => "another refund of the order is under way",
            Self::MoreThanRemains => "that is more than what remains",
        }
    }
}

#[derive(Default)]
struct Contents {
    orders: HashMap<String, Order>,
    /// The ids of orders by PortOne's reference.
    references: HashMap<String, String>,
    carts: HashMap<String, (Purchase, Option<String>)>,
    cart_ages: VecDeque<String>,
    /// The webhooks that came. Only defects look at them.
    seen: HashSet<String>,
}

pub(crate) struct Books {
    contents: Mutex<Contents>,
    pub(crate) defect: Option<Defect>,
}

impl Books {
    pub(crate) fn new(defect: Option<Defect>) -> Self {
        Self { contents: Mutex::default(), defect }
    }

    fn open(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().expect("nobody panics while the books are open")
    }

    fn has(&self, defect: Defect) -> bool {
        self.defect == Some(defect)
    }

    /// Keeps what is bought until the button is pressed, under a token that nobody can guess.
    pub(crate) fn new_cart(&self, purchase: Purchase) -> String {
        let token = Ksuid::now(None).to_string();
        let mut books = self.open();
        if books.carts.len() >= MAX_CARTS
            && let Some(oldest) = books.cart_ages.pop_front()
        {
            books.carts.remove(&oldest);
        }
        books.carts.insert(token.clone(), (purchase, None));
        books.cart_ages.push_back(token.clone());
        token
    }

    pub(crate) fn cart(&self, token: &str) -> Option<Purchase> {
        self.open().carts.get(token).map(|(purchase, _)| purchase.clone())
    }

    /// The one order of a cart, and whether it is new. Who asks PortOne for its payment is settled with it.
    pub(crate) fn order_of_cart(&self, token: &str, in_sdk: bool) -> Result<(Order, bool), NotTaken> {
        let mut books = self.open();
        let (purchase, known) = books.carts.get(token).cloned().ok_or(NotTaken::UnknownCart)?;
        let again = |order: &Order| match self.defect {
            Some(Defect::DoubleClickOrdersTwice) => order.created.elapsed() < Duration::from_secs(1),
            Some(Defect::BackButtonOrdersAgain) => order.page.initialized(),
            _ => false,
        };
        let known = known.and_then(|id| books.orders.get(&id)).cloned();
        let paid_before = known.as_ref().is_some_and(|order| order.state == State::Paid);
        if let Some(order) = known.filter(|order| !again(order)) {
            return Ok((order, false));
        }
        // The same purchase under the same name is the same order, also from a cart of its own.
        let same = purchase.id.as_ref().and_then(|id| books.orders.get(id)).cloned();
        let same = same.filter(|order| order.amount == purchase.amount && order.method == purchase.method);
        let (order, new) = match same {
            Some(order) if !again(&order) && !self.has(Defect::TwoTabsOrderTwice) => (order, false),
            _ => (self.add(&mut books, purchase, in_sdk)?, true),
        };
        if let Some(order) = books.orders.get_mut(&order.id) {
            order.paid_before |= new && paid_before;
        }
        if let Some((_, of_cart)) = books.carts.get_mut(token) {
            *of_cart = Some(order.id.clone());
        }
        Ok((order, new))
    }

    /// A new order.
    pub(crate) fn order(&self, purchase: Purchase) -> Result<Order, NotTaken> {
        self.add(&mut self.open(), purchase, false)
    }

    /// It is in the books before PortOne hears of it: a webhook may be faster than PortOne's answer.
    fn add(&self, books: &mut Contents, purchase: Purchase, in_sdk: bool) -> Result<Order, NotTaken> {
        if books.orders.len() >= MAX_ORDERS {
            return Err(NotTaken::Full);
        }
        let mut id = purchase.id.clone().unwrap_or_else(|| format!("COFFEE-{}", Ksuid::now(None)));
        if matches!(
            self.defect,
            Some(Defect::DoubleClickOrdersTwice | Defect::TwoTabsOrderTwice | Defect::BackButtonOrdersAgain)
        ) {
            while books.orders.contains_key(&id) {
                id += "-again";
            }
        }
        if books.orders.contains_key(&id) {
            return Err(NotTaken::IdInUse);
        }
        let order = Order { in_sdk, ..Order::new(id.clone(), purchase) };
        books.orders.insert(id, order.clone());
        Ok(order)
    }

    /// Forgets an order that PortOne never had.
    pub(crate) fn forget(&self, id: &str) {
        self.open().orders.remove(id);
    }

    /// Lets the cart of an order go, so that another may be made of it.
    pub(crate) fn release(&self, id: &str) {
        for (_, order) in self.open().carts.values_mut() {
            order.take_if(|order| order == id);
        }
    }

    pub(crate) fn find(&self, id: &str) -> Option<Order> {
        self.open().orders.get(id).cloned()
    }

    /// By PortOne's reference, the only one that a refund webhook has.
    pub(crate) fn find_by_ref(&self, order_ref: &str) -> Option<Order> {
        let books = self.open();
        books.orders.get(books.references.get(order_ref)?).cloned()
    }

    /// Notes the reference that PortOne gave an order.
    pub(crate) fn refer(&self, id: &str, order_ref: &str) {
        let mut books = self.open();
        if let Some(order) = books.orders.get_mut(id) {
            order_ref.clone_into(&mut order.order_ref);
            if order.paid_before {
                order.state = State::Paid;
            }
            books.references.insert(order_ref.to_owned(), id.to_owned());
        }
    }

    pub(crate) fn change(&self, id: &str, change: impl FnOnce(&mut Order)) {
        if let Some(order) = self.open().orders.get_mut(id) {
            change(order);
        }
    }

    /// Books how a payment stands. A final state stays, except that the API may say of a failed payment that it was made after all.
    pub(crate) fn book(&self, report: &Report, source: Source) -> Booked {
        let mut books = self.open();
        if self.has(Defect::WebhookUnknownOrderCreated) && !books.orders.contains_key(&report.merchant_order_ref) {
            let mut purchase = Purchase::new(1, METHODS[0], None, None).expect("such a purchase is possible");
            purchase.amount = report.amount as u64;
            let order = Order::new(report.merchant_order_ref.clone(), purchase);
            books.orders.insert(order.id.clone(), order);
        }
        let Some(order) = books.orders.get_mut(&report.merchant_order_ref) else {
            return Booked::UnknownOrder;
        };
        if !order.fits(report, self.defect) {
            return Booked::Misfit;
        }
        if self.drops(order, source) {
            return Booked::Nothing;
        }
        let (state, said) = match (order.state, report.status.as_str()) {
            (State::Paid, "Success") if self.has(Defect::WebhookTwiceBooksTwice) && source == Source::Webhook => {
                order.amount += report.amount as u64;
                return Booked::Done;
            }
            (State::Paid, "Success") if self.has(Defect::WebhookReopensRefunded) && source == Source::Webhook => {
                order.refunded = 0;
                return Booked::Done;
            }
            (State::Pending, "Expired") if self.has(Defect::ExpiredIsPaid) => (State::Paid, true),
            (State::Paid, "Pending") if self.has(Defect::PendingAfterSuccessReopens) => {
                order.state = State::Pending;
                order.lost = true;
                return Booked::Done;
            }
            (State::Pending, "Failed" | "Expired") if self.has(Defect::FailureNotBooked) => return Booked::Nothing,
            (State::Pending, "Success") => (State::Paid, true),
            (State::Failed, "Success") => (State::Paid, source == Source::Api),
            (State::Pending, "Failed" | "Expired") => (State::Failed, true),
            (State::Paid, "Failed" | "Expired") => return Booked::Doubtful,
            (State::Pending, _) => return Booked::Doubtful,
            _ => return Booked::Nothing,
        };
        if !said {
            return Booked::Doubtful;
        }
        order.state = state;
        order.order_ref.clone_from(&report.order_ref);
        order.code.clone_from(&report.status_code);
        order.message.clone_from(&report.status_channel_reason);
        books.references.insert(report.order_ref.clone(), report.merchant_order_ref.clone());
        if self.has(Defect::TwoTabsOrderTwice) && state == State::Paid {
            let same = |order: &&mut Order| order.state == State::Pending && order.amount as f64 == report.amount;
            books.orders.values_mut().filter(same).for_each(|order| order.state = State::Paid);
        }
        Booked::Done
    }

    /// The defects that lose a webhook, and with it the interest in the order.
    fn drops(&self, order: &mut Order, source: Source) -> bool {
        let dropped = source == Source::Webhook
            && match self.defect {
                Some(Defect::WebhookBeforeRedirectLost) => !order.returned,
                Some(Defect::WebhookAfterRedirectIgnored) => order.returned,
                _ => false,
            };
        order.lost |= dropped;
        let for_good = matches!(
            self.defect,
            Some(Defect::AbandonedOrderCancelled | Defect::ForgedFailureBooked | Defect::RedirectFailureBooked)
        );
        dropped || (for_good && order.state == State::Failed)
    }

    /// Whether that can be refunded: PortOne's reference of the order, and how much it is.
    pub(crate) fn refundable(&self, id: &str, part: Option<u64>) -> Result<(String, u64), Refusal> {
        let order = self.find(id).ok_or(Refusal::UnknownOrder)?;
        if order.state != State::Paid {
            return Err(Refusal::NotPaid);
        }
        if order.refund_unclear {
            return Err(Refusal::AnotherIsUnderWay);
        }
        let remains = order.amount.saturating_sub(order.refunded).saturating_sub(order.refund_waits);
        let amount = part.unwrap_or(remains);
        if (amount == 0 || amount > remains) && !self.has(Defect::RefundBeyondPayment) {
            return Err(Refusal::MoreThanRemains);
        }
        Ok((order.order_ref, amount))
    }

    /// Books what PortOne says of an order's refunds, also of those that somebody else asked for. A word that nobody knows waits.
    pub(crate) fn book_refunds(&self, id: &str, refunds: &Refunds) {
        let mut books = self.open();
        let Some(order) = books.orders.get_mut(id) else { return };
        let done = |status: &str| match self.defect {
            Some(Defect::RefundQueueBookedAtOnce) => ["SUCCESS", "IN_QUEUE"].contains(&status),
            Some(Defect::RefundFailureIgnored) => ["SUCCESS", "FAILED"].contains(&status),
            _ => status == "SUCCESS",
        };
        let (mut refunded, mut waits) = (0.0, 0.0);
        for refund in &refunds.details {
            if done(&refund.refund_status) {
                refunded += refund.amount;
            } else if refund.refund_status != "FAILED" {
                waits += refund.amount;
            }
        }
        // A cast of what is negative or too large stops at the ends.
        order.refunded = (refunded.round() as u64).min(order.amount);
        order.refund_waits = (waits.round() as u64).min(order.amount - order.refunded);
        order.refund_unclear = false;
        if self.has(Defect::RefundPartialAsFull) && order.refunded > 0 {
            order.refunded = order.amount;
        }
    }

    /// What only defects ask: another order than this one, and whether this webhook came before, until it is forgotten.
    pub(crate) fn other_than(&self, id: &str) -> Option<Order> {
        self.open().orders.values().find(|order| order.id != id).cloned()
    }

    pub(crate) fn came_before(&self, signature: &str) -> bool {
        !self.open().seen.insert(signature.to_owned())
    }

    pub(crate) fn forget_webhook(&self, signature: &str) {
        self.open().seen.remove(signature);
    }
}
