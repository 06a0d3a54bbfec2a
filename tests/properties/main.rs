//! Properties of what is built and sent: requests, amounts, callbacks, form encoding, QR payloads.
//!
//! Each holds for at least a thousand generated cases. A failing one is shrunk and kept beside its file, with the
//! extension `regressions`; commit it, it is replayed first.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod amount;
mod callback;
mod change;
mod dialect;
mod form;
mod generate;
mod qr;
mod refusal;
mod request;
