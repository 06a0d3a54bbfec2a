//! What the payer does, and where the payer ends up.

use super::{
    World,
    conclude::Must,
    parameters::{Card, Method, Money},
};
use crate::catalog::{ATM_CARDS, COUNTRY, CREDIT_CARDS, DOCUMENTED_CREDENTIALS, Method as CatalogMethod};
use crate::journal::{Failure, expect_equal};
use crate::journeys::{arrive, expect_amount_on_pages, payer};
use crate::sandbox::Returned;
use cucumber::{given, then, when};
use std::sync::Arc;

#[when(expr = "the payer pays with {card}")]
async fn pays_with(w: &mut World, card: Card) {
    let urls = w.merchant().urls.clone();
    let session = w.open_checkout().await.must();
    let arrival = match card {
        Card::Credit(card) => payer::pay_by_card(session, card, &urls).await.must(),
        Card::Atm(card) => payer::pay_by_atm_card(session, card, &urls).await.must(),
    };
    w.arrive(arrival).must();
}

#[when(expr = "the payer completes the payment by {method}")]
async fn completes(w: &mut World, method: Method) {
    let (stage, urls) = (Arc::clone(w.stage()), w.merchant().urls.clone());
    if method.0 == CatalogMethod::Qr {
        w.scanned = Some(payer::look_at_qr(w.checkout().await.must()).await.must());
        w.pay_by_phone().await.must();
        let arrival = arrive(w.session().await.must(), &urls).await.must();
        return w.arrive(arrival).must();
    }
    let session = w.checkout().await.must();
    let arrival = payer::complete(session, method.0, &stage.target, &urls).await.must();
    w.arrive(arrival).must();
}

#[given(expr = "the payer has entered {card}")]
#[when(expr = "the payer has entered {card}")]
async fn has_entered(w: &mut World, card: Card) {
    let session = w.open_checkout().await.must();
    match card {
        Card::Credit(card) => payer::enter_card(session, card).await.must(),
        Card::Atm(card) => payer::enter_atm_card(session, card).await.must(),
    }
}

#[when("the payer types a wrong OTP")]
async fn types_a_wrong_otp(w: &mut World) {
    w.said = Some(payer::mistype_otp(w.session().await.must()).await.must());
}

#[when("the payer types a wrong OTP for the ATM card")]
async fn types_a_wrong_atm_otp(w: &mut World) {
    w.said = Some(payer::mistype_atm_otp(w.session().await.must()).await.must());
}

#[then(regex = "^the (?:issuer|bank)'s page says that the OTP was wrong$")]
async fn otp_was_wrong(w: &mut World) {
    w.expect_said(
        "the page to say that the OTP was wrong",
        r"(?i)invalid|incorrect|wrong|not right|không đúng|không hợp lệ",
    )
    .must();
}

#[when("the payer types the right OTP")]
async fn types_the_right_otp(w: &mut World) {
    payer::confirm_otp(w.session().await.must(), &CREDIT_CARDS[0]).await.must();
}

#[when("the payer types the right OTP for the ATM card")]
async fn types_the_right_atm_otp(w: &mut World) {
    payer::confirm_atm_otp(w.session().await.must(), ATM_CARDS[0].otp).await.must();
}

#[when("the payer types the OTP in lower case")]
async fn types_the_otp_in_lower_case(w: &mut World) {
    payer::confirm_atm_otp(w.session().await.must(), &ATM_CARDS[0].otp.to_lowercase()).await.must();
}

#[when("the payer types the OTP in mixed case")]
async fn types_the_otp_in_mixed_case(w: &mut World) {
    payer::confirm_atm_otp(w.session().await.must(), "oTp").await.must();
}

#[when("the payer types wrong OTPs until the issuer gives up")]
async fn mistypes_until_the_issuer_gives_up(w: &mut World) {
    let urls = w.merchant().urls.clone();
    let arrival = payer::mistype_otp_until_refused(w.session().await.must(), &urls).await.must();
    w.arrive(arrival).must();
}

#[when("the payer types wrong OTPs for the ATM card until the bank gives up")]
async fn mistypes_until_the_bank_gives_up(w: &mut World) {
    let urls = w.merchant().urls.clone();
    let arrival = payer::mistype_atm_otp_until_refused(w.session().await.must(), &urls).await.must();
    w.arrive(arrival).must();
}

#[when("the payer cancels on the card page")]
async fn cancels_on_the_card_page(w: &mut World) {
    let urls = w.merchant().urls.clone();
    let arrival = payer::cancel_at_the_card(w.open_checkout().await.must(), &urls).await.must();
    w.arrive(arrival).must();
}

#[when("the payer cancels on the issuer's page")]
async fn cancels_on_the_issuers_page(w: &mut World) {
    let urls = w.merchant().urls.clone();
    let arrival = payer::cancel_at_the_otp(w.session().await.must(), &urls).await.must();
    w.arrive(arrival).must();
}

#[when("the payer cancels on the ATM card page")]
async fn cancels_on_the_atm_card_page(w: &mut World) {
    let urls = w.merchant().urls.clone();
    let session = w.open_checkout().await.must();
    let arrival = payer::cancel_at_the_atm_card(session, &ATM_CARDS[0], &urls).await.must();
    w.arrive(arrival).must();
}

