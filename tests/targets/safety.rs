//! A target is not asked more often than it bears, not by two runs at once, and not when it is dead.

use super::{
    program::{Program, TOKEN, closed_port},
    server::{Server, answer, json},
    twin::ElsewhereTwin,
};
use std::{
    io::{BufRead, BufReader},
    process::Stdio,
    time::Duration,
};

#[test]
fn a_whole_run_on_a_closed_port_ends_soon_and_opens_the_circuit() {
    let ended = Program::remote(&closed_port(), "").call(&["run", "--target", "remote", "--format", "json"]);
    ended.expect(3, &["3 scenarios in a row were blocked, the last because", "nothing listens there"]);
    assert!(ended.took < Duration::from_secs(30), "{:?}", ended.took);
    let json = ended.json();
    let scenarios = json["scenarios"].as_array().unwrap();
    let observed = |s: &serde_json::Value| s["failure"]["observed"].as_str().unwrap_or_default().to_owned();
    let tried = scenarios.iter().filter(|s| s["verdict"] == "blocked" && !observed(s).starts_with("not tried")).count();
    // Those that run at the same time may be on their way when it opens.
    assert!((3..10).contains(&tried), "{tried}");
    assert!(scenarios.iter().all(|s| ["blocked", "skipped"].contains(&s["verdict"].as_str().unwrap())));
}

#[test]
fn with_the_flag_each_scenario_is_tried() {
    let server = Server::start(|stream, _| answer(stream, 503, "", b""));
    let program = Program::remote(&server.base_url, "");
    let few = program.run(&["--target", "remote", "api"]);
    few.expect(3, &["--keep-going tries all"]);
    let asked = server.asked();
    let all = program.run(&["--target", "remote", "api", "--keep-going"]);
    assert_eq!(all.code, 3, "{}", all.stderr);
    assert!(!all.stderr.contains("not tried"), "{}", all.stderr);
    assert!(server.asked() - asked > 2 * asked, "{asked} of {}", server.asked());
}

#[test]
fn the_request_rate_is_kept() {
    let server =
        Server::start(|stream, _| json(stream, 400, r#"{"message":"m","status_code":"4016","status_reason":"r"}"#));
    let program = Program::remote(&server.base_url, "");
    program.run(&["--target", "remote", "--rate", "10", "--keep-going", "api/initiate.feature"]);
    let asked = u32::try_from(server.asked()).unwrap();
    assert!(asked > 5, "{asked}");
    let least = Duration::from_millis(100) * (asked - 1);
    // A request may be on its way a little longer than the one before it.
    assert!(server.span() + Duration::from_millis(60) >= least, "{asked} requests in {:?}", server.span());
}

#[test]
fn a_target_that_wants_to_be_left_alone_is_and_a_request_that_it_did_not_take_is_sent_again() {
    let twice = Server::start(|stream, number| match number {
        1 => answer(stream, 429, "Retry-After: 2\r\n", b""),
        _ => json(
            stream,
            200,
            r#"{"content":{"token":"t","expires_in":1},"status_code":"2000","status_reason":"SUCCESS"}"#,
        ),
    });
    let program = Program::remote(&twice.base_url, "");
    program.run(&["--target", "remote", "--name", TOKEN]);
    assert!(twice.asked() >= 3, "{}", twice.asked());
    assert!(twice.span() >= Duration::from_secs(2), "{:?}", twice.span());
    // It is not waited for without measure.
    let forever = Server::start(|stream, _| answer(stream, 429, "Retry-After: 86400\r\n", b""));
    let ended = Program::remote(&forever.base_url, "").run(&["--target", "remote", "--name", TOKEN]);
    ended.expect(3, &["it is down for now (429"]);
    assert_eq!(forever.asked(), 2);
    // What may have been taken is not sent again.
    let busy = Server::start(|stream, _| answer(stream, 503, "Retry-After: 0\r\n", b""));
    Program::remote(&busy.base_url, "").run(&["--target", "remote", "--name", TOKEN]).expect(3, &["503"]);
    assert_eq!(busy.asked(), 2);
}

#[test]
fn two_runs_on_one_target_take_turns_and_a_killed_one_gives_up_its_turn() {
    let twin = ElsewhereTwin::start();
    let program = twin.program("wallet = \"attended\"");
    // The first one waits for a person who never comes.
    let args = ["run", "--out", "first", "--retries", "0", "--target", "remote", "--name", "^Paid in the test app$"];
    let mut first = program.command(&args).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(first.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("Please pay")));
    let args = ["run", "--target", "remote", "--name", TOKEN];
    let mut second = program.command(&args).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(second.stderr.take().unwrap()).lines().map(Result::unwrap);
    let waiting = lines.find(|line| line.contains("waiting for a turn")).unwrap();
    assert!(waiting.contains(&format!("(process {}, since ", first.id())), "{waiting}");
    let bounded = program.run(&["--out", "third", "--target", "remote", "--name", TOKEN, "--deadline", "1s"]);
    bounded.expect(3, &["ended by the deadline of 1 s"]);
    first.kill().unwrap();
    first.wait().unwrap();
    let rest: Vec<String> = lines.collect();
    assert_eq!(second.wait().unwrap().code(), Some(0), "{rest:#?}");
}
