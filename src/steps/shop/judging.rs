//! What the shop's books and pages have to say.

use super::{ShopWorld, redirects::RAW_MARKUP};
use crate::journal::{Failure, expect_equal};
use crate::merchant::State;
use crate::steps::conclude::Must;
use cucumber::{then, when};
use std::time::Duration;

/// Within which a webhook is to be acknowledged.
const QUICK: Duration = Duration::from_secs(5);

#[then(regex = "^the shop has the order as (paid|failed|refunded|refunded in part)$")]
async fn has_it_as(w: &mut ShopWorld, state: String) {
    let stage = w.stage().clone();
    let has_word_for_parts = !stage.shop.integration().order.words.partly_refunded.is_empty();
    let wanted = match state.as_str() {
        "paid" => vec![State::Paid],
        "failed" => vec![State::Failed],
        "refunded" => vec![State::Refunded],
        _ if has_word_for_parts => vec![State::PartlyRefunded],
        // A shop without a word for it goes on having it as paid.
        _ => vec![State::Paid],
    };
    stage.shop.await_state(&w.caller(), &w.order().id, &wanted).await.must();
}

#[then("the shop never has the order as paid")]
async fn never_paid(w: &mut ShopWorld) {
    w.never(&w.order().id, &[State::Paid, State::Refunded, State::PartlyRefunded]).await.must();
}

#[then("the shop does not have the order as refunded")]
async fn not_refunded(w: &mut ShopWorld) {
    w.never(&w.order().id, &[State::Refunded, State::PartlyRefunded]).await.must();
}

#[then(regex = "^the shop keeps the order as (paid|refunded)$")]
async fn keeps(w: &mut ShopWorld, state: String) {
    let state = if state == "paid" { State::Paid } else { State::Refunded };
    w.keeps(&w.order().id, &state).await.must();
}

#[then("the shop does not have the order as paid yet")]
async fn not_paid_yet(w: &mut ShopWorld) {
    let state = w.stage().shop.state(&w.caller(), &w.order().id).await.must();
    if state == State::Paid {
        Err::<(), _>(Failure::unmet("an order that is not paid yet", state.to_string())).must();
    }
}

#[then("the shop has no such order as paid")]
async fn no_such_order(w: &mut ShopWorld) {
    let id = w.never_made.clone().expect("a sentence before this one names it");
    // That the shop says nothing of it is how it should be.
    if let Ok(state) = w.stage().shop.state(&w.caller(), &id).await
        && state == State::Paid
    {
        Err::<(), _>(Failure::unmet("no order of that id in the shop", state.to_string())).must();
    }
}

#[then("the shop was paid what the order costs")]
async fn paid_what_it_costs(w: &mut ShopWorld) {
    let order = w.order().clone();
    let payment = w.payment(&order.order_ref).await.must();
    expect_equal("paid at PortOne", &order.amount.to_string(), &payment.amount.to_string()).must();
    w.expect_amount().await.must();
}

#[then("the shop has the amount of the order")]
async fn has_the_amount(w: &mut ShopWorld) {
    w.expect_amount().await.must();
}

#[then("PortOne has one order of this amount")]
async fn one_order(w: &mut ShopWorld) {
    let amount = w.order().amount;
    // The second request, if there was one, has arrived by the time the shop may take.
    tokio::time::sleep(w.stage().shop.settle().min(Duration::from_secs(3))).await;
    let orders = w.orders_of_this_amount(amount).await.must();
    expect_equal("orders at PortOne:", &1, &orders.len()).must();
}

#[then("no other order of this amount is paid")]
async fn no_other_paid(w: &mut ShopWorld) {
    let order = w.order().clone();
    for other in w.orders_of_this_amount(order.amount).await.must() {
        if other.order_ref == order.order_ref {
            continue;
        }
        if other.status == crate::wire::TransactionStatus::Success {
            Err::<(), _>(Failure::unmet("one paid order at PortOne", format!("{} is paid, too", other.order_ref)))
                .must();
        }
        w.never(&other.merchant_order_ref, &[State::Paid]).await.must();
    }
}

#[then("the shop acknowledges it")]
async fn acknowledges(w: &mut ShopWorld) {
    let refused = w.acknowledged.iter().find(|told| !told.is_success());
    if w.acknowledged.is_empty() {
        Err::<(), _>(Failure::defect("no webhook was sent")).must();
    }
    if let Some(refused) = refused {
        Err::<(), _>(Failure::unmet("each webhook to be answered with success", refused.status.to_string())).must();
    }
}

#[then("the shop took no longer than five seconds")]
async fn was_quick(w: &mut ShopWorld) {
    let slowest = w.acknowledged.iter().map(|told| told.took).max().unwrap_or_default();
    if slowest > QUICK {
        Err::<(), _>(Failure::unmet(format!("an answer within {QUICK:?}"), format!("{slowest:?}"))).must();
    }
}

