//! SmartPay's dashboard, where an operator sees what really became of a refund.

use super::RefundRow;
use crate::browser::Session;
use crate::journal::Failure;
use crate::sandbox::{Account, Target};

/// The dashboard, logged in.
#[derive(Debug)]
pub struct Dashboard<'a> {
    session: &'a mut Session,
}

impl<'a> Dashboard<'a> {
    /// Opens the dashboard, logging in where asked to.
    ///
    /// # Errors
    /// When the dashboard does not let the operator in.
    pub async fn open(session: &'a mut Session, target: &Target, account: &Account) -> Result<Self, Failure> {
        let (base, login) = target
            .dashboard
            .as_ref()
            .zip(account.dashboard.as_ref())
            .ok_or_else(|| Failure::skipped("the target has no dashboard, or no login for it"))?;
        session.open(base.as_str()).await?;
        if session.await_page(&["dashboard-login", "dashboard"]).await? == "dashboard-login" {
            session.fill("dashboard-login.user", &login.user).await?;
            session.fill_secret("dashboard-login.password", &login.password).await?;
            session.press("dashboard-login.log-in").await?;
            session.await_page(&["dashboard"]).await?;
        }
        Ok(Self { session })
    }

    /// The channel, the merchant and the branch that the dashboard names.
    ///
    /// # Errors
    /// When it does not.
    pub async fn credentials(&mut self) -> Result<[String; 3], Failure> {
        Ok([
            self.session.read("dashboard.channel").await?,
            self.session.read("dashboard.merchant").await?,
            self.session.read("dashboard.branch").await?,
        ])
    }

    /// The refunds that SmartPay knows of.
    ///
    /// # Errors
    /// When the page cannot be read.
    pub async fn refunds(&mut self) -> Result<Vec<RefundRow>, Failure> {
        let references = self.session.read_all("dashboard.references").await?;
        let amounts = self.session.read_all("dashboard.amounts").await?;
        let outcomes = self.session.read_all("dashboard.outcomes").await?;
        RefundRow::rows(Some(references), amounts, outcomes)
    }
}
