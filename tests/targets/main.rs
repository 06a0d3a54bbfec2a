//! Targets that are configured, and what becomes of a run when they misbehave: each cause is provoked for real, on loopback.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod capabilities;
mod causes;
mod configuration;
mod doctor;
mod program;
mod safety;
mod schema;
mod server;
mod twin;
mod webhooks;
