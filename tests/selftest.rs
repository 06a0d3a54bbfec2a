//! Every check can fail: faults switched on in a twin, and the suite under them.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use serde_json::{Value, json};
use smartpay_conformance::{
    catalog::{FaultKind, Seam, faults},
    twin::{RunningTwin, Twin, TwinConfig},
    wire::{InitiatePayment, Secret, qr::QrPayload},
};
use std::{collections::HashMap, path::Path, process::Command};

fn program(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smartpay-conformance"));
    let output = command.current_dir(folder).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// The part of the kill matrix that every test run proves again: faults that are noticed over HTTP, within seconds each.
#[test]
fn every_fault_that_is_noticed_over_http_is_killed_by_its_own_requirement() {
    let quick: Vec<&str> = faults()
        .iter()
        .filter(|fault| match &fault.at {
            Seam::Request(matcher) | Seam::Answer(matcher) => matcher.host.is_none(),
            Seam::Webhook(_) => true,
            _ => false,
        })
        .filter(|fault| fault.kind != FaultKind::Documentation)
        .filter(|fault| {
            ["API-", "HOOK-", "ONB-", "REF-", "QUEUE-01", "PAYLOAD-"]
                .iter()
                .any(|area| fault.requirement.starts_with(area))
        })
        .map(|fault| fault.id.as_str())
        .collect();
    assert!(quick.len() >= 60, "{}", quick.len());
    let folder = tempfile::tempdir().unwrap();
    let mut args = vec!["selftest", "--format", "json"];
    args.extend(&quick);
    let (code, stdout, stderr) = program(folder.path(), &args);
    let matrix: Value = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}{stderr}"));
    let standing: HashMap<&str, &Value> = matrix["trials"]
        .as_array()
        .unwrap()
        .iter()
        .map(|trial| (trial["fault"]["id"].as_str().unwrap(), &trial["standing"]))
        .collect();
    for id in &quick {
        assert_eq!(standing[id], "killed", "{id}: {stderr}");
    }
    assert_eq!(code, 0, "{stderr}");
    let page = std::fs::read_to_string(folder.path().join("conformance-out/selftest/kill-matrix.md")).unwrap();
    assert!(page.contains("| `signature-not-checked` | security | API-04 |"), "{page}");
    let report = std::fs::read_to_string(folder.path().join("conformance-out/selftest/clean/report.html")).unwrap();
    let told = format!("deviate in {0} ways, one after the other; {0} of them were noticed", quick.len());
    assert!(report.contains(&told), "the report does not say: {told}");
}

