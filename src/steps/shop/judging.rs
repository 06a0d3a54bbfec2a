//! What the shop's books and pages have to say.

use super::{ShopWorld, redirects::MARKED};
use crate::browser::Session;
use crate::journal::{Failure, expect_equal};
use crate::merchant::{State, holds_element, numbers, text_of_page};
use crate::steps::conclude::Must;
use crate::wire::TransactionStatus;
use cucumber::then;
use std::time::{Duration, Instant};

/// Within which a webhook is to be acknowledged.
const QUICK: Duration = Duration::from_secs(5);
/// By when a second order, if a press made one, has arrived at PortOne.
const ARRIVING: Duration = Duration::from_secs(3);
/// Between two looks at a page that may still be changing.
const LOOKING: Duration = Duration::from_millis(200);

#[then(regex = "^the shop has the order as (paid|failed|refunded|refunded in part)$")]
async fn has_it_as(w: &mut ShopWorld, state: String) {
    let wanted = match state.as_str() {
        "paid" => State::Paid,
        "failed" => State::Failed,
        "refunded" => State::Refunded,
        _ => w.refunded_in_part(),
    };
    w.stage().shop.await_state(&w.caller(), &w.order().id, &[wanted]).await.must();
}

#[then("the shop has the order as paid or has asked PortOne at once")]
async fn has_it_as_paid_or_asked(w: &mut ShopWorld) {
    if w.asked_at_once {
        return;
    }
    let awaited = w.stage().shop.await_state(&w.caller(), &w.order().id, &[State::Paid]).await;
    awaited
        .map_err(|failure| Failure {
            expected: format!("{}, or PortOne to be asked about it as soon as the webhook came", failure.expected),
            ..failure
        })
        .must();
}

#[then("the shop never has the order as paid")]
async fn never_paid(w: &mut ShopWorld) {
    w.never(&w.order().id, &[State::Paid, State::Refunded, State::PartlyRefunded]).await.must();
}

#[then("the shop does not have the order as refunded")]
async fn not_refunded(w: &mut ShopWorld) {
    w.never(&w.order().id, &[State::Refunded, State::PartlyRefunded]).await.must();
}

#[then(regex = "^the shop keeps the order as (paid|refunded|refunded in part)$")]
async fn keeps(w: &mut ShopWorld, state: String) {
    let state = match state.as_str() {
        "paid" => State::Paid,
        "refunded" => State::Refunded,
        _ => w.refunded_in_part(),
    };
    w.keeps(&w.order().id, &state).await.must();
}

#[then("the payer is back on a page of the shop")]
async fn is_back(w: &mut ShopWorld) {
    let session = w.base.session().await.must();
    let address = session.url().await.must();
    let place = address.split(['?', '#']).next().unwrap_or_default();
    match session.answered().await.must() {
        Some(200..=299) => {}
        Some(status) => {
            let expected = "a page of the shop's for the payer who comes back";
            Err::<(), _>(Failure::unmet(expected, format!("{status} at {place}"))).must();
        }
        // What cannot be seen is not green.
        None => {
            let expected = "a browser that says how a page was answered, such as Chromium since version 109";
            Err::<(), _>(Failure::blocked(expected, format!("no status at {place}"))).must();
        }
    }
}

#[then("it says something else than it says to nonsense")]
async fn says_something_else(w: &mut ShopWorld) {
    let nonsense = w.nonsense_id();
    let names = [w.order().reference.clone(), w.order().id.clone(), nonsense.clone()];
    let address = w.nonsense_redirect(&nonsense).must();
    // Which order and how much is no difference.
    let told_apart = |text: &str| {
        let text = names.iter().fold(text.to_owned(), |text, name| text.replace(name, ""));
        text.chars().filter(|letter| !letter.is_ascii_digit() && !letter.is_whitespace()).collect::<String>()
    };
    let told = shown(w.base.session().await.must()).await.must();
    // A session could remember the order.
    w.base.give_back_browser().await;
    w.look_in_the_browser(&address).await.must();
    let session = w.base.session().await.must();
    if told_apart(&shown(session).await.must()) == told_apart(&told) {
        let expected = "a page that tells a payer who has paid from somebody who sends nonsense";
        Err::<(), _>(Failure::unmet(expected, excerpt(&told))).must();
    }
}

#[then("the shop does not have the order as paid yet")]
async fn not_paid_yet(w: &mut ShopWorld) {
    let state = w.stage().shop.state(&w.caller(), &w.order().id).await.must();
    if state == State::Paid {
        Err::<(), _>(Failure::unmet("an order that is not paid yet", state.to_string())).must();
    }
}

