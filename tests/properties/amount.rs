//! An amount: the same number in JSON, in the signature and in the books.

use crate::generate::{config, money, number};
use proptest::prelude::*;
use smartpay_conformance::wire::Amount;

proptest! {
    #![proptest_config(config())]

    /// Any JSON number is an amount that comes back as the same number and signs as the same text; integers stay integers.
    #[test]
    fn an_amount_round_trips(amount in number()) {
        let text = serde_json::to_string(&amount).unwrap();
        let read: Amount = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(read.value().to_bits(), amount.value().to_bits(), "written as {}", text);
        prop_assert_eq!(read.to_string(), amount.to_string());
        prop_assert!(!amount.to_string().contains(['e', 'E']), "an exponent would be signed");
        prop_assert_eq!(amount.to_string().parse::<Amount>().unwrap().value().to_bits(), amount.value().to_bits());
        // `i32` and below: an integer, as JSON, without point or exponent.
        if amount.value().fract() == 0.0 && amount.value() > 0.0 && amount.value() < 2_147_483_648.0 {
            prop_assert_eq!(text, amount.to_string());
        }
    }

    /// What any reader of JSON sees as a number, we see as the same number.
    #[test]
    fn an_amount_is_read_as_the_nearest_double(amount in number()) {
        let text = amount.to_string();
        let read: Amount = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(read.value().to_bits(), amount.value().to_bits(), "{}", text);
    }

    /// Money is exact: the decimal that is computed with prints as the amount that was signed.
    #[test]
    fn money_is_computed_exactly(amount in money()) {
        let decimal = amount.decimal().unwrap();
        prop_assert_eq!(Amount::try_from(decimal).unwrap(), amount);
        prop_assert_eq!(decimal.normalize().to_string(), amount.to_string());
    }
}
