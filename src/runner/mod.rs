//! Chooses scenarios, schedules and retries them, and concludes verdicts.

mod attempts;
mod features;
mod plan;
mod run;
mod selection;
mod slug;
mod staging;
mod verdict;
mod writer;

pub use features::{Feature, SuiteError, load};
pub use plan::{Plan, PlanError, Planned};
pub use run::{Settings, quiet_panics, run};
pub use selection::{Selection, SelectionError};
pub use staging::{StagedWorld, Staging};
pub use verdict::{Conclusion, attempt_verdict, conclude, scenario_verdict, worth_retrying};
