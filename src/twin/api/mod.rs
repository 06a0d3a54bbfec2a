//! PortOne's API as the twin answers it: one file per group of endpoints, one way in and out.

mod auth;
mod body;
mod call;
mod extract;
mod outline;
mod payment;
mod refund;
mod refusal;
mod transaction;
mod webhook;

pub(super) use call::router;
pub use payment::{Asker, initiate};
pub use refusal::Refused;
