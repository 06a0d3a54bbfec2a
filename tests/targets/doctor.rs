//! The doctor says what came from where, what is well, and what to do about the rest.

use super::{
    program::{Program, closed_port},
    server::{Server, answer},
    twin::ElsewhereTwin,
};
use serde_json::Value;

fn examined(program: &Program, code: i32) -> Value {
    let ended = program.call(&["doctor", "--target", "remote", "--format", "json"]);
    assert_eq!(ended.code, code, "{}\n{}", ended.stdout, ended.stderr);
    assert!(!ended.stdout.contains("TWIN_DEMO_SECRET"));
    ended.json()
}

fn finding<'a>(examined: &'a Value, what: &str) -> &'a Value {
    let mut all = examined["findings"].as_array().unwrap().iter();
    all.find(|finding| finding["what"] == what).unwrap_or_else(|| panic!("{what} is not in {examined}"))
}

#[test]
fn a_healthy_target_is_well_and_each_value_has_its_origin() {
    let twin = ElsewhereTwin::start();
    let program = twin.program("").with("SMARTPAY_RATE", "50");
    let told = examined(&program, 0);
    for what in ["profile", "browser", "driver", "session", "address", "connection", "credentials", "channel"] {
        assert_eq!(finding(&told, what)["level"], "ok", "{told}");
    }
    assert_eq!(finding(&told, "webhooks")["level"], "warning");
    let setting = |key: &str| {
        let settings = told["configuration"].as_array().unwrap();
        let setting = settings.iter().find(|setting| setting["key"] == key).unwrap();
        format!("{} from {}", setting["value"].as_str().unwrap(), setting["origin"].as_str().unwrap())
    };
    assert_eq!(setting("base_url"), format!("{} from conformance.toml", twin.base_url));
    assert_eq!(setting("rate"), "50 from environment SMARTPAY_RATE");
    assert_eq!(setting("secret"), "******** from conformance.toml, environment SECRET");
    assert_eq!(setting("time_limits.page"), "30s from default");

    let people = program.call(&["doctor", "--target", "remote"]);
    people.expect(
        0,
        &["      ok  credentials   TWIN_DEMO_KEY is accepted", "set webhook.public_url to a tunnel", "********"],
    );
    assert!(!people.stderr.contains("TWIN_DEMO_SECRET"), "{}", people.stderr);
}

#[test]
fn what_is_wrong_has_its_line_its_advice_and_its_exit_code() {
    let told = examined(&Program::remote(&closed_port(), ""), 3);
    assert!(finding(&told, "connection")["seen"].as_str().unwrap().starts_with("nothing listens there"), "{told}");

    let twin = ElsewhereTwin::start();
    let told = examined(&twin.program("").with("SECRET", "not-the-secret"), 2);
    assert_eq!(finding(&told, "credentials")["advice"], "correct the key and the secret of the target");

    let late =
        Server::that_answers_all(|stream, _| answer(stream, 200, "Date: Wed, 21 Oct 2015 07:28:00 GMT\r\n", b""));
    let told = examined(&Program::remote(&late.base_url, ""), 3);
    assert_eq!(finding(&told, "clock")["level"], "error", "{told}");

    let lines = format!("[target.remote.webhook]\npublic_url = \"{}\"\nlisten = \"127.0.0.1:0\"\n", closed_port());
    let told = examined(&twin.program(&lines), 3);
    assert_eq!(finding(&told, "webhooks")["advice"], "start the tunnel, or correct webhook.public_url");

    let program = twin.program("profile = \"pages.toml\"");
    program.write("pages.toml", "nonsense");
    assert_eq!(finding(&examined(&program, 2), "profile")["level"], "misconfigured");
}

#[test]
fn without_a_driver_no_session_is_opened() {
    let twin = ElsewhereTwin::start();
    let program = twin.program("").with("PATH", "/nonexistent");
    let told = examined(&program, 3);
    for what in ["driver", "session"] {
        assert_eq!(finding(&told, what)["level"], "error", "{told}");
    }
    assert!(finding(&told, "session")["advice"].as_str().unwrap().contains("apt install chromium"));
}
