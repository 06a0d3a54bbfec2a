//! A target that takes the credentials and then does what a test wants, byte by byte.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// An accepted request for a token, as it is documented.
const TOKEN: &str = r#"{"content":{"token":"t","expires_in":21600},"status_code":"2000","status_reason":"SUCCESS"}"#;

pub(crate) struct Server {
    pub(crate) base_url: String,
    asked: Arc<AtomicUsize>,
    /// When each request came, by its number.
    times: Arc<std::sync::Mutex<Vec<Instant>>>,
}

impl Server {
    /// Answers the first request, which asks whether the credentials are accepted, and lets `act` answer the others.
    pub(crate) fn start(act: impl Fn(&mut TcpStream, usize) + Send + Sync + 'static) -> Self {
        Self::that_answers_all(
            move |stream, number| if number == 0 { json(stream, 200, TOKEN) } else { act(stream, number) },
        )
    }

    /// Lets `act` answer every request; it is told their numbers from 0.
    pub(crate) fn that_answers_all(act: impl Fn(&mut TcpStream, usize) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let (asked, act) = (Arc::new(AtomicUsize::new(0)), Arc::new(act));
        let times = Arc::new(std::sync::Mutex::default());
        let (counter, clock): (_, Arc<std::sync::Mutex<Vec<Instant>>>) = (Arc::clone(&asked), Arc::clone(&times));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let (act, counter, clock) = (Arc::clone(&act), Arc::clone(&counter), Arc::clone(&clock));
                thread::spawn(move || {
                    // A client that is gone in the middle is what some tests are about.
                    if read_request(&mut stream).is_some() {
                        clock.lock().unwrap().push(Instant::now());
                        act(&mut stream, counter.fetch_add(1, Ordering::SeqCst));
                    }
                });
            }
        });
        Self { base_url, asked, times }
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// From the first request to the last.
    pub(crate) fn span(&self) -> Duration {
        let times = self.times.lock().unwrap();
        times.last().zip(times.first()).map(|(last, first)| *last - *first).unwrap_or_default()
    }
}

fn read_request(stream: &mut TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()
}

/// A whole answer, after which the connection is closed.
pub(crate) fn answer(stream: &mut TcpStream, status: u16, headers: &str, body: &[u8]) {
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n", body.len());
    // Whoever asked may have had enough.
    drop(stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)));
}

pub(crate) fn json(stream: &mut TcpStream, status: u16, body: &str) {
    answer(stream, status, "Content-Type: application/json\r\n", body.as_bytes());
}
