//! The ledger of one account: every order and refund, and the only place where their statuses change.

use super::money::{MAX_DECIMALS, fits_qr};
use super::orders::Orders;
use super::{Ids, MAX_ORDERS, NewOrder, NextRefund, Order, Outcome, Progress, Refund, RefundMode, RefundWish, Source};
use crate::catalog::Method;
use crate::wire::{RefundKind, RefundStatus, TransactionStatus};
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use std::sync::Arc;

/// How long a payer has. The vendor documents `expiry_in_minutes` without a value for this channel; inferred.
pub const ORDER_LIFETIME: SignedDuration = SignedDuration::from_mins(15);

/// Refunds, failed ones included, that one order may have.
pub const MAX_REFUNDS: usize = 1_000;

/// Why the ledger refuses a change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    #[error("find the order {0}")]
    UnknownOrder(String),
    #[error("create the order {0}: its id was used before")]
    DuplicateOrder(String),
    #[error("change the order {order_ref} from {from} to {to}")]
    Transition { order_ref: String, from: TransactionStatus, to: TransactionStatus },
    #[error("conclude the order {order_ref} as one by {expected}: it is one by {actual}")]
    OtherMethod { order_ref: String, expected: &'static str, actual: &'static str },
    #[error("change the method of the order {0}: its payer did not come through the hosted checkout")]
    FixedMethod(String),
    #[error("pay the order {0} by QR: its amount has more characters than a QR can hold")]
    AmountBeyondQr(String),
    #[error("refund the order {0}: it was not paid")]
    NotPaid(String),
    #[error("refund the order {0}: nothing of it remains")]
    NothingRemains(String),
    #[error("refund {wanted} of the order {order_ref}: {remaining} remains")]
    TooMuch { order_ref: String, wanted: Decimal, remaining: Decimal },
    #[error("refund {wanted} of the order {order_ref}: a part must be more than nothing, with at most two decimals")]
    NotPositive { order_ref: String, wanted: Decimal },
    #[error("refund the order {0}: it has had {MAX_REFUNDS} refunds")]
    TooManyRefunds(String),
    #[error("find the refund {0}")]
    UnknownRefund(String),
    #[error("settle the refund {refund_id}: it is {status}, not IN_QUEUE")]
    NotQueued { refund_id: String, status: RefundStatus },
}

/// A committed change that merchants are told about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The order reached its final status.
    Payment { order_ref: String },
    /// The refund reached its final status.
    Refund { order_ref: String, refund_id: String },
}

/// A wanted change of an order's status.
enum Transition {
    Begin,
    Conclude(Outcome),
}

impl Transition {
    const fn target(&self) -> TransactionStatus {
        match self {
            Self::Begin => TransactionStatus::Pending,
            Self::Conclude(outcome) => outcome.status(),
        }
    }
}

/// The orders of one account.
#[derive(Debug)]
pub struct Ledger {
    ids: Ids,
    /// The account's tag in SmartPay's references.
    tag: String,
    orders: Orders,
    /// Number of the first order that may not have expired yet.
    unexpired: u64,
    notices: Vec<Notice>,
    /// Forgotten, but not freed yet.
    forgotten: Vec<Arc<Order>>,
}

impl Ledger {
    #[must_use]
    pub fn new(ids: Ids, tag: String) -> Self {
        Self { ids, tag, orders: Orders::new(), unexpired: 0, notices: Vec::new(), forgotten: Vec::new() }
    }

    /// Creates an order, `Initiated`, that can be paid for a while.
    ///
    /// # Errors
    /// An order id can be used once.
    pub fn initiate(
        &mut self,
        request: NewOrder,
        lifetime: SignedDuration,
        now: Timestamp,
    ) -> Result<&Arc<Order>, LedgerError> {
        if self.orders.by_merchant_ref(&request.merchant_order_ref).is_some() {
            return Err(LedgerError::DuplicateOrder(request.merchant_order_ref));
        }
        if self.orders.len() >= MAX_ORDERS {
            self.forget(1);
        }
        let order = Order {
            order_ref: self.ids.ksuid(now),
            channel_order_ref: self.ids.channel_ref(&self.tag),
            created_at: now,
            expires_at: now.saturating_add(lifetime).unwrap_or(Timestamp::MAX),
            progress: Progress::default(),
            status: TransactionStatus::Initiated,
            history: vec![(TransactionStatus::Initiated, now)],
            outcome: None,
            refunds: Vec::new(),
            request,
        };
        Ok(self.orders.push(order))
    }

