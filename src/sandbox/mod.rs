//! The target as a client sees it.

mod alteration;
mod cause;
mod circuit;
mod client;
mod complete;
mod credentials;
mod device;
mod draft;
mod exchange;
mod inbox;
mod levers;
mod live;
mod merchant;
mod order;
mod pace;
mod payloads;
mod recent;
mod resolver;
mod target;
mod unreadable;

pub use alteration::{Alteration, Part};
pub use cause::Cause;
pub use circuit::{BLOCKED_IN_A_ROW, Circuit};
pub use client::{ClientError, PortOne, Reply, TokenKind};
pub use complete::{completed, expect_repeated, expect_told_of_buyer};
pub use credentials::{Credentials, check_credentials};
pub use device::{DevicePatience, pay_on_device};
pub use draft::{Asker, Draft, KEY_HEADER, signed};
pub use exchange::{HttpClient, Recorder};
pub use inbox::{Delivery, Inbox, Mailbox};
pub use levers::{
    BookedOrder, BookedPayment, BookedRefund, LateCall, LateRefusal, Levers, Onboarding, RefundMode, SmartPaySays,
};
pub use merchant::{Merchant, REFUND_DESCRIPTION, REFUND_REASON, ReturnUrls, Returned};
pub use order::PlacedOrder;
pub use payloads::ApprovedPayloads;
pub use recent::expect_recent;
pub use target::{
    Account, AppLocators, Capability, Device, Login, PageProfile, Phone, ShopMode, Target, TimeLimits, WebhookRoute,
};
