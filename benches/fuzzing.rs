//! How many cases a second `fuzz` tries on the twin, beside what the same client gets out of a bare axum handler.
//!
//! `cargo bench --bench fuzzing`. The program is the real one. Rounds alternate; figures are medians.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot be set up has failed")]
#![expect(clippy::print_stdout, reason = "this is what a bench is for")]

mod yardstick;

use serde_json::Value;
use std::process::Command;
use yardstick::Bare;

const ROUNDS: usize = 5;
const CASES: u32 = 40_000;

fn main() {
    let bare = Bare::start();
    let (mut cases, mut requests) = (Vec::new(), Vec::new());
    bare.per_second(CASES / 4);
    for number in 0..ROUNDS {
        requests.push(bare.per_second(CASES));
        cases.push(campaign(number));
    }
    let (cases, requests) = (median(cases), median(requests));
    println!("{:<40}{:>12}{:>12}{:>8}", "median of the rounds", "fuzz", "bare", "ratio");
    println!("{:<40}{cases:>12.0}{requests:>12.0}{:>8.2}", "cases, or requests, a second", cases / requests);
}

/// Cases a second of the program.
fn campaign(seed: usize) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_smartpay-conformance"));
    let (cases, seed) = (CASES.to_string(), seed.to_string());
    command.current_dir(&folder).args(["fuzz", "--format", "json", "--cases", &cases, "--seed", &seed]);
    let output = command.output().unwrap();
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["exit_code"], 0, "{}", String::from_utf8_lossy(&output.stderr));
    f64::from(CASES) * 1000.0 / summary["duration_ms"].as_f64().unwrap()
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
