//! Targets whose payer pages nobody here has tuned the suite for: four stacks of pages, unlike the twin's and unlike one
//! another, on which the payment scenarios pass with the built-in page profile or a profile file only.
//!
//! Each speaks the vendor's API by passing calls on to a twin (`front`), decides by the documented instruments what
//! becomes of a payment (`till`), and serves pages of its own. The tests start this very executable again as the
//! program under test: see `program`.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod bank_site;
mod frames;
mod front;
mod program;
mod redirects;
mod single_page;
mod suite;
mod till;
