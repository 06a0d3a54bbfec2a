//! A field that a signature covers.

use crate::wire::Amount;

/// The value of a signed field: dialects escape texts and print amounts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FieldValue<'a> {
    Text(&'a str),
    Amount(Amount),
}

/// A signed field by its name.
pub type Field<'a> = (&'static str, FieldValue<'a>);

impl FieldValue<'_> {
    /// A guess at the room that the value takes, so that most strings are allocated once.
    pub(super) const fn room(self) -> usize {
        match self {
            Self::Text(text) => text.len() + text.len() / 2,
            Self::Amount(_) => 24,
        }
    }
}

impl<'a> From<&'a str> for FieldValue<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl From<Amount> for FieldValue<'_> {
    fn from(amount: Amount) -> Self {
        Self::Amount(amount)
    }
}
