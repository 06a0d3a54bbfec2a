//! A text for the vendor's support: what was done, expected and observed in one scenario, with all it takes to find it.

use super::{
    evidence::inside,
    markdown::{block, code, prose},
    references::references,
    terminal::duration,
};
use crate::{
    catalog,
    journal::{ExchangeRecord, FailureKind, StepOutcome, curl},
    runner::{AttemptModel, RunModel, ScenarioModel},
};
use jiff::Timestamp;

/// The ticket of a scenario of the run, as CommonMark.
#[must_use]
pub fn ticket(model: &RunModel, scenario: &ScenarioModel) -> String {
    let card = &scenario.card;
    let mut text = format!("# {}: {}\n\n", prose(&card.feature), prose(&card.name));
    text += &about(model, scenario);
    let Some(attempt) = scenario.attempts.last() else {
        let why = scenario.failure.as_ref().map(|failure| failure.observed.as_str()).unwrap_or_default();
        return text + &format!("\nIt did not run: {}\n\n## Expected\n\n{}", prose(why), expected(scenario));
    };
    text += &format!("\n## What was done\n\n{}", done(attempt));
    text += &format!("\n## Expected\n\n{}", expected(scenario));
    text += &format!("\n## Observed\n\n{}", observed(scenario, attempt));
    text += &format!("\n## Order references\n\n{}", orders(attempt));
    text += &format!("\n## Exchanges\n\n{}", exchanges(attempt));
    if !attempt.deliveries.is_empty() {
        text += "\n## Webhooks received\n";
        for delivery in &attempt.deliveries {
            text += &format!("\n{} webhook:\n\n{}", prose(&delivery.kind), body(&delivery.body));
        }
    }
    text + &evidence(attempt)
}

fn about(model: &RunModel, scenario: &ScenarioModel) -> String {
    let card = &scenario.card;
    let mut lines = vec![
        format!("Scenario {}, {} line {}", code(&card.id), code(&format!("features/{}", card.path)), card.line),
        format!("Verdict: {}", scenario.verdict),
    ];
    if let Some(started) = &model.started {
        lines.push(format!("Target: {} at {}", prose(&started.target), code(&started.base_url)));
        if started.target == "twin" {
            lines
                .push("The twin is a model of the documentation; this was not seen on the vendor's sandbox".to_owned());
        }
        lines.push(format!("Suite: version {}, seed {}", prose(&started.suite_version), started.seed));
    }
    let runs: Vec<String> = model.runs.iter().map(|run| code(run)).collect();
    if !runs.is_empty() {
        lines.push(format!("Run: orders begin with {}", runs.join(" or ")));
    }
    if let Some(began) = scenario.attempts.last().and_then(|attempt| attempt.started_at) {
        lines.push(format!("Began: {}; all times are in UTC", moment(began)));
    }
    for attempt in scenario.attempts.iter().rev().skip(1).rev() {
        let why = attempt.failure.as_ref().map(ToString::to_string).unwrap_or_default();
        lines.push(format!("Attempt {} before: {}, {}", attempt.number, attempt.verdict, prose(&why)));
    }
    list(lines)
}

fn list(lines: Vec<String>) -> String {
    lines.into_iter().map(|line| format!("- {line}\n")).collect()
}

/// The steps up to the one that did not pass.
fn done(attempt: &AttemptModel) -> String {
    let reached = attempt.steps.iter().filter(|step| step.outcome != StepOutcome::NotReached);
    let mut text = String::new();
    for (index, step) in reached.enumerate() {
        let outcome = if step.outcome == StepOutcome::Passed { "passed" } else { "did not pass" };
        let time = moment(step.started_at);
        text += &format!("{}. {} ({time}, {}, {outcome})\n", index + 1, prose(&step.text), duration(step.duration_ms));
    }
    if text.is_empty() { "No step began.\n".to_owned() } else { text }
}

fn expected(scenario: &ScenarioModel) -> String {
    let mut text = String::new();
    let failure = scenario.failure.as_ref().filter(|failure| !failure.expected.is_empty());
    if let Some(failure) = failure {
        text += &block(&failure.expected, "text");
        text.push('\n');
    }
    let shown = catalog::requirements().iter().filter(|known| scenario.card.requirements.contains(&known.id));
    let line = |requirement: &catalog::Requirement| {
        let inferred = if requirement.inferred { ", which leaves it to be inferred" } else { "" };
        let (id, title, page) = (prose(&requirement.id), prose(&requirement.title), prose(&requirement.source));
        format!("{id}: {title}. Documentation page: {page}{inferred}")
    };
    text + &list(shown.map(line).collect())
}

