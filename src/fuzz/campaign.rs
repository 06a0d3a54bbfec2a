//! Makes cases from a seed, carries them out, shrinks what fails, and counts.

use super::execute::{Outcome, again, execute};
use super::{Case, Finding, Ground, GroundError, Rule, Saved, Script, curl};
use proptest::strategy::{BoxedStrategy, Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, mpsc};

/// Cases under way at a time. One connection waits for its answer while others are used.
const AT_ONCE: usize = 16;

/// Cases that are made before they are needed.
const AHEAD: usize = 256;

/// Findings that are made small and told; a target that fails more kinds of cases has been told enough.
const MOST_FINDINGS: usize = 12;

/// Tries to make one case smaller.
const SHRINKS: usize = 300;

/// How often progress is told.
const TOLD_EVERY: Duration = Duration::from_millis(500);

/// What to try.
#[derive(Clone, Debug)]
pub struct Campaign {
    pub cases: u64,
    /// The most that is carried out, what is tried to make a case smaller included; no limit without one.
    pub budget: Option<u64>,
    /// The same seed makes the same cases.
    pub seed: u64,
    /// Base of the API in the lines that people are given.
    pub shown_base: String,
    /// Cases that failed before; they come first.
    pub saved: Vec<Saved>,
}

/// How far a campaign has come.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    pub done: u64,
    pub cases: u64,
    pub findings: usize,
    pub elapsed: Duration,
}

/// A finding as it is told.
#[derive(Clone, Debug)]
pub struct Told {
    pub saved: Saved,
    pub finding: Finding,
    /// The number of the case in the run; none for one that was saved.
    pub number: Option<u64>,
    pub script: Script,
    /// How often the same kind of case broke the same rule.
    pub times: u64,
}

/// Why a campaign ended before all cases were tried.
#[derive(Clone, Debug)]
pub enum Ended {
    /// Somebody or something asked for it.
    Asked(String),
    /// More would say no more.
    Enough(String),
    /// The target answers nothing any more.
    Gone(GroundError),
}

/// What a campaign came to.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub done: u64,
    pub replayed: usize,
    /// Names of saved cases that break no rule any more.
    pub mended: Vec<String>,
    pub accepted: u64,
    /// Valid requests that were refused, and broken ones, by code.
    pub valid_refused: BTreeMap<String, u64>,
    pub refused: BTreeMap<String, u64>,
    pub sequences: u64,
    /// Requests broken in each way.
    pub broken: BTreeMap<&'static str, u64>,
    /// Fields that no page documents, and how often they came.
    pub undocumented: BTreeMap<String, u64>,
    pub findings: Vec<Told>,
    /// Cases under way when the target stopped answering: one of them may be why.
    pub suspects: Vec<Told>,
    pub ended: Option<Ended>,
    pub elapsed: Duration,
}

/// A campaign under way.
struct Crew<'a, P, F> {
    campaign: &'a Campaign,
    ground: &'a Ground,
    tell: P,
    found: F,
    started: Instant,
    report: RefCell<Report>,
    /// How often anything was carried out.
    executed: Cell<u64>,
    told_at: Cell<Instant>,
    /// Rules and kinds of cases that broke them.
    kinds: RefCell<HashSet<(Rule, String)>>,
}

impl Campaign {
    /// Carries the campaign out until `stop` gives a reason to end it; `tell` is given the progress now and then, `found` each new
    /// finding at once.
    pub async fn run(
        &self,
        ground: &Ground,
        stop: impl Future<Output = String>,
        tell: impl Fn(Progress),
        found: impl Fn(&Told),
    ) -> Report {
        let started = Instant::now();
        let crew = Crew {
            campaign: self,
            ground,
            tell,
            found,
            started,
            report: RefCell::default(),
            executed: Cell::new(0),
            told_at: Cell::new(started),
            kinds: RefCell::default(),
        };
        let ended = tokio::select! {
            ended = crew.carry_out() => ended.err().map(Ended::Gone),
            reason = stop => Some(Ended::Asked(reason)),
        };
        let mut report = crew.report.into_inner();
        report.ended = ended.or(report.ended);
        report.elapsed = started.elapsed();
        report.undocumented = ground.undocumented();
        report
    }

    /// The cases in the order of their numbers, made on a thread of its own: making one takes as long as having it answered.
    fn cases(&self, levers: bool) -> mpsc::Receiver<(u64, Case)> {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let (seed, cases) = (self.seed, self.cases);
        std::thread::spawn(move || {
            let strategy = Case::any(levers);
            for number in 0..cases {
                // Whoever takes no more cases has dropped the receiver.
                if sender.blocking_send((number, tree(&strategy, seed, number).current())).is_err() {
                    return;
                }
            }
        });
        receiver
    }
}

