//! What a certification lends to every check.

use crate::catalog::Method;
use crate::journal::{Failure, Scribe};
use crate::merchant::{Callbacks, Caller, Leaks, Pulse, Relay, Shop, Wanted};
use crate::sandbox::{Account, Levers, ReturnUrls};
use crate::steps::Stage;
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};
use std::time::Duration;

/// How long the shop may take for one answer. What is slower is told by the check that asks for speed.
const ANSWERING: Duration = Duration::from_secs(20);
/// Amounts of orders, each its own, so that an order of one check is told from that of another; none is round, so that rounding shows.
const CHEAPEST: u32 = 51_237;
const DEARER: u32 = 1_117;

/// What a certification lends to every check.
#[derive(Debug)]
pub struct ShopStage {
    pub stage: Arc<Stage>,
    pub shop: Shop,
    /// The shop's merchant account, and one that is not the shop's.
    pub account: Account,
    pub another: Account,
    pub relay: Relay,
    pub callbacks: Callbacks,
    /// Follows no redirects.
    pub http: reqwest::Client,
    /// What the shop gave away, in all that it said until now.
    pub leaks: Arc<Leaks>,
    /// Held while refunds of the account are told to wait in the queue.
    pub refunds: Arc<tokio::sync::Mutex<()>>,
    /// Checks for which PortOne errs at the moment.
    pub erring: AtomicU32,
    amounts: AtomicU32,
    /// Whether the shop still runs. It ends with the stage.
    pub pulse: Arc<Pulse>,
}

impl ShopStage {
    #[must_use]
    #[expect(clippy::too_many_arguments, reason = "each is a part of its own, and there is one caller")]
    pub fn new(
        stage: Stage,
        shop: Shop,
        account: Account,
        another: Account,
        relay: Relay,
        callbacks: Callbacks,
        http: reqwest::Client,
        pulse: Pulse,
    ) -> Self {
        let leaks = Arc::new(Leaks::of(&account.secret));
        Self {
            leaks,
            stage: Arc::new(stage),
            shop,
            account,
            another,
            relay,
            callbacks,
            http,
            refunds: Arc::default(),
            erring: AtomicU32::new(0),
            amounts: AtomicU32::new(0),
            pulse: Arc::new(pulse),
        }
    }

    /// What a check orders, by this method or one that the shop offers: of an amount that no other check orders, where the shop lets others say so.
    #[must_use]
    pub fn wanted(&self, method: Method) -> Wanted {
        let amount = CHEAPEST + DEARER * self.amounts.fetch_add(1, Ordering::Relaxed);
        Wanted { amount: self.shop.price(amount), method: self.shop.offered(method), id: None, description: None }
    }

    #[must_use]
    pub fn caller(&self, scribe: &Scribe) -> Caller {
        Caller::new(self.http.clone(), scribe.clone(), ANSWERING, Arc::clone(&self.leaks), Arc::clone(&self.pulse))
    }

    /// # Errors
    /// Never on the twin, which is what plays PortOne.
    pub fn levers(&self, scribe: &Scribe) -> Result<Levers, Failure> {
        self.stage.levers(scribe)
    }

    /// Where payers come back to: anywhere in the shop.
    #[must_use]
    pub fn return_urls(&self) -> ReturnUrls {
        let callbacks = &self.shop.integration().callbacks;
        let address = |text: &str| self.shop.address(text).map_or_else(|_| text.to_owned(), String::from);
        ReturnUrls {
            success: address(&callbacks.success),
            failure: address(&callbacks.failure),
            pending: address(&callbacks.failure),
            of_shop: false,
            anywhere: Some(self.shop.base().to_string()),
        }
    }
}
