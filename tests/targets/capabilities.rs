//! What a target cannot do is skipped with the reason; what a person or a device does is waited for.

use super::{
    program::Program,
    twin::{ElsewhereTwin, order_of},
};
use axum::{Json, Router, extract::State, http::StatusCode, http::Uri};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    process::Stdio,
    sync::{Arc, Mutex},
};

const PAID: [&str; 4] = ["--target", "remote", "--name", "^Paid in the test app$"];

fn because(program: &Program, args: &[&str]) -> (String, String) {
    let ended = program.run(&[&["--target", "remote", "--name"], args].concat());
    let json = ended.json();
    let scenario = &json["scenarios"][0];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&scenario["verdict"]), text(&scenario["failure"]["observed"]))
}

#[test]
fn what_is_not_configured_is_skipped_with_what_it_needs() {
    let twin = ElsewhereTwin::start();
    let program = twin.program("");
    for (name, reason) in [
        (
            "^Paid in the test app$",
            "the target remote has no wallet (it needs wallet = \"web\", \"appium\" or \"attended\")",
        ),
        ("A payment by credit card succeeds everywhere", "no webhooks"),
        ("An expired QR cannot be paid", "no levers"),
    ] {
        let (verdict, observed) = because(&program, &[name]);
        assert_eq!(verdict, "skipped", "{name}: {observed}");
        assert!(observed.contains(reason), "{observed}");
    }
    let program = twin.program("wallet = \"none\"\ncapabilities = []");
    let (verdict, observed) = because(&program, &["^Paid in the test app$"]);
    assert_eq!(
        (verdict.as_str(), observed.as_str()),
        ("skipped", "the target remote has no wallet (capabilities leave it out)")
    );
    let program = twin.program("wallet = \"attended\"");
    let (verdict, observed) = because(&program, &["A wrong password opens nothing"]);
    assert_eq!(verdict, "skipped");
    assert!(observed.contains("can be read only where wallet = \"web\""), "{observed}");
}

#[test]
fn what_is_inferred_is_asked_only_of_a_target_that_promised_it() {
    let twin = ElsewhereTwin::start();
    let correction = ["A correction with a wrong signature changes nothing"];
    let (verdict, observed) = because(&twin.program(""), &correction);
    assert_eq!(verdict, "skipped", "{observed}");
    assert!(observed.contains("API-10 is inferred") && observed.contains("inferred = true"), "{observed}");
    let (verdict, observed) = because(&twin.program("inferred = true"), &correction);
    assert_eq!(verdict, "passed", "{observed}");
}

#[test]
fn a_person_is_told_what_to_do_and_waited_for() {
    let twin = ElsewhereTwin::start();
    let program = twin.program("wallet = \"attended\"");
    let args = [&["run", "--retries", "0"], &PAID[..]].concat();
    let mut child = program.command(&args).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let asked = lines.find(|line| line.contains("Please pay within 300 s")).unwrap();
    assert!(asked.contains("logged in as 0937113608"), "{asked}");
    twin.pay(&order_of(&program));
    let rest: Vec<String> = lines.collect();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{rest:#?}");
}

#[test]
fn a_person_who_does_not_come_blocks_the_scenario() {
    let twin = ElsewhereTwin::start();
    let program = twin.program("[target.remote.time_limits]\nattended = \"2s\"\n");
    let ended = program.run(&[&PAID[..], &["--attended"]].concat());
    ended.expect(3, &["expected  a person to pay within 2s", "observed  the payment is still open"]);
}

/// A device whose WebDriver knows these parts of an app, and pays once the last button is pressed.
struct FakeDevice {
    did: Mutex<Vec<String>>,
    pay: Box<dyn Fn() + Send + Sync>,
}

async fn answer(State(device): State<Arc<FakeDevice>>, uri: Uri, body: String) -> (StatusCode, Json<Value>) {
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    let value = match uri.path().trim_start_matches("/wd/session").split('/').skip(1).collect::<Vec<_>>()[..] {
        [] => {
            assert_eq!(body["capabilities"]["alwaysMatch"]["platformName"], "Android");
            json!({ "sessionId": "one" })
        }
        ["one", "element"] => {
            let receipt = body["value"] == "receipt";
            if receipt && !device.did.lock().unwrap().contains(&"press confirm".to_owned()) {
                let error = json!({ "value": { "error": "no such element", "message": "not yet" } });
                return (StatusCode::NOT_FOUND, Json(error));
            }
            json!({ "element-6066-11e4-a52e-4f735466cecf": body["value"] })
        }
        ["one", "element", part, "value"] => {
            device.did.lock().unwrap().push(format!("fill {part}"));
            Value::Null
        }
        ["one", "element", part, "click"] => {
            device.did.lock().unwrap().push(format!("press {part}"));
            if part == "confirm" {
                let device = Arc::clone(&device);
                tokio::task::spawn_blocking(move || (device.pay)()).await.unwrap();
            }
            Value::Null
        }
        _ => {
            device.did.lock().unwrap().push("close".to_owned());
            Value::Null
        }
    };
    (StatusCode::OK, Json(json!({ "value": value })))
}

#[test]
fn a_device_is_driven_through_its_webdriver() {
    let twin = Arc::new(ElsewhereTwin::start());
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let places = ["account", "password", "log_in", "content", "scan", "confirm", "receipt"];
    let locators = places.map(|place| format!("{place} = [\"accessibility id\", \"{place}\"]\n")).concat();
    let lines = format!(
        "wallet = \"appium\"\n[target.remote.appium]\nurl = \"http://{}/wd\"\n[target.remote.appium.capabilities]\n\
         platformName = \"Android\"\n[target.remote.appium.locators]\n{locators}",
        listener.local_addr().unwrap()
    );
    let program = Arc::new(twin.program(&lines));
    let (payer, runs) = (Arc::clone(&twin), Arc::clone(&program));
    let pay = Box::new(move || payer.pay(&order_of(&runs)));
    let device = Arc::new(FakeDevice { did: Mutex::default(), pay });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let router = Router::new().fallback(answer).with_state(Arc::clone(&device));
    runtime.spawn(async move { axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), router).await });
    program.run(&PAID).expect(0, &[]);
    let did = device.did.lock().unwrap().clone();
    let expected =
        ["fill account", "fill password", "press log_in", "fill content", "press scan", "press confirm", "close"];
    assert_eq!(did, expected);
}

#[test]
fn a_refund_that_is_settled_at_once_is_skipped_and_a_configured_one_is_looked_at() {
    let twin = ElsewhereTwin::start();
    let name = "A refund that waits is shown as waiting";
    let (verdict, observed) = because(&twin.program(""), &[name]);
    assert_eq!((verdict.as_str(), observed.as_str()), ("skipped", "settled at once: the target queued no refund"));
    let reference = twin.queue_a_refund();
    let program = twin.program(&format!("queued_refund = \"{reference}\""));
    let (verdict, observed) = because(&program, &[name]);
    assert_eq!(verdict, "passed", "{observed}");
}
