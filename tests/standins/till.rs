//! What becomes of a payment: decided here by the documented instruments, carried out by the twin's levers.

use serde::Deserialize;
use serde_json::{Value, json};
use smartpay_conformance::catalog::{ATM_CARDS, CREDIT_CARDS, ChallengeOutcome, TEST_APP};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};
use url::Url;

/// A wrong OTP may be typed this often; the last one ends the payment.
const PATIENCE: u32 = 3;

/// Where the payer goes next.
pub(crate) enum Next {
    /// On, to confirm.
    Confirm,
    /// Once more: the OTP was wrong.
    Again,
    /// Back to the shop.
    Back(String),
}

/// What the twin says of a payment.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Payment {
    pub(crate) status: String,
    pub(crate) open: bool,
    pub(crate) return_url: String,
    pub(crate) method: String,
    pub(crate) amount: Value,
    pub(crate) merchant_name: String,
    pub(crate) merchant_order_ref: String,
    pub(crate) qr: Option<String>,
}

impl Payment {
    /// As Vietnamese pages write amounts.
    pub(crate) fn money(&self) -> String {
        let digits = self.amount.to_string();
        let groups: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
        groups.iter().map(|group| String::from_utf8_lossy(group)).collect::<Vec<_>>().join(".")
    }
}

#[derive(Default)]
struct Memory {
    /// The merchant's key.
    key: String,
    card: Option<String>,
    wrong: u32,
}

/// The payments of a stand-in. Clones share them.
#[derive(Clone)]
pub(crate) struct Till {
    http: reqwest::Client,
    twin: Url,
    orders: Arc<Mutex<HashMap<String, Memory>>>,
}

impl Till {
    pub(crate) fn new(http: reqwest::Client, twin: Url) -> Self {
        Self { http, twin, orders: Arc::default() }
    }

    fn orders(&self) -> MutexGuard<'_, HashMap<String, Memory>> {
        self.orders.lock().unwrap()
    }

    /// Takes note of a new order and returns what its pages call it.
    pub(crate) fn note(&self, key: &str, order: &str) -> String {
        self.orders().insert(order.to_owned(), Memory { key: key.to_owned(), ..Memory::default() });
        order.to_owned()
    }

    /// The order whose QR this is, if any page has shown it.
    pub(crate) async fn by_qr(&self, scanned: &str) -> Option<(String, Payment)> {
        let orders: Vec<String> = self.orders().keys().cloned().collect();
        for order in orders {
            if let Some(payment) = self.look(&order).await
                && payment.qr.as_deref() == Some(scanned.trim())
            {
                return Some((order, payment));
            }
        }
        None
    }

    fn key(&self, order: &str) -> Option<String> {
        self.orders().get(order).map(|memory| memory.key.clone())
    }

    /// How a payment stands; `None` when nobody has ordered it.
    pub(crate) async fn look(&self, order: &str) -> Option<Payment> {
        let mut url = self.twin.join("/_twin/payments").unwrap();
        url.query_pairs_mut().append_pair("account", &self.key(order)?).append_pair("order_ref", order);
        self.http.get(url).send().await.ok()?.json().await.ok()
    }

    /// The payer has opened the first page.
    pub(crate) async fn begin(&self, order: &str, vietnamese: bool) -> Option<Payment> {
        let lang = if vietnamese { "vi" } else { "en" };
        self.pull("visits", order, json!({ "lang": lang })).await;
        self.look(order).await
    }

    async fn pull(&self, lever: &str, order: &str, mut body: Value) {
        body["account"] = json!(self.key(order));
        body["order_ref"] = json!(order);
        let url = self.twin.join("/_twin/").unwrap().join(lever).unwrap();
        // A payment that has ended meanwhile keeps its end, which the next look tells.
        drop(self.http.post(url).json(&body).send().await);
    }

    async fn end(&self, order: &str, body: Value) -> Next {
        self.pull("payments", order, body).await;
        Next::Back(self.look(order).await.map(|payment| payment.return_url).unwrap_or_default())
    }

    pub(crate) async fn cancel(&self, order: &str) -> Next {
        self.end(order, json!({ "end": "cancelled" })).await
    }

    /// Pays without a card, as the test app does.
    pub(crate) async fn pay(&self, order: &str) -> Next {
        self.end(order, json!({})).await
    }

    /// A credit card as it was typed.
    pub(crate) async fn enter_credit(&self, order: &str, number: &str, holder: &str, expiry: &str, cvv: &str) -> Next {
        let number = digits(number);
        let Some(card) = CREDIT_CARDS.iter().find(|card| card.number == number) else {
            return self.end(order, json!({ "end": "unknown_card" })).await;
        };
        if holder != card.holder || digits(expiry) != digits(card.expiry) || cvv != card.cvv {
            return self.end(order, json!({ "end": "wrong_card_data" })).await;
        }
        self.remember(order, number);
        Next::Confirm
    }

    /// An ATM card as it was typed.
    pub(crate) async fn enter_atm(&self, order: &str, number: &str, holder: &str, issued: &str) -> Next {
        let number = digits(number);
        let Some(card) = ATM_CARDS.iter().find(|card| card.number == number) else {
            return self.end(order, json!({ "end": "unknown_card" })).await;
        };
        if holder != card.holder || digits(issued) != digits(card.issue_date) {
            return self.end(order, json!({ "end": "wrong_card_data" })).await;
        }
        self.remember(order, number);
        Next::Confirm
    }

    fn remember(&self, order: &str, number: String) {
        if let Some(memory) = self.orders().get_mut(order) {
            memory.card = Some(number);
        }
    }

    /// An OTP as it was typed; `code` where the page asks for another than the card's own.
    pub(crate) async fn confirm(&self, order: &str, otp: &str, code: Option<&str>) -> Next {
        let card = self.orders().get(order).and_then(|memory| memory.card.clone()).unwrap_or_default();
        let credit = CREDIT_CARDS.iter().find(|known| known.number == card);
        let atm = ATM_CARDS.iter().find(|known| known.number == card);
        let right = match (credit, atm) {
            (Some(credit), _) => otp == code.unwrap_or(credit.otp),
            (None, Some(atm)) => otp.eq_ignore_ascii_case(atm.otp),
            (None, None) => return self.end(order, json!({ "end": "unknown_card" })).await,
        };
        // Some issuers cannot even look at the code.
        let blind =
            credit.is_some_and(|card| !matches!(card.challenge, ChallengeOutcome::Succeeds | ChallengeOutcome::Fails));
        if right || blind {
            return self.end(order, json!({ "card": card })).await;
        }
        let wrong = self.orders().get_mut(order).map_or(PATIENCE, |memory| {
            memory.wrong += 1;
            memory.wrong
        });
        if wrong < PATIENCE { Next::Again } else { self.end(order, json!({ "end": "too_many_otps" })).await }
    }
}

/// Whether these open the wallet's test app.
pub(crate) fn is_test_app(account: &str, password: &str) -> bool {
    account == TEST_APP.account && password == TEST_APP.password
}

/// The digits of what was typed; a year with its century counts as without.
fn digits(typed: &str) -> String {
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    if digits.len() == 6 { format!("{}{}", &digits[..2], &digits[4..]) } else { digits }
}
