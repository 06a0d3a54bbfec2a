//! How each dialect prints an amount.

use super::{Dialect, digits::Digits, java::push_java};
use std::fmt::Write;

/// Below this, a whole amount is printed alike by all.
const ALIKE: f64 = 1e14;
/// PHP's setting `precision`, by default.
const PHP_DIGITS: usize = 14;
/// What Mono keeps of a double in a custom format.
const MONO_DIGITS: usize = 15;
/// The `#` in the C# sample's format.
const MONO_DECIMALS: i32 = 19;

/// Appends a finite amount as the dialect prints and escapes it.
pub(super) fn push_amount(out: &mut String, value: f64, dialect: Dialect) {
    let negative_zero = value == 0.0 && value.is_sign_negative();
    if value.fract() == 0.0 && value.abs() < ALIKE && !negative_zero {
        #[expect(clippy::cast_possible_truncation, reason = "a whole number below 10^14 fits")]
        let whole = value as i64;
        // Writing to a string cannot fail.
        let _ = write!(out, "{whole}");
        return;
    }
    match dialect {
        Dialect::Go => push_go(out, value),
        Dialect::Php => push_php(out, value),
        Dialect::Node => push_node(out, value),
        Dialect::CSharp => push_mono(out, value),
        Dialect::Java => push_java(out, value),
        Dialect::Python => push_two_decimals(out, value),
    }
}

/// The format `f` with the precision -1.
fn push_go(out: &mut String, value: f64) {
    push_sign(out, value);
    Digits::shortest(value).push_plain(out);
}

/// `%.14G` with an exponent that has no leading zeros, and at least one decimal before it.
fn push_php(out: &mut String, value: f64) {
    push_sign(out, value);
    let mut digits = Digits::significant(value, PHP_DIGITS);
    // Its shortcut for whole numbers of fifteen digits forgets to drop the zeros that rounding a tie down leaves.
    let size = value.abs();
    if (1e14..1e15).contains(&size) && size % 100.0 == 5.0 {
        digits.digits.resize(PHP_DIGITS, b'0');
    }
    if digits.is_zero() || (-3..=14).contains(&digits.point) {
        digits.push_plain(out);
    } else {
        digits.push_exponential(out, 'E', ".0");
    }
}

/// The number-to-string rule of ECMAScript, to which zero has no sign.
fn push_node(out: &mut String, value: f64) {
    if value != 0.0 {
        push_sign(out, value);
    }
    let digits = Digits::shortest(value);
    if digits.is_zero() || (-5..=21).contains(&digits.point) {
        digits.push_plain(out);
    } else {
        digits.push_exponential(out, 'e', "");
    }
}

/// Fifteen digits, then nineteen decimals: rounded twice, ties away from zero. Zero has no sign.
fn push_mono(out: &mut String, value: f64) {
    let mut digits = Digits::significant_away(value, MONO_DIGITS);
    match usize::try_from(digits.point + MONO_DECIMALS) {
        Err(_) => digits.truncate(0),
        Ok(kept) if kept < digits.digits.len() => {
            if digits.digits[kept] >= b'5' {
                digits.round_up(kept);
            } else {
                digits.truncate(kept);
            }
        }
        Ok(_) => {}
    }
    if !digits.is_zero() {
        push_sign(out, value);
    }
    digits.push_plain(out);
}

/// Two decimals of the exact value, a tie to the even digit, without trailing zeros.
pub(super) fn push_two_decimals(out: &mut String, value: f64) {
    let start = out.len();
    let _ = write!(out, "{value:.2}");
    let used = out[start..].trim_end_matches('0').trim_end_matches('.').len();
    out.truncate(start + used);
}

pub(super) fn push_sign(out: &mut String, value: f64) {
    if value.is_sign_negative() {
        out.push('-');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the languages printed; `tests/vectors/dialect-vectors.json` has more of them, and says which versions.
    #[test]
    fn the_awkward_amounts() {
        for (value, [go, php, node, csharp, java, python]) in [
            (100.255, ["100.255", "100.255", "100.255", "100.255", "100.25", "100.25"]),
            (0.1 + 0.2, ["0.30000000000000004", "0.3", "0.30000000000000004", "0.3", "0.3", "0.3"]),
            (0.005, ["0.005", "0.005", "0.005", "0.005", "0.01", "0.01"]),
            (-0.0, ["-0", "-0", "0", "0", "-0", "-0"]),
            (1e-7, ["0.0000001", "1.0E-7", "1e-7", "0.0000001", "0", "0"]),
            (1e-19, ["0.0000000000000000001", "1.0E-19", "1e-19", "0.0000000000000000001", "0", "0"]),
            (
                999_999_999_999_999.9,
                [
                    "999999999999999.9",
                    "1.0E%2B15",
                    "999999999999999.9",
                    "1000000000000000",
                    "999999999999999.9",
                    "999999999999999.88",
                ],
            ),
            (
                1e23,
                [
                    "100000000000000000000000",
                    "1.0E%2B23",
                    "1e%2B23",
                    "100000000000000000000000",
                    "99999999999999990000000",
                    "99999999999999991611392",
                ],
            ),
        ] {
            for (dialect, expected) in Dialect::ALL.into_iter().zip([go, php, node, csharp, java, python]) {
                let mut out = String::new();
                push_amount(&mut out, value, dialect);
                assert_eq!(out, expected, "{value} in {dialect}");
            }
        }
    }
}
