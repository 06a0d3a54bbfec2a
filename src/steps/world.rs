//! The state of one attempt of one scenario.

use super::Stage;
use crate::browser::{BrowserError, Lease, Session};
use crate::catalog::Method;
use crate::journal::{Failure, Scribe, expect_equal};
use crate::journeys::{Arrival, Outcome, Portal, ScannedQr, Story};
use crate::sandbox::{Levers, Merchant, Onboarding, PlacedOrder, Reply, ShopMode, TokenKind};
use crate::wire::{Amount, InitiatePayment, Redirect, RefundDetail, RefundsContent};
use serde_json::Value;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Between two questions whether a payment is decided.
pub(super) const ASKING: Duration = Duration::from_millis(500);

/// The state of one attempt of one scenario.
#[derive(Debug, Default, cucumber::World)]
pub struct World {
    scene: Option<Scene>,
    /// What the scenario's sentences have brought about so far.
    pub merchant: Option<Merchant>,
    pub order: Option<PlacedOrder>,
    /// The order before that one, where a scenario has two.
    pub earlier: Option<PlacedOrder>,
    /// What the shop's own page offers; it becomes the order once the payer is back.
    pub offered: Option<InitiatePayment>,
    pub arrival: Option<Arrival>,
    pub scanned: Option<ScannedQr>,
    pub refunds: Option<RefundsContent>,
    /// The last refund of which the webhook was told, and the one before it.
    pub later_refund: Option<RefundDetail>,
    pub earlier_refund: Option<RefundDetail>,
    /// Whether the last request was accepted; its content is not kept.
    pub reply: Option<Reply<()>>,
    /// What a page said last, for example a refusal.
    pub said: Option<String>,
    /// The channel, the merchant and the branch that the dashboard names.
    pub credentials: Option<[String; 3]>,
    pub payload: Option<(String, Value)>,
    pub token: Option<TokenKind>,
    pub signatures: Option<(String, String)>,
    pub endpoint: Option<crate::wire::WebhookEndpoint>,
    pub language: Option<&'static str>,
    pub onboarding: Option<Onboarding>,
    /// Whether a sentence wants refunds to wait in the queue.
    pub wants_queue: bool,
    /// The payment of the refund that a scenario looks at, where it is none of the scenario's own.
    pub waiting: Option<String>,
    browser: Option<Lease>,
}

#[derive(Debug)]
struct Scene {
    stage: Arc<Stage>,
    scribe: Scribe,
}

impl World {
    /// Gives a fresh world its stage; the runner calls this before the first step.
    pub fn enter(&mut self, stage: Arc<Stage>, scribe: Scribe) {
        self.scene = Some(Scene { stage, scribe });
    }

    /// Gives back what the attempt acquired, newest first; the runner calls this after the last step.
    ///
    /// # Errors
    /// A leak fails the scenario.
    pub async fn leave(&mut self, failed: bool) -> Result<(), Failure> {
        let kept = match self.browser.take() {
            Some(lease) => self.return_browser(lease, failed).await,
            None => Ok(()),
        };
        if let Some(scene) = &self.scene
            && scene.stage.evidence.keeps(failed)
        {
            scene.scribe.keep_exchanges();
        }
        self.merchant = None;
        self.scene = None;
        kept
    }

    /// Gives the browser back before the end, as a person who closes it.
    pub async fn give_back_browser(&mut self) {
        if let Some(lease) = self.browser.take() {
            lease.give_back(true);
        }
    }

    async fn return_browser(&self, mut lease: Lease, failed: bool) -> Result<(), Failure> {
        let kept = async {
            if failed {
                lease.record_failure().await?;
            }
            if self.stage().evidence.keeps(failed) {
                lease.record_documents().await?;
            }
            Ok::<(), BrowserError>(())
        };
        let kept = kept.await;
        lease.give_back(!failed && kept.is_ok());
        // A browser that died is what the failed step said already.
        if failed { Ok(()) } else { Ok(kept?) }
    }

    fn scene(&self) -> &Scene {
        self.scene.as_ref().expect("the runner gives every world its stage before the first step")
    }

    #[must_use]
    pub fn stage(&self) -> &Arc<Stage> {
        &self.scene().stage
    }

    #[must_use]
    pub fn scribe(&self) -> &Scribe {
        &self.scene().scribe
    }

    /// The levers.
    ///
    /// # Errors
    /// Skipped, on a target without levers.
    pub fn levers(&self) -> Result<Levers, Failure> {
        self.stage().levers(self.scribe())
    }

    /// The merchant, which an earlier sentence has introduced.
    #[must_use]
    pub fn merchant(&self) -> &Merchant {
        self.merchant.as_ref().expect("a sentence before this one introduces a merchant")
    }

