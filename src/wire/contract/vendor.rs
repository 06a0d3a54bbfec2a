//! Answers held against the vendor's own facts, and the deviations from them that are known, each with its reason.

use super::{Departure, Operation, Payload, Shape, Wrong};
use crate::catalog::vendor_facts;
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::LazyLock;

/// A known difference between the vendor's documents and this contract.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deviation {
    /// An operation's name and `request` or an HTTP status, for example `createRefund 400`; a star stands for any operation.
    pub at: String,
    /// The field's path; absent when the documents lack the whole answer.
    pub field: Option<String>,
    pub reason: String,
}

impl Deviation {
    fn covers(&self, operation: Operation, part: &str, field: Option<&str>) -> bool {
        let Some((name, known_part)) = self.at.split_once(' ') else { return false };
        (name == "*" || name == operation.id()) && known_part == part && self.field.as_deref() == field
    }
}

/// Every known deviation.
#[must_use]
pub fn deviations() -> &'static [Deviation] {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Table {
        deviation: Vec<Deviation>,
    }
    static ALL: LazyLock<Vec<Deviation>> = LazyLock::new(|| {
        let table: Table =
            toml::from_str(include_str!("deviations.toml")).expect("the embedded table parses, as its test shows");
        table.deviation
    });
    &ALL
}

/// A field that either side knows, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorField {
    /// As in [`Deviation::at`]; a callback's name for callbacks.
    pub at: String,
    pub field: String,
    pub in_vendor: bool,
    pub in_contract: bool,
    /// Why only one side has it, if that is known.
    pub deviation: Option<&'static Deviation>,
}

/// The vendor's shapes, by operation and part (`request` or an HTTP status).
static SHAPES: LazyLock<HashMap<(String, String), Shape>> = LazyLock::new(|| {
    let mut shapes = HashMap::new();
    for endpoint in &vendor_facts().endpoints {
        let name = || endpoint.operation.clone();
        if let Some(request) = &endpoint.request {
            shapes.insert((name(), "request".to_owned()), Shape::of(request));
        }
        for (status, response) in &endpoint.responses {
            shapes.insert((name(), status.to_string()), Shape::of(response));
        }
    }
    shapes
});

/// Where an answer of the API departs from the vendor's documents, known deviations left out.
#[must_use]
pub fn check_answer(operation: Operation, http: u16, body: &Value) -> Vec<Departure> {
    let part = http.to_string();
    let known = |field: Option<&str>| deviations().iter().any(|deviation| deviation.covers(operation, &part, field));
    let shape = match SHAPES.get(&(operation.id().to_owned(), part.clone())) {
        Some(shape) => shape,
        // A refusal is documented in one form, wherever it is documented.
        None if known(None) && http >= 400 => operation.refusal().shape(),
        None => return vec![Departure { field: format!("status {http}"), wrong: Wrong::Unknown }],
    };
    // What one side lacks can be excused, what is of another type cannot.
    let excused = |departure: &Departure| match departure.wrong {
        Wrong::Missing | Wrong::Unknown => known(Some(&departure.field)),
        Wrong::Type { .. } => false,
    };
    shape.departures(body).into_iter().filter(|departure| !excused(departure)).collect()
}

/// Every field of requests, answers and callbacks that the vendor's documents or this contract know.
#[must_use]
pub fn vendor_fields() -> Vec<VendorField> {
    let mut fields = Vec::new();
    for operation in Operation::ALL {
        let mut parts: Vec<&str> =
            SHAPES.keys().filter(|(name, _)| name == operation.id()).map(|(_, part)| part.as_str()).collect();
        parts.sort_unstable();
        for part in parts {
            let payload = match part {
                "request" => operation.request(),
                "200" => Some(operation.answer()),
                _ => Some(operation.refusal()),
            };
            let vendor = SHAPES[&(operation.id().to_owned(), part.to_owned())].fields();
            let ours = payload.map(|payload| payload.shape().fields()).unwrap_or_default();
            let deviation = |field: &str| deviations().iter().find(|known| known.covers(operation, part, Some(field)));
            fields.extend(compared(&format!("{} {part}", operation.id()), &vendor, &ours, deviation));
        }
    }
    for (name, payload) in ["payment_webhook", "refund_webhook", "redirect"].into_iter().zip(Payload::CALLBACKS) {
        let vendor = vendor_facts().callbacks.get(name).map(|schema| Shape::of(schema).fields()).unwrap_or_default();
        fields.extend(compared(name, &vendor, &payload.shape().fields(), |_| None));
    }
    fields
}

