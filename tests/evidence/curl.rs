//! A `curl` line of the evidence, run in a shell, sends what was sent.

use smartpay_conformance::journal::{self, Attempt, Event, ExchangeRecord, Journal, curl};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
};

/// What arrived at a server.
#[derive(Debug, PartialEq)]
struct Arrived {
    line: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

fn receive(mut stream: TcpStream) -> Arrived {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end_matches(['\r', '\n']) {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let pair = |line: &String| {
        let (name, value) = line.split_once(':').unwrap();
        (name.to_ascii_lowercase(), value.trim().to_owned())
    };
    let headers: BTreeMap<String, String> = lines[1..].iter().map(pair).collect();
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").unwrap();
    Arrived { line: lines[0].clone(), headers, body }
}

/// The line for an exchange as the journal keeps it.
fn line(url: &str, headers: &[(&str, &str)], body: Option<&str>, secret: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create(folder.path()).unwrap();
    journal.learn(secret);
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    journal.record(Event::Exchange(ExchangeRecord {
        attempt: Attempt { scenario: "s".to_owned(), attempt: 1 },
        method: "POST".to_owned(),
        url: url.to_owned(),
        request_headers: headers.collect(),
        request_body: body.map(str::to_owned),
        status: Some(204),
        response_headers: BTreeMap::new(),
        response_body: None,
        error: None,
        started_at: jiff::Timestamp::UNIX_EPOCH,
        duration_ms: 1,
    }));
    let entries = journal::read(folder.path()).unwrap();
    let Event::Exchange(record) = &entries[0].event else { panic!("another event") };
    curl(record)
}

#[test]
fn a_line_sends_what_was_sent() {
    const SECRET: &str = "s3cret/of'the $hop";
    const TOKEN: &str = "opaque-token-1";
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let json = r#"{"portone_key":"K","portone_secret":"SECRET","amount":50000,"d":"it's $5 `id` \\ \"x\" ờ\n!"}"#;
    let bodies = [
        None,
        Some(json.replace("SECRET", SECRET)),
        Some("@not-a-file\nand a second line\r\n".to_owned()),
        Some("a=1&b=%27%24&c='\"\\\u{1}\t".to_owned()),
        Some(String::new()),
    ];
    for (number, body) in bodies.iter().enumerate() {
        let path = format!("/p/{number}?list[]={{1,2}}&q=it's%20[1-3]");
        let authorization = format!("Bearer {TOKEN}");
        let mut headers =
            vec![("authorization", authorization.as_str()), ("x-empty", ""), ("x-quoted", "a 'b' \"c\" $d")];
        if number == 1 {
            headers.push(("content-type", "application/json"));
        }
        let line = line(&format!("http://{address}{path}"), &headers, body.as_deref(), SECRET);
        assert!(!line.contains(SECRET) && !line.contains(TOKEN) && !line.contains("[masked]"), "{line}");
        let sent = Command::new("sh")
            .args(["-c", &line])
            .env("PORTONE_SECRET", SECRET)
            .env("PORTONE_TOKEN", TOKEN)
            .env("no_proxy", "127.0.0.1")
            .spawn()
            .unwrap();
        let arrived = receive(listener.accept().unwrap().0);
        let sent = sent.wait_with_output().unwrap();
        assert!(sent.status.success(), "{line}");
        assert_eq!(arrived.line, format!("POST {path} HTTP/1.1"));
        for (name, value) in headers {
            assert_eq!(arrived.headers[name], value, "{name} of {line}");
        }
        // What was sent without a type is not called a form.
        assert_eq!(arrived.headers.contains_key("content-type"), number == 1, "{line}");
        assert_eq!(arrived.body, body.as_deref().unwrap_or_default().as_bytes(), "{line}");
    }
}
