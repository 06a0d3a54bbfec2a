//! One merchant at the twin: credentials, onboarding, clock, ledger and webhook endpoints.

use super::{
    Carrier, Deliveries, Faults, Ids, Ledger, LedgerError, Memory, NewOrder, Notice, Onboarding, Order, Outcome,
    Progress, Refund, RefundMode, RefundWish, fault::Sufferer,
};
use crate::catalog::{Method, WebhookSort};
use crate::wire::{Clock, Secret};
use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, Mutex, MutexGuard};

/// A user name and a password at a page of the twin.
#[derive(Clone, Debug)]
pub struct PageLogin {
    pub user: String,
    pub password: Secret,
}

impl PageLogin {
    #[must_use]
    pub fn accepts(&self, user: &str, password: &str) -> bool {
        self.user == user && self.password.expose() == password
    }
}

/// What identifies an account; fixed for its lifetime.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The PortOne key; public, it stands in web pages.
    pub key: String,
    pub secret: Secret,
    /// Eight digits that SmartPay's references of this account begin with, after `SP`.
    pub tag: String,
    pub merchant_name: String,
    pub merchant_email: String,
    pub portal: PageLogin,
    pub dashboard: PageLogin,
}

/// One merchant. Accounts share nothing, so that parallel scenarios never meet.
#[derive(Debug)]
pub struct Account {
    pub identity: Identity,
    /// Governs orders, expiry and timestamps; tokens are checked against the system's time.
    pub clock: Clock,
    /// Webhook endpoints and what was sent to them.
    pub deliveries: Deliveries,
    settings: Mutex<Settings>,
    ledger: Mutex<Ledger>,
    /// Shared by all accounts.
    memory: Arc<Memory>,
    /// Shared by all accounts.
    pub(super) faults: Arc<Faults>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Settings {
    onboarding: Onboarding,
    refund_mode: RefundMode,
}

impl Account {
    #[must_use]
    pub fn new(identity: Identity, ids: Ids, carrier: Arc<Carrier>, memory: Arc<Memory>, faults: Arc<Faults>) -> Self {
        let ledger = Ledger::new(ids, identity.tag.clone());
        Self {
            identity,
            clock: Clock::system(),
            deliveries: Deliveries::new(carrier),
            settings: Mutex::default(),
            ledger: Mutex::new(ledger),
            memory,
            faults,
        }
    }

    #[must_use]
    pub fn key(&self) -> &str {
        &self.identity.key
    }

    #[must_use]
    pub fn secret(&self) -> &Secret {
        &self.identity.secret
    }

    #[must_use]
    pub fn onboarding(&self) -> Onboarding {
        self.settings().onboarding
    }

    pub fn set_onboarding(&self, onboarding: Onboarding) {
        self.settings().onboarding = onboarding;
    }

    #[must_use]
    pub fn refund_mode(&self) -> RefundMode {
        self.settings().refund_mode
    }

    pub fn set_refund_mode(&self, mode: RefundMode) {
        self.settings().refund_mode = mode;
    }

    /// Creates an order, `Initiated`.
    ///
    /// # Errors
    /// An order id can be used once.
    pub fn initiate(&self, request: NewOrder) -> Result<Arc<Order>, LedgerError> {
        let lifetime = self.faults.lifetime(self.key());
        self.with_ledger(|ledger, now| ledger.initiate(request, lifetime, now).cloned())
    }

    /// The payer opened the first page.
    ///
    /// # Errors
    /// Unknown, concluded and expired orders.
    pub fn begin(&self, order_ref: &str) -> Result<Arc<Order>, LedgerError> {
        self.with_ledger(|ledger, now| ledger.begin(order_ref, now).cloned())
    }

    /// The payment ended; webhooks are sent.
    ///
    /// # Errors
    /// Unknown, concluded and expired orders.
    pub fn conclude(&self, order_ref: &str, outcome: Outcome) -> Result<Arc<Order>, LedgerError> {
        self.with_ledger(|ledger, now| {
            let outcome = self.end(ledger, order_ref, outcome)?;
            ledger.conclude(order_ref, outcome, now).cloned()
        })
    }