    /// The payer opened the first page: `Initiated` becomes `Pending`; a `Pending` order stays so.
    ///
    /// # Errors
    /// Unknown and concluded orders.
    pub fn begin(&mut self, order_ref: &str, now: Timestamp) -> Result<&Arc<Order>, LedgerError> {
        let order = self.open(order_ref, TransactionStatus::Pending)?;
        if order.status == TransactionStatus::Initiated {
            apply(order, Transition::Begin, now)?;
        }
        self.find(order_ref)
    }

    /// The payment ended: an open order gets its final status, and merchants are told.
    ///
    /// # Errors
    /// Unknown and concluded orders.
    pub fn conclude(&mut self, order_ref: &str, outcome: Outcome, now: Timestamp) -> Result<&Arc<Order>, LedgerError> {
        self.begin(order_ref, now)?;
        let number = self.number(order_ref)?;
        self.finish(number, outcome, now)?;
        self.find(order_ref)
    }

    /// As [`Self::conclude`], but only while the order is still to be paid by the method that was checked.
    ///
    /// # Errors
    /// Unknown and concluded orders, and orders whose method was changed meanwhile.
    pub fn conclude_by(
        &mut self,
        order_ref: &str,
        expected: Method,
        outcome: Outcome,
        now: Timestamp,
    ) -> Result<&Arc<Order>, LedgerError> {
        let actual = self.find(order_ref)?.request.method;
        if actual != expected {
            let (expected, actual) = (expected.key(), actual.key());
            return Err(LedgerError::OtherMethod { order_ref: order_ref.to_owned(), expected, actual });
        }
        self.conclude(order_ref, outcome, now)
    }

    /// The payer opened the hosted checkout: where that is the first page, the order is the checkout's from now on.
    ///
    /// # Errors
    /// Unknown and concluded orders.
    pub fn begin_checkout(&mut self, order_ref: &str, now: Timestamp) -> Result<&Arc<Order>, LedgerError> {
        let order = self.open(order_ref, TransactionStatus::Pending)?;
        if order.status == TransactionStatus::Initiated {
            order.request.source = Source::Checkout;
        }
        self.begin(order_ref, now)
    }

    /// Expires every open order whose time is up.
    pub fn expire_due(&mut self, now: Timestamp) {
        while let Some(order) = self.orders.at(self.unexpired)
            && order.expires_at <= now
        {
            let (number, open) = (self.unexpired, order.is_open());
            self.unexpired += 1;
            if open {
                self.finish(number, Outcome::Expired, now).expect("an open order can expire");
            }
        }
    }

    /// Changes the method of an open order, on the hosted checkout. Wrong OTPs stay counted.
    ///
    /// # Errors
    /// Unknown and concluded orders, orders of another source than the checkout, and amounts that no QR can hold.
    pub fn choose_method(&mut self, order_ref: &str, method: Method) -> Result<&Arc<Order>, LedgerError> {
        let order = self.open(order_ref, TransactionStatus::Pending)?;
        if order.request.source != Source::Checkout {
            return Err(LedgerError::FixedMethod(order_ref.to_owned()));
        }
        if method == Method::Qr && !fits_qr(order.request.amount) {
            return Err(LedgerError::AmountBeyondQr(order_ref.to_owned()));
        }
        order.request.method = method;
        let Progress { wrong_otps, lang, .. } = std::mem::take(&mut order.progress);
        order.progress = Progress { wrong_otps, lang, ..Progress::default() };
        self.find(order_ref)
    }

    /// Lets the pages remember how far the payer has come.
    ///
    /// # Errors
    /// Unknown and concluded orders.
    pub fn progress<T>(&mut self, order_ref: &str, change: impl FnOnce(&mut Progress) -> T) -> Result<T, LedgerError> {
        Ok(change(&mut self.open(order_ref, TransactionStatus::Pending)?.progress))
    }

