//! Orders that a check starts from.

use super::ShopWorld;
use crate::catalog::Method;
use crate::journal::{Failure, FailureKind};
use crate::merchant::{Passage, Wanted};
use crate::steps::conclude::Must;
use crate::steps::parameters::Method as MethodWord;
use cucumber::{given, when};
use serde_json::json;
use std::{sync::Arc, time::Duration};

/// How much later answers come: a first press is under way, and its payment too, when the second follows.
const SLOW: Duration = Duration::from_millis(500);

#[given("an order")]
async fn an_order(w: &mut ShopWorld) {
    let wanted = w.stage().wanted(Method::CreditCard);
    w.order = Some(w.place(wanted).await.must());
    w.pass(Passage::Through);
}

#[given(expr = "an order by {method}")]
async fn an_order_by(w: &mut ShopWorld, method: MethodWord) {
    let wanted = w.wanted_by(method.0).must();
    w.order = Some(w.place(wanted).await.must());
    w.pass(Passage::Through);
}

#[when("somebody else orders after that")]
async fn another_order(w: &mut ShopWorld) {
    let wanted = w.stage().wanted(Method::CreditCard);
    w.another = Some(w.place(wanted).await.must());
}

#[given("a paid order")]
async fn a_paid_order(w: &mut ShopWorld) {
    w.order = Some(w.paid_order().await.must());
    w.pass(Passage::Through);
}

#[given(regex = r#"^an order with the id "(.+)"$"#)]
async fn an_order_with_the_id(w: &mut ShopWorld, id: String) {
    if !w.stage().shop.integration().takes_ids() {
        Err::<(), _>(Failure::skipped("nobody but the shop chooses its order ids: no {id} in checkout.endpoint"))
            .must();
    }
    let mut wanted = w.stage().wanted(Method::CreditCard);
    wanted.id = Some(format!("{id}{}", w.stage().stage.next_order_id()));
    w.order = Some(w.place(wanted).await.must());
    w.pass(Passage::Through);
}

#[given("PortOne's webhooks wait")]
#[when("PortOne's webhooks wait")]
async fn webhooks_wait(w: &mut ShopWorld) {
    w.pass(Passage::Hold);
}

#[given("a payer on the checkout page")]
async fn on_the_page(w: &mut ShopWorld) {
    let wanted = w.stage().wanted(Method::CreditCard);
    w.start(wanted, false).await.must();
}

#[given(expr = "a payer on the checkout page for {method}")]
async fn on_the_page_for(w: &mut ShopWorld, method: MethodWord) {
    let wanted = w.wanted_by(method.0).must();
    w.start(wanted, false).await.must();
}

#[given(expr = "a payer on the embedded checkout for {method}")]
async fn on_the_embedded_page(w: &mut ShopWorld, method: MethodWord) {
    let wanted = w.wanted_by(method.0).must();
    w.start(wanted, true).await.must();
}

#[when("the payer presses the button")]
async fn presses(w: &mut ShopWorld) {
    w.order_in_the_browser().await.must();
    w.pass(Passage::Through);
}

#[given("a line and a PortOne that are as slow as on a bad day")]
async fn a_bad_day(w: &mut ShopWorld) {
    let fault = json!({
        "id": "payments-begin-slowly", "requirement": "API-01", "kind": "time", "title": "initiatePayment is answered late",
        "at": { "answer": { "operation": "initiatePayment" } }, "do": [{ "delay": SLOW.as_millis() }],
    });
    w.have_portone_err(&fault).await.must();
    if w.stage().shop.integration().checkout.page.is_some() {
        w.base.session().await.must().slow_line(SLOW).await.must();
    }
}

#[when(expr = "the payer presses the button twice, {int} ms apart")]
async fn presses_twice(w: &mut ShopWorld, gap: u64) {
    let gap = Duration::from_millis(gap);
    let stage = Arc::clone(w.stage());
    if stage.shop.integration().checkout.page.is_none() {
        let wanted = w.wanted.clone().expect("a sentence before this one says what is ordered");
        let wanted = Wanted { id: Some(format!("TWICE-{}", stage.stage.next_order_id())), ..wanted };
        let (caller, again) = (w.caller(), async {
            tokio::time::sleep(gap).await;
            stage.shop.order(&w.caller(), &wanted).await
        });
        // The shop may refuse one of them.
        let (first, second) = futures::join!(stage.shop.order(&caller, &wanted), again);
        let made = match (first, second) {
            (Ok(made), _) | (_, Ok(made)) => made,
            // Of a shop that died the one is told that it did, the other that it had.
            (Err(first), Err(second)) => Err(if first.kind == FailureKind::Unmet { first } else { second }).must(),
        };
        w.order = Some(w.placed(made, &wanted).await.must());
        return;
    }
    w.base.session().await.must().press_twice("shop-order.pay", gap).await.must();
    w.order = Some(w.reached().await.must());
}

#[when("the payer opens the checkout page in another tab and presses the button there")]
async fn another_tab(w: &mut ShopWorld) {
    w.base.session().await.must().new_window().await.must();
    w.open_checkout(false).await.must();
    w.press().await.must();
    w.another = w.order.take();
    w.order = Some(w.reached().await.must());
    w.pass(Passage::Through);
}

impl ShopWorld {
    /// What becomes of webhooks about the order.
    pub(super) fn pass(&self, passage: Passage) {
        self.stage().relay.set(&self.order().order_ref, passage, self.base.scribe());
    }

    /// An order by no other method than this.
    fn wanted_by(&self, method: Method) -> Result<Wanted, Failure> {
        if !self.stage().shop.offers(method) {
            return Err(Failure::skipped(format!("the shop does not offer {method}")));
        }
        Ok(self.stage().wanted(method))
    }

    async fn start(&mut self, wanted: Wanted, embedded: bool) -> Result<(), Failure> {
        self.wanted = Some(wanted);
        self.note_orders().await?;
        if self.stage().shop.integration().checkout.page.is_none() && !embedded {
            // The order is made by the endpoint, when the button would be pressed.
            return Ok(());
        }
        self.open_checkout(embedded).await
    }

    /// Orders on the page that is open, or by the endpoint of a shop without one, and goes to the payment page.
    async fn order_in_the_browser(&mut self) -> Result<(), Failure> {
        if self.stage().shop.integration().checkout.page.is_none() && !self.embedded {
            let wanted = self.wanted.clone().expect("a sentence before this one says what is ordered");
            let placed = self.place(wanted).await?;
            self.base.session().await?.open(&placed.redirect_url).await?;
            self.order = Some(placed);
            return Ok(());
        }
        self.press().await?;
        self.order = Some(self.reached().await?);
        Ok(())
    }
}