fn compared(
    at: &str,
    vendor: &[String],
    ours: &[String],
    deviation: impl Fn(&str) -> Option<&'static Deviation>,
) -> Vec<VendorField> {
    let only_ours = ours.iter().filter(|field| !vendor.contains(field));
    vendor
        .iter()
        .chain(only_ours)
        .map(|field| VendorField {
            at: at.to_owned(),
            in_vendor: vendor.contains(field),
            in_contract: ours.contains(field),
            deviation: deviation(field),
            field: field.clone(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_field_is_on_both_sides_or_its_absence_has_a_reason() {
        let unexplained: Vec<VendorField> = vendor_fields()
            .into_iter()
            .filter(|field| field.in_vendor != field.in_contract && field.deviation.is_none())
            .collect();
        assert!(unexplained.is_empty(), "{unexplained:#?}");
    }

    #[test]
    fn the_operations_are_the_vendors() {
        let facts = vendor_facts();
        let part = regex::Regex::new(r"\{\w+\}").unwrap();
        let anonymous = |path: &str| part.replace_all(path, "{}").into_owned();
        assert_eq!(facts.endpoints.len(), Operation::ALL.len());
        for (endpoint, operation) in facts.endpoints.iter().zip(Operation::ALL) {
            assert_eq!((endpoint.operation.as_str(), endpoint.method.as_str()), (operation.id(), operation.method()));
            assert_eq!(
                anonymous(&endpoint.path),
                anonymous(operation.path()),
                "parts of a path may be named otherwise"
            );
            assert_eq!(endpoint.query, operation.query());
            assert_eq!(endpoint.request.is_some(), operation.request().is_some());
        }
    }

    #[test]
    fn no_deviation_is_listed_for_nothing() {
        for (index, deviation) in deviations().iter().enumerate() {
            assert!(deviation.reason.ends_with('.') && deviation.reason.len() > 20, "{deviation:?}");
            assert!(!deviations()[..index].contains(deviation), "{deviation:?} is listed twice");
            let (name, part) = deviation.at.split_once(' ').unwrap();
            let operations = Operation::ALL.into_iter().filter(|operation| name == "*" || name == operation.id());
            let needed = match &deviation.field {
                None => operations.into_iter().any(|op| !SHAPES.contains_key(&(op.id().to_owned(), part.to_owned()))),
                Some(field) => vendor_fields().iter().any(|known| {
                    operations.clone().any(|op| known.at == format!("{} {part}", op.id()))
                        && known.field == *field
                        && known.in_vendor != known.in_contract
                }),
            };
            assert!(needed, "{deviation:?} deviates from nothing");
        }
    }

    #[test]
    fn an_answer_is_held_against_the_vendors_facts() {
        let told = |operation, http, body: Value| -> Vec<String> {
            check_answer(operation, http, &body).iter().map(ToString::to_string).collect()
        };
        let status = json!({ "content": { "channel_order_ref": "SP1", "order_ref": 5, "status": "Paid" },
            "status_code": "2000", "extra": 1 });
        assert_eq!(
            told(Operation::TransactionStatus, 200, status),
            ["content.order_ref is number, not string", "extra is documented nowhere", "status_reason is missing"]
        );
        let excused = json!({ "message": 5, "status_code": "2000", "status_reason": "SUCCESS" });
        assert!(told(Operation::UpdateTransactionStatus, 200, excused).is_empty(), "no answer is documented");
        let refusal = json!({ "message": "m", "status_code": "4054", "status_reason": "r" });
        assert!(told(Operation::TransactionStatus, 401, refusal.clone()).is_empty());
        assert_eq!(told(Operation::TransactionStatus, 500, refusal), ["status 500 is documented nowhere"]);
    }
}
