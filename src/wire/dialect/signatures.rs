//! The signatures that the six samples print for the same fields.

use super::{Dialect, Field, Unsignable};
use crate::wire::{Secret, Signature, signature::Signer};

/// What each sample prints, in the order of [`Dialect::ALL`].
pub type SignaturesByDialect = [Result<Signature, Unsignable>; 6];

/// What each sample makes of the same fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signatures(SignaturesByDialect);

impl Signatures {
    /// Signs fields, sorted by name, in every dialect.
    #[must_use]
    pub fn of(secret: &Secret, fields: &[Field<'_>]) -> Self {
        let strings = Dialect::ALL.map(|dialect| dialect.encode(fields));
        let keys = Dialect::ALL.map(|dialect| dialect.key(secret));
        let signer = Signer::new(&keys[Dialect::CANONICAL.index()]);
        let mut signatures: [Option<Signature>; 6] = [const { None }; 6];
        for at in 0..signatures.len() {
            // Most inputs are written alike by most samples, and hashing is the dear part.
            let known = (0..at).find(|earlier| strings[*earlier] == strings[at] && keys[*earlier] == keys[at]);
            signatures[at] = match known {
                Some(earlier) => signatures[earlier].clone(),
                None if keys[at] == keys[Dialect::CANONICAL.index()] => Some(signer.sign(&strings[at])),
                None => Some(Signer::new(&keys[at]).sign(&strings[at])),
            };
        }
        let mut signatures = signatures.into_iter().flatten();
        Self(Dialect::ALL.map(|dialect| {
            let signature = signatures.next().expect("one signature a dialect");
            dialect.check(secret, fields).map(|()| signature)
        }))
    }

    /// What the sample prints.
    ///
    /// # Errors
    /// Where it ends without a signature.
    pub fn get(&self, dialect: Dialect) -> Result<&Signature, Unsignable> {
        self.0[dialect.index()].as_ref().map_err(|reason| *reason)
    }

    /// Whether all samples print the same.
    #[must_use]
    pub fn agree(&self) -> bool {
        self.0.iter().all(|signature| *signature == self.0[0])
    }

    /// The dialects that print this signature.
    pub fn printing(&self, signature: &Signature) -> impl Iterator<Item = Dialect> {
        Dialect::ALL.into_iter().filter(move |dialect| self.get(*dialect) == Ok(signature))
    }
}
