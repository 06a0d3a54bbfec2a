//! Targets that break one rule each: the rule is found broken, the case made small, and its lines do it again.

use crate::target::{Lie, LyingTarget, merchant};
use serde_json::{Value, json};
use smartpay_conformance::fuzz::{
    Breakage, Campaign, Case, Ended, Ground, GroundError, Report, Rule, Saved, Step, Told,
};
use smartpay_conformance::sandbox::{HttpClient, Target};
use smartpay_conformance::twin::DEMO_SECRET;
use std::process::Command;
use std::time::{Duration, Instant};

/// A campaign that nobody stops, at most `budget` executions long.
async fn campaign(
    target: &Target,
    base: &str,
    cases: u64,
    saved: Vec<Saved>,
    (rate, budget): (Option<u32>, Option<u64>),
) -> Result<Report, GroundError> {
    let http = HttpClient::new().unwrap();
    let ground = Ground::prepare(target, merchant(), &http, format!("t{}", base.len()), rate).await?;
    let campaign = Campaign { cases, budget, seed: 11, shown_base: base.to_owned(), saved };
    Ok(campaign.run(&ground, std::future::pending(), |_| (), |_| ()).await)
}

/// The findings against a target that tells this lie.
async fn findings(lie: Lie, cases: u64) -> (LyingTarget, Vec<Told>) {
    let lying = LyingTarget::start(lie).await;
    let report = campaign(&lying.target, &lying.base, cases, Vec::new(), (None, None)).await.unwrap();
    (lying, report.findings)
}

/// What the lines of a finding print when a shell runs them against the target.
fn printed(told: &Told, base: &str, lying: &LyingTarget) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in &told.script.files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    let script = told.script.lines.join("\n").replace(base, &lying.base);
    assert!(!script.contains(DEMO_SECRET), "{script}");
    let run = Command::new("sh")
        .current_dir(folder.path())
        .env("PORTONE_SECRET", DEMO_SECRET)
        .arg("-ec")
        .arg(&script)
        .output();
    let run = run.unwrap();
    assert!(run.status.success(), "{script}\n{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap()
}

/// Of a refund that was made, the list still says that everything remains.
const FORGETS_REFUNDS: Lie = |exchange| {
    let Ok(mut answer) = serde_json::from_str::<Value>(exchange.answer) else { return };
    if exchange.method == "GET" && exchange.path.starts_with("/api/refund/") && answer["refundDetails"][0].is_object() {
        answer["refundDetails"] = json!([]);
        *exchange.answer = answer.to_string();
    }
};

