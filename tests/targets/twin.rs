//! The twin as somebody else's sandbox: its demo merchant, no levers, not started by the run.

use super::program::{Program, remote};
use smartpay_conformance::twin::{DEMO_KEY, DEMO_SECRET, RunningTwin, Twin, TwinConfig};
use smartpay_conformance::wire::{Clock, SELF_MADE_LIFETIME, Secret, mint};

pub(crate) struct ElsewhereTwin {
    pub(crate) base_url: String,
    _twin: RunningTwin,
}

impl ElsewhereTwin {
    pub(crate) fn start() -> Self {
        let twin = Twin::start(TwinConfig::default()).unwrap();
        Self { base_url: twin.origin("api"), _twin: twin }
    }

    /// The program with this twin as its target `remote`, and these further lines.
    pub(crate) fn program(&self, lines: &str) -> Program {
        Program::new(&remote(&self.base_url, lines)).with("KEY", DEMO_KEY).with("SECRET", DEMO_SECRET)
    }

    /// The addresses that the demo merchant has registered for webhooks.
    pub(crate) fn webhook_endpoints(&self) -> Vec<String> {
        let token = mint(DEMO_KEY, &Secret::new(DEMO_SECRET), Clock::system().now(), SELF_MADE_LIFETIME);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let http = smartpay_conformance::sandbox::HttpClient::new().unwrap();
        let listed: serde_json::Value = runtime.block_on(async {
            let url = format!("{}/api/merchant/{DEMO_KEY}/webhook?environment=sandbox", self.base_url);
            let asked = http.client().get(url).header("X-Portone-Client-Key", DEMO_KEY).bearer_auth(token);
            asked.send().await.unwrap().json().await.unwrap()
        });
        let listed = listed["content"].as_array().unwrap().iter();
        let mut urls: Vec<String> = listed.map(|endpoint| endpoint["url"].as_str().unwrap().to_owned()).collect();
        urls.sort();
        urls
    }
}

impl ElsewhereTwin {
    fn post(&self, path: &str, body: &serde_json::Value) -> serde_json::Value {
        let token = mint(DEMO_KEY, &Secret::new(DEMO_SECRET), Clock::system().now(), SELF_MADE_LIFETIME);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let http = smartpay_conformance::sandbox::HttpClient::new().unwrap();
        runtime.block_on(async {
            let asked = http.client().post(format!("{}{path}", self.base_url)).json(body).bearer_auth(token);
            let answer = asked.header("X-Portone-Client-Key", DEMO_KEY).send().await.unwrap();
            let status = answer.status();
            let text = answer.text().await.unwrap();
            assert!(status.is_success(), "{path}: {status} {text}");
            serde_json::from_str(&text).unwrap_or_default()
        })
    }

    /// Pays an order, as the payer whom nobody sees.
    pub(crate) fn pay(&self, order_ref: &str) {
        self.post("/_twin/payments", &serde_json::json!({ "account": DEMO_KEY, "order_ref": order_ref }));
    }

    /// The reference of a payment with a refund that waits.
    pub(crate) fn queue_a_refund(&self) -> String {
        use smartpay_conformance::{catalog::Method, wire::Order};
        let order =
            Order::new("Q-1", Method::CreditCard, 50_000.into(), "https://shop.example/a", "https://shop.example/b");
        let request = order.request(DEMO_KEY, &Secret::new(DEMO_SECRET)).unwrap();
        let answer = self.post("/api/initiatePayment", &serde_json::to_value(request).unwrap());
        let reference = answer["order_ref"].as_str().unwrap().to_owned();
        self.pay(&reference);
        let queue = serde_json::json!({ "account": DEMO_KEY, "next": "queue", "smartpay_says": "success" });
        self.post("/_twin/refunds", &queue);
        let refund = serde_json::json!({
            "amount": 20_000, "channel": "SMARTPAY", "description": "d", "environment": "sandbox",
            "refund_type": "partial", "refund_reason": "r",
        });
        self.post(&format!("/api/refund/{reference}"), &refund);
        reference
    }
}

/// The reference of the last order that a run has placed, as its journal tells.
pub(crate) fn order_of(program: &Program) -> String {
    let entries = smartpay_conformance::journal::read(&program.path().join("conformance-out")).unwrap();
    let placed = entries.into_iter().rev().find_map(|entry| match entry.event {
        smartpay_conformance::journal::Event::Exchange(exchange) if exchange.url.ends_with("initiatePayment") => {
            let answer: serde_json::Value = serde_json::from_str(&exchange.response_body?).ok()?;
            answer["order_ref"].as_str().map(str::to_owned)
        }
        _ => None,
    });
    placed.expect("an order in the journal")
}
