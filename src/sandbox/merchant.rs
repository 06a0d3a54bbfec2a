//! The merchant a scenario plays: its account, its client, its return pages, its mailbox.

use super::{Account, Alteration, Mailbox, PlacedOrder, PortOne, Reply, Target};
use crate::catalog::{CHANNEL, Method};
use crate::journal::{Failure, expect_equal};
use crate::wire::{
    Amount, InitiatePayment, Order, PaymentInitiated, RefundKind, RefundRequest, RefundsContent, Unknown,
    WebhookEndpoint, WebhookRegistration,
};
use serde_json::Value;

/// What every refund is described by.
pub const REFUND_DESCRIPTION: &str = "Refund by the conformance suite";

/// The reason given for every refund.
pub const REFUND_REASON: &str = "asked for by the payer";

/// Where a payer comes back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnUrls {
    pub success: String,
    pub failure: String,
    pub pending: String,
    /// Whether they are pages of the target's shop, which say what they were told.
    pub of_shop: bool,
    /// The beginning of the addresses of a shop that leads its payers on: each page of it is one to have come back to.
    pub anywhere: Option<String>,
}

/// Which of the return pages a payer came back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    Success,
    Failure,
    Pending,
    /// Some other page of the shop.
    Shop,
}

impl std::fmt::Display for Returned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Pending => "pending",
            Self::Shop => "some other",
        })
    }
}

impl ReturnUrls {
    /// The return pages of the target's shop; on a target without one, the vendor's own.
    #[must_use]
    pub fn at(target: &Target, account: &Account) -> Self {
        let page = |name: &str| match &target.shop {
            Some(shop) => format!("{}/{}/{name}", shop.as_str().trim_end_matches('/'), account.key),
            None => format!("https://checkout.portone.cloud/{name}.html"),
        };
        Self {
            success: page("success"),
            failure: page("failure"),
            pending: page("pending"),
            of_shop: target.shop.is_some(),
            anywhere: None,
        }
    }

    /// Which of these pages `url` is, whatever its query.
    #[must_use]
    pub fn recognise(&self, url: &str) -> Option<Returned> {
        let page = url.split(['?', '#']).next().unwrap_or_default();
        [(&self.success, Returned::Success), (&self.failure, Returned::Failure), (&self.pending, Returned::Pending)]
            .into_iter()
            .find(|(known, _)| page == known.as_str())
            .map(|(_, returned)| returned)
            .or_else(|| self.anywhere.as_ref().filter(|start| url.starts_with(*start)).map(|_| Returned::Shop))
    }
}

/// The merchant a scenario plays.
#[derive(Debug)]
pub struct Merchant {
    pub portone: PortOne,
    pub urls: ReturnUrls,
    /// Why there is none, where webhooks cannot reach the harness.
    pub mailbox: Result<Mailbox, Failure>,
}

impl Merchant {
    #[must_use]
    pub const fn account(&self) -> &Account {
        self.portone.account()
    }

    /// The mailbox.
    ///
    /// # Errors
    /// When webhooks cannot reach the harness: skipped if no way was configured, blocked if it is dead.
    pub fn mailbox(&self) -> Result<&Mailbox, Failure> {
        self.mailbox.as_ref().map_err(Clone::clone)
    }

    /// From now on webhooks about this order are this merchant's.
    pub fn claim(&self, reference: &str) {
        if let Ok(mailbox) = &self.mailbox {
            mailbox.claim(reference);
        }
    }

    /// A valid, signed request for a payment; nothing is sent.
    ///
    /// # Errors
    /// When no target could accept it.
    pub fn request(&self, id: &str, method: Method, amount: Amount) -> Result<InitiatePayment, Failure> {
        self.claim(id);
        let mut order = Order::new(id, method, amount, &self.urls.success, &self.urls.failure);
        order.pending_url = Some(self.urls.pending.clone());
        self.portone.lint(&order);
        let account = self.account();
        order.request(&account.key, &account.secret).map_err(|error| Failure::defect(format!("failed to {error}")))
    }

