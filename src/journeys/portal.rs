//! The merchant portal, as the merchant's operator uses it.

use super::displayed_amount;
use crate::browser::Session;
use crate::journal::Failure;
use crate::sandbox::{Account, Login, Target};
use crate::wire::Amount;
use url::Url;

/// How an operator settles a queued refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    Successful,
    Failed,
}

/// A refund as a page shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct RefundRow {
    /// SmartPay's own reference, where the page shows it.
    pub reference: Option<String>,
    pub amount: Amount,
    /// The word in the status' own place, in lower case.
    pub status: String,
}

/// A transaction as the portal shows it.
#[derive(Clone, Debug)]
pub struct PortalTransaction {
    pub order: String,
    pub status: String,
    pub amount: Amount,
}

/// The portal, logged in, on the page of one transaction.
#[derive(Debug)]
pub struct Portal<'a> {
    session: &'a mut Session,
}

impl<'a> Portal<'a> {
    /// Opens the page of a transaction, logging in where asked to.
    ///
    /// # Errors
    /// When the portal does not let the operator in, or does not show the transaction.
    pub async fn open(
        session: &'a mut Session,
        target: &Target,
        account: &Account,
        order_ref: &str,
    ) -> Result<Self, Failure> {
        let (base, login) = target
            .portal
            .as_ref()
            .zip(account.portal.as_ref())
            .ok_or_else(|| Failure::skipped("the target has no portal, or no login for it"))?;
        let page = transaction_page(base, order_ref)?;
        session.open(page.as_str()).await?;
        if session.await_page(&["portal-login", "portal-transaction"]).await? == "portal-login" {
            log_in(session, login).await?;
            session.await_page(&["portal-transactions", "portal-transaction"]).await?;
            session.open(page.as_str()).await?;
        }
        session.await_page(&["portal-transaction"]).await?;
        Ok(Self { session })
    }

    /// What the page says of the payment.
    ///
    /// # Errors
    /// When the page does not show it.
    pub async fn transaction(&mut self) -> Result<PortalTransaction, Failure> {
        Ok(PortalTransaction {
            order: self.session.read("portal-transaction.order").await?.trim().to_owned(),
            status: self.session.read("portal-transaction.status").await?.trim().to_owned(),
            amount: displayed_amount(&self.session.read("portal-transaction.amount").await?)?,
        })
    }

    /// What the page says remains refundable.
    ///
    /// # Errors
    /// When the page does not show it.
    pub async fn refundable(&mut self) -> Result<Amount, Failure> {
        displayed_amount(&self.session.read("portal-transaction.refundable").await?)
    }

    /// Asks for a refund: of everything, or of `part`. Gives back whether the portal says that it was carried out.
    ///
    /// # Errors
    /// When the form is not there.
    pub async fn refund(&mut self, part: Option<Amount>) -> Result<bool, Failure> {
        if let Some(amount) = part {
            self.session.choose("portal-transaction.kind", "partial").await?;
            self.session.fill("portal-transaction.refund-amount", &amount.to_string()).await?;
        } else {
            self.session.choose("portal-transaction.kind", "full").await?;
        }
        self.session.fill("portal-transaction.reason", "asked for by the payer").await?;
        self.session.press_for_change("portal-transaction.refund").await?;
        // The money is on its way only once the portal has answered.
        Ok(self.session.await_page(&["portal-done", "portal-notice"]).await? == "portal-done")
    }

    /// Settles the one queued refund.
    ///
    /// # Errors
    /// When the page offers no settlement.
    pub async fn settle(&mut self, settlement: Settlement) -> Result<(), Failure> {
        let button = match settlement {
            Settlement::Successful => "portal-transaction.mark-successful",
            Settlement::Failed => "portal-transaction.mark-failed",
        };
        Ok(self.session.press_for_change(button).await?)
    }

    /// The refunds on the page.
    ///
    /// # Errors
    /// When the page cannot be read.
    pub async fn refunds(&mut self) -> Result<Vec<RefundRow>, Failure> {
        let amounts = self.session.read_all("portal-transaction.refund-amounts").await?;
        let statuses = self.session.read_all("portal-transaction.refund-statuses").await?;
        RefundRow::rows(None, amounts, statuses)
    }

    /// The page of a transaction that is open already, whatever has changed since.
    #[must_use]
    pub const fn at(session: &'a mut Session) -> Self {
        Self { session }
    }

    /// What the portal says against the last action.
    ///
    /// # Errors
    /// When it says nothing before the deadline.
    pub async fn refusal(session: &mut Session) -> Result<String, Failure> {
        session.await_page(&["portal-notice"]).await?;
        Ok(session.read("portal-notice.notice").await?)
    }

    /// Waits until the portal shows the transaction with nothing left to settle.
    ///
    /// # Errors
    /// When it still does at the deadline.
    pub async fn settled(session: &mut Session) -> Result<(), Failure> {
        session.await_page(&["portal-settled"]).await?;
        Ok(())
    }

    /// What the portal says of each settlement that SmartPay contradicts.
    ///
    /// # Errors
    /// When the page cannot be read.
    pub async fn reconciliation(&mut self) -> Result<Vec<String>, Failure> {
        Ok(self.session.read_all("portal-transaction.reconciliation").await?)
    }
}

impl RefundRow {
    /// The rows whose columns were read one by one.
    ///
    /// # Errors
    /// When the columns differ in length, or hold no amounts.
    pub(super) fn rows(
        references: Option<Vec<String>>,
        amounts: Vec<String>,
        statuses: Vec<String>,
    ) -> Result<Vec<Self>, Failure> {
        let count = references.as_ref().map_or(amounts.len(), Vec::len);
        if amounts.len() != statuses.len() || amounts.len() != count {
            let observed = format!("{count} rows, {} amounts, {} statuses", amounts.len(), statuses.len());
            return Err(Failure::unmet("an amount and a status for each refund", observed));
        }
        let mut references = references.map(Vec::into_iter);
        amounts
            .iter()
            .zip(statuses)
            .map(|(amount, status)| {
                Ok(Self {
                    reference: references.as_mut().and_then(Iterator::next).map(|text| text.trim().to_owned()),
                    amount: displayed_amount(amount)?,
                    status: status.trim().to_lowercase(),
                })
            })
            .collect()
    }
}

async fn log_in(session: &mut Session, login: &Login) -> Result<(), Failure> {
    session.fill("portal-login.user", &login.user).await?;
    session.fill_secret("portal-login.password", &login.password).await?;
    session.press("portal-login.log-in").await?;
    Ok(())
}

fn transaction_page(base: &Url, order_ref: &str) -> Result<Url, Failure> {
    base.join(&format!("transactions/{order_ref}"))
        .map_err(|error| Failure::misconfigured("a portal URL", error.to_string()))
}
