//! Refunds that the shop is asked for, and what PortOne makes of them.

use super::{ShopWorld, judging::is_amount};
use crate::journal::{Failure, expect_equal};
use crate::sandbox::{BookedOrder, RefundMode, SmartPaySays};
use crate::steps::conclude::Must;
use crate::wire::RefundStatus;
use cucumber::{given, then, when};
use serde_json::json;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Between two looks at PortOne's books.
const LOOKING: Duration = Duration::from_millis(150);

#[given("refunds wait in the queue")]
async fn wait_in_the_queue(w: &mut ShopWorld) {
    let stage = Arc::clone(w.stage());
    w.hold_refunds().await;
    w.levers().must().set_refunds(&stage.account, RefundMode::Queue, SmartPaySays::Success).await.must();
}

#[when(regex = "^the shop is asked to refund (it|a third of it)$")]
async fn is_asked(w: &mut ShopWorld, part: String) {
    let stage = Arc::clone(w.stage());
    w.hold_refunds().await;
    let amount = if part == "it" { w.order().amount } else { w.order().amount / 3 };
    let (caller, id) = (w.caller(), w.order().id.clone());
    let answer = stage.shop.refund(&caller, &id, amount).await.must();
    w.answers.push(answer);
    w.let_refunds_go_once_begun().await.must();
}

#[when(regex = "^a stranger asks the shop to refund it, with(?:out a|( an empty| a)) word(?: of their own)?$")]
async fn a_stranger_asks(w: &mut ShopWorld, word: String) {
    let (shop, caller) = (w.stage().shop.clone(), w.caller());
    let word = match word.as_str() {
        "" => None,
        " an empty" => Some(""),
        _ => Some("a-word-of-a-strangers"),
    };
    let answer = shop.refund_by_a_stranger(&caller, &w.order().id, w.order().amount, word).await.must();
    w.answers.push(answer);
}

#[then("PortOne has refunded nothing of it")]
async fn has_refunded_nothing(w: &mut ShopWorld) {
    let orders = w.levers().must().orders(&w.stage().account).await.must();
    let refunds =
        orders.into_iter().filter(|order| order.order_ref == w.order().order_ref).flat_map(|order| order.refunds);
    expect_equal("refunds at PortOne:", &0, &refunds.count()).must();
}

#[when(regex = "^the operator settles the refund as (successful|failed)$")]
async fn settles(w: &mut ShopWorld, how: String) {
    let (order, refunds) = w.await_refund().await.must();
    let refund = refunds.refunds.last().map(|refund| refund.refund_id.clone()).unwrap_or_default();
    let account = w.stage().account.clone();
    w.levers().must().settle(&account, &order, &refund, how == "successful").await.must();
}

#[when("the shop is asked twice at once to refund it")]
async fn is_asked_twice(w: &mut ShopWorld) {
    let stage = Arc::clone(w.stage());
    w.hold_refunds().await;
    let (caller, id, amount) = (w.caller(), w.order().id.clone(), w.order().amount);
    let ask = || stage.shop.refund(&caller, &id, amount);
    let (first, second) = futures::join!(ask(), ask());
    w.answers.extend([first.must(), second.must()]);
    w.let_refunds_go_once_begun().await.must();
}

#[when(
    regex = "^somebody sends a webhook that says (it is refunded|this refund is done|this refund is of everything)$"
)]
async fn forged_refund(w: &mut ShopWorld, what: String) {
    let payment = w.payment(&w.order().order_ref).await.must();
    let refund_id = match what.as_str() {
        "it is refunded" => "2mbbExY77pp8iC0AQ1ucWym999".to_owned(),
        _ => w.await_refund().await.must().1.refunds.last().map(|refund| refund.refund_id.clone()).unwrap_or_default(),
    };
    let body = json!({
        "refund_date": "2026-01-02T03:04:05.678901Z", "refund_id": refund_id,
        "psp_refund_id": "SPR999999", "amount": payment.amount, "currency": "VND", "refund_status": "SUCCESS",
        "refund_type": "full", "refund_reason": "asked for", "merchant_id": "9800000205", "description": "Refund",
        "payment_txn_ref": payment.order_ref, "payment_channel": "SMARTPAY", "payment_method": payment.method,
        "merchant_order_ref": payment.merchant_order_ref, "order_ref": payment.order_ref,
    });
    let told = w.stage().callbacks.tell_of_refund(&w.caller(), &body.to_string()).await.must();
    w.acknowledged.push(told);
}

#[then(regex = "^PortOne has refunded (all|a third) of it$")]
async fn has_refunded(w: &mut ShopWorld, part: String) {
    let (_, order) = w.await_refund().await.must();
    let amount = if part == "all" { w.order().amount } else { w.order().amount / 3 };
    let refunded = refunded_of(&order);
    expect_equal("refunded at PortOne", &f64::from(amount), &refunded).must();
    w.expect_refunded(refunded).await.must();
}

#[then("the shop's books have what PortOne has refunded")]
async fn have_what_portone_has(w: &mut ShopWorld) {
    if w.stage().shop.integration().order.refunded.is_none() {
        Err::<(), _>(Failure::skipped("the shop does not say what was refunded (order.refunded)")).must();
    }
    let (_, order) = w.await_refund().await.must();
    w.expect_refunded(refunded_of(&order)).await.must();
}

fn refunded_of(order: &BookedOrder) -> f64 {
    let done = order.refunds.iter().filter(|refund| refund.status == RefundStatus::Success);
    done.map(|refund| refund.amount.value()).sum()
}

impl ShopWorld {
    /// Waits until no other check has refunds wait, or have none.
    async fn hold_refunds(&mut self) {
        if self.queue.is_none() {
            self.queue = Some(Arc::clone(&self.stage().refunds).lock_owned().await);
        }
    }

    /// The shop comes to have this as refunded, where it says so.
    async fn expect_refunded(&self, refunded: f64) -> Result<(), Failure> {
        let (shop, caller, id) = (&self.stage().shop, self.caller(), &self.order().id);
        let started = Instant::now();
        while let Some(told) = shop.refunded(&caller, id).await? {
            if is_amount(&told, refunded) {
                return Ok(());
            }
            if started.elapsed() > shop.settle() {
                return Err(Failure::unmet(format!("refunded in the shop's books: {refunded}"), told));
            }
            tokio::time::sleep(LOOKING).await;
        }
        Ok(())
    }

    /// Lets others have refunds as soon as PortOne has this one, or never will.
    async fn let_refunds_go_once_begun(&mut self) -> Result<(), Failure> {
        // That it has none is told where it is looked for.
        drop(self.await_refund().await);
        self.let_refunds_go().await
    }

    /// The order with at least one refund, once PortOne has one.
    async fn await_refund(&self) -> Result<(String, BookedOrder), Failure> {
        let order_ref = self.order().order_ref.clone();
        let within = self.stage().shop.settle();
        let started = Instant::now();
        loop {
            let orders = self.levers()?.orders(&self.stage().account).await?;
            let order = orders.into_iter().find(|order| order.order_ref == order_ref && !order.refunds.is_empty());
            if let Some(order) = order {
                return Ok((order_ref, order));
            }
            if started.elapsed() > within {
                let answered = self.answers.last().map(|answer| format!("; the shop answered {}", answer.status));
                let expected = format!("a refund at PortOne within {within:?}");
                let failure = Failure::unmet(expected, format!("none{}", answered.unwrap_or_default()));
                return Err(self.with_refusals(failure, "createRefund").await);
            }
            tokio::time::sleep(LOOKING).await;
        }
    }
}
