//! Each cause has its verdict, its message and its exit code, in bounded time and memory.

use super::{
    program::{Program, TOKEN, closed_port},
    server::{Server, answer, json},
};
use std::{
    io::Write,
    net::TcpStream,
    sync::Arc,
    time::{Duration, Instant},
};

/// No cause may take longer, with the limits that these tests configure.
const BOUND: Duration = Duration::from_secs(30);
const LIMITS: &str = "[target.remote.time_limits]\nexchange = \"2s\"\n";

/// One scenario on a target at `base_url` has this verdict for this reason, and the run this exit code.
fn expect(base_url: &str, verdict: &str, code: i32, parts: &[&str]) {
    let program = Program::remote(base_url, LIMITS);
    let ended = program.run(&["--target", "remote", "--name", TOKEN]);
    ended.expect(code, parts);
    let json = ended.json();
    assert_eq!(json["scenarios"][0]["verdict"], verdict, "{}", ended.stderr);
    assert!(ended.took < BOUND, "{:?}", ended.took);
}

fn expect_of(act: fn(&mut TcpStream), verdict: &str, code: i32, parts: &[&str]) {
    expect(&Server::start(move |stream, _| act(stream)).base_url, verdict, code, parts);
}

#[test]
fn what_the_network_does_blocks() {
    expect(&closed_port(), "blocked", 3, &["nothing listens there", "Connection refused"]);
    expect("http://no-such-host.invalid", "blocked", 3, &["its host has no address; look at base_url"]);
}

#[test]
fn an_address_that_swallows_connections_blocks_in_time() {
    // A listener whose queue is full answers no further handshake.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let connect = || TcpStream::connect_timeout(&address, Duration::from_millis(200));
    let full: Vec<TcpStream> = std::iter::from_fn(|| connect().ok()).take(10_000).collect();
    assert!(full.len() < 10_000, "the queue never filled");
    expect(&format!("http://{address}"), "blocked", 3, &["within 2s"]);
}

#[test]
fn a_certificate_that_nobody_vouches_for_blocks() {
    use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = tokio_rustls::rustls::pki_types::PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let port = listener.local_addr().unwrap().port();
    runtime.spawn(async move {
        let acceptor = TlsAcceptor::from(Arc::new(config));
        while let Ok((stream, _)) = listener.accept().await {
            drop(acceptor.accept(stream).await);
        }
    });
    expect(&format!("https://localhost:{port}"), "blocked", 3, &["no TLS connection can be trusted", "certificate"]);
}

#[test]
fn a_target_that_is_down_blocks() {
    for status in [502, 503, 504] {
        let server = Server::start(move |stream, _| answer(stream, status, "", b"busy"));
        expect(&server.base_url, "blocked", 3, &[&format!("it is down for now ({status}")]);
    }
    expect_of(
        |stream| answer(stream, 200, "Content-Type: text/html\r\n", "<html><h1>Hệ thống đang bảo trì".as_bytes()),
        "blocked",
        3,
        &["it is down for now (200, a maintenance page)"],
    );
}

#[test]
fn an_answer_that_does_not_end_or_breaks_off_blocks() {
    expect_of(
        |stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"content\"").unwrap();
            // Until whoever asked has had enough.
            drop(std::io::Read::read(stream, &mut [0]));
        },
        "blocked",
        3,
        &["within 2s"],
    );
    expect_of(
        |stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"content\"").unwrap();
            let socket = nix::sys::socket::sockopt::Linger;
            let now = nix::libc::linger { l_onoff: 1, l_linger: 0 };
            nix::sys::socket::setsockopt(&*stream, socket, &now).unwrap();
        },
        "blocked",
        3,
        &["the connection was cut in the middle of the answer"],
    );
}

