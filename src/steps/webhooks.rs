//! Webhook endpoints and what reaches them.

use super::{World, conclude::Must, parameters::Money};
use crate::catalog::{CHANNEL, COUNTRY, Method};
use crate::journal::{Failure, expect_equal};
use crate::journeys::{Outcome, Story, expect_signed, payment_webhook};
use crate::sandbox::{Delivery, Onboarding, expect_recent};
use crate::wire::{
    Amount, PaymentWebhook, RefundStatus, RefundWebhook, TransactionStatus, Unknown, WebhookRegistration,
};
use cucumber::{given, then, when};

#[given("a merchant with two webhook endpoints")]
async fn two_endpoints(w: &mut World) {
    w.introduce(Onboarding::COMPLETE, 0).await.must();
    w.merchant().register("payment_status", "payment-second").await.must();
}

#[given("a merchant whose webhook endpoint fails at first")]
async fn a_failing_endpoint(w: &mut World) {
    w.introduce(Onboarding::COMPLETE, 1).await.must();
}

#[when(regex = "^the merchant registers a webhook endpoint for (payment|refund) events$")]
async fn registers(w: &mut World, events: String) {
    let kind = format!("{events}_status");
    let id = w.stage().next_order_id();
    let registration = WebhookRegistration {
        name: format!("conformance {id}"),
        url: format!("https://shop.example/{id}?events={events}"),
        kind,
        environment: "sandbox".to_owned(),
        unknown: Unknown::default(),
    };
    let endpoint = w.merchant().portone.register_webhook(&registration).await.must();
    let endpoint = endpoint.accepted("the registration of a webhook endpoint").must();
    expect_equal("an endpoint named", &registration.name, &endpoint.name).must();
    expect_equal("an endpoint at", &registration.url, &endpoint.url).must();
    expect_equal("an endpoint for", &registration.kind, &endpoint.kind).must();
    expect_recent("the moment of the registration", &endpoint.created_at).must();
    w.endpoint = Some(endpoint);
}

#[then("the list of webhook endpoints holds it, enabled")]
async fn the_list_holds_it(w: &mut World) {
    let registered = w.endpoint.clone().expect("a sentence before this one registers an endpoint");
    let listed = w.merchant().portone.webhooks().await.must().accepted("the list of webhook endpoints").must();
    let found = listed.iter().find(|endpoint| endpoint.uuid == registered.uuid);
    let found =
        found.ok_or_else(|| Failure::unmet(format!("the endpoint {}", registered.uuid), format!("{listed:?}"))).must();
    expect_equal("an endpoint named", &registered.name, &found.name).must();
    expect_equal("an endpoint at", &registered.url, &found.url).must();
    expect_equal("an endpoint for", &registered.kind, &found.kind).must();
    expect_equal("enabled", &true, &found.enabled).must();
}

#[when("the order is paid")]
async fn the_order_is_paid(w: &mut World) {
    w.settle(None).await.must();
}

#[when("the order is paid and its webhook acknowledged")]
async fn paid_and_told(w: &mut World) {
    w.settle(None).await.must();
    w.expect_told().await.must();
}

#[when("another order is paid and its webhook acknowledged")]
async fn another_paid_and_told(w: &mut World) {
    w.earlier = w.order.take();
    w.place(Method::CreditCard, Amount::from(80_000)).await.must();
    w.settle(None).await.must();
    w.expect_told().await.must();
}

#[then("the first order's outcome was delivered once")]
async fn delivered_once(w: &mut World) {
    let told = w.told_of_earlier().must();
    let outcomes = told.iter().filter(|webhook| webhook.status.is_final()).count();
    expect_equal("webhooks with the outcome of the first order:", &1, &outcomes).must();
}

#[then("the first order's outcome is the last that was delivered about it")]
async fn nothing_after_the_outcome(w: &mut World) {
    let told = w.told_of_earlier().must();
    let outcome = told.iter().position(|webhook| webhook.status.is_final());
    let outcome = outcome.ok_or_else(|| Failure::unmet("the outcome of the first order", "no webhook with it")).must();
    for webhook in &told[outcome..] {
        expect_equal("the outcome, and whatever follows it, to say", &TransactionStatus::Success, &webhook.status)
            .must();
    }
}

#[when(expr = "the merchant refunds {money} VND and its webhook is acknowledged")]
async fn refunded_and_told(w: &mut World, amount: Money) {
    super::refunding::refunds(w, amount).await;
    w.earlier_refund = w.later_refund.take();
    let refund = w.latest_refund().await.must();
    w.refund_webhook_of(&refund.refund_id).await.must();
    w.later_refund = Some(refund);
}

#[then("the first refund's outcome was delivered once")]
async fn refund_delivered_once(w: &mut World) {
    let told = w.told_of_earlier_refund().must();
    let outcomes = told.iter().filter(|webhook| webhook.refund_status.is_final()).count();
    expect_equal("webhooks with the outcome of the first refund:", &1, &outcomes).must();
}

#[then("the first refund's outcome is the last that was delivered about it")]
async fn nothing_after_the_refunds_outcome(w: &mut World) {
    let told = w.told_of_earlier_refund().must();
    let outcome = told.iter().position(|webhook| webhook.refund_status.is_final());
    let outcome = outcome.ok_or_else(|| Failure::unmet("the outcome of the first refund", "no webhook with it")).must();
    for webhook in &told[outcome..] {
        expect_equal("the outcome, and whatever follows it, to say", &RefundStatus::Success, &webhook.refund_status)
            .must();
    }
}