/// What is published is of this catalogue: each fault is there, and was killed.
#[test]
fn the_published_matrix_is_whole() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/kill-matrix.md")).unwrap();
    for fault in faults() {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{}` |", fault.id)));
        let row = row.unwrap_or_else(|| panic!("{} is missing: run selftest and publish its kill-matrix.md", fault.id));
        assert!(row.contains(&format!("| {}", fault.requirement)) && row.contains("| killed |"), "{row}");
    }
    let rows = page.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, faults().len(), "a fault is published that the catalogue does not have");
    assert!(page.contains("\n- 0 scenarios are killed by no fault."), "{page}");
}

#[test]
fn an_unknown_fault_is_named_with_its_nearest() {
    let folder = tempfile::tempdir().unwrap();
    for args in [
        &["selftest", "signature-not-checkd"][..],
        &["twin", "--listen", "127.0.0.1:0", "--fault", "signature-not-checkd"],
    ] {
        let (code, _, stderr) = program(folder.path(), args);
        assert_eq!(code, 2, "{stderr}");
        assert!(stderr.contains("did you mean signature-not-checked?"), "{stderr}");
    }
}

struct Shop {
    base: String,
    http: reqwest::Client,
}

impl Shop {
    fn new(twin: &RunningTwin) -> Self {
        Self { base: format!("http://{}", twin.addr()), http: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        let answer = self.http.post(format!("{}{path}", self.base)).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn account(&self) -> (String, String) {
        let (_, account) = self.post("/_twin/accounts", json!({})).await;
        let text = |name: &str| account[name].as_str().unwrap().to_owned();
        (text("key"), text("secret"))
    }

    async fn token(&self, (key, secret): &(String, String)) -> (u16, Value) {
        self.post("/api/merchant/auth-token", json!({ "portone_key": key, "portone_secret": secret })).await
    }
}

#[tokio::test]
async fn a_fault_is_switched_on_for_one_account_and_off_again() {
    let twin = Twin::start(TwinConfig::default()).unwrap();
    let shop = Shop::new(&twin);
    let (sick, well) = (shop.account().await, shop.account().await);
    let planted = shop.post("/_twin/faults", json!({ "account": sick.0, "fault": "token-without-lifetime" })).await;
    assert_eq!(planted, (201, json!({ "on": ["token-without-lifetime"] })));
    assert_eq!(shop.token(&sick).await.1["content"].get("expires_in"), None);
    assert_eq!(shop.token(&well).await.1["content"]["expires_in"], 21600);

    let cleared = shop.http.delete(format!("{}/_twin/faults", shop.base)).send().await.unwrap();
    assert_eq!(cleared.json::<Value>().await.unwrap(), json!({ "on": [] }));
    assert_eq!(shop.token(&sick).await.1["content"]["expires_in"], 21600);
}

#[tokio::test]
async fn a_fault_of_ones_own_is_planted_while_the_twin_runs() {
    let twin = Twin::start(TwinConfig::default()).unwrap();
    let shop = Shop::new(&twin);
    let account = shop.account().await;
    let own = |at: Value, changes: Value| json!({ "fault": { "id": "mine", "requirement": "API-01", "kind": "wire", "title": "a fault of my own", "at": at, "do": changes } });
    let second_only = own(
        json!({ "answer": { "operation": "authToken", "after": 1, "times": 1 } }),
        json!([{ "scale": { "at": "/content/expires_in", "by": 0.5 } }, { "status": 202 }]),
    );
    assert_eq!(shop.post("/_twin/faults", second_only).await.0, 201);
    for (status, lifetime) in [(200, 21600), (202, 10800), (200, 21600)] {
        let (got, answer) = shop.token(&account).await;
        assert_eq!((got, &answer["content"]["expires_in"]), (status, &json!(lifetime)));
    }
    for (at, changes, why) in [
        (json!({ "answer": { "operation": "payInvoice" } }), json!([{ "status": 500 }]), "no operation payInvoice"),
        (json!({ "answer": { "path": "(" } }), json!([{ "status": 500 }]), "no regular expression"),
        (json!({ "qr": {} }), json!([{ "status": 500 }]), "cannot be done there"),
        (json!({ "webhook": "payment" }), json!([{ "copies": 4_000_000_000_u32 }]), "at most 1000 times"),
        (json!({ "answer": {} }), json!([{ "replace": { "from": "", "to": "x" } }]), "is empty"),
    ] {
        let (status, answer) = shop.post("/_twin/faults", own(at, changes)).await;
        assert_eq!(status, 400, "{answer}");
        assert!(answer["error"].as_str().unwrap().contains(why), "{answer}");
    }
    let (status, answer) = shop.post("/_twin/faults", json!({ "account": "nobody", "fault": "token-useless" })).await;
    assert_eq!(status, 404, "{answer}");
}

#[tokio::test]
async fn changes_of_one_fault_add_up() {
    let twin = Twin::start(TwinConfig::default()).unwrap();
    let shop = Shop::new(&twin);
    let (key, secret) = shop.account().await;
    let own = json!({ "fault": {
        "id": "mine", "requirement": "QR-02", "kind": "pages", "title": "a fault of my own", "at": { "qr": {} },
        "do": [{ "scale": { "at": "/amount", "by": 100.0 } }, { "set": { "at": "/currency", "to": "840" } }],
    } });
    assert_eq!(shop.post("/_twin/faults", own).await.0, 201);
    let order: InitiatePayment = serde_json::from_value(json!({
        "key": key, "merchant_order_id": "A-1", "pmt_channel": "SMARTPAY", "pmt_method": "SMARTPAY_QR", "description": "tea",
        "environment": "sandbox", "amount": 1_500, "currency": "VND", "signature_hash": "",
        "success_url": "https://shop.example/ok", "failure_url": "https://shop.example/no",
    }))
    .unwrap();
    let request = shop.http.post(format!("{}/api/initiatePayment", shop.base)).header("X-Portone-Client-Key", &key);
    let initiated: Value =
        request.json(&order.signed(&Secret::new(secret))).send().await.unwrap().json().await.unwrap();
    let order_ref = initiated["order_ref"].as_str().unwrap_or_else(|| panic!("{initiated}"));
    let told = shop.http.get(format!("{}/_twin/payments?account={key}&order_ref={order_ref}", shop.base));
    let told: Value = told.send().await.unwrap().json().await.unwrap();
    let qr = QrPayload::parse(told["qr"].as_str().unwrap()).unwrap();
    assert_eq!((qr.amount, qr.currency.as_str()), (Some(150_000.into()), "840"));
}
