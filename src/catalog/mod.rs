//! What is documented: requirements, methods, test instruments, status codes, the channel's credentials.

mod channel;
mod code;
mod instrument;
mod method;
mod requirement;

pub use channel::{CHANNEL, COUNTRY, CURRENCY, ChannelCredentials, DOCUMENTED_CREDENTIALS};
pub use code::Code;
pub use instrument::{
    ATM_CARDS, AtmCard, AtmOutcome, CREDIT_CARDS, ChallengeOutcome, CreditCard, TEST_APP, WalletLogin,
};
pub use method::Method;
pub use requirement::{Level, Requirement, requirements};
