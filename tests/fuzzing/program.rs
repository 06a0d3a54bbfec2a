//! The program itself on the twin.

use serde_json::Value;
use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

fn fuzz(folder: &Path, args: &[&str]) -> (i32, Value, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smartpay-conformance"));
    command.current_dir(folder).env_remove("PORTONE_KEY").env_remove("PORTONE_SECRET").arg("fuzz").args(args);
    let Output { status, stdout, stderr } = command.output().unwrap();
    let summary = serde_json::from_slice(&stdout).unwrap_or_default();
    (status.code().unwrap_or(-1), summary, String::from_utf8(stderr).unwrap())
}

#[test]
fn the_twin_keeps_every_rule_and_every_way_of_breaking_is_tried() {
    let folder = tempfile::tempdir().unwrap();
    let (code, summary, told) = fuzz(folder.path(), &["--cases", "6000", "--seed", "20261125", "--format", "json"]);
    assert_eq!(code, 0, "{told}");
    assert_eq!(summary["cases"], 6000);
    assert_eq!(summary["findings"], serde_json::json!([]));
    assert_eq!(summary["valid_refused"], serde_json::json!({}));
    assert!(summary["accepted"].as_u64().unwrap() > 1000 && summary["sequences"].as_u64().unwrap() > 50, "{summary}");
    // Every way of being broken, and with it every code by which single requests can be refused.
    let ways: Vec<&str> = summary["broken"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(ways.len(), 29, "{ways:?}");
    for code in ["4001", "4010", "4011", "4016", "4034", "4041", "4046", "4054", "4057", "4075", "4096"] {
        assert!(summary["refused"][code].as_u64().unwrap_or_default() > 0, "nothing was refused with {code}");
    }
    assert!(told.contains("conforming: no rule was broken (exit 0)"), "{told}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "a run without findings left something behind");
}

#[test]
fn the_same_seed_makes_the_same_cases() {
    let folder = tempfile::tempdir().unwrap();
    let told = |seed: &str| {
        let (code, summary, _) = fuzz(folder.path(), &["--cases", "400", "--seed", seed, "--format", "json"]);
        assert_eq!(code, 0);
        (summary["refused"].clone(), summary["accepted"].clone(), summary["broken"].clone())
    };
    assert_eq!(told("5"), told("5"));
    assert_ne!(told("5"), told("6"));
}

#[test]
fn a_saved_case_comes_first_and_says_when_it_no_longer_fails() {
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("out/fuzz/twin");
    fs::create_dir_all(&saved).unwrap();
    let case = r#"{"rule":"a broken request is never accepted","observed":"200","seed":1,
        "case":{"kind":"broken","operation":"createRefund","breakage":{"way":"field-null","field":"amount"}}}"#;
    fs::write(saved.join("a-refund-of-null.json"), case).unwrap();
    let (code, summary, told) = fuzz(folder.path(), &["--cases", "0", "--out", "out", "--format", "json"]);
    assert_eq!((code, &summary["replayed"]), (0, &Value::from(1)), "{told}");
    assert_eq!(summary["mended"], serde_json::json!(["a-refund-of-null"]));
    assert!(
        told.contains("1 case that failed before comes first") && told.contains("no longer fails: a-refund-of-null"),
        "{told}"
    );
    fs::write(saved.join("cut-off.json"), "{\"rule\"").unwrap();
    let (code, _, told) = fuzz(folder.path(), &["--cases", "1", "--out", "out"]);
    assert_eq!(code, 2, "{told}");
    assert!(told.contains("cut-off.json") && told.contains("remove it"), "{told}");
}

#[test]
fn what_cannot_be_fuzzed_is_said_with_its_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    for (args, expected, text) in [
        (&["--target", "nowhere"][..], 2, "twin or sandbox"),
        (&["--cases", "0"], 4, "nothing selected: no case was tried (exit 4)"),
        (&["--target", "sandbox"], 2, "PORTONE_KEY and PORTONE_SECRET"),
        (&["--rate", "0"], 2, "--rate"),
        (&["--cases", "many"], 2, "--cases"),
    ] {
        let (code, _, told) = fuzz(folder.path(), args);
        assert_eq!(code, expected, "{told}");
        assert!(told.contains(text), "{told}");
    }
}

#[test]
fn a_campaign_that_is_ended_early_says_what_it_came_to() {
    let folder = tempfile::tempdir().unwrap();
    let args = ["--cases", "10000000", "--deadline", "1s", "--format", "json"];
    let (code, summary, told) = fuzz(folder.path(), &args);
    assert_eq!((code, &summary["conclusion"]), (3, &Value::from("blocked")), "{told}");
    assert!(
        summary["cases"].as_u64().unwrap() > 0 && summary["why"].as_str().unwrap().starts_with("ended by"),
        "{summary}"
    );
}
