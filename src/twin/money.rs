//! Between money, which is decimal, and amounts, which travel as doubles.

use crate::wire::Amount;
use rust_decimal::Decimal;

/// The most an order may ask for, in dong: what thirteen digits of a QR can hold.
pub const MAX_AMOUNT: u64 = 9_999_999_999_999;

/// Decimals an amount may have. The dong has none in use; with two, every sum and difference of accepted amounts has at
/// most fifteen digits, which a double carries exactly.
pub(super) const MAX_DECIMALS: u32 = 2;

/// An amount as money, where it is more than nothing, at most [`MAX_AMOUNT`], and exact.
#[must_use]
pub fn money(amount: Amount) -> Option<Decimal> {
    let money = amount.decimal().ok()?.normalize();
    let in_range = money > Decimal::ZERO && money <= Decimal::from(MAX_AMOUNT);
    (in_range && money.scale() <= MAX_DECIMALS).then_some(money)
}

/// Characters of the amount in a QR's payload, by EMVCo's specification.
const QR_CHARACTERS: usize = 13;

/// Whether a QR can ask for this much.
#[must_use]
pub fn fits_qr(money: Decimal) -> bool {
    wire_amount(money).to_string().len() <= QR_CHARACTERS
}

/// Money of the ledger as it travels. All of it came in as an amount or is a difference of such, so it goes out as one.
#[must_use]
pub fn wire_amount(money: Decimal) -> Amount {
    Amount::try_from(money).expect("a decimal is a finite number")
}
