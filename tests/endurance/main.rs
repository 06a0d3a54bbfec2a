//! The twin survives what nobody should send it: 100,000 broken requests leave it answering, its memory flat and its
//! ledger balanced.
//!
//! The real program in a process of its own, so that its memory is its own, and so that a stack that overflows would
//! end it and not this test.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod broken;
mod client;
mod process;
mod shop;

use broken::{Broken, kinds};
use client::Client;
use process::Process;
use serde_json::Value;
use shop::Shop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Broken requests that are counted, and before them, so that caches, buffers and threads have their size.
const REQUESTS: usize = 100_000;
const WARM_UP: usize = 30_000;

/// Connections at a time.
const CLIENTS: usize = 8;

/// Connections on which half a request waits for all that time.
const HELD: usize = 100;

/// What the twin's memory may grow by. Requests that each left fifty bytes behind would add up to 5 MB. Without a leak
/// it settles: of 400,000 after a third of this warm-up, the first half added 3 MB and the second nothing.
const GROWTH: usize = 4_000_000;

#[test]
fn a_hundred_thousand_broken_requests_leave_the_twin_answering_its_memory_flat_and_its_ledger_balanced() {
    let twin = Process::start();
    let shop = Shop::new(twin.addr());
    let paid = shop.pay(&shop.initiate("before-paid"));
    assert_eq!(shop.refund(&paid, 20_000), 200);
    shop.initiate("before-open");
    let kinds = kinds(&shop);
    let (before, files) = (shop.ledger(), twin.open_files());

    send(&twin, &kinds, WARM_UP);
    let held: Vec<Client> = (0..HELD).map(|at| half_sent(&twin, &shop, at)).collect();
    let memory = twin.memory();
    send(&twin, &kinds, REQUESTS);

    let grown = twin.memory().saturating_sub(memory);
    assert!(grown <= GROWTH, "the twin's memory grew by {grown} bytes from {memory}");
    drop(held);
    let deadline = Instant::now() + Duration::from_secs(5);
    while twin.open_files() > files {
        assert!(Instant::now() < deadline, "{} files stay open, {files} were before", twin.open_files());
        thread::sleep(Duration::from_millis(20));
    }

    let after = shop.ledger();
    assert_eq!(orders(&after), orders(&before), "refused requests leave no trace");
    balanced(&after);
    let paid = shop.pay(&shop.initiate("after"));
    assert_eq!(shop.refund(&paid, 50_000), 200);
    balanced(&shop.ledger());
}

/// Sends each kind in turn until there were so many, from several clients at once.
fn send(twin: &Process, kinds: &[Broken], number: usize) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let mut client = Client::new(twin.addr());
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= number {
                        break;
                    }
                    kinds[at % kinds.len()].send(&mut client, at / kinds.len());
                }
            });
        }
    });
}

/// A connection on which a request begins and does not end.
fn half_sent(twin: &Process, shop: &Shop, at: usize) -> Client {
    let whole = shop::request("POST /api/initiatePayment", &shop.keyed(), shop.order("held").to_string().as_bytes());
    let mut client = Client::new(twin.addr());
    client.write(&whole[..at * whole.len() / HELD]);
    client
}

fn orders(ledger: &Value) -> &Value {
    &ledger["orders"]
}

/// What was paid is what the paid orders ask for, and what of it was paid back is what can no longer be.
fn balanced(ledger: &Value) {
    let sum = |of: &dyn Fn(&Value) -> f64| ledger["orders"].as_array().unwrap().iter().map(of).sum::<f64>();
    let amount = |value: &Value| value.as_f64().unwrap();
    let paid = sum(&|order| if order["status"] == "Success" { amount(&order["amount"]) } else { 0.0 });
    let refunds = |order: &Value| order["refunds"].as_array().unwrap().iter().map(|one| amount(&one["amount"])).sum();
    let refunded = sum(&refunds);
    let refundable = sum(&|order| amount(&order["refundable"]));
    assert!(paid > 0.0 && refunded > 0.0);
    assert_eq!((amount(&ledger["paid"]), amount(&ledger["refunded_or_queued"])), (paid, refunded));
    assert_eq!(paid, refunded + refundable);
}