    /// Refunds a paid order, wholly or in part, and returns the refund.
    ///
    /// # Errors
    /// Orders that were not paid, amounts that are not positive or more than remains.
    pub fn refund(
        &mut self,
        order_ref: &str,
        wish: RefundWish,
        mode: RefundMode,
        now: Timestamp,
    ) -> Result<&Refund, LedgerError> {
        let number = self.number(order_ref)?;
        let refund_id = self.ids.ksuid(now);
        let psp_refund_id = format!("RF{}", self.ids.digits(12));
        let order = self.orders.at_mut(number).expect("a numbered order is in the queue");
        if !order.is_paid() {
            return Err(LedgerError::NotPaid(order_ref.to_owned()));
        }
        let remaining = order.refundable();
        if remaining <= Decimal::ZERO {
            return Err(LedgerError::NothingRemains(order_ref.to_owned()));
        }
        if order.refunds.len() >= MAX_REFUNDS {
            return Err(LedgerError::TooManyRefunds(order_ref.to_owned()));
        }
        let amount = match wish.part {
            None => remaining,
            Some(wanted) if wanted <= Decimal::ZERO || wanted.normalize().scale() > MAX_DECIMALS => {
                return Err(LedgerError::NotPositive { order_ref: order_ref.to_owned(), wanted });
            }
            Some(wanted) if wanted > remaining => {
                return Err(LedgerError::TooMuch { order_ref: order_ref.to_owned(), wanted, remaining });
            }
            Some(wanted) => wanted,
        };
        let refund = Refund {
            refund_id: refund_id.clone(),
            psp_refund_id,
            amount,
            kind: if wish.part.is_some() { RefundKind::Partial } else { RefundKind::Full },
            reason: wish.reason,
            description: wish.description,
            requested_at: now,
            smartpay_says: mode.smartpay_says,
            status: RefundStatus::Pending,
            history: vec![(RefundStatus::Pending, now)],
        };
        let refund = self.orders.refund(number, refund).expect("a numbered order is in the queue");
        match mode.next {
            NextRefund::Queue => apply_refund(refund, RefundStatus::InQueue, now)?,
            NextRefund::Settle => {
                apply_refund(refund, mode.smartpay_says.status(), now)?;
                self.notices.push(Notice::Refund { order_ref: order_ref.to_owned(), refund_id });
            }
        }
        Ok(self.orders.at(number).and_then(|order| order.refunds.last()).expect("a refund was just pushed"))
    }

    /// Settles a queued refund, as the portal's operator says.
    ///
    /// # Errors
    /// Unknown refunds and settled ones.
    pub fn settle(
        &mut self,
        order_ref: &str,
        refund_id: &str,
        successful: bool,
        now: Timestamp,
    ) -> Result<&Refund, LedgerError> {
        let number = self.number(order_ref)?;
        let order = self.orders.at_mut(number).expect("a numbered order is in the queue");
        let at = order
            .refunds
            .iter()
            .position(|refund| refund.refund_id == refund_id)
            .ok_or_else(|| LedgerError::UnknownRefund(refund_id.to_owned()))?;
        let refund = &mut order.refunds[at];
        if !refund.is_queued() {
            return Err(LedgerError::NotQueued { refund_id: refund_id.to_owned(), status: refund.status.clone() });
        }
        apply_refund(refund, if successful { RefundStatus::Success } else { RefundStatus::Failed }, now)?;
        self.notices.push(Notice::Refund { order_ref: order_ref.to_owned(), refund_id: refund_id.to_owned() });
        Ok(&self.orders.at(number).expect("a numbered order is in the queue").refunds[at])
    }

    /// # Errors
    /// Unknown orders.
    pub fn find(&self, order_ref: &str) -> Result<&Arc<Order>, LedgerError> {
        self.numbered(self.orders.by_order_ref(order_ref), order_ref)
    }

    /// The order with this merchant's reference.
    ///
    /// # Errors
    /// Unknown orders.
    pub fn find_by_merchant_ref(&self, merchant_order_ref: &str) -> Result<&Arc<Order>, LedgerError> {
        self.numbered(self.orders.by_merchant_ref(merchant_order_ref), merchant_order_ref)
    }

