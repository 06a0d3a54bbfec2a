//! What the measurement found: medians, and each figure as a ratio to the bare handler.

use super::load::Round;
use super::server::Memory;
use std::time::Duration;

pub(super) fn rounds(twin: &[Round], bare: &[Round]) {
    println!("\n{:<34}{:>10}{:>10}{:>8}", "median of the rounds", "twin", "bare", "ratio");
    let line = |name: &str, digits: usize, figure: &dyn Fn(&Round) -> f64| {
        let [twin, bare] = [twin, bare].map(|rounds| median(rounds.iter().map(figure).collect()));
        row(name, digits, twin, bare);
    };
    line("requests a second", 0, &Round::per_second);
    line("latency, half of them, ms", 3, &|round| round.within(0.5));
    line("latency, 99 %, ms", 3, &|round| round.within(0.99));
    line("latency, all of them, ms", 3, &|round| round.within(1.0));
    line("server's time per request, µs", 1, &Round::server_per_request);
    let each = |rounds: &[Round]| rounds.iter().map(|round| format!("{:.0} ", round.per_second())).collect::<String>();
    println!("requests a second in each round: twin {}· bare {}", each(twin), each(bare));
}

pub(super) fn memory(warmed_up: Memory, twin: Memory, bare: Memory) {
    println!("\n{:<34}{:>10}{:>10}{:>8}", "resident memory", "twin", "bare", "ratio");
    row("after all requests, MB", 1, twin.now, bare.now);
    row("the most it ever was, MB", 1, twin.most, bare.most);
    println!("the twin's memory after warming up: {:.1} MB", warmed_up.now);
}

pub(super) fn crowded(accounts: usize, twin: Memory) {
    println!("with orders in {accounts} accounts: {:.1} MB, {:.1} at most", twin.now, twin.most);
}

pub(super) fn starts(twin: &[Duration], bare: &[Duration]) {
    println!("\n{:<34}{:>10}{:>10}{:>8}", "from start to first answer", "twin", "bare", "ratio");
    let milliseconds = |starts: &[Duration]| starts.iter().map(|start| start.as_secs_f64() * 1000.0).collect();
    let (twin, bare): (Vec<f64>, Vec<f64>) = (milliseconds(twin), milliseconds(bare));
    row("median, ms", 1, median(twin.clone()), median(bare.clone()));
    let slowest = |starts: Vec<f64>| starts.into_iter().fold(0.0, f64::max);
    row("slowest, ms", 1, slowest(twin), slowest(bare));
}

fn row(name: &str, digits: usize, twin: f64, bare: f64) {
    println!("{name:<34}{twin:>10.digits$}{bare:>10.digits$}{:>8.2}", twin / bare);
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