#[then("each webhook endpoint receives the payment, signed")]
async fn each_endpoint_receives(w: &mut World) {
    w.expect_payment_at("payment").await.must();
    w.expect_payment_at("payment-second").await.must();
}

#[then("the webhook is delivered again with the same contents")]
async fn delivered_again(w: &mut World) {
    let again = w.delivered_again("payment").await.must();
    w.expect_genuine(&again).must();
}

#[then("the refund's webhook is delivered again with the same contents")]
async fn refund_delivered_again(w: &mut World) {
    let again = w.delivered_again("refund").await.must();
    let webhook: Result<RefundWebhook, _> = serde_json::from_str(&again.body);
    webhook.map_err(|error| Failure::unmet("a documented refund webhook", error.to_string())).must();
}

impl World {
    /// The second delivery of what an endpoint refused.
    async fn delivered_again(&self, endpoint: &str) -> Result<Delivery, Failure> {
        let deadline = self.stage().patience.webhook;
        let twice = |deliveries: &[Delivery]| {
            let mut those = deliveries.iter().filter(|delivery| delivery.endpoint == endpoint);
            let refused = those.find(|delivery| !delivery.acknowledged)?;
            those.find(|again| again.acknowledged && again.body == refused.body).cloned()
        };
        self.merchant().mailbox()?.wait_for("a second delivery of the refused webhook", deadline, twice).await
    }

    async fn expect_payment_at(&self, endpoint: &str) -> Result<(), Failure> {
        let deadline = self.stage().patience.webhook;
        let concludes = |delivery: &Delivery| {
            serde_json::from_str::<PaymentWebhook>(&delivery.body).map_or(true, |webhook| webhook.status.is_final())
        };
        let find = |deliveries: &[Delivery]| {
            deliveries.iter().find(|delivery| delivery.endpoint == endpoint && concludes(delivery)).cloned()
        };
        let what = format!("a webhook at the endpoint {endpoint:?}");
        let delivery = self.merchant().mailbox()?.wait_for(&what, deadline, find).await?;
        self.expect_genuine(&delivery)
    }

    /// The outcome of the order has reached the endpoint.
    async fn expect_told(&self) -> Result<(), Failure> {
        let merchant = self.merchant();
        payment_webhook(merchant.mailbox()?, self.order(), self.stage().patience.webhook).await.map(drop)
    }

    /// What the endpoint acknowledged about the order before this one, as it came.
    fn told_of_earlier(&self) -> Result<Vec<PaymentWebhook>, Failure> {
        let earlier = self.earlier.as_ref().expect("a sentence before this one has another order paid");
        let mut told = Vec::new();
        for delivery in self.merchant().mailbox()?.deliveries() {
            if delivery.endpoint == "payment" && delivery.acknowledged {
                let webhook: PaymentWebhook = serde_json::from_str(&delivery.body)
                    .map_err(|error| Failure::unmet("a documented payment webhook", error.to_string()))?;
                if webhook.order_ref == earlier.order_ref {
                    told.push(webhook);
                }
            }
        }
        Ok(told)
    }

    /// What the endpoint acknowledged about the refund before the last one, as it came.
    fn told_of_earlier_refund(&self) -> Result<Vec<RefundWebhook>, Failure> {
        let earlier = self.earlier_refund.as_ref().expect("a sentence before this one makes another refund");
        let mut told = Vec::new();
        for delivery in self.merchant().mailbox()?.deliveries() {
            if delivery.endpoint == "refund" && delivery.acknowledged {
                let webhook: RefundWebhook = serde_json::from_str(&delivery.body)
                    .map_err(|error| Failure::unmet("a documented refund webhook", error.to_string()))?;
                if webhook.refund_id == earlier.refund_id {
                    told.push(webhook);
                }
            }
        }
        Ok(told)
    }

    /// The delivery says, with a genuine signature, that this order was paid.
    fn expect_genuine(&self, delivery: &Delivery) -> Result<(), Failure> {
        let webhook: PaymentWebhook = serde_json::from_str(&delivery.body)
            .map_err(|error| Failure::unmet("a documented payment webhook", error.to_string()))?;
        expect_signed(&webhook, &self.merchant().account().secret)?;
        expect_equal("the webhook to name the channel", &CHANNEL, &webhook.channel_key.as_str())?;
        expect_equal("the webhook from", &COUNTRY, &webhook.country_code.as_str())?;
        expect_equal("the webhook to the merchant", &self.merchant().account().key, &webhook.merchant_key)?;
        expect_equal("the webhook to describe", &self.order().request.description, &webhook.description)?;
        expect_equal("the webhook of the environment", &self.order().request.environment, &webhook.environment)?;
        let method = Method::from_key(&self.order().request.pmt_method).map_or("", Method::name);
        expect_equal("the webhook to name the method", &method, &webhook.method_name.as_str())?;
        expect_recent("the moment in the webhook", &webhook.created_at)?;
        Story::told_by(webhook).expect(self.order(), Outcome::Paid)
    }
}
