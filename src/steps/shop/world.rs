//! The state of one attempt of one check.

use super::ShopStage;
use crate::browser::BrowserError;
use crate::catalog::Method;
use crate::journal::{Failure, FailureKind, Scribe};
use crate::merchant::{Acknowledgement, Answer, Caller, Forgery, ShopOrder, State, Wanted};
use crate::sandbox::{BookedOrder, BookedPayment, LateRefusal, Levers};
use crate::steps::World;
use crate::wire::PaymentWebhook;
use serde_json::Value;
use std::{
    collections::HashSet,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};
use tokio::sync::OwnedMutexGuard;

/// Between two looks at the shop's books where nothing must happen.
const WATCHING: Duration = Duration::from_millis(400);

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

/// The state of one attempt of one check.
#[derive(Debug, Default, cucumber::World)]
pub struct ShopWorld {
    /// The browser, and what the checks of the sandbox have too.
    pub(super) base: World,
    scene: Option<Arc<ShopStage>>,
    /// What is ordered on the page that is open.
    pub(super) wanted: Option<Wanted>,
    pub(super) embedded: bool,
    /// PortOne's references of the orders that were there before this check made one.
    before: Option<HashSet<String>>,
    /// How many calls PortOne had counted then.
    calls_before: u64,
    pub(super) order: Option<Placed>,
    /// What the shop answered last to what was sent to it.
    pub(super) answers: Vec<Answer>,
    pub(super) acknowledged: Vec<Acknowledgement>,
    /// Pages of the shop that showed something from outside.
    pub(super) pages: Vec<String>,
    /// How long a customer waited while webhooks came.
    pub(super) customer: Option<Result<Answer, Failure>>,
    /// An id of which the shop never made an order, and what the shop said of it.
    pub(super) never_made: Option<String>,
    pub(super) before_the_webhook: Option<State>,
    /// Whether the shop asked PortOne about the payment as soon as it was told of it.
    pub(super) asked_at_once: bool,
    /// PortOne was told to err.
    errs: bool,
    /// The shop's page that the payer went back to.
    pub(super) cart: Option<String>,
    /// Another order than the one that is looked at.
    pub(super) another: Option<Placed>,
    /// Held while refunds wait in the queue.
    pub(super) queue: Option<OwnedMutexGuard<()>>,
}

impl ShopWorld {
    /// Gives a fresh world its stage; the runner calls this before the first step.
    pub fn enter(&mut self, stage: Arc<ShopStage>, scribe: Scribe) {
        self.base.enter(Arc::clone(&stage.stage), scribe);
        self.scene = Some(stage);
    }

    /// Gives back what the attempt acquired; the runner calls this after the last step.
    ///
    /// # Errors
    /// A leak fails the check.
    pub async fn leave(&mut self, failed: bool) -> Result<(), Failure> {
        let settled = self.let_refunds_go().await;
        let mended = if self.errs { self.have_portone_right().await } else { Ok(()) };
        let left = self.base.leave(failed).await;
        self.scene = None;
        settled.and(mended).and(left)
    }

    /// Lets others have refunds, which they find settled at once, as they are unless told otherwise.
    pub(super) async fn let_refunds_go(&mut self) -> Result<(), Failure> {
        let Some(queue) = self.queue.take() else { return Ok(()) };
        let settled = self.levers()?.settle_refunds_at_once(&self.stage().account).await;
        drop(queue);
        settled
    }

    pub(super) fn stage(&self) -> &Arc<ShopStage> {
        self.scene.as_ref().expect("the runner gives every world its stage before the first step")
    }

    pub(super) fn caller(&self) -> Caller {
        self.stage().caller(self.base.scribe())
    }

    pub(super) fn levers(&self) -> Result<Levers, Failure> {
        self.stage().levers(self.base.scribe())
    }

    /// Has PortOne commit a fault against the shop until the check ends.
    pub(super) async fn have_portone_err(&mut self, fault: &Value) -> Result<(), Failure> {
        self.errs = true;
        self.stage().erring.fetch_add(1, Ordering::SeqCst);
        self.levers()?.plant(&self.stage().account, fault).await
    }

    /// Has PortOne err no more.
    pub(super) async fn have_portone_right(&mut self) -> Result<(), Failure> {
        self.errs = false;
        // Faults end together: with the last check that needs one.
        if self.stage().erring.fetch_sub(1, Ordering::SeqCst) == 1 { self.levers()?.mend().await } else { Ok(()) }
    }

    pub(super) fn order(&self) -> &Placed {
        self.order.as_ref().expect("a sentence before this one makes an order")
    }

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

    /// What the shop says of an order that it may not have.
    pub(super) async fn told_of(&self, id: &str) -> Result<Option<State>, Failure> {
        self.stage().shop.state_if_any(&self.caller(), id).await
    }

    /// How PortOne has the payment.
    pub(super) async fn payment(&self, order_ref: &str) -> Result<BookedPayment, Failure> {
        self.levers()?.payment(&self.stage().account, order_ref).await
    }

    /// The number of the last call with which the shop asked PortOne about the order's payment, 0 if it has not.
    pub(super) async fn last_question(&self) -> Result<u64, Failure> {
        let calls = self.levers()?.calls().await?;
        let about = calls.iter().rev().find(|call| call.merchant_order_ref.as_ref() == Some(&self.order().reference));
        Ok(about.map_or(0, |call| call.number))
    }

