//! `report.html`: one file that holds all, for people.

use super::{
    ContractCoverage, Coverage, ReportError, contract_coverage, coverage, coverage::is_of_a_shop, evidence::inside,
    terminal::duration,
};
use crate::catalog::checks;
use crate::journal::{
    DeliveryRecord, ExchangeRecord, Failure, FailureKind, FaultTrial, Finding, PageRecord, RunStarted, StepOutcome,
    StepRecord, Verdict, curl,
};
use crate::runner::{AttemptModel, Counts, Held, RunModel, ScenarioModel};
use base64::prelude::{BASE64_STANDARD, Engine};
use jiff::Timestamp;
use minijinja::{Environment, syntax::SyntaxConfig, value::Serde};
use serde::Serialize;
use std::{fs, path::Path};

/// The extension makes the engine escape for HTML.
const TEMPLATE: &str = "report.html";

/// The report as one self-contained page; screenshots are read from the run's `folder`.
///
/// # Errors
/// When the template cannot be rendered.
pub fn html(model: &RunModel, folder: &Path) -> Result<String, ReportError> {
    let mut engine = Environment::new();
    // Lines that hold only a tag leave no empty line in the page.
    engine.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    engine.add_template(TEMPLATE, include_str!("report.html.j2"))?;
    Ok(engine.get_template(TEMPLATE)?.render(Serde(PageView::new(model, folder)))?)
}

/// All that the template names.
#[derive(Serialize)]
struct PageView<'a> {
    conclusion: ConclusionView,
    started: Option<&'a RunStarted>,
    runs: &'a [String],
    is_twin: bool,
    /// Whether a merchant's shop was driven.
    of_a_shop: bool,
    when: Option<String>,
    took: String,
    interrupted: Option<&'a str>,
    killed: bool,
    prevented: Option<&'a Failure>,
    withheld: &'a [String],
    expectations: Vec<String>,
    total: usize,
    tiles: Vec<Tile>,
    attention: Vec<AttentionView<'a>>,
    coverage: Vec<Row>,
    contract: ContractCoverage,
    findings: &'a [Finding],
    faults: &'a [FaultTrial],
    /// How many of the faults were noticed by a scenario of the requirement they violate.
    noticed: usize,
    /// How many requirements at least one scenario of this run shows.
    shown: usize,
    features: Vec<FeatureView<'a>>,
    version: &'static str,
}

