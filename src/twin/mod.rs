//! The embedded sandbox: stateful, deterministic, speaking the vendor's wire format over real HTTP.
//!
//! `server` starts it on threads of its own; `hosts` tells its hosts apart; `api` and `pages` are what they serve;
//! `account` and `ledger` hold the state; `delivery` carries webhooks; `levers` is how tests arrange things; `fault` is what it does wrong on purpose.

mod account;
mod accounts;
mod api;
mod blame;
mod callback;
mod delivery;
mod fault;
mod hosts;
mod ids;
mod index;
mod lately;
mod ledger;
mod levers;
mod memory;
mod money;
mod onboarding;
mod order;
mod orders;
mod outcome;
mod pages;
mod refund;
mod server;
mod state;
mod weight;

pub use account::{Account, Identity, PageLogin};
pub use accounts::{Accounts, DEMO_KEY, DEMO_PASSWORD, DEMO_SECRET, MAX_ACCOUNTS};
pub use api::{Asker, Refused, initiate};
pub use callback::CHANNEL_NAME;
pub use delivery::{ATTEMPT_TIMEOUT, Attempt, BACKOFF, Carrier, Deliveries, MAX_ENDPOINTS, WebhookKind};
pub use fault::{Faults, PlantError};
pub use hosts::Host;
pub use ids::Ids;
pub use lately::{LateCall, LateRefusal, Lately};
pub use ledger::{Ledger, LedgerError, MAX_REFUNDS, Notice, ORDER_LIFETIME};
pub use memory::{MAX_BYTES, Memory};
pub use money::{MAX_AMOUNT, fits_qr, money, wire_amount};
pub use onboarding::Onboarding;
pub use order::{Buyer, NewOrder, Order, Progress, Source, outcome_of_card};
pub use orders::MAX_ORDERS;
pub use outcome::Outcome;
pub use refund::{NextRefund, Refund, RefundMode, RefundWish, SmartPaySays};
pub use server::{RunningTwin, TwinConfig, TwinError};
pub use state::Twin;
