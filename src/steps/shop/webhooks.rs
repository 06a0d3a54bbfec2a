//! Webhooks: PortOne's, and those of others.

use super::{
    ShopWorld,
    placing::Placed,
    redirects::{MARKUP, marked},
};
use crate::catalog::CURRENCY;
use crate::journal::Failure;
use crate::merchant::{Acknowledgement, Forgery, resigned};
use crate::steps::conclude::Must;
use crate::wire::{Amount, Clock, PaymentWebhook, Secret, Signature, TransactionStatus, go_timestamp};
use cucumber::{given, when};
use futures::{StreamExt, TryStreamExt, stream};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// How many webhooks a flood has, how long it lasts, and how many are under way at once.
const FLOOD: usize = 1_000;
const FLOOD_LASTS: Duration = Duration::from_secs(10);
const ABREAST: usize = 50;
/// What a shop need not read to its end, and by when it has hung up then.
const LARGE: usize = 64 * 1024;
const HANGING_UP: Duration = Duration::from_secs(5);
/// How long the last of them may be waited for: longer than a shop that is to pass takes.
const PATIENCE: Duration = Duration::from_secs(15);

/// Texts of a webhook that a shop may rightly compare with what it knows: with others in them it would be another one.
const KEPT: [&str; 12] = [
    "channel_key",
    "channel_order_ref",
    "country_code",
    "currency",
    "merchant_order_ref",
    "method_name",
    "order_ref",
    "status",
    "signature_hash",
    "merchant_key",
    "environment",
    "created_at",
];

#[when(regex = "^somebody sends a webhook that says it is paid, (?:with )?(.+)$")]
async fn somebody_sends(w: &mut ShopWorld, how: String) {
    let forgery = w.forgery().await.must();
    let genuine = |w: &ShopWorld| forgery.webhook(TransactionStatus::Success, &w.stage().account.secret);
    let webhook = match how.as_str() {
        "a signature that ends otherwise" => {
            let webhook = genuine(w);
            PaymentWebhook { signature_hash: ending_otherwise(&webhook.signature_hash), ..webhook }
        }
        "a signature in small letters" => {
            let webhook = genuine(w);
            let small = webhook.signature_hash.as_str().to_lowercase();
            PaymentWebhook { signature_hash: Signature::from(small.as_str()), ..webhook }
        }
        "a signature made with an empty secret" => forgery.webhook(TransactionStatus::Success, &Secret::new("")),
        "no signature" => {
            let mut body = serde_json::to_value(genuine(w)).expect("a webhook serialises");
            body.as_object_mut().and_then(|body| body.remove("signature_hash"));
            w.tell_text(&body.to_string()).await.must();
            return;
        }
        "an empty signature" => PaymentWebhook { signature_hash: Signature::from(""), ..genuine(w) },
        "the signature of a paid order" => {
            let paid = w.paid_order().await.must();
            let theirs = w.as_if_for(paid).await.must();
            let other = theirs.webhook(TransactionStatus::Success, &w.stage().account.secret);
            PaymentWebhook { signature_hash: other.signature_hash, ..genuine(w) }
        }
        "another currency than was signed" => {
            let foreign = PaymentWebhook { currency: "IDR".to_owned(), ..genuine(w) };
            PaymentWebhook { currency: CURRENCY.to_owned(), ..resigned(foreign, &w.stage().account.secret) }
        }
        "another status than was signed" => {
            let failed = forgery.webhook(TransactionStatus::Failed, &w.stage().account.secret);
            PaymentWebhook { signature_hash: failed.signature_hash, ..genuine(w) }
        }
        "another order than was signed" => {
            let paid = w.paid_alike().await.must();
            let theirs = w.as_if_for(paid).await.must();
            let signed = theirs.webhook(TransactionStatus::Success, &w.stage().account.secret);
            PaymentWebhook { merchant_order_ref: forgery.merchant_order_ref, ..signed }
        }
        "a larger amount than was signed" => {
            let cheap = PaymentWebhook { amount: Amount::from(1), ..genuine(w) };
            let cheap = resigned(cheap, &w.stage().account.secret);
            PaymentWebhook { amount: forgery.amount, ..cheap }
        }
        "a smaller amount than was signed" => PaymentWebhook { amount: Amount::from(1), ..genuine(w) },
        "somebody else's signature and no merchant's key" => {
            let webhook = forgery.webhook(TransactionStatus::Success, &w.stage().another.secret);
            let mut body = serde_json::to_value(webhook).expect("a webhook serialises");
            body.as_object_mut().and_then(|body| body.remove("merchant_key"));
            w.tell_text(&body.to_string()).await.must();
            return;
        }
        "somebody else's signature and the environment live" => {
            let webhook = forgery.webhook(TransactionStatus::Success, &w.stage().another.secret);
            PaymentWebhook { environment: "live".to_owned(), ..webhook }
        }
        "somebody else's signature and the references of a paid order that cost the same" => {
            let paid = w.paid_alike().await.must();
            let theirs = w.as_if_for(paid).await.must();
            let (order_ref, channel_order_ref) = (theirs.order_ref, theirs.channel_order_ref);
            let mixed = Forgery { order_ref, channel_order_ref, ..forgery };
            mixed.webhook(TransactionStatus::Success, &w.stage().another.secret)
        }
        "signed by another merchant" => {
            let another = &w.stage().another;
            let theirs = PaymentWebhook { merchant_key: another.key.clone(), ..genuine(w) };
            resigned(theirs, &another.secret)
        }
        other => Err(Failure::defect(format!("no forgery is called {other:?}"))).must(),
    };
    w.tell(&webhook).await.must();
}

