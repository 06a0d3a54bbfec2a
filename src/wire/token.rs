//! The JWT that authenticates API requests. Source: the vendor's "JWT authentication" page.

use super::Secret;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

/// Seconds a token lives when the merchant makes it.
pub const SELF_MADE_LIFETIME: i64 = 100;

const ISSUER: &str = "PORTONE";

/// The claims, all required; times in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    pub iss: String,
    /// The merchant's key.
    pub sub: String,
    pub iat: i64,
    pub exp: i64,
}

/// Why a token is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("verify the token: {0}")]
    Invalid(String),
    #[error("verify the token: it expired")]
    Expired,
    #[error("verify the token: it was issued for another merchant")]
    OtherMerchant,
}

/// Makes a token for `key` that lives `lifetime` seconds from `now`.
#[must_use]
pub fn mint(key: &str, secret: &Secret, now: Timestamp, lifetime: i64) -> String {
    let iat = now.as_second();
    let claims = Claims { iss: ISSUER.to_owned(), sub: key.to_owned(), iat, exp: iat + lifetime };
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(secret.expose().as_bytes()))
        .expect("claims of strings and integers encode")
}

/// Verifies a token: HS256 only, the secret's signature, issuer, subject and expiry.
///
/// Lifetimes are not limited: the vendor's own samples make tokens of up to a million seconds.
///
/// # Errors
/// Says what is wrong with the token.
pub fn verify(token: &str, key: &str, secret: &Secret, now: Timestamp) -> Result<Claims, TokenError> {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_issuer(&[ISSUER]);
    validation.set_required_spec_claims(&["iss", "sub", "exp"]);
    // Time is passed in, so expiry is checked below.
    validation.validate_exp = false;
    let key_bytes = DecodingKey::from_secret(secret.expose().as_bytes());
    let claims = jsonwebtoken::decode::<Claims>(token, &key_bytes, &validation)
        .map_err(|error| TokenError::Invalid(error.to_string()))?
        .claims;
    if claims.sub != key {
        return Err(TokenError::OtherMerchant);
    }
    if claims.exp <= now.as_second() {
        return Err(TokenError::Expired);
    }
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The auth-token example of the vendor's OpenAPI document.
    const EXAMPLE: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjE3MjQzMjM2NTEsImlhdCI6MTcyNDMwMjA1MSwiaXNzIjoiUE9SVE9ORSIsInN1YiI6InNqY3J2Y2JWWWtGb2JIbHgifQ.-A7y_JSRNbST9wIE26xd-oq0vLsQ-PavhHyxSts0glY";
    const SECRET: &str = "6cd264c70ec38d41a5dc2662e98c72bac58d3afc5bb4e80debbe3a976a0dc4eb";

    #[test]
    fn the_documented_example_verifies_until_it_expires() {
        let issued = Timestamp::from_second(1_724_302_051).unwrap();
        let expiry = Timestamp::from_second(1_724_323_651).unwrap();
        let secret = Secret::new(SECRET);
        let claims = verify(EXAMPLE, "sjcrvcbVYkFobHlx", &secret, issued).unwrap();
        assert_eq!(claims.exp - claims.iat, 21600);
        assert_eq!(verify(EXAMPLE, "sjcrvcbVYkFobHlx", &secret, expiry), Err(TokenError::Expired));
        assert_eq!(verify(EXAMPLE, "another", &secret, issued), Err(TokenError::OtherMerchant));
        assert!(matches!(verify(EXAMPLE, "sjcrvcbVYkFobHlx", &Secret::new("x"), issued), Err(TokenError::Invalid(_))));
    }

    #[test]
    fn a_minted_token_verifies_and_an_unsigned_one_never_does() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let secret = Secret::new("s");
        let token = mint("k", &secret, now, SELF_MADE_LIFETIME);
        let claims = verify(&token, "k", &secret, now).unwrap();
        assert_eq!((claims.iat, claims.exp), (1_800_000_000, 1_800_000_100));
        let body = token.split('.').nth(1).unwrap();
        // {"alg":"none","typ":"JWT"}
        let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{body}.");
        assert!(verify(&unsigned, "k", &secret, now).is_err());
    }
}
