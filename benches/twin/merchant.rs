//! Who pays for the orders: the demo account, or as many accounts as the twin can have.

use super::load;
use serde_json::Value;
use smartpay_conformance::twin::{DEMO_KEY, DEMO_SECRET};
use smartpay_conformance::wire::Secret;
use std::net::SocketAddr;

pub(super) struct Merchant {
    pub(super) key: String,
    pub(super) secret: Secret,
}

impl Merchant {
    pub(super) fn demo() -> Self {
        Self { key: DEMO_KEY.to_owned(), secret: Secret::new(DEMO_SECRET) }
    }

    /// A new account of this twin.
    pub(super) fn at(twin: SocketAddr) -> Self {
        let request = "POST /_twin/accounts HTTP/1.1\r\nhost: api.localhost\r\ncontent-length: 0\r\n\r\n";
        let account: Value = serde_json::from_str(&load::ask(twin, request.as_bytes())).unwrap();
        let text = |name: &str| account[name].as_str().unwrap().to_owned();
        Self { key: text("key"), secret: Secret::new(text("secret")) }
    }
}
