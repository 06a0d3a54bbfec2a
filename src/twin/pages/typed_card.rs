//! Card data as people type it.

/// The digits of a card number typed with spaces or hyphens, if it can be one: 12 to 19 digits, the last of which checks
/// the others (Luhn).
pub(super) fn card_number(typed: &str) -> Option<String> {
    let digits: String = typed.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let numeric = digits.bytes().all(|byte| byte.is_ascii_digit());
    (numeric && (12..=19).contains(&digits.len()) && luhn(digits.as_bytes())).then_some(digits)
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, byte)| {
            let digit = u32::from(byte - b'0') * if at % 2 == 1 { 2 } else { 1 };
            if digit > 9 { digit - 9 } else { digit }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// A month and a year as `MM/YY`, typed with or without the slash, spaces and the century.
pub(super) fn month_and_year(typed: &str) -> Option<String> {
    let digits: String = typed.chars().filter(|c| !matches!(c, ' ' | '/' | '-')).collect();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (month, year) = match digits.len() {
        4 => digits.split_at(2),
        6 => (&digits[..2], &digits[4..]),
        _ => return None,
    };
    ("01"..="12").contains(&month).then(|| format!("{month}/{year}"))
}

/// A name in capitals with single spaces, as a card shows it.
pub(super) fn holder(typed: &str) -> Option<String> {
    let name = typed.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase();
    (!name.is_empty()).then_some(name)
}

/// A security code of three or four digits.
pub(super) fn security_code(typed: &str) -> Option<&str> {
    (matches!(typed.len(), 3 | 4) && typed.bytes().all(|byte| byte.is_ascii_digit())).then_some(typed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{ATM_CARDS, CREDIT_CARDS};

    #[test]
    fn every_documented_card_can_be_typed() {
        for number in CREDIT_CARDS.iter().map(|card| card.number).chain(ATM_CARDS.iter().map(|card| card.number)) {
            let spaced = format!("{} {}-{} {}", &number[..4], &number[4..8], &number[8..12], &number[12..]);
            assert_eq!(card_number(&spaced).as_deref(), Some(number));
        }
        for refused in ["", "5200", "5200000000001097", "520000000000109x", "52000000000010961234567890"] {
            assert_eq!(card_number(refused), None, "{refused}");
        }
    }

    #[test]
    fn dates_and_names_are_read_as_people_write_them() {
        for typed in ["01/24", "01 / 24", "0124", "01/2024", "01-24"] {
            assert_eq!(month_and_year(typed).as_deref(), Some("01/24"), "{typed}");
        }
        for refused in ["", "13/24", "00/24", "1/24", "01/2", "ab/cd", "０１/24"] {
            assert_eq!(month_and_year(refused), None, "{refused}");
        }
        assert_eq!(holder("  nguyen  van a ").as_deref(), Some("NGUYEN VAN A"));
        assert_eq!(holder("  "), None);
        assert_eq!(security_code("001"), Some("001"));
        assert_eq!(security_code("12345"), None);
        assert_eq!(security_code("1é"), None);
    }
}
