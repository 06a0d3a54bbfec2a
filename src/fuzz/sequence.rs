//! What a merchant does one after the other, and a small model of what it comes to.

use crate::wire::{RefundStatus, TransactionStatus};
use proptest::prelude::*;
use proptest::sample::select;
use serde::{Deserialize, Serialize};

/// Orders that one sequence can have.
const MOST_ORDERS: usize = 3;

/// One operation of a sequence. Orders and refunds are named by their number, counted round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum Step {
    /// Asks for a payment of this many dong.
    Initiate { amount: u32 },
    /// Asks for the payment of an order again, word by word.
    InitiateAgain { order: u8 },
    /// The payer pays.
    Pay { order: u8 },
    /// The merchant says how the payment ended.
    Update { order: u8, successful: bool },
    /// All that remains is paid back.
    RefundAll { order: u8 },
    /// This many thousandths of the whole amount are paid back, rounded down; more than a thousand is too much.
    RefundPart { order: u8, thousandths: u16 },
    /// From now on refunds wait in the queue, or they do not.
    Queue { waits: bool },
    /// The operator settles a refund.
    Settle { order: u8, refund: u8, successful: bool },
    /// Asks twice where everything stands.
    Query { order: u8 },
    /// The payer's time is over.
    Expire,
}

impl Step {
    /// Sequences of steps; those that only levers can make are left out without levers.
    pub fn sequences(levers: bool) -> BoxedStrategy<Vec<Self>> {
        let order = || 0..MOST_ORDERS as u8;
        let amounts = prop_oneof![select(vec![1, 2, 3, 1000]), 1_u32..2_000_000_000];
        let mut steps: Vec<(u32, BoxedStrategy<Self>)> = vec![
            (4, amounts.clone().prop_map(|amount| Self::Initiate { amount }).boxed()),
            (1, order().prop_map(|order| Self::InitiateAgain { order }).boxed()),
            (2, order().prop_map(|order| Self::RefundAll { order }).boxed()),
            (
                5,
                (order(), 0_u16..1100).prop_map(|(order, thousandths)| Self::RefundPart { order, thousandths }).boxed(),
            ),
            (1, order().prop_map(|order| Self::Query { order }).boxed()),
        ];
        if levers {
            // How an update is signed is inferred, so that only the twin can be held to it.
            let update = (order(), any::<bool>());
            steps.push((3, update.prop_map(|(order, successful)| Self::Update { order, successful }).boxed()));
            let settle = (order(), 0_u8..4, any::<bool>());
            steps.push((5, order().prop_map(|order| Self::Pay { order }).boxed()));
            steps.push((2, any::<bool>().prop_map(|waits| Self::Queue { waits }).boxed()));
            steps.push((
                4,
                settle.prop_map(|(order, refund, successful)| Self::Settle { order, refund, successful }).boxed(),
            ));
            steps.push((1, Just(Self::Expire).boxed()));
        }
        let step = proptest::strategy::Union::new_weighted(steps);
        let rest = proptest::collection::vec(step, 0..14);
        // Nothing can be asked of a merchant without an order.
        (amounts, rest).prop_map(|(amount, rest)| [vec![Self::Initiate { amount }], rest].concat()).boxed()
    }
}

/// What a step must be answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    Accepted,
    Refused,
}

/// A refund as the model has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ModelRefund {
    pub amount: u64,
    pub status: RefundStatus,
}

/// An order as the model has it. Money is in dong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ModelOrder {
    pub amount: u64,
    pub status: TransactionStatus,
    pub refunds: Vec<ModelRefund>,
}

impl ModelOrder {
    /// What can still be paid back: queued refunds have their amount set aside, failed ones give it back.
    #[must_use]
    pub(super) fn refundable(&self) -> u64 {
        if self.status != TransactionStatus::Success {
            return 0;
        }
        let gone = |refund: &&ModelRefund| refund.status != RefundStatus::Failed;
        self.amount - self.refunds.iter().filter(gone).map(|refund| refund.amount).sum::<u64>()
    }

    /// Dong of a part of the whole.
    #[must_use]
    pub(super) fn part(&self, thousandths: u16) -> u64 {
        self.amount * u64::from(thousandths) / 1000
    }

    fn is_open(&self) -> bool {
        !self.status.is_final()
    }
}

/// The merchant's books as they must be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Model {
    pub orders: Vec<ModelOrder>,
    pub queued: bool,
}

impl Model {
    /// The place of the order that a step names, if there is one.
    #[must_use]
    pub(super) fn place(&self, order: u8) -> Option<usize> {
        usize::from(order).checked_rem(self.orders.len())
    }

    /// The place of the refund that a step names.
    #[must_use]
    pub(super) fn refund_place(&self, order: u8, refund: u8) -> Option<(usize, usize)> {
        let order = self.place(order)?;
        Some((order, usize::from(refund).checked_rem(self.orders[order].refunds.len())?))
    }

