//! Refunds in the queue: arranged by lever, verified on the dashboard, settled on the portal.

use super::{
    World,
    conclude::Must,
    parameters::{Ending, Money},
    portal::expect_row,
};
use crate::journal::Failure;
use crate::journeys::{Dashboard, Portal, RefundRow};
use crate::sandbox::{RefundMode, SmartPaySays};
use cucumber::{given, then, when};
use std::sync::Arc;

#[given("SmartPay queues refunds")]
async fn queues_refunds(w: &mut World) {
    w.arrange_refunds(RefundMode::Queue, SmartPaySays::Success).await.must();
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
