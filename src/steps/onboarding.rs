//! A merchant's set-up at SmartPay.

use super::{
    World,
    conclude::Must,
    parameters::{Method, Reason},
};
use crate::catalog::{self, DOCUMENTED_CREDENTIALS};
use crate::journal::{Failure, expect_equal};
use crate::journeys::Dashboard;
use crate::sandbox::{Alteration, Onboarding, Reply};
use cucumber::{given, then, when};
use std::sync::Arc;

#[given("a merchant for whom SmartPay has not whitelisted PortOne")]
async fn not_whitelisted(w: &mut World) {
    w.introduce(Onboarding { whitelisted_ip: false, ..Onboarding::COMPLETE }, 0).await.must();
}

#[given("a merchant for whom SmartPay lacks the public key of PortOne")]
async fn no_portone_key(w: &mut World) {
    w.introduce(Onboarding { portone_public_key: false, ..Onboarding::COMPLETE }, 0).await.must();
}

#[given("a merchant for whom PortOne lacks the public key of SmartPay")]
async fn no_smartpay_key(w: &mut World) {
    w.introduce(Onboarding { smartpay_public_key: false, ..Onboarding::COMPLETE }, 0).await.must();
}

#[when("the set-up of the merchant is completed")]
async fn set_up_completed(w: &mut World) {
    w.levers().must().set_onboarding(w.merchant().account(), Onboarding::COMPLETE).await.must();
}

#[when("the merchant initiates a payment")]
async fn initiates(w: &mut World) {
    w.attempt(catalog::Method::CreditCard, &Alteration::None).await.must();
}

#[when(expr = "the merchant initiates a payment by {method}")]
async fn initiates_by(w: &mut World, method: Method) {
    w.attempt(method.0, &Alteration::None).await.must();
}

#[then("the payment request is accepted")]
async fn accepted(w: &mut World) {
    w.reply().clone().accepted("the payment request").must();
    w.merchant().accepted_page().must();
}

#[then(expr = "the request is refused because {reason}")]
async fn refused(w: &mut World, reason: Reason) {
    super::refusals::expect_refusal(w.reply(), reason.0).must();
}

#[when("the operator logs in to SmartPay's dashboard")]
async fn logs_in_to_the_dashboard(w: &mut World) {
    let (stage, account) = (Arc::clone(w.stage()), w.merchant().account().clone());
    let session = w.session().await.must();
    w.credentials = Some(Dashboard::open(session, &stage.target, &account).await.must().credentials().await.must());
}

#[then("the dashboard names the documented channel, merchant and branch")]
async fn names_the_documented_credentials(w: &mut World) {
    let [channel, merchant, branch] = w.credentials.as_ref().expect("a sentence before this one logs in");
    let documented = DOCUMENTED_CREDENTIALS;
    expect_equal("the channel", &documented.channel, &channel.trim()).must();
    expect_equal("the merchant", &documented.merchant_id, &merchant.trim()).must();
    expect_equal("the branch", &documented.branch_code, &branch.trim()).must();
}

impl World {
    /// What became of the last request.
    pub(super) fn reply(&self) -> &Reply<()> {
        self.reply.as_ref().expect("a sentence before this one sends a request")
    }

    /// Initiates a payment that may be refused, broken in a named way.
    ///
    /// # Errors
    /// When no documented answer comes.
    pub(super) async fn attempt(&mut self, method: catalog::Method, alteration: &Alteration) -> Result<(), Failure> {
        let request = self.merchant().request(&self.stage().next_order_id(), method, 90_000.into())?;
        let key = self.merchant().account().key.clone();
        self.reply = Some(self.merchant().attempt(&key, &request, alteration).await?.without_content());
        Ok(())
    }
}
