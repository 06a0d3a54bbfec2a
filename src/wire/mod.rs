//! What travels: payloads, statuses, signatures, tokens, the QR payload. Data and pure functions.
//!
//! Sources are the vendor's pages; each type names its own.

mod amount;
mod clock;
pub mod contract;
mod dialect;
mod disagreement;
mod envelope;
mod form;
mod order;
mod payment;
pub mod qr;
mod redirect;
mod refund;
mod secret;
mod signature;
mod status;
mod timestamp;
mod token;
mod transaction;
mod unknown;
mod verification;
mod webhook;

pub use amount::{Amount, AmountError};
pub use clock::Clock;
pub use dialect::{
    Comparison, Dialect, Field, FieldValue, Signatures, SignaturesByDialect, UnknownDialect, Unsignable, compare,
};
pub use disagreement::{
    Disagreement, SAFE_ASCII, SIGNED_DIFFERENTLY, Spelling, Subject, disagreements, disagreements_over_secret, is_safe,
};
pub use envelope::{
    AuthTokenContent, AuthTokenRequest, Envelope, PaymentRefusal, Refusal, SignatureContent, SignatureRequest,
};
pub use form::{encode_pairs, parse_pairs};
pub use order::{MAX_AMOUNT, MAX_ORDER_ID_BYTES, Order, OrderError};
pub use payment::{
    Address, BillingDetails, InitiatePayment, OrderItem, PaymentInitiated, Route, RoutingParams, ShippingDetails,
    TokenParams, UserConfigured,
};
pub use redirect::{Redirect, RedirectParameters};
pub use refund::{RefundDetail, RefundRequest, RefundsContent};
pub use secret::Secret;
pub use signature::{PaymentFields, RedirectFields, RequestFields, Signature, StatusUpdateFields};
pub use status::{RefundKind, RefundStatus, TransactionStatus, TransactionType};
pub use timestamp::{go_timestamp, rfc3339_micros};
pub use token::{Claims, SELF_MADE_LIFETIME, TokenError, mint, verify};
pub use transaction::{
    OrderedItem, OrderedItems, StatusUpdate, StatusUpdated, TransactionDetails, TransactionDetailsRequest,
    TransactionStatusContent,
};
pub use unknown::Unknown;
pub use verification::{Verification, verification};
pub use webhook::{PaymentWebhook, RefundWebhook, WebhookEndpoint, WebhookRegistration};
