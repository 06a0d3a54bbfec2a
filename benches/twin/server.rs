//! A server that is measured, in a process of its own.

use super::load::{self, Round};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The kernel counts a process's time in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// A running server; dropping it ends it.
pub(super) struct Server {
    pub(super) addr: SocketAddr,
    process: Child,
    spawned: Instant,
}

/// Megabytes of memory that are resident.
#[derive(Clone, Copy)]
pub(super) struct Memory {
    pub(super) now: f64,
    pub(super) most: f64,
}

impl Server {
    /// The real program.
    pub(super) fn twin() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_smartpay-conformance"));
        command.args(["twin", "--listen", "127.0.0.1:0"]);
        Self::spawn(command)
    }

    /// A bare axum handler that answers with this content.
    pub(super) fn bare(content: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([super::bare::ARGUMENT, content]);
        Self::spawn(command)
    }

    /// Both say in their first line where they listen.
    fn spawn(mut command: Command) -> Self {
        let spawned = Instant::now();
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let addr = line.trim_end_matches([' ', '.', '\n']).rsplit(' ').next().unwrap().parse().unwrap();
        Self { addr, process, spawned }
    }

    /// From the start of the process to the answer to its first real request.
    pub(super) fn until_answer(&self, request: &[u8]) -> Duration {
        load::answer(self.addr, request);
        self.spawned.elapsed()
    }

    /// Measures how much this server computes during a round.
    pub(super) fn busy(&self, round: impl FnOnce() -> Round) -> Round {
        let before = self.computed();
        let round = round();
        Round { server: self.computed() - before, ..round }
    }

    pub(super) fn memory(&self) -> Memory {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let megabytes = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap();
            let kibibytes: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
            kibibytes * 1024.0 / 1e6
        };
        Memory { now: megabytes("VmRSS:"), most: megabytes("VmHWM:") }
    }

    /// User and system time of all its threads.
    fn computed(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap();
        // The second field is a name in brackets, which may hold spaces.
        let (_, fields) = stat.rsplit_once(") ").unwrap();
        fields.split(' ').skip(11).take(2).map(|ticks| TICK * ticks.parse::<u32>().unwrap()).sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended already cannot be ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
