//! Refunds in the queue: arranged by lever, verified on the dashboard, settled on the portal.

use super::{
    World,
    conclude::Must,
    ordering::a_payment,
    parameters::{Ending, Money},
    portal::expect_row,
    refunding::refunds,
};
use crate::journal::{Failure, expect_equal};
use crate::journeys::{Dashboard, Portal, RefundRow};
use crate::sandbox::{Onboarding, RefundMode, SmartPaySays};
use crate::wire::{Amount, RefundStatus};
use cucumber::{given, then, when};
use rust_decimal::Decimal;
use std::sync::Arc;

#[given("SmartPay queues refunds")]
async fn queues_refunds(w: &mut World) {
    if w.stage().target.levers().is_some() {
        w.arrange_refunds(RefundMode::Queue, SmartPaySays::Success).await.must();
    } else {
        // It cannot be arranged, but it may happen: what became of the refund is looked at once there is one.
        w.wants_queue = true;
    }
}

#[given("a refund that waits in the queue")]
async fn a_waiting_refund(w: &mut World) {
    if let Some(reference) = w.stage().target.queued_refund.clone() {
        w.introduce(Onboarding::COMPLETE, 0).await.must();
        w.waiting = Some(reference);
        return;
    }
    a_payment(w, Money(600_000.into())).await;
    queues_refunds(w).await;
    refunds(w, Money(200_000.into())).await;
    w.waiting = Some(w.order().order_ref.clone());
}

#[then("the merchant reads that it waits, with its amount set aside")]
async fn it_waits(w: &mut World) {
    let reference = w.waiting.clone().expect("a sentence before this one names a refund");
    let listed = w.merchant().refunds(&reference).await.must();
    let waiting = listed.refund_details.iter().any(|refund| refund.refund_status == RefundStatus::InQueue);
    let statuses: Vec<String> = listed.refund_details.iter().map(|refund| refund.refund_status.to_string()).collect();
    let seen = format!("the refunds of {reference} are {statuses:?}");
    if !waiting && w.stage().target.queued_refund.is_some() {
        Err::<(), _>(Failure::skipped(format!("the configured refund waits no longer: {seen}"))).must();
    }
    if !waiting {
        Err::<(), _>(Failure::unmet("a refund in the queue", seen)).must();
    }
    let details = w.merchant().portone.details(&reference).await.must().accepted("the details query").must();
    let money = |amount: Amount| amount.decimal().map_err(|error| Failure::unmet("an amount", error.to_string()));
    let taken = listed.refund_details.iter().filter(|refund| refund.refund_status != RefundStatus::Failed);
    let taken = taken.map(|refund| money(refund.amount)).sum::<Result<Decimal, _>>().must();
    let left = money(details.amount).must() - taken;
    let refundable = money(listed.amount_to_refund).must();
    expect_equal("refundable", &left.normalize(), &refundable.normalize()).must();
}

#[given(expr = "SmartPay queues refunds that it will call {ending}")]
async fn queues_refunds_that_end(w: &mut World, ending: Ending) {
    w.arrange_refunds(RefundMode::Queue, ending.says()).await.must();
}

#[given("SmartPay settles refunds at once")]
async fn settles_refunds(w: &mut World) {
    w.arrange_refunds(RefundMode::Settle, SmartPaySays::Success).await.must();
}

#[when("the operator looks the refund up on SmartPay's dashboard")]
async fn looks_it_up(w: &mut World) {
    let refund = w.latest_refund().await.must();
    w.dashboard_row(&refund.psp_refund_id).await.must();
}

#[then(expr = "the dashboard shows {money} VND as {ending}")]
async fn the_dashboard_shows(w: &mut World, amount: Money, ending: Ending) {
    let refund = w.latest_refund().await.must();
    let row = w.dashboard_row(&refund.psp_refund_id).await.must();
    expect_row(&[row], amount.0, ending).must();
}

#[given(expr = "the operator has settled the refund as {ending} on the portal")]
#[when(expr = "the operator settles the refund as {ending} on the portal")]
async fn settles(w: &mut World, ending: Ending) {
    w.portal().await.must().settle(ending.settlement()).await.must();
    w.await_settlement().await.must();
}

#[given("the operator has opened the portal in two windows")]
async fn opens_two_windows(w: &mut World) {
    w.portal().await.must();
    w.session().await.must().new_window().await.must();
}

#[when(expr = "the operator settles the refund as {ending} in the other window")]
async fn settles_in_the_other_window(w: &mut World, ending: Ending) {
    let session = w.session().await.must();
    session.close_window().await.must();
    Portal::at(session).settle(ending.settlement()).await.must();
}

#[then("the portal reports the settlement as the operator's error")]
async fn reports_an_error(w: &mut World) {
    let reports = w.portal().await.must().reconciliation().await.must();
    let named = reports.iter().any(|report| report.to_lowercase().contains("operator's error"));
    if !named {
        Err::<(), _>(Failure::unmet("the portal to name the operator's error", format!("{reports:?}"))).must();
    }
}

#[then("the portal reports no error of the operator")]
async fn reports_no_error(w: &mut World) {
    let mut portal = w.portal().await.must();
    // The settled refund is there, so that the place where an error would be reported is too.
    if portal.refunds().await.must().is_empty() {
        Err::<(), _>(Failure::unmet("the settled refund on the portal", "no refund")).must();
    }
    let reports = portal.reconciliation().await.must();
    if reports.iter().any(|report| !report.trim().is_empty()) {
        Err::<(), _>(Failure::unmet("no report of an operator's error", format!("{reports:?}"))).must();
    }
}

impl World {
    /// Where a scenario wants refunds to wait and the target cannot be told to, the last one does wait.
    ///
    /// # Errors
    /// Skipped, when it was settled at once.
    pub(super) async fn expect_queued_where_wanted(&self) -> Result<(), Failure> {
        if self.wants_queue && self.latest_refund().await?.refund_status == RefundStatus::Success {
            return Err(Failure::skipped("settled at once: the target queued no refund"));
        }
        Ok(())
    }

    async fn arrange_refunds(&self, next: RefundMode, says: SmartPaySays) -> Result<(), Failure> {
        self.levers()?.set_refunds(self.merchant().account(), next, says).await
    }

    /// The row of a refund on SmartPay's dashboard, by SmartPay's own reference.
    async fn dashboard_row(&mut self, psp_refund_id: &str) -> Result<RefundRow, Failure> {
        let (stage, account) = (Arc::clone(self.stage()), self.merchant().account().clone());
        let rows = Dashboard::open(self.session().await?, &stage.target, &account).await?.refunds().await?;
        let seen = format!("{:?}", rows.iter().map(|row| &row.reference).collect::<Vec<_>>());
        rows.into_iter()
            .find(|row| row.reference.as_deref() == Some(psp_refund_id))
            .ok_or_else(|| Failure::unmet(format!("the refund {psp_refund_id} on the dashboard"), seen))
    }

    /// What the portal says against the last action.
    pub(super) async fn portal_refusal(&mut self) -> Result<String, Failure> {
        Portal::refusal(self.session().await?).await
    }

    /// The page that follows a settlement no longer offers it.
    async fn await_settlement(&mut self) -> Result<(), Failure> {
        Portal::settled(self.session().await?).await
    }
}
