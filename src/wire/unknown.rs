//! Fields that no page documents: kept as they came, reported by a run, never fatal.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a payload holds beside its documented fields, as it came. Written back with the payload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Unknown(Map<String, Value>);

impl Unknown {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of an undocumented field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The names, in the order in which they came.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use crate::wire::{PaymentInitiated, RefundsContent};

    #[test]
    fn an_undocumented_field_is_kept_and_written_back() {
        let text = r#"{"amountToRefund":5,"refundDetails":[],"next_page":{"token":"x"}}"#;
        let read: RefundsContent = serde_json::from_str(text).unwrap();
        assert_eq!(read.unknown.names().collect::<Vec<_>>(), ["next_page"]);
        assert!(!read.unknown.is_empty());
        assert!(
            serde_json::from_str::<RefundsContent>(r#"{"amountToRefund":5,"refundDetails":[]}"#)
                .unwrap()
                .unknown
                .is_empty()
        );
        assert_eq!(read.unknown.get("next_page").unwrap()["token"], "x");
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
        assert!(serde_json::from_str::<PaymentInitiated>("{}").is_err(), "documented fields stay required");
    }
}
