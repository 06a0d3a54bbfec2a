//! A real browser and the pages it meets: sessions from a pool, fields by page profile, waits with a deadline.

mod action;
mod banner;
mod change;
mod connection;
mod deadlines;
mod driver;
mod error;
mod evidence;
mod inspection;
mod locate;
mod met;
mod network;
mod pool;
mod profile;
mod proposal;
mod reading;
mod screenshot;
mod session;
mod wait;
mod window;

pub use deadlines::Deadlines;
pub use driver::Driver;
pub use error::BrowserError;
pub use evidence::FrameDocument;
pub use inspection::{ElementKind, InspectedElement, InspectedFrame, Inspection, Match};
pub use met::MetPage;
pub use pool::{Lease, Pool, PoolConfig};
pub use profile::{FieldName, Locator, Page, ProfileError, Profiles};
pub use session::Session;
