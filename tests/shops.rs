//! The shops in `examples/`, each a process of its own beside a twin: paid, refunded, lied to and flooded over real HTTP.

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail it by panicking")]
#![expect(clippy::print_stdout, reason = "what is skipped is said")]

use futures::future::join_all;
use jiff::Timestamp;
use reqwest::{Client, Method, Response, redirect::Policy};
use serde_json::{Value, json};
use smartpay_conformance::{
    twin::{RunningTwin, Twin, TwinConfig},
    wire::{InitiatePayment, PaymentWebhook, Redirect, Secret, mint},
};
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{Mutex, OnceLock, mpsc},
    time::{Duration, Instant},
};

const AMOUNT: u64 = 90_000;
/// What operators of the shops say who they are by.
const OPERATOR: &str = "a-token-of-operators";
/// How long anything may take; a wait ends as soon as what it waits for is there.
const DEADLINE: Duration = Duration::from_secs(20);

/// The reference shop, built where this test was built.
fn reference() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        let profile = test.ancestors().nth(2).unwrap();
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(env!("CARGO_MANIFEST_DIR")).args(["build", "--quiet", "--locked", "--example", "shop"]);
        cargo.arg("--target-dir").arg(profile.parent().unwrap());
        if profile.ends_with("release") {
            cargo.arg("--release");
        }
        assert!(cargo.status().unwrap().success(), "the shop was not built");
        profile.join("examples/shop")
    })
}

/// The command of a shop in another language, or nothing where that language is not installed.
fn script(interpreter: &str, file: &str) -> Option<Command> {
    if Command::new(interpreter).arg("--version").output().is_err() {
        println!("skipped: {interpreter} is not installed");
        return None;
    }
    let mut command = Command::new(interpreter);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(file));
    Some(command)
}

/// A shop that runs until this is dropped, whatever becomes of the test.
struct Process {
    child: Child,
    address: String,
    log: PathBuf,
    _folder: tempfile::TempDir,
}

impl Process {
    fn start(mut command: Command, base: &str, key: &str, secret: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        command.args(["--listen", "127.0.0.1:0"]).env_remove("SHOP_URL").env("NO_PROXY", "127.0.0.1");
        command.env("PORTONE_BASE_URL", base).env("PORTONE_SDK_URL", "http://static.localhost:1/portone.js");
        command.env("PORTONE_KEY", key).env("PORTONE_SECRET", secret);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(std::fs::File::create(&log).unwrap());
        let mut child = command.spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut process = Self { child, address: String::new(), log, _folder: folder };
        let (sender, first) = mpsc::channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            // A test that waits no longer does not care.
            let _ = sender.send(said.read_line(&mut line).map(|_| line));
        });
        let line = first.recv_timeout(DEADLINE).expect("the shop said nothing").unwrap();
        let address = line.trim().strip_prefix("The shop listens on ").map(str::to_owned);
        process.address = address.unwrap_or_else(|| panic!("the shop did not start: {line}{}", process.log()));
        process
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended already cannot be ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A twin, a shop beside it, and everything the shop ever answered.
struct Street {
    twin: RunningTwin,
    shop: Process,
    http: Client,
    key: String,
    secret: String,
    answers: Mutex<Vec<String>>,
}

/// An answer, read.
struct Said {
    status: u16,
    location: String,
    policy: String,
    challenge: String,
    body: String,
}

impl Said {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

impl Street {
    async fn open(mut command: Command) -> Self {
        let twin = Twin::start(TwinConfig::default()).unwrap();
        let http = Client::builder().no_proxy().redirect(Policy::none()).timeout(DEADLINE).build().unwrap();
        let base = format!("http://{}", twin.addr());
        let account = http.post(format!("{base}/_twin/accounts")).send().await.unwrap().json::<Value>().await.unwrap();
        let (key, secret) =
            (account["key"].as_str().unwrap().to_owned(), account["secret"].as_str().unwrap().to_owned());
        command.env("SHOP_OPERATOR_TOKEN", OPERATOR);
        let shop = Process::start(command, &base, &key, &secret);
        Self { twin, shop, http, key, secret, answers: Mutex::default() }
    }

    fn signer(&self) -> Secret {
        Secret::new(self.secret.clone())
    }

