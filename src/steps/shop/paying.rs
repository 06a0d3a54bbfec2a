//! What becomes of an order's payment.

use super::{ShopWorld, redirects::RESTING};
use crate::catalog::{AtmCard, AtmOutcome, ChallengeOutcome, CreditCard};
use crate::journal::Failure;
use crate::journeys::payer;
use crate::steps::conclude::Must;
use cucumber::{given, when};
use std::{sync::Arc, time::Duration};

#[given("it is paid")]
#[when("it is paid")]
async fn is_paid(w: &mut ShopWorld) {
    let account = w.stage().account.clone();
    let order_ref = w.order().order_ref.clone();
    w.levers().must().pay(&account, &order_ref, None).await.must();
}

#[when("the payer gives up")]
async fn gives_up(w: &mut ShopWorld) {
    let account = w.stage().account.clone();
    let order_ref = w.order().order_ref.clone();
    w.levers().must().cancel(&account, &order_ref).await.must();
}

#[when("it expires")]
async fn expires(w: &mut ShopWorld) {
    let account = w.stage().account.clone();
    let order_ref = w.order().order_ref.clone();
    w.levers().must().expire(&account, &order_ref).await.must();
}

/// What is looked for is a shop that has stopped asking by then.
#[when(expr = "{int} seconds have passed")]
async fn time_has_passed(_: &mut ShopWorld, seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

#[when("the payer pays")]
async fn pays(w: &mut ShopWorld) {
    w.complete().await.must();
}

#[when("the payer opens the payment page and waits")]
async fn opens_and_waits(w: &mut ShopWorld) {
    let url = w.order().redirect_url.clone();
    let session = w.base.session().await.must();
    session.open(&url).await.must();
    session.await_page(&["card", "bank-list", "atm-card", "qr"]).await.must();
}

#[when("the payer opens the checkout page again")]
async fn opens_the_checkout_again(w: &mut ShopWorld) {
    let wanted = w.wanted.clone().expect("a sentence before this one says what is ordered");
    let page = w.stage().shop.checkout_page(&wanted, false).must();
    // The address of the cart, where the page led to one, is in the history, too.
    let pages = [Some(page.to_string()), w.cart.take()];
    let session = w.base.session().await.must();
    for page in pages.into_iter().flatten() {
        session.open(&page).await.must();
        session.inspect_at_rest(RESTING).await.must();
    }
}

#[when(regex = "^the payer pays in the (first|other) tab$")]
async fn pays_in_the_tab(w: &mut ShopWorld, which: String) {
    if which == "first" {
        w.base.session().await.must().close_window().await.must();
        // A shop may have led both tabs to one order.
        w.order = w.another.take();
    }
    w.complete().await.must();
}

#[when("the payer goes back")]
async fn goes_back(w: &mut ShopWorld) {
    /// Pages between the shop's checkout and its thanks: card, challenge and what leads from one to the other.
    const MOST: usize = 8;
    let shop = w.stage().shop.base().to_string();
    let session = w.base.session().await.must();
    for _ in 0..MOST {
        session.back().await.must();
        // Who goes back from a page that has not come yet leaves out the one before.
        session.inspect_at_rest(RESTING).await.must();
        let url = session.url().await.must();
        // An impatient payer who is offered to pay again presses.
        if url.starts_with(&shop) && session.is_shown("shop-order.pay").await.must() {
            session.press("shop-order.pay").await.must();
            w.cart = Some(url);
            return;
        }
    }
}

#[when(regex = "^the payer closes the browser on the (payment|issuer's|bank's|OTP|QR) page$")]
async fn closes(w: &mut ShopWorld, page: String) {
    let url = w.order().redirect_url.clone();
    let session = w.base.session().await.must();
    session.open(&url).await.must();
    match page.as_str() {
        "payment" => drop(session.await_page(&["card"]).await.must()),
        "issuer's" => {
            payer::enter_card(session, CreditCard::with(ChallengeOutcome::Succeeds)).await.must();
            session.await_page(&["challenge"]).await.must();
        }
        "bank's" => payer::choose_the_bank(session, AtmCard::with(AtmOutcome::Paid)).await.must(),
        "OTP" => payer::enter_atm_card(session, AtmCard::with(AtmOutcome::Paid)).await.must(),
        _ => drop(session.await_page(&["qr"]).await.must()),
    }
    // A browser that is given back is cleaned of all that it knew.
    w.base.give_back_browser().await;
}

#[when(regex = "^the payer opens the payment page (?:again )?and pays$")]
async fn opens(w: &mut ShopWorld) {
    let url = w.order().redirect_url.clone();
    w.base.session().await.must().open(&url).await.must();
    w.complete().await.must();
}

impl ShopWorld {
    /// Pays on the payment page that is open, and comes back.
    async fn complete(&mut self) -> Result<(), Failure> {
        let stage = Arc::clone(self.stage());
        let urls = stage.return_urls();
        let method = self.order().method;
        let session = self.base.session().await?;
        payer::complete(session, method, &stage.stage.target, &urls).await.map(drop)
    }
}
