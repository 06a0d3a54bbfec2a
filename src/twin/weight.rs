//! Memory that an order takes, by which the twin bounds what it remembers.
//!
//! What never changes is counted once and for all; what can change is counted at its most, so that the same order
//! weighs the same whenever it is asked.

use super::{Buyer, NewOrder, Order, Refund};
use crate::wire::{OrderItem, UserConfigured};
use serde_json::{Map, Value};

/// Of each order: its place in the queue and in three indexes, its statuses, and what its payer types.
const BESIDE: usize = 512;

impl Order {
    pub(super) fn bytes(&self) -> usize {
        allocated(size_of::<Self>())
            + BESIDE
            + text(&self.order_ref)
            + text(&self.channel_order_ref)
            + self.request.bytes()
            + self.refunds.iter().map(Refund::bytes).sum::<usize>()
    }
}

impl NewOrder {
    fn bytes(&self) -> usize {
        let texts = [
            &self.merchant_order_ref,
            &self.description,
            &self.success_url,
            &self.failure_url,
            &self.user_agent,
            &self.ip_address,
        ];
        texts.into_iter().chain(&self.pending_url).map(|part| text(part)).sum::<usize>()
            + self.buyer.bytes()
            + self.user_configured.texts().map(|part| text(part)).sum::<usize>()
            + allocated(self.items.capacity() * size_of::<OrderItem>())
            + self.items.iter().map(texts_of_item).sum::<usize>()
    }
}

impl Buyer {
    fn bytes(&self) -> usize {
        let texts = [&self.name, &self.email, &self.phone, &self.address1, &self.address2, &self.city, &self.country];
        texts.into_iter().map(|part| text(part)).sum()
    }
}

impl UserConfigured {
    fn texts(&self) -> impl Iterator<Item = &String> {
        [&self.field1, &self.field2, &self.field3, &self.field4, &self.field5].into_iter().flatten()
    }
}

impl Refund {
    pub(super) fn bytes(&self) -> usize {
        let texts = [&self.refund_id, &self.psp_refund_id, &self.reason, &self.description];
        // A vector of refunds grows by doubling.
        2 * size_of::<Self>() + BESIDE / 2 + texts.into_iter().map(|part| text(part)).sum::<usize>()
    }
}

fn texts_of_item(item: &OrderItem) -> usize {
    text(&item.id) + text(&item.name) + text(&item.image) + item.additional_details.as_ref().map_or(0, object)
}

/// What lies behind a value: short JSON can take much memory. Vectors grow by doubling and begin with four places.
fn tree(value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(part) => text(part),
        Value::Array(items) => grown(items.len(), size_of::<Value>()) + items.iter().map(tree).sum::<usize>(),
        Value::Object(fields) => object(fields),
    }
}

fn object(fields: &Map<String, Value>) -> usize {
    let entry = size_of::<(u64, String, Value)>() + size_of::<usize>();
    grown(fields.len(), entry) + fields.iter().map(|(name, value)| text(name) + tree(value)).sum::<usize>()
}

fn grown(items: usize, size: usize) -> usize {
    if items == 0 { 0 } else { allocated(2 * items.max(2) * size) }
}

fn text(text: &str) -> usize {
    allocated(text.len())
}

/// What an allocator takes for this many bytes: a header, the rest of a piece of sixteen, and no less than two of them.
fn allocated(bytes: usize) -> usize {
    if bytes == 0 { 0 } else { (bytes + 8).next_multiple_of(16).max(32) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_takes_memory_weighs_what_it_takes_however_short_it_was_written() {
        let of = |text: &str| tree(&serde_json::from_str(text).unwrap());
        assert_eq!((of("1"), of("[]"), of("{}"), of(r#""""#)), (0, 0, 0, 0));
        assert!(of(r#""a""#) >= 32);
        assert!(tree(&json!(vec![json!([]); 1000])) >= 1000 * size_of::<Value>());
        assert!(of(r#"[{"a":1}]"#) >= 4 * size_of::<Value>() + 4 * size_of::<(u64, String, Value)>());
    }
}