    /// What can be told of the order's payment.
    pub(super) async fn forgery(&self) -> Result<Forgery, Failure> {
        let payment = self.payment(&self.order().order_ref).await?;
        Ok(Forgery {
            merchant_key: self.stage().account.key.clone(),
            order_ref: payment.order_ref,
            channel_order_ref: payment.channel_order_ref,
            merchant_order_ref: payment.merchant_order_ref,
            amount: payment.amount,
            method_name: self.order().method.name().to_owned(),
            method_key: payment.method,
        })
    }

    /// Another order of the shop's, paid.
    pub(super) async fn paid_order(&mut self) -> Result<Placed, Failure> {
        let wanted = self.stage().wanted(Method::CreditCard);
        self.paid(wanted).await
    }

    /// Another order of the shop's, of another payer's, that cost as much as this one and is paid.
    pub(super) async fn paid_alike(&mut self) -> Result<Placed, Failure> {
        let own = self.order().clone();
        self.paid(Wanted { amount: own.amount, ..self.stage().wanted(own.method) }).await
    }

    async fn paid(&mut self, wanted: Wanted) -> Result<Placed, Failure> {
        if self.stage().shop.integration().checkout.endpoint.is_none() {
            // Another payer has another browser.
            self.base.give_back_browser().await;
        }
        let own = self.order.take();
        let placed = self.place(wanted).await;
        self.order = own;
        let placed = placed?;
        if self.order.as_ref().is_some_and(|own| own.order_ref == placed.order_ref) {
            return Err(Failure::skipped("the shop makes one order of two that are alike"));
        }
        let stage = Arc::clone(self.stage());
        self.levers()?.pay(&stage.account, &placed.order_ref, None).await?;
        stage.shop.await_state(&self.caller(), &placed.id, &[State::Paid]).await?;
        Ok(placed)
    }

    /// The genuine webhook that waits.
    pub(super) async fn waiting_webhook(&self) -> Result<PaymentWebhook, Failure> {
        let within = self.stage().stage.patience.webhook;
        let body = self.stage().relay.await_arrival(&self.order().order_ref, within).await?;
        serde_json::from_str(&body).map_err(|error| Failure::blocked("PortOne's webhook", error.to_string()))
    }

    /// Sends the shop a payment webhook.
    pub(super) async fn tell(&mut self, webhook: &PaymentWebhook) -> Result<(), Failure> {
        let body = serde_json::to_string(webhook).expect("a webhook of plain data serialises");
        self.tell_text(&body).await
    }

    pub(super) async fn tell_text(&mut self, body: &str) -> Result<(), Failure> {
        let told = self.stage().callbacks.tell(&self.caller(), body).await?;
        self.acknowledged.push(told);
        Ok(())
    }

    /// Has the payer come back at an address.
    pub(super) async fn come_back(&mut self, address: &str) -> Result<(), Failure> {
        let answer = self.stage().callbacks.come_back(&self.caller(), address).await?;
        self.pages.extend(answer.is_page().then(|| answer.body.clone()));
        self.answers.push(answer);
        Ok(())
    }

    /// A page of the shop's that does not come is what is looked at, and no obstacle to looking.
    pub(super) async fn of_the_shop(&self, error: BrowserError) -> Failure {
        match error {
            BrowserError::Unreachable { url, cause } => {
                let missing = self.stage().pulse.missing().await;
                missing.unwrap_or_else(|| Failure::unmet(format!("a page at {url}"), cause))
            }
            other => other.into(),
        }
    }

    /// Looks again and again until the time is over: what must not happen is no sooner known not to.
    pub(super) async fn watch(
        within: Duration,
        mut look: impl AsyncFnMut() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let started = Instant::now();
        loop {
            look().await?;
            if started.elapsed() >= within {
                return Ok(());
            }
            tokio::time::sleep(WATCHING).await;
        }
    }

    /// The shop does not come to have the order as one of these, for as long as it may take to settle.
    pub(super) async fn never(&self, id: &str, unwanted: &[State]) -> Result<(), Failure> {
        let (shop, caller) = (&self.stage().shop, self.caller());
        let names: Vec<String> = unwanted.iter().map(ToString::to_string).collect();
        Self::watch(shop.settle(), async || {
            let state = shop.state(&caller, id).await?;
            if unwanted.contains(&state) {
                return Err(Failure::unmet(format!("the order never to be {}", names.join(" or ")), state.to_string()));
            }
            Ok(())
        })
        .await
    }

    /// How a shop may have an order that is refunded in part: as paid, where it has no word for it.
    pub(super) fn refunded_in_part(&self) -> State {
        let words = &self.stage().shop.integration().order.words;
        if words.partly_refunded.is_empty() { State::Paid } else { State::PartlyRefunded }
    }

    /// The shop goes on having the order so, for as long as it may take to settle.
    pub(super) async fn keeps(&self, id: &str, wanted: &State) -> Result<(), Failure> {
        let (shop, caller) = (&self.stage().shop, self.caller());
        Self::watch(shop.settle(), async || {
            let state = shop.state(&caller, id).await?;
            if state != *wanted {
                return Err(Failure::unmet(format!("the order to stay {wanted}"), state.to_string()));
            }
            Ok(())
        })
        .await
    }
}
