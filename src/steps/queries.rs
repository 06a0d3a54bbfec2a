//! Questions about orders, and corrections of them.

use super::{World, conclude::Must};
use crate::catalog::{CHANNEL, COUNTRY, Method};
use crate::journal::{Failure, expect_equal};
use crate::sandbox::{TokenKind, expect_recent};
use crate::wire::{Secret, StatusUpdate};
use cucumber::{then, when};

/// No order has this reference.
const NOWHERE: &str = "000000000000000000000000000";

#[when("the merchant queries the status of an order that does not exist")]
async fn status_of_nothing(w: &mut World) {
    let reply = w.merchant().portone.status(NOWHERE, &TokenKind::Genuine).await.must();
    w.reply = Some(reply.without_content());
}

#[when("the merchant queries the details of an order that does not exist")]
async fn details_of_nothing(w: &mut World) {
    w.reply = Some(w.merchant().portone.details(NOWHERE).await.must().without_content());
}

#[when("the merchant tries to refund an order that does not exist")]
async fn refund_of_nothing(w: &mut World) {
    let reply = w.merchant().refund(NOWHERE, crate::wire::RefundKind::Full, 1.into()).await.must();
    w.reply = Some(reply.without_content());
}

#[then("the details repeat what the merchant requested")]
async fn details_repeat_the_request(w: &mut World) {
    let order = w.order();
    let details = w.merchant().portone.details(&order.order_ref).await.must().accepted("the details query").must();
    let request = &order.request;
    expect_equal("amount", &request.amount, &details.amount).must();
    expect_equal("currency", &request.currency, &details.currency).must();
    expect_equal("merchant's order", &request.merchant_order_id, &details.merchant_order_ref).must();
    expect_equal("order", &order.order_ref, &details.order_ref).must();
    expect_equal("channel's order", &order.channel_order_ref, &details.channel_order_ref).must();
    expect_equal("method", &request.pmt_method, &details.method_key).must();
    expect_equal(
        "method name",
        &Method::from_key(&request.pmt_method).map_or("", Method::name),
        &details.method_name.as_str(),
    )
    .must();
    expect_equal("description", &request.description, &details.description).must();
    expect_equal("channel", &CHANNEL, &details.channel_key.as_str()).must();
    expect_equal("merchant", &w.merchant().account().key, &details.merchant_key).must();
    expect_recent("the date of the details", &details.date).must();
    expect_equal("country", &COUNTRY, &details.country_code.as_str()).must();
}

#[then("the details name the ATM card as the method")]
async fn details_name_the_atm_card(w: &mut World) {
    let details = w.merchant().portone.details(&w.order().order_ref).await.must().accepted("the details query").must();
    expect_equal("method", &Method::AtmCard.key(), &details.method_key.as_str()).must();
}

#[when(regex = "^another merchant asks for (the status|the details|the refunds|a refund) of that order$")]
async fn another_merchant_asks(w: &mut World, what: String) {
    let other = w.another_merchant().await.must();
    let order = w.order();
    let reply = match what.as_str() {
        "the status" => {
            let id = &order.request.merchant_order_id;
            other.portone.status(id, &TokenKind::Genuine).await.must().without_content()
        }
        "the details" => other.portone.details(&order.order_ref).await.must().without_content(),
        "a refund" => {
            let all = order.request.amount;
            other.refund(&order.order_ref, crate::wire::RefundKind::Full, all).await.must().without_content()
        }
        _ => other.portone.refunds(&order.order_ref).await.must().without_content(),
    };
    w.reply = Some(reply);
}

#[when("another merchant marks that order as succeeded")]
async fn another_merchant_marks(w: &mut World) {
    let other = w.another_merchant().await.must();
    let id = &w.order().request.merchant_order_id;
    let update = StatusUpdate::signed("Success", id, &other.account().secret);
    w.reply = Some(other.portone.update_status(&update).await.must().without_content());
}

#[when("the merchant marks the order as succeeded")]
async fn marks_as_succeeded(w: &mut World) {
    w.mark("Success", &w.merchant().account().secret.clone()).await.must();
}

#[when("the merchant marks the order as failed")]
async fn marks_as_failed(w: &mut World) {
    w.mark("Failed", &w.merchant().account().secret.clone()).await.must();
}

#[when("somebody marks the order as succeeded with a wrong signature")]
async fn marks_with_a_wrong_signature(w: &mut World) {
    w.mark("Success", &Secret::new("a secret that is not the merchant's")).await.must();
}

impl World {
    async fn mark(&mut self, status: &str, secret: &Secret) -> Result<(), Failure> {
        let update = StatusUpdate::signed(status, &self.order().request.merchant_order_id, secret);
        self.reply = Some(self.merchant().portone.update_status(&update).await?.without_content());
        Ok(())
    }
}
