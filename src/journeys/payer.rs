//! A payer's journeys from the checkout to the shop's return page.

pub use super::{
    atm::{
        cancel_at_the_card as cancel_at_the_atm_card, cancel_at_the_otp as cancel_at_the_atm_otp, choose_the_bank,
        confirm as confirm_atm_otp, enter as enter_atm_card, expect_issue_date, expect_the_bank,
        mistype as mistype_atm_otp, mistype_until_refused as mistype_atm_otp_until_refused, pay as pay_by_atm_card,
    },
    card::{
        cancel_at_the_card, cancel_at_the_otp, confirm as confirm_otp, enter as enter_card, mistype as mistype_otp,
        mistype_until_refused as mistype_otp_until_refused, pay as pay_by_card,
    },
    embedded::{choose_method, expect_every_method, start_from_the_shop},
    qr::{cancel as cancel_qr, leave as leave_qr, look as look_at_qr},
    wallet::{log_in_wrongly, pay as pay_in_the_test_app, pay_again},
};

use super::{Arrival, arrive, atm, card, qr, wallet};
use crate::browser::Session;
use crate::catalog::{AtmCard, AtmOutcome, ChallengeOutcome, CreditCard, Method};
use crate::journal::Failure;
use crate::sandbox::{ReturnUrls, Target};

/// Completes a payment whose first page is open, as the documented payer would.
///
/// # Errors
/// When a page of the journey is not met or does not behave.
pub async fn complete(
    session: &mut Session,
    method: Method,
    target: &Target,
    urls: &ReturnUrls,
) -> Result<Arrival, Failure> {
    match method {
        Method::CreditCard => card::pay(session, CreditCard::with(ChallengeOutcome::Succeeds), urls).await,
        Method::AtmCard => atm::pay(session, AtmCard::with(AtmOutcome::Paid), urls).await,
        Method::Qr => {
            let scanned = qr::look(session).await?;
            wallet::pay(session, target, &scanned).await?;
            arrive(session, urls).await
        }
    }
}
