//! All merchants at the twin, found by key, by login, or by SmartPay's reference of an order.

use super::{Account, Carrier, Faults, Identity, Ids, Memory, Onboarding, Order, PageLogin};
use crate::wire::Secret;
use crate::wire::qr::QrPayload;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, RwLock, RwLockReadGuard};

/// Key of the account every twin has.
pub const DEMO_KEY: &str = "TWIN_DEMO_KEY";
/// Secret of the account every twin has. Public: it protects nothing but a toy.
pub const DEMO_SECRET: &str = "TWIN_DEMO_SECRET";
/// Password of the demo account's portal and dashboard logins.
pub const DEMO_PASSWORD: &str = "demo-password";

/// Accounts a twin remembers; beyond it, the oldest is forgotten. The demo account never is.
pub const MAX_ACCOUNTS: usize = 5_000;

const MERCHANT_NAME: &str = "Hoa Sen Shop";

/// All merchants.
#[derive(Debug)]
pub struct Accounts {
    directory: RwLock<Directory>,
    ids: Mutex<Ids>,
    carrier: Arc<Carrier>,
    memory: Arc<Memory>,
    faults: Arc<Faults>,
    trimming: Mutex<()>,
}

#[derive(Debug, Default)]
struct Directory {
    by_key: HashMap<String, Arc<Account>>,
    by_tag: HashMap<String, Arc<Account>>,
    by_portal_user: HashMap<String, Arc<Account>>,
    by_dashboard_user: HashMap<String, Arc<Account>>,
    /// Keys in the order of creation, the demo account's left out.
    age: VecDeque<String>,
}

impl Accounts {
    /// The demo account alone.
    #[must_use]
    pub fn new(seed: u64, carrier: Arc<Carrier>, faults: Arc<Faults>) -> Self {
        let mut ids = Ids::seeded(seed);
        let demo = Identity {
            key: DEMO_KEY.to_owned(),
            secret: Secret::new(DEMO_SECRET),
            tag: ids.digits(8),
            merchant_name: MERCHANT_NAME.to_owned(),
            merchant_email: "demo@merchant.example".to_owned(),
            portal: PageLogin { user: "demo@merchant.example".to_owned(), password: Secret::new(DEMO_PASSWORD) },
            dashboard: PageLogin { user: "demo-branch".to_owned(), password: Secret::new(DEMO_PASSWORD) },
        };
        let memory = Arc::<Memory>::default();
        let account = Arc::new(Account::new(
            demo,
            Ids::seeded(ids.next()),
            Arc::clone(&carrier),
            Arc::clone(&memory),
            Arc::clone(&faults),
        ));
        let mut directory = Directory::default();
        directory.insert(&account);
        Self {
            directory: RwLock::new(directory),
            ids: Mutex::new(ids),
            carrier,
            memory,
            faults,
            trimming: Mutex::default(),
        }
    }

    /// Makes an account. The same seed gives the same account, as long as its key is free.
    pub fn create(&self, seed: Option<u64>, onboarding: Onboarding) -> Arc<Account> {
        self.create_with(seed, onboarding, None).expect("an account without a chosen key takes a free one")
    }

    /// As [`Self::create`], with a key and a secret that somebody chose. `None` if the key is taken.
    pub fn create_with(
        &self,
        seed: Option<u64>,
        onboarding: Onboarding,
        chosen: Option<(String, Secret)>,
    ) -> Option<Arc<Account>> {
        let seed = seed.unwrap_or_else(|| self.ids.lock().expect("no holder of the generator panics").next());
        let mut ids = Ids::seeded(seed);
        let mut directory = self.directory.write().expect("no holder of the directory panics");
        if chosen.as_ref().is_some_and(|(key, _)| directory.by_key.contains_key(key)) {
            return None;
        }
        let mut identity = loop {
            let identity = identity(&mut ids);
            if !directory.by_key.contains_key(&identity.key) && !directory.by_tag.contains_key(&identity.tag) {
                break identity;
            }
        };
        if let Some((key, secret)) = chosen {
            (identity.key, identity.secret) = (key, secret);
        }
        let account = Arc::new(Account::new(
            identity,
            ids,
            Arc::clone(&self.carrier),
            Arc::clone(&self.memory),
            Arc::clone(&self.faults),
        ));
        account.set_onboarding(onboarding);
        directory.insert(&account);
        directory.age.push_back(account.key().to_owned());
        if directory.age.len() > MAX_ACCOUNTS {
            directory.forget_oldest();
        }
        Some(account)
    }

    #[must_use]
    pub fn get(&self, key: &str) -> Option<Arc<Account>> {
        self.read().by_key.get(key).cloned()
    }

    #[must_use]
    pub fn demo(&self) -> Arc<Account> {
        self.get(DEMO_KEY).expect("the demo account is never forgotten")
    }

    /// The account whose operator logs in to the merchant portal like this.
    #[must_use]
    pub fn by_portal_login(&self, user: &str, password: &str) -> Option<Arc<Account>> {
        let account = self.read().by_portal_user.get(user).cloned()?;
        account.identity.portal.accepts(user, password).then_some(account)
    }

