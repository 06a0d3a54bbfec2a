//! `conformance.toml` and what lies over it: flags over environment over file over defaults, each value with its origin.

mod ability;
mod document;
mod error;
mod origin;
mod reader;
mod resolution;
mod unknown;

use document::Document;
pub use document::configuration_schema;
use error::ConfigurationError;
use origin::Origin;
pub(super) use origin::Setting;
pub(super) use reader::Configuration;
pub(super) use resolution::{Configured, Flags, TWIN, resolve};
pub(super) use unknown::unknown_keys;
