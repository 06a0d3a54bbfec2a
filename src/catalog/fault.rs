//! Faults: ways in which a real sandbox could deviate from what is documented. Each is data, a seam of the twin and what is
//! done to whatever passes there, and violates one requirement. Kept in `faults.toml`; others can be planted while a twin runs.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, sync::LazyLock};

/// A named deviation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Stable, for example `status-without-order-ref`.
    pub id: String,
    /// The requirement it violates.
    pub requirement: String,
    pub kind: FaultKind,
    /// What the sandbox does wrong.
    pub title: String,
    /// Where it happens.
    pub at: Seam,
    /// What is done there, in order.
    #[serde(rename = "do")]
    pub changes: Vec<Change>,
}

/// What sort of deviation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FaultKind {
    Wire,
    Security,
    State,
    Pages,
    Delivery,
    Time,
    Documentation,
}

impl FaultKind {
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Wire => "wire",
            Self::Security => "security",
            Self::State => "state",
            Self::Pages => "pages",
            Self::Delivery => "delivery",
            Self::Time => "time",
            Self::Documentation => "documentation",
        }
    }
}

/// A place through which everything of one sort passes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Seam {
    /// Requests of the API and of pages, before the twin reads them.
    Request(Matcher),
    /// Answers of the API and of pages, after the twin wrote them.
    Answer(Matcher),
    /// Payment webhooks (`payment`) or refund webhooks (`refund`), before they are sent.
    Webhook(WebhookSort),
    /// The redirect of a payer back to the merchant.
    Redirect(RedirectMatcher),
    /// The payload of a QR.
    Qr(Everything),
    /// The end of a payment.
    Outcome(OutcomeMatcher),
    /// A new order.
    Order(Everything),
}

/// Whatever passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Everything {}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WebhookSort {
    Payment,
    Refund,
}

/// Which exchanges are meant; what is left out matches all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Matcher {
    /// The API's operation, for example `initiatePayment`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// The twin's host without `.localhost`, for example `acs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The HTTP method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// A regular expression that the path fits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The HTTP status of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What headers of the request begin with, by their names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// Values by JSON pointer in the request's body; `null` matches what is absent too.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub request: Map<String, Value>,
    /// Values by JSON pointer in the answer's body; `null` matches what is absent too.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub answer: Map<String, Value>,
    /// Exchanges of a merchant that match and are let pass before the first is touched.
    #[serde(skip_serializing_if = "is_zero")]
    pub after: u32,
    /// Exchanges of a merchant that are touched at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Which redirects are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RedirectMatcher {
    /// Those with these parameters, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
}

/// Which ends of a payment are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutcomeMatcher {
    /// The code of the outcome, for example `4071`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The method of the order, for example `SMARTPAY_QR`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Through what the order was created, `api` or `checkout`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// What is done to what passes. Members of JSON are named by pointers, in which `*` stands for every entry of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// A member goes.
    Remove(String),
    /// A member gets another name.
    Rename { at: String, to: String },
    /// A member gets another value; it is added where there is none.
    Set { at: String, to: Value },
    /// A member gets this value where it is absent or `null`.
    Default { at: String, to: Value },
    /// A number becomes text.
    Text(String),
    /// A number, or a text that is one, is multiplied.
    Scale { at: String, by: f64 },
    /// A number, or a text that is one, is rounded to a multiple of this.
    Round { at: String, to: f64 },
    /// A text changes its letters.
    Case { at: String, to: Letters },
    /// A text gets this at its end.
    Append { at: String, text: String },
    /// The body is signed again, by its own merchant.
    Sign,
    /// The body is signed again if it was genuinely signed before anything was changed.
    Resign,
    /// The body is signed again, as if this field were not among the signed ones.
    SignWithout(String),
    /// The body is signed again, with this secret.
    SignWith(String),
    /// The request gets a genuine token of the merchant that its key names.
    Authenticate,
    /// The request is made by the merchant to whom the order belongs that it names.
    AsOwner,
    /// The request gets this header, or loses it.
    Header { name: String, to: Option<String> },
    /// A field of a form gets another value.
    Field { name: String, to: String },
    /// The answer is another one.
    Reply { status: u16, body: Value },
    /// The answer's status is another one.
    Status(u16),
    /// Text of the answer is another one, in the address it leads to as well.
    Replace { from: String, to: String },
    /// Every letter outside ASCII is read as two of Latin-1.
    Mojibake,
    /// It comes so many milliseconds later.
    Delay(u64),
    /// It is sent so many times.
    Copies(u32),
    /// It is sent once more, with these members by pointer, and signed again.
    Echo(Map<String, Value>),
    /// It is never sent.
    Drop,
    /// It is kept until the next one was sent.
    Hold,
    /// It is not sent again when it was not acknowledged.
    Once,
    /// The payer is led to another of the merchant's addresses.
    LeadTo(ReturnAddress),
    /// The checksum is wrong.
    BreakChecksum,
    /// The picture shows something that is no payment.
    Scramble,
    /// The payment ends otherwise, or ends with this request: the outcome's code, `2000` for paid.
    EndAs(String),
    /// The order lives so many seconds.
    Lifetime(u32),
    /// The wrong one-time codes that were typed are forgotten.
    ForgetAttempts,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Letters {
    Upper,
    Lower,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReturnAddress {
    Success,
    Failure,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    fault: Vec<Fault>,
}

/// All faults of the catalogue, in its order.
#[must_use]
pub fn faults() -> &'static [Fault] {
    static ALL: LazyLock<Vec<Fault>> = LazyLock::new(|| {
        let document: Document =
            toml::from_str(include_str!("faults.toml")).expect("the embedded catalogue parses, as its test shows");
        document.fault
    });
    &ALL
}

