//! A merchant at the twin, whose correct requests the broken ones are made of.

use super::client::{Answer, Client};
use serde_json::{Value, json};
use smartpay_conformance::catalog::Method;
use smartpay_conformance::wire::{Clock, Order, Secret, mint};
use std::net::SocketAddr;

pub(super) struct Shop {
    addr: SocketAddr,
    pub(super) key: String,
    pub(super) secret: Secret,
}

impl Shop {
    pub(super) fn new(addr: SocketAddr) -> Self {
        let answer = Client::new(addr).ask(&request("POST /_twin/accounts", "", b"")).unwrap();
        let account: Value = serde_json::from_str(&answer.content).unwrap();
        let text = |name: &str| account[name].as_str().unwrap().to_owned();
        Self { addr, key: text("key"), secret: Secret::new(text("secret")) }
    }

    /// A correct order of 50,000 VND by card, with everything that is read field by field.
    pub(super) fn order(&self, id: &str) -> Value {
        let mut order =
            Order::new(id, Method::CreditCard, 50_000.into(), "https://s.example/ok", "https://s.example/no");
        order.billing_details = Some(serde_json::from_value(json!({ "billing_name": "An" })).unwrap());
        order.order_details = Some(serde_json::from_value(json!([{ "id": "1", "price": 50_000 }])).unwrap());
        json!(order.request(&self.key, &self.secret).unwrap())
    }

    /// The headers of a request that is signed by its body.
    pub(super) fn keyed(&self) -> String {
        format!("x-portone-client-key: {}\r\n", self.key)
    }

    /// The headers of a request with a token.
    pub(super) fn authorised(&self) -> String {
        let token = mint(&self.key, &self.secret, Clock::system().now(), 3600);
        format!("{}authorization: Bearer {token}\r\n", self.keyed())
    }

    /// Creates an order and returns PortOne's reference.
    pub(super) fn initiate(&self, id: &str) -> String {
        let body = self.order(id).to_string();
        let answer = self.ask("POST /api/initiatePayment", &self.keyed(), body.as_bytes());
        assert_eq!(answer.status, 200, "{}", answer.content);
        let content: Value = serde_json::from_str(&answer.content).unwrap();
        content["order_ref"].as_str().unwrap().to_owned()
    }

    /// Pays an order and returns its reference again.
    pub(super) fn pay(&self, order_ref: &str) -> String {
        let body = json!({ "account": self.key, "order_ref": order_ref }).to_string();
        let answer = self.ask("POST /_twin/payments", "", body.as_bytes());
        assert_eq!(answer.status, 200, "{}", answer.content);
        order_ref.to_owned()
    }

    /// Refunds a part and returns the HTTP status.
    pub(super) fn refund(&self, order_ref: &str, amount: u32) -> u16 {
        let body = json!({
            "amount": amount, "channel": "SMARTPAY", "description": "d", "environment": "sandbox",
            "refund_type": "partial", "refund_reason": "r",
        });
        let path = format!("POST /api/refund/{order_ref}");
        self.ask(&path, &self.authorised(), body.to_string().as_bytes()).status
    }

    pub(super) fn ledger(&self) -> Value {
        let answer = self.ask(&format!("GET /_twin/ledger?account={}", self.key), "", b"");
        serde_json::from_str(&answer.content).unwrap()
    }

    fn ask(&self, line: &str, headers: &str, body: &[u8]) -> Answer {
        Client::new(self.addr).ask(&request(line, headers, body)).expect("the twin answers")
    }
}

/// A well-formed request: `line` is method and path, each of `headers` ends its line.
pub(super) fn request(line: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let kind = if headers.contains("content-type") { "" } else { "content-type: application/json\r\n" };
    let head =
        format!("{line} HTTP/1.1\r\nhost: api.localhost\r\n{kind}{headers}content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}
