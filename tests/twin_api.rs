//! The twin from outside: real HTTP against its API, its levers and its webhooks.

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail it by panicking")]

use axum::extract::State;
use axum::http::StatusCode as Http;
use axum::routing::post;
use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use smartpay_conformance::twin::{RunningTwin, Twin, TwinConfig};
use smartpay_conformance::wire::contract::{Operation, Payload, check_answer};
use smartpay_conformance::wire::{
    Amount, InitiatePayment, PaymentWebhook, Redirect, Secret, Signature, StatusUpdate, Unknown, mint,
};
use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// An account of a running twin, and a client for it.
struct Merchant {
    base: String,
    http: Client,
    key: String,
    secret: Secret,
    token: String,
}

fn twin() -> RunningTwin {
    Twin::start(TwinConfig::default()).unwrap()
}

async fn merchant(twin: &RunningTwin) -> Merchant {
    merchant_with(twin, json!({})).await
}

async fn merchant_with(twin: &RunningTwin, wish: Value) -> Merchant {
    let base = format!("http://{}", twin.addr());
    let http = Client::builder().no_proxy().timeout(Duration::from_secs(10)).build().unwrap();
    let answer = http.post(format!("{base}/_twin/accounts")).json(&wish).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let account: Value = answer.json().await.unwrap();
    let key = account["key"].as_str().unwrap().to_owned();
    let secret = Secret::new(account["secret"].as_str().unwrap());
    let token = mint(&key, &secret, Timestamp::now(), 100);
    Merchant { base, http, key, secret, token }
}

impl Merchant {
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// With both headers.
    fn authorised(&self, method: Method, path: &str) -> RequestBuilder {
        self.request(method, path).header("X-Portone-Client-Key", &self.key).bearer_auth(&self.token)
    }

    fn order(&self, id: &str, method: &str) -> InitiatePayment {
        InitiatePayment {
            key: self.key.clone(),
            merchant_order_id: id.to_owned(),
            pmt_channel: "SMARTPAY".into(),
            pmt_method: method.to_owned(),
            description: "Bánh mì".into(),
            environment: "sandbox".into(),
            amount: 50_000.into(),
            currency: "VND".into(),
            signature_hash: Signature::from(""),
            billing_details: None,
            shipping_details: None,
            order_details: None,
            success_url: "https://shop.example/ok?a=1".into(),
            failure_url: "https://shop.example/no".into(),
            pending_url: None,
            user_configured: Default::default(),
            token_params: None,
            routing_enabled: None,
            routing_params: None,
            transaction_type: None,
            unknown: Unknown::default(),
        }
    }

    async fn initiate(&self, body: &Value) -> (u16, Value) {
        let request = self.request(Method::POST, "/api/initiatePayment").header("X-Portone-Client-Key", &self.key);
        answer(request.json(body)).await
    }

    async fn initiated(&self, id: &str, method: &str) -> String {
        let body = json!(self.order(id, method).signed(&self.secret));
        let (status, answer) = self.initiate(&body).await;
        assert_eq!(status, 200, "{answer}");
        answer["order_ref"].as_str().unwrap().to_owned()
    }

    async fn lever(&self, path: &str, body: Value) -> (u16, Value) {
        answer(self.request(Method::POST, &format!("/_twin/{path}")).json(&body)).await
    }

    async fn paid(&self, id: &str) -> String {
        let order_ref = self.initiated(id, "SMARTPAY_CREDIT_CARD").await;
        let (status, answer) = self.lever("payments", json!({ "account": self.key, "order_ref": order_ref })).await;
        assert_eq!((status, &answer["status"]), (200, &json!("Success")));
        order_ref
    }

    async fn status(&self, id: &str) -> Value {
        let (status, answer) = answer(self.authorised(Method::GET, &format!("/api/transaction/{id}/status"))).await;
        assert_eq!(status, 200, "{answer}");
        answer["content"]["status"].clone()
    }

    async fn refund(&self, order_ref: &str, kind: &str, amount: f64) -> (u16, Value) {
        let body = json!({
            "amount": amount, "channel": "SMARTPAY", "description": "d", "environment": "sandbox",
            "refund_type": kind, "refund_reason": "r",
        });
        answer(self.authorised(Method::POST, &format!("/api/refund/{order_ref}")).json(&body)).await
    }

    async fn register(&self, kind: &str, url: &str) -> (u16, Value) {
        let body = json!({ "name": "inbox", "url": url, "type": kind, "environment": "sandbox" });
        answer(self.authorised(Method::POST, &format!("/api/merchant/{}/webhook", self.key)).json(&body)).await
    }

    async fn look(&self, what: &str) -> Value {
        let (status, answer) = answer(self.request(Method::GET, &format!("/_twin/{what}?account={}", self.key))).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }
}

async fn answer(request: RequestBuilder) -> (u16, Value) {
    let (client, request) = request.build_split();
    let request = request.unwrap();
    let asked = Operation::of(request.method().as_str(), request.url().path());
    let is_lever = request.url().path().starts_with("/_twin/");
    let response = client.execute(request).await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json");
    let (status, body) = (response.status().as_u16(), response.json().await.unwrap());
    if !is_lever {
        assert_documented(asked, status, &body);
    }
    (status, body)
}

/// Every answer is as the vendor's documents have it, known deviations left out, and as the published schemas say.
fn assert_documented(asked: Option<Operation>, status: u16, body: &Value) {
    let payload = match asked {
        Some(operation) if status == 200 => operation.answer(),
        Some(operation) => operation.refusal(),
        None => Payload::Refusal,
    };
    let published = jsonschema::validator_for(&payload.schema().to_value()).unwrap();
    let errors: Vec<String> = published.iter_errors(body).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?} in {body}");
    let Some(operation) = asked else { return };
    let departures = check_answer(operation, status, body);
    assert!(departures.is_empty(), "{} {status}: {departures:?} in {body}", operation.id());
    let code = body["status_code"].as_str().unwrap_or_default();
    assert!(status == 200 || operation.can_be_refused_with(status, code), "{} {status} with {code}", operation.id());
}

