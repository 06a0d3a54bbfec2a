//! Merchants, orders and payments that a scenario starts from.

use super::{
    World,
    conclude::Must,
    parameters::{Method, Money},
};
use crate::catalog::{self, AtmCard, AtmOutcome, Code};
use crate::journeys::Outcome;
use crate::sandbox::Onboarding;
use cucumber::given;

#[given("a merchant")]
async fn a_merchant(w: &mut World) {
    w.introduce(Onboarding::COMPLETE, 0).await.must();
}

#[given(expr = "an order of {money} VND to be paid by {method}")]
async fn an_order(w: &mut World, amount: Money, method: Method) {
    w.place(method.0, amount.0).await.must();
}

#[given(expr = "a payment of {money} VND")]
pub(super) async fn a_payment(w: &mut World, amount: Money) {
    w.place(catalog::Method::CreditCard, amount.0).await.must();
    w.settle(None).await.must();
    w.expect_details(Outcome::Paid).await.must();
}

#[given(expr = "a failed payment of {money} VND")]
async fn a_failed_payment(w: &mut World, amount: Money) {
    w.place(catalog::Method::AtmCard, amount.0).await.must();
    w.settle(Some(AtmCard::with(AtmOutcome::InsufficientFunds).number)).await.must();
    w.expect_details(Outcome::Failed(Some(Code::FundsLimit))).await.must();
}