#[then("the shop does not break")]
async fn does_not_break(w: &mut ShopWorld) {
    let answered = w.answers.iter().map(|answer| answer.status).chain(w.acknowledged.iter().map(|told| told.status));
    if let Some(status) = answered.into_iter().find(|status| *status >= 500) {
        Err::<(), _>(Failure::unmet("no error of the shop's server", status.to_string())).must();
    }
}

#[then("the shop answered a customer meanwhile")]
async fn answered_a_customer(w: &mut ShopWorld) {
    let answer = w.customer.take().expect("a sentence before this one has a customer ask").must();
    if answer.status >= 500 || answer.took > QUICK {
        let observed = format!("{} after {:?}", answer.status, answer.took);
        Err::<(), _>(Failure::unmet(format!("a page for a customer within {QUICK:?}"), observed)).must();
    }
}

#[then("no page of the shop holds that markup")]
async fn no_markup(w: &mut ShopWorld) {
    if w.pages.is_empty() {
        Err::<(), _>(Failure::skipped("the integration file names no page of an order (order.page)")).must();
    }
    for page in &w.pages {
        if let Some(raw) = RAW_MARKUP.iter().find(|raw| page.contains(**raw)) {
            Err::<(), _>(Failure::unmet("markup from outside as text", format!("{raw} in a page"))).must();
        }
    }
}

#[then(expr = "no page of it shows {int},{int},{int}")]
async fn no_page_shows(w: &mut ShopWorld, millions: u32, thousands: u32, rest: u32) {
    w.look_at_the_order().await.must();
    let digits = format!("{millions}{thousands:03}{rest:03}");
    if let Some(page) = w.pages.iter().find(|page| bare_numbers(page).contains(&digits)) {
        let excerpt: String = page.chars().take(200).collect();
        Err::<(), _>(Failure::unmet(format!("no page that shows {digits}"), excerpt)).must();
    }
    w.expect_amount().await.must();
}

#[when("the payer looks at the confirmation")]
async fn looks(w: &mut ShopWorld) {
    if w.page_of_the_order().must().is_none() {
        Err::<(), _>(Failure::skipped("the integration file names no page of an order (order.page)")).must();
    }
    w.look_at_the_order().await.must();
}

#[then("the confirmation shows the amount and the order")]
async fn confirms(w: &mut ShopWorld) {
    let (amount, id) = (w.order().amount.to_string(), w.order().id.clone());
    let page = w.pages.last().cloned().unwrap_or_default();
    if !bare_numbers(&page).contains(&amount) {
        Err::<(), _>(Failure::unmet(format!("the amount {amount} on the confirmation"), excerpt(&page))).must();
    }
    if !page.contains(&id) {
        Err::<(), _>(Failure::unmet(format!("the order {id} on the confirmation"), excerpt(&page))).must();
    }
}

impl ShopWorld {
    /// The shop's own amount is that of the order, where it says one.
    async fn expect_amount(&self) -> Result<(), Failure> {
        let Some(told) = self.stage().shop.amount(&self.caller(), &self.order().id).await? else { return Ok(()) };
        let same = told.parse::<f64>().is_ok_and(|told| told == f64::from(self.order().amount));
        if same { Ok(()) } else { Err(Failure::unmet(format!("the shop's amount {}", self.order().amount), told)) }
    }

    /// The address of the page that confirms the order, if the shop has one.
    pub(super) fn page_of_the_order(&self) -> Result<Option<String>, Failure> {
        self.stage().shop.page_of(&self.order().id)
    }
}

/// The numbers of a page without what separates their thousands.
fn bare_numbers(page: &str) -> Vec<String> {
    let mut numbers = Vec::new();
    let mut number = String::new();
    let mut letters = page.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter.is_ascii_digit() {
            number.push(letter);
            continue;
        }
        let separates = matches!(letter, '.' | ',' | ' ' | '\u{a0}' | '\u{202f}' | '\'');
        let goes_on = separates && letters.peek().is_some_and(char::is_ascii_digit);
        if !number.is_empty() && !goes_on {
            numbers.push(std::mem::take(&mut number));
        }
    }
    numbers.extend(Some(number).filter(|number| !number.is_empty()));
    numbers
}

fn excerpt(page: &str) -> String {
    let text: String = page.chars().take(400).collect();
    format!("{text:?}")
}

#[cfg(test)]
mod tests {
    use super::bare_numbers;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        assert_eq!(bare_numbers("<b>90.000 ₫</b> of 1,234,567 and 5'000"), ["90000", "1234567", "5000"]);
    }
}
