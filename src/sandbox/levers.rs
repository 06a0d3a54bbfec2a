//! The twin's levers at `/_twin/`, used as any client could.

use super::{Account, Login, Recorder, client::ClientError};
use crate::journal::Failure;
use crate::wire::{Amount, RefundStatus, Secret, TransactionStatus};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

/// Client of the levers.
#[derive(Clone, Debug)]
pub struct Levers {
    recorder: Recorder,
    base: Url,
}

/// The three parts of a merchant's set-up at SmartPay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Onboarding {
    pub whitelisted_ip: bool,
    pub portone_public_key: bool,
    pub smartpay_public_key: bool,
}

impl Onboarding {
    pub const COMPLETE: Self = Self { whitelisted_ip: true, portone_public_key: true, smartpay_public_key: true };
}

/// What the next refunds of an account do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RefundMode {
    Settle,
    Queue,
}

/// What SmartPay's own books say of a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SmartPaySays {
    Success,
    Failed,
}

#[derive(Deserialize)]
struct NewAccount {
    key: String,
    secret: Secret,
    portal: NewLogin,
    dashboard: NewLogin,
}

#[derive(Deserialize)]
struct NewLogin {
    user: String,
    password: Secret,
}

impl From<NewLogin> for Login {
    fn from(login: NewLogin) -> Self {
        Self { user: login.user, password: login.password }
    }
}

/// How a payment stands, behind the API.
#[derive(Clone, Debug, Deserialize)]
pub struct BookedPayment {
    pub order_ref: String,
    pub channel_order_ref: String,
    pub merchant_order_ref: String,
    pub status: TransactionStatus,
    pub amount: Amount,
    pub method: String,
    /// Where the payer goes now, with the redirect.
    pub return_url: String,
    /// As the merchant asked for.
    pub success_url: String,
    pub failure_url: String,
}

/// An order in the account's books.
#[derive(Clone, Debug, Deserialize)]
pub struct BookedOrder {
    pub order_ref: String,
    pub merchant_order_ref: String,
    pub status: TransactionStatus,
    pub amount: Amount,
    pub refundable: Amount,
    pub refunds: Vec<BookedRefund>,
}

/// A refund in the account's books.
#[derive(Clone, Debug, Deserialize)]
pub struct BookedRefund {
    pub refund_id: String,
    pub amount: Amount,
    pub status: RefundStatus,
}

/// A question about a payment, or a request that was refused.
#[derive(Clone, Debug, Deserialize)]
pub struct LateCall {
    /// Counts them.
    pub number: u64,
    pub operation: String,
    /// Of the payment that was asked about.
    pub merchant_order_ref: Option<String>,
    pub refusal: Option<LateRefusal>,
}

/// How a request was refused.
#[derive(Clone, Debug, Deserialize)]
pub struct LateRefusal {
    pub status_code: String,
    pub message: String,
}

#[derive(Deserialize)]
struct Books {
    orders: Vec<BookedOrder>,
}

impl Levers {
    #[must_use]
    pub const fn new(recorder: Recorder, base: Url) -> Self {
        Self { recorder, base }
    }

    /// Opens a merchant account of its own.
    ///
    /// # Errors
    /// When the lever does not answer as documented.
    pub async fn open_account(&self, seed: u64, onboarding: Onboarding) -> Result<Account, Failure> {
        self.open(&json!({"seed": seed, "onboarding": onboarding})).await
    }

    /// As [`Self::open_account`], with a key and a secret that somebody has been told already.
    ///
    /// # Errors
    /// As [`Self::open_account`].
    pub async fn open_account_as(&self, seed: u64, key: &str, secret: &Secret) -> Result<Account, Failure> {
        let onboarding = Onboarding::COMPLETE;
        self.open(&json!({"seed": seed, "onboarding": onboarding, "key": key, "secret": secret.expose()})).await
    }

    async fn open(&self, wish: &Value) -> Result<Account, Failure> {
        let body = self.pull("accounts", wish).await?;
        let account: NewAccount = serde_json::from_slice(&body)
            .map_err(|error| Failure::blocked("an account from the lever", error.to_string()))?;
        Ok(Account {
            key: account.key,
            secret: account.secret,
            portal: Some(account.portal.into()),
            dashboard: Some(account.dashboard.into()),
        })
    }

    /// # Errors
    /// As [`Self::open_account`].
    pub async fn set_onboarding(&self, account: &Account, onboarding: Onboarding) -> Result<(), Failure> {
        let mut body = json!(onboarding);
        body["account"] = json!(account.key);
        self.pull("onboarding", &body).await.map(drop)
    }

    /// # Errors
    /// As [`Self::open_account`].
    pub async fn advance_clock(&self, account: &Account, seconds: u64) -> Result<(), Failure> {
        self.pull("clock", &json!({"account": account.key, "advance_seconds": seconds})).await.map(drop)
    }

    /// # Errors
    /// As [`Self::open_account`].
    pub async fn set_refunds(&self, account: &Account, next: RefundMode, says: SmartPaySays) -> Result<(), Failure> {
        self.pull("refunds", &json!({"account": account.key, "next": next, "smartpay_says": says})).await.map(drop)
    }

