//! The archives of a journey are HTTP Archives as the specification has them, and tell what happened.

use serde_json::Value;
use std::{fs, path::PathBuf, process::Command};

fn read(written: &[PathBuf], name: &str) -> Value {
    let told = |path: &&PathBuf| path.display().to_string();
    let path = written.iter().find(|path| told(path).contains("credit-card") && told(path).ends_with(name));
    let path = path.unwrap_or_else(|| panic!("no {name} in {written:?}"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// What HAR 1.2 requires of each entry.
fn expect_valid(har: &Value, name: &str) {
    let log = &har["log"];
    assert_eq!(log["version"], "1.2");
    assert!(log["creator"]["name"].is_string() && log["creator"]["version"].is_string());
    let pages: Vec<&Value> = log["pages"].as_array().unwrap().iter().map(|page| &page["id"]).collect();
    let entries = log["entries"].as_array().unwrap();
    assert!(!entries.is_empty());
    let whole = |value: &Value| value.as_i64().is_some();
    let pairs = |value: &Value| {
        value.as_array().unwrap().iter().all(|pair| pair["name"].is_string() && pair["value"].is_string())
    };
    let mut before = jiff::Timestamp::MIN;
    for entry in entries {
        let started: jiff::Timestamp = entry["startedDateTime"].as_str().unwrap().parse().unwrap();
        assert!(started >= before, "out of order");
        before = started;
        assert!(pages.contains(&&entry["pageref"]));
        let (request, response) = (&entry["request"], &entry["response"]);
        for text in ["method", "url", "httpVersion"] {
            assert!(request[text].is_string(), "{text} in {name}: {entry}");
        }
        for text in ["statusText", "httpVersion", "redirectURL"] {
            assert!(response[text].is_string(), "{text} in {name}: {entry}");
        }
        for list in [
            &request["headers"],
            &request["cookies"],
            &request["queryString"],
            &response["headers"],
            &response["cookies"],
        ] {
            assert!(pairs(list), "{entry}");
        }
        assert!(
            [&request["headersSize"], &request["bodySize"], &response["headersSize"], &response["bodySize"]]
                .into_iter()
                .all(whole)
        );
        assert!(response["content"]["mimeType"].is_string() && whole(&response["content"]["size"]));
        assert!(entry["cache"].is_object());
        if let Some(post) = request.get("postData") {
            assert!(post["mimeType"].is_string() && post["text"].is_string(), "{post}");
        }
        let timings = entry["timings"].as_object().unwrap();
        let sum: f64 = ["blocked", "dns", "connect", "send", "wait", "receive"]
            .iter()
            .map(|phase| timings[*phase].as_f64().unwrap().max(0.0))
            .sum();
        assert!((entry["time"].as_f64().unwrap() - sum).abs() < 0.01, "{entry}");
        assert_eq!(response["status"] == 0, entry.get("_error").is_some() && response["status"] == 0, "{entry}");
    }
}

/// The archives of a payment by card.
pub(crate) fn expect_journey(written: &[PathBuf]) {
    let (api, browser) = (read(written, "-api.har"), read(written, "-browser.har"));
    expect_valid(&api, "api.har");
    expect_valid(&browser, "browser.har");
    let api = api["log"]["entries"].as_array().unwrap();
    let ordered = api.iter().find(|entry| {
        entry["request"]["postData"]["text"].as_str().is_some_and(|text| text.contains("signature_hash"))
    });
    let ordered = ordered.unwrap_or_else(|| panic!("no order in {api:?}"));
    assert!(ordered["response"]["content"]["text"].as_str().unwrap().contains("order_ref"));
    let browser = browser["log"]["entries"].as_array().unwrap();
    // The form that was sent is there by its names, without what was typed.
    let params = browser.iter().filter_map(|entry| entry["request"]["postData"]["params"].as_array()).flatten();
    let typed: Vec<&Value> =
        params.filter(|param| ["cardCvv", "challengeDataEntry"].iter().any(|name| param["name"] == *name)).collect();
    assert!(typed.len() >= 2 && typed.iter().all(|param| param["value"] == "[masked]"), "{typed:?}");
    assert!(browser.iter().any(|entry| entry["response"]["status"] == 303 || entry["response"]["status"] == 302));
    assert!(browser.iter().all(|entry| entry["response"]["content"].get("text").is_none()));
}

/// A scenario that takes no browser.
const TOKEN: &str = "obtains a token and uses it";

/// The names of the archives that a run with these arguments leaves.
fn left_by(args: &[&str]) -> Vec<String> {
    let ground = tempfile::tempdir().unwrap();
    let out = ground.path().join("out");
    let run = Command::new(env!("CARGO_BIN_EXE_smartpay-conformance"))
        .current_dir(ground.path())
        .args(["run", "--name", TOKEN, "--out"])
        .arg(&out)
        .args(args)
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    let journal = fs::read_to_string(out.join("journal.ndjson")).unwrap();
    let lines = journal.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let named = lines.filter_map(|line| line["path"].as_str().map(str::to_owned)).filter(|path| path.ends_with(".har"));
    let named: Vec<String> = named.collect();
    for path in &named {
        expect_valid(&serde_json::from_str(&fs::read_to_string(out.join(path)).unwrap()).unwrap(), path);
    }
    named.iter().map(|path| path.rsplit('-').next().unwrap().to_owned()).collect()
}

#[test]
fn exchanges_are_kept_by_the_policy_also_without_a_browser() {
    assert_eq!(left_by(&["--evidence", "always"]), ["api.har"]);
    assert!(left_by(&["--evidence", "failed"]).is_empty());
    assert!(left_by(&["--evidence", "never"]).is_empty());
}
