//! Faults that are switched on: what passes a seam of the twin is changed as they say. With none, nothing is looked at.
//!
//! `sense` looks at them first; `switchboard` knows which are on, and for whom; `exchange` stands before every host; `callback` before webhooks,
//! redirects, QR codes and the ends of payments; `json` and `signing` are what is done to bodies.

mod callback;
mod exchange;
mod json;
mod lever;
mod sense;
mod signing;
mod switchboard;

pub(super) use callback::{Post, Sufferer};
pub(super) use exchange::pass;
pub(super) use lever::levers;
pub use switchboard::{Faults, PlantError};
