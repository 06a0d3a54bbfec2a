//! The checkout embedded in the shop's page.

use super::{
    World,
    conclude::Must,
    parameters::{Method, Money},
};
use crate::catalog;
use crate::journeys::payer;
use crate::sandbox::{Onboarding, ShopMode};
use cucumber::{given, then, when};

#[given(expr = "a shop that offers an order of {money} VND by {method}")]
async fn a_shop(w: &mut World, amount: Money, method: Method) {
    w.introduce(Onboarding::COMPLETE, 0).await.must();
    w.offer(method.0, amount.0, ShopMode::Payment).await.must();
}

#[given(expr = "a shop that offers an order of {money} VND with a choice of methods")]
async fn a_shop_with_a_choice(w: &mut World, amount: Money) {
    w.introduce(Onboarding::COMPLETE, 0).await.must();
    w.offer(catalog::Method::CreditCard, amount.0, ShopMode::Checkout).await.must();
}

#[when("the payer starts the payment on the shop's page")]
#[when("the payer opens the checkout on the shop's page")]
async fn starts(w: &mut World) {
    payer::start_from_the_shop(w.session().await.must()).await.must();
}

#[then("the checkout offers credit card, QR and ATM card")]
async fn offers_every_method(w: &mut World) {
    payer::expect_every_method(w.session().await.must()).await.must();
}

#[when(expr = "the payer chooses the {method}")]
async fn chooses(w: &mut World, method: Method) {
    payer::choose_method(w.session().await.must(), method.0).await.must();
    // From here on the order is one by this method, in every channel.
    if let Some(offered) = &mut w.offered {
        offered.pmt_method = method.0.key().to_owned();
    }
}
