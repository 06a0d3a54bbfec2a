//! The vendor's own facts about its API, reduced from its documents: paths, fields, types, what is required.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// An endpoint as the vendor's OpenAPI documents have it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VendorEndpoint {
    /// Our name for it, for example `initiatePayment`.
    pub operation: String,
    pub method: String,
    /// Its variable parts are in braces.
    pub path: String,
    pub headers: Vec<String>,
    #[serde(default)]
    pub query: Vec<String>,
    /// JSON Schema of the body, if it has one.
    pub request: Option<Value>,
    /// JSON Schemas of the answers, by HTTP status. What an example shows is required there.
    pub responses: BTreeMap<u16, Value>,
}

/// The vendor's facts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VendorFacts {
    /// From what they were reduced, and how.
    pub source: String,
    pub endpoints: Vec<VendorEndpoint>,
    /// JSON Schemas of `payment_webhook`, `refund_webhook` and `redirect`, from the examples.
    pub callbacks: BTreeMap<String, Value>,
}

/// The vendor's facts about the endpoints that this channel needs.
#[must_use]
pub fn vendor_facts() -> &'static VendorFacts {
    static FACTS: LazyLock<VendorFacts> = LazyLock::new(|| {
        serde_json::from_str(include_str!("vendor.json"))
            .expect("the embedded facts parse, as the contract's tests show")
    });
    &FACTS
}
