//! An amount of money as it travels: a JSON number.

use super::Dialect;
use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use std::borrow::Cow;

/// An amount in units of its currency (VND has no smaller unit in use), read as a double, as the vendor's
/// contract says, and written back as the same number: integers stay integers.
///
/// Printed as the canonical (Go) sample prints it: the shortest digits that read back as the same number, never an exponent.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Amount(f64);

/// An amount that cannot be money.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AmountError {
    #[error("read {0:?} as an amount: not a finite number")]
    NotANumber(String),
    #[error("compute with the amount {0}: more digits than money can have")]
    NotMoney(Amount),
}

impl Amount {
    /// # Errors
    /// Infinite and undefined numbers are not amounts.
    pub fn new(value: f64) -> Result<Self, AmountError> {
        if value.is_finite() { Ok(Self(value)) } else { Err(AmountError::NotANumber(value.to_string())) }
    }

    #[must_use]
    pub const fn value(self) -> f64 {
        self.0
    }

    /// The amount as exact decimal money.
    ///
    /// # Errors
    /// Amounts with more digits than a decimal holds (28) are refused, not rounded.
    pub fn decimal(self) -> Result<Decimal, AmountError> {
        Decimal::from_str_exact(&self.to_string()).map_err(|_| AmountError::NotMoney(self))
    }
}

impl From<i32> for Amount {
    fn from(value: i32) -> Self {
        Self(f64::from(value))
    }
}

impl From<u32> for Amount {
    fn from(value: u32) -> Self {
        Self(f64::from(value))
    }
}

impl TryFrom<Decimal> for Amount {
    type Error = AmountError;

    fn try_from(value: Decimal) -> Result<Self, AmountError> {
        value.normalize().to_string().parse()
    }
}

impl std::str::FromStr for Amount {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        let value: f64 = text.parse().map_err(|_| AmountError::NotANumber(text.to_owned()))?;
        Self::new(value)
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&Dialect::CANONICAL.value((*self).into()))
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// Beyond this, a double no longer tells neighbouring integers apart.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        // A negative zero has no integer; it would lose the sign that it is signed with.
        let negative_zero = self.0 == 0.0 && self.0.is_sign_negative();
        if self.0.fract() == 0.0 && self.0.abs() < EXACT && !negative_zero {
            #[expect(clippy::cast_possible_truncation, reason = "an integer below 2^53 fits")]
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

impl JsonSchema for Amount {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "format": "double" })
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(f64::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_without_exponent_and_written_back_as_the_same_number() {
        for (json, printed, written) in [
            ("50000", "50000", "50000"),
            ("50000.0", "50000", "50000"),
            ("100.255", "100.255", "100.255"),
            ("1e21", "1000000000000000000000", "1e+21"),
            ("1e-7", "0.0000001", "1e-7"),
            ("0.1", "0.1", "0.1"),
            ("-5", "-5", "-5"),
            // The first whole number that its neighbour reads as, too, is no longer written as one.
            ("9007199254740991", "9007199254740991", "9007199254740991"),
            ("9007199254740992", "9007199254740992", "9007199254740992.0"),
            // As near to the double as ...063, and even: Rust's own printing takes the other.
            ("2136002.82275390625", "2136002.8227539062", "2136002.8227539062"),
        ] {
            let amount: Amount = serde_json::from_str(json).unwrap();
            assert_eq!(amount.to_string(), printed, "{json}");
            let back = serde_json::to_string(&amount).unwrap();
            assert_eq!(back.replace("e+", "e"), written.replace("e+", "e"), "{json}");
        }
    }

    #[test]
    fn money_that_a_decimal_cannot_hold_is_refused() {
        assert!("1e40".parse::<Amount>().unwrap().decimal().is_err());
        assert!("1e-40".parse::<Amount>().unwrap().decimal().is_err());
        assert!("inf".parse::<Amount>().is_err());
        assert_eq!("0.10".parse::<Amount>().unwrap().decimal().unwrap().to_string(), "0.1");
    }
}
