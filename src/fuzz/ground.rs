//! Where cases are carried out: the target, the merchant we are there, and an order to ask about.

use super::{Answer, Sent};
use crate::journal::Redactor;
use crate::sandbox::{Account, Asker, Capability, Draft, HttpClient, Target};
use crate::wire::contract::{Operation, Wrong, check_answer};
use crate::wire::{Clock, SELF_MADE_LIFETIME, Secret, mint};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// How long a request may take, its answer included.
const DEADLINE: Duration = Duration::from_secs(20);

/// How long before its end a token is no longer used, in seconds.
const TOKEN_MARGIN: i64 = 40;

/// Seed of the other merchant's account: on a twin that has just started it is the same one.
const OTHER: u32 = 2;

/// Why cases cannot be carried out.
#[derive(Clone, Debug, thiserror::Error)]
pub enum GroundError {
    #[error("reach {endpoint}: {reason}")]
    Unreachable { endpoint: String, reason: String },
    #[error("use the credentials at {base}: {said}")]
    Refused { base: Url, said: String },
    #[error("begin with a valid request: {0}")]
    NoOrder(String),
    #[error("set up the HTTP client: {0}")]
    Client(String),
}

/// An order that requests can be about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownOrder {
    pub order_ref: String,
    pub merchant_order_ref: String,
}

/// The time between two requests, and when the next may go.
type Pace = (Duration, Cell<Instant>);

/// The target and who we are there.
#[derive(Debug)]
pub struct Ground {
    http: reqwest::Client,
    base: Url,
    account: Account,
    levers: bool,
    /// Begins every order id, so that no two runs share one.
    prefix: String,
    next: Cell<u64>,
    order: KnownOrder,
    /// How the order came to be.
    preparation: Vec<Sent>,
    /// Another merchant, where the target lets us be two.
    other: Option<Account>,
    redactor: Redactor,
    /// Fields that no page documents, and how often they came.
    undocumented: RefCell<BTreeMap<String, u64>>,
    /// A token, and the second from which it is not used any more.
    token: RefCell<(String, i64)>,
    pace: Option<Pace>,
}

impl Ground {
    /// Finds out whether the target answers and takes our credentials, and creates an order to ask about. At most `rate` requests
    /// a second are sent from then on.
    ///
    /// # Errors
    /// When the target does not answer, refuses the credentials, or refuses a plain valid request.
    pub async fn prepare(
        target: &Target,
        account: Account,
        http: &HttpClient,
        prefix: String,
        rate: Option<u32>,
    ) -> Result<Self, GroundError> {
        let pace = rate.map(|rate| (Duration::from_secs(1) / rate.max(1), Cell::new(Instant::now())));
        let levers = target.capabilities.contains(&Capability::Levers);
        let mut ground = Self::at(http.client().clone(), target.api.clone(), account, levers, prefix, pace);
        ground.redactor.learn(ground.secret().expose());
        let answer = ground.exchange(&ground.draft(Operation::AuthToken, "")).await?;
        if answer.status != 200 {
            return Err(GroundError::Refused { base: ground.base.clone(), said: answer.to_string() });
        }
        let id = ground.fresh_id();
        let draft = ground.draft(Operation::InitiatePayment, &id);
        let answer = ground.exchange(&draft).await?;
        let order_ref = answer.json["order_ref"].as_str().filter(|_| answer.status == 200);
        let Some(order_ref) = order_ref else { return Err(GroundError::NoOrder(answer.to_string())) };
        if ground.levers {
            ground.open_other_account().await?;
        }
        ground.order = KnownOrder { order_ref: order_ref.to_owned(), merchant_order_ref: id };
        ground.preparation.push(Sent { draft, answers: vec![("order_ref", order_ref.to_owned())] });
        if ground.levers {
            // A refund of an order that was not paid would be refused for that alone.
            let paid = json!({ "account": ground.key(), "order_ref": ground.order.order_ref });
            let draft = Self::lever("payments", &paid);
            ground.exchange(&draft).await?;
            ground.preparation.push(Sent { draft, answers: Vec::new() });
        }
        Ok(ground)
    }

    async fn open_other_account(&mut self) -> Result<(), GroundError> {
        let draft = Self::lever("accounts", &json!({ "seed": OTHER }));
        let answer = self.exchange(&draft).await?;
        let text = |name: &str| answer.json[name].as_str().unwrap_or_default().to_owned();
        let (key, secret) = (text("key"), text("secret"));
        self.redactor.learn(&secret);
        self.preparation.push(Sent { draft, answers: vec![("key", key.clone()), ("secret", secret.clone())] });
        self.other = Some(Account { key, secret: Secret::new(secret), portal: None, dashboard: None });
        Ok(())
    }

    /// Another merchant, where the target lets us be two.
    #[must_use]
    pub const fn other(&self) -> Option<&Account> {
        self.other.as_ref()
    }

