//! Refunds by the API.

use super::{
    World,
    conclude::Must,
    parameters::{Ending, Money, Reason},
};
use crate::catalog::CHANNEL;
use crate::journal::{Failure, expect_equal};
use crate::sandbox::{REFUND_DESCRIPTION, REFUND_REASON, Reply, expect_recent};
use crate::wire::{Amount, RefundDetail, RefundKind, RefundStatus, RefundWebhook, RefundsContent};
use cucumber::{given, then, when};
use rust_decimal::Decimal;

#[given(expr = "the merchant has refunded {money} VND")]
#[when(expr = "the merchant refunds {money} VND")]
pub(super) async fn refunds(w: &mut World, amount: Money) {
    w.refund(RefundKind::Partial, amount.0).await.must();
    w.reply().clone().accepted("the refund").must();
    w.expect_the_list_to_agree().await.must();
    w.expect_queued_where_wanted().await.must();
}

#[given("the merchant has refunded it in full")]
#[when("the merchant refunds it in full")]
async fn refunds_in_full(w: &mut World) {
    let amount = w.order().request.amount;
    w.refund(RefundKind::Full, amount).await.must();
    w.reply().clone().accepted("the refund").must();
    w.expect_the_list_to_agree().await.must();
}

#[when(expr = "the merchant refunds it in full but names {money} VND")]
async fn refunds_in_full_but_names(w: &mut World, amount: Money) {
    w.refund(RefundKind::Full, amount.0).await.must();
    w.reply().clone().accepted("the refund").must();
    w.expect_the_list_to_agree().await.must();
}

#[when(expr = "the merchant tries to refund {money} VND")]
async fn tries_to_refund(w: &mut World, amount: Money) {
    w.refund(RefundKind::Partial, amount.0).await.must();
}

#[when("the merchant tries to refund it in full")]
async fn tries_to_refund_in_full(w: &mut World) {
    let amount = w.order().request.amount;
    w.refund(RefundKind::Full, amount).await.must();
}

#[then(expr = "the refund is refused because {reason}")]
async fn the_refund_is_refused(w: &mut World, reason: Reason) {
    super::refusals::expect_refusal(w.reply(), reason.0).must();
}

#[then(expr = "the refund of {money} VND is {ending}")]
async fn the_refund_is(w: &mut World, amount: Money, ending: Ending) {
    let status = match ending {
        Ending::Successful => RefundStatus::Success,
        Ending::Failed => RefundStatus::Failed,
    };
    expect_refund(&w.latest_refund().await.must(), amount.0, &status).must();
}

#[then(expr = "the refund of {money} VND is in the queue")]
async fn the_refund_is_queued(w: &mut World, amount: Money) {
    expect_refund(&w.latest_refund().await.must(), amount.0, &RefundStatus::InQueue).must();
}

fn expect_refund(refund: &RefundDetail, amount: Amount, status: &RefundStatus) -> Result<(), Failure> {
    expect_equal("a refund of", &amount, &refund.amount)?;
    expect_equal("a refund in", &crate::catalog::CURRENCY, &refund.currency.as_str())?;
    expect_recent("the date of a refund", &refund.refund_date)?;
    expect_equal("a refund with status", status, &refund.refund_status)
}

#[then(expr = "{money} VND remain(s) refundable")]
async fn remain_refundable(w: &mut World, amount: Money) {
    let listed = w.listed_refunds().await.must();
    expect_equal("refundable", &amount.0, &listed.amount_to_refund).must();
    expect_the_answered(w, &listed).must();
}

/// The list holds every refund that the last refund was answered with.
fn expect_the_answered(w: &World, listed: &RefundsContent) -> Result<(), Failure> {
    let Some(answered) = &w.refunds else { return Ok(()) };
    for refund in &answered.refund_details {
        let same = listed.refund_details.iter().find(|other| other.refund_id == refund.refund_id);
        let amount = same.map(|other| other.amount.to_string()).unwrap_or_else(|| "no such refund".to_owned());
        expect_equal("the list to hold the answered refund of", &refund.amount.to_string(), &amount)?;
        let Some(same) = same else { continue };
        expect_equal("the list to give it the currency", &refund.currency, &same.currency)?;
        expect_equal("the list to give it SmartPay's reference", &refund.psp_refund_id, &same.psp_refund_id)?;
        expect_equal("the list to give it the kind", &refund.refund_type, &same.refund_type)?;
        expect_equal("the list to give it the reason", &refund.refund_reason, &same.refund_reason)?;
        expect_equal("the list to give it the merchant", &refund.merchant_id, &same.merchant_id)?;
    }
    Ok(())
}

#[then(expr = "the list of refunds holds {int} refund(s) of {money} VND in all")]
async fn the_list_holds(w: &mut World, count: usize, amount: Money) {
    let listed = w.listed_refunds().await.must();
    expect_list(&listed.refund_details, count, amount.0).must();
}

#[then(expr = "the list of refunds holds {int} successful refund(s) of {money} VND")]
async fn the_list_holds_successful(w: &mut World, count: usize, amount: Money) {
    let mut listed = w.listed_refunds().await.must();
    listed.refund_details.retain(|refund| refund.refund_status == RefundStatus::Success);
    expect_list(&listed.refund_details, count, amount.0).must();
}

fn expect_list(refunds: &[RefundDetail], count: usize, amount: Amount) -> Result<(), Failure> {
    expect_equal("the number of refunds", &count, &refunds.len())?;
    let sum = refunds.iter().map(|refund| refund.amount.decimal()).sum::<Result<Decimal, _>>();
    let sum = sum.map_err(|error| Failure::unmet("amounts of money", format!("failed to {error}")))?;
    let expected =
        amount.decimal().map_err(|error| Failure::unmet("an amount of money", format!("failed to {error}")))?;
    expect_equal("refunds in all of", &expected.normalize(), &sum.normalize())
}

