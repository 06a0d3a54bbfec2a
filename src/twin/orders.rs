//! The orders that an account remembers, in the order of their creation, found by any of their references.
//!
//! Each has a number, counting from the first ever. That makes expiry and eviction a matter of looking at the queue's
//! head, and every question a matter of one hash look-up: nothing here scans.

use super::index::Index;
use super::{Order, Refund};
use std::collections::VecDeque;
use std::sync::Arc;

/// Orders an account remembers; beyond it, the oldest is forgotten.
pub const MAX_ORDERS: usize = 10_000;

#[derive(Debug)]
pub(super) struct Orders {
    /// Shared with whoever asked for one; a change leaves them with the order as it was.
    queue: VecDeque<Arc<Order>>,
    /// Number of the order at the queue's head.
    first: u64,
    /// Memory that they take.
    bytes: usize,
    by_order_ref: Index,
    by_merchant_ref: Index,
    by_channel_ref: Index,
}

impl Orders {
    pub(super) fn new() -> Self {
        Self {
            queue: VecDeque::new(),
            first: 0,
            bytes: 0,
            by_order_ref: Index::by(|order| &order.order_ref),
            by_merchant_ref: Index::by(|order| &order.request.merchant_order_ref),
            by_channel_ref: Index::by(|order| &order.channel_order_ref),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) const fn first(&self) -> u64 {
        self.first
    }

    /// Newest first.
    pub(super) fn newest_first(&self) -> impl Iterator<Item = &Arc<Order>> {
        self.queue.iter().rev()
    }

    pub(super) fn by_order_ref(&self, reference: &str) -> Option<u64> {
        self.by_order_ref.find(reference, numbered(&self.queue, self.first))
    }

    pub(super) fn by_merchant_ref(&self, reference: &str) -> Option<u64> {
        self.by_merchant_ref.find(reference, numbered(&self.queue, self.first))
    }

    pub(super) fn by_channel_ref(&self, reference: &str) -> Option<u64> {
        self.by_channel_ref.find(reference, numbered(&self.queue, self.first))
    }

    pub(super) fn at(&self, number: u64) -> Option<&Arc<Order>> {
        self.queue.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    pub(super) fn at_mut(&mut self, number: u64) -> Option<&mut Order> {
        self.queue.get_mut(usize::try_from(number.checked_sub(self.first)?).ok()?).map(Arc::make_mut)
    }

    /// Adds an order whose references are new, and returns it.
    pub(super) fn push(&mut self, order: Order) -> &Arc<Order> {
        let number = self.first + self.queue.len() as u64;
        self.bytes += order.bytes();
        self.queue.push_back(Arc::new(order));
        for index in [&mut self.by_order_ref, &mut self.by_merchant_ref, &mut self.by_channel_ref] {
            index.insert(number, numbered(&self.queue, self.first));
        }
        self.queue.back().expect("an order was just pushed")
    }

    /// Adds a refund to an order, and returns it.
    pub(super) fn refund(&mut self, number: u64, refund: Refund) -> Option<&mut Refund> {
        self.bytes += refund.bytes();
        let order = self.at_mut(number)?;
        order.refunds.push(refund);
        order.refunds.last_mut()
    }

    /// Forgets the oldest order, and returns it.
    pub(super) fn pop(&mut self) -> Option<Arc<Order>> {
        self.bytes -= self.queue.front()?.bytes();
        for index in [&mut self.by_order_ref, &mut self.by_merchant_ref, &mut self.by_channel_ref] {
            index.remove(self.first, numbered(&self.queue, self.first));
        }
        self.first += 1;
        self.queue.pop_front()
    }
}

/// An order by its number, for the indexes, whose numbers are those of orders in the queue.
fn numbered<'a>(queue: &'a VecDeque<Arc<Order>>, first: u64) -> impl Fn(u64) -> &'a Order {
    move |number| &queue[(number - first) as usize]
}
