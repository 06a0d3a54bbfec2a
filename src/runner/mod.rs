//! Chooses scenarios, schedules and retries them, and concludes verdicts; and folds what a journal says of a run into a model, from which
//! every report is made.

mod accepted;
mod attempts;
mod features;
mod merge;
mod model;
mod plan;
mod run;
#[cfg(test)]
pub(crate) mod sample;
mod selection;
mod slug;
mod staging;
mod verdict;
mod writer;

pub use accepted::{Held, Standing};
pub use features::{Feature, Suite, SuiteError, load};
pub use merge::{MergeError, Merged, merge};
pub use model::{AttemptModel, Counts, RunModel, ScenarioModel};
pub use plan::{Plan, PlanError, Planned};
pub use run::{Earlier, Settings, quiet_panics, run};
pub use selection::{Selection, SelectionError};
pub use staging::{StagedWorld, Staging};
pub use verdict::{Conclusion, attempt_verdict, conclude, scenario_verdict, worth_retrying};