#[then(expr = "the refund webhook says that {money} VND were refunded")]
async fn the_refund_webhook_says(w: &mut World, amount: Money) {
    let webhook = w.refund_webhook().await.must();
    expect_equal("the refund webhook to say", &amount.0, &webhook.amount).must();
    expect_equal("the refund webhook to say", &RefundStatus::Success, &webhook.refund_status).must();
    expect_equal("the refund webhook in", &crate::catalog::CURRENCY, &webhook.currency.as_str()).must();
}

#[then(expr = "the refund webhook says that the refund of {money} VND failed")]
async fn the_refund_webhook_says_failed(w: &mut World, amount: Money) {
    let webhook = w.refund_webhook().await.must();
    expect_equal("the refund webhook to say", &amount.0, &webhook.amount).must();
    expect_equal("the refund webhook to say", &RefundStatus::Failed, &webhook.refund_status).must();
}

#[then("the list of refunds names the same refund as the webhook")]
async fn the_list_names_the_webhooks_refund(w: &mut World) {
    let webhook = w.refund_webhook().await.must();
    let refund = w.latest_refund().await.must();
    expect_equal("the webhook to name the refund", &refund.refund_id, &webhook.refund_id).must();
    expect_equal("the webhook to name SmartPay's refund", &refund.psp_refund_id, &webhook.psp_refund_id).must();
    expect_equal("the webhook to name the amount", &refund.amount, &webhook.amount).must();
    expect_equal("the webhook to name the kind", &refund.refund_type, &webhook.refund_type).must();
    expect_equal("the webhook to name the reason", &refund.refund_reason, &webhook.refund_reason).must();
    expect_equal("the webhook to name the merchant", &refund.merchant_id, &webhook.merchant_id).must();
    expect_equal("the webhook to describe the refund", &REFUND_DESCRIPTION, &webhook.description.as_str()).must();
    expect_equal("the webhook to name the channel", &CHANNEL, &webhook.payment_channel.as_str()).must();
    expect_equal("the webhook to name the method", &w.order().request.pmt_method, &webhook.payment_method).must();
    expect_recent("the date in the refund webhook", &webhook.refund_date).must();
    expect_equal("the webhook to name the status", &refund.refund_status, &webhook.refund_status).must();
}

impl World {
    /// Asks for a refund that may be refused.
    async fn refund(&mut self, kind: RefundKind, amount: Amount) -> Result<(), Failure> {
        let reply = self.merchant().refund(&self.order().order_ref, kind.clone(), amount).await?;
        if let Reply::Accepted(content) = &reply {
            let refund = content.refund_details.last();
            let refund = refund.ok_or_else(|| Failure::unmet("the refund in the answer to it", "no refund"))?;
            expect_equal("a refund of the kind", &kind, &refund.refund_type)?;
            expect_equal("a refund for the reason", &REFUND_REASON, &refund.refund_reason.as_str())?;
            self.refunds = Some(content.clone());
        }
        self.reply = Some(reply.without_content());
        Ok(())
    }

    /// The list of refunds says at once what the refund was answered with.
    ///
    /// # Errors
    /// When it says something else.
    async fn expect_the_list_to_agree(&self) -> Result<(), Failure> {
        let Some(answered) = &self.refunds else { return Ok(()) };
        let listed = self.listed_refunds().await?;
        expect_the_answered(self, &listed)?;
        // What is under way may end between two questions.
        let settled = |refund: &&RefundDetail| refund.refund_status != RefundStatus::Pending;
        for refund in answered.refund_details.iter().filter(settled) {
            let same = listed.refund_details.iter().find(|other| other.refund_id == refund.refund_id);
            let status = same.map(|other| other.refund_status.to_string()).unwrap_or_default();
            expect_equal(
                "the list to give the answered refund the status",
                &refund.refund_status.to_string(),
                &status,
            )?;
        }
        expect_equal("the list to say that there remains", &answered.amount_to_refund, &listed.amount_to_refund)
    }

    /// The last refund webhook about this order.
    ///
    /// # Errors
    /// When none comes before the deadline, or when one cannot be read.
    pub(super) async fn refund_webhook(&self) -> Result<RefundWebhook, Failure> {
        self.refund_webhook_that(|_| true).await
    }

    /// The last webhook about this refund.
    ///
    /// # Errors
    /// As [`World::refund_webhook`].
    pub(super) async fn refund_webhook_of(&self, refund_id: &str) -> Result<RefundWebhook, Failure> {
        self.refund_webhook_that(|webhook| webhook.refund_id == refund_id).await
    }

    async fn refund_webhook_that(&self, is_meant: impl Fn(&RefundWebhook) -> bool) -> Result<RefundWebhook, Failure> {
        let order_ref = self.order().order_ref.clone();
        let deadline = self.stage().patience.webhook;
        let find = |deliveries: &[crate::sandbox::Delivery]| {
            deliveries
                .iter()
                .rev()
                .filter(|delivery| delivery.endpoint == "refund")
                .map(|delivery| {
                    serde_json::from_str::<RefundWebhook>(&delivery.body).map_err(|error| {
                        Failure::unmet("a documented refund webhook", format!("{error} in {}", delivery.body))
                    })
                })
                .find(|webhook| {
                    webhook.as_ref().map_or(true, |webhook| {
                        webhook.payment_txn_ref == order_ref && webhook.refund_status.is_final() && is_meant(webhook)
                    })
                })
        };
        self.merchant().mailbox()?.wait_for("a refund webhook", deadline, find).await?
    }
}