impl<'a> PageView<'a> {
    fn new(model: &'a RunModel, folder: &Path) -> Self {
        let (started, finished) = (model.started.as_ref(), model.finished.as_ref());
        let coverage: Vec<Row> = coverage(model).into_iter().map(row).collect();
        Self {
            conclusion: conclusion(model),
            started,
            runs: &model.runs,
            of_a_shop: is_of_a_shop(model),
            is_twin: started.is_some_and(|started| started.target == "twin"),
            when: model.began_at.map(moment),
            took: duration(model.duration_ms),
            interrupted: finished.and_then(|finished| finished.interrupted.as_deref()),
            killed: finished.is_none(),
            prevented: finished.and_then(|finished| finished.prevented.as_ref()),
            withheld: finished.map(|finished| finished.withheld.as_slice()).unwrap_or_default(),
            expectations: model.expectations.iter().map(Held::sentence).collect(),
            total: model.scenarios.len(),
            tiles: tiles(model.counts()),
            attention: attention(model),
            shown: coverage.iter().filter(|row| row.coverage.verdict.is_some()).count(),
            coverage,
            contract: contract_coverage(model),
            findings: &model.findings,
            faults: &model.faults,
            noticed: model.faults.iter().filter(|trial| trial.standing == "killed").count(),
            features: features(model, folder),
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

#[derive(Serialize)]
struct ConclusionView {
    word: &'static str,
    /// Which colour it is given.
    verdict: Verdict,
    meaning: &'static str,
}

fn conclusion(model: &RunModel) -> ConclusionView {
    use crate::runner::Conclusion as C;
    let conclusion = model.conclusion();
    let (verdict, meaning) = match conclusion {
        C::Conforming => (Verdict::Passed, "Everything that was observed is as documented."),
        C::NotConforming => {
            (Verdict::Failed, "Something behaves otherwise than documented, or looks otherwise than approved.")
        }
        C::Misconfigured => {
            (Verdict::Blocked, "Our configuration or credentials are wrong. This says nothing about the target.")
        }
        C::Blocked => (Verdict::Blocked, "Nothing was seen to be wrong, but not everything could be observed."),
        C::NothingSelected => (Verdict::Skipped, "No scenario was selected, so nothing was shown."),
        C::Defect => (Verdict::Blocked, "The suite itself broke. This says nothing about the target."),
    };
    ConclusionView { word: conclusion.word(), verdict, meaning }
}

#[derive(Serialize)]
struct Tile {
    verdict: Verdict,
    count: usize,
    meaning: &'static str,
}

fn tiles(counts: Counts) -> Vec<Tile> {
    let tile = |verdict: Verdict| {
        let meaning = match verdict {
            Verdict::Passed => "every step saw what is documented",
            Verdict::Flaky => "passed after another attempt",
            Verdict::Skipped => "the target cannot do what it takes",
            Verdict::Blocked => "the environment prevented an answer",
            Verdict::Drifted => "a payload is not as approved",
            Verdict::Failed => "behaves otherwise than documented",
        };
        Tile { verdict, count: counts.of(verdict), meaning }
    };
    Verdict::ALL.into_iter().map(tile).collect()
}

/// A scenario that somebody should look at.
#[derive(Serialize)]
struct AttentionView<'a> {
    verdict: Verdict,
    anchor: String,
    name: &'a str,
    feature: &'a str,
    failure: Option<FailureView<'a>>,
    /// What a shop's author should change, and the page of the documentation that says so.
    advice: Option<(&'static str, &'static str)>,
}

/// The worst first; what never began is told above as a whole.
fn attention(model: &RunModel) -> Vec<AttentionView<'_>> {
    let of = |verdict: Verdict| {
        let looked_at = move |s: &&ScenarioModel| s.verdict == verdict && !s.attempts.is_empty();
        model.scenarios.iter().filter(looked_at).map(move |scenario| AttentionView {
            verdict,
            anchor: anchor(&scenario.card.id),
            name: &scenario.card.name,
            feature: &scenario.card.feature,
            failure: scenario.failure.as_ref().map(failure_view),
            advice: advice(scenario),
        })
    };
    [Verdict::Failed, Verdict::Drifted, Verdict::Blocked].into_iter().flat_map(of).collect()
}

fn advice(scenario: &ScenarioModel) -> Option<(&'static str, &'static str)> {
    let check = checks().iter().find(|check| scenario.card.requirements.contains(&check.id))?;
    (scenario.verdict == Verdict::Failed).then_some((&check.advice, &check.source))
}

#[derive(Serialize)]
struct Row {
    #[serde(flatten)]
    coverage: Coverage,
    /// The anchor of the scenario that decides.
    anchor: Option<String>,
}

fn row(coverage: Coverage) -> Row {
    Row { anchor: coverage.decided_by.as_deref().map(anchor), coverage }
}

/// An id that a link can name.
fn anchor(id: &str) -> String {
    id.replace('/', ".")
}

#[derive(Serialize)]
struct FeatureView<'a> {
    name: &'a str,
    path: &'a str,
    /// How many have each verdict that occurs, from the best to the worst.
    counts: Vec<(Verdict, usize)>,
    rules: Vec<RuleView<'a>>,
}

#[derive(Serialize)]
struct RuleView<'a> {
    name: Option<&'a str>,
    text: Option<&'a str>,
    scenarios: Vec<ScenarioView<'a>>,
}

#[derive(Serialize)]
struct ScenarioView<'a> {
    #[serde(flatten)]
    scenario: &'a ScenarioModel,
    anchor: String,
    took: String,
    /// Whether a reader should see it without a click.
    open: bool,
    attempts: Vec<AttemptView<'a>>,
}

#[derive(Serialize)]
struct AttemptView<'a> {
    number: u32,
    verdict: Verdict,
    took: String,
    when: Option<String>,
    failure: Option<FailureView<'a>>,
    steps: Vec<StepView<'a>>,
    pages: Vec<ShotView<'a>>,
    exchanges: Vec<ExchangeView<'a>>,
    warnings: &'a [String],
    deliveries: Vec<DeliveryView<'a>>,
    /// With the path, unless it leads out of the run's folder.
    attachments: Vec<(&'a str, Option<&'a Path>)>,
}