    async fn read(&self, response: Response) -> Said {
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (status, location) = (response.status().as_u16(), header("location").unwrap_or_default());
        let (policy, headers) =
            (header("content-security-policy").unwrap_or_default(), format!("{:?}", response.headers()));
        let challenge = header("www-authenticate").unwrap_or_default();
        let body = response.text().await.unwrap();
        self.answers.lock().unwrap().push(format!("{headers}{body}"));
        Said { status, location, policy, challenge, body }
    }

    async fn get(&self, path: &str) -> Said {
        let address = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.shop.address) };
        self.read(self.http.get(address).send().await.unwrap()).await
    }

    async fn post(&self, path: &str, body: &Value) -> Said {
        let request = self.http.post(format!("{}{path}", self.shop.address)).json(body);
        self.read(request.send().await.unwrap()).await
    }

    async fn raw(&self, path: &str, body: Vec<u8>) -> Said {
        self.read(self.http.post(format!("{}{path}", self.shop.address)).body(body).send().await.unwrap()).await
    }

    async fn api(&self, method: Method, path: &str, body: &Value) -> Value {
        let token = mint(&self.key, &self.signer(), Timestamp::now(), 100);
        let request = self.http.request(method, format!("http://{}{path}", self.twin.addr())).bearer_auth(token);
        let request = request.header("X-Portone-Client-Key", &self.key).json(body);
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn lever(&self, name: &str, mut wish: Value) -> Value {
        wish["account"] = json!(self.key);
        self.api(Method::POST, &format!("/_twin/{name}"), &wish).await
    }

    /// The twin's entry of an order.
    async fn entry(&self, id: &str) -> Value {
        let ledger = self.api(Method::GET, &format!("/_twin/ledger?account={}", self.key), &json!(null)).await;
        let orders = ledger["orders"].as_array().unwrap();
        orders
            .iter()
            .find(|order| order["merchant_order_ref"] == id)
            .unwrap_or_else(|| panic!("no {id}: {ledger}"))
            .clone()
    }

    async fn order_with(&self, wish: &Value) -> String {
        let said = self.post("/api/orders", wish).await;
        assert_eq!(said.status, 201, "{}", said.body);
        assert!(said.json()["redirect_url"].as_str().unwrap().starts_with("http"), "{}", said.body);
        let id = said.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(self.order(&id).await["status"], "PENDING");
        id
    }

    async fn new_order(&self) -> String {
        self.order_with(&json!({ "amount": AMOUNT, "method": "SMARTPAY_CREDIT_CARD" })).await
    }

    async fn order(&self, id: &str) -> Value {
        let said = self.get(&format!("/api/orders/{}", path_part(id))).await;
        assert_eq!(said.status, 200, "{}", said.body);
        said.json()
    }

    async fn page(&self, id: &str) -> String {
        let said = self.get(&format!("/orders/{}", path_part(id))).await;
        assert_eq!(said.status, 200);
        assert!(said.policy.starts_with("default-src 'self'"), "{}", said.policy);
        said.body
    }

    async fn stays(&self, id: &str, status: &str) {
        assert_eq!(self.order(id).await["status"], status, "{id}: {}", self.shop.log());
    }

    async fn becomes(&self, id: &str, status: &str) {
        let began = Instant::now();
        loop {
            let order = self.order(id).await;
            if order["status"] == status {
                assert_eq!(
                    (&order["id"], &order["amount"], &order["currency"]),
                    (&json!(id), &json!(AMOUNT), &json!("VND"))
                );
                return;
            }
            assert!(began.elapsed() < DEADLINE, "{id} did not become {status}: {order} {}", self.shop.log());
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    async fn pay(&self, id: &str, mut how: Value) -> Value {
        how["order_ref"] = self.entry(id).await["order_ref"].clone();
        self.lever("payments", how).await
    }

    async fn paid(&self) -> String {
        let id = self.new_order().await;
        self.pay(&id, json!({})).await;
        self.becomes(&id, "PAID").await;
        id
    }

    async fn refund(&self, id: &str, wish: &Value) -> Said {
        self.refund_by(Some(&format!("Bearer {OPERATOR}")), id, wish).await
    }

    async fn refund_by(&self, authorization: Option<&str>, id: &str, wish: &Value) -> Said {
        let address = format!("{}/api/orders/{}/refunds", self.shop.address, path_part(id));
        let mut request = self.http.post(address).json(wish);
        if let Some(authorization) = authorization {
            request = request.header("Authorization", authorization);
        }
        self.read(request.send().await.unwrap()).await
    }

    /// A payment webhook of an order, as it would be once that is paid, and not signed.
    async fn webhook(&self, id: &str) -> PaymentWebhook {
        let entry = self.entry(id).await;
        let account = self.twin.twin().accounts.get(&self.key).unwrap();
        let order = account.order(entry["order_ref"].as_str().unwrap()).unwrap();
        PaymentWebhook { status: "Success".into(), ..account.payment_webhook(&order) }
    }

    async fn send(&self, webhook: &PaymentWebhook) -> u16 {
        self.post("/webhooks/portone", &json!(webhook)).await.status
    }

    /// The parameters of an order's redirect, not signed.
    async fn redirect(&self, id: &str, status: &str) -> Vec<(String, String)> {
        let entry = self.entry(id).await;
        let text = |name: &str| entry[name].as_str().unwrap().to_owned();
        [
            ("amount", AMOUNT.to_string()),
            ("currency", "VND".to_owned()),
            ("channel_order_ref", text("channel_order_ref")),
            ("merchant_order_ref", id.to_owned()),
            ("order_ref", text("order_ref")),
            ("status", status.to_owned()),
            ("message", "<script>alert(1)</script>".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    async fn comes_back(&self, redirect: &Redirect, for_order: &str) -> Said {
        let part: String = url::form_urlencoded::byte_serialize(for_order.as_bytes()).collect();
        self.get(&redirect.url(&format!("{}/return/success?shop_order={part}", self.shop.address))).await
    }

    fn tells_no_secret(&self) {
        for secret in [&self.secret, OPERATOR] {
            for answer in self.answers.lock().unwrap().iter() {
                assert!(!answer.contains(secret), "{answer}");
            }
            assert!(!self.shop.log().contains(secret), "{}", self.shop.log());
        }
    }
}

fn path_part(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// Everything that a shop must do, in one go: what takes time goes on while the next thing is looked at.
async fn does_business(command: impl Fn() -> Command) {
    let street = Street::open(command()).await;
    assert_eq!(street.get("/health").await.status, 200);
    nonsense_is_refused(&street).await;
    without_webhooks(&street).await;
    for kind in ["payment_status", "refund_status"] {
        let url = format!("{}/webhooks/portone", street.shop.address);
        let endpoint = json!({ "name": "shop", "url": url, "type": kind, "environment": "sandbox" });
        street.api(Method::POST, &format!("/api/merchant/{}/webhook", street.key), &endpoint).await;
    }
    webhooks(&street).await;
    redirects(&street).await;
    refunds(&street).await;
    buttons(&street).await;
    street.tells_no_secret();

    let mut command = command();
    command.env_remove("SHOP_OPERATOR_TOKEN");
    let alone = Process::start(command, "http://127.0.0.1:1", "K", "the secret of an unreachable one");
    let street = Street { shop: alone, ..street };
    for authorization in [None, Some("Bearer "), Some("Bearer undefined")] {
        let said = street.refund_by(authorization, "none", &json!({})).await;
        assert_eq!(said.status, 403, "{}", said.body);
        assert!(said.json()["error"].as_str().unwrap().contains("SHOP_OPERATOR_TOKEN"), "{}", said.body);
    }
    let order = json!({ "amount": AMOUNT, "method": "SMARTPAY_QR" });
    assert_eq!(street.post("/api/orders", &order).await.status, 502);
    let cart = street.get("/checkout?amount=90000&method=SMARTPAY_QR").await.location;
    let cart = cart.split_once("cart=").unwrap().1.to_owned();
    for _ in 0..2 {
        assert_eq!(street.raw("/checkout", format!("cart={cart}").into()).await.status, 502);
    }
    assert_eq!(street.get("/health").await.status, 200);
}

async fn nonsense_is_refused(street: &Street) {
    for order in [
        json!(null),
        json!([]),
        json!({}),
        json!({ "amount": 0, "method": "SMARTPAY_QR" }),
        json!({ "amount": -1, "method": "SMARTPAY_QR" }),
        json!({ "amount": 1.5, "method": "SMARTPAY_QR" }),
        json!({ "amount": "90000", "method": "SMARTPAY_QR" }),
        json!({ "amount": 10_000_000_000_000_u64, "method": "SMARTPAY_QR" }),
        json!({ "amount": AMOUNT, "method": "PAYPAL" }),
        json!({ "amount": AMOUNT, "method": ["SMARTPAY_QR"] }),
        json!({ "amount": AMOUNT, "method": "SMARTPAY_QR", "id": "" }),
        json!({ "amount": AMOUNT, "method": "SMARTPAY_QR", "id": ".." }),
        json!({ "amount": AMOUNT, "method": "SMARTPAY_QR", "id": 7 }),
        json!({ "amount": AMOUNT, "method": "SMARTPAY_QR", "id": "x".repeat(513) }),
        json!({ "amount": AMOUNT, "method": "SMARTPAY_QR", "description": "x".repeat(1025) }),
    ] {
        let said = street.post("/api/orders", &order).await;
        assert_eq!(said.status, 400, "{order}: {}", said.body);
        assert!(said.json()["error"].is_string(), "{}", said.body);
    }
    for path in ["/webhooks/portone", "/api/orders", "/embedded/pay"] {
        for body in
            [&b"\xff\xfe{"[..], b"{\"amount\":", b"", &b"[".repeat(50_000), b"[1]", b"\"x\"", b"{\"amount\":1e999}"]
        {
            let status = street.raw(path, body.to_vec()).await.status;
            assert!((400..500).contains(&status), "{path} {body:?}: {status}");
        }
        let status = street.raw(path, vec![b' '; 300_000]).await.status;
        assert_eq!(status, 413, "{path}");
    }
    for path in ["/orders/none", "/api/orders/none", "/checkout?cart=none", "/nowhere"] {
        assert_eq!(street.get(path).await.status, 404, "{path}");
    }
    for path in [
        "/orders/%ff",
        "/checkout",
        "/checkout?amount=1e3&method=SMARTPAY_QR",
        "/return/success",
        "/return/failure?%ff=%",
    ] {
        let status = street.get(path).await.status;
        assert!((400..500).contains(&status), "{path}: {status}");
    }
    let elsewhere =
        street.http.post(format!("{}/api/orders", street.shop.address)).header("Origin", "http://evil.example");
    let elsewhere = elsewhere.json(&json!({ "amount": AMOUNT, "method": "SMARTPAY_QR" })).send().await.unwrap();
    assert_eq!(street.read(elsewhere).await.status, 403);
}

/// Polling books what no webhook tells.
async fn without_webhooks(street: &Street) {
    let id = "đơn hàng ~*1 &=+";
    let wish = json!({ "amount": AMOUNT, "method": "SMARTPAY_ATM_CARD", "id": id, "description": "<img src=x onerror=alert(1)>" });
    street.order_with(&wish).await;
    assert_eq!(street.post("/api/orders", &wish).await.status, 409);
    let page = street.page(id).await;
    assert!(page.contains("&lt;img src=x") || page.contains("&#60;img src=x"), "{page}");
    assert!(page.contains("90.000 ₫") && !page.contains("<img"), "{page}");
    let cancelled = street.new_order().await;
    street.pay(id, json!({})).await;
    street.pay(&cancelled, json!({ "end": "cancelled" })).await;
    street.becomes(id, "PAID").await;
    street.becomes(&cancelled, "FAILED").await;
    let said = street.entry(&cancelled).await["status_channel_reason"].as_str().unwrap().to_owned();
    let page = street.page(&cancelled).await;
    assert!(page.contains("<p class=\"state\">The payment failed</p>") && page.contains(&said), "{page}");
    assert_eq!(street.refund(&cancelled, &json!({})).await.status, 409);
    assert_eq!(street.entry(id).await["amount"], AMOUNT);
}

async fn webhooks(street: &Street) {
    let id = street.new_order().await;
    let genuine = street.webhook(&id).await.signed(&street.signer());
    let sign = |webhook: PaymentWebhook| webhook.signed(&street.signer());
    let forged = genuine.clone().signed(&Secret::new("another"));
    assert_eq!(street.send(&forged).await, 401);
    assert_eq!(street.send(&PaymentWebhook { amount: 1.into(), ..genuine.clone() }).await, 401);
    let mut unsigned = json!(genuine);
    unsigned.as_object_mut().unwrap().remove("signature_hash");
    assert_eq!(street.post("/webhooks/portone", &unsigned).await.status, 401);
    for misfit in [
        PaymentWebhook { amount: 1.into(), ..genuine.clone() },
        PaymentWebhook { currency: "USD".into(), ..genuine.clone() },
        PaymentWebhook { channel_key: "OTHER".into(), ..genuine.clone() },
        PaymentWebhook { order_ref: "another".into(), ..genuine.clone() },
        PaymentWebhook { status: "Undreamt".into(), ..genuine.clone() },
        PaymentWebhook { merchant_order_ref: "unknown".into(), ..genuine.clone() },
    ] {
        assert_eq!(street.send(&sign(misfit)).await, 200);
    }
    street.stays(&id, "PENDING").await;
    assert_eq!(street.get("/api/orders/unknown").await.status, 404);

    // Polling cannot have booked this: the twin has no such payment.
    let vietnamese = sign(PaymentWebhook { method_name: "Thẻ tín dụng".into(), ..genuine.clone() });
    let together = join_all((0..10).map(|_| street.send(&vietnamese))).await;
    assert_eq!(together, [200; 10]);
    street.becomes(&id, "PAID").await;
    for status in ["Pending", "Failed", "Success"] {
        assert_eq!(street.send(&sign(PaymentWebhook { status: status.into(), ..genuine.clone() })).await, 200);
    }
    street.becomes(&id, "PAID").await;

    // Paid for real, and a failed one that only a webhook calls paid.
    let id = street.paid().await;
    let delivered = street.api(Method::GET, &format!("/_twin/deliveries?account={}", street.key), &json!(null)).await;
    assert!(delivered.as_array().unwrap().iter().all(|attempt| attempt["status"] == 200), "{delivered}");
    street.stays(&id, "PAID").await;
    let failed = street.new_order().await;
    street.pay(&failed, json!({ "end": "too_many_otps" })).await;
    street.becomes(&failed, "FAILED").await;
    let claim = sign(street.webhook(&failed).await);
    let flood = join_all((0..200).map(|_| street.send(&claim))).await;
    assert!(flood.iter().all(|status| *status == 200), "{flood:?}");
    street.stays(&failed, "FAILED").await;
}

async fn redirects(street: &Street) {
    let (id, other) = (street.new_order().await, street.paid().await);
    let signed = |pairs: Vec<(String, String)>| Redirect::signed(pairs, &street.signer());
    let parameters = street.redirect(&id, "Success").await;
    let pending = street.redirect(&id, "Pending").await;
    let text = |redirect: Redirect| redirect.url("").trim_start_matches('?').to_owned();
    let doubled = format!("status=Success&{}", text(signed(pending.clone())));
    let tampered = text(signed(pending.clone())).replace("status=Pending", "status=Success");
    let cheaper = text(signed(parameters.clone())).replace("amount=90000", "amount=1");
    let unsigned = text(signed(parameters.clone())).split("&signature_hash").next().unwrap().to_owned();
    for query in [doubled, tampered, cheaper, unsigned] {
        let said = street.comes_back(&Redirect::parse(&query), &id).await;
        assert_eq!(said.status, 400, "{query}: {}", said.body);
        assert!(said.body.contains("We could not confirm") && !said.body.contains("alert(1)"), "{}", said.body);
    }
    let of_other = signed(street.redirect(&other, "Success").await);
    assert_eq!(street.comes_back(&of_other, &id).await.status, 400);
    street.stays(&id, "PENDING").await;
    let genuine = street.comes_back(&signed(parameters), &id).await;
    assert_eq!(genuine.status, 200);
    assert!(genuine.body.contains("Waiting for the payment") && !genuine.body.contains("alert(1)"), "{}", genuine.body);
    street.stays(&id, "PENDING").await;

    let back = street.pay(&id, json!({})).await["return_url"].as_str().unwrap().to_owned();
    assert!(back.starts_with(&format!("{}/return/success?", street.shop.address)), "{back}");
    let said = street.get(&back).await;
    assert_eq!(said.status, 200, "{}", said.body);
    assert!(said.body.contains("<p class=\"state\">Paid</p>") && said.body.contains("90.000 ₫"), "{}", said.body);
    assert_eq!(street.refund(&id, &json!({})).await.status, 202);
    assert_eq!(street.get(&back).await.status, 200);
    street.stays(&id, "REFUNDED").await;
}

async fn refunds(street: &Street) {
    let id = street.paid().await;
    strangers_refund_nothing(street, &id).await;
    for nonsense in [json!([]), json!({ "amount": 0 }), json!({ "amount": "1" }), json!({ "amount": -1 })] {
        assert_eq!(street.refund(&id, &nonsense).await.status, 400, "{nonsense}");
    }
    assert_eq!(street.refund(&id, &json!({ "amount": AMOUNT + 1 })).await.status, 409);
    assert_eq!(street.refund("none", &json!({})).await.status, 404);
    let said = street.refund(&id, &json!({ "amount": 30_000 })).await;
    assert_eq!((said.status, &said.json()["refunded"]), (202, &json!(30_000)));
    street.becomes(&id, "PARTLY_REFUNDED").await;
    assert!(street.page(&id).await.contains("30.000 ₫ of 90.000 ₫"));
    assert_eq!(street.refund(&id, &json!({ "amount": 60_001 })).await.status, 409);
    // Two at the same moment are no more than the payment.
    let (wish, all) = (json!({ "amount": 60_000 }), json!({}));
    let both = [street.refund(&id, &wish), street.refund(&id, &all)];
    let mut statuses: Vec<u16> = join_all(both).await.iter().map(|said| said.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 409]);
    street.becomes(&id, "REFUNDED").await;
    assert_eq!(street.order(&id).await["refunded"], AMOUNT);
    assert_eq!(street.refund(&id, &json!({})).await.status, 409);

    street.lever("refunds", json!({ "next": "queue" })).await;
    for (successful, part, end) in [(false, None, "PAID"), (true, Some(AMOUNT), "REFUNDED")] {
        let id = street.paid().await;
        let said = street.refund(&id, &part.map_or(json!({}), |part| json!({ "amount": part }))).await;
        assert_eq!((said.status, &said.json()["status"]), (202, &json!("PAID")), "{}", said.body);
        assert!(street.page(&id).await.contains("refund pending"));
        assert_eq!(street.refund(&id, &json!({})).await.status, 409);
        let entry = street.entry(&id).await;
        let refund_id = entry["refunds"][0]["refund_id"].clone();
        let forged = json!({
            "refund_id": refund_id, "amount": AMOUNT, "currency": "VND", "refund_status": "SUCCESS", "refund_type": "full",
            "payment_txn_ref": entry["order_ref"], "payment_channel": "SMARTPAY",
        });
        let flood = join_all((0..50).map(|_| street.post("/webhooks/portone", &forged))).await;
        assert!(flood.iter().all(|said| said.status == 200));
        street.stays(&id, "PAID").await;
        let wish = json!({ "order_ref": entry["order_ref"], "refund_id": refund_id, "successful": successful });
        street.lever("settlements", wish).await;
        street.becomes(&id, end).await;
        let began = Instant::now();
        while street.page(&id).await.contains("refund pending") {
            assert!(began.elapsed() < DEADLINE, "the refund still waits: {}", street.shop.log());
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        street.stays(&id, end).await;
    }
    street.lever("refunds", json!({ "next": "settle" })).await;
}

/// Neither the order nor what is wished for matters to somebody who is no operator.
async fn strangers_refund_nothing(street: &Street, paid: &str) {
    let (longer, shorter) = (format!("Bearer {OPERATOR}s"), format!("Bearer {}", &OPERATOR[1..]));
    let (other, joined) = (format!("Basic {OPERATOR}"), format!("Bearer{OPERATOR}"));
    let wrong = ["", "Bearer", "Bearer ", "Bearer another", "Bearer é", OPERATOR, &longer, &shorter, &other, &joined];
    for stranger in wrong.map(Some).into_iter().chain([None]) {
        for (id, wish) in [(paid, json!({})), (paid, json!({ "amount": 1 })), (paid, json!([])), ("none", json!({}))] {
            let said = street.refund_by(stranger, id, &wish).await;
            assert_eq!((said.status, said.challenge.as_str()), (401, "Bearer"), "{stranger:?} {id}: {}", said.body);
            assert!(said.json()["error"].is_string(), "{}", said.body);
        }
    }
    street.stays(paid, "PAID").await;
    assert_eq!(street.order(paid).await["refunded"], 0);
    assert_eq!(street.entry(paid).await["refunds"], json!([]));
    for scheme in ["bearer", "BEARER "] {
        let said = street.refund_by(Some(&format!("{scheme} {OPERATOR}")), "none", &json!({})).await;
        assert_eq!(said.status, 404, "{}", said.body);
    }
}

/// One order per cart, whatever is pressed how often; and the payment through the SDK.
async fn buttons(street: &Street) {
    let opened = street.get("/checkout?amount=90000&method=SMARTPAY_QR&id=button").await;
    assert_eq!(opened.status, 303);
    let page = street.get(&opened.location).await;
    assert!(page.body.contains("90.000 ₫") && page.body.contains("Pay now"), "{}", page.body);
    let token = |page: &str| page.split("name=\"cart\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let press = async || street.raw("/checkout", format!("cart={}", token(&page.body)).into()).await;
    let pressed = join_all((0..5).map(|_| press())).await;
    assert_eq!(pressed[0].status, 303, "{}", pressed[0].body);
    assert!(pressed.iter().all(|said| said.location == pressed[0].location));
    assert_eq!(press().await.location, pressed[0].location);
    street.pay("button", json!({})).await;
    street.becomes("button", "PAID").await;
    assert_eq!(press().await.location, "/orders/button");

    let opened = street.get("/embedded?amount=90000&method=SMARTPAY_ATM_CARD&id=in+page").await;
    let page = street.get(&opened.location).await;
    assert!(page.policy.contains("script-src 'self' http://static.localhost:1;"), "{}", page.policy);
    assert!(page.policy.contains("http://api.localhost:1 "), "{}", page.policy);
    assert_eq!(street.get("/embedded.js").await.status, 200);
    let cart = json!({ "cart": token(&page.body) });
    let said = street.post("/embedded/pay", &cart).await.json();
    let order: InitiatePayment = serde_json::from_value(said["payload"].clone()).unwrap();
    assert_eq!((order.merchant_order_id.as_str(), &said["portOneKey"]), ("in page", &json!(street.key)));
    street.api(Method::POST, "/api/initiatePayment", &said["payload"]).await;
    assert_eq!(street.post("/embedded/pay", &cart).await.json()["payload"], said["payload"]);
    // PortOne takes an id once: asked for in another way, too, the order would get lost.
    let mixed = street.raw("/checkout", format!("cart={}", token(&page.body)).into()).await;
    assert_eq!(mixed.status, 409, "{}", mixed.body);
    street.pay("in page", json!({})).await;
    street.becomes("in page", "PAID").await;
    assert_eq!(street.post("/embedded/pay", &cart).await.json()["page"], "/orders/in%20page");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reference_shop_does_business() {
    does_business(|| Command::new(reference())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_shop_in_node_does_business() {
    if script("node", "shop.mjs").is_some() {
        does_business(|| script("node", "shop.mjs").unwrap()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_shop_in_python_does_business() {
    if script("python3", "shop.py").is_some() {
        does_business(|| script("python3", "shop.py").unwrap()).await;
    }
}

fn ends(mut command: Command) -> Output {
    command.env_remove("PORTONE_KEY").env_remove("PORTONE_SECRET").stdin(Stdio::null()).output().unwrap()
}

#[test]
fn what_a_shop_lacks_it_says_in_one_line() {
    let scripts = [script("node", "shop.mjs"), script("python3", "shop.py")].into_iter().flatten();
    for command in [Command::new(reference())].into_iter().chain(scripts) {
        let output = ends(command);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{said}");
        assert!(said.contains("PORTONE_KEY"), "{said}");
    }
}

#[test]
fn every_defect_is_known_and_no_other() {
    let mut command = Command::new(reference());
    command.arg("--defects");
    let listed = String::from_utf8(ends(command).stdout).unwrap();
    let ids: Vec<&str> = listed.lines().map(|line| line.split_once('\t').unwrap().0).collect();
    assert!(ids.len() >= 36, "{listed}");
    for id in &ids {
        let mut command = Command::new(reference());
        command.args(["--defect", id]);
        drop(Process::start(command, "http://127.0.0.1:1", "K", "S"));
    }
    let mut command = Command::new(reference());
    command.args(["--defect", "no-such-defect"]);
    let output = command.env("PORTONE_KEY", "K").env("PORTONE_SECRET", "S").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("no-such-defect"), "{said}");
}
