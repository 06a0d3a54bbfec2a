//! How the vendor's six language samples write the string that is signed, and with which key.
//!
//! The pages "Payment Request", "Payment Webhook Response" and "Redirection Response" print the same recipe in six languages.
//! All sort the fields by name, escape the values and join them; they differ in which characters they escape, in how they
//! print an amount, and in how they turn a secret into bytes. What each does was measured by running it (see
//! `tests/vectors/`); none of it depends on which of the three pages a sample is from.

mod amount;
mod comparison;
mod digits;
mod escape;
mod field;
mod java;
mod key;
mod signatures;

pub use comparison::{Comparison, compare};
pub use field::{Field, FieldValue};
pub use key::Unsignable;
pub use signatures::{Signatures, SignaturesByDialect};

pub(super) use escape::push_escaped;

/// One of the vendor's language samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// The canonical one. Inferred: timestamps and validator messages of the vendor's servers are Go's.
    Go,
    /// PHP with its default settings.
    Php,
    /// Node.
    Node,
    /// C# under Mono.
    CSharp,
    /// Java with UTF-8 as its default charset.
    Java,
    /// Python 3.
    Python,
}

/// A name that belongs to no sample.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("find the dialect {0:?}: it is none of go, php, node, csharp, java, python")]
pub struct UnknownDialect(String);

impl Dialect {
    pub const ALL: [Self; 6] = [Self::Go, Self::Php, Self::Node, Self::CSharp, Self::Java, Self::Python];
    pub const CANONICAL: Self = Self::Go;

    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::Php => "php",
            Self::Node => "node",
            Self::CSharp => "csharp",
            Self::Java => "java",
            Self::Python => "python",
        }
    }

    /// The string that this sample signs for these fields, which must be sorted by name.
    #[must_use]
    pub fn encode(self, fields: &[Field<'_>]) -> String {
        debug_assert!(fields.is_sorted_by_key(|(name, _)| *name), "the fields are not sorted: {fields:?}");
        let mut out = String::with_capacity(fields.iter().map(|(name, value)| name.len() + value.room() + 2).sum());
        for (name, value) in fields {
            if !out.is_empty() {
                out.push('&');
            }
            out.push_str(name);
            out.push('=');
            self.push_value(&mut out, *value);
        }
        out
    }

    /// Appends one value as this sample writes it.
    pub(super) fn push_value(self, out: &mut String, value: FieldValue<'_>) {
        match value {
            FieldValue::Text(text) => push_escaped(out, text, self),
            FieldValue::Amount(amount) => amount::push_amount(out, amount.value(), self),
        }
    }

    /// One value as this sample writes it.
    pub(in crate::wire) fn value(self, value: FieldValue<'_>) -> String {
        let mut out = String::new();
        self.push_value(&mut out, value);
        out
    }

    const fn index(self) -> usize {
        self as usize
    }
}

impl std::fmt::Display for Dialect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(name: &str) -> Result<Self, UnknownDialect> {
        Self::ALL.into_iter().find(|dialect| dialect.name() == name).ok_or_else(|| UnknownDialect(name.to_owned()))
    }
}

impl serde::Serialize for Dialect {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_and_indices_follow_the_list() {
        for (index, dialect) in Dialect::ALL.into_iter().enumerate() {
            assert_eq!(dialect.name().parse(), Ok(dialect));
            assert_eq!(dialect.index(), index);
        }
        assert_eq!(
            "ruby".parse::<Dialect>().unwrap_err().to_string(),
            "find the dialect \"ruby\": it is none of go, php, node, csharp, java, python"
        );
    }
}
