//! Identifiers from a seeded generator, so that the same seed gives the same twin.

use jiff::Timestamp;
use svix_ksuid::{Ksuid, KsuidLike};

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
        let mut bytes = [0; 20];
        bytes[..4].copy_from_slice(&seconds.to_be_bytes());
        bytes[4..12].copy_from_slice(&self.next().to_be_bytes());
        bytes[12..].copy_from_slice(&self.next().to_be_bytes());
        Ksuid::from_bytes(bytes).to_base62()
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

#[cfg(test)]
mod tests {
    use super::*;

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
