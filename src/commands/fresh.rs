//! What a run has for itself: a seed, and a prefix for its orders.

use crate::wire::Clock;

/// A seed that is short enough to be typed.
pub(super) fn seed() -> u64 {
    u64::try_from(Clock::system().now().as_microsecond()).unwrap_or_default() % 1_000_000_007
}

/// A prefix that no other run has, in letters and digits that every dialect signs alike.
pub(super) fn prefix() -> String {
    let mut rest = u64::try_from(Clock::system().now().as_millisecond()).unwrap_or_default();
    let mut digits = Vec::new();
    while rest > 0 {
        digits.push(char::from_digit((rest % 36) as u32, 36).unwrap_or('0'));
        rest /= 36;
    }
    digits.iter().rev().fold("sc".to_owned(), |prefix, digit| prefix + &digit.to_string())
}
