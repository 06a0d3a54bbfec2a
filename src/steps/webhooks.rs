//! Webhook endpoints and what reaches them.

use super::{World, conclude::Must};
use crate::catalog::CURRENCY;
use crate::journal::{Failure, expect_equal};
use crate::sandbox::{Delivery, Onboarding};
use crate::wire::{PaymentWebhook, TransactionStatus};
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
    let registration = crate::wire::WebhookRegistration {
        name: format!("conformance {id}"),
        url: format!("https://shop.example/{id}?events={events}"),
        kind,
        environment: "sandbox".to_owned(),
    };
    let endpoint = w.merchant().portone.register_webhook(&registration).await.must();
    let endpoint = endpoint.accepted("the registration of a webhook endpoint").must();
    expect_equal("an endpoint named", &registration.name, &endpoint.name).must();
    expect_equal("an endpoint at", &registration.url, &endpoint.url).must();
    expect_equal("an endpoint for", &registration.kind, &endpoint.kind).must();
    w.endpoint = Some(endpoint);
}

#[then("the list of webhook endpoints holds it, enabled")]
async fn the_list_holds_it(w: &mut World) {
    let registered = w.endpoint.clone().expect("a sentence before this one registers an endpoint");
    let listed = w.merchant().portone.webhooks().await.must().accepted("the list of webhook endpoints").must();
    let found = listed.iter().find(|endpoint| endpoint.uuid == registered.uuid);
    let found =
        found.ok_or_else(|| Failure::unmet(format!("the endpoint {}", registered.uuid), format!("{listed:?}"))).must();
    expect_equal("an endpoint at", &registered.url, &found.url).must();
    expect_equal("an endpoint for", &registered.kind, &found.kind).must();
    expect_equal("enabled", &true, &found.enabled).must();
}

#[when("the order is paid")]
async fn the_order_is_paid(w: &mut World) {
    w.settle(None).await.must();
}

#[then("each webhook endpoint receives the payment, signed")]
async fn each_endpoint_receives(w: &mut World) {
    w.expect_payment_at("payment").await.must();
    w.expect_payment_at("payment-second").await.must();
}

#[then("the webhook is delivered again with the same contents")]
async fn delivered_again(w: &mut World) {
    let deadline = w.stage().patience.webhook;
    let twice = |deliveries: &[Delivery]| {
        let refused = deliveries.iter().find(|delivery| !delivery.acknowledged)?;
        deliveries
            .iter()
            .find(|again| again.acknowledged && again.endpoint == refused.endpoint && again.body == refused.body)
            .cloned()
    };
    let mailbox = w.merchant().mailbox().must();
    let again = mailbox.wait_for("a second delivery of the refused webhook", deadline, twice).await.must();
    w.expect_genuine(&again).must();
}

impl World {
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

    /// The delivery says, with a genuine signature, that this order was paid.
    fn expect_genuine(&self, delivery: &Delivery) -> Result<(), Failure> {
        let webhook: PaymentWebhook = serde_json::from_str(&delivery.body)
            .map_err(|error| Failure::unmet("a documented payment webhook", error.to_string()))?;
        expect_equal("a genuine signature", &true, &webhook.verifies(&self.merchant().account().secret))?;
        expect_equal("the webhook about", &self.order().order_ref, &webhook.order_ref)?;
        expect_equal("the webhook to say", &TransactionStatus::Success, &webhook.status)?;
        expect_equal("the webhook to say", &self.order().request.amount, &webhook.amount)?;
        expect_equal("the webhook in", &CURRENCY, &webhook.currency.as_str())
    }
}
