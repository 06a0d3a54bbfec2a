//! The events of a run, one per line of `journal.ndjson`.

use super::{Expectation, Failure, Verdict};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One line of the journal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    pub at: jiff::Timestamp,
    #[serde(flatten)]
    pub event: Event,
}

/// What happened. Everything a report says is said from these.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    RunStarted(RunStarted),
    /// The run goes on after it had ended early; scenarios that are tried again are planned again after this.
    RunResumed(RunResumed),
    /// What is known to deviate, as it was stated for this run.
    ExpectationsStated(Expectations),
    /// What the documentation has wrong.
    FindingsConfirmed(Findings),
    /// A scenario was selected; written for all before the first starts, so that a killed run knows what it lacks.
    ScenarioPlanned(ScenarioCard),
    AttemptStarted(Attempt),
    StepFinished(StepRecord),
    /// One HTTP request and its response.
    Exchange(ExchangeRecord),
    /// Something that is right, but that others may stumble over.
    Warning(WarningRecord),
    /// What a person was told to do.
    Instruction(WarningRecord),
    /// A page a journey met, with its screenshot.
    Page(PageRecord),
    /// A webhook that reached the harness.
    Delivery(DeliveryRecord),
    /// The DOM of each frame or another file of evidence.
    Attachment(AttachmentRecord),
    AttemptFinished(AttemptFinished),
    RunFinished(RunFinished),
    /// After a clean run: what scenarios made of a fault of the target.
    FaultTried(FaultTrial),
}

/// Which attempt of which scenario an event belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Attempt {
    /// The scenario's stable id, for example `payments/credit-card/wrong-otp`.
    pub scenario: String,
    /// 1 for the first attempt.
    pub attempt: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunStarted {
    /// Prefix of every order this run creates.
    pub run: String,
    pub suite_version: String,
    pub target: String,
    pub base_url: String,
    pub capabilities: Vec<String>,
    pub seed: u64,
    pub selected: usize,
}

/// What is another than when the run started.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunResumed {
    /// Prefix of the orders from now on: those of before still stand on the target.
    pub run: String,
    pub suite_version: String,
    pub base_url: String,
    pub capabilities: Vec<String>,
    /// How many scenarios still lack a verdict and are tried.
    pub remaining: usize,
    /// Ids of those that the features no longer have.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub gone: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Expectations {
    pub expected: Vec<Expectation>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Findings {
    pub findings: Vec<Finding>,
}

/// A defect of the vendor's documentation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable, for example `test-card-expired`.
    pub id: String,
    /// What is wrong.
    pub title: String,
    /// The pages on which it stands.
    pub source: Vec<String>,
    /// What an integrator should do about it.
    pub advice: String,
    /// Whether what the documentation shows proves it, on the day of the run.
    pub confirmed: bool,
    /// From what that was concluded.
    pub observed: String,
}

/// What scenarios made of a fault that the target committed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultTrial {
    /// Its id in the catalogue.
    pub fault: String,
    /// What the target did wrong.
    pub title: String,
    /// Its kind in a word, for example `security`.
    pub kind: String,
    /// The requirement it violates.
    pub requirement: String,
    /// Whether that must hold.
    pub must: bool,
    /// How it stands, for example `killed`.
    pub standing: String,
    /// The scenario that noticed it.
    pub noticed_by: Option<String>,
    /// The step at which it did.
    pub step: Option<String>,
    /// How many scenarios noticed it, of how many that ran.
    pub kills: usize,
    pub ran: usize,
}

/// A scenario as its feature file tells it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ScenarioCard {
    pub id: String,
    pub feature: String,
    /// Path of the feature file below `features/`.
    pub path: String,
    pub line: usize,
    pub rule: Option<String>,
    /// The paragraph under the rule: what green means and what it does not claim.
    pub rule_text: Option<String>,
    pub name: String,
    pub tags: Vec<String>,
    /// Ids of the requirements it shows.
    pub requirements: Vec<String>,
    /// Keyword and text of each step, background included.
    pub steps: Vec<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StepRecord {
    #[serde(flatten)]
    pub attempt: Attempt,
    /// Position among the scenario's steps, from 0; `None` for set-up and clean-up.
    pub index: Option<usize>,
    /// Keyword and text.
    pub text: String,
    pub outcome: StepOutcome,
    pub started_at: jiff::Timestamp,
    pub duration_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failure: Option<Failure>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    Passed,
    Failed,
    /// No step definition matches the text: the suite is broken.
    Undefined,
    /// More than one step definition matches the text.
    Ambiguous,
    /// Not reached, because an earlier step did not pass.
    NotReached,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExchangeRecord {
    #[serde(flatten)]
    pub attempt: Attempt,
    pub method: String,
    pub url: String,
    pub request_headers: BTreeMap<String, String>,
    pub request_body: Option<String>,
    /// Absent when no response came; `error` says why.
    pub status: Option<u16>,
    pub response_headers: BTreeMap<String, String>,
    pub response_body: Option<String>,
    pub error: Option<String>,
    pub started_at: jiff::Timestamp,
    pub duration_ms: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WarningRecord {
    #[serde(flatten)]
    pub attempt: Attempt,
    pub text: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PageRecord {
    #[serde(flatten)]
    pub attempt: Attempt,
    /// What the journey calls this page, for example "SmartPay card form".
    pub name: String,
    pub title: String,
    pub url: String,
    /// Path of the screenshot below the run's folder.
    pub screenshot: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeliveryRecord {
    #[serde(flatten)]
    pub attempt: Attempt,
    /// `payment` or `refund`.
    pub kind: String,
    #[serde(default)]
    pub received_at: jiff::Timestamp,
    /// By name; of one that came several times the values, a line each.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    pub body: String,
    /// The status with which the harness answered.
    #[serde(default)]
    pub answered: u16,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AttachmentRecord {
    #[serde(flatten)]
    pub attempt: Attempt,
    pub name: String,
    /// Path below the run's folder.
    pub path: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AttemptFinished {
    #[serde(flatten)]
    pub attempt: Attempt,
    pub verdict: Verdict,
    /// The failure, or why it was skipped or blocked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failure: Option<Failure>,
    /// Whether another attempt follows.
    pub will_retry: bool,
    pub duration_ms: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunFinished {
    /// Why the run ended before all scenarios did (Ctrl-C, deadline), if it did.
    pub interrupted: Option<String>,
    /// What kept the run from being carried out at all (configuration, no browser, a defect of ours), if anything did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prevented: Option<Failure>,
    /// Texts that were not written, because each would have held a secret that redaction had missed.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub withheld: Vec<String>,
    pub duration_ms: u64,
}
