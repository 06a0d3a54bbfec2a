//! The contract as one thing: which operations there are, what travels, and where it departs from the vendor's documents.
//!
//! `operation` lists what can be asked for and how it can be refused; `payload` names what travels and takes its schema from
//! the types; `shape` reads a schema, lists its fields and holds a value against it; `vendor` does so with the vendor's own
//! facts and the deviations that are known; `document` writes what `docs/contract/` publishes.

mod document;
mod operation;
mod payload;
mod shape;
mod vendor;

pub use document::{contract_page, openapi};
pub use operation::{Authentication, Operation, RefusedWith};
pub use payload::Payload;
pub use shape::{Departure, Shape, Wrong};
pub use vendor::{Deviation, VendorField, check_answer, deviations, vendor_fields};