impl<P: Fn(Progress), F: Fn(&Told)> Crew<'_, P, F> {
    async fn carry_out(&self) -> Result<(), GroundError> {
        for saved in &self.campaign.saved {
            let outcome = self.execute(&saved.case).await?;
            let mut report = self.report.borrow_mut();
            report.replayed += 1;
            match outcome {
                Outcome::Kept { .. } => report.mended.push(saved.name.clone()),
                Outcome::Broke(finding) => {
                    self.kinds.borrow_mut().insert((finding.rule, saved.case.name()));
                    let saved = Saved { observed: finding.observed.clone(), ..saved.clone() };
                    let told = self.told(saved, finding, None);
                    (self.found)(&told);
                    report.findings.push(told);
                }
            }
        }
        let cases = Mutex::new(self.campaign.cases(self.ground.has_levers()));
        let workers = (0..AT_ONCE).map(|_| self.work(&cases));
        // Each ends by itself, so that all cases under way are known when the target goes.
        futures::future::join_all(workers).await.into_iter().collect()
    }

    async fn work(&self, cases: &Mutex<mpsc::Receiver<(u64, Case)>>) -> Result<(), GroundError> {
        loop {
            if self.campaign.budget.is_some_and(|budget| self.executed.get() >= budget) {
                return Ok(());
            }
            let Some((number, case)) = cases.lock().await.recv().await else { return Ok(()) };
            if self.kinds.borrow().len() > MOST_FINDINGS {
                let reason = format!("more than {MOST_FINDINGS} kinds of cases failed");
                self.report.borrow_mut().ended = Some(Ended::Enough(reason));
                return Ok(());
            }
            match self.execute(&case).await {
                Ok(outcome) => {
                    count(&case, &outcome, &mut self.report.borrow_mut());
                    if let Outcome::Broke(finding) = outcome {
                        self.broke(case, finding, number).await?;
                    }
                }
                Err(error) => {
                    let finding =
                        Finding { rule: Rule::Answered, observed: format!("failed to {error}"), sent: Vec::new() };
                    let saved = Saved::new(case, finding.rule, finding.observed.clone(), self.campaign.seed);
                    self.report.borrow_mut().suspects.push(self.told(saved, finding, Some(number)));
                    return Err(error);
                }
            }
        }
    }

    /// Makes a failing case small and tells it, unless its kind is known.
    async fn broke(&self, case: Case, finding: Finding, number: u64) -> Result<(), GroundError> {
        let kind = (finding.rule, case.name());
        if !self.kinds.borrow_mut().insert(kind.clone()) {
            let mut report = self.report.borrow_mut();
            let told = report.findings.iter_mut().find(|told| kind == (told.finding.rule, told.saved.case.name()));
            if let Some(told) = told {
                told.times += 1;
            }
            return Ok(());
        }
        if self.kinds.borrow().len() > MOST_FINDINGS {
            return Ok(());
        }
        let mut tree = tree(&Case::any(self.ground.has_levers()), self.campaign.seed, number);
        let (case, finding) = self.shrink(&mut *tree, case, finding, &kind).await?;
        let saved = Saved::new(case, finding.rule, finding.observed.clone(), self.campaign.seed);
        let told = self.told(saved, finding, Some(number));
        (self.found)(&told);
        self.report.borrow_mut().findings.push(told);
        Ok(())
    }

    /// The smallest case found that breaks the same rule in the same way.
    async fn shrink(
        &self,
        tree: &mut dyn ValueTree<Value = Case>,
        mut case: Case,
        mut finding: Finding,
        kind: &(Rule, String),
    ) -> Result<(Case, Finding), GroundError> {
        let mut smaller = tree.simplify();
        for _ in 0..SHRINKS {
            if !smaller || self.campaign.budget.is_some_and(|budget| self.executed.get() >= budget) {
                break;
            }
            let tried = tree.current();
            let still = match self.execute(&tried).await? {
                Outcome::Broke(found) if (found.rule, tried.name()) == *kind => Some(found),
                _ => None,
            };
            smaller = match still {
                Some(found) => {
                    (case, finding) = (tried, found);
                    tree.simplify()
                }
                None => tree.complicate(),
            };
        }
        Ok((case, finding))
    }

    async fn execute(&self, case: &Case) -> Result<Outcome, GroundError> {
        self.executed.set(self.executed.get() + 1);
        let outcome = execute(case, self.ground).await;
        if self.told_at.get().elapsed() >= TOLD_EVERY {
            self.told_at.set(Instant::now());
            let Report { done, findings, .. } = &*self.report.borrow();
            let (cases, elapsed) = (self.campaign.cases, self.started.elapsed());
            (self.tell)(Progress { done: *done, cases, findings: findings.len(), elapsed });
        }
        outcome
    }

    fn told(&self, saved: Saved, finding: Finding, number: Option<u64>) -> Told {
        let sent = again(&saved.case, self.ground).unwrap_or_else(|| finding.sent.clone());
        let script = curl::script(self.ground, &self.campaign.shown_base, &sent, &saved.name);
        Told { saved, finding, number, script, times: 1 }
    }
}

fn count(case: &Case, outcome: &Outcome, report: &mut Report) {
    report.done += 1;
    if let Case::Broken { breakage, .. } = case {
        *report.broken.entry(breakage.way()).or_default() += 1;
    }
    match (case, outcome) {
        (Case::Sequence { .. }, _) => report.sequences += 1,
        (_, Outcome::Kept { refused_with: None }) => report.accepted += 1,
        (Case::Valid { .. }, Outcome::Kept { refused_with: Some(code) }) => {
            *report.valid_refused.entry(code.clone()).or_default() += 1;
        }
        (_, Outcome::Kept { refused_with: Some(code) }) => *report.refused.entry(code.clone()).or_default() += 1,
        (_, Outcome::Broke(_)) => {}
    }
}

/// A case, with all that it can be shrunk to.
fn tree(strategy: &BoxedStrategy<Case>, seed: u64, number: u64) -> Box<dyn ValueTree<Value = Case>> {
    strategy.new_tree(&mut runner(seed, number)).expect("cases are not filtered away")
}

/// The source of chance of one case: which worker makes it, and when, changes nothing.
fn runner(seed: u64, number: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&number.to_le_bytes());
    let config = Config { failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}
