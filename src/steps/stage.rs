//! What a run lends to every scenario.

use crate::browser::Pool;
use crate::journal::{Attempt, Failure, Scribe};
use crate::sandbox::{
    Account, ApprovedPayloads, Circuit, HttpClient, Inbox, Levers, Merchant, Onboarding, PortOne, Recorder, ReturnUrls,
    Target,
};
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

/// When documents of frames and archives of what was sent are kept beside the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvidencePolicy {
    Failed,
    Always,
    Never,
}

impl EvidencePolicy {
    pub(super) fn keeps(self, failed: bool) -> bool {
        self == Self::Always || self == Self::Failed && failed
    }
}

/// How long a scenario waits for what has no page of its own.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For one answer of the API.
    pub exchange: Duration,
    /// For a webhook to arrive.
    pub webhook: Duration,
}

/// What a run lends to every scenario.
#[derive(Debug)]
pub struct Stage {
    pub target: Target,
    /// Prefix of every order this run creates.
    pub run: String,
    pub seed: u64,
    pub http: HttpClient,
    pub pool: Pool,
    /// Why there is none, where webhooks cannot reach the harness: skipped if there is no way, blocked if it is dead.
    pub inbox: Result<Inbox, Failure>,
    /// Whether the target is still asked.
    pub circuit: Circuit,
    pub payloads: ApprovedPayloads,
    pub evidence: EvidencePolicy,
    pub patience: Patience,
    pub orders: AtomicU32,
    /// Held while the one phone is used that pays by a person or on a device.
    pub phone: tokio::sync::Mutex<()>,
}

impl Stage {
    /// An order id that no other order of any run has.
    #[must_use]
    pub fn next_order_id(&self) -> String {
        format!("{}-{:04}", self.run, self.orders.fetch_add(1, Ordering::Relaxed))
    }

    /// A recorder for one attempt.
    #[must_use]
    pub fn recorder(&self, scribe: &Scribe) -> Recorder {
        Recorder::new(self.http.clone(), scribe.clone(), self.patience.exchange)
    }

    /// The levers.
    ///
    /// # Errors
    /// Skipped, on a target without levers.
    pub fn levers(&self, scribe: &Scribe) -> Result<Levers, Failure> {
        let base = self.target.levers().ok_or_else(|| Failure::skipped("the target has no levers"))?;
        Ok(Levers::new(self.recorder(scribe), base))
    }

    /// The merchant of a scenario: an account of its own where the target can make one, else the target's one account.
    ///
    /// # Errors
    /// When no account can be had.
    pub async fn merchant(
        &self,
        scribe: &Scribe,
        onboarding: Onboarding,
        part: &str,
        failing_webhooks: usize,
    ) -> Result<Merchant, Failure> {
        let account = self.account(scribe, onboarding, part).await?;
        scribe.learn(account.secret.expose());
        for login in [&account.portal, &account.dashboard].into_iter().flatten() {
            scribe.learn(login.password.expose());
        }
        let mailbox = self.inbox.as_ref().map(|inbox| inbox.open(scribe.clone(), failing_webhooks));
        let mailbox = mailbox.map_err(Clone::clone);
        let urls = ReturnUrls::at(&self.target, &account);
        let portone = PortOne::new(self.recorder(scribe), self.target.api.clone(), account);
        Ok(Merchant { portone, urls, mailbox })
    }

    async fn account(&self, scribe: &Scribe, onboarding: Onboarding, part: &str) -> Result<Account, Failure> {
        if self.target.levers().is_some() {
            return self.levers(scribe)?.open_account(self.account_seed(&scribe.attempt(), part), onboarding).await;
        }
        if onboarding != Onboarding::COMPLETE {
            return Err(Failure::skipped("the target cannot make a merchant that is not set up"));
        }
        self.target
            .account
            .clone()
            .ok_or_else(|| Failure::misconfigured("credentials of a merchant", "neither levers nor a key and a secret"))
    }

    /// The same run, scenario, attempt and part give the same account.
    fn account_seed(&self, attempt: &Attempt, part: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.seed, &attempt.scenario, attempt.attempt, part).hash(&mut hasher);
        hasher.finish()
    }
}
