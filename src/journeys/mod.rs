//! What people do in a browser, written once and blind to the target: pages and fields by their meaning, from the
//! page profile, never by their markup.

mod amounts;
mod atm;
mod card;
mod code;
mod dashboard;
mod embedded;
mod money;
mod portal;
mod qr;
mod returning;
mod story;
mod vietnamese;
mod wallet;

pub mod payer;

pub use amounts::expect_amount_on_pages;
pub use dashboard::Dashboard;
pub use money::displayed_amount;
pub use portal::{Portal, RefundRow, Settlement};
pub use qr::ScannedQr;
pub use returning::{Arrival, arrive};
pub use story::{Outcome, Story, expect_signed, payment_webhook};
pub use vietnamese::expect_vietnamese;