    /// The account whose operator logs in to SmartPay's dashboard like this.
    #[must_use]
    pub fn by_dashboard_login(&self, user: &str, password: &str) -> Option<Arc<Account>> {
        let account = self.read().by_dashboard_user.get(user).cloned()?;
        account.identity.dashboard.accepts(user, password).then_some(account)
    }

    /// The order that a scanned QR asks to pay: its bill number names it.
    #[must_use]
    pub fn by_qr(&self, payload: &QrPayload) -> Option<(Arc<Account>, Arc<Order>)> {
        let bill = payload.bill.as_deref()?;
        let account = self.read().by_tag.get(bill.strip_prefix("SP")?.get(..8)?).cloned()?;
        let order = account.order_by_channel_ref(bill)?;
        Some((account, order))
    }

    /// Keeps what all accounts remember within [`MAX_BYTES`](super::MAX_BYTES): the one that holds most forgets its oldest
    /// orders, so that no account loses any to a busier one. An eighth of the memory is freed at once, so that all
    /// accounts are looked at seldom.
    pub fn trim(&self) {
        if !self.memory.is_exceeded() {
            return;
        }
        let _alone = self.trimming.lock().expect("nobody who trims panics");
        if !self.memory.is_exceeded() {
            return;
        }
        let accounts = self.all();
        let mut by_bytes: BinaryHeap<(usize, usize)> =
            accounts.iter().enumerate().map(|(at, account)| (account.bytes(), at)).collect();
        while self.memory.is_scarce()
            && let Some((bytes, at)) = by_bytes.pop()
            && bytes > 0
        {
            accounts[at].forget_oldest();
            by_bytes.push((accounts[at].bytes(), at));
        }
    }

    /// All accounts, for work in the background.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Account>> {
        self.read().by_key.values().cloned().collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, Directory> {
        self.directory.read().expect("no holder of the directory panics")
    }
}

impl Directory {
    fn insert(&mut self, account: &Arc<Account>) {
        let identity = &account.identity;
        self.by_key.insert(identity.key.clone(), Arc::clone(account));
        self.by_tag.insert(identity.tag.clone(), Arc::clone(account));
        self.by_portal_user.insert(identity.portal.user.clone(), Arc::clone(account));
        self.by_dashboard_user.insert(identity.dashboard.user.clone(), Arc::clone(account));
    }

    fn forget_oldest(&mut self) {
        if let Some(account) = self.age.pop_front().and_then(|key| self.by_key.remove(&key)) {
            self.by_tag.remove(&account.identity.tag);
            self.by_portal_user.remove(&account.identity.portal.user);
            self.by_dashboard_user.remove(&account.identity.dashboard.user);
        }
    }
}

fn identity(ids: &mut Ids) -> Identity {
    let tag = ids.digits(8);
    Identity {
        key: ids.letters(16),
        secret: Secret::new(ids.hex(64)),
        merchant_name: MERCHANT_NAME.to_owned(),
        merchant_email: format!("owner-{tag}@merchant.example"),
        portal: PageLogin { user: format!("portal-{tag}@merchant.example"), password: Secret::new(ids.letters(16)) },
        dashboard: PageLogin { user: format!("branch-{tag}"), password: Secret::new(ids.letters(16)) },
        tag,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Method;
    use crate::twin::{Buyer, MAX_BYTES, NewOrder, RefundWish, Source};
    use crate::wire::UserConfigured;

    fn wish(id: usize, text: &str) -> NewOrder {
        NewOrder {
            merchant_order_ref: id.to_string(),
            method: Method::Qr,
            amount: 1000.into(),
            description: text.into(),
            success_url: "https://s".into(),
            failure_url: "https://f".into(),
            pending_url: None,
            buyer: Buyer::default(),
            items: Vec::new(),
            user_configured: UserConfigured::default(),
            source: Source::Api,
            user_agent: String::new(),
            ip_address: String::new(),
        }
    }

    #[test]
    fn the_account_that_holds_most_forgets_first_and_an_account_that_goes_frees_what_it_held() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let accounts = Accounts::new(0, Arc::new(Carrier::new(runtime.handle().clone())), Arc::default());
        let (large, small) =
            (accounts.create(None, Onboarding::default()), accounts.create(None, Onboarding::default()));
        let text = "x".repeat(MAX_BYTES / 16);
        small.initiate(wish(0, &text)).unwrap();
        for id in 0..20 {
            large.initiate(wish(id, &text)).unwrap();
            accounts.trim();
            assert!(large.bytes() + small.bytes() <= MAX_BYTES);
        }
        assert!(small.order_by_merchant_ref("0").is_some() && large.order_by_merchant_ref("0").is_none());
        assert!(large.order_by_merchant_ref("19").is_some() && large.orders(20).len() > 10);

        let order = large.order_by_merchant_ref("19").unwrap().order_ref.clone();
        large.begin(&order).unwrap();
        large.conclude(&order, crate::twin::Outcome::Paid).unwrap();
        let before = large.bytes();
        let wish = RefundWish { part: Some(1.into()), reason: text.clone(), description: String::new() };
        large.refund(&order, wish).unwrap();
        assert!(large.bytes() >= before + text.len(), "refunds count too");

        accounts.directory.write().unwrap().forget_oldest();
        let held = large.bytes();
        drop(large);
        assert!(held > MAX_BYTES / 2 && !accounts.memory.is_exceeded());
    }
}
