//! The fields of a submitted form.

use super::visitor::{Instead, Problem, Visitor};
use crate::wire::parse_pairs;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};

/// The fields of a submitted form, in order. They may hold card data: no `Debug`.
pub(super) struct Fields(Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Instead;

    async fn from_request(request: Request, state: &S) -> Result<Self, Instead> {
        let (mut parts, body) = request.into_parts();
        let Ok(visitor) = Visitor::from_request_parts(&mut parts, state).await;
        let bytes = Bytes::from_request(Request::from_parts(parts, body), state).await;
        let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
        let text = text.ok_or_else(|| Problem::BadRequest.page(&visitor))?;
        Ok(Self(parse_pairs(&text)))
    }
}

impl Fields {
    /// A field without surrounding spaces; empty when it is absent.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value.trim())
    }
}
