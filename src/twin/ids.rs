//! Identifiers from a seeded generator, so that the same seed gives the same twin.

use jiff::Timestamp;

/// Seconds between 1970 and the epoch of KSUIDs.
const KSUID_EPOCH: i64 = 1_400_000_000;

/// A seeded generator of identifiers (SplitMix64). Not for anything that must be unguessable outside a sandbox.
#[derive(Clone, Debug)]
pub struct Ids {
    state: u64,
}

impl Ids {
    #[must_use]
    pub const fn seeded(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 bits.
    pub const fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// `len` characters of `alphabet`.
    pub fn text(&mut self, len: usize, alphabet: &[u8]) -> String {
        (0..len).map(|_| alphabet[(self.next() % alphabet.len() as u64) as usize] as char).collect()
    }

    /// PortOne's reference of an order or refund: a KSUID of 27 characters, as in the vendor's examples.
    pub fn ksuid(&mut self, at: Timestamp) -> String {
        let seconds = u32::try_from(at.as_second().saturating_sub(KSUID_EPOCH).max(0)).unwrap_or(u32::MAX);
        ksuid(seconds, self.next(), self.next())
    }

    /// SmartPay's reference: `SP`, the account's tag, and ten digits.
    pub fn channel_ref(&mut self, tag: &str) -> String {
        format!("SP{tag}{:010}", self.next() % 10_000_000_000)
    }

    pub fn digits(&mut self, len: usize) -> String {
        self.text(len, b"0123456789")
    }

    pub fn letters(&mut self, len: usize) -> String {
        self.text(len, b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    }

    pub fn hex(&mut self, len: usize) -> String {
        self.text(len, b"0123456789abcdef")
    }

    /// A random UUID (version 4).
    pub fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xFFFF,
            high & 0xFFF,
            (low >> 48) & 0x3FFF | 0x8000,
            low & 0xFFFF_FFFF_FFFF
        )
    }
}

/// A KSUID: 32 bits of time and 128 of chance, as one number of 27 digits to the base of 62.
fn ksuid(seconds: u32, high: u64, low: u64) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut limbs = [seconds, (high >> 32) as u32, high as u32, (low >> 32) as u32, low as u32];
    let mut text = [0; 27];
    for digit in text.iter_mut().rev() {
        let mut rest = 0;
        for limb in &mut limbs {
            let part = rest << 32 | u64::from(*limb);
            *limb = (part / 62) as u32;
            rest = part % 62;
        }
        *digit = DIGITS[rest as usize];
    }
    text.iter().map(|digit| *digit as char).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use svix_ksuid::{Ksuid, KsuidLike};

    #[test]
    fn a_ksuid_is_written_as_others_write_it() {
        let mut ids = Ids::seeded(3);
        for seconds in [0, 1, 107_611_700, u32::MAX] {
            let (high, low) = (ids.next(), ids.next());
            let bytes = [&seconds.to_be_bytes()[..], &high.to_be_bytes(), &low.to_be_bytes()].concat();
            assert_eq!(ksuid(seconds, high, low), Ksuid::from_bytes(bytes.try_into().unwrap()).to_base62());
        }
        assert_eq!(ksuid(0, 0, 0), "0".repeat(27));
    }

    #[test]
    fn the_same_seed_gives_the_same_identifiers_of_the_documented_lengths() {
        let at = Timestamp::from_second(1_800_000_000).unwrap();
        let make = |seed| {
            let mut ids = Ids::seeded(seed);
            (ids.ksuid(at), ids.channel_ref("12345678"), ids.uuid(), ids.hex(64), ids.letters(16))
        };
        assert_eq!(make(7), make(7));
        assert_ne!(make(7), make(8));
        let (ksuid, channel, uuid, ..) = make(7);
        assert_eq!((ksuid.len(), channel.len(), uuid.len()), (27, 20, 36));
        assert_eq!(uuid.as_bytes()[14], b'4');
    }
}
