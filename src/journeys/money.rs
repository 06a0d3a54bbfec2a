//! Amounts as pages show them.

use crate::catalog::CURRENCY;
use crate::journal::Failure;
use crate::wire::Amount;

/// The amount in a text such as `500,000 VND`, `500.000 ₫` or `1 500 VND`: dots, commas and spaces between groups of three
/// digits separate thousands, since dong have no smaller unit in use. A currency that is named has to be dong.
///
/// # Errors
/// When the text holds no amount, more than one, digits that are not grouped by three, or another currency.
pub fn displayed_amount(text: &str) -> Result<Amount, Failure> {
    let unreadable = || Failure::unmet("one amount of Vietnamese dong", format!("{text:?}"));
    let number: String =
        text.trim().trim_matches(|c: char| !c.is_ascii_digit()).chars().filter(|c| !c.is_control()).collect();
    let groups: Vec<&str> = number.split(['.', ',', ' ', '\u{a0}', '\u{202f}']).collect();
    let grouped = groups.iter().skip(1).all(|group| group.len() == 3)
        && (groups.len() == 1 || groups.first().is_some_and(|first| (1..=3).contains(&first.len())));
    let digits = groups.concat();
    if names_another_currency(text)
        || !grouped
        || digits.is_empty()
        || !digits.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Err(unreadable());
    }
    digits.parse().map_err(|_| unreadable())
}

/// Whether the text names a currency, by its code or its sign, and it is not dong.
fn names_another_currency(text: &str) -> bool {
    const SIGNS: &str = "$¢£¤¥฿₩€₱₹₽";
    let is_code = |word: &&str| word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_uppercase());
    let mut codes = text.split(|c: char| !c.is_alphabetic()).filter(is_code).peekable();
    let by_code = codes.peek().is_some() && codes.all(|code| code != CURRENCY);
    // Three capitals may be any word where the sign says what the currency is.
    by_code && !text.contains(['₫', 'đ']) || text.contains(|c| SIGNS.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_to_the_digit_or_not_at_all() {
        for (text, amount) in [
            ("500,000 VND", 500_000),
            ("500.000 ₫", 500_000),
            ("₫1", 1),
            ("Total: 1 500 000 VND", 1_500_000),
            ("90000", 90_000),
            ("Amount VND 90.000", 90_000),
            ("90.000 đ", 90_000),
            ("TAX 1.500 ₫", 1_500),
            ("0 VND", 0),
        ] {
            assert_eq!(displayed_amount(text).unwrap(), Amount::from(amount), "{text}");
        }
        for text in [
            "",
            "VND",
            "5,00 VND",
            "500,00 of 900,000",
            "12 of 500",
            "1,0000",
            "500,000 USD",
            "US$500",
            "€ 500",
            "THB 500",
        ] {
            assert!(displayed_amount(text).is_err(), "{text}");
        }
    }
}