#[when("somebody sends a webhook that says it failed")]
async fn somebody_says_it_failed(w: &mut ShopWorld) {
    let webhook = w.forgery().await.must().webhook(TransactionStatus::Failed, &w.stage().another.secret);
    w.tell(&webhook).await.must();
}

#[when("PortOne sends a webhook about an order that the shop never made")]
async fn about_an_unknown_order(w: &mut ShopWorld) {
    let mut forgery = w.forgery().await.must();
    forgery.order_ref = forgery.order_ref.chars().rev().collect();
    let id = format!("NEVER-{}", w.stage().stage.next_order_id());
    forgery.merchant_order_ref = w.stage().shop.reference_of(&id);
    w.before_the_webhook = w.told_of(&id).await.must();
    w.never_made = Some(id);
    let webhook = forgery.webhook(TransactionStatus::Success, &w.stage().account.secret);
    w.tell(&webhook).await.must();
}

#[when("PortOne sends a webhook about an order whose name only begins like this one's")]
async fn about_a_longer_name(w: &mut ShopWorld) {
    let mut forgery = w.forgery().await.must();
    forgery.order_ref = forgery.order_ref.chars().rev().collect();
    forgery.merchant_order_ref.push('9');
    let webhook = forgery.webhook(TransactionStatus::Success, &w.stage().account.secret);
    w.tell(&webhook).await.must();
}

#[when(regex = "^PortOne sends a genuine webhook over (.+)$")]
async fn over_another(w: &mut ShopWorld, part: String) {
    let forgery = w.forgery().await.must();
    let secret = w.stage().account.secret.clone();
    let webhook = forgery.webhook(TransactionStatus::Success, &secret);
    let webhook = match part.as_str() {
        "a smaller amount" => PaymentWebhook { amount: Amount::from(1), ..webhook },
        "a larger amount" => PaymentWebhook { amount: Amount::from(w.order().amount * 10), ..webhook },
        "an amount that is one dong off" => PaymentWebhook { amount: Amount::from(w.order().amount - 1), ..webhook },
        "a thousandth of the amount" => {
            let thousandth = Amount::new(f64::from(w.order().amount) / 1_000.0).expect("it is an amount");
            PaymentWebhook { amount: thousandth, ..webhook }
        }
        // As many dollars are worth more, as many of some others nearly nothing.
        _ => PaymentWebhook { currency: "IDR".to_owned(), ..webhook },
    };
    w.tell(&resigned(webhook, &secret)).await.must();
}

#[when(regex = "^PortOne sends a genuine webhook with the status (Authorized|Pending|Failed|Expired|Success)$")]
async fn with_the_status(w: &mut ShopWorld, status: String) {
    let forgery = w.forgery().await.must();
    let webhook = forgery.webhook(TransactionStatus::from(status.as_str()), &w.stage().account.secret);
    w.tell(&webhook).await.must();
}

#[given("PortOne does not answer questions about payments")]
async fn does_not_answer(w: &mut ShopWorld) {
    let fault = json!({
        "id": "payments-not-told", "requirement": "API-08", "kind": "wire", "title": "questions about payments are answered 503",
        "at": { "answer": { "path": "^/api/(transaction/|[^/]+/transaction-details)" } }, "do": [{ "status": 503 }],
    });
    w.have_portone_err(&fault).await.must();
}

/// The shop asks by itself, too: just after it has, what follows the webhook within this time comes of the webhook.
const AT_ONCE: Duration = Duration::from_millis(700);

#[when("the shop has asked in vain")]
async fn has_asked(w: &mut ShopWorld) {
    let settle = w.stage().shop.settle();
    if !w.await_question(0, settle).await.must() {
        let expected = format!("a question to PortOne about a payment of which no webhook came, within {settle:?}");
        Err::<(), _>(Failure::unmet(expected, "none")).must();
    }
}

