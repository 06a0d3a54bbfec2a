//! A case: what is tried once, as data that can be kept and tried again.

use super::generate::payment_request;
use super::{Breakage, Step};
use crate::wire::InitiatePayment;
use crate::wire::contract::Operation;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

/// A case. It holds no key, secret or signature: these belong to where it is carried out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Case {
    /// A valid request for a payment, perhaps sent a second time.
    Valid { request: Box<InitiatePayment>, repeated: bool },
    /// A valid request of an operation, broken in one way.
    Broken { operation: String, breakage: Breakage },
    /// Operations one after the other, held against the model.
    Sequence { steps: Vec<Step> },
}

impl Case {
    /// Cases by chance.
    pub fn any(levers: bool) -> BoxedStrategy<Self> {
        let valid = (payment_request(), prop::bool::weighted(0.2))
            .prop_map(|(request, repeated)| Self::Valid { request: Box::new(request), repeated });
        // What asks for money has the most that can be broken.
        let weight = |operation: Operation| if operation == Operation::InitiatePayment { 8 } else { 2 };
        let broken = Operation::ALL.map(|operation| {
            let broken = Breakage::any(operation, levers)
                .prop_map(move |breakage| Self::Broken { operation: operation.id().to_owned(), breakage });
            (weight(operation), broken.boxed())
        });
        let broken = proptest::strategy::Union::new_weighted(broken.to_vec());
        let sequence = Step::sequences(levers).prop_map(|steps| Self::Sequence { steps });
        prop_oneof![60 => broken, 37 => valid, 3 => sequence].boxed()
    }

    /// What kind of case it is, by which findings are told apart.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Valid { repeated: false, .. } => "a valid payment request".to_owned(),
            Self::Valid { repeated: true, .. } => "a valid payment request, sent twice".to_owned(),
            Self::Broken { operation, breakage } => format!("{operation}, {}", breakage.name()),
            Self::Sequence { .. } => "a sequence of operations".to_owned(),
        }
    }

    /// The operation of a broken request.
    #[must_use]
    pub fn operation(&self) -> Option<Operation> {
        let Self::Broken { operation, .. } = self else { return None };
        Operation::ALL.into_iter().find(|known| known.id() == operation)
    }
}
