//! The real program, `twin --listen 127.0.0.1:0`, and what the kernel says of it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

pub(super) struct Process {
    child: Child,
    addr: SocketAddr,
}

impl Process {
    pub(super) fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_smartpay-conformance"))
            .args(["twin", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let addr = line.trim_end().trim_end_matches('.').rsplit(' ').next().unwrap().parse().unwrap();
        Self { child, addr }
    }

    pub(super) const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Bytes of resident memory.
    pub(super) fn memory(&self) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1024
    }

    /// Files it has open, connections included.
    pub(super) fn open_files(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap().count()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended already cannot be ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
