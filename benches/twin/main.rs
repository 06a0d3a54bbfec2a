//! How fast the twin is: `initiatePayment` over loopback, beside a bare axum handler in the same run.
//!
//! `cargo bench --bench twin` sends a million requests, `cargo bench --bench twin -- --quick` a tenth of them. Rounds of
//! both servers alternate, so that whatever else the machine does slows both; the report gives medians of the rounds
//! and ratios. It prints and never fails on a figure: a figure belongs to the machine it was measured on.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot be set up has nothing to report")]
#![expect(clippy::print_stdout, reason = "the report is what this program is for")]

mod bare;
mod load;
mod merchant;
mod order;
mod report;
mod server;

use load::Round;
use merchant::Merchant;
use order::Orders;
use server::Server;
use smartpay_conformance::twin::MAX_ACCOUNTS;
use std::time::Duration;

/// As many as a merchant's connection pool may have; each sends its next request once it has read the last answer.
const CONNECTIONS: usize = 32;

/// Measured rounds of each server.
const ROUNDS: usize = 5;

/// Measured starts of each server.
const STARTS: usize = 11;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, content] = arguments.as_slice()
        && first == bare::ARGUMENT
    {
        return bare::serve(content.clone());
    }
    let requests = if arguments.iter().any(|argument| argument == "--quick") { 100_000 } else { 1_000_000 };

    let per_round = requests / ROUNDS;
    let orders = Orders::signed(&[Merchant::demo()], requests + per_round);

    let twin = Server::twin();
    let content = load::answer(twin.addr, &orders.request(0));
    let bare = Server::bare(&content);
    println!(
        "{requests} requests of {} bytes in {ROUNDS} rounds, answers of {} bytes, {CONNECTIONS} connections, {} cores",
        orders.request(0).len(),
        content.len(),
        std::thread::available_parallelism().unwrap()
    );

    // The first order was created above. Caches, branch predictors and the twin's memory settle in a round of warming up.
    let warm = 1..per_round;
    load::send(bare.addr, &orders, warm.clone(), CONNECTIONS);
    load::send(twin.addr, &orders, warm, CONNECTIONS);
    let memory_before = twin.memory();
    let (mut of_twin, mut of_bare): (Vec<Round>, Vec<Round>) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let range = round * per_round..(round + 1) * per_round;
        of_bare.push(bare.busy(|| load::send(bare.addr, &orders, range.clone(), CONNECTIONS)));
        of_twin.push(twin.busy(|| load::send(twin.addr, &orders, range, CONNECTIONS)));
    }
    report::rounds(&of_twin, &of_bare);
    report::memory(memory_before, twin.memory(), bare.memory());
    drop((twin, bare));
    report::crowded(MAX_ACCOUNTS, crowded(per_round));

    let (mut of_twin, mut of_bare): (Vec<Duration>, Vec<Duration>) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        of_bare.push(Server::bare(&content).until_answer(&orders.request(0)));
        of_twin.push(Server::twin().until_answer(&orders.request(0)));
    }
    report::starts(&of_twin, &of_bare);
}

/// The twin's memory when it has all the accounts it can have, and these share so many orders.
fn crowded(number: usize) -> server::Memory {
    let twin = Server::twin();
    let merchants: Vec<Merchant> = (0..MAX_ACCOUNTS).map(|_| Merchant::at(twin.addr)).collect();
    let orders = Orders::signed(&merchants, number);
    load::send(twin.addr, &orders, 0..orders.len(), CONNECTIONS);
    twin.memory()
}