/// A fault that the catalogue does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("find the fault {id}: the catalogue has none of this name{hint}")]
pub struct UnknownFault {
    id: String,
    /// The nearest name, if one is near.
    hint: String,
}

/// A fault of the catalogue, by its id.
///
/// # Errors
/// There is none; the nearest id is named.
pub fn fault(id: &str) -> Result<&'static Fault, UnknownFault> {
    faults().iter().find(|fault| fault.id == id).ok_or_else(|| {
        let likeness = |fault: &&Fault| strsim::jaro_winkler(&fault.id, id);
        let near =
            faults().iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).filter(|fault| likeness(fault) > 0.7);
        let hint = near.map(|fault| format!("; did you mean {}?", fault.id)).unwrap_or_default();
        UnknownFault { id: id.to_owned(), hint }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Level, requirements};
    use std::collections::HashMap;

    #[test]
    fn every_fault_has_an_id_of_its_own_and_violates_a_requirement() {
        let mut seen = HashMap::new();
        for fault in faults() {
            assert!(seen.insert(&fault.id, ()).is_none(), "{} appears twice", fault.id);
            let known = requirements().iter().any(|requirement| requirement.id == fault.requirement);
            assert!(known, "{} violates {}, which no requirement is", fault.id, fault.requirement);
            assert!(fault.title.len() > 10 && !fault.changes.is_empty(), "{}", fault.id);
        }
    }

    #[test]
    fn every_requirement_that_must_hold_is_violated_by_at_least_two() {
        assert!(faults().len() >= 80, "{}", faults().len());
        for requirement in requirements().iter().filter(|requirement| requirement.level == Level::Must) {
            let number = faults().iter().filter(|fault| fault.requirement == requirement.id).count();
            assert!(number >= 2, "{} is violated by {number}", requirement.id);
        }
    }

    #[test]
    fn a_fault_reads_as_it_is_written() {
        for fault in faults() {
            let text = serde_json::to_string(fault).unwrap();
            assert_eq!(&serde_json::from_str::<Fault>(&text).unwrap(), fault, "{text}");
        }
    }

    #[test]
    fn a_kind_is_called_as_it_is_written() {
        for fault in faults() {
            assert_eq!(serde_json::to_value(fault.kind).unwrap(), fault.kind.word(), "{}", fault.id);
        }
    }

    #[test]
    fn what_a_matcher_leaves_out_is_not_written() {
        assert_eq!(serde_json::to_string(&Matcher::default()).unwrap(), "{}");
    }

    #[test]
    fn a_fault_is_found_by_its_id_and_a_slip_is_told_the_nearest() {
        for known in faults() {
            assert_eq!(fault(&known.id).unwrap().id, known.id);
        }
        let refused = |id: &str| fault(id).unwrap_err().to_string();
        let slip = refused("status-without-order-reff");
        assert!(slip.ends_with("did you mean status-without-order-ref?"), "{slip}");
        let far = refused("zzz");
        assert!(far.ends_with("none of this name"), "{far}");
    }
}
