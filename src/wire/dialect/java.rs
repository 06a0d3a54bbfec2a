//! The digits that Java's `DecimalFormat` takes from a double: not always the fewest, and not always the nearest.
//!
//! It generates digits until what is left is less than half the distance to the next double, and takes that distance to be the
//! same on both sides. Of 1e23 it so makes 99999999999999990000000. With two decimals this shows only in amounts of
//! fourteen digits and more; below, rounding the exact value comes to the same, because a double is then closer to its digits than
//! any two sums of cents are to each other.

use super::{
    amount::{push_sign, push_two_decimals},
    digits::Digits,
};
use std::{cmp::Ordering, fmt::Write};

/// From here on, half the distance between two doubles can be seen in the second decimal: 2^46.
const COARSE: f64 = 70_368_744_177_664.0;
/// Whole numbers below this are taken from a 64-bit integer: 2^63.
const LONG: f64 = 9_223_372_036_854_775_808.0;
/// Decimals that half the distance between doubles has from [`COARSE`] on, at most.
const EXACT_DECIMALS: usize = 8;
/// Bits of a double's mantissa.
const MANTISSA: i32 = 53;

/// Appends an amount in the format `0.##`.
pub(super) fn push_java(out: &mut String, value: f64) {
    let size = value.abs();
    if size < COARSE {
        push_two_decimals(out, value);
        return;
    }
    push_sign(out, value);
    if size.fract() == 0.0 && size < LONG {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number below 2^63 fits")]
        let whole = size as u64;
        let _ = write!(out, "{}", without_insignificant_digits(whole));
    } else {
        two_decimals(generated(size)).push_plain(out);
    }
}

/// A whole number, its digits beyond a double's accuracy rounded away.
fn without_insignificant_digits(whole: u64) -> u64 {
    // One bit more than a double tells apart is tolerated; each further ten bits are worth three digits.
    let surplus = (whole.ilog2().cast_signed() - MANTISSA - 1).max(0).cast_unsigned();
    let unit = 10_u64.pow(surplus * 301 / 1000);
    let rest = whole % unit;
    whole - rest + if unit > 1 && rest >= unit / 2 { unit } else { 0 }
}

/// Digits as generated, and what is needed to round them further without rounding twice.
struct Generated {
    digits: Digits,
    rounded_up: bool,
    exact: bool,
}

fn generated(size: f64) -> Generated {
    let exponent = exponent(size);
    let power_of_two = size.to_bits() & ((1 << (MANTISSA - 1)) - 1) == 0;
    // Half the distance to the next double; a power of two is given half of that.
    let tolerance = 2_f64.powi(exponent - MANTISSA - i32::from(power_of_two));
    let value = expansion(size, 0);
    let tolerance = expansion(tolerance, value.len());
    let strict = fits_long(size, exponent);
    let mut count = 0;
    let (low, high) = loop {
        count += 1;
        let (rest, tolerance_rest) = (&value[count..], &tolerance[count..]);
        let coarser = tolerance[..count].iter().any(|digit| *digit != b'0');
        let low = coarser || rest < tolerance_rest;
        let high = coarser
            || match tolerance_rest.cmp(complement(rest).as_slice()) {
                Ordering::Greater => rest.iter().any(|digit| *digit != b'0'),
                Ordering::Equal => !strict,
                Ordering::Less => false,
            };
        if low || high || count == value.len() {
            break (low, high);
        }
    };
    let rest = &value[count..];
    let high = high && !(strict && sum_overflows(exponent, count, rest));
    let point = i32::try_from(value.len() - EXACT_DECIMALS).expect("a double has at most 309 digits before the point");
    let mut digits = Digits { digits: value[..count].to_vec(), point };
    let up = high
        && (!low
            || match rest.cmp(half(rest.len()).as_slice()) {
                Ordering::Greater => true,
                Ordering::Equal => value[count - 1] % 2 == 1,
                Ordering::Less => false,
            });
    if up {
        digits.round_up(count);
    }
    Generated { digits, rounded_up: up, exact: rest.iter().all(|digit| *digit == b'0') }
}

/// All decimal digits of a value, down to the eighth decimal, padded to a length.
fn expansion(value: f64, length: usize) -> Vec<u8> {
    let text = format!("{value:.EXACT_DECIMALS$}");
    let digits = text.bytes().filter(u8::is_ascii_digit);
    let padding = length.saturating_sub(text.len() - 1);
    std::iter::repeat_n(b'0', padding).chain(digits).collect()
}

/// One unit before these digits, less these digits; of zeros it is zeros.
fn complement(digits: &[u8]) -> Vec<u8> {
    let mut complement = digits.to_vec();
    let last = digits.iter().rposition(|digit| *digit != b'0');
    for (at, digit) in complement.iter_mut().enumerate() {
        match last {
            Some(last) if at < last => *digit = b'9' - (*digit - b'0'),
            Some(last) if at == last => *digit = b'9' + 1 - (*digit - b'0'),
            _ => {}
        }
    }
    complement
}

