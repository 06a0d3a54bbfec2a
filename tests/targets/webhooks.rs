//! Webhooks of a target that does not reach this machine by itself: a twin elsewhere, and a tunnel on loopback.

use super::{program::closed_port, twin::ElsewhereTwin};
use axum::{Router, body::Bytes, extract::State, http::StatusCode, http::Uri};
use serde_json::Value;
use std::net::SocketAddr;

/// Passes what it gets at its public address on to where the harness listens.
struct Tunnel {
    public: String,
    listen: SocketAddr,
    _runtime: tokio::runtime::Runtime,
}

impl Tunnel {
    fn dig() -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let listen = free.local_addr().unwrap();
        drop(free);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let entrance = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let public = format!("http://{}/hooks/", entrance.local_addr().unwrap());
        let router = Router::new().fallback(pass).with_state((listen, reqwest::Client::new()));
        runtime.spawn(axum::serve(entrance, router).into_future());
        Self { public, listen, _runtime: runtime }
    }
}

async fn pass(
    State((listen, client)): State<(SocketAddr, reqwest::Client)>,
    uri: Uri,
    body: Bytes,
) -> (StatusCode, Bytes) {
    let passed = client.post(format!("http://{listen}{}", uri.path())).body(body).send().await;
    match passed {
        Ok(answer) => (answer.status(), answer.bytes().await.unwrap_or_default()),
        Err(_) => (StatusCode::BAD_GATEWAY, Bytes::new()),
    }
}

/// Scenarios that need webhooks, and one that does not.
const SELECTED: [&str; 2] =
    ["--name", "every registered endpoint|fails at first is tried again|an outcome back|obtains a token and uses it"];

fn verdicts(summary: &Value) -> Vec<(String, String)> {
    let scenarios = summary["scenarios"].as_array().unwrap().iter();
    let mut verdicts: Vec<(String, String)> = scenarios
        .map(|s| {
            (s["verdict"].as_str().unwrap().to_owned(), s["failure"]["observed"].as_str().unwrap_or("").to_owned())
        })
        .collect();
    verdicts.sort();
    verdicts
}

#[test]
fn through_a_tunnel_each_webhook_finds_its_scenario_and_endpoints_are_registered_once() {
    let (twin, tunnel) = (ElsewhereTwin::start(), Tunnel::dig());
    let lines = format!(
        "inferred = true\n[target.remote.webhook]\npublic_url = \"{}\"\nlisten = \"{}\"\n",
        tunnel.public, tunnel.listen
    );
    let program = twin.program(&lines);
    for _ in 0..2 {
        let ended = program.run(&[&["--target", "remote"], &SELECTED[..]].concat());
        ended.expect(0, &[]);
        assert_eq!(ended.json()["counts"]["passed"], 4, "{}", ended.stderr);
    }
    let urls: Vec<String> = twin.webhook_endpoints();
    let mut expected = ["payment", "payment-second", "refund"].map(|name| format!("{}{name}", tunnel.public)).to_vec();
    expected.sort();
    assert_eq!(urls, expected);
}

#[test]
fn without_an_address_they_are_skipped_and_with_a_dead_one_blocked() {
    let twin = ElsewhereTwin::start();
    let ended = twin.program("inferred = true").run(&[&["--target", "remote"], &SELECTED[..]].concat());
    ended.expect(0, &["the target remote has no webhooks (it needs webhook.public_url)"]);
    let counts = &ended.json()["counts"];
    assert_eq!((&counts["passed"], &counts["skipped"]), (&1.into(), &3.into()), "{counts}");

    let lines = format!(
        "inferred = true\n[target.remote.webhook]\npublic_url = \"{}\"\nlisten = \"127.0.0.1:0\"\n",
        closed_port()
    );
    let ended = twin.program(&lines).run(&[&["--target", "remote"], &SELECTED[..]].concat());
    ended.expect(3, &["start the tunnel, or correct webhook.public_url"]);
    let verdicts = verdicts(&ended.json());
    assert_eq!(verdicts.iter().filter(|(verdict, _)| verdict == "blocked").count(), 3, "{verdicts:?}");
    assert!(verdicts[0].1.contains("Connection refused"), "{verdicts:?}");

    // Something answers there, but it is not us.
    let lines = format!(
        "inferred = true\n[target.remote.webhook]\npublic_url = \"{}\"\nlisten = \"127.0.0.1:0\"\n",
        twin.base_url
    );
    let ended = twin.program(&lines).run(&[&["--target", "remote"], &SELECTED[..]].concat());
    ended.expect(3, &["but what was sent there did not arrive here"]);
}