    /// As [`Self::conclude`], but only while the order is still to be paid by the method that was checked.
    ///
    /// # Errors
    /// Unknown, concluded and expired orders, and orders whose method was changed meanwhile.
    pub fn conclude_by(&self, order_ref: &str, expected: Method, outcome: Outcome) -> Result<Arc<Order>, LedgerError> {
        self.with_ledger(|ledger, now| {
            let outcome = self.end(ledger, order_ref, outcome)?;
            ledger.conclude_by(order_ref, expected, outcome, now).cloned()
        })
    }

    /// The payer opened the hosted checkout.
    ///
    /// # Errors
    /// Unknown, concluded and expired orders.
    pub fn begin_checkout(&self, order_ref: &str) -> Result<Arc<Order>, LedgerError> {
        self.with_ledger(|ledger, now| ledger.begin_checkout(order_ref, now).cloned())
    }

    /// Changes the method of an open order, on the hosted checkout.
    ///
    /// # Errors
    /// Unknown, concluded and expired orders, and orders of another source than the checkout.
    pub fn choose_method(&self, order_ref: &str, method: Method) -> Result<Arc<Order>, LedgerError> {
        self.with_ledger(|ledger, _| ledger.choose_method(order_ref, method).cloned())
    }

    /// Remembers how far the payer of an open order has come; returns what `change` returns.
    ///
    /// # Errors
    /// Unknown, concluded and expired orders.
    pub fn progress<T>(&self, order_ref: &str, change: impl FnOnce(&mut Progress) -> T) -> Result<T, LedgerError> {
        self.with_ledger(|ledger, _| ledger.progress(order_ref, change))
    }

    /// Refunds a paid order as the account's refund mode says; the webhook is sent once it is settled.
    ///
    /// # Errors
    /// Orders that were not paid, amounts that are not positive or more than remains.
    pub fn refund(&self, order_ref: &str, wish: RefundWish) -> Result<Refund, LedgerError> {
        let mode = self.refund_mode();
        self.with_ledger(|ledger, now| ledger.refund(order_ref, wish, mode, now).cloned())
    }

    /// As [`Self::refund`], but only while the order has exactly as many refunds as whoever asks has seen: a form that
    /// was sent twice refunds once. `None` if it has another number.
    ///
    /// # Errors
    /// As [`Self::refund`].
    pub fn refund_if_seen(
        &self,
        order_ref: &str,
        wish: RefundWish,
        seen: Option<usize>,
    ) -> Result<Option<Refund>, LedgerError> {
        let mode = self.refund_mode();
        self.with_ledger(|ledger, now| {
            if Some(ledger.find(order_ref)?.refunds().len()) != seen {
                return Ok(None);
            }
            ledger.refund(order_ref, wish, mode, now).cloned().map(Some)
        })
    }

    /// Settles a queued refund, as the portal's operator says; the webhook is sent.
    ///
    /// # Errors
    /// Unknown and settled refunds.
    pub fn settle(&self, order_ref: &str, refund_id: &str, successful: bool) -> Result<Refund, LedgerError> {
        self.with_ledger(|ledger, now| ledger.settle(order_ref, refund_id, successful, now).cloned())
    }

    /// The order as it is now, expired if its time is up.
    #[must_use]
    pub fn order(&self, order_ref: &str) -> Option<Arc<Order>> {
        self.with_ledger(|ledger, _| ledger.find(order_ref).ok().cloned())
    }

    #[must_use]
    pub fn order_by_merchant_ref(&self, merchant_order_ref: &str) -> Option<Arc<Order>> {
        self.with_ledger(|ledger, _| ledger.find_by_merchant_ref(merchant_order_ref).ok().cloned())
    }

    #[must_use]
    pub fn order_by_channel_ref(&self, channel_order_ref: &str) -> Option<Arc<Order>> {
        self.with_ledger(|ledger, _| ledger.find_by_channel_ref(channel_order_ref).ok().cloned())
    }