fn observed(scenario: &ScenarioModel, attempt: &AttemptModel) -> String {
    let mut text = match &scenario.failure {
        None => "As expected.\n".to_owned(),
        Some(failure) => {
            let what = match failure.kind {
                FailureKind::Blocked | FailureKind::Misconfigured => "The environment prevented an observation:\n\n",
                FailureKind::Skipped => "Skipped, because:\n\n",
                FailureKind::Defect => "The suite itself is wrong:\n\n",
                FailureKind::Unmet | FailureKind::Drift => "",
            };
            format!("{what}{}", block(&failure.observed, "text"))
        }
    };
    for warning in &attempt.warnings {
        text += &format!("\nBesides: {}\n", prose(warning));
    }
    text
}

fn orders(attempt: &AttemptModel) -> String {
    let found = references(attempt);
    if found.is_empty() {
        return "None was met.\n".to_owned();
    }
    list(found.iter().map(|(name, value)| format!("{}: {}", code(name), code(value))).collect())
}

fn exchanges(attempt: &AttemptModel) -> String {
    if attempt.exchanges.is_empty() {
        return "None.\n".to_owned();
    }
    attempt
        .exchanges
        .iter()
        .enumerate()
        .map(|(index, record)| exchange(index + 1, record))
        .collect::<Vec<_>>()
        .join("\n")
}

fn exchange(number: usize, record: &ExchangeRecord) -> String {
    let status = record.status.map_or_else(|| "no answer".to_owned(), |status| format!("status {status}"));
    let request = code(&format!("{} {}", record.method, record.url));
    let mut text = format!("### {number}. {request}\n\n");
    text += &format!("{}, {status}, {} ms\n", moment(record.started_at), record.duration_ms);
    if let Some(error) = &record.error {
        text += &format!("\nNo answer, because: {}\n", prose(error));
    }
    for (what, sent) in [("Request", &record.request_body), ("Response", &record.response_body)] {
        if let Some(sent) = sent.as_deref().filter(|sent| !sent.is_empty()) {
            text += &format!("\n{what}:\n\n{}", body(sent));
        }
    }
    text += &format!("\nTo send it again:\n\n{}", block(&curl(record), "sh"));
    text
}

/// A body as it was sent; the journal has taken the secrets out.
fn body(text: &str) -> String {
    let json = serde_json::from_str::<serde_json::Value>(text).is_ok();
    block(text, if json { "json" } else { "text" })
}

fn evidence(attempt: &AttemptModel) -> String {
    let pages = attempt.pages.iter().filter_map(|page| Some((page.name.as_str(), page.screenshot.as_deref()?)));
    let files = attempt.attachments.iter().map(|file| (file.name.as_str(), file.path.as_str()));
    let lines: Vec<String> = pages
        .chain(files)
        .filter(|(_, path)| inside(path).is_some())
        .map(|(name, path)| format!("{}: {}", prose(name), code(path)))
        .collect();
    if lines.is_empty() { String::new() } else { format!("\n## Evidence, below the run's folder\n\n{}", list(lines)) }
}

fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S%.3f UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{journal::Event, runner::sample};

    #[test]
    fn it_says_what_support_asks_for() {
        let model = RunModel::fold(&sample::entries());
        let text = ticket(&model, &model.scenarios[1]);
        for part in [
            "# Credit card payments: Wrong OTP\n",
            "- Target: twin at ` http://api.localhost:4010 `\n",
            "- Run: orders begin with ` sc1 `\n",
            "3. Then the payment is refused (2026-03-01 22:15",
            "## Expected\n\n```text\nstatus Failed after a wrong OTP\n```\n",
            "Documentation page: ",
            "## Observed\n\n```text\nstatus Success\n```\n",
        ] {
            assert!(text.contains(part), "{part:?} is missing in {text}");
        }
    }

    #[test]
    fn a_payload_cannot_leave_its_fence() {
        let mut entries = sample::entries();
        for entry in &mut entries {
            if let Event::Exchange(record) = &mut entry.event {
                record.response_body = Some("x\n```\n# Approved\n````\n<script>".to_owned());
                record.url = "http://x.example/?merchant_order_ref=sc1-0001&a=`b".to_owned();
            }
        }
        let model = RunModel::fold(&entries);
        let text = ticket(&model, &model.scenarios[0]);
        assert!(text.contains("`````text\nx\n```\n# Approved\n````\n<script>\n`````\n"), "{text}");
        assert!(text.contains("`` POST http://x.example/?merchant_order_ref=sc1-0001&a=`b ``"), "{text}");
        assert!(text.contains("` merchant_order_ref `: ` sc1-0001 `"), "{text}");
    }
}