#[when("the shop has just asked in vain, if it asks by itself")]
async fn has_just_asked(w: &mut ShopWorld) {
    let (settle, started) = (w.stage().shop.settle(), Instant::now());
    let mut asked = w.last_question().await.must();
    let mut within = settle;
    // What was asked in vain may be asked again at once; the next question of its own comes only after that.
    while started.elapsed() < settle && w.await_question(asked, within).await.must() {
        asked = w.last_question().await.must();
        within = AT_ONCE;
    }
}

#[when(regex = "^the webhook alone arrives (as it is|after one that says Pending|with .+)$")]
async fn arrives_alone(w: &mut ShopWorld, how: String) {
    if how == "after one that says Pending" {
        let webhook = w.forgery().await.must().webhook(TransactionStatus::Pending, &w.stage().account.secret);
        w.tell(&webhook).await.must();
        has_just_asked(w).await;
    }
    let before = w.last_question().await.must();
    match how.as_str() {
        "as it is" | "after one that says Pending" => arrives(w).await,
        "with fields that nobody knows" => with_unknown_fields(w).await,
        "with timestamps hours old" => hours_old(w).await,
        how => with_the_method(w, how.trim_start_matches("with the method called ").to_owned()).await,
    }
    w.asked_at_once = w.await_question(before, AT_ONCE).await.must();
}

#[when("PortOne answers questions again")]
async fn answers_again(w: &mut ShopWorld) {
    w.have_portone_right().await.must();
}

#[when(regex = "^the webhook arrives$")]
async fn arrives(w: &mut ShopWorld) {
    let webhook = w.waiting_webhook().await.must();
    w.tell(&webhook).await.must();
}

#[when(regex = "^the webhook arrives with the method called (.+)$")]
async fn with_the_method(w: &mut ShopWorld, name: String) {
    let webhook = PaymentWebhook { method_name: name, ..w.waiting_webhook().await.must() };
    let webhook = resigned(webhook, &w.stage().account.secret);
    w.tell(&webhook).await.must();
}

#[when("the webhook arrives with fields that nobody knows")]
async fn with_unknown_fields(w: &mut ShopWorld) {
    let mut body = serde_json::to_value(w.waiting_webhook().await.must()).expect("a webhook serialises");
    body["loyalty"] = json!({ "points": 3, "tier": null, "history": [1, "two", { "three": true }] });
    body["x_trace"] = json!("7f3a");
    w.tell_text(&body.to_string()).await.must();
}

#[when("the webhook arrives with timestamps hours old")]
async fn hours_old(w: &mut ShopWorld) {
    let then = Clock::system().now() - SignedDuration::from_hours(7);
    let webhook = PaymentWebhook { created_at: go_timestamp(then), ..w.waiting_webhook().await.must() };
    w.tell(&webhook).await.must();
}

#[when(regex = "^the webhook arrives with markup in (every unsigned text|the name of its method)$")]
async fn with_markup(w: &mut ShopWorld, what: String) {
    let webhook = w.waiting_webhook().await.must();
    if what == "the name of its method" {
        let webhook = PaymentWebhook { method_name: MARKUP.to_owned(), ..webhook };
        let webhook = resigned(webhook, &w.stage().account.secret);
        w.tell(&webhook).await.must();
    } else {
        let mut body: Value = serde_json::to_value(webhook).expect("a webhook serialises");
        for (name, value) in body.as_object_mut().into_iter().flatten() {
            if value.is_string() && !KEPT.contains(&name.as_str()) {
                *value = json!(marked(name));
            }
        }
        w.tell_text(&body.to_string()).await.must();
    }
    let (shop, caller, id) = (w.stage().shop.clone(), w.caller(), w.order().id.clone());
    shop.await_state(&caller, &id, &[crate::merchant::State::Paid]).await.must();
    w.look_at_the_order().await.must();
    if w.pages.is_empty() {
        Err::<(), _>(Failure::skipped("the integration file names no page of an order (order.page)")).must();
    }
}

#[when(regex = "^the webhook arrives (before|after) the payer is back$")]
async fn around_the_return(w: &mut ShopWorld, when: String) {
    let webhook = w.waiting_webhook().await.must();
    let address = w.payment(&w.order().order_ref).await.must().return_url;
    if when == "before" {
        w.tell(&webhook).await.must();
        w.come_back(&address).await.must();
    } else {
        w.come_back(&address).await.must();
        w.tell(&webhook).await.must();
    }
}