#[then("the shop says of that order what it said before")]
async fn no_such_order(w: &mut ShopWorld) {
    let id = w.never_made.clone().expect("a sentence before this one names it");
    let (before, within) = (w.before_the_webhook.clone(), w.stage().shop.settle().min(ARRIVING));
    let as_before = async || {
        let now = w.told_of(&id).await?;
        if now == before {
            return Ok(());
        }
        let told = |state: Option<State>| state.map_or_else(|| "nothing".to_owned(), |state| state.to_string());
        let expected = format!("an order that nobody made to be told as before: {}", told(before.clone()));
        Err(Failure::unmet(expected, told(now)))
    };
    ShopWorld::watch(within, as_before).await.must();
}

#[then("the shop answers a customer")]
async fn answers_a_customer(w: &mut ShopWorld) {
    let id = w.order().id.clone();
    w.stage().shop.state(&w.caller(), &id).await.must();
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
    w.base.give_back_browser().await;
    let (amount, within) = (w.order().amount, w.stage().shop.settle().min(ARRIVING));
    let one = async || {
        let orders = w.orders_of_this_amount(amount).await?;
        expect_equal("orders at PortOne:", &1, &orders.len())
    };
    ShopWorld::watch(within, one).await.must();
}

#[then("no other order of this amount is paid")]
async fn no_other_paid(w: &mut ShopWorld) {
    w.base.give_back_browser().await;
    let order = w.order().clone();
    let (shop, caller) = (w.stage().shop.clone(), w.caller());
    let started = Instant::now();
    loop {
        let mut others = w.orders_of_this_amount(order.amount).await.must();
        others.retain(|other| other.order_ref != order.order_ref);
        for other in &others {
            let paid = other.status == TransactionStatus::Success;
            // Another attempt at the same order is no other order.
            let id = shop.id_of(&other.merchant_order_ref);
            let booked = id != order.id && shop.state(&caller, &id).await.must() == State::Paid;
            if paid || booked {
                let place = if paid { "at PortOne" } else { "in the shop" };
                let observed = format!("{} is paid {place}, too", other.merchant_order_ref);
                Err::<(), _>(Failure::unmet("one paid order", observed)).must();
            }
        }
        let watched = if others.is_empty() { shop.settle().min(ARRIVING) } else { shop.settle() };
        if started.elapsed() >= watched {
            return;
        }
        tokio::time::sleep(LOOKING).await;
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
        Err::<(), _>(Failure::defect("no page of the shop was looked at")).must();
    }
    if w.pages.iter().any(|page| holds_element(page, MARKED)) {
        let observed = format!("an element {MARKED} that nobody but this check can have put there");
        Err::<(), _>(Failure::unmet("markup from outside as text", observed)).must();
    }
}

#[then(expr = "no page of it shows {int},{int},{int}")]
async fn no_page_shows(w: &mut ShopWorld, millions: u64, thousands: u64, rest: u64) {
    w.look_at_the_order().await.must();
    let told = millions * 1_000_000 + thousands * 1_000 + rest;
    for page in &w.pages {
        let text = text_of_page(page);
        if numbers(&text).contains(&told) {
            Err::<(), _>(Failure::unmet(format!("no page that shows {told}"), excerpt(&text))).must();
        }
    }
    w.expect_amount().await.must();
}

#[then("the confirmation shows the amount and the order")]
async fn confirms(w: &mut ShopWorld) {
    w.expect_no_other_order().await.must();
    if let Some(page) = w.page_of_the_order().must() {
        w.base.session().await.must().open(&page).await.must();
    }
    let (amount, reference) = (u64::from(w.order().amount), w.order().reference.clone());
    let (id, settle) = (w.order().id.clone(), w.stage().shop.settle());
    let started = Instant::now();
    let session = w.base.session().await.must();
    session.note_page("The shop's confirmation").await.must();
    loop {
        let text = shown(session).await.must();
        let shows_amount = numbers(&text).contains(&amount);
        if let Some(place) = in_another_currency(&text, amount) {
            Err::<(), _>(Failure::unmet(format!("the amount {amount} in dong"), place)).must();
        }
        if shows_amount && (text.contains(&id) || text.contains(&reference)) {
            return;
        }
        if started.elapsed() >= settle {
            let missing = if shows_amount { format!("the order {id}") } else { format!("the amount {amount}") };
            Err::<(), _>(Failure::unmet(format!("{missing} on the confirmation"), excerpt(&text))).must();
        }
        tokio::time::sleep(LOOKING).await;
    }
}

