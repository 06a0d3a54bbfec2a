//! What becomes of a payment. The codes are inferred: the vendor lists them without saying when each is given.

use crate::catalog::{AtmOutcome, ChallengeOutcome, Code};
use crate::wire::TransactionStatus;
use std::borrow::Cow;

/// How a payment ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The money was taken.
    Paid,
    /// No money was taken: the code, and what SmartPay says of it (`status_channel_reason`).
    Refused(Code, Cow<'static, str>),
    /// The payer ran out of time.
    Expired,
}

impl Outcome {
    #[must_use]
    pub const fn refused(code: Code, channel_reason: &'static str) -> Self {
        Self::Refused(code, Cow::Borrowed(channel_reason))
    }

    /// The payer pressed "cancel".
    #[must_use]
    pub const fn cancelled() -> Self {
        Self::refused(Code::OrderCancelled, "The payer cancelled the payment")
    }

    /// The payer typed a wrong OTP too often.
    #[must_use]
    pub const fn too_many_otps() -> Self {
        Self::refused(Code::OtpVerification, "The OTP was wrong too many times")
    }

    /// The card is known, but holder, expiry, issue date or security code are not its own.
    #[must_use]
    pub const fn wrong_card_data() -> Self {
        Self::refused(Code::InvalidCardInfo, "The card data is not correct")
    }

    /// No test instrument has this number.
    #[must_use]
    pub const fn unknown_card() -> Self {
        Self::refused(Code::CardDeclined, "The issuer declined the card")
    }

    /// What becomes of a credit card whose OTP was right.
    #[must_use]
    pub const fn of_challenge(challenge: ChallengeOutcome) -> Self {
        match challenge {
            ChallengeOutcome::Succeeds => Self::Paid,
            ChallengeOutcome::Fails => Self::refused(Code::Card3ds, "3-D Secure authentication failed"),
            ChallengeOutcome::Unavailable => Self::refused(Code::Card3ds, "3-D Secure authentication is unavailable"),
            ChallengeOutcome::SystemError => Self::refused(Code::PspCommunication, "The issuer's system failed"),
        }
    }

    /// What becomes of an ATM card whose OTP was right.
    #[must_use]
    pub const fn of_atm(outcome: AtmOutcome) -> Self {
        match outcome {
            AtmOutcome::Paid => Self::Paid,
            AtmOutcome::Locked => Self::refused(Code::CardBlocked, "The card is locked"),
            AtmOutcome::InsufficientFunds => Self::refused(Code::FundsLimit, "The balance is not sufficient"),
            AtmOutcome::OverLimit => Self::refused(Code::ExceededMaxLimit, "The amount is over the card's limit"),
        }
    }

    #[must_use]
    pub const fn status(&self) -> TransactionStatus {
        match self {
            Self::Paid => TransactionStatus::Success,
            Self::Refused(..) => TransactionStatus::Failed,
            Self::Expired => TransactionStatus::Expired,
        }
    }

    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Paid => Code::Success,
            Self::Refused(code, _) => *code,
            Self::Expired => Code::TransactionExpired,
        }
    }

    /// `status_channel_reason`: what SmartPay says.
    #[must_use]
    pub fn channel_reason(&self) -> &str {
        match self {
            Self::Paid => "Payment successful",
            Self::Refused(_, reason) => reason,
            Self::Expired => "The order expired before it was paid",
        }
    }
}
