//! A refund: requested, perhaps queued, settled once.

use crate::wire::{RefundKind, RefundStatus};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What SmartPay says really became of a refund, whatever an operator writes on the portal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmartPaySays {
    #[default]
    Success,
    Failed,
}

impl SmartPaySays {
    #[must_use]
    pub const fn status(self) -> RefundStatus {
        match self {
            Self::Success => RefundStatus::Success,
            Self::Failed => RefundStatus::Failed,
        }
    }
}

/// Whether a refund is settled at once or waits for an operator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NextRefund {
    #[default]
    Settle,
    Queue,
}

/// How an account's next refunds behave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundMode {
    pub next: NextRefund,
    pub smartpay_says: SmartPaySays,
}

/// A refund as somebody asks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct RefundWish {
    /// `None` for all that remains; else in units of the currency.
    pub part: Option<Decimal>,
    pub reason: String,
    pub description: String,
}

/// A refund in the ledger.
#[derive(Clone, Debug)]
pub struct Refund {
    pub refund_id: String,
    /// SmartPay's reference.
    pub psp_refund_id: String,
    pub amount: Decimal,
    pub kind: RefundKind,
    pub reason: String,
    pub description: String,
    pub requested_at: Timestamp,
    /// What SmartPay's dashboard shows for it.
    pub smartpay_says: SmartPaySays,
    pub(super) status: RefundStatus,
    pub(super) history: Vec<(RefundStatus, Timestamp)>,
}

impl Refund {
    #[must_use]
    pub const fn status(&self) -> &RefundStatus {
        &self.status
    }

    /// Every status it had, oldest first.
    #[must_use]
    pub fn history(&self) -> &[(RefundStatus, Timestamp)] {
        &self.history
    }

    #[must_use]
    pub fn is_queued(&self) -> bool {
        self.status == RefundStatus::InQueue
    }

    /// Whether its amount is gone from what can still be refunded: queued refunds reserve theirs (inferred).
    #[must_use]
    pub fn counts(&self) -> bool {
        self.status != RefundStatus::Failed
    }

    /// Whether it was settled against what SmartPay says.
    #[must_use]
    pub fn contradicts_smartpay(&self) -> bool {
        matches!(self.status, RefundStatus::Success | RefundStatus::Failed)
            && self.status != self.smartpay_says.status()
    }

    /// "Operator's error: SmartPay says failed", where it was settled against what SmartPay says.
    #[must_use]
    pub fn reconciliation(&self) -> Option<&'static str> {
        self.contradicts_smartpay().then_some(match self.smartpay_says {
            SmartPaySays::Success => "Operator's error: SmartPay says successful",
            SmartPaySays::Failed => "Operator's error: SmartPay says failed",
        })
    }
}