    /// Initiates a payment that has to be accepted.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn place(&self, id: &str, method: Method, amount: Amount) -> Result<PlacedOrder, Failure> {
        self.submit(self.request(id, method, amount)?).await
    }

    /// Sends a payment request that has to be accepted.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn submit(&self, request: InitiatePayment) -> Result<PlacedOrder, Failure> {
        let answer = self.portone.initiate(&request).await?.accepted("the payment request")?;
        if !answer.is_success || answer.merchant_order_ref != request.merchant_order_id {
            let observed = format!("is_success {}, order {:?}", answer.is_success, answer.merchant_order_ref);
            return Err(Failure::unmet(format!("success for the order {}", request.merchant_order_id), observed));
        }
        expect_page(&answer)?;
        self.claim(&answer.order_ref);
        Ok(PlacedOrder::new(request, answer))
    }

    /// The last answer is that of an accepted payment request, with a page for the payer.
    ///
    /// # Errors
    /// When it is not.
    pub fn accepted_page(&self) -> Result<(), Failure> {
        let answer: PaymentInitiated = serde_json::from_value(self.portone.last_answer())
            .map_err(|error| Failure::unmet("the documented answer to a payment request", error.to_string()))?;
        expect_equal("is_success", &true, &answer.is_success)?;
        expect_page(&answer)
    }

    /// Initiates a payment whose request is broken in a named way, asked for by `client_key`.
    ///
    /// # Errors
    /// When no documented answer comes.
    pub async fn attempt(
        &self,
        client_key: &str,
        request: &InitiatePayment,
        alteration: &Alteration,
    ) -> Result<Reply<Value>, Failure> {
        let body = alteration.apply(request, &self.account().secret);
        Ok(self.portone.initiate_raw(client_key, &body).await?)
    }

    /// Registers `endpoint` of the mailbox for a kind of event. An address that scenarios share is registered once, and
    /// never again if it was by an earlier run.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn register(&self, kind: &str, endpoint: &str) -> Result<WebhookEndpoint, Failure> {
        let mailbox = self.mailbox()?;
        let Some(registered) = mailbox.registered() else { return self.register_anew(kind, endpoint).await };
        let url = mailbox.url(endpoint);
        // Held while asking, so that scenarios at the same time do not both register.
        let mut registered = registered.lock().await;
        let place = [self.account().key.clone(), kind.to_owned(), url.clone()];
        if let Some(known) = registered.get(&place) {
            return Ok(known.clone());
        }
        let listed = self.portone.webhooks().await?.accepted("the list of webhook endpoints")?;
        let known = listed.into_iter().find(|known| known.enabled && known.kind == kind && known.url == url);
        let known = match known {
            Some(known) => known,
            None => self.register_anew(kind, endpoint).await?,
        };
        registered.insert(place, known.clone());
        Ok(known)
    }

    async fn register_anew(&self, kind: &str, endpoint: &str) -> Result<WebhookEndpoint, Failure> {
        let registration = WebhookRegistration {
            name: format!("conformance {endpoint}"),
            url: self.mailbox()?.url(endpoint),
            kind: kind.to_owned(),
            environment: "sandbox".to_owned(),
            unknown: Unknown::default(),
        };
        self.portone.register_webhook(&registration).await?.accepted("the registration of a webhook endpoint")
    }

    /// Asks for a refund: of everything (`amount` is then ignored by the target), or of a part.
    ///
    /// # Errors
    /// When no documented answer comes.
    pub async fn refund(
        &self,
        order_ref: &str,
        kind: RefundKind,
        amount: Amount,
    ) -> Result<Reply<RefundsContent>, Failure> {
        let request = RefundRequest {
            amount,
            channel: CHANNEL.to_owned(),
            description: REFUND_DESCRIPTION.to_owned(),
            environment: "sandbox".to_owned(),
            refund_type: kind,
            refund_reason: REFUND_REASON.to_owned(),
            unknown: Unknown::default(),
        };
        Ok(self.portone.refund(order_ref, &request).await?)
    }

    /// The refunds of an order as the API lists them.
    ///
    /// # Errors
    /// When the list is refused.
    pub async fn refunds(&self, order_ref: &str) -> Result<RefundsContent, Failure> {
        self.portone.refunds(order_ref).await?.accepted("the list of refunds")
    }
}

/// The answer sends the payer to a page that a browser can open.
fn expect_page(answer: &PaymentInitiated) -> Result<(), Failure> {
    let page = url::Url::parse(&answer.redirect_url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    page.map(drop).ok_or_else(|| Failure::unmet("the address of a page for the payer", answer.redirect_url.clone()))
}
