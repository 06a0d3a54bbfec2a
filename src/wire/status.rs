//! Statuses of transactions and refunds. The vendor publishes no complete list, so an unknown word is kept as it came.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

macro_rules! status_words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum $name {
            $($(#[$vdoc])* $variant,)+
            /// A word that no page mentions, kept as it came.
            Other(String),
        }

        impl $name {
            #[must_use]
            pub fn word(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word,
                }
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            // No list of words is complete, so that known ones are examples and not an enumeration.
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "examples": [$($word),+] })
            }
        }

        impl From<String> for $name {
            fn from(word: String) -> Self {
                match word.as_str() {
                    $($word => Self::$variant,)+
                    _ => Self::Other(word),
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                Self::from(word.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(status: $name) -> Self {
                status.word().to_owned()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }
    };
}

status_words! {
    /// The status of a transaction (the vendor's "Get Transaction Status" and webhook pages, seen values).
    TransactionStatus {
        /// Created, the payer has not begun.
        Initiated = "Initiated",
        /// The payer has begun, the outcome is open.
        Pending = "Pending",
        /// The money was taken.
        Success = "Success",
        /// Refused, cancelled or broken; no money was taken.
        Failed = "Failed",
        /// The payer ran out of time.
        Expired = "Expired",
    }
}

status_words! {
    /// The status of a refund. `SUCCESS` and `IN_QUEUE` are written down by the vendor, the others are inferred.
    RefundStatus {
        Success = "SUCCESS",
        /// Waits until an operator has verified it with SmartPay and settles it on the merchant portal.
        InQueue = "IN_QUEUE",
        Failed = "FAILED",
        Pending = "PENDING",
    }
}

impl RefundStatus {
    /// Whether no further change is expected.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Success | Self::Failed)
    }
}

status_words! {
    /// Whether a refund is of the whole payment or of a part (the vendor's refund page).
    RefundKind {
        Full = "full",
        Partial = "partial",
    }
}

status_words! {
    /// Whether the money is taken at once or set aside first (the vendor's "Initiate Payment" page).
    TransactionType {
        Preauthorisation = "PREAUTH",
        Purchase = "PURCHASE",
    }
}

impl TransactionStatus {
    /// Whether no further change is expected.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Success | Self::Failed | Self::Expired)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_outcome_is_final_and_an_unknown_word_is_none() {
        for (word, is_final) in [
            ("Initiated", false),
            ("Pending", false),
            ("Success", true),
            ("Failed", true),
            ("Expired", true),
            ("?", false),
        ] {
            assert_eq!(TransactionStatus::from(word).is_final(), is_final, "{word}");
        }
    }
}
