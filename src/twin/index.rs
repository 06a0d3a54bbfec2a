//! Finds an order by one of its references, without a copy of the reference.

use super::Order;
use hashbrown::HashTable;
use std::fmt;
use std::hash::{BuildHasher, RandomState};

/// From a reference to the number of the order that has it. Only the numbers are kept; references are read from the
/// orders, which whoever calls finds by number. They never change while an order is in here.
pub(super) struct Index {
    numbers: HashTable<u64>,
    /// Merchants choose their references, so nobody may know beforehand which of them collide.
    hasher: RandomState,
    reference: fn(&Order) -> &str,
}

impl Index {
    pub(super) fn by(reference: fn(&Order) -> &str) -> Self {
        Self { numbers: HashTable::new(), hasher: RandomState::new(), reference }
    }

    pub(super) fn find<'a>(&self, reference: &str, order: impl Fn(u64) -> &'a Order) -> Option<u64> {
        let hash = self.hasher.hash_one(reference);
        self.numbers.find(hash, |number| (self.reference)(order(*number)) == reference).copied()
    }

    pub(super) fn insert<'a>(&mut self, number: u64, order: impl Fn(u64) -> &'a Order) {
        let Self { numbers, hasher, reference } = self;
        let hash = |number: &u64| hasher.hash_one(reference(order(*number)));
        numbers.insert_unique(hash(&number), number, hash);
    }

    pub(super) fn remove<'a>(&mut self, number: u64, order: impl Fn(u64) -> &'a Order) {
        let hash = self.hasher.hash_one((self.reference)(order(number)));
        if let Ok(entry) = self.numbers.find_entry(hash, |other| *other == number) {
            entry.remove();
        }
    }
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index").field("numbers", &self.numbers.len()).finish_non_exhaustive()
    }
}
