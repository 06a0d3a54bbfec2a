//! The decimal digits of a double, and the two ways of writing them.

use std::fmt::Write;

/// `0.d₁d₂d₃… × 10^point`, without trailing zeros; no digits at all is zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Digits {
    pub(super) digits: Vec<u8>,
    pub(super) point: i32,
}

impl Digits {
    /// The fewest digits that read back as the same double, of these the nearest to it, of two as near the even ones.
    pub(super) fn shortest(value: f64) -> Self {
        /// Of up to so many digits, no two neighbours read back as the same double.
        const APART: usize = 15;
        let shortest = Self::of_scientific(&format!("{:e}", value.abs()));
        let odd = shortest.digits.last().is_some_and(|last| last % 2 == 1);
        // Rust rounds a tie up, where the other languages take the even digit.
        if odd && shortest.digits.len() > APART {
            let nearest = Self::significant(value, shortest.digits.len());
            if nearest != shortest && nearest.reads_as(value.abs()) {
                return nearest;
            }
        }
        shortest
    }

    fn reads_as(&self, value: f64) -> bool {
        let mut text = String::from("0.");
        push_digits(&mut text, &self.digits);
        // Writing to a string cannot fail.
        let _ = write!(text, "e{}", self.point);
        text.parse() == Ok(value)
    }

    /// So many digits, correctly rounded, a tie to the even digit.
    pub(super) fn significant(value: f64, count: usize) -> Self {
        Self::of_scientific(&format!("{:.*e}", count - 1, value.abs()))
    }

    /// So many digits, a tie away from zero.
    pub(super) fn significant_away(value: f64, count: usize) -> Self {
        /// Enough that no double comes this close to a tie without being one.
        const EXACT: usize = 80;
        let mut one_more = Self::significant(value, count + 1);
        let tie = one_more.digits.len() > count && one_more.digits[count] == b'5';
        if tie && Self::significant(value, EXACT) == one_more {
            one_more.round_up(count);
            one_more
        } else {
            Self::significant(value, count)
        }
    }

    pub(super) fn new(digits: Vec<u8>, point: i32) -> Self {
        let mut new = Self { digits, point };
        new.trim();
        new
    }

    fn of_scientific(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once('e').expect("the exponent format has an exponent");
        let digits = mantissa.bytes().filter(u8::is_ascii_digit).collect();
        let exponent: i32 = exponent.parse().expect("the exponent of a double is a small integer");
        Self::new(digits, exponent + 1)
    }

    fn trim(&mut self) {
        let used = self.digits.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
        self.digits.truncate(used);
    }

    /// Adds one in the last of the first `count` digits and drops the others.
    pub(super) fn round_up(&mut self, count: usize) {
        self.digits.truncate(count);
        while let Some(last) = self.digits.pop() {
            if last != b'9' {
                self.digits.push(last + 1);
                return;
            }
        }
        self.digits.push(b'1');
        self.point += 1;
    }

    /// Drops all digits but the first `count`.
    pub(super) fn truncate(&mut self, count: usize) {
        self.digits.truncate(count);
        self.trim();
    }

    pub(super) const fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// Writes them without an exponent.
    pub(super) fn push_plain(&self, out: &mut String) {
        if self.is_zero() {
            out.push('0');
            return;
        }
        let whole = usize::try_from(self.point).unwrap_or(0);
        if whole == 0 {
            out.push_str("0.");
            push_zeros(out, self.point.unsigned_abs() as usize);
            push_digits(out, &self.digits);
        } else if self.digits.len() <= whole {
            push_digits(out, &self.digits);
            push_zeros(out, whole - self.digits.len());
        } else {
            push_digits(out, &self.digits[..whole]);
            out.push('.');
            push_digits(out, &self.digits[whole..]);
        }
    }

    /// Writes them with an exponent after `letter`; `lone` follows a digit that stands alone. A plus sign is already escaped.
    pub(super) fn push_exponential(&self, out: &mut String, letter: char, lone: &str) {
        push_digits(out, &self.digits[..1]);
        if self.digits.len() > 1 {
            out.push('.');
            push_digits(out, &self.digits[1..]);
        } else {
            out.push_str(lone);
        }
        let exponent = self.point - 1;
        // Writing to a string cannot fail.
        let _ = write!(out, "{letter}{}{}", if exponent < 0 { "-" } else { "%2B" }, exponent.unsigned_abs());
    }
}

fn push_digits(out: &mut String, digits: &[u8]) {
    out.extend(digits.iter().map(|digit| *digit as char));
}

fn push_zeros(out: &mut String, count: usize) {
    out.extend(std::iter::repeat_n('0', count));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_and_point_are_found_and_written_both_ways() {
        for (value, digits, point, plain, exponential) in [
            (1234.5, "12345", 4, "1234.5", "1.2345e%2B3"),
            (1e21, "1", 22, "1000000000000000000000", "1e%2B21"),
            (0.001, "1", -2, "0.001", "1e-3"),
            (0.25, "25", 0, "0.25", "2.5e-1"),
            // The even digit, 2, would be as near, but below a power of two it reads as another number.
            (5.960_464_477_539_063e-8, "5960464477539063", -7, "0.00000005960464477539063", "5.960464477539063e-8"),
            (7_357_056_880_506_589.0 / 4.0, "18392642201266472", 16, "1839264220126647.2", "1.8392642201266472e%2B15"),
            (7_357_056_880_506_591.0 / 4.0, "18392642201266478", 16, "1839264220126647.8", "1.8392642201266478e%2B15"),
        ] {
            let found = Digits::shortest(value);
            assert_eq!(found, Digits { digits: digits.into(), point }, "{value}");
            let (mut a, mut b) = (String::new(), String::new());
            found.push_plain(&mut a);
            found.push_exponential(&mut b, 'e', "");
            assert_eq!((a.as_str(), b.as_str()), (plain, exponential));
        }
        let mut zero = String::new();
        Digits::shortest(0.0).push_plain(&mut zero);
        assert_eq!(zero, "0");
    }

    #[test]
    fn rounding_up_carries() {
        let mut digits = Digits::new(b"9996".to_vec(), 1);
        digits.round_up(3);
        assert_eq!(digits, Digits { digits: b"1".to_vec(), point: 2 });
    }
}
