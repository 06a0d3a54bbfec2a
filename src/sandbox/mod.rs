//! The target as a client sees it.

mod alteration;
mod client;
mod exchange;
mod inbox;
mod levers;
mod merchant;
mod order;
mod payloads;
mod resolver;
mod target;

pub use alteration::{Alteration, Part};
pub use client::{ClientError, PortOne, Reply, TokenKind};
pub use exchange::{HttpClient, Recorder};
pub use inbox::{Delivery, Inbox, Mailbox};
pub use levers::{Levers, Onboarding, RefundMode, SmartPaySays};
pub use merchant::{Merchant, ReturnUrls, Returned};
pub use order::PlacedOrder;
pub use payloads::ApprovedPayloads;
pub use target::{Account, Capability, Login, ShopMode, Target};