#[derive(Serialize)]
struct FailureView<'a> {
    expected: &'a str,
    observed: &'a str,
    /// What the observation is headed with.
    label: &'static str,
}

#[derive(Serialize)]
struct StepView<'a> {
    keyword: &'a str,
    text: &'a str,
    /// Class of its mark.
    outcome: &'static str,
    mark: &'static str,
    /// What the mark means, for those who cannot see it.
    said: &'static str,
    took: String,
    failure: Option<FailureView<'a>>,
}

#[derive(Serialize)]
struct ShotView<'a> {
    name: &'a str,
    title: &'a str,
    url: &'a str,
    /// A data URI.
    image: Option<String>,
}

#[derive(Serialize)]
struct ExchangeView<'a> {
    #[serde(flatten)]
    exchange: &'a ExchangeRecord,
    took: String,
    ok: bool,
    request: Option<String>,
    response: Option<String>,
    /// Sends the request again.
    curl: String,
}

#[derive(Serialize)]
struct DeliveryView<'a> {
    #[serde(flatten)]
    delivery: &'a DeliveryRecord,
    when: String,
    /// The body for reading.
    told: String,
}

fn features<'a>(model: &'a RunModel, folder: &Path) -> Vec<FeatureView<'a>> {
    let rule = |scenarios: &'a [ScenarioModel]| RuleView {
        name: scenarios[0].card.rule.as_deref(),
        text: scenarios[0].card.rule_text.as_deref(),
        scenarios: scenarios.iter().map(|scenario| scenario_view(scenario, folder)).collect(),
    };
    let feature = |scenarios: &'a [ScenarioModel]| {
        let count = |verdict| (verdict, scenarios.iter().filter(|scenario| scenario.verdict == verdict).count());
        let counts = Verdict::ALL.into_iter().map(count).filter(|(_, count)| *count > 0).collect();
        let rules = scenarios.chunk_by(|a, b| a.card.rule == b.card.rule).map(rule).collect();
        FeatureView { name: &scenarios[0].card.feature, path: &scenarios[0].card.path, counts, rules }
    };
    model.scenarios.chunk_by(|a, b| a.card.path == b.card.path).map(feature).collect()
}

fn scenario_view<'a>(scenario: &'a ScenarioModel, folder: &Path) -> ScenarioView<'a> {
    ScenarioView {
        anchor: anchor(&scenario.card.id),
        took: if scenario.duration_ms == 0 { String::new() } else { duration(scenario.duration_ms) },
        open: matches!(scenario.verdict, Verdict::Failed | Verdict::Drifted),
        attempts: scenario.attempts.iter().map(|attempt| attempt_view(attempt, folder)).collect(),
        scenario,
    }
}

fn attempt_view<'a>(attempt: &'a AttemptModel, folder: &Path) -> AttemptView<'a> {
    let steps: Vec<StepView<'a>> = attempt.steps.iter().map(step_view).collect();
    // What a step tells at its place is not told again above.
    let told = attempt.steps.iter().any(|step| step.failure.is_some());
    let page = |page: &'a PageRecord| ShotView {
        name: &page.name,
        title: &page.title,
        url: &page.url,
        image: page.screenshot.as_deref().and_then(|path| image(folder, path)),
    };
    AttemptView {
        number: attempt.number,
        verdict: attempt.verdict,
        took: duration(attempt.duration_ms),
        when: attempt.started_at.map(moment),
        failure: attempt.failure.as_ref().filter(|_| !told).map(|failure| failure_view(failure)),
        steps,
        pages: attempt.pages.iter().map(page).collect(),
        exchanges: attempt.exchanges.iter().map(exchange_view).collect(),
        warnings: &attempt.warnings,
        deliveries: attempt.deliveries.iter().map(delivery_view).collect(),
        attachments: attempt.attachments.iter().map(|file| (file.name.as_str(), inside(&file.path))).collect(),
    }
}

fn failure_view(failure: &Failure) -> FailureView<'_> {
    let label = match failure.kind {
        FailureKind::Unmet => "Observed",
        FailureKind::Drift => "Differs from the approved payload",
        FailureKind::Blocked => "Prevented by",
        FailureKind::Skipped => "Skipped because",
        FailureKind::Misconfigured => "Refused configuration",
        FailureKind::Defect => "Defect of the suite",
    };
    FailureView { expected: &failure.expected, observed: &failure.observed, label }
}