/// Half a unit before so many digits.
fn half(length: usize) -> Vec<u8> {
    (0..length).map(|at| if at == 0 { b'5' } else { b'0' }).collect()
}

/// Rounded to two decimals; a tie is decided by the exact value.
fn two_decimals(Generated { mut digits, rounded_up, exact }: Generated) -> Digits {
    let kept = usize::try_from(digits.point + 2).unwrap_or(0);
    let Some((first, rest)) = digits.digits.get(kept..).and_then(<[u8]>::split_first) else {
        digits.truncate(kept);
        return digits;
    };
    let beyond = rest.iter().any(|digit| *digit != b'0');
    let up = match first.cmp(&b'5') {
        Ordering::Greater => true,
        Ordering::Less => false,
        Ordering::Equal if beyond => true,
        Ordering::Equal => !rounded_up && (!exact || digits.digits[kept - 1] % 2 == 1),
    };
    if up {
        digits.round_up(kept);
    } else {
        digits.truncate(kept);
    }
    digits
}

/// Whether Java computes with 64-bit integers here, where it does not count a tie with the next number as reached.
fn fits_long(size: f64, exponent: i32) -> bool {
    let mantissa = (size.to_bits() & ((1 << (MANTISSA - 1)) - 1)) | (1 << (MANTISSA - 1));
    let bits = MANTISSA - mantissa.trailing_zeros().cast_signed();
    let tiny = (bits - exponent - 1).max(0);
    let tens = decimal_exponent(size);
    let (mut value_twos, mut unit_twos) = (tiny + exponent - (bits - 1), tens + tiny);
    let mut tolerance_twos = tiny + exponent - MANTISSA;
    let common = value_twos.min(unit_twos);
    value_twos -= common;
    unit_twos -= common;
    tolerance_twos -= common + i32::from(bits == 1);
    if tolerance_twos < 0 {
        value_twos -= tolerance_twos;
        unit_twos -= tolerance_twos;
    }
    bits + value_twos < 64 && unit_twos + 1 + bits_of_power_of_five(tens + 1) < 64
}

/// Whether Java, holding what is left against the next number, adds beyond 64 bits and takes the sum to be small. With these powers
/// of two, ten and five it can happen around 2.5e25, in the seventeenth digit.
fn sum_overflows(exponent: i32, count: usize, rest: &[u8]) -> bool {
    if exponent != 84 || count != 17 {
        return false;
    }
    let Some(whole) = rest.len().checked_sub(EXACT_DECIMALS).and_then(|whole| u32::try_from(whole).ok()) else {
        return false;
    };
    let left = rest.iter().take(whole as usize).fold(0_u128, |sum, digit| sum * 10 + u128::from(digit - b'0'));
    let scaled = left * 2 * 5_u128.pow(26) / 10_u128.pow(whole);
    scaled + 64 * 10_u128.pow(17) >= 1 << 63
}

/// As Java counts them: exactly up to the largest power in 64 bits, by a bound beyond.
fn bits_of_power_of_five(power: i32) -> i32 {
    if (0..27).contains(&power) { 5_u64.pow(power.cast_unsigned()).ilog2().cast_signed() + 1 } else { power * 3 }
}

fn decimal_exponent(size: f64) -> i32 {
    Digits::shortest(size).point - 1
}

fn exponent(size: f64) -> i32 {
    let biased = (size.to_bits() >> (MANTISSA - 1)) as i32;
    biased - 1023
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What OpenJDK 17 printed.
    #[test]
    fn the_digits_are_those_of_java() {
        for (value, printed) in [
            (70_368_744_177_663.99, "70368744177663.99"),
            (123_456_789_012_345_680.0, "123456789012345680"),
            (999_999_999_999_999.9, "999999999999999.9"),
            (9_007_199_254_740_994.0, "9007199254740994"),
            (1e22, "10000000000000000000000"),
            (1e23, "99999999999999990000000"),
            (8.41e21, "8409999999999999000000"),
            (2.959_141_291_789_540_7e25, "29591412917895406000000000"),
            (-1e23, "-99999999999999990000000"),
            // Whole numbers below 2^63 lose the digits that a double does not hold.
            (400_000_000_000_000_000.0, "400000000000000000"),
            (1_195_683_593_750_000_128.0, "1195683593750000130"),
            // A power of two, which has less room below it.
            (4.835_703_278_458_517e24, "4835703278458516700000000"),
            // What is left is exactly half the distance to the next double, within 64 bits and beyond.
            (7e22, "70000000000000004000000"),
            (1.024e26, "102400000000000000000000000"),
            // Where 64 bits overflow.
            (2.56e25, "25599999999999998000000000"),
        ] {
            let mut out = String::new();
            push_java(&mut out, value);
            assert_eq!(out, printed, "{value}");
        }
    }
}
