//! Why no answer came: what really happened below HTTP, and what to look at.

use std::{error::Error, fmt, io};

/// Why no answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    Refused,
    NoAddress,
    Tls,
    TimedOut,
    Cut,
    Other,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "nothing listens there",
            Self::NoAddress => "its host has no address; look at base_url and at the network",
            Self::Tls => "no TLS connection can be trusted; look at its certificate and at base_url",
            Self::TimedOut => "no connection in time; look at base_url and at firewalls",
            Self::Cut => "the connection was cut in the middle of the answer",
            Self::Other => "the exchange broke off",
        })
    }
}

impl Cause {
    /// The cause of an error, and its innermost text.
    #[must_use]
    pub fn of(error: &reqwest::Error) -> (Self, String) {
        let first: &(dyn Error + 'static) = error;
        let chain: Vec<_> = std::iter::successors(Some(first), |&error| error.source()).collect();
        let innermost = chain.last().map(ToString::to_string).unwrap_or_default();
        let io = |kinds: &[io::ErrorKind]| {
            chain
                .iter()
                .filter_map(|error| error.downcast_ref::<io::Error>())
                .any(|error| kinds.contains(&error.kind()))
        };
        // Neither the resolver's nor the TLS library's error can be asked for by its type here.
        let says = |words: &[&str]| {
            chain.iter().map(ToString::to_string).any(|text| words.iter().any(|word| text.contains(word)))
        };
        let cause = if io(&[io::ErrorKind::ConnectionRefused]) {
            Self::Refused
        } else if says(&["dns error", "lookup address"]) {
            Self::NoAddress
        } else if says(&["certificate", "corrupt message", "handshake", "InvalidContentType"]) {
            Self::Tls
        } else if error.is_timeout() || io(&[io::ErrorKind::TimedOut]) {
            Self::TimedOut
        } else if io(&[io::ErrorKind::ConnectionReset, io::ErrorKind::UnexpectedEof, io::ErrorKind::BrokenPipe])
            || says(&["connection closed before message completed", "end of file before message length"])
        {
            Self::Cut
        } else {
            Self::Other
        };
        (cause, innermost)
    }
}