#[test]
fn an_answer_that_is_not_what_is_documented_fails() {
    expect_of(
        |stream| answer(stream, 302, "Location: /api/merchant/auth-token\r\n", b""),
        "failed",
        1,
        &["a redirect to /api/merchant/auth-token, which is documented nowhere and was not followed"],
    );
    expect_of(
        |stream| answer(stream, 200, "Content-Type: text/html\r\n", b"<!doctype html><title>Welcome</title>"),
        "failed",
        1,
        &["a page of HTML where JSON belongs", "Welcome"],
    );
    expect_of(|stream| answer(stream, 200, "", b"{\"content\": \"\xff\"}"), "failed", 1, &["no UTF-8 from byte 13 on"]);
    expect_of(|stream| json(stream, 200, "{}"), "failed", 1, &["missing field"]);
    expect_of(|stream| json(stream, 500, "{}"), "failed", 1, &["this status is not documented"]);
}

#[test]
fn bodies_without_measure_fail_in_little_memory() {
    let act = |stream: &mut TcpStream| {
        let size = 100 * 1024 * 1024;
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n");
        let mut left = if stream.write_all(head.as_bytes()).is_ok() { size } else { 0 };
        // Ends when whoever asked closes the connection.
        while left > 0 && stream.write_all(&[b' '; 65_536]).is_ok() {
            left -= 65_536;
        }
    };
    let server = Server::start(move |stream, _| act(stream));
    let program = Program::remote(&server.base_url, LIMITS);
    let args = ["run", "--retries", "0", "--target", "remote", "--name", TOKEN];
    let mut child = program.command(&args).stderr(std::process::Stdio::null()).spawn().unwrap();
    let (begun, mut peak) = (Instant::now(), 0);
    let status = loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok()).unwrap_or(0);
        peak = peak.max(kilobytes);
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(begun.elapsed() < BOUND, "it never ended");
        std::thread::sleep(Duration::from_millis(5));
    };
    assert_eq!(status.code(), Some(1));
    assert!(peak > 0 && peak < 150_000, "{peak} kB");
    // A thousand bytes that would become a gigabyte: they are never unpacked.
    expect_of(
        |stream| {
            answer(
                stream,
                200,
                "Content-Encoding: gzip\r\n",
                &[&b"\x1f\x8b\x08\0\0\0\0\0\0\xff"[..], &[0; 1000]].concat(),
            )
        },
        "failed",
        1,
        &["it is compressed (gzip), which nobody asked for"],
    );
}

#[test]
fn refused_credentials_are_configuration() {
    let refusal =
        r#"{"message":"bad","status_code":"4010","status_reason":"INVALID_UNAUTHORISED_TRANSACTION_IAMPORTKEY_ERROR"}"#;
    let server = Server::that_answers_all(move |stream, _| json(stream, 401, refusal));
    let program = Program::remote(&server.base_url, LIMITS);
    let ended = program.run(&["--target", "remote"]);
    ended.expect(2, &["credentials that remote accepts", "401 4010", "correct the key and the secret of the target"]);
    assert_eq!(server.asked(), 1);

    let twin = super::twin::ElsewhereTwin::start();
    twin.program("").with("SECRET", "not-the-secret").run(&["--target", "remote"]).expect(2, &["accepts"]);
    twin.program("").with("KEY", "NOBODY").run(&["--target", "remote"]).expect(2, &["accepts"]);
}

#[test]
fn a_target_that_says_it_is_live_is_refused() {
    let live = r#"{"content":{"token":"t","environment":"live"},"status_code":"2000","status_reason":"SUCCESS"}"#;
    let server = Server::that_answers_all(move |stream, _| json(stream, 200, live));
    let program = Program::remote(&server.base_url, LIMITS);
    program.run(&["--target", "remote"]).expect(2, &["it says that its environment is live"]);
    // One that says it later is left alone from then on.
    let server = Server::start(move |stream, _| json(stream, 200, live));
    let program = Program::remote(&server.base_url, LIMITS);
    program.run(&["--target", "remote", "api"]).expect(2, &["the target says that it is live"]);
    assert!(server.asked() < 10, "{}", server.asked());
}

#[test]
fn nothing_selected_ends_with_4_on_such_a_target_too() {
    Program::remote(&closed_port(), "").run(&["--target", "remote", "NOTHING-99"]).expect(4, &["nothing selected"]);
}
