//! What endpoints ask of a request: the merchant behind its headers, and its body, field by field.

use super::Refused;
use super::call::Call;
use super::outline::{self, Field};
use crate::catalog::Code;
use crate::twin::{Account, blame};
use crate::wire::{Clock, verify};
use axum::http::header;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The header that carries the merchant's key.
const KEY_HEADER: &str = "x-portone-client-key";

/// Reads a JSON body: first whether it is one, then whether anything required is missing, in the documented order,
/// then whether everything has the right type.
pub(super) fn body<T: DeserializeOwned>(bytes: &[u8], required: &[Field]) -> Result<T, Refused> {
    let text = std::str::from_utf8(bytes).map_err(|_| Refused::invalid("the body is not JSON: it is not UTF-8"))?;
    outline::check(text, required)?;
    blame::read(bytes).map_err(Refused::invalid)
}

/// Bytes of an address. The vendor names no limit; inferred.
const MAX_ADDRESS: usize = 2048;

/// Bytes of a text that people read: a description, a reason. The vendor names no limit; inferred.
pub(super) const MAX_TEXT: usize = 1024;

/// Refuses what is not an address that a browser or a webhook can go to.
pub(super) fn web_address(name: &str, address: &str) -> Result<(), Refused> {
    at_most(name, address, MAX_ADDRESS)?;
    let valid = url::Url::parse(address).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if valid { Ok(()) } else { Err(Refused::invalid(format!("{name} must be a valid URL"))) }
}

/// Refuses a text of more than `most` bytes: what is accepted is kept.
pub(super) fn at_most(name: &str, text: &str, most: usize) -> Result<(), Refused> {
    if text.len() <= most { Ok(()) } else { Err(Refused::invalid(format!("{name} must have at most {most} bytes"))) }
}

/// Refuses any environment but the sandbox.
pub(super) fn sandbox(environment: &str) -> Result<(), Refused> {
    if environment == "sandbox" {
        Ok(())
    } else {
        Err(Refused::new(Code::InvalidEnvironment, "environment must be sandbox"))
    }
}

impl Call {
    /// The body in JSON, where the request does not say that it is something else.
    pub(super) fn json<T: DeserializeOwned>(&self, required: &[Field]) -> Result<T, Refused> {
        if let Some(kind) = self.header(header::CONTENT_TYPE.as_str()) {
            let essence = kind.split(';').next().unwrap_or_default().trim();
            if !essence.eq_ignore_ascii_case("application/json") {
                return Err(Refused::invalid("the Content-Type must be application/json"));
            }
        }
        body(&self.body, required)
    }

    /// The merchant's key, from its header.
    pub(super) fn client_key(&self) -> Result<&str, Refused> {
        self.header(KEY_HEADER)
            .filter(|key| !key.is_empty())
            .ok_or_else(|| Refused::new(Code::UnauthorisedKey, "key is a required field"))
    }

    pub(super) fn account(&self, key: &str) -> Result<Arc<Account>, Refused> {
        self.twin.accounts.get(key).ok_or_else(|| Refused::unknown_merchant(key))
    }

    /// The merchant, authenticated by key and token; a key in the path must be the same.
    pub(super) fn merchant(&self) -> Result<Arc<Account>, Refused> {
        let key = self.client_key()?;
        let account = self.account(key)?;
        let token = self
            .header(header::AUTHORIZATION.as_str())
            .and_then(|value| value.split_once(' '))
            .and_then(|(scheme, token)| scheme.eq_ignore_ascii_case("bearer").then_some(token));
        // Tokens live in real time: merchants cannot move the account's clock.
        let verified =
            token.is_some_and(|token| verify(token.trim(), key, account.secret(), Clock::system().now()).is_ok());
        if !verified {
            return Err(Refused::new(Code::UnauthorisedToken, "The JWT Token or header is invalid or expired!"));
        }
        match self.path_part("key") {
            Some(other) if other != key => Err(other_key()),
            _ => Ok(account),
        }
    }

    pub(super) fn path_part(&self, name: &str) -> Option<&str> {
        self.path.iter().find(|(part, _)| part == name).map(|(_, value)| value.as_str())
    }

    /// A header's value, where it is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// The key in the header is not the key in path or body.
pub(super) fn other_key() -> Refused {
    Refused::new(Code::UnauthorisedKey, "invalid auth key")
}