#[when(
    regex = "^somebody sends the shop (nothing|half a webhook|a list|no text|a very deep document|a megabyte of spaces)$"
)]
async fn nonsense(w: &mut ShopWorld, what: String) {
    let body = match what.as_str() {
        "nothing" => Vec::new(),
        "half a webhook" => {
            let webhook = w.forgery().await.must().webhook(TransactionStatus::Success, &w.stage().another.secret);
            let text = serde_json::to_string(&webhook).expect("a webhook serialises");
            text.as_bytes()[..text.len() / 2].to_vec()
        }
        "a list" => b"[1, null, {}]".to_vec(),
        "no text" => vec![0xff, 0xfe, 0x00, 0x80, b'{', 0xc3],
        "a very deep document" => [vec![b'['; 25_000], vec![b']'; 25_000]].concat(),
        _ => vec![b' '; 1024 * 1024],
    };
    let (stage, large, started) = (Arc::clone(w.stage()), body.len() > LARGE, Instant::now());
    match stage.callbacks.tell_bytes(&w.caller(), body).await {
        Ok(told) => w.acknowledged.push(told),
        // Who hangs up on what is too large reads no more of it, and is right. One that is gone by then is told by the failure.
        Err(_) if large && started.elapsed() < HANGING_UP && stage.pulse.missing().await.is_none() => {}
        Err(failure) => Err(failure).must(),
    }
}

#[when("the webhook arrives twice")]
async fn twice(w: &mut ShopWorld) {
    let webhook = w.waiting_webhook().await.must();
    w.tell(&webhook).await.must();
    w.tell(&webhook).await.must();
}

#[when("the webhook arrives ten times at once")]
async fn ten_times(w: &mut ShopWorld) {
    let body = serde_json::to_string(&w.waiting_webhook().await.must()).expect("a webhook serialises");
    let (callbacks, caller) = (w.stage().callbacks.clone(), w.caller());
    let told = futures::future::join_all((0..10).map(|_| callbacks.tell(&caller, &body))).await;
    w.acknowledged.extend(told.into_iter().collect::<Result<Vec<Acknowledgement>, _>>().must());
}

#[when("the webhook arrives a thousand times within ten seconds")]
async fn a_flood(w: &mut ShopWorld) {
    let body = serde_json::to_string(&w.waiting_webhook().await.must()).expect("a webhook serialises");
    let stage = Arc::clone(w.stage());
    let caller = w.caller();
    let started = Instant::now();
    let spaced = stream::iter(0..FLOOD).map(|number| {
        let (stage, caller, body) = (&stage, &caller, &body);
        async move {
            let due = FLOOD_LASTS.mul_f64(number as f64 / FLOOD as f64);
            tokio::time::sleep(due.saturating_sub(started.elapsed())).await;
            stage.callbacks.flood(caller, body).await
        }
    });
    // A shop that has stopped answering is not waited for once for each webhook.
    let flood = spaced.buffer_unordered(ABREAST).try_collect::<Vec<_>>();
    let flood = async {
        let all = tokio::time::timeout(FLOOD_LASTS + PATIENCE, flood).await;
        all.unwrap_or_else(|_| {
            let expected = format!("{FLOOD} webhooks to be answered within {:?}", FLOOD_LASTS + PATIENCE);
            Err(Failure::unmet(expected, "some were not"))
        })
    };
    let customer = async {
        tokio::time::sleep(FLOOD_LASTS / 2).await;
        let wanted = stage.wanted(crate::catalog::Method::CreditCard);
        match stage.shop.checkout_page(&wanted, false) {
            Ok(page) => stage.callbacks.come_back(&caller, page.as_str()).await,
            Err(_) => stage.callbacks.come_back(&caller, stage.shop.base().as_str()).await,
        }
    };
    let (told, customer) = futures::join!(flood, customer);
    w.acknowledged.extend(told.must());
    w.customer = Some(customer);
}

impl ShopWorld {
    /// Whether the shop asks about the order's payment within a time.
    async fn await_question(&self, before: u64, within: Duration) -> Result<bool, Failure> {
        let started = Instant::now();
        while self.last_question().await? <= before {
            if started.elapsed() > within {
                return Ok(false);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(true)
    }

    /// What can be told of another order's payment.
    async fn as_if_for(&mut self, another: Placed) -> Result<Forgery, Failure> {
        let own = self.order.replace(another);
        let forgery = self.forgery().await;
        self.order = own;
        forgery
    }
}

/// A signature of which only the last letters are others: a comparison of its beginning takes it for the same.
fn ending_otherwise(signature: &Signature) -> Signature {
    let text = signature.as_str();
    let end = text.trim_end_matches('=').len().saturating_sub(2);
    let (kept, changed) = text.split_at(end);
    let other = |letter: char| match letter {
        '=' => '=',
        'A' => 'Q',
        _ => 'A',
    };
    Signature::from(format!("{kept}{}", changed.chars().map(other).collect::<String>()).as_str())
}
