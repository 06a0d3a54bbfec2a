//! Requests made by chance, valid ones and ones broken in one named way, and what a target must do with them.
//!
//! `generate` says what merchants may write; `breakage` is a way to break a request before it is sent; `sequence` is what
//! a merchant does one after the other, and the model of what it comes to; `case` is one of these. `execute` carries a case out, `walk` a
//! sequence, and `judge` says what the answers must be; `campaign` makes, shrinks and repeats cases; `saved` keeps the failing ones; `curl` writes them
//! down for people.

mod breakage;
mod campaign;
mod case;
mod curl;
mod execute;
pub mod generate;
mod ground;
mod judge;
mod saved;
mod sent;
mod sequence;
mod walk;

pub use breakage::Breakage;
pub use campaign::{Campaign, Ended, Progress, Report, Told};
pub use case::Case;
pub use curl::Script;
pub use execute::Finding;
pub use ground::{Ground, GroundError};
pub use judge::{Answer, Rule};
pub use saved::{SaveError, Saved};
pub use sent::Sent;
pub use sequence::Step;
