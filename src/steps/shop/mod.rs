//! Gherkin glue for a shop under certification: `features/integration/`.

mod judging;
mod ordering;
mod paying;
mod placing;
mod redirects;
mod refunds;
mod secrets;
mod stage;
mod webhooks;
mod world;

pub use stage::ShopStage;
pub use world::ShopWorld;
