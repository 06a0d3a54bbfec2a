//! Says, with evidence, whether a SmartPay (PortOne, Vietnam) sandbox behaves as documented.
//!
//! `docs/architecture.md` walks the tree. A room may use any room listed below it and none above it;
//! `twin` stands apart and uses `wire` and `catalog` only.

pub mod browser;
pub mod catalog;
pub mod certify;
pub mod commands;
pub mod findings;
pub mod fuzz;
pub mod journal;
pub mod journeys;
pub mod merchant;
pub mod process;
pub mod report;
pub mod runner;
pub mod sandbox;
pub mod selftest;
pub mod steps;
pub mod wire;

pub mod twin;
