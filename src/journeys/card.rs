//! Paying by credit card: SmartPay's card page, then the issuer's 3-D Secure challenge.

use super::{Arrival, arrive, code::shown_code};
use crate::browser::Session;
use crate::catalog::{ChallengeOutcome, CreditCard};
use crate::journal::Failure;
use crate::sandbox::ReturnUrls;
use crate::wire::Secret;

/// An OTP that is not the documented one.
const WRONG_OTP: &str = "9999";

/// Types the card and sends it off.
pub async fn enter(session: &mut Session, card: &CreditCard) -> Result<(), Failure> {
    send(session, card).await?;
    session.await_page(&["challenge"]).await?;
    Ok(())
}

async fn send(session: &mut Session, card: &CreditCard) -> Result<(), Failure> {
    session.await_page(&["card"]).await?;
    session.fill_secret("card.number", &Secret::new(card.number)).await?;
    session.fill("card.holder", card.holder).await?;
    session.fill("card.expiry", card.expiry).await?;
    session.fill_secret("card.cvv", &Secret::new(card.cvv)).await?;
    session.tick_if_shown("card.consent").await?;
    session.press("card.pay").await?;
    Ok(())
}

/// Types the OTP of `card`: the one that the page shows, on targets whose profile says where, else the documented one.
pub async fn confirm(session: &mut Session, card: &CreditCard) -> Result<(), Failure> {
    session.await_page(&["challenge"]).await?;
    let shown = shown_code(session, "challenge.code").await?;
    answer(session, shown.as_deref().unwrap_or(card.otp)).await
}

/// Types a wrong OTP and returns what the issuer's page then says.
pub async fn mistype(session: &mut Session) -> Result<String, Failure> {
    answer(session, WRONG_OTP).await?;
    session.await_page(&["challenge-again"]).await?;
    Ok(session.read("challenge-again.error").await?)
}

/// Types wrong OTPs until the payer is sent back to the shop, at most ten.
pub async fn mistype_until_refused(session: &mut Session, urls: &ReturnUrls) -> Result<Arrival, Failure> {
    const PATIENCE: usize = 10;
    for _ in 0..PATIENCE {
        answer(session, WRONG_OTP).await?;
        if session.await_page_unless(&["challenge-again"], |url| urls.recognise(url).is_some()).await?.is_none() {
            return arrive(session, urls).await;
        }
    }
    Err(Failure::unmet("the issuer to give up", format!("{PATIENCE} wrong OTPs and another try offered")))
}

async fn answer(session: &mut Session, otp: &str) -> Result<(), Failure> {
    session.await_page(&["challenge"]).await?;
    session.fill_secret("challenge.otp", &Secret::new(otp)).await?;
    session.press_for_change("challenge.submit").await?;
    Ok(())
}

/// Pays with `card` and answers the issuer's challenge, which only a card made to be refused may do without.
pub async fn pay(session: &mut Session, card: &CreditCard, urls: &ReturnUrls) -> Result<Arrival, Failure> {
    send(session, card).await?;
    let challenged = if card.challenge == ChallengeOutcome::Succeeds {
        session.await_page(&["challenge"]).await.map(Some)?
    } else {
        session.await_page_unless(&["challenge"], |url| urls.recognise(url).is_some()).await?
    };
    if challenged.is_some() {
        confirm(session, card).await?;
    }
    arrive(session, urls).await
}

pub async fn cancel_at_the_card(session: &mut Session, urls: &ReturnUrls) -> Result<Arrival, Failure> {
    session.await_page(&["card"]).await?;
    session.press("card.cancel").await?;
    arrive(session, urls).await
}

pub async fn cancel_at_the_otp(session: &mut Session, urls: &ReturnUrls) -> Result<Arrival, Failure> {
    session.await_page(&["challenge"]).await?;
    session.press("challenge.cancel").await?;
    arrive(session, urls).await
}