fn step_view(step: &StepRecord) -> StepView<'_> {
    let skipped = step.failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::Skipped);
    let (outcome, mark, said) = match step.outcome {
        StepOutcome::Passed => ("passed", "✓", "passed"),
        StepOutcome::Failed if skipped => ("skipped", "–", "skipped"),
        StepOutcome::Failed => ("failed", "✗", "failed"),
        StepOutcome::Undefined => ("failed", "?", "undefined"),
        StepOutcome::Ambiguous => ("failed", "?", "ambiguous"),
        StepOutcome::NotReached => ("unreached", "·", "not reached"),
    };
    let (keyword, text) = match step.index {
        Some(_) => step.text.split_once(' ').unwrap_or(("", &step.text)),
        None => ("", step.text.as_str()),
    };
    let reached = step.outcome != StepOutcome::NotReached;
    StepView {
        keyword,
        text,
        outcome,
        mark,
        said,
        took: if reached { duration(step.duration_ms) } else { String::new() },
        failure: step.failure.as_ref().map(|failure| failure_view(failure)),
    }
}

fn exchange_view(exchange: &ExchangeRecord) -> ExchangeView<'_> {
    ExchangeView {
        took: duration(exchange.duration_ms),
        ok: exchange.status.is_some_and(|status| status < 400),
        request: exchange.request_body.as_deref().map(pretty),
        response: exchange.response_body.as_deref().map(pretty),
        curl: curl(exchange),
        exchange,
    }
}

fn delivery_view(delivery: &DeliveryRecord) -> DeliveryView<'_> {
    DeliveryView { when: moment(delivery.received_at), told: pretty(&delivery.body), delivery }
}

/// JSON on as many lines as it takes to read it; anything else as it is.
fn pretty(body: &str) -> String {
    let document = serde_json::from_str::<serde_json::Value>(body).ok();
    document.and_then(|document| serde_json::to_string_pretty(&document).ok()).unwrap_or_else(|| body.to_owned())
}

/// A screenshot below the run's folder as a data URI; `None` if it is gone.
fn image(folder: &Path, path: &str) -> Option<String> {
    let kind = match Path::new(path).extension()?.to_str()? {
        "jpg" | "jpeg" => "jpeg",
        "webp" => "webp",
        _ => "png",
    };
    let bytes = fs::read(folder.join(inside(path)?)).ok()?;
    Some(format!("data:image/{kind};base64,{}", BASE64_STANDARD.encode(bytes)))
}

fn moment(at: Timestamp) -> String {
    at.strftime("%-d %B %Y, %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::sample;

    fn page(folder: &Path) -> String {
        // The engine escapes slashes too, which no reader sees.
        html(&RunModel::fold(&sample::entries()), folder).unwrap().replace("&#x2f;", "/")
    }

    #[test]
    fn the_page_stands_alone_and_escapes_what_it_shows() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("evidence")).unwrap();
        fs::write(folder.path().join("evidence/card.png"), b"png").unwrap();
        let page = page(folder.path());
        assert!(page.contains("src=\"data:image/png;base64,cG5n\""));
        assert!(page.contains("Ngân hàng TMCP Sài Gòn Công Thương &lt;script&gt;"));
        assert!(!page.contains("</script>") && !page.contains("<link") && !page.contains("src=\"http"));
        assert_eq!(page.matches("{{").count() + page.matches("{%").count(), 0);
    }

    #[test]
    fn it_says_what_was_shown_where_and_when() {
        let page = page(Path::new("/nonexistent"));
        for text in [
            "not conforming",
            "http://api.localhost:4010",
            "1 March 2026, 22:15:00 UTC",
            "It does not claim that other cards are.",
            "status Failed after a wrong OTP",
            "status Success",
            "Attempt 2",
            "the target twin has no portal",
            "The screenshot is gone",
            "CARD-02",
            "not shown in this run",
        ] {
            assert!(page.contains(text), "{text} is missing");
        }
    }

    #[test]
    fn a_screenshot_outside_the_run_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.png"), b"png").unwrap();
        let run = folder.path().join("run");
        fs::create_dir(&run).unwrap();
        assert_eq!(image(&run, "../a.png"), None);
        assert_eq!(image(&run, folder.path().join("a.png").to_str().unwrap()), None);
    }
}
