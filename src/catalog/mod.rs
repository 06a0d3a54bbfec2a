//! What is documented: requirements, methods, test instruments, status codes, the channel's credentials,
//! the vendor's facts about its API, findings; and the faults by which a sandbox could deviate from it.

mod channel;
mod check;
mod code;
mod fault;
mod finding;
mod instrument;
mod method;
mod requirement;
mod vendor;

pub use channel::{CHANNEL, COUNTRY, CURRENCY, ChannelCredentials, DOCUMENTED_CREDENTIALS};
pub use check::{Check, Need, Profile, checks};
pub use code::Code;
pub use fault::{
    Change, Everything, Fault, FaultKind, Letters, Matcher, OutcomeMatcher, RedirectMatcher, ReturnAddress, Seam,
    UnknownFault, WebhookSort, fault, faults,
};
pub use finding::{CodeSample, Finding, Proof, SignatureExample, Told, findings};
pub use instrument::{
    ATM_CARDS, AtmCard, AtmOutcome, CREDIT_CARDS, ChallengeOutcome, CreditCard, TEST_APP, WalletLogin,
};
pub use method::Method;
pub use requirement::{Level, Requirement, requirements};
pub use vendor::{VendorEndpoint, VendorFacts, vendor_facts};