    /// The order that a step is about.
    #[must_use]
    pub(super) fn subject(&self, step: &Step) -> Option<usize> {
        match step {
            Step::Initiate { .. } => self.orders.len().checked_sub(1),
            Step::InitiateAgain { order }
            | Step::Pay { order }
            | Step::Update { order, .. }
            | Step::RefundAll { order }
            | Step::RefundPart { order, .. }
            | Step::Settle { order, .. }
            | Step::Query { order } => self.place(*order),
            Step::Queue { .. } | Step::Expire => None,
        }
    }

    /// Lets the model take a step. `None` if there is nothing to take it with.
    pub(super) fn take(&mut self, step: &Step) -> Option<Expected> {
        use Expected::{Accepted, Refused};
        let queued = self.queued;
        Some(match step {
            Step::Initiate { amount } => {
                if self.orders.len() >= MOST_ORDERS {
                    return None;
                }
                let status = TransactionStatus::Initiated;
                self.orders.push(ModelOrder { amount: u64::from(*amount), status, refunds: Vec::new() });
                Accepted
            }
            Step::InitiateAgain { order } => self.place(*order).map(|_| Refused)?,
            Step::Pay { order } => self.conclude(*order, TransactionStatus::Success)?,
            Step::Update { order, successful } => {
                self.conclude(*order, if *successful { TransactionStatus::Success } else { TransactionStatus::Failed })?
            }
            Step::RefundAll { order } => {
                let place = self.place(*order)?;
                let all = self.orders[place].refundable();
                self.orders[place].refund(all, queued)
            }
            Step::RefundPart { order, thousandths } => {
                let place = self.place(*order)?;
                let part = self.orders[place].part(*thousandths);
                self.orders[place].refund(part, queued)
            }
            Step::Queue { waits } => {
                self.queued = *waits;
                Accepted
            }
            Step::Settle { order, refund, successful } => {
                let (order, refund) = self.refund_place(*order, *refund)?;
                let refund = &mut self.orders[order].refunds[refund];
                if refund.status != RefundStatus::InQueue {
                    return Some(Refused);
                }
                refund.status = if *successful { RefundStatus::Success } else { RefundStatus::Failed };
                Accepted
            }
            Step::Query { order } => self.place(*order).map(|_| Accepted)?,
            Step::Expire => {
                for order in self.orders.iter_mut().filter(|order| order.is_open()) {
                    order.status = TransactionStatus::Expired;
                }
                Accepted
            }
        })
    }

    fn conclude(&mut self, order: u8, status: TransactionStatus) -> Option<Expected> {
        let place = self.place(order)?;
        let order = &mut self.orders[place];
        if !order.is_open() {
            return Some(Expected::Refused);
        }
        order.status = status;
        Some(Expected::Accepted)
    }
}

impl ModelOrder {
    fn refund(&mut self, amount: u64, queued: bool) -> Expected {
        if amount == 0 || amount > self.refundable() {
            return Expected::Refused;
        }
        let status = if queued { RefundStatus::InQueue } else { RefundStatus::Success };
        self.refunds.push(ModelRefund { amount, status });
        Expected::Accepted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(steps: &[Step]) -> (Model, Vec<Option<Expected>>) {
        let mut model = Model::default();
        let expected = steps.iter().map(|step| model.take(step)).collect();
        (model, expected)
    }

    #[test]
    fn a_queued_refund_sets_its_amount_aside_until_it_fails() {
        use Expected::{Accepted, Refused};
        let (model, expected) = taken(&[
            Step::Initiate { amount: 1000 },
            Step::RefundAll { order: 0 },
            Step::Pay { order: 0 },
            Step::Pay { order: 3 },
            Step::Queue { waits: true },
            Step::RefundPart { order: 0, thousandths: 600 },
            Step::RefundPart { order: 0, thousandths: 500 },
            Step::Settle { order: 0, refund: 0, successful: false },
            Step::Settle { order: 0, refund: 0, successful: true },
            Step::RefundAll { order: 0 },
        ]);
        let answers = [Accepted, Refused, Accepted, Refused, Accepted, Accepted, Refused, Accepted, Refused, Accepted];
        assert_eq!(expected, answers.map(Some));
        assert_eq!(model.orders[0].refundable(), 0);
        let amounts: Vec<u64> = model.orders[0].refunds.iter().map(|refund| refund.amount).collect();
        assert_eq!(amounts, [600, 1000]);
    }

    #[test]
    fn what_has_nothing_to_act_on_is_no_step() {
        let (_, expected) = taken(&[
            Step::Pay { order: 0 },
            Step::Initiate { amount: 5 },
            Step::Settle { order: 0, refund: 0, successful: true },
        ]);
        assert_eq!(expected, [None, Some(Expected::Accepted), None]);
    }
}
