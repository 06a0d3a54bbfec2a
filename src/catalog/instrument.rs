//! The documented test instruments, and no others: nothing else may be typed into a page.
//!
//! Sources: the vendor's "Smart Pay" page for the credit card, the ATM card and the test app; Cardinal's EMV 3-D Secure
//! test cases and NAPAS's sandbox cards for their siblings.

/// What becomes of a credit card's 3-D Secure challenge, whatever is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChallengeOutcome {
    /// The right OTP succeeds.
    Succeeds,
    /// Even the right OTP fails.
    Fails,
    /// The issuer's authentication is unavailable.
    Unavailable,
    /// The issuer answers with a system error.
    SystemError,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreditCard {
    pub number: &'static str,
    pub holder: &'static str,
    /// Month and year, `MM/YY`. The documented one is in the past: a finding.
    pub expiry: &'static str,
    pub cvv: &'static str,
    pub otp: &'static str,
    pub challenge: ChallengeOutcome,
}

impl CreditCard {
    #[must_use]
    pub fn with(challenge: ChallengeOutcome) -> &'static Self {
        CREDIT_CARDS.iter().find(|card| card.challenge == challenge).expect("there is a card for every outcome")
    }
}

const fn mastercard(number: &'static str, challenge: ChallengeOutcome) -> CreditCard {
    CreditCard { number, holder: "NGUYEN VAN A", expiry: "01/24", cvv: "001", otp: "1234", challenge }
}

/// The documented card first, then its siblings.
pub const CREDIT_CARDS: [CreditCard; 4] = [
    mastercard("5200000000001096", ChallengeOutcome::Succeeds),
    mastercard("5200000000001104", ChallengeOutcome::Fails),
    mastercard("5200000000001112", ChallengeOutcome::Unavailable),
    mastercard("5200000000001120", ChallengeOutcome::SystemError),
];

/// What becomes of a payment with an ATM card once its OTP is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AtmOutcome {
    Paid,
    Locked,
    InsufficientFunds,
    OverLimit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtmCard {
    pub number: &'static str,
    pub holder: &'static str,
    /// Month and year from which the card is valid, `MM/YY`: the issue date, not an expiry.
    pub issue_date: &'static str,
    /// The literal text, in any letter case.
    pub otp: &'static str,
    pub bank: &'static str,
    pub outcome: AtmOutcome,
}

impl AtmCard {
    #[must_use]
    pub fn with(outcome: AtmOutcome) -> &'static Self {
        ATM_CARDS.iter().find(|card| card.outcome == outcome).expect("there is a card for every outcome")
    }
}

const fn napas(number: &'static str, outcome: AtmOutcome) -> AtmCard {
    AtmCard {
        number,
        holder: "NGUYEN VAN A",
        issue_date: "03/07",
        otp: "OTP",
        bank: "Ngân hàng TMCP Sài Gòn Công Thương",
        outcome,
    }
}

/// The documented card first, then its siblings.
pub const ATM_CARDS: [AtmCard; 4] = [
    napas("9704000000000018", AtmOutcome::Paid),
    napas("9704000000000026", AtmOutcome::Locked),
    napas("9704000000000034", AtmOutcome::InsufficientFunds),
    napas("9704000000000042", AtmOutcome::OverLimit),
];

/// The login of the wallet's test app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalletLogin {
    pub account: &'static str,
    pub password: &'static str,
}

pub const TEST_APP: WalletLogin = WalletLogin { account: "0937113608", password: "111111" };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_card_for_an_outcome_leads_to_it() {
        for card in CREDIT_CARDS {
            assert_eq!(CreditCard::with(card.challenge), &card);
        }
        for card in ATM_CARDS {
            assert_eq!(AtmCard::with(card.outcome), &card);
        }
    }
}