    /// The order with this reference of SmartPay's, the bill number of its QR.
    ///
    /// # Errors
    /// Unknown orders.
    pub fn find_by_channel_ref(&self, channel_order_ref: &str) -> Result<&Arc<Order>, LedgerError> {
        self.numbered(self.orders.by_channel_ref(channel_order_ref), channel_order_ref)
    }

    /// All orders, newest first.
    pub fn orders(&self) -> impl Iterator<Item = &Arc<Order>> {
        self.orders.newest_first()
    }

    /// The changes to tell merchants about since the last time this was asked, oldest first.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    #[must_use]
    pub(super) fn len(&self) -> usize {
        self.orders.len()
    }

    /// Memory that the orders take.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        self.orders.bytes()
    }

    /// Forgets the oldest orders, this many if there are.
    pub fn forget(&mut self, number: usize) {
        self.forgotten.extend(std::iter::from_fn(|| self.orders.pop()).take(number));
        self.unexpired = self.unexpired.max(self.orders.first());
    }

    /// What was forgotten since the last time this was asked; freeing it takes time that nobody need wait for.
    pub fn take_forgotten(&mut self) -> Vec<Arc<Order>> {
        std::mem::take(&mut self.forgotten)
    }

    /// The next identifier for a webhook endpoint.
    pub fn next_uuid(&mut self) -> String {
        self.ids.uuid()
    }

    fn finish(&mut self, number: u64, outcome: Outcome, now: Timestamp) -> Result<(), LedgerError> {
        let order = self.orders.at_mut(number).expect("a numbered order is in the queue");
        apply(order, Transition::Conclude(outcome), now)?;
        let order_ref = order.order_ref.clone();
        self.notices.push(Notice::Payment { order_ref });
        Ok(())
    }

    fn open(&mut self, order_ref: &str, to: TransactionStatus) -> Result<&mut Order, LedgerError> {
        let number = self.number(order_ref)?;
        let order = self.orders.at_mut(number).expect("a numbered order is in the queue");
        if order.is_open() {
            Ok(order)
        } else {
            Err(LedgerError::Transition { order_ref: order_ref.to_owned(), from: order.status.clone(), to })
        }
    }

    fn number(&self, order_ref: &str) -> Result<u64, LedgerError> {
        self.orders.by_order_ref(order_ref).ok_or_else(|| LedgerError::UnknownOrder(order_ref.to_owned()))
    }

    fn numbered(&self, number: Option<u64>, reference: &str) -> Result<&Arc<Order>, LedgerError> {
        let order = number.and_then(|number| self.orders.at(number));
        order.ok_or_else(|| LedgerError::UnknownOrder(reference.to_owned()))
    }
}

/// The one place where the status of an order changes.
fn apply(order: &mut Order, transition: Transition, now: Timestamp) -> Result<(), LedgerError> {
    use TransactionStatus::{Expired, Failed, Initiated, Pending, Success};
    let to = transition.target();
    let allowed = matches!(
        (&order.status, &to),
        (Initiated, Pending) | (Pending, Success | Failed | Expired) | (Initiated, Expired)
    );
    if !allowed {
        return Err(LedgerError::Transition { order_ref: order.order_ref.clone(), from: order.status.clone(), to });
    }
    order.status = to.clone();
    order.history.push((to, now));
    if let Transition::Conclude(outcome) = transition {
        order.outcome = Some(outcome);
    }
    Ok(())
}

