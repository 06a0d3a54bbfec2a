//! Says, with evidence, whether a SmartPay (PortOne, Vietnam) sandbox behaves as documented.
//!
//! `docs/architecture.md` walks the tree. A room may use any room listed below it and none above it;
//! `twin` stands apart and uses `wire` and `catalog` only.

pub mod browser;
pub mod catalog;
pub mod commands;
pub mod journal;
pub mod journeys;
pub mod report;
pub mod runner;
pub mod sandbox;
pub mod steps;
pub mod wire;

pub mod twin;
