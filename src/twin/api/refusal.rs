//! A refused API request.

use super::call::Accepted;
use crate::catalog::Code;
use crate::twin::LedgerError;
use crate::wire::contract::Operation;
use crate::wire::{PaymentRefusal, Refusal, Unknown};
use axum::http::StatusCode;

/// Why an API request is refused: a code of the vendor's, and a message that names the cause.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("serve the request: {message} ({})", .code.number())]
pub struct Refused {
    pub code: Code,
    pub message: String,
}

impl Refused {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(super) fn invalid(message: impl std::fmt::Display) -> Self {
        Self::new(Code::InvalidRequest, message.to_string())
    }

    pub(super) fn unknown_merchant(key: &str) -> Self {
        Self::new(Code::MerchantNotFound, format!("Merchant not found for this key : {key}"))
    }

    pub(super) fn unknown_order() -> Self {
        Self::new(Code::InvalidReference, "Transaction record with given reference not found")
    }

    /// The HTTP status that belongs to it: `initiatePayment` answers 401 where the others answer 400, as the vendor's
    /// pages show for a missing field. For codes they show nowhere it is inferred.
    pub(super) const fn http_status(&self, operation: Option<Operation>) -> StatusCode {
        match (operation, self.code) {
            (_, Code::UnauthorisedKey | Code::UnauthorisedToken) => StatusCode::UNAUTHORIZED,
            (_, Code::MerchantNotFound | Code::CredsNotFound | Code::PspCommunication) => StatusCode::BAD_REQUEST,
            (Some(Operation::InitiatePayment), _) => StatusCode::UNAUTHORIZED,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// Its answer: `initiatePayment` adds `is_success` and has its own name for 4001.
    pub(super) fn answer(self, operation: Option<Operation>) -> Accepted {
        let initiating = operation == Some(Operation::InitiatePayment);
        let invalid = self.code == Code::InvalidRequest;
        let refusal = Refusal {
            message: if invalid && !initiating {
                format!("Invalid Request, err : {}", self.message)
            } else {
                self.message
            },
            status_code: self.code.number().to_owned(),
            status_reason: if invalid && initiating { "INVALID_PAYMENT_REQUEST" } else { self.code.name() }.to_owned(),
            unknown: Unknown::default(),
        };
        if initiating {
            Accepted::json(&PaymentRefusal { is_success: false, refusal })
        } else {
            Accepted::json(&refusal)
        }
    }
}

impl From<LedgerError> for Refused {
    fn from(error: LedgerError) -> Self {
        let code = match &error {
            LedgerError::UnknownOrder(_) => return Self::unknown_order(),
            LedgerError::UnknownRefund(_) => Code::InvalidReference,
            LedgerError::DuplicateOrder(_) => Code::DuplicateTransaction,
            LedgerError::Transition { .. } => Code::OrderCancelled,
            LedgerError::OtherMethod { .. } | LedgerError::FixedMethod(_) => Code::InvalidMethod,
            LedgerError::NotPaid(_) | LedgerError::NothingRemains(_) | LedgerError::NotQueued { .. } => {
                Code::RefundNotAllowed
            }
            LedgerError::TooMuch { .. } => Code::PartialRefundNotAllowed,
            LedgerError::TooManyRefunds(_) => Code::RefundSystemError,
            LedgerError::NotPositive { .. } | LedgerError::AmountBeyondQr(_) => Code::InvalidAmount,
        };
        Self::new(code, format!("failed to {error}"))
    }
}
