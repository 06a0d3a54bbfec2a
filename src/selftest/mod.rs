//! Proves that every check can fail: the suite runs once on a clean target and once for each fault.
//!
//! `reach` tells what a scenario touched, from the journal of the clean run, and `dependents` which scenarios run under a fault; `trial` is what
//! became of one fault; `matrix` holds all of them and says what follows. `shop` is the same of the checks of a merchant's shop, and of the defects that it can
//! be told to have.

mod dependents;
mod markdown;
mod matrix;
mod reach;
mod shop;
mod trial;

pub use dependents::Dependents;
pub use markdown::markdown;
pub use matrix::Matrix;
pub use reach::Reach;
pub use shop::{CheckTrial, DefectMatrix, DefectTrial};
pub use trial::{Kill, Standing, Trial};
