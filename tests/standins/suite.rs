//! The payment scenarios on each stand-in.

use super::{
    frames::SLOW,
    program::{UNPROFILED, command},
};
use serde_json::Value;
use smartpay_conformance::catalog::{ATM_CARDS, CREDIT_CARDS};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// One run at a time: each has as many browsers as there are cores.
static ALONE: Mutex<()> = Mutex::new(());

/// Runs the payment scenarios and returns the summary. Each has passed, or was skipped because no stand-in has a script
/// that shops embed.
fn pay_on(name: &str) -> Value {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let args = [
        "run",
        "payments",
        "--format",
        "json",
        "--evidence",
        "always",
        "--deadline",
        "8m",
        "--out",
        out.to_str().unwrap(),
    ];
    let output = command(name, &args).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{name}: {told}");
    let stdout = String::from_utf8(output.stdout).unwrap();
    // The test harness prints a line of its own before.
    let summary: Value =
        serde_json::from_str(&stdout[stdout.find('{').unwrap()..stdout.rfind('}').unwrap() + 1]).unwrap();
    let scenarios = summary["scenarios"].as_array().unwrap();
    assert!(scenarios.len() >= 35, "{} scenarios", scenarios.len());
    let mut skipped = 0;
    for scenario in scenarios {
        if scenario["verdict"] == "skipped" {
            skipped += 1;
            let reason = scenario["failure"]["observed"].as_str().unwrap_or_default();
            let lacks = reason.strip_prefix(&format!("the target {name} has ")).unwrap_or_default();
            let known = lacks == "no shop";
            assert!(known, "{name}: {scenario}");
        } else {
            assert_eq!(scenario["verdict"], "passed", "{name}: {scenario}");
        }
    }
    assert!(scenarios.len() - skipped >= 39, "{name}: {skipped} of {} were skipped", scenarios.len());
    expect_no_instrument(&out);
    summary
}

/// Every file below a folder, with what it holds.
fn files(folder: &Path) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: PathBuf| {
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        (path.display().to_string(), text)
    };
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![read(path)] }).collect()
}

/// Pages that were never seen before are covered and cleaned as the known ones are: no card number is written anywhere.
fn expect_no_instrument(out: &Path) {
    let numbers = CREDIT_CARDS.iter().map(|card| card.number).chain(ATM_CARDS.iter().map(|card| card.number));
    let numbers: Vec<&str> = numbers.collect();
    let written = files(out);
    assert!(written.iter().any(|(name, _)| name.ends_with(".html") && name.contains("frame-")), "no document was kept");
    for (name, text) in &written {
        let plain: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{a0}')).collect();
        assert!(!numbers.iter().any(|number| plain.contains(number)), "{name} holds a card number");
    }
}

#[test]
fn a_bank_site_in_vietnamese_tables() {
    pay_on("bank-site");
}

#[test]
fn a_single_page_application_of_components() {
    pay_on("single-page");
}

#[test]
fn a_chain_of_hosts_with_a_window_of_the_issuer() {
    pay_on("redirects");
}

#[test]
fn frames_in_frames_that_begin_with_a_slow_page() {
    let summary = pay_on("frames");
    let durations =
        summary["scenarios"].as_array().unwrap().iter().filter_map(|scenario| scenario["duration_ms"].as_u64());
    assert!(durations.max() >= Some(SLOW.as_millis().try_into().unwrap()), "no page was slow: {summary}");
}

#[test]
fn without_its_profile_a_page_stays_unknown_and_the_evidence_tells_what_it_shows() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let args = ["run", "payments/qr.feature", "--name", "Paid in the test app", "--out", out.to_str().unwrap()];
    let output = command("single-page", &args).env(UNPROFILED, "1").output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("the page The test app's confirmation"), "{told}");
    let files = files(&out);
    let (_, inspection) = files.iter().find(|(name, _)| name.contains("inspection")).unwrap();
    for part in
        ["Window http://phone.localhost", "button <div>, text \"Confirm\", in a shadow root", "wallet-confirm.confirm"]
    {
        assert!(inspection.contains(part), "{part:?} is missing in\n{inspection}");
    }
}
