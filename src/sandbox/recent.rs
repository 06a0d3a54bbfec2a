//! Moments that the target tells of what has just happened.

use crate::journal::Failure;
use crate::wire::Clock;
use jiff::{SignedDuration, Timestamp};

/// Clocks differ, and a run may take its time; a forgotten time zone is further off than this, Vietnam's by seven hours.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(50);

/// `text` is a moment of the last minutes, written in one of the vendor's two ways.
///
/// # Errors
/// When it is none, or another one.
pub fn expect_recent(what: &str, text: &str) -> Result<(), Failure> {
    let now = Clock::system().now();
    let expected = || format!("{what} to be a moment near {now}");
    let moment = moment(text).ok_or_else(|| Failure::unmet(expected(), text.to_owned()))?;
    if now.duration_since(moment).abs() > TOLERANCE {
        return Err(Failure::unmet(expected(), text.to_owned()));
    }
    Ok(())
}

fn moment(text: &str) -> Option<Timestamp> {
    match text.strip_suffix(" +0000 UTC") {
        Some(time) => format!("{}Z", time.replacen(' ', "T", 1)).parse().ok(),
        None => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{go_timestamp, rfc3339_micros};

    #[test]
    fn only_moments_that_have_just_been_are_recent() {
        let now = Clock::system().now();
        let earlier = now.saturating_add(SignedDuration::from_hours(-7)).unwrap();
        for write in [go_timestamp, rfc3339_micros] {
            expect_recent("it", &write(now)).unwrap();
            assert!(expect_recent("it", &write(earlier)).is_err());
        }
        for text in ["", "yesterday", "1782900000", "2024-09-26"] {
            assert!(expect_recent("it", text).is_err(), "{text}");
        }
    }
}
