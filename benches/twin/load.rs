//! The load: connections that are kept open, one request at a time on each, every answer checked.
//!
//! One thread, so that it takes as little as possible of the cores it shares with the server.

use super::order::Orders;
use std::cell::{Cell, RefCell};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::ops::Range;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// More than any answer has.
const BUFFER: usize = 4096;

/// How the answer to an accepted payment begins.
const ACCEPTED: &str = r#"{"is_success":true,"#;

/// What became of one round of requests.
pub(super) struct Round {
    pub(super) elapsed: Duration,
    /// From before the request is written until its answer is read, in microseconds, sorted.
    pub(super) latencies: Vec<u32>,
    /// Time that the server's threads ran.
    pub(super) server: Duration,
}

impl Round {
    pub(super) fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// Milliseconds within which this share of the answers came.
    pub(super) fn within(&self, share: f64) -> f64 {
        let last = self.latencies.len() - 1;
        f64::from(self.latencies[(last as f64 * share).round() as usize]) / 1000.0
    }

    /// Microseconds that the server computed for each request.
    pub(super) fn server_per_request(&self) -> f64 {
        self.server.as_secs_f64() * 1e6 / self.latencies.len() as f64
    }
}

/// Sends a request for each order of `range`.
pub(super) fn send(addr: SocketAddr, orders: &Orders, range: Range<usize>, connections: usize) -> Round {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let latencies = RefCell::new(Vec::with_capacity(range.len()));
    let next = Cell::new(range.start);
    let begun = Instant::now();
    let all = (0..connections).map(|_| converse(addr, orders, &next, range.end, &latencies));
    runtime.block_on(futures::future::join_all(all));
    let elapsed = begun.elapsed();
    let mut latencies = latencies.into_inner();
    latencies.sort_unstable();
    Round { elapsed, latencies, server: Duration::ZERO }
}

/// One connection: takes the next order as long as there is one.
async fn converse(addr: SocketAddr, orders: &Orders, next: &Cell<usize>, end: usize, latencies: &RefCell<Vec<u32>>) {
    let mut stream = tokio::net::TcpStream::connect(addr).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut request = orders.request(next.get());
    let mut answer = [0; BUFFER];
    while next.get() < end {
        orders.write(next.replace(next.get() + 1), &mut request);
        let begun = Instant::now();
        stream.write_all(&request).await.unwrap();
        let mut read = 0;
        while !is_whole(&answer[..read]) {
            let more = stream.read(&mut answer[read..]).await.unwrap();
            assert!(more > 0, "the server hung up");
            read += more;
        }
        latencies.borrow_mut().push(u32::try_from(begun.elapsed().as_micros()).unwrap());
        check(&answer[..read]);
    }
}

/// Asks for one payment on a connection of its own and returns the answer's content.
pub(super) fn answer(addr: SocketAddr, request: &[u8]) -> String {
    let content = ask(addr, request);
    assert!(content.starts_with(ACCEPTED), "refused: {content}");
    content
}

/// Sends one request on a connection of its own and returns the answer's content.
pub(super) fn ask(addr: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(addr).unwrap();
    stream.write_all(request).unwrap();
    let mut answer = Vec::new();
    let mut part = [0; BUFFER];
    while !is_whole(&answer) {
        let more = stream.read(&mut part).unwrap();
        assert!(more > 0, "the server hung up");
        answer.extend_from_slice(&part[..more]);
    }
    String::from_utf8(answer[content_at(&answer).unwrap()..].to_vec()).unwrap()
}

fn check(answer: &[u8]) {
    let accepted = answer.starts_with(b"HTTP/1.1 200 ")
        && content_at(answer).is_some_and(|at| answer[at..].starts_with(ACCEPTED.as_bytes()));
    assert!(accepted, "refused: {}", String::from_utf8_lossy(answer));
}

fn is_whole(answer: &[u8]) -> bool {
    content_at(answer).is_some_and(|at| answer.len() == at + content_length(&answer[..at]))
}

fn content_at(answer: &[u8]) -> Option<usize> {
    answer.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

fn content_length(head: &[u8]) -> usize {
    let name = b"content-length: ";
    let at = head.windows(name.len()).position(|word| word == name).expect("both servers say how long an answer is");
    let digits = head[at + name.len()..].iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0'))
}
