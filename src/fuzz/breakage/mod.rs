//! The ways to break a valid request, each by one name.

mod any;
mod apply;

use crate::wire::contract::Operation;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One way to break a valid request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "way", rename_all = "kebab-case")]
pub enum Breakage {
    /// A required field is left out.
    FieldMissing {
        field: String,
    },
    /// A required field is null.
    FieldNull {
        field: String,
    },
    /// A field is of another type.
    FieldOfWrongType {
        field: String,
        value: Value,
    },
    /// A field has far more letters than anything that it could hold.
    FieldTooLong {
        field: String,
        letters: usize,
    },
    /// A field that is signed or secret comes twice, the second time with another value.
    FieldTwice {
        field: String,
    },
    /// A field is of its type, correctly signed, and holds what cannot be accepted.
    FieldRefused {
        field: String,
        value: Value,
    },
    /// One bit of the signature is flipped.
    SignatureBit {
        bit: u8,
    },
    /// Signed with another merchant's secret.
    SignatureOfAnother,
    /// The token's time is over.
    TokenExpired,
    /// The token is another merchant's.
    TokenOfAnother,
    /// The token says `alg: none` and is not signed.
    TokenUnsigned,
    /// The token is ours, signed with a key that is not.
    TokenOfWrongKey,
    /// One bit of the token's signature is flipped.
    TokenBit {
        bit: u8,
    },
    TokenMissing,
    /// The token is no token.
    TokenGarbage {
        text: String,
    },
    /// The header with the merchant's key is left out.
    KeyMissing,
    /// The key in the header is nobody's.
    KeyUnknown {
        key: String,
    },
    /// The key in the path is another merchant's.
    KeyOfPath {
        key: String,
    },
    /// The order in the path or body is nobody's.
    OrderUnknown {
        reference: String,
    },
    /// Another merchant asks, with its own key and token.
    OrderOfAnother,
    /// The query is left out.
    QueryMissing,
    /// The body ends early, after this many thousandths of it.
    BodyTruncated {
        thousandths: u16,
    },
    /// The body is lists in lists.
    BodyNested {
        depth: u32,
    },
    /// The body is larger than anything that is documented.
    BodyOversized {
        bytes: usize,
    },
    /// A byte that is no UTF-8 stands in a text of the body.
    BodyNotUtf8 {
        byte: u8,
    },
    /// The body is no JSON.
    BodyNotJson {
        text: String,
    },
    /// The body is JSON, but no object.
    BodyNotObject {
        value: Value,
    },
    /// The body is said to be something else than JSON.
    ContentType {
        kind: String,
    },
    /// The path does not have this method.
    Method {
        method: String,
    },
}

impl Breakage {
    /// The way in which it is broken, in a few words.
    #[must_use]
    pub const fn way(&self) -> &'static str {
        match self {
            Self::FieldMissing { .. } => "field missing",
            Self::FieldNull { .. } => "field null",
            Self::FieldOfWrongType { .. } => "field of a wrong type",
            Self::FieldTooLong { .. } => "field too long",
            Self::FieldTwice { .. } => "field twice",
            Self::FieldRefused { .. } => "field with an impossible value",
            Self::SignatureBit { .. } => "one bit of the signature flipped",
            Self::SignatureOfAnother => "signed with another secret",
            Self::TokenExpired => "token expired",
            Self::TokenOfAnother => "token of another merchant",
            Self::TokenUnsigned => "token with alg: none",
            Self::TokenOfWrongKey => "token signed with a wrong key",
            Self::TokenBit { .. } => "one bit of the token's signature flipped",
            Self::TokenMissing => "token missing",
            Self::TokenGarbage { .. } => "token that is none",
            Self::KeyMissing => "key missing",
            Self::KeyUnknown { .. } => "key of nobody",
            Self::KeyOfPath { .. } => "key of another in the path",
            Self::OrderUnknown { .. } => "order of nobody",
            Self::OrderOfAnother => "order of another merchant",
            Self::QueryMissing => "query missing",
            Self::BodyTruncated { .. } => "body truncated",
            Self::BodyNested { .. } => "body deeply nested",
            Self::BodyOversized { .. } => "body oversized",
            Self::BodyNotUtf8 { .. } => "body not UTF-8",
            Self::BodyNotJson { .. } => "body no JSON",
            Self::BodyNotObject { .. } => "body no object",
            Self::ContentType { .. } => "wrong content type",
            Self::Method { .. } => "wrong method",
        }
    }

    /// The way, and the field that is broken, if one is.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::FieldMissing { field }
            | Self::FieldNull { field }
            | Self::FieldOfWrongType { field, .. }
            | Self::FieldTooLong { field, .. }
            | Self::FieldTwice { field }
            | Self::FieldRefused { field, .. } => format!("{}: {field}", self.way()),
            _ => self.way().to_owned(),
        }
    }

    /// Whether the request still reaches an operation.
    #[must_use]
    pub const fn reaches_operation(&self) -> bool {
        !matches!(self, Self::Method { .. })
    }
}

/// The field of the body that names an order.
const fn order_field(operation: Operation) -> Option<&'static str> {
    match operation {
        Operation::TransactionDetails => Some("order_ref"),
        Operation::UpdateTransactionStatus => Some("merchant_order_ref"),
        _ => None,
    }
}