    /// The order, which an earlier sentence has placed.
    #[must_use]
    pub fn order(&self) -> &PlacedOrder {
        self.order.as_ref().expect("a sentence before this one places an order")
    }

    /// Where the payer arrived.
    ///
    /// # Errors
    /// When no sentence before this one has led the payer back.
    pub async fn arrival(&mut self) -> Result<Arrival, Failure> {
        if self.arrival.is_none() {
            let urls = self.merchant().urls.clone();
            let arrival = crate::journeys::arrive(self.session().await?, &urls).await?;
            self.arrive(arrival)?;
        }
        Ok(self.arrival.clone().expect("it was just set"))
    }

    /// The browser, leased when it is first needed.
    ///
    /// # Errors
    /// Blocked, when no browser can be had.
    pub async fn session(&mut self) -> Result<&mut Session, Failure> {
        if let Some(why) = self.stage().circuit.opened() {
            return Err(why);
        }
        if self.browser.is_none() {
            let (pool, scribe) = (&self.stage().pool, Some(self.scribe().clone()));
            let lease = match self.language {
                Some(language) => pool.lease_in(language, scribe).await?,
                None => pool.lease(scribe).await?,
            };
            self.browser = Some(lease);
        }
        Ok(self.browser.as_mut().expect("it was just leased"))
    }

    /// Introduces a merchant unless there is one: fully set up, with an endpoint for payment and one for refund events.
    ///
    /// # Errors
    /// When no account can be had or the endpoints cannot be registered.
    pub async fn introduce(&mut self, onboarding: Onboarding, failing_webhooks: usize) -> Result<(), Failure> {
        if self.merchant.is_some() {
            return Ok(());
        }
        let merchant = self.stage().merchant(self.scribe(), onboarding, "merchant", failing_webhooks).await?;
        if merchant.mailbox.is_ok() {
            merchant.register("payment_status", "payment").await?;
            merchant.register("refund_status", "refund").await?;
        }
        self.onboarding = Some(onboarding);
        self.merchant = Some(merchant);
        Ok(())
    }

    /// Places an order by a merchant that is fully set up.
    ///
    /// # Errors
    /// When the order is refused.
    pub async fn place(&mut self, method: Method, amount: Amount) -> Result<(), Failure> {
        self.introduce(Onboarding::COMPLETE, 0).await?;
        let id = self.stage().next_order_id();
        self.order = Some(self.merchant().place(&id, method, amount).await?);
        Ok(())
    }

    /// Opens the page that the target sends the payer to.
    ///
    /// # Errors
    /// When the browser cannot be had.
    pub async fn open_checkout(&mut self) -> Result<&mut Session, Failure> {
        let url = self.order().redirect_url.clone();
        let session = self.session().await?;
        session.open(&url).await?;
        Ok(session)
    }

    /// The page of the checkout: as it is where a sentence has already led the payer to it, else opened now.
    ///
    /// # Errors
    /// When the browser cannot be had.
    pub async fn checkout(&mut self) -> Result<&mut Session, Failure> {
        if self.browser.is_some() { self.session().await } else { self.open_checkout().await }
    }

    /// Opens the shop's own page with an order that the shop will place.
    ///
    /// # Errors
    /// Skipped, on a target without a shop.
    pub async fn offer(&mut self, method: Method, amount: Amount, mode: ShopMode) -> Result<(), Failure> {
        let id = self.stage().next_order_id();
        let request = self.merchant().request(&id, method, amount)?;
        let page = self.stage().target.shop_order(&request, mode)?;
        self.session().await?.open(page.as_str()).await?;
        self.offered = Some(request);
        Ok(())
    }

    /// Learns the reference of the order that the shop has placed, once the payer is back.
    ///
    /// # Errors
    /// When the redirect does not name it.
    fn adopt_offered(&mut self, arrival: &Arrival) -> Result<(), Failure> {
        let Some(request) = self.offered.take() else { return Ok(()) };
        let order = PlacedOrder::returned(request, &arrival.redirect)?;
        self.merchant().claim(&order.order_ref);
        self.order = Some(order);
        Ok(())
    }

    /// Notes where the payer arrived.
    ///
    /// # Errors
    /// When the redirect does not name the order that the shop had placed.
    pub fn arrive(&mut self, arrival: Arrival) -> Result<(), Failure> {
        self.adopt_offered(&arrival)?;
        self.arrival = Some(arrival);
        Ok(())
    }

    /// What was scanned.
    #[must_use]
    pub fn scanned(&self) -> &ScannedQr {
        self.scanned.as_ref().expect("a sentence before this one looks at a QR")
    }