/// What a payer reads in the window, in all frames.
async fn shown(session: &mut Session) -> Result<String, Failure> {
    let documents = session.documents().await?;
    Ok(documents.iter().map(|document| text_of_page(&document.html)).collect::<Vec<_>>().join("\n"))
}

impl ShopWorld {
    /// The page that the payer came back to is not of the order that was made after this one.
    async fn expect_no_other_order(&mut self) -> Result<(), Failure> {
        /// A shorter one is found in any text.
        const TELLING: usize = 6;
        let own = self.order().clone();
        if self.stage().shop.integration().checkout.endpoint.is_none() {
            // The other was ordered in the same browser, which may rightly be told of both.
            return Ok(());
        }
        let Some(other) = self.another.clone().filter(|other| other.order_ref != own.order_ref) else { return Ok(()) };
        let text = shown(self.base.session().await?).await?;
        let is_named = |name: &str| name.len() >= TELLING && !own.reference.contains(name) && text.contains(name);
        let costs_as_much = other.amount == own.amount;
        if is_named(&other.id)
            || is_named(&other.reference)
            || (!costs_as_much && numbers(&text).contains(&u64::from(other.amount)))
        {
            let expected = format!("a page for the payer of {}, who comes back", own.id);
            return Err(Failure::unmet(expected, format!("one that shows {}: {}", other.id, excerpt(&text))));
        }
        Ok(())
    }

    /// The shop's own amount is that of the order, where it says one.
    async fn expect_amount(&self) -> Result<(), Failure> {
        let Some(told) = self.stage().shop.amount(&self.caller(), &self.order().id).await? else { return Ok(()) };
        let amount = self.order().amount;
        if is_amount(&told, f64::from(amount)) {
            return Ok(());
        }
        Err(Failure::unmet(format!("the shop's amount {amount}"), told))
    }

    /// The address of the page that confirms the order, if the shop has one.
    pub(super) fn page_of_the_order(&self) -> Result<Option<String>, Failure> {
        self.stage().shop.page_of(&self.order().id)
    }
}

/// Whether a text is nothing but this amount, as a machine or a person writes it.
pub(super) fn is_amount(told: &str, amount: f64) -> bool {
    // Spaces between thousands make parts of the number numbers, too.
    let joined: String = told.chars().filter(|letter| !letter.is_whitespace()).collect();
    let read = numbers(&joined);
    told.parse().ok() == Some(amount) || matches!(read[..], [read] if read as f64 == amount)
}

/// Where a page has an amount with the sign of another currency beside it, and none of the dong's.
fn in_another_currency(text: &str, amount: u64) -> Option<String> {
    const DONG: [&str; 4] = ["₫", "đ", "VND", "VNĐ"];
    const OTHERS: [&str; 7] = ["$", "USD", "€", "EUR", "£", "¥", "SGD"];
    let lines: Vec<&str> = text.lines().collect();
    let beside = |at: usize| lines[at.saturating_sub(1)..(at + 2).min(lines.len())].join(" ");
    let holds = |text: &str, signs: &[&str]| signs.iter().any(|sign| text.contains(sign));
    (0..lines.len())
        .filter(|at| numbers(lines[*at]).contains(&amount))
        .map(beside)
        .find(|place| holds(place, &OTHERS) && !holds(place, &DONG))
}

fn excerpt(page: &str) -> String {
    let text: String = page.chars().take(400).collect();
    format!("{text:?}")
}

#[cfg(test)]
mod tests {
    use super::{in_another_currency, is_amount};

    #[test]
    fn an_amount_is_read_as_machines_and_people_write_it() {
        for told in ["150000", "150000.0", "150.000", "150.000 ₫", "150 000 đ", "VND 150,000"] {
            assert!(is_amount(told, 150_000.0), "{told}");
        }
        for told in ["", "none", "1500000", "150.000,50", "15", "0 ₫ of 150.000 ₫"] {
            assert!(!is_amount(told, 150_000.0), "{told}");
        }
    }

    #[test]
    fn an_amount_in_dollars_is_none_in_dong() {
        for dollars in ["$150,000", "Total\n150000\nUSD", "US$ 150,000.00"] {
            assert!(in_another_currency(dollars, 150_000).is_some(), "{dollars}");
        }
        for dong in ["150.000 ₫ (about $6)", "150000", "VND\n150,000", "$6\nShipping\n150,000 đ"] {
            assert_eq!(in_another_currency(dong, 150_000), None, "{dong}");
        }
    }
}
