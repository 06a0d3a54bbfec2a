//! A client that can send anything, well-formed or not.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long the twin may take to answer, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(20);

/// One connection, opened when it is needed and again after it was closed.
pub(super) struct Client {
    addr: SocketAddr,
    stream: Option<TcpStream>,
}

pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content: String,
}

impl Client {
    pub(super) const fn new(addr: SocketAddr) -> Self {
        Self { addr, stream: None }
    }

    /// Sends a request and reads the answer; nothing when the twin hung up instead.
    pub(super) fn ask(&mut self, request: &[u8]) -> Option<Answer> {
        // What is refused before it is read whole may be hung up on while it is still being written.
        let written = self.stream().write_all(request);
        let answer = read(self.stream());
        let last = written.is_err() || answer.as_ref().is_none_or(|(_, last)| *last);
        if last {
            self.stream = None;
        }
        answer.map(|(answer, _)| answer)
    }

    pub(super) fn write(&mut self, part: &[u8]) {
        // A twin that hung up meanwhile has answered in its way.
        let _ = self.stream().write_all(part);
    }

    pub(super) fn hang_up(&mut self) {
        self.stream = None;
    }

    fn stream(&mut self) -> &mut TcpStream {
        let addr = self.addr;
        self.stream.get_or_insert_with(|| {
            let stream = TcpStream::connect(addr).expect("the twin takes connections");
            stream.set_nodelay(true).unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            stream.set_write_timeout(Some(PATIENCE)).unwrap();
            stream
        })
    }
}

/// Reads an answer, and whether the connection ends with it.
fn read(stream: &mut TcpStream) -> Option<(Answer, bool)> {
    let mut text = Vec::new();
    let mut part = [0; 4096];
    loop {
        if let Some(head) = text.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4) {
            let lines = String::from_utf8_lossy(&text[..head]).to_ascii_lowercase();
            let field = |name: &str| lines.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
            let length: usize = field("content-length:").map_or(0, |length| length.parse().unwrap());
            if text.len() >= head + length {
                let status = lines.split(' ').nth(1).unwrap().parse().unwrap();
                let content = String::from_utf8(text[head..].to_vec()).unwrap();
                return Some((Answer { status, content }, field("connection:") == Some("close")));
            }
        }
        match stream.read(&mut part) {
            Ok(0) => return None,
            Ok(more) => text.extend_from_slice(&part[..more]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => panic!("no answer within {PATIENCE:?}"),
            Err(_) => return None,
        }
    }
}
