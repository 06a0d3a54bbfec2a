//! The words of the features that stand for a value.

use crate::catalog::{
    ATM_CARDS, AtmCard, AtmOutcome, CREDIT_CARDS, ChallengeOutcome, Code, CreditCard, Method as CatalogMethod,
};
use crate::journeys::Settlement;
use crate::sandbox::{Part as RequestPart, SmartPaySays};
use crate::wire::Amount;
use cucumber::Parameter;
use std::str::FromStr;

/// An amount such as `500,000` or `-1`.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(name = "money", regex = r"-?\d{1,3}(?:,\d{3})*")]
pub(in crate::steps) struct Money(pub(super) Amount);

impl FromStr for Money {
    type Err = crate::wire::AmountError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.replace(',', "").parse().map(Self)
    }
}

#[derive(Clone, Copy, Debug, Parameter)]
#[param(name = "method", regex = "credit card|QR|ATM card")]
pub(in crate::steps) struct Method(pub(in crate::steps) CatalogMethod);

impl FromStr for Method {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        CatalogMethod::ALL
            .into_iter()
            .find(|method| method.to_string() == text)
            .map(Self)
            .ok_or_else(|| format!("no method is called {text:?}"))
    }
}

/// A test card, by what becomes of it.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(
    name = "card",
    regex = "the documented credit card|the credit card whose [a-z ]+|the documented ATM card|the ATM card (?:that is|without) [a-z ]+"
)]
pub(super) enum Card {
    Credit(&'static CreditCard),
    Atm(&'static AtmCard),
}

impl FromStr for Card {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let credit = |outcome| Ok(Self::Credit(CreditCard::with(outcome)));
        let atm = |outcome| Ok(Self::Atm(AtmCard::with(outcome)));
        match text {
            "the documented credit card" => Ok(Self::Credit(&CREDIT_CARDS[0])),
            "the credit card whose challenge fails" => credit(ChallengeOutcome::Fails),
            "the credit card whose challenge is unavailable" => credit(ChallengeOutcome::Unavailable),
            "the credit card whose issuer has a system error" => credit(ChallengeOutcome::SystemError),
            "the documented ATM card" => Ok(Self::Atm(&ATM_CARDS[0])),
            "the ATM card that is locked" => atm(AtmOutcome::Locked),
            "the ATM card without funds" => atm(AtmOutcome::InsufficientFunds),
            "the ATM card that is over its limit" => atm(AtmOutcome::OverLimit),
            other => Err(format!("no test card is called {other:?}")),
        }
    }
}

/// Why a payment failed or a request was refused, with the code that says so.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(name = "reason", regex = r"(?:of|the|it|SmartPay|refunds) [a-zA-Z0-9' -]+")]
pub(super) struct Reason(pub(super) Code);

impl FromStr for Reason {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self(match text {
            "of the OTP" => Code::OtpVerification,
            "the payer cancelled" => Code::OrderCancelled,
            "of the 3-D Secure check" => Code::Card3ds,
            "SmartPay could not be used" => Code::PspCommunication,
            "the card is blocked" => Code::CardBlocked,
            "of insufficient funds" => Code::FundsLimit,
            "the amount is over the limit" => Code::ExceededMaxLimit,
            "the merchant is unknown" => Code::MerchantNotFound,
            "the token is invalid" => Code::UnauthorisedToken,
            "the key is missing" => Code::UnauthorisedKey,
            "of the signature" => Code::UnauthorisedSignature,
            "the order id was used before" => Code::DuplicateTransaction,
            "the channel is unknown" => Code::InvalidChannelKey,
            "the channel is not set up" => Code::CredsNotFound,
            "the method is unknown" => Code::InvalidMethod,
            "the environment is unknown" => Code::InvalidEnvironment,
            "the currency is not that of the channel" => Code::InvalidCurrency,
            "the amount is invalid" => Code::InvalidAmount,
            "the reference is unknown" => Code::InvalidReference,
            "the order is closed" => Code::OrderCancelled,
            "it exceeds what remains" => Code::PartialRefundNotAllowed,
            "refunds are not allowed" => Code::RefundNotAllowed,
            other => return Err(format!("no reason is worded {other:?}")),
        }))
    }
}

/// A part of a payment request.
#[derive(Clone, Copy, Debug, Parameter)]
#[param(
    name = "part",
    regex = "key|order id|channel|method|description|environment|amount|currency|signature|success page|failure page"
)]
pub(super) struct Part(pub(super) RequestPart);

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(Self(match text {
            "key" => RequestPart::Key,
            "order id" => RequestPart::OrderId,
            "channel" => RequestPart::Channel,
            "method" => RequestPart::Method,
            "description" => RequestPart::Description,
            "environment" => RequestPart::Environment,
            "amount" => RequestPart::Amount,
            "currency" => RequestPart::Currency,
            "signature" => RequestPart::Signature,
            "success page" => RequestPart::SuccessPage,
            "failure page" => RequestPart::FailurePage,
            other => return Err(format!("no part of a payment request is called {other:?}")),
        }))
    }
}

/// How a queued refund ends, in SmartPay's books or in the operator's hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Parameter)]
#[param(name = "ending", regex = "successful|failed")]
pub(super) enum Ending {
    Successful,
    Failed,
}

impl FromStr for Ending {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "successful" => Ok(Self::Successful),
            "failed" => Ok(Self::Failed),
            other => Err(format!("no refund ends {other:?}")),
        }
    }
}

impl Ending {
    pub(super) const fn says(self) -> SmartPaySays {
        match self {
            Self::Successful => SmartPaySays::Success,
            Self::Failed => SmartPaySays::Failed,
        }
    }

    pub(super) const fn settlement(self) -> Settlement {
        match self {
            Self::Successful => Settlement::Successful,
            Self::Failed => Settlement::Failed,
        }
    }

    /// How pages word it, in lower case.
    pub(super) const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Successful => &["successful", "success", "thành công"],
            Self::Failed => &["failed", "thất bại"],
        }
    }
}
