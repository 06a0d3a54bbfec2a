//! The bytes that a dialect makes of a secret, and what a dialect cannot sign at all.

use super::{Dialect, Field, FieldValue};
use crate::wire::Secret;
use std::borrow::Cow;

/// How many UTF-16 units C#'s `Uri.EscapeDataString` takes, at most.
pub(in crate::wire) const CSHARP_LONGEST: usize = 65_519;

/// Why a sample ends without a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsignable {
    #[error("sign as java: it takes no empty secret")]
    EmptySecret,
    #[error("sign as csharp: it takes no text of more than {CSHARP_LONGEST} characters")]
    LongText,
}

impl Dialect {
    /// The bytes of the secret: UTF-8, but C# asks for ASCII and gets a question mark for each other UTF-16 unit.
    #[must_use]
    pub fn key(self, secret: &Secret) -> Cow<'_, [u8]> {
        let secret = secret.expose();
        if self == Self::CSharp && !secret.is_ascii() {
            Cow::Owned(
                secret
                    .encode_utf16()
                    .map(|unit| u8::try_from(unit).ok().filter(u8::is_ascii).unwrap_or(b'?'))
                    .collect(),
            )
        } else {
            Cow::Borrowed(secret.as_bytes())
        }
    }

    /// # Errors
    /// Where this sample ends with an exception instead of a signature.
    pub fn check(self, secret: &Secret, fields: &[Field<'_>]) -> Result<(), Unsignable> {
        match self {
            Self::Java if secret.expose().is_empty() => Err(Unsignable::EmptySecret),
            Self::CSharp if fields.iter().any(|(_, value)| is_too_long(*value)) => Err(Unsignable::LongText),
            _ => Ok(()),
        }
    }
}

fn is_too_long(value: FieldValue<'_>) -> bool {
    matches!(value, FieldValue::Text(text) if text.len() > CSHARP_LONGEST && text.encode_utf16().count() > CSHARP_LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_csharp_reads_a_secret_as_ascii() {
        let secret = Secret::new("aé😀");
        assert_eq!(&*Dialect::CSharp.key(&secret), b"a???");
        assert_eq!(&*Dialect::Java.key(&secret), "aé😀".as_bytes());
    }

    #[test]
    fn what_a_sample_cannot_sign_is_an_error_with_a_reason() {
        let (secret, empty) = (Secret::new("s"), Secret::new(""));
        let long = "é".repeat(CSHARP_LONGEST + 1);
        let fields = [("a", FieldValue::Text(&long))];
        let shorter = [("a", FieldValue::Text(&long[2..]))];
        for dialect in Dialect::ALL {
            let expected = if dialect == Dialect::Java { Err(Unsignable::EmptySecret) } else { Ok(()) };
            assert_eq!(dialect.check(&empty, &shorter), expected);
            let expected = if dialect == Dialect::CSharp { Err(Unsignable::LongText) } else { Ok(()) };
            assert_eq!(dialect.check(&secret, &fields), expected);
        }
    }
}
