//! An order: what the merchant asked for, what became of it, and what was paid back.

use super::{Outcome, Refund, fits_qr};
use crate::catalog::{ATM_CARDS, CREDIT_CARDS, Code, Method};
use crate::wire::{Amount, OrderItem, RefundStatus, TransactionStatus, UserConfigured};
use jiff::Timestamp;
use rust_decimal::Decimal;

/// Who pays, as the merchant says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Buyer {
    pub name: String,
    pub email: String,
    pub phone: String,
    pub address1: String,
    pub address2: String,
    pub city: String,
    /// ISO 3166, two letters.
    pub country: String,
}

/// Through what an order was created (`source` on the wire).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    #[default]
    Api,
    /// The hosted checkout of the web SDK.
    Checkout,
}

impl Source {
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Checkout => "checkout",
        }
    }
}

/// An order as a merchant asks for it, validated.
#[derive(Clone, Debug)]
pub struct NewOrder {
    pub merchant_order_ref: String,
    pub method: Method,
    /// In dong.
    pub amount: Decimal,
    pub description: String,
    pub success_url: String,
    pub failure_url: String,
    pub pending_url: Option<String>,
    pub buyer: Buyer,
    pub items: Vec<OrderItem>,
    pub user_configured: UserConfigured,
    pub source: Source,
    pub user_agent: String,
    pub ip_address: String,
}

/// How far the payer has come on the pages of one order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Wrong OTPs typed so far.
    pub wrong_otps: u32,
    /// The number of the test card in use, without separators. Only documented test cards get here.
    pub card_number: Option<String>,
    /// The bank chosen on the ATM page.
    pub bank: Option<String>,
    /// The language of the pages, `en` or `vi`.
    pub lang: Option<String>,
    /// What the pages need to remember, in their own words, for example `challenge`.
    pub step: Option<String>,
}

/// An order in the ledger.
#[derive(Clone, Debug)]
pub struct Order {
    /// PortOne's reference.
    pub order_ref: String,
    /// SmartPay's reference, the bill number of the QR.
    pub channel_order_ref: String,
    pub request: NewOrder,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub progress: Progress,
    pub(super) status: TransactionStatus,
    pub(super) history: Vec<(TransactionStatus, Timestamp)>,
    pub(super) outcome: Option<Outcome>,
    pub(super) refunds: Vec<Refund>,
}

impl Order {
    #[must_use]
    pub const fn status(&self) -> &TransactionStatus {
        &self.status
    }

    /// Every status it had, oldest first.
    #[must_use]
    pub fn history(&self) -> &[(TransactionStatus, Timestamp)] {
        &self.history
    }

    /// How it ended, once it has.
    #[must_use]
    pub const fn outcome(&self) -> Option<&Outcome> {
        self.outcome.as_ref()
    }

    #[must_use]
    pub fn refunds(&self) -> &[Refund] {
        &self.refunds
    }

    #[must_use]
    pub fn refund(&self, refund_id: &str) -> Option<&Refund> {
        self.refunds.iter().find(|refund| refund.refund_id == refund_id)
    }

    /// Whether the payer can still pay.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        !self.status.is_final()
    }

    /// Whether its method is, or can still become, this one: only the hosted checkout offers another.
    #[must_use]
    pub fn can_be_paid_by(&self, method: Method) -> bool {
        let offered = self.request.source == Source::Checkout && (method != Method::Qr || fits_qr(self.request.amount));
        self.request.method == method || offered
    }

    #[must_use]
    pub const fn is_paid(&self) -> bool {
        matches!(self.status, TransactionStatus::Success)
    }

    /// The amount as it travels.
    #[must_use]
    pub fn wire_amount(&self) -> Amount {
        super::wire_amount(self.request.amount)
    }

    /// Money paid back or on its way back, in dong.
    #[must_use]
    pub fn refunded(&self) -> Decimal {
        self.refunds.iter().filter(|refund| refund.counts()).map(|refund| refund.amount).sum()
    }

    /// What can still be refunded, in dong: nothing of an order that was not paid.
    #[must_use]
    pub fn refundable(&self) -> Decimal {
        if self.is_paid() { self.request.amount - self.refunded() } else { Decimal::ZERO }
    }

    /// Whether all of it was paid back.
    #[must_use]
    pub fn is_fully_refunded(&self) -> bool {
        let done = |refund: &&Refund| *refund.status() == RefundStatus::Success;
        self.is_paid()
            && self.refunds.iter().filter(done).map(|refund| refund.amount).sum::<Decimal>() == self.request.amount
    }

    /// `status_code` and `status_reason`: of the outcome, or pending while it is open.
    #[must_use]
    pub const fn code(&self) -> Code {
        match &self.outcome {
            Some(outcome) => outcome.code(),
            None => Code::Pending,
        }
    }

    /// `status_channel_reason`: what SmartPay says; empty while it is open.
    #[must_use]
    pub fn channel_reason(&self) -> &str {
        self.outcome.as_ref().map_or("", Outcome::channel_reason)
    }

    /// Twelve stars and the last four digits; empty where no card was used.
    #[must_use]
    pub fn masked_card_number(&self) -> String {
        let last_four = |number: &String| number.get(number.len().saturating_sub(4)..).unwrap_or_default().to_owned();
        self.progress.card_number.as_ref().map(last_four).map(|four| format!("************{four}")).unwrap_or_default()
    }

    /// What becomes of this order when the OTP of the card in use was right: the documented card's outcome or its siblings'.
    #[must_use]
    pub fn outcome_of_card(&self) -> Outcome {
        outcome_of_card(self.request.method, self.progress.card_number.as_deref())
    }
}

/// What becomes of a payment by `method` with this card (the documented one if none is given), the OTP being right.
#[must_use]
pub fn outcome_of_card(method: Method, number: Option<&str>) -> Outcome {
    match method {
        Method::Qr => Outcome::Paid,
        Method::CreditCard => CREDIT_CARDS
            .iter()
            .find(|card| number.is_none_or(|number| card.number == number))
            .map_or_else(Outcome::unknown_card, |card| Outcome::of_challenge(card.challenge)),
        Method::AtmCard => ATM_CARDS
            .iter()
            .find(|card| number.is_none_or(|number| card.number == number))
            .map_or_else(Outcome::unknown_card, |card| Outcome::of_atm(card.outcome)),
    }
}
