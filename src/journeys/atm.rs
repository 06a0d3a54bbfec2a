//! Paying by ATM card: SmartPay's list of banks, then the NAPAS pages. Who collects the card on the real sandbox is
//! unknown, so that each page is recognised when it is met.

use super::{Arrival, arrive};
use crate::browser::Session;
use crate::catalog::AtmCard;
use crate::journal::{Failure, expect_equal};
use crate::sandbox::ReturnUrls;
use crate::wire::Secret;

/// An OTP that is not the documented one.
const WRONG_OTP: &str = "999999";

/// Chooses the card's bank, where the payer is asked for it, and reaches the card page.
pub async fn choose_the_bank(session: &mut Session, card: &AtmCard) -> Result<(), Failure> {
    if session.await_page(&["bank-list", "atm-card"]).await? == "bank-list" {
        session.choose("bank-list.bank", card.bank).await?;
        session.tick_if_shown("bank-list.consent").await?;
        session.press("bank-list.continue").await?;
        session.await_page(&["atm-card"]).await?;
    }
    Ok(())
}

/// Types the card and sends it off.
pub async fn enter(session: &mut Session, card: &AtmCard) -> Result<(), Failure> {
    choose_the_bank(session, card).await?;
    session.await_gone("atm-card.loading").await?;
    session.fill_secret("atm-card.number", &Secret::new(card.number)).await?;
    session.fill("atm-card.holder", card.holder).await?;
    session.fill("atm-card.issue-date", card.issue_date).await?;
    session.tick_if_shown("atm-card.consent").await?;
    session.press("atm-card.process").await?;
    session.await_page(&["atm-otp"]).await?;
    Ok(())
}

/// Types `otp`, whatever its letter case.
pub async fn confirm(session: &mut Session, otp: &str) -> Result<(), Failure> {
    session.await_page(&["atm-otp"]).await?;
    session.await_gone("atm-otp.loading").await?;
    session.fill_secret("atm-otp.otp", &Secret::new(otp)).await?;
    session.press_for_change("atm-otp.process").await?;
    Ok(())
}

/// Types a wrong OTP and returns what the bank's page then says.
pub async fn mistype(session: &mut Session) -> Result<String, Failure> {
    confirm(session, WRONG_OTP).await?;
    session.await_page(&["atm-otp-again"]).await?;
    Ok(session.read("atm-otp-again.error").await?)
}

/// Types wrong OTPs until the payer is sent back to the shop, at most ten.
pub async fn mistype_until_refused(session: &mut Session, urls: &ReturnUrls) -> Result<Arrival, Failure> {
    const PATIENCE: usize = 10;
    for _ in 0..PATIENCE {
        confirm(session, WRONG_OTP).await?;
        if session.await_page_unless(&["atm-otp-again"], |url| urls.recognise(url).is_some()).await?.is_none() {
            return arrive(session, urls).await;
        }
    }
    Err(Failure::unmet("the bank to give up", format!("{PATIENCE} wrong OTPs and another try offered")))
}

/// Pays with `card`.
pub async fn pay(session: &mut Session, card: &AtmCard, urls: &ReturnUrls) -> Result<Arrival, Failure> {
    enter(session, card).await?;
    confirm(session, card.otp).await?;
    arrive(session, urls).await
}

pub async fn cancel_at_the_card(session: &mut Session, card: &AtmCard, urls: &ReturnUrls) -> Result<Arrival, Failure> {
    choose_the_bank(session, card).await?;
    session.await_gone("atm-card.loading").await?;
    session.press("atm-card.cancel").await?;
    arrive(session, urls).await
}

pub async fn cancel_at_the_otp(session: &mut Session, urls: &ReturnUrls) -> Result<Arrival, Failure> {
    session.await_page(&["atm-otp"]).await?;
    session.await_gone("atm-otp.loading").await?;
    session.press("atm-otp.cancel").await?;
    arrive(session, urls).await
}

/// The OTP page names the card's bank, letter by letter.
pub async fn expect_the_bank(session: &mut Session, card: &AtmCard) -> Result<(), Failure> {
    session.await_page(&["atm-otp"]).await?;
    let shown = session.read("atm-otp.bank").await?;
    expect_equal("the bank", &card.bank, &shown.trim())
}

/// The card page asks for the issue date and for no expiry date.
pub async fn expect_issue_date(session: &mut Session) -> Result<(), Failure> {
    session.await_page(&["atm-card"]).await?;
    session.await_field("atm-card.issue-date").await?;
    if session.is_shown("atm-card.expiry").await? {
        return Err(Failure::unmet("a card page that asks for the issue date only", "a field for an expiry date"));
    }
    Ok(())
}
