//! The vendor's two ways of writing a moment.

use jiff::Timestamp;

/// As Go prints a time, for example `2024-09-26 10:55:14.573735 +0000 UTC` (payment webhook, added endpoint).
#[must_use]
pub fn go_timestamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S%.6f +0000 UTC").to_string()
}

/// RFC 3339 with microseconds, for example `2023-08-24T08:36:05.127827Z` (details, refunds, endpoint list).
#[must_use]
pub fn rfc3339_micros(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_the_vendor_writes_them() {
        let at: Timestamp = "2024-09-26T10:55:14.573735Z".parse().unwrap();
        assert_eq!(go_timestamp(at), "2024-09-26 10:55:14.573735 +0000 UTC");
        assert_eq!(rfc3339_micros(at), "2024-09-26T10:55:14.573735Z");
        let whole: Timestamp = "2024-09-26T10:55:14Z".parse().unwrap();
        assert_eq!(rfc3339_micros(whole), "2024-09-26T10:55:14.000000Z");
    }
}
