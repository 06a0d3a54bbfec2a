//! Refunds on the merchant portal.

use super::{
    World,
    conclude::Must,
    parameters::{Ending, Money},
};
use crate::journal::{Failure, expect_equal};
use crate::wire::Amount;
use cucumber::{then, when};

#[when("the operator refunds it in full on the portal")]
async fn refunds_in_full(w: &mut World) {
    let done = w.portal().await.must().refund(None).await.must();
    expect_done(w, done).await.must();
}

#[when(expr = "the operator refunds {money} VND on the portal")]
async fn refunds_in_part(w: &mut World, amount: Money) {
    let done = w.portal().await.must().refund(Some(amount.0)).await.must();
    expect_done(w, done).await.must();
}

#[when(expr = "the operator tries to refund {money} VND on the portal")]
async fn tries_to_refund(w: &mut World, amount: Money) {
    // Whether the portal took it is what the scenario asks next.
    w.portal().await.must().refund(Some(amount.0)).await.must();
}

/// The portal says that the refund was carried out.
async fn expect_done(w: &mut World, done: bool) -> Result<(), Failure> {
    if done {
        return Ok(());
    }
    Err(Failure::unmet("the portal to carry out the refund", w.portal_refusal().await?))
}

#[then(expr = "the portal shows a refund of {money} VND as {ending}")]
async fn shows_a_refund(w: &mut World, amount: Money, ending: Ending) {
    let rows = w.portal().await.must().refunds().await.must();
    expect_row(&rows, amount.0, ending).must();
}

#[then(expr = "the portal says that {money} VND remain refundable")]
async fn says_what_remains(w: &mut World, amount: Money) {
    let remains = w.portal().await.must().refundable().await.must();
    expect_equal("the portal to say that there remains", &amount.0, &remains).must();
}

/// One of `rows` shows `amount` with that ending.
pub(super) fn expect_row(rows: &[crate::journeys::RefundRow], amount: Amount, ending: Ending) -> Result<(), Failure> {
    if rows.iter().any(|row| row.amount == amount && ending.words().contains(&row.status.as_str())) {
        return Ok(());
    }
    let seen: Vec<String> = rows.iter().map(|row| format!("{} {}", row.amount, row.status)).collect();
    Err(Failure::unmet(format!("a refund of {amount} VND as {}", ending.words()[0]), format!("{seen:?}")))
}

#[then("the portal refuses the refund")]
async fn refuses_the_refund(w: &mut World) {
    w.said = Some(w.portal_refusal().await.must());
    w.expect_said("the portal to say that it is too much", r"(?i)more than|exceed|too much|lớn hơn|vượt").must();
}

#[then("the portal refuses the settlement")]
async fn refuses_the_settlement(w: &mut World) {
    w.said = Some(w.portal_refusal().await.must());
    w.expect_said("the portal to say that it was settled before", r"(?i)already|before|trước đó|đã").must();
}
