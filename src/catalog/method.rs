//! The payment methods of the channel. Source: the vendor's "Smart Pay" page, table of availability.

/// A way of paying through SmartPay; all three are documented as active in the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    CreditCard,
    Qr,
    AtmCard,
}

impl Method {
    pub const ALL: [Self; 3] = [Self::CreditCard, Self::Qr, Self::AtmCard];

    /// `pmt_method` and `method_key` on the wire.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::CreditCard => "SMARTPAY_CREDIT_CARD",
            Self::Qr => "SMARTPAY_QR",
            Self::AtmCard => "SMARTPAY_ATM_CARD",
        }
    }

    /// `method_name` on the wire. The page names no value; these are inferred.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CreditCard => "SmartPay Credit Card",
            Self::Qr => "SmartPay QR",
            Self::AtmCard => "SmartPay ATM Card",
        }
    }

    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.key() == key)
    }
}

impl std::fmt::Display for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::CreditCard => "credit card",
            Self::Qr => "QR",
            Self::AtmCard => "ATM card",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_method_is_known_by_its_key_and_no_two_share_a_name() {
        for method in Method::ALL {
            assert_eq!(Method::from_key(method.key()), Some(method));
            assert_eq!(Method::from_key(method.name()), None);
        }
        assert_eq!(HashSet::from(Method::ALL.map(Method::name)).len(), Method::ALL.len());
    }
}
