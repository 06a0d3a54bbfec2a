//! What travels, by name, with the schema that its type has.

use super::Shape;
use crate::wire::{
    AuthTokenContent, AuthTokenRequest, Envelope, InitiatePayment, PaymentInitiated, PaymentRefusal, PaymentWebhook,
    RedirectParameters, RefundRequest, RefundWebhook, RefundsContent, Refusal, SignatureContent, SignatureRequest,
    StatusUpdate, StatusUpdated, TransactionDetails, TransactionDetailsRequest, TransactionStatusContent,
    WebhookEndpoint, WebhookRegistration,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use std::sync::LazyLock;

macro_rules! payloads {
    ($($variant:ident = $name:literal $title:literal $type:ty),+ $(,)?) => {
        /// A payload of the contract.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Payload { $($variant),+ }

        impl Payload {
            pub const ALL: [Self; [$($name),+].len()] = [$(Self::$variant),+];

            /// Its name, for example `payment-webhook`; also of its file in `docs/contract/`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// What it is, in a few words.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),+ }
            }

            /// Its schema; parts that it shares become definitions of `generator`.
            pub fn schema_in(self, generator: &mut SchemaGenerator) -> Schema {
                match self { $(Self::$variant => <$type>::json_schema(generator)),+ }
            }

            /// Its schema as a document of its own.
            #[must_use]
            pub fn schema(self) -> Schema {
                let generator = SchemaSettings::draft2020_12().into_generator();
                let mut schema = match self { $(Self::$variant => generator.into_root_schema_for::<$type>()),+ };
                schema.insert("title".to_owned(), self.title().into());
                schema
            }
        }
    };
}

payloads! {
    AuthTokenRequest = "auth-token-request" "Request for a token" AuthTokenRequest,
    AuthTokenAnswer = "auth-token-answer" "A token" Envelope<AuthTokenContent>,
    SignatureRequest = "signature-request" "Request for a signature" SignatureRequest,
    SignatureAnswer = "signature-answer" "A signature" Envelope<SignatureContent>,
    InitiatePayment = "initiate-payment" "Request for a payment" InitiatePayment,
    PaymentInitiated = "payment-initiated" "An initiated payment" PaymentInitiated,
    TransactionStatusAnswer = "transaction-status-answer" "Where a payment stands" Envelope<TransactionStatusContent>,
    TransactionDetailsRequest = "transaction-details-request" "Request for the details of a payment" TransactionDetailsRequest,
    TransactionDetailsAnswer = "transaction-details-answer" "The details of a payment" Envelope<TransactionDetails>,
    StatusUpdate = "status-update" "How a payment ended" StatusUpdate,
    StatusUpdated = "status-updated" "An updated payment" StatusUpdated,
    WebhookRegistration = "webhook-registration" "A webhook endpoint to be" WebhookRegistration,
    WebhookAnswer = "webhook-answer" "A registered webhook endpoint" Envelope<WebhookEndpoint>,
    WebhooksAnswer = "webhooks-answer" "The registered webhook endpoints" Envelope<Vec<WebhookEndpoint>>,
    RefundRequest = "refund-request" "Request for a refund" RefundRequest,
    Refunds = "refunds" "The refunds of a payment" RefundsContent,
    Refusal = "refusal" "A refused request" Refusal,
    PaymentRefusal = "payment-refusal" "A refused payment request" PaymentRefusal,
    PaymentWebhook = "payment-webhook" "The payment webhook" PaymentWebhook,
    RefundWebhook = "refund-webhook" "The refund webhook" RefundWebhook,
    Redirect = "redirect" "The query of the redirect to the merchant" RedirectParameters,
}

impl Payload {
    /// What reaches a merchant without being asked for.
    pub const CALLBACKS: [Self; 3] = [Self::PaymentWebhook, Self::RefundWebhook, Self::Redirect];

    /// Its shape, for looking at values.
    #[must_use]
    pub fn shape(self) -> &'static Shape {
        static SHAPES: LazyLock<Vec<Shape>> =
            LazyLock::new(|| Payload::ALL.iter().map(|payload| Shape::of(&payload.schema().to_value())).collect());
        &SHAPES[self as usize]
    }
}