fn accepted_anyway(answer: &mut String) -> u16 {
    *answer = json!({ "is_success": true, "redirect_url": "http://x/", "channel_order_ref": "c", "merchant_order_ref": "m",
        "order_ref": "o", "message": "", "deep_link": "", "additional_data": null, "qrcode_url": "", "expiry_in_minutes": "15" })
    .to_string();
    200
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_request_that_is_accepted_is_found_and_its_line_does_it_again() {
    let (lying, findings) = findings(
        |exchange| {
            let null = exchange.request.get("currency").is_some_and(Value::is_null);
            if exchange.path == "/api/initiatePayment" && null {
                *exchange.status = accepted_anyway(exchange.answer);
            }
        },
        3000,
    )
    .await;
    // A null is of a wrong type too; each is told once, however often it was seen.
    assert!(!findings.is_empty() && findings.len() <= 2, "{findings:#?}");
    for told in &findings {
        assert_eq!(told.finding.rule, Rule::BrokenRefused);
        let Case::Broken { operation, breakage } = &told.saved.case else { panic!("{told:?}") };
        let named = matches!(breakage, Breakage::FieldNull { field } if field == "currency")
            || matches!(breakage, Breakage::FieldOfWrongType { field, value } if field == "currency" && value.is_null());
        assert!(operation == "initiatePayment" && named, "{breakage:?}");
        assert_eq!(told.script.lines.len(), 1, "{:?}", told.script.lines);
        assert!(printed(told, &lying.base, &lying).contains("\"is_success\":true"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_5xx_is_found_with_the_smallest_body_that_causes_it() {
    let (lying, findings) = findings(
        |exchange| {
            if exchange.method == "POST" && exchange.path == "/api/initiatePayment" && exchange.request == Value::Null {
                (*exchange.status, *exchange.answer) = (500, "panicked".to_owned());
            }
        },
        800,
    )
    .await;
    assert!(findings.iter().all(|told| told.finding.rule == Rule::NeverBroken), "{findings:#?}");
    let nested = findings.iter().find_map(|told| match &told.saved.case {
        Case::Broken { breakage: Breakage::BodyNested { depth }, .. } => Some((told, *depth)),
        _ => None,
    });
    let (told, depth) = nested.unwrap();
    assert_eq!(depth, 200, "the smallest that is tried");
    assert!(printed(told, &lying.base, &lying).contains("panicked"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_outside_the_documented_envelope_is_found() {
    let page: Lie = |exchange| {
        if *exchange.status == 401 {
            *exchange.answer = "<html>Unauthorized</html>".to_owned();
        }
    };
    let (_lying, found) = findings(page, 400).await;
    assert!(
        !found.is_empty()
            && found
                .iter()
                .all(|told| told.finding.rule == Rule::Documented || told.finding.rule == Rule::ValidAnswered)
    );
    let code: Lie = |exchange| *exchange.answer = exchange.answer.replace("\"4011\"", "\"4999\"");
    let (_lying, found) = findings(code, 1500).await;
    assert!(!found.is_empty());
    assert!(found.iter().all(|told| told.finding.observed.contains("code \"4999\"")), "{found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_that_is_accepted_is_found() {
    let (_lying, findings) = findings(
        |exchange| {
            if exchange.answer.contains("\"4002\"") {
                *exchange.status = accepted_anyway(exchange.answer);
            }
        },
        1500,
    )
    .await;
    assert!(!findings.is_empty());
    assert!(findings.iter().all(|told| told.finding.rule == Rule::RepeatChangesNothing), "{findings:#?}");
    let steps = findings.iter().find_map(|told| match &told.saved.case {
        Case::Sequence { steps } => Some(steps),
        Case::Valid { .. } | Case::Broken { .. } => None,
    });
    let steps = steps.unwrap();
    assert_eq!(steps.len(), 2, "an order, and the same once more: {steps:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_is_forgotten_is_found_in_its_shortest_story_and_told_by_lines() {
    let (lying, findings) = findings(FORGETS_REFUNDS, 3000).await;
    let told = findings.iter().find(|told| matches!(told.saved.case, Case::Sequence { .. })).unwrap();
    assert_eq!(told.finding.rule, Rule::LedgerAgrees);
    let Case::Sequence { steps } = &told.saved.case else { unreachable!() };
    assert_eq!(steps.len(), 3, "an order, paid, refunded: {steps:?}");
    assert!(matches!(steps[0], Step::Initiate { .. }), "{steps:?}");
    // On a twin that has just started, accounts of the same seed are the same; names of orders are taken from the answers.
    let fresh = LyingTarget::start(FORGETS_REFUNDS).await;
    let last = printed(told, &lying.base, &fresh);
    assert!(last.trim_end().ends_with("\"refundDetails\":[]}"), "{last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_case_that_still_fails_is_told_before_any_other() {
    let lie: Lie = |exchange| {
        if exchange.method == "DELETE" {
            (*exchange.status, *exchange.answer) = (204, String::new());
        }
    };
    let lying = LyingTarget::start(lie).await;
    let breakage = Breakage::Method { method: "DELETE".to_owned() };
    let case = Case::Broken { operation: "listRefunds".to_owned(), breakage };
    let saved = Saved::new(case, Rule::BrokenRefused, "204".to_owned(), 3);
    let report = campaign(&lying.target, &lying.base, 0, vec![saved.clone()], (None, None)).await.unwrap();
    assert_eq!((report.replayed, report.done, report.findings.len()), (1, 0, 1));
    assert_eq!((&report.findings[0].saved.name, report.findings[0].saved.seed), (&saved.name, 3));
    assert_eq!(report.findings[0].number, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_stops_answering_ends_the_campaign_and_is_no_finding() {
    // Down for everything once it has seen enough: nobody can tell a crash by one request from an outage.
    static SEEN: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let lying = LyingTarget::start(|exchange| {
        if SEEN.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > 50 {
            (*exchange.status, *exchange.answer) = (503, "<html>Maintenance</html>".to_owned());
        }
    })
    .await;
    let report = campaign(&lying.target, &lying.base, 1000, Vec::new(), (None, None)).await.unwrap();
    let Some(Ended::Gone(error)) = &report.ended else { panic!("{:?}", report.ended) };
    assert!(error.to_string().contains("it says that it is down: 503"), "{error}");
    assert!(report.findings.is_empty(), "{:?}", report.findings);
    // What was under way may be why, and is not lost.
    assert!(!report.suspects.is_empty() && report.suspects.iter().all(|told| told.number.is_some()));

    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let target = Target { api: format!("http://{closed}").parse().unwrap(), ..lying.target.clone() };
    let error = campaign(&target, "", 1, Vec::new(), (None, None)).await.unwrap_err();
    assert!(error.to_string().contains("refused"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_is_kept() {
    let lying = LyingTarget::start(|_| ()).await;
    let started = Instant::now();
    let report = campaign(&lying.target, &lying.base, 20, Vec::new(), (Some(50), None)).await.unwrap();
    // Each case is one request at least, and the first may go at once.
    assert!(report.done == 20 && started.elapsed() >= Duration::from_millis(19 * 20), "{:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_bounds_what_is_tried_to_make_cases_smaller_too() {
    static SEEN: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    let lying = LyingTarget::start(|exchange| {
        SEEN.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if *exchange.status == 401 {
            *exchange.answer = "<html>Unauthorized</html>".to_owned();
        }
    })
    .await;
    let target = Target { capabilities: std::collections::BTreeSet::new(), ..lying.target.clone() };
    let report = campaign(&target, &lying.base, 100, Vec::new(), (None, Some(100))).await.unwrap();
    assert!(!report.findings.is_empty());
    // Sixteen are under way when the budget ends, and a sequence is several requests.
    let seen = SEEN.load(std::sync::atomic::Ordering::Relaxed);
    assert!(seen < 400, "{seen} requests for a budget of 100 cases");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_no_page_documents_is_told_and_breaks_no_rule() {
    let lying = LyingTarget::start(|exchange| {
        if let Ok(Value::Object(mut answer)) = serde_json::from_str(exchange.answer) {
            answer.insert("trace_id".to_owned(), json!("x"));
            *exchange.answer = Value::Object(answer).to_string();
        }
    })
    .await;
    let report = campaign(&lying.target, &lying.base, 300, Vec::new(), (None, None)).await.unwrap();
    assert!(report.findings.is_empty(), "{:#?}", report.findings);
    assert!(
        report.undocumented.keys().any(|what| what.contains("initiatePayment 401: trace_id")),
        "{:?}",
        report.undocumented
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_merchant_that_sees_anothers_order_is_found_and_its_lines_do_it_again() {
    // Whoever asks for refunds with a token that is not of the key's merchant is told what is there.
    let leak: Lie = |exchange| {
        if exchange.method == "GET" && exchange.path.starts_with("/api/refund/") && exchange.answer.contains("\"4096\"")
        {
            (*exchange.status, *exchange.answer) = (200, r#"{"amountToRefund":1,"refundDetails":[]}"#.to_owned());
        }
    };
    let (lying, findings) = findings(leak, 3000).await;
    let ways: Vec<&Breakage> = findings
        .iter()
        .filter_map(|told| match &told.saved.case {
            Case::Broken { breakage, .. } => Some(breakage),
            _ => None,
        })
        .collect();
    assert!(ways.contains(&&Breakage::OrderOfAnother), "{ways:?}");
    let told = findings.iter().find(|told| told.saved.case.name().contains("order of another merchant")).unwrap();
    let fresh = LyingTarget::start(leak).await;
    assert!(printed(told, &lying.base, &fresh).contains("amountToRefund"), "{:#?}", told.script.lines);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_given_out_wrongly_is_told_nowhere() {
    const TOKEN: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJUV0lOIn0.c2lnbmF0dXJlLW9mLWEtdG9rZW4";
    let (_lying, findings) = findings(
        |exchange| {
            if exchange.path == "/api/merchant/auth-token" && *exchange.status == 400 {
                (*exchange.status, *exchange.answer) =
                    (200, format!(r#"{{"content":{{"token":"{TOKEN}","expires_in":21600}}}}"#));
            }
        },
        800,
    )
    .await;
    assert!(!findings.is_empty());
    assert!(!format!("{findings:?}").contains(TOKEN), "{findings:#?}");
}