    /// Has the target commit a fault against one account, in the words of the fault catalogue.
    ///
    /// # Errors
    /// As [`Self::open_account`].
    pub async fn plant(&self, account: &Account, fault: &Value) -> Result<(), Failure> {
        self.pull("faults", &json!({"account": account.key, "fault": fault})).await.map(drop)
    }

    /// Ends all faults.
    ///
    /// # Errors
    /// As [`Self::open_account`].
    pub async fn mend(&self) -> Result<(), Failure> {
        let url = self.base.join("faults").map_err(|error| Failure::blocked("a lever", error.to_string()))?;
        let request =
            self.recorder.http().delete(url).build().map_err(|error| ClientError::SetUp(error.to_string()))?;
        let answer = self.recorder.send(request).await?;
        let said = || String::from_utf8_lossy(&answer.body).into_owned();
        if answer.status.is_success() { Ok(()) } else { Err(Failure::blocked("the faults to end", said())) }
    }

    /// Pays an open order as the documented payer would, without pages.
    ///
    /// # Errors
    /// As [`Self::open_account`].
    pub async fn pay(&self, account: &Account, order_ref: &str, card: Option<&str>) -> Result<(), Failure> {
        let mut body = json!({"account": account.key, "order_ref": order_ref});
        if let Some(card) = card {
            body["card"] = json!(card);
        }
        self.pull("payments", &body).await.map(drop)
    }

    /// Ends an open payment unpaid: the payer gave up.
    ///
    /// # Errors
    /// As [`Self::open_account`].
    pub async fn cancel(&self, account: &Account, order_ref: &str) -> Result<(), Failure> {
        self.end(account, order_ref, "cancelled").await
    }

    /// Ends an open payment unpaid: nobody came in time.
    ///
    /// # Errors
    /// As [`Self::open_account`].
    pub async fn expire(&self, account: &Account, order_ref: &str) -> Result<(), Failure> {
        self.end(account, order_ref, "expired").await
    }

    async fn end(&self, account: &Account, order_ref: &str, end: &str) -> Result<(), Failure> {
        self.pull("payments", &json!({"account": account.key, "order_ref": order_ref, "end": end})).await.map(drop)
    }

    /// Settles a queued refund, as an operator does.
    ///
    /// # Errors
    /// As [`Self::open_account`].
    pub async fn settle(
        &self,
        account: &Account,
        order_ref: &str,
        refund_id: &str,
        successful: bool,
    ) -> Result<(), Failure> {
        let body = json!({
            "account": account.key, "order_ref": order_ref, "refund_id": refund_id, "successful": successful,
        });
        self.pull("settlements", &body).await.map(drop)
    }

    /// How a payment stands.
    ///
    /// # Errors
    /// As [`Self::open_account`].
    pub async fn payment(&self, account: &Account, order_ref: &str) -> Result<BookedPayment, Failure> {
        self.look("payments", &[("account", &account.key), ("order_ref", order_ref)]).await
    }

    /// Every order of an account, the newest last.
    ///
    /// # Errors
    /// As [`Self::open_account`].
    pub async fn orders(&self, account: &Account) -> Result<Vec<BookedOrder>, Failure> {
        let books: Books = self.look("ledger", &[("account", &account.key)]).await?;
        Ok(books.orders)
    }

    /// What merchants asked about payments and were refused lately, of all accounts, the newest last.
    ///
    /// # Errors
    /// As [`Self::open_account`].
    pub async fn calls(&self) -> Result<Vec<LateCall>, Failure> {
        self.look("calls", &[]).await
    }

    /// From now on refunds of the account are settled at once.
    ///
    /// # Errors
    /// As [`Self::open_account`].
    pub async fn settle_refunds_at_once(&self, account: &Account) -> Result<(), Failure> {
        self.set_refunds(account, RefundMode::Settle, SmartPaySays::Success).await
    }

    async fn look<T: serde::de::DeserializeOwned>(&self, lever: &str, query: &[(&str, &str)]) -> Result<T, Failure> {
        let mut url = self.base.join(lever).map_err(|error| Failure::blocked("a lever", error.to_string()))?;
        url.query_pairs_mut().extend_pairs(query);
        let request = self.recorder.http().get(url).build();
        let request = request.map_err(|error| Failure::blocked("a lever", error.to_string()))?;
        let answer = self.recorder.send(request).await?;
        serde_json::from_slice(&answer.body)
            .map_err(|error| Failure::blocked("an answer of the lever", error.to_string()))
    }

    async fn pull(&self, lever: &str, body: &Value) -> Result<Vec<u8>, Failure> {
        let url = self.base.join(lever).map_err(|error| Failure::blocked("a lever", error.to_string()))?;
        let request =
            self.recorder.http().post(url).json(body).build().map_err(|error| ClientError::SetUp(error.to_string()))?;
        let answer = self.recorder.send(request).await?;
        if answer.status.is_success() {
            Ok(answer.body)
        } else {
            let said = format!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body));
            // A lever that refuses what it was asked was asked wrongly, by us.
            if answer.status.is_client_error() {
                return Err(Failure::defect(format!("the lever {lever} refused: {said}")));
            }
            Err(Failure::blocked(format!("the lever {lever} to work"), said))
        }
    }
}