/// The one place where the status of a refund changes.
fn apply_refund(refund: &mut Refund, to: RefundStatus, now: Timestamp) -> Result<(), LedgerError> {
    use RefundStatus::{Failed, InQueue, Pending, Success};
    if !matches!((&refund.status, &to), (Pending, InQueue | Success | Failed) | (InQueue, Success | Failed)) {
        let (refund_id, status) = (refund.refund_id.clone(), refund.status.clone());
        return Err(LedgerError::NotQueued { refund_id, status });
    }
    refund.status = to.clone();
    refund.history.push((to, now));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::twin::{Buyer, SmartPaySays};

    const START: i64 = 1_800_000_000;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(START + seconds).unwrap()
    }

    fn ledger() -> Ledger {
        Ledger::new(Ids::seeded(1), "12345678".into())
    }

    fn wish(id: &str, text: &str) -> NewOrder {
        NewOrder {
            merchant_order_ref: id.into(),
            method: Method::Qr,
            amount: 1000.into(),
            description: text.into(),
            success_url: "https://s".into(),
            failure_url: "https://f".into(),
            pending_url: None,
            buyer: Buyer::default(),
            items: Vec::new(),
            user_configured: crate::wire::UserConfigured::default(),
            source: Source::Api,
            user_agent: String::new(),
            ip_address: String::new(),
        }
    }

    fn initiate(ledger: &mut Ledger, id: &str, seconds: i64) -> String {
        ledger.initiate(wish(id, ""), ORDER_LIFETIME, at(seconds)).unwrap().order_ref.clone()
    }

    #[test]
    fn an_order_ends_once_and_is_told_once() {
        let mut ledger = ledger();
        let order = initiate(&mut ledger, "a", 0);
        ledger.begin(&order, at(1)).unwrap();
        ledger.begin(&order, at(2)).unwrap();
        let paid = ledger.conclude(&order, Outcome::Paid, at(3)).unwrap();
        assert_eq!(paid.history().len(), 3, "a page opened twice changes nothing");
        for outcome in [Outcome::Paid, Outcome::cancelled(), Outcome::Expired] {
            assert!(matches!(ledger.conclude(&order, outcome, at(4)), Err(LedgerError::Transition { .. })));
        }
        assert!(ledger.begin(&order, at(5)).is_err() && ledger.choose_method(&order, Method::AtmCard).is_err());
        assert!(ledger.progress(&order, |progress| progress.wrong_otps += 1).is_err());
        ledger.expire_due(at(10_000));
        assert_eq!(ledger.take_notices(), [Notice::Payment { order_ref: order.clone() }]);
        assert!(ledger.find(&order).unwrap().is_paid());
    }

    #[test]
    fn only_the_checkout_changes_the_method_and_only_the_checked_method_concludes() {
        let mut ledger = ledger();
        let (direct, hosted) = (initiate(&mut ledger, "a", 0), initiate(&mut ledger, "b", 0));
        ledger.begin(&direct, at(1)).unwrap();
        assert_eq!(ledger.begin_checkout(&direct, at(2)).unwrap().request.source, Source::Api);
        let refused = ledger.choose_method(&direct, Method::AtmCard).unwrap_err();
        assert_eq!(refused, LedgerError::FixedMethod(direct));

        assert_eq!(ledger.begin_checkout(&hosted, at(1)).unwrap().request.source, Source::Checkout);
        ledger.progress(&hosted, |progress| progress.wrong_otps = 2).unwrap();
        let changed = ledger.choose_method(&hosted, Method::AtmCard).unwrap();
        assert_eq!((changed.request.method, changed.progress.wrong_otps), (Method::AtmCard, 2));
        let stale = ledger.conclude_by(&hosted, Method::Qr, Outcome::Paid, at(3));
        assert!(matches!(stale, Err(LedgerError::OtherMethod { .. })));
        assert!(ledger.find(&hosted).unwrap().is_open() && ledger.take_notices().is_empty());
        assert!(ledger.conclude_by(&hosted, Method::AtmCard, Outcome::Paid, at(4)).unwrap().is_paid());
    }

    #[test]
    fn an_amount_that_no_qr_can_hold_is_not_paid_by_one() {
        let mut ledger = ledger();
        let long = NewOrder { method: Method::CreditCard, amount: Decimal::new(9_999_999_999_999, 2), ..wish("a", "") };
        let long = ledger.initiate(long, ORDER_LIFETIME, at(0)).unwrap().order_ref.clone();
        assert!(!ledger.begin_checkout(&long, at(1)).unwrap().can_be_paid_by(Method::Qr));
        assert_eq!(ledger.choose_method(&long, Method::Qr).unwrap_err(), LedgerError::AmountBeyondQr(long.clone()));
        assert!(ledger.choose_method(&long, Method::AtmCard).is_ok());
    }

    #[test]
    fn only_open_orders_whose_time_is_up_expire() {
        let mut ledger = ledger();
        let (early, cancelled, late) =
            (initiate(&mut ledger, "a", 0), initiate(&mut ledger, "b", 1), initiate(&mut ledger, "c", 2));
        ledger.conclude(&cancelled, Outcome::cancelled(), at(3)).unwrap();
        ledger.take_notices();
        ledger.expire_due(at(15 * 60 + 1));
        assert_eq!(ledger.take_notices(), [Notice::Payment { order_ref: early.clone() }]);
        assert_eq!(*ledger.find(&early).unwrap().status(), TransactionStatus::Expired);
        assert!(ledger.find(&late).unwrap().is_open());
        ledger.expire_due(at(15 * 60 + 2));
        assert_eq!(ledger.take_notices(), [Notice::Payment { order_ref: late }]);
    }

    #[test]
    fn the_oldest_orders_are_forgotten_and_the_rest_stay_found() {
        let mut ledger = ledger();
        let first = initiate(&mut ledger, "first", 0);
        for id in 0..MAX_ORDERS {
            initiate(&mut ledger, &id.to_string(), 1);
        }
        assert_eq!(ledger.find(&first).unwrap_err(), LedgerError::UnknownOrder(first));
        assert_eq!((ledger.len(), ledger.take_forgotten().len()), (MAX_ORDERS, 1));
        let last = ledger.find_by_merchant_ref("9999").unwrap().clone();
        assert_eq!(ledger.find_by_channel_ref(&last.channel_order_ref).unwrap().order_ref, last.order_ref);
        ledger.conclude(&last.order_ref, Outcome::Paid, at(2)).unwrap();
        ledger.expire_due(at(901));
        assert_eq!(ledger.take_notices().len(), MAX_ORDERS);

        ledger.forget(MAX_ORDERS - 2);
        assert_eq!((ledger.len(), ledger.find(&last.order_ref).is_ok()), (2, true));
        assert!(ledger.find_by_merchant_ref("9997").is_err() && ledger.find_by_merchant_ref("9998").is_ok());
        initiate(&mut ledger, "9997", 902);
        ledger.forget(MAX_ORDERS);
        assert_eq!((ledger.len(), ledger.bytes()), (0, 0));
    }

    #[test]
    fn a_refund_is_settled_once_and_never_exceeds_the_payment() {
        let mut ledger = ledger();
        let order = initiate(&mut ledger, "a", 0);
        let part = |amount: i64| RefundWish { part: Some(amount.into()), reason: "r".into(), description: "d".into() };
        let queue = RefundMode { next: NextRefund::Queue, smartpay_says: SmartPaySays::Success };
        assert!(matches!(ledger.refund(&order, part(1), queue, at(1)), Err(LedgerError::NotPaid(_))));
        ledger.conclude(&order, Outcome::Paid, at(1)).unwrap();
        ledger.take_notices();
        let refund = ledger.refund(&order, part(600), queue, at(2)).unwrap().refund_id.clone();
        let crumb = RefundWish { part: Some(Decimal::new(1, 3)), ..part(1) };
        assert!(matches!(ledger.refund(&order, crumb, queue, at(2)), Err(LedgerError::NotPositive { .. })));
        assert!(matches!(ledger.refund(&order, part(401), queue, at(2)), Err(LedgerError::TooMuch { .. })));
        assert!(ledger.take_notices().is_empty(), "a queued refund is not told");
        let settled = ledger.settle(&order, &refund, false, at(3)).unwrap();
        assert!(settled.contradicts_smartpay());
        assert!(matches!(ledger.settle(&order, &refund, true, at(4)), Err(LedgerError::NotQueued { .. })));
        assert_eq!(ledger.find(&order).unwrap().refundable(), 1000.into(), "a failed refund releases its amount");
        assert_eq!(ledger.take_notices().len(), 1);
        ledger.refund(&order, part(1000), RefundMode::default(), at(5)).unwrap();
        assert!(matches!(ledger.refund(&order, part(1), queue, at(6)), Err(LedgerError::NothingRemains(_))));
        assert!(ledger.find(&order).unwrap().is_fully_refunded());
    }
}