    /// What a page said last reads like `pattern`.
    ///
    /// # Errors
    /// When it said nothing, or something else.
    pub fn expect_said(&self, what: &str, pattern: &str) -> Result<(), Failure> {
        let wording = regex::Regex::new(pattern).map_err(|error| Failure::defect(error.to_string()))?;
        match self.said.as_deref().map(str::trim) {
            Some(said) if wording.is_match(said) => Ok(()),
            said => Err(Failure::unmet(what, format!("{:?}", said.unwrap_or_default()))),
        }
    }

    /// The redirect is genuine and about this order.
    ///
    /// # Errors
    /// When its signature does not cover it, or when it is another order's.
    pub fn expect_genuine_redirect(&self, redirect: &Redirect) -> Result<(), Failure> {
        if !redirect.verifies(&self.merchant().account().secret) {
            let carried = redirect.get("signature_hash").unwrap_or("no signature").to_owned();
            return Err(Failure::unmet("a redirect with a genuine signature", carried));
        }
        let named = redirect.get("order_ref").unwrap_or_default();
        expect_equal("the redirect to be about the order", &self.order().order_ref.as_str(), &named)
    }

    /// Has the order paid: by lever where there is one, since paying is not what the scenario is about, else by a payer.
    ///
    /// # Errors
    /// When it cannot be paid.
    pub async fn settle(&mut self, card: Option<&str>) -> Result<(), Failure> {
        if self.stage().target.levers().is_some() {
            return self.levers()?.pay(self.merchant().account(), &self.order().order_ref, card).await;
        }
        let stage = Arc::clone(self.stage());
        let urls = self.merchant().urls.clone();
        let session = self.open_checkout().await?;
        let atm = card.and_then(|number| crate::catalog::ATM_CARDS.iter().find(|card| card.number == number));
        let arrival = match atm {
            Some(card) => crate::journeys::payer::pay_by_atm_card(session, card, &urls).await?,
            None => crate::journeys::payer::complete(session, Method::CreditCard, &stage.target, &urls).await?,
        };
        self.arrival = Some(arrival);
        Ok(())
    }

    /// The portal, on the page of the order.
    ///
    /// # Errors
    /// When the portal cannot be opened.
    pub async fn portal(&mut self) -> Result<Portal<'_>, Failure> {
        let stage = Arc::clone(self.stage());
        let account = self.merchant().account().clone();
        let order_ref = self.order().order_ref.clone();
        Portal::open(self.session().await?, &stage.target, &account, &order_ref).await
    }

    /// The details and what they say of the payment, once it is decided.
    ///
    /// # Errors
    /// When they say something else.
    pub(super) async fn expect_details(&self, outcome: Outcome) -> Result<(), Failure> {
        self.decided(outcome, async || self.details().await).await?.expect(self.order(), outcome)
    }

    /// The status query and what it says of the payment, once it is decided.
    ///
    /// # Errors
    /// When it says something else.
    pub(super) async fn expect_status(&self, outcome: Outcome) -> Result<(), Failure> {
        self.decided(outcome, async || self.status().await).await?.expect(self.order(), outcome)
    }

    /// What a channel says; asked again, for as long as a webhook may take, while a payment that is to be decided is open.
    /// A target with levers decides at once.
    async fn decided(
        &self,
        outcome: Outcome,
        read: impl AsyncFn() -> Result<Story, Failure>,
    ) -> Result<Story, Failure> {
        let until = Instant::now() + self.stage().patience.webhook;
        let at_once = outcome == Outcome::Open || self.stage().target.levers().is_some();
        loop {
            let story = read().await?;
            let open = story.expect(self.order(), Outcome::Open).is_ok();
            if at_once || !open || Instant::now() + ASKING >= until {
                return Ok(story);
            }
            tokio::time::sleep(ASKING).await;
        }
    }

    /// What the details say.
    ///
    /// # Errors
    /// When they are refused.
    pub async fn details(&self) -> Result<Story, Failure> {
        let details = self.merchant().portone.details(&self.order().order_ref).await?;
        Ok(Story::of_details(details.accepted("the details query")?))
    }

    /// What the status query says.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn status(&self) -> Result<Story, Failure> {
        let id = &self.order().request.merchant_order_id;
        let status = self.merchant().portone.status(id, &TokenKind::Genuine).await?;
        Ok(Story::of_status(status.accepted("the status query")?))
    }

    /// The refunds of the order as the API lists them now.
    ///
    /// # Errors
    /// When the list is refused.
    pub async fn listed_refunds(&self) -> Result<RefundsContent, Failure> {
        self.merchant().refunds(&self.order().order_ref).await
    }

    /// The latest refund of the order.
    ///
    /// # Errors
    /// When there is none.
    pub async fn latest_refund(&self) -> Result<RefundDetail, Failure> {
        let listed = self.listed_refunds().await?;
        listed.refund_details.last().cloned().ok_or_else(|| Failure::unmet("a refund", "an empty list of refunds"))
    }
}
