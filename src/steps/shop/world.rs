//! The state of one attempt of one check.

use super::{ShopStage, placing::Placed};
use crate::browser::BrowserError;
use crate::catalog::Method;
use crate::journal::{Failure, Scribe};
use crate::merchant::{Acknowledgement, Answer, Caller, Forgery, State, Wanted};
use crate::sandbox::{BookedPayment, Levers};
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
pub(super) const WATCHING: Duration = Duration::from_millis(400);

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
    pub(super) before: Option<HashSet<String>>,
    /// How many calls PortOne had counted then.
    pub(super) calls_before: u64,
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