fn assert_refused(what: &str, (status, body): &(u16, Value), http: u16, code: &str) {
    assert_eq!((*status, body["status_code"].as_str()), (http, Some(code)), "{what}: {body}");
    assert!(!body["message"].as_str().unwrap().is_empty() && !body["status_reason"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn a_payment_is_initiated_paid_and_told_alike_everywhere() {
    let twin = twin();
    let shop = merchant(&twin).await;
    for (method, page) in [
        ("SMARTPAY_CREDIT_CARD", "http://smartpay.localhost:PORT/KEY/orders/REF/card"),
        ("SMARTPAY_ATM_CARD", "http://smartpay.localhost:PORT/KEY/orders/REF/atm"),
        ("SMARTPAY_QR", "http://checkout.localhost:PORT/KEY/orders/REF/qr"),
    ] {
        let id = format!("đơn {method}/1");
        let mut order = shop.order(&id, method);
        order.billing_details =
            Some(serde_json::from_value(json!({ "billing_name": "An", "billing_surname": "Lê" })).unwrap());
        order.order_details =
            Some(serde_json::from_value(json!([{ "id": "i", "name": "n", "price": 50000, "quantity": 1 }])).unwrap());
        let (status, body) = shop.initiate(&json!(order.signed(&shop.secret))).await;
        assert_eq!((status, &body["is_success"], &body["expiry_in_minutes"]), (200, &json!(true), &json!("15")));
        let order_ref = body["order_ref"].as_str().unwrap();
        let port = twin.addr().port().to_string();
        let page = page.replace("PORT", &port).replace("KEY", &shop.key).replace("REF", order_ref);
        assert_eq!((body["redirect_url"].as_str(), order_ref.len()), (Some(page.as_str()), 27));
        assert_eq!(body["qrcode_url"] == "", method != "SMARTPAY_QR");

        let path: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect::<String>().replace('+', "%20");
        assert_eq!(shop.status(&path).await, "Initiated");
        let (_, paid) = shop.lever("payments", json!({ "account": shop.key, "order_ref": order_ref })).await;
        assert_eq!(shop.status(&path).await, "Success");
        let details = shop.authorised(Method::POST, &format!("/api/{}/transaction-details", shop.key));
        let (_, details) = answer(details.json(&json!({ "order_ref": order_ref }))).await;
        let content = &details["content"];
        assert_eq!(details.get("message"), None);
        assert_eq!((&content["status"], &content["status_code"]), (&json!("Success"), &json!("2000")));
        assert_eq!((&content["amount"], &content["buyer_name"]), (&json!(50000), &json!("An Lê")));
        assert_eq!(content["order_details"]["data"][0]["item_id"], "i");

        let url = url::Url::parse(paid["return_url"].as_str().unwrap()).unwrap();
        let redirect = Redirect::parse(url.query().unwrap());
        assert!(redirect.verifies(&shop.secret) && url.as_str().starts_with("https://shop.example/ok?a=1&"));
        assert_eq!((redirect.get("status"), redirect.get("merchant_order_ref")), (Some("Success"), Some(id.as_str())));
        assert_eq!((redirect.get("amount"), redirect.get("currency")), (Some("50000"), Some("VND")));
    }
    let ledger = shop.look("ledger").await;
    assert_eq!((&ledger["paid"], ledger["orders"].as_array().unwrap().len()), (&json!(150_000), 3));
    let history: Vec<&Value> =
        ledger["orders"][0]["history"].as_array().unwrap().iter().map(|h| &h["status"]).collect();
    assert_eq!(history, ["Initiated", "Pending", "Success"]);
}

#[tokio::test]
async fn every_sibling_card_has_its_own_outcome() {
    let twin = twin();
    let shop = merchant(&twin).await;
    for (method, card, status, code) in [
        ("SMARTPAY_CREDIT_CARD", "5200000000001096", "Success", "2000"),
        ("SMARTPAY_CREDIT_CARD", "5200000000001104", "Failed", "6016"),
        ("SMARTPAY_CREDIT_CARD", "5200000000001112", "Failed", "6016"),
        ("SMARTPAY_CREDIT_CARD", "5200000000001120", "Failed", "5024"),
        ("SMARTPAY_CREDIT_CARD", "4111111111111111", "Failed", "6014"),
        ("SMARTPAY_ATM_CARD", "9704000000000018", "Success", "2000"),
        ("SMARTPAY_ATM_CARD", "9704000000000026", "Failed", "6015"),
        ("SMARTPAY_ATM_CARD", "9704000000000034", "Failed", "6002"),
        ("SMARTPAY_ATM_CARD", "9704000000000042", "Failed", "6019"),
    ] {
        let order_ref = shop.initiated(card, method).await;
        let wish = json!({ "account": shop.key, "order_ref": order_ref, "card": card });
        let (_, paid) = shop.lever("payments", wish.clone()).await;
        assert_eq!(paid["status"], status, "{card}");
        let url = url::Url::parse(paid["return_url"].as_str().unwrap()).unwrap();
        let redirect = Redirect::parse(url.query().unwrap());
        assert_eq!(redirect.get("status_code"), Some(code), "{card}");
        assert_eq!(url.path(), if status == "Success" { "/ok" } else { "/no" });
        assert_eq!(shop.lever("payments", wish).await.0, 409, "a concluded order cannot be paid");
    }
}

#[tokio::test]
async fn each_broken_payment_request_is_refused_for_its_own_reason() {
    let twin = twin();
    let shop = merchant(&twin).await;
    let good = shop.order("good", "SMARTPAY_QR").signed(&shop.secret);
    for (field, value) in json!(good).as_object().unwrap() {
        for broken in [None, Some(Value::Null), Some(json!(""))] {
            let mut body = json!(good);
            match broken {
                None => drop(body.as_object_mut().unwrap().remove(field)),
                Some(other) => body[field] = other,
            }
            let refused = shop.initiate(&body).await;
            assert_refused(field, &refused, 401, "4001");
            assert_eq!(refused.1["message"], format!("{field} is a required field"));
            assert_eq!(
                (&refused.1["is_success"], &refused.1["status_reason"]),
                (&json!(false), &json!("INVALID_PAYMENT_REQUEST"))
            );
        }
        let mut body = json!(good);
        body[field] = if value.is_string() { json!(7) } else { json!("7") };
        assert_refused(field, &shop.initiate(&body).await, 401, "4001");
    }
    type Change = fn(&mut InitiatePayment);
    let cases: [(&str, Change, u16, &str); 13] = [
        ("unknown merchant", |o| o.key = "nobody".into(), 400, "4016"),
        ("channel", |o| o.pmt_channel = "MOMOPAY".into(), 401, "4046"),
        ("method", |o| o.pmt_method = "SMARTPAY_WALLET".into(), 401, "4057"),
        ("live", |o| o.environment = "live".into(), 401, "4034"),
        ("currency", |o| o.currency = "USD".into(), 401, "4075"),
        ("zero", |o| o.amount = 0.into(), 401, "4041"),
        ("negative", |o| o.amount = Amount::from(-1), 401, "4041"),
        ("oversized", |o| o.amount = Amount::new(1e13).unwrap(), 401, "4041"),
        ("beyond decimals", |o| o.amount = Amount::new(1e300).unwrap(), 401, "4041"),
        ("three decimals", |o| o.amount = Amount::new(0.125).unwrap(), 401, "4041"),
        ("beyond a QR", |o| o.amount = Amount::new(99_999_999_999.99).unwrap(), 401, "4041"),
        ("long id", |o| o.merchant_order_id = "x".repeat(513), 401, "4001"),
        ("script as address", |o| o.success_url = "javascript:alert(1)".into(), 401, "4001"),
    ];
    for (what, change, http, code) in cases {
        let mut order = shop.order("case", "SMARTPAY_QR");
        change(&mut order);
        let refused = shop.initiate(&json!(order.signed(&shop.secret))).await;
        assert_refused(what, &refused, http, code);
        assert_eq!(refused.1["is_success"], false);
    }
    let mut nested = json!(good);
    nested["billing_details"] = json!({ "billing_name": 5 });
    let refused = shop.initiate(&nested).await;
    assert_refused("nested type", &refused, 401, "4001");
    assert!(refused.1["message"].as_str().unwrap().contains("billing_details"));
    let mut unsigned = good.clone();
    unsigned.amount = 5.into();
    assert_refused("changed after signing", &shop.initiate(&json!(unsigned)).await, 401, "4011");

    let largest =
        InitiatePayment { amount: Amount::new(9_999_999_999_999.0).unwrap(), ..shop.order("max", "SMARTPAY_QR") };
    assert_eq!(shop.initiate(&json!(largest.signed(&shop.secret))).await.0, 200);

    let by_card = InitiatePayment {
        amount: Amount::new(99_999_999_999.99).unwrap(),
        ..shop.order("by card", "SMARTPAY_CREDIT_CARD")
    };
    assert_eq!(shop.initiate(&json!(by_card.signed(&shop.secret))).await.0, 200);

    assert_eq!(shop.initiate(&json!(good)).await.0, 200);
    assert_refused("duplicate", &shop.initiate(&json!(good)).await, 401, "4002");

    let send = |body: Vec<u8>, kind: &'static str| {
        let request = shop.request(Method::POST, "/api/initiatePayment").header("X-Portone-Client-Key", &shop.key);
        answer(request.header("content-type", kind).body(body))
    };
    let text = serde_json::to_string(&shop.order("bytes", "SMARTPAY_QR").signed(&shop.secret)).unwrap();
    let twice = text.replacen('{', "{\"amount\":50000,", 1);
    for (what, body) in [
        ("truncated", text[..text.len() - 9].to_owned().into_bytes()),
        ("twice", twice.into_bytes()),
        ("no JSON", b"amount=1".to_vec()),
        ("no object", b"[]".to_vec()),
        ("empty", Vec::new()),
        ("not UTF-8", [b"{\"key\":\"", &[0xFF, 0xFE][..], b"\"}"].concat()),
        ("deep", "[".repeat(100_000).into_bytes()),
        ("oversized", format!("{{\"key\":\"{}\"}}", "x".repeat(400_000)).into_bytes()),
    ] {
        assert_refused(what, &send(body, "application/json").await, 401, "4001");
    }
    assert_refused("content type", &send(text.clone().into_bytes(), "text/plain").await, 401, "4001");
    let keyless = shop.request(Method::POST, "/api/initiatePayment").json(&good);
    assert_refused("no key", &answer(keyless).await, 401, "4010");
    let other = shop.request(Method::POST, "/api/initiatePayment").header("X-Portone-Client-Key", "TWIN_DEMO_KEY");
    assert_refused("other key", &answer(other.json(&good)).await, 401, "4010");
    assert_eq!(send(text.into_bytes(), "application/json; charset=utf-8").await.0, 200);
    assert_refused("no endpoint", &answer(shop.request(Method::GET, "/api/nothing")).await, 404, "4001");
    assert_refused("wrong method", &answer(shop.request(Method::GET, "/api/initiatePayment")).await, 405, "4001");
}

#[tokio::test]
async fn only_a_valid_token_of_the_merchant_is_accepted() {
    let twin = twin();
    let (shop, other) = (merchant(&twin).await, merchant(&twin).await);
    shop.initiated("1", "SMARTPAY_QR").await;
    let path = "/api/transaction/1/status";
    let with = |token: &str| {
        answer(shop.request(Method::GET, path).header("X-Portone-Client-Key", &shop.key).bearer_auth(token))
    };
    let now = Timestamp::now();
    let good = mint(&shop.key, &shop.secret, now, 100);
    assert_eq!(with(&good).await.0, 200);
    let mut parts: Vec<&str> = good.split('.').collect();
    parts[0] = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
    for (what, token) in [
        ("expired", mint(&shop.key, &shop.secret, now - SignedDuration::from_secs(200), 100)),
        ("foreign secret", mint(&shop.key, &other.secret, now, 100)),
        ("foreign subject", mint(&other.key, &shop.secret, now, 100)),
        ("unsigned", format!("{}.{}.", parts[0], parts[1])),
        ("alg none", parts.join(".")),
        ("nonsense", "x.y.z".to_owned()),
    ] {
        assert_refused(what, &with(&token).await, 401, "4054");
    }
    let keyed = || shop.request(Method::GET, path).header("X-Portone-Client-Key", &shop.key);
    assert_refused("missing", &answer(keyed()).await, 401, "4054");
    assert_refused("no scheme", &answer(keyed().header("authorization", &good)).await, 401, "4054");
    let keyless = shop.request(Method::GET, path).bearer_auth(&good);
    assert_refused("no key", &answer(keyless).await, 401, "4010");
    let nobody = shop.request(Method::GET, path).header("X-Portone-Client-Key", "nobody").bearer_auth(&good);
    assert_refused("unknown merchant", &answer(nobody).await, 400, "4016");

    let token = |key: &str, secret: &str| {
        let body = json!({ "portone_key": key, "portone_secret": secret });
        answer(shop.request(Method::POST, "/api/merchant/auth-token").json(&body))
    };
    let (status, made) = token(&shop.key, shop.secret.expose()).await;
    assert_eq!((status, &made["content"]["expires_in"]), (200, &json!(21600)));
    assert_eq!(with(made["content"]["token"].as_str().unwrap()).await.0, 200);
    assert_refused("wrong secret", &token(&shop.key, "x").await, 401, "4010");
    assert_refused("unknown key", &token("x", "x").await, 400, "4016");
    let missing = token("", "x").await;
    assert_refused("missing", &missing, 400, "4001");
    assert_eq!(missing.1["message"], "Invalid Request, err : portone_key is a required field");

    let order = shop.order("sig", "SMARTPAY_QR").signed(&shop.secret);
    let body = json!({
        "portone_key": shop.key, "currency": "VND", "amount": 50000, "merchant_order_id": "sig",
        "success_url": order.success_url, "failure_url": order.failure_url,
    });
    let request = |body: &Value| shop.authorised(Method::POST, "/api/merchant/generate-signature").json(body);
    assert_eq!(answer(request(&body)).await.1["content"]["signature"], json!(order.signature_hash));
    let mut foreign = body;
    foreign["portone_key"] = json!(other.key);
    assert_refused("foreign signature", &answer(request(&foreign)).await, 401, "4010");
}

#[tokio::test]
async fn accounts_never_meet() {
    let twin = twin();
    let (shop, other) =
        (merchant_with(&twin, json!({ "seed": 5 })).await, merchant_with(&twin, json!({ "seed": 5 })).await);
    assert_ne!(shop.key, other.key);
    let order_ref = shop.paid("same").await;
    let theirs = other.initiated("same", "SMARTPAY_QR").await;
    assert_ne!(order_ref, theirs);
    assert_eq!(other.status("same").await, "Initiated");
    let details = |asker: &Merchant, key: &str| {
        let request = asker.authorised(Method::POST, &format!("/api/{key}/transaction-details"));
        answer(request.json(&json!({ "order_ref": order_ref })))
    };
    assert_eq!(details(&shop, &shop.key).await.0, 200);
    assert_refused("foreign order", &details(&other, &other.key).await, 400, "4096");
    assert_refused("foreign path", &details(&other, &shop.key).await, 401, "4010");
    assert_refused("foreign refund", &other.refund(&order_ref, "full", 1.0).await, 400, "4096");
    let list = other.authorised(Method::GET, &format!("/api/refund/{order_ref}"));
    assert_refused("foreign refunds", &answer(list).await, 400, "4096");
    let hooks = other.authorised(Method::GET, &format!("/api/merchant/{}/webhook?environment=sandbox", shop.key));
    assert_refused("foreign webhooks", &answer(hooks).await, 401, "4010");
    assert_refused(
        "unknown order",
        &answer(shop.authorised(Method::GET, "/api/transaction/none/status")).await,
        400,
        "4096",
    );

    // The same seeds give the same twin.
    let again = self::twin();
    assert_eq!(merchant_with(&again, json!({ "seed": 5 })).await.key, shop.key);
}

#[tokio::test]
async fn a_merchant_who_is_not_set_up_cannot_initiate() {
    let twin = twin();
    let shop = merchant_with(&twin, json!({ "onboarding": { "whitelisted_ip": false } })).await;
    let order = json!(shop.order("1", "SMARTPAY_QR").signed(&shop.secret));
    for (flag, code) in [("whitelisted_ip", "5024"), ("portone_public_key", "4044"), ("smartpay_public_key", "4044")] {
        let all = json!({ "account": shop.key, "whitelisted_ip": true, "portone_public_key": true, "smartpay_public_key": true });
        let mut wish = all.clone();
        wish[flag] = json!(false);
        assert_eq!(shop.lever("onboarding", wish).await.0, 200);
        let refused = shop.initiate(&order).await;
        assert_refused(flag, &refused, 400, code);
        assert_eq!(refused.1["is_success"], false);
        assert_eq!(shop.lever("onboarding", all).await.0, 200);
    }
    assert_eq!(shop.initiate(&order).await.0, 200, "a refusal does not use up the order id");
}

#[tokio::test]
async fn an_order_expires_by_the_accounts_clock_and_can_be_updated_while_open() {
    let twin = twin();
    let shop = merchant(&twin).await;
    let order_ref = shop.initiated("late", "SMARTPAY_QR").await;
    let paid = shop.paid("paid").await;
    let advance = |seconds: i64| shop.lever("clock", json!({ "account": shop.key, "advance_seconds": seconds }));
    assert_eq!(advance(14 * 60 + 50).await.0, 200);
    assert_eq!(shop.status("late").await, "Initiated");
    let (_, moved) = advance(10).await;
    assert!(
        moved["now"].as_str().unwrap().parse::<Timestamp>().unwrap() > Timestamp::now() + SignedDuration::from_mins(14)
    );
    assert_eq!((shop.status("late").await, shop.status("paid").await), (json!("Expired"), json!("Success")));
    assert_eq!(shop.lever("payments", json!({ "account": shop.key, "order_ref": order_ref })).await.0, 409);
    assert_eq!(advance(-1).await.0, 400);

    let update = |id: &str, status: &str, secret: &Secret| {
        let body = StatusUpdate::signed(status, id, secret);
        answer(shop.authorised(Method::PUT, "/api/transaction/status").json(&body))
    };
    shop.initiated("cod", "SMARTPAY_QR").await;
    assert_refused("forged", &update("cod", "Success", &Secret::new("x")).await, 400, "4011");
    assert_refused("word", &update("cod", "Refunded", &shop.secret).await, 400, "4001");
    assert_eq!(update("cod", "Success", &shop.secret).await.0, 200);
    assert_eq!(shop.status("cod").await, "Success");
    assert_refused("concluded", &update("cod", "Failed", &shop.secret).await, 400, "4071");
    assert_refused("expired", &update("late", "Success", &shop.secret).await, 400, "4071");
    assert_refused("unknown", &update("none", "Success", &shop.secret).await, 400, "4096");
    assert_eq!(shop.status("cod").await, "Success");
    assert!(!paid.is_empty());
}

#[tokio::test]
async fn refunds_add_up_at_every_step() {
    let twin = twin();
    let shop = merchant(&twin).await;
    let open = shop.initiated("open", "SMARTPAY_QR").await;
    assert_refused("before payment", &shop.refund(&open, "full", 1.0).await, 400, "4070");
    let order_ref = shop.paid("paid").await;
    for (amount, code) in [(0.0, "4041"), (-5.0, "4041"), (0.001, "4041"), (50_000.5, "4081"), (1e300, "4041")] {
        assert_refused("amount", &shop.refund(&order_ref, "partial", amount).await, 400, code);
    }
    assert_refused("kind", &shop.refund(&order_ref, "half", 1.0).await, 400, "4001");
    let (status, first) = shop.refund(&order_ref, "partial", 20_000.5).await;
    assert_eq!((status, &first["amountToRefund"]), (200, &json!(29_999.5)));
    assert_eq!(first["refundDetails"][0]["refund_status"], "SUCCESS");
    assert_eq!(first.get("status_code"), None, "no envelope");

    let mode = |next: &str, says: &str| {
        shop.lever("refunds", json!({ "account": shop.key, "next": next, "smartpay_says": says }))
    };
    assert_eq!(mode("settle", "failed").await.0, 200);
    let (_, failed) = shop.refund(&order_ref, "partial", 9_999.5).await;
    assert_eq!(
        (&failed["amountToRefund"], &failed["refundDetails"][1]["refund_status"]),
        (&json!(29_999.5), &json!("FAILED"))
    );

    assert_eq!(mode("queue", "failed").await.0, 200);
    let (_, queued) = shop.refund(&order_ref, "partial", 9_999.5).await;
    assert_eq!(
        (&queued["amountToRefund"], &queued["refundDetails"][2]["refund_status"]),
        (&json!(20_000), &json!("IN_QUEUE"))
    );
    assert_refused("reserved", &shop.refund(&order_ref, "partial", 20_001.0).await, 400, "4081");

    // The operator settles against what SmartPay says, and cannot settle twice.
    let account = twin.twin().accounts.get(&shop.key).unwrap();
    let refund_id = queued["refundDetails"][2]["refund_id"].as_str().unwrap();
    let settled = account.settle(&order_ref, refund_id, true).unwrap();
    assert_eq!(settled.reconciliation(), Some("Operator's error: SmartPay says failed"));
    assert!(account.settle(&order_ref, refund_id, false).is_err());

    assert_eq!(mode("queue", "success").await.0, 200);
    let (_, rest) = shop.refund(&order_ref, "full", 1.0).await;
    assert_eq!((&rest["amountToRefund"], &rest["refundDetails"][3]["amount"]), (&json!(0), &json!(20_000)));
    assert_refused("nothing remains", &shop.refund(&order_ref, "full", 1.0).await, 400, "4070");
    let refund_id = rest["refundDetails"][3]["refund_id"].as_str().unwrap();
    account.settle(&order_ref, refund_id, false).unwrap();
    let (_, listed) = answer(shop.authorised(Method::GET, &format!("/api/refund/{order_ref}"))).await;
    assert_eq!((&listed["amountToRefund"], listed["refundDetails"].as_array().unwrap().len()), (&json!(20_000), 4));

    let ledger = shop.look("ledger").await;
    assert_eq!((&ledger["paid"], &ledger["refunded_or_queued"]), (&json!(50_000), &json!(30_000)));
    assert_eq!(ledger["orders"][1]["refunds"][2]["reconciliation"], "Operator's error: SmartPay says failed");
    assert_refused("unknown order", &shop.refund("none", "full", 1.0).await, 400, "4096");
}

/// A receiver that refuses its first deliveries.
#[derive(Clone, Default)]
struct Inbox {
    refuse: Arc<Mutex<u32>>,
    received: Arc<Mutex<Vec<String>>>,
}

impl Inbox {
    async fn listen(refuse: u32) -> (Self, String) {
        let inbox = Self { refuse: Arc::new(Mutex::new(refuse)), ..Self::default() };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://hooks.localhost:{}/hook", listener.local_addr().unwrap().port());
        let receive = async |State(inbox): State<Self>, body: String| {
            let mut refuse = inbox.refuse.lock().unwrap();
            if *refuse > 0 {
                *refuse -= 1;
                return Http::SERVICE_UNAVAILABLE;
            }
            inbox.received.lock().unwrap().push(body);
            Http::OK
        };
        let router = axum::Router::new().route("/hook", post(receive)).with_state(inbox.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (inbox, url)
    }

    async fn wait_for(&self, count: usize) -> Vec<String> {
        let deadline = Instant::now() + Duration::from_secs(5);
        loop {
            let received = self.received.lock().unwrap().clone();
            if received.len() >= count {
                return received;
            }
            assert!(Instant::now() < deadline, "{} of {count} webhooks came within 5 s", received.len());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test]
async fn webhooks_are_signed_ordered_and_retried_and_every_attempt_is_visible() {
    let twin = twin();
    let shop = merchant(&twin).await;
    let ((payments, payments_url), (refunds, refunds_url)) = (Inbox::listen(2).await, Inbox::listen(0).await);
    let (status, registered) = shop.register("payment_status", &payments_url).await;
    assert_eq!(
        (status, &registered["content"]["enabled"], &registered["content"]["type"]),
        (200, &json!(true), &json!("payment_status"))
    );
    assert_eq!(shop.register("refund_status", &refunds_url).await.0, 200);
    assert_refused("again", &shop.register("refund_status", &refunds_url).await, 400, "4001");
    assert_refused("type", &shop.register("nonsense", &refunds_url).await, 400, "4001");
    assert_refused("url", &shop.register("refund_status", "ftp://x").await, 400, "4001");
    let list = |environment: &str| {
        answer(shop.authorised(Method::GET, &format!("/api/merchant/{}/webhook?environment={environment}", shop.key)))
    };
    assert_eq!(list("sandbox").await.1["content"].as_array().unwrap().len(), 2);
    assert_eq!(list("live").await.1["content"], json!([]));
    assert_refused("environment", &list("").await, 400, "4001");

    let order_ref = shop.paid("one").await;
    shop.initiated("two", "SMARTPAY_ATM_CARD").await;
    shop.lever("clock", json!({ "account": shop.key, "advance_seconds": 900 })).await;
    let failed = shop.initiated("three", "SMARTPAY_ATM_CARD").await;
    shop.lever("payments", json!({ "account": shop.key, "order_ref": failed, "card": "9704000000000034" })).await;
    let told: Vec<PaymentWebhook> =
        payments.wait_for(3).await.iter().map(|body| serde_json::from_str(body).unwrap()).collect();
    let statuses: Vec<(&str, &str)> =
        told.iter().map(|webhook| (webhook.status.word(), webhook.status_code.as_str())).collect();
    assert_eq!(statuses, [("Success", "2000"), ("Expired", "4072"), ("Failed", "6002")]);
    assert!(told.iter().all(|webhook| webhook.verifies(&shop.secret)));
    assert_eq!((&told[0].order_ref, told[0].masked_card_number.as_str()), (&order_ref, "************1096"));
    assert!(told[0].created_at.ends_with(" +0000 UTC"));

    let attempts = shop.look("deliveries").await;
    let first: Vec<(&Value, &Value)> =
        attempts.as_array().unwrap().iter().take(3).map(|a| (&a["attempt"], &a["status"])).collect();
    assert_eq!(first, [(&json!(1), &json!(503)), (&json!(2), &json!(503)), (&json!(3), &json!(200))]);
    let at = |index: usize| attempts[index]["at"].as_str().unwrap().parse::<Timestamp>().unwrap();
    assert!(at(1) - at(0) >= SignedDuration::from_millis(200), "the second attempt backs off");

    // Queued refunds are not told before they are settled.
    shop.lever("refunds", json!({ "account": shop.key, "next": "queue" })).await;
    let (_, queued) = shop.refund(&order_ref, "partial", 1.0).await;
    shop.lever("refunds", json!({ "account": shop.key, "next": "settle" })).await;
    let (_, settled) = shop.refund(&order_ref, "partial", 2.0).await;
    let refund_id = queued["refundDetails"][0]["refund_id"].as_str().unwrap();
    twin.twin().accounts.get(&shop.key).unwrap().settle(&order_ref, refund_id, false).unwrap();
    let told: Vec<Value> = refunds.wait_for(2).await.iter().map(|body| serde_json::from_str(body).unwrap()).collect();
    assert_eq!((&told[0]["amount"], &told[0]["refund_status"]), (&json!(2), &json!("SUCCESS")));
    assert_eq!(told[0]["refund_id"], settled["refundDetails"][1]["refund_id"]);
    assert_eq!((&told[1]["refund_id"], &told[1]["refund_status"]), (&json!(refund_id), &json!("FAILED")));
    assert_eq!(told[1].get("signature_hash"), None);
}

#[tokio::test]
async fn pages_of_others_can_begin_look_at_and_end_a_payment() {
    let twin = twin();
    let shop = merchant(&twin).await;
    let ends = [
        ("cancelled", "4071"),
        ("too_many_otps", "4073"),
        ("wrong_card_data", "6011"),
        ("unknown_card", "6014"),
        ("expired", "4072"),
    ];
    for (number, (end, code)) in (0..).zip(ends) {
        let id = format!("A-{number}");
        let order_ref = shop.initiated(&id, "SMARTPAY_CREDIT_CARD").await;
        let (status, visited) =
            shop.lever("visits", json!({ "account": shop.key, "order_ref": order_ref, "lang": "vi" })).await;
        assert_eq!((status, &visited["status"], &visited["open"]), (200, &json!("Pending"), &json!(true)));
        let wish = json!({ "account": shop.key, "order_ref": order_ref, "end": end, "card": "5200000000001096" });
        assert_eq!(shop.lever("payments", wish).await.0, 400, "either a card or an end");
        let (status, ended) =
            shop.lever("payments", json!({ "account": shop.key, "order_ref": order_ref, "end": end })).await;
        let became = if end == "expired" { "Expired" } else { "Failed" };
        assert_eq!((status, &ended["status"]), (200, &json!(became)), "{end}");
        let back = ended["return_url"].as_str().unwrap();
        assert!(
            back.starts_with("https://shop.example/no?") && back.contains(&format!("status_code={code}&")),
            "{back}"
        );
        assert!(back.contains("lang=vi"), "{back}");
        let path = format!("/_twin/payments?account={}&order_ref={order_ref}", shop.key);
        let (status, told) = answer(shop.request(Method::GET, &path)).await;
        assert_eq!(
            (status, &told["open"], &told["amount"], &told["qr"]),
            (200, &json!(false), &json!(50_000), &Value::Null)
        );
        assert_eq!(told["return_url"], ended["return_url"]);
        assert_eq!(shop.lever("payments", json!({ "account": shop.key, "order_ref": order_ref })).await.0, 409);
    }
    let qr = shop.initiated("QR", "SMARTPAY_QR").await;
    let (_, told) =
        answer(shop.request(Method::GET, &format!("/_twin/payments?account={}&order_ref={qr}", shop.key))).await;
    assert!(told["qr"].as_str().unwrap().starts_with("000201"), "{told}");
    assert_eq!(told["status"], "Initiated", "looking begins nothing");
}

#[tokio::test]
async fn what_was_asked_and_refused_lately_can_be_looked_at() {
    let twin = twin();
    let shop = merchant(&twin).await;
    let forged = json!(shop.order("A-1", "SMARTPAY_QR").signed(&Secret::new("another secret")));
    assert_eq!(shop.initiate(&forged).await.0, 401);
    shop.initiated("A-1", "SMARTPAY_QR").await;
    assert_eq!(shop.status("A-1").await, "Initiated");
    let (_, calls) = answer(shop.request(Method::GET, "/_twin/calls")).await;
    let [refused, asked] = calls.as_array().unwrap().as_slice() else { panic!("{calls}") };
    assert_eq!((&refused["operation"], &refused["refusal"]["http_status"]), (&json!("initiatePayment"), &json!(401)));
    assert!(refused["refusal"]["message"].as_str().unwrap().contains("signature"), "{refused}");
    assert_eq!((&asked["merchant_order_ref"], &asked["refusal"]), (&json!("A-1"), &Value::Null));
    // They are counted on, and only the last are kept.
    for _ in 0..300 {
        shop.initiate(&forged).await;
    }
    let (_, calls) = answer(shop.request(Method::GET, "/_twin/calls")).await;
    let calls = calls.as_array().unwrap();
    assert_eq!((calls.len(), &calls[255]["number"]), (256, &json!(302)));
}

#[tokio::test]
async fn levers_name_what_they_do_not_understand() {
    let twin = twin();
    let shop = merchant(&twin).await;
    for (path, body, status, names) in [
        ("accounts", json!({ "sed": 1 }), 400, "sed"),
        ("accounts", json!({ "onboarding": { "ip": true } }), 400, "ip"),
        ("clock", json!({ "account": shop.key }), 400, "advance_seconds"),
        ("clock", json!({ "account": shop.key, "advance_seconds": "1" }), 400, "advance_seconds"),
        ("clock", json!({ "account": "x", "advance_seconds": 1 }), 404, "x"),
        ("refunds", json!({ "account": shop.key, "next": "later" }), 400, "later"),
        ("payments", json!({ "account": shop.key, "order_ref": "none" }), 404, "none"),
        ("payments", json!({ "account": shop.key, "order_ref": "none", "end": "paid" }), 400, "paid"),
        ("visits", json!({ "account": shop.key, "order_ref": "none" }), 404, "none"),
        ("visits", json!({ "account": shop.key, "order_ref": "none", "lang": "fr" }), 400, "lang"),
        ("nothing", json!({}), 404, "no such lever"),
        ("ledger", json!({}), 405, "method"),
    ] {
        let (code, body) = shop.lever(path, body).await;
        assert_eq!(code, status, "{path}");
        assert!(body["error"].as_str().unwrap().contains(names), "{path}: {body}");
    }
    for query in [
        "payments",
        "payments?account=x&order_ref=y",
        "payments?order_ref=y&account=x",
        "ledger",
        "ledger?account=x",
        "deliveries?account=",
        "deliveries?key=x",
    ] {
        let (code, _) = answer(shop.request(Method::GET, &format!("/_twin/{query}"))).await;
        assert!(code == 400 || code == 404, "{query}");
    }
    let (_, ready) = answer(shop.request(Method::GET, "/_twin/status")).await;
    assert_eq!(ready["ready"], true);
}

#[tokio::test]
async fn a_twin_is_ready_at_once_tells_its_hosts_apart_and_leaves_nothing_behind() {
    // The best of several, because other tests run beside this one.
    let start = || {
        let begun = Instant::now();
        let twin = twin();
        let mut stream = std::net::TcpStream::connect(twin.addr()).unwrap();
        stream.write_all(b"GET /_twin/status HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        begun.elapsed()
    };
    let fastest = (0..5).map(|_| start()).min().unwrap();
    assert!(fastest < Duration::from_millis(50), "{fastest:?}");
    let twin = twin();
    let shop = merchant(&twin).await;
    for host in ["shop", "acs", "portal"] {
        let name = format!("{host}.localhost:1");
        let response = shop.request(Method::GET, "/_twin/status").header("host", name).send().await.unwrap();
        assert_eq!(response.status(), 404, "levers do not answer on {host}");
    }
    let preflight = shop.request(Method::OPTIONS, "/api/initiatePayment").send().await.unwrap();
    assert_eq!(
        (preflight.status().as_u16(), &preflight.headers()["access-control-allow-origin"]),
        (204, &"*".parse().unwrap())
    );
    assert_eq!(twin.origin("shop"), format!("http://shop.localhost:{}", twin.addr().port()));
    let banner = twin.banner();
    assert!(banner.contains("TWIN_DEMO_KEY") && !banner.contains(shop.secret.expose()));
    assert!(Twin::start(TwinConfig { listen: twin.addr(), seed: 0 }).is_err(), "the address is taken");
    let addr = twin.addr();
    twin.stop();
    assert!(std::net::TcpStream::connect(addr).is_err());
    Twin::start(TwinConfig { listen: addr, seed: 0 }).unwrap();
}

#[tokio::test]
async fn levers_are_not_for_pages_of_other_origins() {
    let twin = twin();
    let shop = merchant(&twin).await;
    let port = twin.addr().port();
    for (origin, status) in [
        ("http://evil.example".to_owned(), 403),
        ("null".to_owned(), 403),
        (format!("http://shop.localhost.evil.example:{port}"), 403),
        (twin.origin("shop"), 201),
    ] {
        let answer = shop.request(Method::POST, "/_twin/accounts").header("origin", &origin).send().await.unwrap();
        assert_eq!(answer.status(), status, "{origin}");
        assert_eq!(answer.headers().get("access-control-allow-origin"), None, "{origin}");
    }
    let preflight = shop.request(Method::OPTIONS, "/_twin/clock").header("origin", "http://evil.example");
    assert_eq!(preflight.send().await.unwrap().status(), 403);
}

#[tokio::test]
async fn details_and_endpoints_are_written_as_documented() {
    let twin = twin();
    let shop = merchant(&twin).await;
    let order_ref = shop.initiated("new", "SMARTPAY_QR").await;
    let details = shop.authorised(Method::POST, &format!("/api/{}/transaction-details", shop.key));
    let (_, details) = answer(details.json(&json!({ "order_ref": order_ref }))).await;
    let content = &details["content"];
    assert_eq!(content["status"], "Initiated");
    assert_eq!(content.get("user_configured_field1"), None);
    assert_eq!((&content["status_code"], &content["status_reason"]), (&json!(""), &json!("")));

    let mut order = json!(shop.order("own", "SMARTPAY_QR").signed(&shop.secret));
    order["order_details"] = json!([{ "name": "only", "additional_details": { "customer_id": "123" } }, {}]);
    order["user_configured_field1"] = json!("one");
    order["user_configured_field5"] = json!("năm");
    let (_, own) = shop.initiate(&order).await;
    let details = shop.authorised(Method::POST, &format!("/api/{}/transaction-details", shop.key));
    let (_, details) = answer(details.json(&json!({ "order_ref": own["order_ref"] }))).await;
    let content = &details["content"];
    let item = &content["order_details"]["data"][0];
    assert_eq!((&item["product_name"], &item["additional_details"]["customer_id"]), (&json!("only"), &json!("123")));
    assert_eq!(
        (&content["user_configured_field1"], &content["user_configured_field5"]),
        (&json!("one"), &json!("năm"))
    );

    let (_, added) = shop.register("payment_status", "http://localhost:9/").await;
    assert!(added["content"]["created_at"].as_str().unwrap().ends_with(" +0000 UTC"), "{added}");
    let path = format!("/api/merchant/{}/webhook?environment=sandbox", shop.key);
    let (_, listed) = answer(shop.authorised(Method::GET, &path)).await;
    let created_at = listed["content"][0]["created_at"].as_str().unwrap();
    assert!(created_at.parse::<Timestamp>().is_ok() && created_at.len() == 27, "{created_at}");
}

#[tokio::test]
async fn texts_that_are_kept_have_limits() {
    let twin = twin();
    let shop = merchant(&twin).await;
    let order_ref = shop.paid("kept").await;
    for (field, length, accepted) in
        [("description", 1025, false), ("refund_reason", 1025, false), ("description", 1024, true)]
    {
        let mut body = json!({
            "amount": 1, "channel": "SMARTPAY", "description": "d", "environment": "sandbox",
            "refund_type": "partial", "refund_reason": "r",
        });
        body[field] = json!("x".repeat(length));
        let answered = answer(shop.authorised(Method::POST, &format!("/api/refund/{order_ref}")).json(&body)).await;
        if accepted {
            assert_eq!(answered.0, 200, "{}", answered.1);
        } else {
            assert_refused(field, &answered, 400, "4001");
            assert!(answered.1["message"].as_str().unwrap().contains(field));
        }
    }
    for (field, value) in [("name", "x".repeat(257)), ("url", format!("http://localhost/{}", "x".repeat(2048)))] {
        let mut body =
            json!({ "name": "n", "url": "http://localhost/", "type": "payment_status", "environment": "sandbox" });
        body[field] = json!(value);
        let path = format!("/api/merchant/{}/webhook", shop.key);
        let refused = answer(shop.authorised(Method::POST, &path).json(&body)).await;
        assert_refused(field, &refused, 400, "4001");
        assert!(refused.1["message"].as_str().unwrap().contains(field));
    }
}

#[tokio::test]
async fn parallel_requests_create_an_order_once() {
    let twin = twin();
    let shop = merchant(&twin).await;
    let body = json!(shop.order("once", "SMARTPAY_QR").signed(&shop.secret));
    let answers = futures::future::join_all((0..20).map(|_| shop.initiate(&body))).await;
    assert_eq!(answers.iter().filter(|(status, _)| *status == 200).count(), 1);
    assert_eq!(answers.iter().filter(|(_, body)| body["status_code"] == "4002").count(), 19);
}