    /// A text without what is secret.
    #[must_use]
    pub fn redacted(&self, text: &str) -> String {
        self.redactor.text(text)
    }

    /// Counts the fields of an answer that no page documents: they are told, and break no rule.
    pub(super) fn note(&self, operation: Operation, answer: &Answer) {
        let departures = check_answer(operation, answer.status, &answer.json);
        for departure in departures.iter().filter(|departure| departure.wrong == Wrong::Unknown) {
            let what = format!("{} {}: {departure}", operation.id(), answer.status);
            *self.undocumented.borrow_mut().entry(what).or_default() += 1;
        }
    }

    /// What [`Self::note`] counted.
    #[must_use]
    pub fn undocumented(&self) -> BTreeMap<String, u64> {
        self.undocumented.borrow().clone()
    }

    /// The same target as another merchant.
    #[must_use]
    pub fn of_account(&self, key: &str, secret: Secret) -> Self {
        let account = Account { key: key.to_owned(), secret, portal: None, dashboard: None };
        let prefix = format!("{}-{}", self.prefix, self.fresh_seed());
        Self::at(self.http.clone(), self.base.clone(), account, self.levers, prefix, self.pace.clone())
    }

    fn at(
        http: reqwest::Client,
        base: Url,
        account: Account,
        levers: bool,
        prefix: String,
        pace: Option<Pace>,
    ) -> Self {
        Self {
            http,
            base,
            account,
            levers,
            prefix,
            next: Cell::new(0),
            order: KnownOrder::default(),
            preparation: Vec::new(),
            other: None,
            redactor: Redactor::new(),
            undocumented: RefCell::default(),
            token: RefCell::default(),
            pace,
        }
    }

    #[must_use]
    pub fn key(&self) -> &str {
        &self.account.key
    }

    #[must_use]
    pub const fn secret(&self) -> &Secret {
        &self.account.secret
    }

    /// Whether accounts, payments and settlements can be arranged at `/_twin/`.
    #[must_use]
    pub const fn has_levers(&self) -> bool {
        self.levers
    }

    /// The requests by which [`Self::order`] came to be.
    #[must_use]
    pub fn preparation(&self) -> &[Sent] {
        &self.preparation
    }

    #[must_use]
    pub const fn order(&self) -> &KnownOrder {
        &self.order
    }

    /// Base of the API, without a slash at its end.
    #[must_use]
    pub fn base(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// An order id that was never used, in characters that every dialect signs alike.
    #[must_use]
    pub fn fresh_id(&self) -> String {
        let number = self.next.get();
        self.next.set(number + 1);
        // The letter at its end keeps one id from being the beginning of another.
        format!("{}-{number}z", self.prefix)
    }

    /// A genuine token.
    #[must_use]
    pub fn token(&self) -> String {
        let now = Clock::system().now();
        let mut token = self.token.borrow_mut();
        if token.1 <= now.as_second() {
            *token = (
                mint(self.key(), self.secret(), now, SELF_MADE_LIFETIME),
                now.as_second() + SELF_MADE_LIFETIME - TOKEN_MARGIN,
            );
        }
        token.0.clone()
    }

    /// The valid request of an operation, about the ground's order; `id` names what it creates.
    #[must_use]
    pub fn draft(&self, operation: Operation, id: &str) -> Draft {
        let KnownOrder { order_ref, merchant_order_ref } = &self.order;
        Draft::of(operation, Asker { account: &self.account, token: &self.token(), order_ref, merchant_order_ref }, id)
    }

    /// Sends a request, once, and reads the answer whole.
    ///
    /// # Errors
    /// When no answer comes.
    pub async fn exchange(&self, draft: &Draft) -> Result<Answer, GroundError> {
        if let Some((interval, next)) = &self.pace {
            let due = next.get().max(Instant::now());
            next.set(due + *interval);
            tokio::time::sleep_until(due).await;
        }
        let endpoint = || format!("{} {}", draft.method, draft.path);
        let unreachable = |reason: String| GroundError::Unreachable { endpoint: endpoint(), reason };
        let request = draft.request(self.base()).map_err(unreachable)?;
        match tokio::time::timeout(DEADLINE, Answer::read(&self.http, request)).await {
            Ok(answer) => answer.map_err(unreachable),
            Err(_) => Err(unreachable(format!("no answer within {} s", DEADLINE.as_secs()))),
        }
    }

    /// The request that moves a lever of the twin.
    pub(super) fn lever(lever: &str, body: &Value) -> Draft {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        let body = Some(body.to_string().into_bytes());
        Draft { method: "POST".to_owned(), path: format!("/_twin/{lever}"), headers, body, genuine_token: false }
    }

    /// A number that no other case of this run has.
    pub(super) fn fresh_seed(&self) -> u64 {
        self.next.set(self.next.get() + 1);
        self.next.get()
    }
}
