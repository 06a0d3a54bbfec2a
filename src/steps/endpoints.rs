//! Every endpoint, asked with and without what it has to ask for.

use super::{World, conclude::Must};
use crate::catalog::Method;
use crate::journal::Failure;
use crate::journeys::payment_webhook;
use crate::sandbox::{Draft, KEY_HEADER, TokenKind, completed, expect_repeated, expect_told_of_buyer};
use crate::wire::Secret;
use crate::wire::contract::Operation;
use cucumber::{Parameter, then, when};
use std::str::FromStr;

/// A key that no merchant has.
const NOBODY: &str = "NO_SUCH_MERCHANT_KEY";

/// An operation as the features call it.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(
    name = "operation",
    regex = "a signature|a payment|the status|the details|a correction|a webhook endpoint|the webhook endpoints|a refund|the refunds"
)]
struct Asked(Operation);

impl FromStr for Asked {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self(match text {
            "a signature" => Operation::GenerateSignature,
            "a payment" => Operation::InitiatePayment,
            "the status" => Operation::TransactionStatus,
            "the details" => Operation::TransactionDetails,
            "a correction" => Operation::UpdateTransactionStatus,
            "a webhook endpoint" => Operation::AddWebhook,
            "the webhook endpoints" => Operation::ListWebhooks,
            "a refund" => Operation::CreateRefund,
            "the refunds" => Operation::ListRefunds,
            _ => return Err(format!("no operation is called {text:?}")),
        }))
    }
}

#[when(expr = "the merchant asks for {operation} with no token")]
async fn without_token(w: &mut World, asked: Asked) {
    w.ask(asked, |draft| draft.remove_header("authorization")).await.must();
}

#[when(expr = "the merchant asks for {operation} with no key")]
async fn without_key(w: &mut World, asked: Asked) {
    w.ask(asked, |draft| draft.remove_header(KEY_HEADER)).await.must();
}

#[when(expr = "the merchant asks for {operation} with a key of nobody")]
async fn with_a_key_of_nobody(w: &mut World, asked: Asked) {
    w.ask(asked, |draft| draft.set_header(KEY_HEADER, NOBODY.to_owned())).await.must();
}

#[when(expr = "the merchant asks for {operation} with an expired token")]
async fn with_an_expired_token(w: &mut World, asked: Asked) {
    w.ask_with_token(asked, &TokenKind::Expired).await.must();
}

#[when(expr = "the merchant asks for {operation} with a token signed with another secret")]
async fn with_a_forged_token(w: &mut World, asked: Asked) {
    w.ask_with_token(asked, &TokenKind::Forged).await.must();
}

#[then(expr = "asked for {operation} with key and token, the vendor does it")]
async fn with_key_and_token(w: &mut World, asked: Asked) {
    w.ask(asked, |_| ()).await.must();
    w.reply().clone().accepted("the same request with key and token").must();
}

#[when("the merchant initiates a payment with every optional part")]
async fn with_every_optional_part(w: &mut World) {
    let request = w.merchant().request(&w.stage().next_order_id(), Method::Qr, 90_000.into()).must();
    let request = completed(request, &w.merchant().account().secret);
    w.order = Some(w.merchant().submit(request).await.must());
}

#[then("the details repeat every optional part")]
async fn details_repeat_every_part(w: &mut World) {
    let details = w.merchant().portone.details(&w.order().order_ref).await.must().accepted("the details query").must();
    expect_repeated(&w.order().request, &details).must();
}

#[then("the webhook repeats what the order says of the buyer")]
async fn the_webhook_repeats_the_buyer(w: &mut World) {
    let (merchant, order) = (w.merchant(), w.order());
    let webhook = payment_webhook(merchant.mailbox().must(), order, w.stage().patience.webhook).await.must();
    expect_told_of_buyer(&order.request, &webhook).must();
}

impl World {
    /// Asks for an operation about the scenario's order, if it has one, after `change`.
    async fn ask(&mut self, Asked(operation): Asked, change: impl FnOnce(&mut Draft)) -> Result<(), Failure> {
        let (order_ref, id) =
            self.order.as_ref().map_or(("", ""), |order| (&order.order_ref, &order.request.merchant_order_id));
        let portone = &self.merchant().portone;
        let mut draft = portone.draft(operation, order_ref, id, &self.stage().next_order_id());
        change(&mut draft);
        self.reply = Some(portone.ask(&draft).await?);
        Ok(())
    }

    /// Asks for an operation with a token that has to be refused.
    async fn ask_with_token(&mut self, asked: Asked, kind: &TokenKind) -> Result<(), Failure> {
        let token = self.merchant().portone.token(kind);
        let header = format!("Bearer {}", token.as_ref().map_or("", Secret::expose));
        self.ask(asked, |draft| draft.set_header("authorization", header)).await
    }
}
