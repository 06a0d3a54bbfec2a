//! HTTP Archives (HAR 1.2): what browsers' developer tools and proxies open.

mod document;
mod exchange;
mod message;
mod traffic;

pub use document::{Cache, Creator, Entry, Har, Log, Page, PageTimings, Timings};
pub use message::{Content, Cookie, Pair, Param, PostData, Request, Response};
pub use traffic::Traffic;
