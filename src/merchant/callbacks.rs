//! What is sent to the shop: webhooks, and payers coming back.

use super::{Answer, Caller};
use crate::journal::Failure;
use std::time::Duration;
use url::Url;

/// How the shop took a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acknowledgement {
    pub status: u16,
    pub took: Duration,
}

impl From<Answer> for Acknowledgement {
    fn from(answer: Answer) -> Self {
        Self { status: answer.status, took: answer.took }
    }
}

impl Acknowledgement {
    #[must_use]
    pub const fn is_success(self) -> bool {
        matches!(self.status, 200..=299)
    }
}

/// The addresses at which the shop is told of payments.
#[derive(Clone, Debug)]
pub struct Callbacks {
    pub payment: Url,
    pub refund: Url,
}

impl Callbacks {
    /// Sends a payment webhook.
    ///
    /// # Errors
    /// When the shop does not answer.
    pub async fn tell(&self, caller: &Caller, body: &str) -> Result<Acknowledgement, Failure> {
        post(caller, &self.payment, body.to_owned(), true).await
    }

    /// Sends what is no webhook to where webhooks are received.
    ///
    /// # Errors
    /// When the shop does not answer.
    pub async fn tell_bytes(&self, caller: &Caller, body: Vec<u8>) -> Result<Acknowledgement, Failure> {
        post(caller, &self.payment, body, false).await
    }

    /// Sends a payment webhook that is one of very many, so that it is not recorded.
    ///
    /// # Errors
    /// When the shop does not answer.
    pub async fn flood(&self, caller: &Caller, body: &str) -> Result<Acknowledgement, Failure> {
        post(caller, &self.payment, body.to_owned(), false).await
    }

    /// Sends a refund webhook.
    ///
    /// # Errors
    /// When the shop does not answer.
    pub async fn tell_of_refund(&self, caller: &Caller, body: &str) -> Result<Acknowledgement, Failure> {
        post(caller, &self.refund, body.to_owned(), true).await
    }

    /// Comes back to the shop at an address, as a payer's browser would, and follows where the shop leads.
    ///
    /// # Errors
    /// When the shop does not answer, or leads in circles.
    pub async fn come_back(&self, caller: &Caller, address: &str) -> Result<Answer, Failure> {
        /// A browser gives up later.
        const MOST: usize = 10;
        let unusable = |what: &str| Failure::unmet("an address to come back to", what.to_owned());
        let mut url = Url::parse(address).map_err(|error| unusable(&format!("{address:?}: {error}")))?;
        for _ in 0..MOST {
            let request = caller.http().get(url.clone()).build();
            let answer = caller.send(request.map_err(|error| unusable(&error.to_string()))?).await?;
            let next = answer.headers.get("location").filter(|_| matches!(answer.status, 300..=399));
            match next.map(|next| url.join(next)) {
                None => return Ok(answer),
                Some(Ok(next)) => url = next,
                Some(Err(error)) => return Err(unusable(&error.to_string())),
            }
        }
        Err(Failure::unmet("a page after coming back", format!("{MOST} redirects, the last to {url}")))
    }
}

async fn post(
    caller: &Caller,
    url: &Url,
    body: impl Into<reqwest::Body>,
    recorded: bool,
) -> Result<Acknowledgement, Failure> {
    let request = caller.http().post(url.clone()).header("content-type", "application/json").body(body);
    let request = request.build().map_err(|error| Failure::misconfigured("a webhook", error.to_string()))?;
    let answer = if recorded { caller.send(request).await? } else { caller.send_unrecorded(request).await? };
    Ok(answer.into())
}
