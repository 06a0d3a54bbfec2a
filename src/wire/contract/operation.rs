//! The operations of the API: how each is asked for, answered and refused.

use super::Payload;
use serde::Deserialize;
use std::sync::LazyLock;

/// What an operation asks a client to prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Authentication {
    /// Nothing: the body holds the credentials.
    None,
    /// The header `X-Portone-Client-Key`; the body is signed.
    Key,
    /// The header `X-Portone-Client-Key`, and a JWT as `Authorization: Bearer …`.
    Token,
}

/// A way to be refused: the HTTP status and the codes that come with it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefusedWith {
    pub http: u16,
    /// Numbers of `catalog::Code`.
    pub codes: Vec<String>,
}

macro_rules! operations {
    ($($(#[$doc:meta])* $variant:ident = $id:literal $request:expr => $answer:expr),+ $(,)?) => {
        /// An operation of the API.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Operation { $($(#[$doc])* $variant),+ }

        impl Operation {
            pub const ALL: [Self; [$($id),+].len()] = [$(Self::$variant),+];

            /// Its name, for example `initiatePayment`.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),+ }
            }

            /// What its body holds, if it has one.
            #[must_use]
            pub const fn request(self) -> Option<Payload> {
                match self { $(Self::$variant => $request),+ }
            }

            /// What an accepted request is answered with.
            #[must_use]
            pub const fn answer(self) -> Payload {
                match self { $(Self::$variant => $answer),+ }
            }
        }
    };
}

operations! {
    AuthToken = "authToken" Some(Payload::AuthTokenRequest) => Payload::AuthTokenAnswer,
    GenerateSignature = "generateSignature" Some(Payload::SignatureRequest) => Payload::SignatureAnswer,
    InitiatePayment = "initiatePayment" Some(Payload::InitiatePayment) => Payload::PaymentInitiated,
    TransactionStatus = "transactionStatus" None => Payload::TransactionStatusAnswer,
    TransactionDetails = "transactionDetails" Some(Payload::TransactionDetailsRequest) => Payload::TransactionDetailsAnswer,
    UpdateTransactionStatus = "updateTransactionStatus" Some(Payload::StatusUpdate) => Payload::StatusUpdated,
    AddWebhook = "addWebhook" Some(Payload::WebhookRegistration) => Payload::WebhookAnswer,
    ListWebhooks = "listWebhooks" None => Payload::WebhooksAnswer,
    CreateRefund = "createRefund" Some(Payload::RefundRequest) => Payload::Refunds,
    ListRefunds = "listRefunds" None => Payload::Refunds,
}

/// What `operations.toml` says of one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// Checked by a test, read by nobody else.
    #[cfg_attr(not(test), expect(dead_code, reason = "it makes the table readable, and a test holds it to the order"))]
    operation: String,
    title: String,
    method: String,
    path: String,
    #[serde(default)]
    query: Vec<String>,
    authentication: Authentication,
    source: String,
    refused: Vec<RefusedWith>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    operation: Vec<Entry>,
}

static TABLE: LazyLock<Vec<Entry>> = LazyLock::new(|| {
    let table: Table =
        toml::from_str(include_str!("operations.toml")).expect("the embedded table parses, as its test shows");
    table.operation
});

impl Operation {
    fn entry(self) -> &'static Entry {
        // In the order of the enumeration, as a test shows.
        &TABLE[self as usize]
    }

    /// What it does, in a few words.
    #[must_use]
    pub fn title(self) -> &'static str {
        &self.entry().title
    }

    /// The HTTP method.
    #[must_use]
    pub fn method(self) -> &'static str {
        &self.entry().method
    }

    /// The path, its variable parts in braces.
    #[must_use]
    pub fn path(self) -> &'static str {
        &self.entry().path
    }

    /// Parameters of the query, all required.
    #[must_use]
    pub fn query(self) -> &'static [String] {
        &self.entry().query
    }

    #[must_use]
    pub fn authentication(self) -> Authentication {
        self.entry().authentication
    }

    /// The documentation page.
    #[must_use]
    pub fn source(self) -> &'static str {
        &self.entry().source
    }

    /// How it can be refused.
    #[must_use]
    pub fn refused(self) -> &'static [RefusedWith] {
        &self.entry().refused
    }

    /// What a refused request is answered with.
    #[must_use]
    pub const fn refusal(self) -> Payload {
        match self {
            Self::InitiatePayment => Payload::PaymentRefusal,
            _ => Payload::Refusal,
        }
    }

    /// Whether the contract knows this refusal.
    #[must_use]
    pub fn can_be_refused_with(self, http: u16, code: &str) -> bool {
        self.refused().iter().any(|refused| refused.http == http && refused.codes.iter().any(|known| known == code))
    }

    /// The names of the path's variable parts.
    pub fn path_parameters(self) -> impl Iterator<Item = &'static str> {
        self.path().split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }

    /// The operation that a request of this method at this path asks for.
    #[must_use]
    pub fn of(method: &str, path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        Self::ALL.into_iter().find(|operation| operation.method() == method && operation.is_at(&parts))
    }

    fn is_at(self, parts: &[&str]) -> bool {
        let mut template = self.path().trim_start_matches('/').split('/');
        let alike = parts.iter().all(|part| {
            template
                .next()
                .is_some_and(|expected| if expected.starts_with('{') { !part.is_empty() } else { expected == *part })
        });
        alike && template.next().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Code;

    #[test]
    fn the_table_has_every_operation_in_order_and_only_known_codes() {
        let ids: Vec<&str> = TABLE.iter().map(|entry| entry.operation.as_str()).collect();
        assert_eq!(ids, Operation::ALL.map(Operation::id));
        for operation in Operation::ALL {
            for refused in operation.refused() {
                assert!(refused.http >= 400 && !refused.codes.is_empty());
                for code in &refused.codes {
                    assert!(Code::ALL.iter().any(|known| known.number() == code), "{}: {code}", operation.id());
                }
            }
        }
    }

    #[test]
    fn an_operation_is_known_by_its_method_and_path() {
        for (method, path, expected) in [
            ("POST", "/api/initiatePayment", Some(Operation::InitiatePayment)),
            ("GET", "/api/transaction/A%2F1/status", Some(Operation::TransactionStatus)),
            ("PUT", "/api/transaction/status", Some(Operation::UpdateTransactionStatus)),
            ("POST", "/api/KEY/transaction-details", Some(Operation::TransactionDetails)),
            ("GET", "/api/merchant/KEY/webhook", Some(Operation::ListWebhooks)),
            ("GET", "/api/transaction//status", None),
            ("GET", "/api/initiatePayment", None),
            ("GET", "/api/refund/1/2", None),
            ("GET", "/", None),
        ] {
            assert_eq!(Operation::of(method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn a_refusal_is_known_by_its_http_status_together_with_its_code() {
        let operation = Operation::InitiatePayment;
        for (http, code, known) in
            [(401, "4011", true), (400, "4044", true), (400, "4011", false), (401, "4044", false), (401, "2000", false)]
        {
            assert_eq!(operation.can_be_refused_with(http, code), known, "{http} {code}");
        }
    }

    #[test]
    fn the_variable_parts_of_a_path_have_names() {
        for operation in Operation::ALL {
            let mut path = operation.path().to_owned();
            for name in operation.path_parameters() {
                assert!(!name.is_empty(), "{}", operation.id());
                path = path.replacen(&format!("{{{name}}}"), name, 1);
            }
            assert!(!path.contains(['{', '}']), "{} keeps a variable part: {path}", operation.id());
        }
        assert!(Operation::InitiatePayment.path_parameters().next().is_none());
    }
}
