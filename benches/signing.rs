//! How fast requests are signed, beside a plain HMAC of a message of the same size and a bare axum handler, in the same run.
//!
//! `cargo bench --bench signing` prints the figures; `-- --check` ends with 1 if one is below what is promised.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot be set up has failed")]
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod yardstick;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use smartpay_conformance::wire::{Amount, RequestFields, Secret, Signature, Signatures};
use std::{hint::black_box, process::ExitCode, time::Instant};

/// Promised for the canonical dialect, a second, on one core.
const CANONICAL: f64 = 300_000.0;
/// Promised for all six dialects.
const ALL: f64 = 40_000.0;

/// The shapes of requests that are measured, from the most ordinary to one that every dialect writes in its own way.
const INPUTS: [(&str, &str, &str); 3] = [
    ("ordinary", "50000", "MERCHANT1617366877238"),
    ("with cents", "123456.78", "MERCHANT1617366877238"),
    ("all different", "1234567.891", "Đơn hàng ~ * 1617366877238"),
];

fn main() -> ExitCode {
    let check = std::env::args().any(|argument| argument == "--check");
    let secret = Secret::new("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
    let mut slow = false;
    let bare = yardstick::Bare::start();
    bare.per_second(5_000);
    let bare = bare.per_second(30_000);
    println!("a bare axum handler   {bare:>9.0}/s\n");
    for (name, amount, order) in INPUTS {
        let amount: Amount = amount.parse().expect("a constant amount");
        let fields = RequestFields {
            amount,
            client_key: "PORTONE_KEY_OF_A_MERCHANT",
            currency: "VND",
            failure_url: "https://checkout.portone.cloud/failure.html",
            merchant_order_id: order,
            success_url: "https://checkout.portone.cloud/success.html",
        };
        let message = fields.canonical();
        let plain = rate(|| {
            let mut mac =
                Hmac::<Sha256>::new_from_slice(black_box(secret.expose()).as_bytes()).expect("any length is a key");
            mac.update(black_box(&message).as_bytes());
            black_box(mac.finalize());
        });
        let canonical = rate(|| {
            black_box(Signature::of(black_box(&secret), &black_box(fields).canonical()));
        });
        let all = rate(|| {
            black_box(Signatures::of(black_box(&secret), &black_box(fields).fields()));
        });
        println!("{name}: {} bytes signed", message.len());
        println!("  plain HMAC-SHA256   {plain:>9.0}/s");
        for (what, rate) in [("canonical signature", canonical), ("all six dialects", all)] {
            let (to_plain, to_bare) = (rate / plain, rate / bare);
            println!(
                "  {what:<19} {rate:>9.0}/s   {to_plain:.2} of the plain HMAC, {to_bare:.1} times the bare handler"
            );
        }
        slow |= canonical < CANONICAL || all < ALL;
    }
    println!("promised: canonical {CANONICAL}/s, all six dialects {ALL}/s");
    ExitCode::from(u8::from(check && slow))
}

/// Calls a second: the best of several short measurements, since other work on the machine only ever slows one down.
fn rate(mut call: impl FnMut()) -> f64 {
    const CALLS: u32 = 20_000;
    const ROUNDS: u32 = 10;
    let measure = |call: &mut dyn FnMut()| {
        let start = Instant::now();
        for _ in 0..CALLS {
            call();
        }
        f64::from(CALLS) / start.elapsed().as_secs_f64()
    };
    (0..ROUNDS).map(|_| measure(&mut call)).fold(0.0, f64::max)
}
