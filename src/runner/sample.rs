//! A small run with one scenario of each verdict, for the tests of the reports.

use crate::journal::*;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

struct Script {
    now: Timestamp,
    entries: Vec<Entry>,
}

impl Script {
    fn add(&mut self, event: Event) {
        self.now += SignedDuration::from_millis(100);
        self.entries.push(Entry { at: self.now, event });
    }

    fn step(&mut self, attempt: &Attempt, index: usize, text: &str, failure: Option<Failure>) {
        let outcome = if failure.is_some() { StepOutcome::Failed } else { StepOutcome::Passed };
        self.add(Event::StepFinished(StepRecord {
            attempt: attempt.clone(),
            index: Some(index),
            text: text.to_owned(),
            outcome,
            started_at: self.now,
            duration_ms: 340,
            failure,
        }));
    }

    fn finish(&mut self, attempt: &Attempt, verdict: Verdict, failure: Option<Failure>, will_retry: bool) {
        let attempt = attempt.clone();
        self.add(Event::AttemptFinished(AttemptFinished { attempt, verdict, failure, will_retry, duration_ms: 1_250 }));
    }
}

fn card(id: &str, name: &str, requirement: &str) -> ScenarioCard {
    ScenarioCard {
        id: format!("payments/credit-card/{id}"),
        feature: "Credit card payments".to_owned(),
        path: "payments/credit-card.feature".to_owned(),
        line: 12,
        rule: Some("The payer proves themselves with a one-time password".to_owned()),
        rule_text: Some(
            "Green means that the documented card is asked for its OTP. It does not claim that other cards are."
                .to_owned(),
        ),
        name: name.to_owned(),
        tags: vec![requirement.to_owned()],
        requirements: vec![requirement.to_owned()],
        steps: vec![
            "Given an order of 50,000 VND".to_owned(),
            "When the payer pays with Ngân hàng TMCP Sài Gòn Công Thương <script>".to_owned(),
            "Then the payment is refused".to_owned(),
        ],
    }
}

fn attempt(id: &str, attempt: u32) -> Attempt {
    Attempt { scenario: format!("payments/credit-card/{id}"), attempt }
}

/// The journal of the sample run.
pub(crate) fn entries() -> Vec<Entry> {
    let cards = [
        card("paid", "Paid with the documented card", "CARD-01"),
        card("wrong-otp", "Wrong OTP", "CARD-02"),
        card("second-attempt", "Paid on the second attempt", "CARD-01"),
        card("on-the-portal", "Seen on the portal", "REF-01"),
        card("unreachable", "Bank is unreachable", "ATM-01"),
        card("as-approved", "Payload as approved", "PAYLOAD-01"),
    ];
    let mut script = Script { now: "2026-03-01T22:15:00Z".parse().unwrap(), entries: Vec::new() };
    script.add(Event::RunStarted(RunStarted {
        run: "sc1".to_owned(),
        suite_version: "0.1.0".to_owned(),
        target: "twin".to_owned(),
        base_url: "http://api.localhost:4010".to_owned(),
        capabilities: vec!["levers".to_owned(), "webhooks".to_owned()],
        seed: 7,
        selected: cards.len(),
    }));
    let steps = cards[0].steps.clone();
    cards.into_iter().for_each(|card| script.add(Event::ScenarioPlanned(card)));

    let paid = attempt("paid", 1);
    script.add(Event::AttemptStarted(paid.clone()));
    script.step(&paid, 0, &steps[0], None);
    script.add(Event::Exchange(ExchangeRecord {
        attempt: paid.clone(),
        method: "POST".to_owned(),
        url: "http://api.localhost:4010/api/payments/initiatePayment".to_owned(),
        request_headers: BTreeMap::from([("authorization".to_owned(), "[masked]".to_owned())]),
        request_body: Some("{\"amount\":50000}".to_owned()),
        status: Some(200),
        response_headers: BTreeMap::from([("content-type".to_owned(), "application/json".to_owned())]),
        response_body: Some("{\"is_success\":true,\"note\":\"</script><b>\"}".to_owned()),
        error: None,
        started_at: script.now,
        duration_ms: 12,
    }));
    script.add(Event::Page(PageRecord {
        attempt: paid.clone(),
        name: "SmartPay card form".to_owned(),
        title: "Thanh toán".to_owned(),
        url: "http://smartpay.localhost:4010/KEY/orders/1/card".to_owned(),
        screenshot: Some("evidence/card.png".to_owned()),
    }));
    script.step(&paid, 1, &steps[1], None);
    script.step(&paid, 2, &steps[2], None);
    script.add(Event::Delivery(DeliveryRecord {
        attempt: paid.clone(),
        kind: "payment".to_owned(),
        received_at: script.now,
        headers: BTreeMap::from([("content-type".to_owned(), "application/json".to_owned())]),
        answered: 200,
        body: "{}".to_owned(),
    }));
    script.finish(&paid, Verdict::Passed, None, false);

    let wrong = attempt("wrong-otp", 1);
    let unmet = Failure::unmet("status Failed after a wrong OTP", "status Success");
    script.add(Event::AttemptStarted(wrong.clone()));
    script.step(&wrong, 0, &steps[0], None);
    script.step(&wrong, 1, &steps[1], None);
    script.step(&wrong, 2, &steps[2], Some(unmet.clone()));
    script.finish(&wrong, Verdict::Failed, Some(unmet.clone()), false);

    let first = attempt("second-attempt", 1);
    script.add(Event::AttemptStarted(first.clone()));
    script.step(&first, 0, &steps[0], Some(unmet.clone()));
    script.finish(&first, Verdict::Failed, Some(unmet), true);
    let second = attempt("second-attempt", 2);
    script.add(Event::AttemptStarted(second.clone()));
    (0..3).for_each(|index| script.step(&second, index, &steps[index], None));
    script.finish(&second, Verdict::Passed, None, false);

    let reason = Failure::skipped("the target twin has no portal");
    script.finish(&attempt("on-the-portal", 1), Verdict::Skipped, Some(reason), false);

    let stuck = attempt("unreachable", 1);
    let blocked = Failure::blocked("an answer of the bank's page within 10 s", "connection refused");
    script.add(Event::AttemptStarted(stuck.clone()));
    script.step(&stuck, 0, &steps[0], Some(blocked.clone()));
    script.finish(&stuck, Verdict::Blocked, Some(blocked), false);

    let drifting = attempt("as-approved", 1);
    let drift = Failure::new(FailureKind::Drift, "-\"amount\": 50000", "+\"amount\": \"50000\"");
    script.add(Event::AttemptStarted(drifting.clone()));
    script.step(&drifting, 0, &steps[0], Some(drift.clone()));
    script.finish(&drifting, Verdict::Drifted, Some(drift), false);

    script.add(Event::RunFinished(RunFinished {
        interrupted: None,
        prevented: None,
        withheld: Vec::new(),
        duration_ms: 4_000,
    }));
    script.entries
}
