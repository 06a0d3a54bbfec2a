//! Whether the pages of a payment tell its amount.

use super::displayed_amount;
use crate::browser::MetPage;
use crate::journal::Failure;
use crate::wire::Amount;
use regex::Regex;
use std::sync::LazyLock;

/// A sum of money as a page writes it, whatever its currency: the currency before or behind the number.
static MONEY: LazyLock<Regex> = LazyLock::new(|| {
    let number = r"\d[\d.,]*(?:[ \u{a0}\u{202f}]\d{3})*";
    let before = r"(?:\b(?:VND|USD|EUR|THB)|₫|\$|€)";
    // A word may begin as the sign does, as in `24 đến`.
    let behind = r"(?:(?:VND|USD|EUR|THB|đồng|đ)\b|₫|\$|€)";
    Regex::new(&format!(r"{number}\s?{behind}|{before}\s?{number}")).expect("the pattern is a constant")
});

/// Each page that tells sums of money tells `amount` among them; others may be fees or discounts.
///
/// # Errors
/// Names the first page that does not, or says that none tells any.
pub fn expect_amount_on_pages(pages: &[MetPage], amount: Amount) -> Result<(), Failure> {
    let mut telling = 0;
    for page in pages {
        let sums: Vec<&str> = MONEY.find_iter(&page.text).map(|sum| sum.as_str()).collect();
        if sums.is_empty() {
            continue;
        }
        telling += 1;
        if !sums.iter().any(|sum| displayed_amount(sum).is_ok_and(|told| told == amount)) {
            return Err(Failure::unmet(format!("{} to tell {amount} VND", page.name), format!("{sums:?}")));
        }
    }
    if telling == 0 {
        return Err(Failure::unmet("a page that tells what is to be paid", "no amount on any page"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> MetPage {
        MetPage { name: "a page".to_owned(), url: String::new(), language: String::new(), text: text.to_owned() }
    }

    #[test]
    fn a_page_tells_the_amount_or_none() {
        let told = |texts: &[&str]| {
            let pages: Vec<MetPage> = texts.iter().map(|text| page(text)).collect();
            expect_amount_on_pages(&pages, 330_000.into()).is_ok()
        };
        for text in ["Amount 330,000 VND", "Số tiền 330.000 ₫", "VND 330 000", "Fee 0 VND, total 330,000 VND"] {
            assert!(told(&[text, "Please wait"]), "{text}");
        }
        for text in ["330,000 USD", "33,000 VND", "3,300,000 VND", "1,330,000 VND", "330,0001 VND", "$330,000"] {
            assert!(!told(&["330,000 VND", text]), "{text}");
        }
        assert!(told(&["330.000 đồng", "Từ 20 đến 24 giờ"]));
        assert!(!told(&["Please wait"]));
    }
}
