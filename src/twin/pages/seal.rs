//! Seals: what proves that a form, a cookie or a hop between hosts was made by these pages.

use crate::wire::{Secret, Signature, encode_pairs};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Serialize, de::DeserializeOwned};
use std::sync::LazyLock;
use svix_ksuid::{Ksuid, KsuidLike};

/// Lives as long as the process; the identifiers' payloads come from the system's generator.
static KEY: LazyLock<Secret> = LazyLock::new(|| Secret::new(format!("{}{}", nonce(), nonce())));

/// An unguessable text of 27 letters and digits.
pub(super) fn nonce() -> String {
    Ksuid::now(None).to_string()
}

/// The seal of what was done with what, for example a form of one order.
pub(super) fn seal(purpose: &str, subject: &str) -> String {
    Signature::of(&KEY, &canonical(purpose, subject)).to_string()
}

/// Whether `said` is that seal.
pub(super) fn is_sealed(purpose: &str, subject: &str, said: &str) -> bool {
    Signature::from(said).verifies(&KEY, &canonical(purpose, subject))
}

/// Claims as a signed token, for a hop between hosts.
pub(super) fn signed<T: Serialize>(claims: &T) -> String {
    let key = EncodingKey::from_secret(KEY.expose().as_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key).expect("claims of strings and integers encode")
}

/// The claims of a token that [`signed`] made. It has no expiry: the order it speaks of has.
pub(super) fn unsigned<T: DeserializeOwned + Clone>(token: &str) -> Option<T> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    validation.required_spec_claims.clear();
    let key = DecodingKey::from_secret(KEY.expose().as_bytes());
    Some(jsonwebtoken::decode::<T>(token, &key, &validation).ok()?.claims)
}

fn canonical(purpose: &str, subject: &str) -> String {
    encode_pairs(&[("purpose", purpose), ("subject", subject)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_holds_for_its_purpose_and_subject_only() {
        let said = seal("form", "order 1");
        assert!(is_sealed("form", "order 1", &said));
        assert!(!is_sealed("form", "order 2", &said));
        assert!(!is_sealed("cookie", "order 1", &said));
        assert!(!is_sealed("form", "order 1", ""));
    }
}
