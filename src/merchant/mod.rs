//! The shop under certification, as the world sees it: its process, its pages and endpoints, the callbacks sent to it.
//!
//! `integration` is what its author says of it; `process` starts it, `pulse` knows whether it still runs; `shop` orders, asks and refunds, `state` is how an order stands; `probe` tries the file on one order; `reading` finds a value in what it answers; `relay` stands between PortOne's webhooks and the shop, so
//! that they come when and as often as a check wants; `forgery` is what the internet would send, `leaks` what the shop gives
//! away of its secret.

mod callbacks;
mod exchange;
mod forgery;
mod integration;
mod leaks;
mod probe;
mod process;
mod pulse;
mod reading;
mod relay;
mod shop;
mod state;
mod template;

pub use callbacks::{Acknowledgement, Callbacks};
pub use exchange::{Answer, Caller};
pub use forgery::{Forgery, redirect_with, resigned};
pub use integration::{
    CallbacksSection, CheckoutSection, DefectsSection, Integration, OrderSection, PortOneSection, RequestSection,
    ShopSection, WordsSection, integration_schema,
};
pub use leaks::Leaks;
pub use process::{Process, ProcessError, await_ready, free_port};
pub use pulse::Pulse;
pub use reading::{Place, PlaceError, holds_element, numbers, text_of_page};
pub use relay::{Passage, Relay};
pub use shop::{Shop, ShopOrder, Wanted};
pub use state::State;
