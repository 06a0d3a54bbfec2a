//! The archive, its pages and its entries, as the specification names their members.

use super::{Request, Response};
use serde::{Deserialize, Serialize};

/// A whole archive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Har {
    pub log: Log,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Log {
    pub version: String,
    pub creator: Creator,
    pub pages: Vec<Page>,
    /// In the order in which they started.
    pub entries: Vec<Entry>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub comment: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Creator {
    pub name: String,
    pub version: String,
}

/// Whose entries belong together. Here: those of the API, and those of the browser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    pub started_date_time: jiff::Timestamp,
    pub id: String,
    pub title: String,
    pub page_timings: PageTimings,
}

/// Nothing is claimed of when a page was loaded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PageTimings {}

/// One request and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    pub pageref: String,
    pub started_date_time: jiff::Timestamp,
    /// In milliseconds: the sum of the timings that apply.
    pub time: f64,
    pub request: Request,
    pub response: Response,
    pub cache: Cache,
    pub timings: Timings,
    #[serde(rename = "serverIPAddress", skip_serializing_if = "Option::is_none", default)]
    pub server_ip_address: Option<String>,
    /// What the browser wanted it for, as its own developer tools call it.
    #[serde(rename = "_resourceType", skip_serializing_if = "Option::is_none", default)]
    pub resource_type: Option<String>,
    /// Why there is no response, where there is none.
    #[serde(rename = "_error", skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub comment: Option<String>,
}

/// Nothing is known of the browser's cache, which is off.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cache {}

/// Where the time went, in milliseconds; -1 where a phase does not apply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    pub blocked: f64,
    pub dns: f64,
    /// The time of `ssl` is part of it.
    pub connect: f64,
    pub ssl: f64,
    pub send: f64,
    pub wait: f64,
    pub receive: f64,
}

impl Timings {
    /// Only the whole is known.
    #[must_use]
    pub const fn whole(millis: f64) -> Self {
        Self { blocked: -1.0, dns: -1.0, connect: -1.0, ssl: -1.0, send: 0.0, wait: millis, receive: 0.0 }
    }

    /// The sum of the phases that apply.
    #[must_use]
    pub fn sum(&self) -> f64 {
        [self.blocked, self.dns, self.connect, self.send, self.wait, self.receive]
            .into_iter()
            .filter(|t| *t > 0.0)
            .sum()
    }
}