#[when("the payer cancels on the ATM card's OTP page")]
async fn cancels_on_the_atm_otp_page(w: &mut World) {
    let urls = w.merchant().urls.clone();
    let arrival = payer::cancel_at_the_atm_otp(w.session().await.must(), &urls).await.must();
    w.arrive(arrival).must();
}

#[when("the payer chooses the bank of the documented ATM card")]
async fn chooses_the_bank(w: &mut World) {
    payer::choose_the_bank(w.open_checkout().await.must(), &ATM_CARDS[0]).await.must();
}

#[then("the OTP page names the bank of the documented ATM card")]
async fn names_the_bank(w: &mut World) {
    payer::expect_the_bank(w.session().await.must(), &ATM_CARDS[0]).await.must();
}

#[then("the card page asks for the issue date and not for an expiry date")]
async fn asks_for_the_issue_date(w: &mut World) {
    payer::expect_issue_date(w.session().await.must()).await.must();
}

#[given("the payer looks at the QR")]
#[when("the payer looks at the QR")]
async fn looks_at_the_qr(w: &mut World) {
    w.scanned = Some(payer::look_at_qr(w.open_checkout().await.must()).await.must());
}

#[given("the payer has scanned the QR and paid in the test app")]
#[when("the payer scans the QR and pays in the test app")]
async fn pays_in_the_test_app(w: &mut World) {
    looks_at_the_qr(w).await;
    w.pay_by_phone().await.must();
}

#[when("the payer scans the same QR again")]
async fn scans_again(w: &mut World) {
    w.expect_readable_phone().must();
    let (stage, scanned) = (Arc::clone(w.stage()), w.scanned().clone());
    w.said = Some(payer::pay_again(w.session().await.must(), &stage.target, &scanned).await.must());
}

#[when("the payer tries to log in to the test app with a wrong password")]
async fn logs_in_wrongly(w: &mut World) {
    w.expect_readable_phone().must();
    looks_at_the_qr(w).await;
    let stage = Arc::clone(w.stage());
    w.said = Some(payer::log_in_wrongly(w.session().await.must(), &stage.target).await.must());
}

#[then("the test app refuses the QR")]
async fn the_test_app_refuses_the_qr(w: &mut World) {
    w.expect_said("the test app to say why it refuses", r"(?i)expired|already|no longer|hết hạn|đã được|không thể")
        .must();
}

#[then("the test app refuses the login")]
async fn the_test_app_refuses_the_login(w: &mut World) {
    w.expect_said("the test app to say why it refuses", r"(?i)not right|wrong|incorrect|invalid|không đúng").must();
}

#[then(expr = "the QR asks for {money} VND")]
async fn the_qr_asks_for(w: &mut World, amount: Money) {
    let payload = &w.scanned().payload;
    let asked = payload.amount.ok_or_else(|| Failure::unmet("an amount in the QR", "none")).must();
    expect_equal("the QR to ask for", &amount.0, &asked).must();
    expect_equal("a QR in dong", &"704", &payload.currency.as_str()).must();
    expect_equal("a QR of the country", &COUNTRY, &payload.country.as_str()).must();
}

#[then("the QR names the merchant known to SmartPay and no card")]
async fn the_qr_names_the_merchant(w: &mut World) {
    let account = w.scanned().payload.account.as_str();
    expect_equal("the QR to pay to", &DOCUMENTED_CREDENTIALS.merchant_id, &account).must();
    expect_equal("a QR for an account", &"QRIBFTTA", &w.scanned().payload.service.as_str()).must();
}

#[when("the payer cancels on the QR page")]
async fn cancels_on_the_qr_page(w: &mut World) {
    let urls = w.merchant().urls.clone();
    let arrival = payer::cancel_qr(w.open_checkout().await.must(), &urls).await.must();
    w.arrive(arrival).must();
}

#[when("the payer returns to the shop from the QR page")]
async fn returns_from_the_qr_page(w: &mut World) {
    let urls = w.merchant().urls.clone();
    let arrival = payer::leave_qr(w.open_checkout().await.must(), &urls).await.must();
    w.arrive(arrival).must();
}

#[when("the time to pay has passed")]
async fn the_time_has_passed(w: &mut World) {
    let time = w.order().time_to_pay;
    let time = time.ok_or_else(|| Failure::unmet("an answer that says how long the payer has", "none")).must();
    w.levers().must().advance_clock(w.merchant().account(), time.as_secs() + 1).await.must();
}

#[then("the payer is back on the shop's success page")]
async fn back_on_the_success_page(w: &mut World) {
    expect_equal("the payer on the shop's page of", &Returned::Success, &w.arrival().await.must().returned).must();
}

#[then("the payer is back on the shop's failure page")]
async fn back_on_the_failure_page(w: &mut World) {
    expect_equal("the payer on the shop's page of", &Returned::Failure, &w.arrival().await.must().returned).must();
}

#[then("the payer is back on the shop's pending page")]
async fn back_on_the_pending_page(w: &mut World) {
    expect_equal("the payer on the shop's page of", &Returned::Pending, &w.arrival().await.must().returned).must();
}

#[then(expr = "every page of the payment that told an amount told {money} VND")]
async fn pages_told_the_amount(w: &mut World, amount: Money) {
    expect_amount_on_pages(w.session().await.must().met_pages(), amount.0).must();
}

#[then("the redirect carries a genuine signature")]
async fn a_genuine_redirect(w: &mut World) {
    let redirect = w.arrival().await.must().redirect;
    w.expect_genuine_redirect(&redirect).must();
}
