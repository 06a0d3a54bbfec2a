//! The wallet's test app, on the payer's phone: a window of its own beside the checkout.

use super::{ScannedQr, displayed_amount};
use crate::browser::Session;
use crate::catalog::TEST_APP;
use crate::journal::{Failure, expect_equal};
use crate::sandbox::{Capability, Target};
use crate::wire::Amount;
use crate::wire::Secret;

/// Logs in, scans, confirms, and puts the phone away.
pub async fn pay(session: &mut Session, target: &Target, scanned: &ScannedQr) -> Result<(), Failure> {
    pick_up(session, target).await?;
    log_in(session, TEST_APP.password).await?;
    scan(session, scanned).await?;
    session.await_page(&["wallet-confirm"]).await?;
    let asked: Amount = displayed_amount(&session.read("wallet-confirm.amount").await?)?;
    if let Some(amount) = scanned.payload.amount {
        expect_equal("the test app to ask for", &amount, &asked)?;
    }
    session.press("wallet-confirm.confirm").await?;
    session.await_page(&["wallet-receipt"]).await?;
    session.close_window().await?;
    Ok(())
}

/// Scans a QR that should be refused and returns what the test app says.
pub async fn pay_again(session: &mut Session, target: &Target, scanned: &ScannedQr) -> Result<String, Failure> {
    pick_up(session, target).await?;
    if session.await_page(&["wallet-login", "wallet-scan"]).await? == "wallet-login" {
        log_in(session, TEST_APP.password).await?;
    }
    scan(session, scanned).await?;
    let said = match session.await_page(&["wallet-refused", "wallet-confirm"]).await?.as_str() {
        "wallet-refused" => session.read("wallet-refused.error").await?,
        _ => return Err(Failure::unmet("the test app to refuse the QR", "it asked for the payment's confirmation")),
    };
    session.close_window().await?;
    Ok(said)
}

/// Tries a wrong password and returns what the test app says.
pub async fn log_in_wrongly(session: &mut Session, target: &Target) -> Result<String, Failure> {
    pick_up(session, target).await?;
    log_in(session, "222222").await?;
    let said = match session.await_page(&["wallet-login-refused", "wallet-scan"]).await?.as_str() {
        "wallet-login-refused" => session.read("wallet-login-refused.error").await?,
        _ => return Err(Failure::unmet("the test app to refuse a wrong password", "it let the payer in")),
    };
    session.close_window().await?;
    Ok(said)
}

/// Opens the test app in a window of its own.
async fn pick_up(session: &mut Session, target: &Target) -> Result<(), Failure> {
    let url = target.wallet.as_ref().ok_or_else(|| Failure::skipped(missing()))?;
    session.new_window().await?;
    session.open(url.as_str()).await?;
    Ok(())
}

fn missing() -> String {
    format!("the target has no {}", Capability::Wallet.word())
}

async fn log_in(session: &mut Session, password: &str) -> Result<(), Failure> {
    session.await_page(&["wallet-login"]).await?;
    session.fill("wallet-login.account", TEST_APP.account).await?;
    session.fill_secret("wallet-login.password", &Secret::new(password)).await?;
    session.press("wallet-login.log-in").await?;
    Ok(())
}

async fn scan(session: &mut Session, scanned: &ScannedQr) -> Result<(), Failure> {
    session.await_page(&["wallet-scan"]).await?;
    session.fill("wallet-scan.content", &scanned.text).await?;
    session.press("wallet-scan.continue").await?;
    Ok(())
}
