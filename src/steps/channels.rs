//! What each channel says of a payment.

use super::{
    World,
    conclude::Must,
    parameters::{Money, Reason},
};
use crate::journal::Failure;
use crate::journeys::{Outcome, Story};
use cucumber::then;

/// The details and the status query both tell `outcome`.
async fn the_merchant_reads(w: &World, outcome: Outcome) {
    w.expect_details(outcome).await.must();
    w.expect_status(outcome).await.must();
}

/// The amount in a sentence is the order's; the order is then what each channel is held to.
fn is_the_orders(w: &World, amount: Money) {
    let placed = w.order().request.amount;
    if placed != amount.0 {
        Err::<(), _>(Failure::defect(format!("the order is of {placed} VND, the sentence says {}", amount.0))).must();
    }
}

#[then(expr = "the merchant reads that {money} VND were paid")]
async fn reads_paid(w: &mut World, amount: Money) {
    is_the_orders(w, amount);
    the_merchant_reads(w, Outcome::Paid).await;
}

#[then("the merchant reads that the payment is still open")]
async fn reads_open(w: &mut World) {
    the_merchant_reads(w, Outcome::Open).await;
}

#[then("the merchant reads that the payment expired")]
async fn reads_expired(w: &mut World) {
    the_merchant_reads(w, Outcome::Expired).await;
}

#[then(expr = "the merchant reads that the payment failed because {reason}")]
async fn reads_failed(w: &mut World, reason: Reason) {
    the_merchant_reads(w, Outcome::Failed(Some(reason.0))).await;
}

async fn the_redirect_says(w: &mut World, outcome: Outcome) {
    let redirect = w.arrival().await.must().redirect;
    w.expect_genuine_redirect(&redirect).must();
    Story::of_redirect(&redirect).must().expect(w.order(), outcome).must();
}

#[then(expr = "the redirect says that {money} VND were paid")]
async fn redirect_paid(w: &mut World, amount: Money) {
    is_the_orders(w, amount);
    the_redirect_says(w, Outcome::Paid).await;
}

#[then("the redirect says that the payment is open")]
async fn redirect_open(w: &mut World) {
    the_redirect_says(w, Outcome::Open).await;
}

#[then(expr = "the redirect says that the payment failed because {reason}")]
async fn redirect_failed(w: &mut World, reason: Reason) {
    the_redirect_says(w, Outcome::Failed(Some(reason.0))).await;
}

async fn the_webhook_says(w: &World, outcome: Outcome) {
    let merchant = w.merchant();
    let mailbox = merchant.mailbox().must();
    let secret = &merchant.account().secret;
    let story = Story::of_webhook(mailbox, w.order(), secret, w.stage().patience.webhook).await;
    story.must().expect(w.order(), outcome).must();
}

#[then(expr = "the webhook says that {money} VND were paid")]
async fn webhook_paid(w: &mut World, amount: Money) {
    is_the_orders(w, amount);
    the_webhook_says(w, Outcome::Paid).await;
}

#[then(expr = "the webhook says that the payment failed because {reason}")]
async fn webhook_failed(w: &mut World, reason: Reason) {
    the_webhook_says(w, Outcome::Failed(Some(reason.0))).await;
}

#[then("the webhook says that the payment expired")]
async fn webhook_expired(w: &mut World) {
    the_webhook_says(w, Outcome::Expired).await;
}

#[then("the status query says that the payment succeeded")]
#[then("the status query still says that the payment succeeded")]
async fn status_paid(w: &mut World) {
    w.expect_status(Outcome::Paid).await.must();
}

#[then("the status query says that the payment failed")]
async fn status_failed(w: &mut World) {
    w.expect_status(Outcome::Failed(None)).await.must();
}

#[then("the status query says that the payment expired")]
async fn status_expired(w: &mut World) {
    w.expect_status(Outcome::Expired).await.must();
}

#[then("the status query says that the payment is open")]
async fn status_open(w: &mut World) {
    w.expect_status(Outcome::Open).await.must();
}

#[then(expr = "the details say that {money} VND were paid")]
async fn details_paid(w: &mut World, amount: Money) {
    is_the_orders(w, amount);
    w.expect_details(Outcome::Paid).await.must();
}

#[then(expr = "the details say that the payment failed because {reason}")]
async fn details_failed(w: &mut World, reason: Reason) {
    w.expect_details(Outcome::Failed(Some(reason.0))).await.must();
}

#[then("the details say that the payment expired")]
async fn details_expired(w: &mut World) {
    w.expect_details(Outcome::Expired).await.must();
}

async fn the_portal_says(w: &mut World, outcome: Outcome) {
    let transaction = w.portal().await.must().transaction().await.must();
    Story::of_portal(transaction).expect(w.order(), outcome).must();
}

#[then(expr = "the portal says that {money} VND were paid")]
async fn portal_paid(w: &mut World, amount: Money) {
    is_the_orders(w, amount);
    the_portal_says(w, Outcome::Paid).await;
}

#[then("the portal says that the payment failed")]
async fn portal_failed(w: &mut World) {
    the_portal_says(w, Outcome::Failed(None)).await;
}

#[then("the portal says that the payment expired")]
async fn portal_expired(w: &mut World) {
    the_portal_says(w, Outcome::Expired).await;
}