    /// The newest `limit` orders, newest first.
    #[must_use]
    pub fn orders(&self, limit: usize) -> Vec<Arc<Order>> {
        self.with_ledger(|ledger, _| ledger.orders().take(limit).cloned().collect())
    }

    /// The newest `limit` refunds with SmartPay's reference of their order, newest first. Looks at every order.
    #[must_use]
    pub fn refunds(&self, limit: usize) -> Vec<(String, Refund)> {
        let mut refunds: Vec<(String, Refund)> = self.with_ledger(|ledger, _| {
            let of_order = |order: &Arc<Order>| {
                let reference = order.channel_order_ref.clone();
                order.refunds().iter().map(move |refund| (reference.clone(), refund.clone())).collect::<Vec<_>>()
            };
            ledger.orders().flat_map(of_order).collect()
        });
        refunds.sort_by_key(|(_, refund)| std::cmp::Reverse(refund.requested_at));
        refunds.truncate(limit);
        refunds
    }

    /// Moves the account's clock forwards; orders whose time is up expire at once. Returns the new time.
    pub fn advance(&self, by: SignedDuration) -> Timestamp {
        self.clock.advance(by);
        self.with_ledger(|_, now| now)
    }

    /// Expires what is due, so that webhooks of orders that nobody asks for go out too.
    pub fn expire_due(&self) {
        self.with_ledger(|_, _| ());
    }

    /// An identifier for a webhook endpoint.
    #[must_use]
    pub fn next_uuid(&self) -> String {
        self.with_ledger(|ledger, _| ledger.next_uuid())
    }

    /// Memory that its orders take.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.ledger.lock().expect("no holder of the ledger panics").bytes()
    }

    /// Forgets the oldest eighth of its orders, at least one.
    pub(super) fn forget_oldest(&self) {
        self.with_ledger(|ledger, _| ledger.forget(ledger.len().div_ceil(8)));
    }

    /// The one way to the ledger: expires what is due first, and tells merchants what changed while the ledger is
    /// still held, so that deliveries are queued in the order in which changes were committed.
    fn with_ledger<T>(&self, work: impl FnOnce(&mut Ledger, Timestamp) -> T) -> T {
        let mut ledger = self.ledger.lock().expect("no holder of the ledger panics");
        let (now, before) = (self.clock.now(), ledger.bytes());
        ledger.expire_due(now);
        let result = work(&mut ledger, now);
        for notice in ledger.take_notices() {
            self.announce(&ledger, &notice);
        }
        self.memory.change(before, ledger.bytes());
        let forgotten = ledger.take_forgotten();
        drop(ledger);
        drop(forgotten);
        result
    }

    fn announce(&self, ledger: &Ledger, notice: &Notice) {
        match notice {
            Notice::Payment { order_ref } => {
                if let Ok(order) = ledger.find(order_ref) {
                    self.deliveries.payment(order_ref, || {
                        self.faults.posts(self.sufferer(), WebhookSort::Payment, &self.payment_webhook(order))
                    });
                }
            }
            Notice::Refund { order_ref, refund_id } => {
                if let Ok(order) = ledger.find(order_ref)
                    && let Some(refund) = order.refund(refund_id)
                {
                    self.deliveries.refund(order_ref, || {
                        self.faults.posts(self.sufferer(), WebhookSort::Refund, &self.refund_webhook(order, refund))
                    });
                }
            }
        }
    }

    /// How the payment of an order ends, faults included.
    fn end(&self, ledger: &Ledger, order_ref: &str, outcome: Outcome) -> Result<Outcome, LedgerError> {
        let request = &ledger.find(order_ref)?.request;
        Ok(self.faults.outcome(self.key(), request.method, request.source, outcome))
    }

    /// As faults know it.
    pub(super) fn sufferer(&self) -> Sufferer<'_> {
        Sufferer { key: self.key(), secret: self.secret() }
    }

    fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().expect("no holder of the settings panics")
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        let ledger = self.ledger.get_mut().expect("no holder of the ledger panics");
        self.memory.change(ledger.bytes(), 0);
    }
}
