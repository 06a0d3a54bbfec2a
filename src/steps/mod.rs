//! Gherkin glue: one line of prose to one call below.

mod channels;
mod conclude;
mod credentials;
mod embedding;
mod endpoints;
mod language;
mod onboarding;
mod ordering;
mod parameters;
mod paying;
mod payloads;
mod phone;
mod portal;
mod queries;
mod queue;
mod refunding;
mod refusals;
mod shop;
mod stage;
mod webhooks;
mod world;

pub use shop::{ShopStage, ShopWorld};
pub use stage::{EvidencePolicy, Patience, Stage};
pub use world::World;
