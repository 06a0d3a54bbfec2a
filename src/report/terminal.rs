//! What a person sees while a run goes on and when it ends.

use super::{ContractCoverage, contract_coverage, coverage::is_of_a_shop};
use crate::journal::{Attempt, AttemptFinished, Entry, Event, Failure, FailureKind, ScenarioCard, Verdict};
use crate::runner::{RunModel, ScenarioModel};
use std::{
    collections::{HashMap, HashSet},
    io::{self, Write},
    sync::{Mutex, PoisonError},
};

/// Prints a line per scenario as it ends, and a summary. Fed with the journal's entries as they are written.
pub struct Terminal {
    state: Mutex<State>,
}

struct State {
    out: Box<dyn Write + Send>,
    paint: Paint,
    selected: usize,
    concluded: usize,
    cards: HashMap<String, ScenarioCard>,
    /// Texts and causes of what failed in the attempts under way.
    failing: HashMap<Attempt, Vec<(String, Failure)>>,
    /// Of the attempts under way.
    warnings: HashMap<Attempt, Vec<String>>,
    /// Scenarios of which an attempt was or is to be followed by another.
    retried: HashSet<String>,
}

impl std::fmt::Debug for Terminal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Terminal").finish_non_exhaustive()
    }
}

/// Colours, or none.
#[derive(Clone, Copy, Debug)]
struct Paint(bool);

impl Paint {
    fn with(self, code: &str, text: impl std::fmt::Display) -> String {
        if self.0 && !text.to_string().is_empty() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_string() }
    }

    fn bold(self, text: impl std::fmt::Display) -> String {
        self.with("1", text)
    }

    fn dim(self, text: impl std::fmt::Display) -> String {
        self.with("2", text)
    }

    /// A verdict in a column of its own.
    fn verdict(self, verdict: Verdict) -> String {
        let code = match verdict {
            Verdict::Passed => "32",
            Verdict::Flaky | Verdict::Blocked => "33",
            Verdict::Skipped => "36",
            Verdict::Drifted => "35",
            Verdict::Failed => "1;31",
        };
        self.with(code, format_args!("{verdict:>9}"))
    }
}

impl Terminal {
    /// Prints to `out`, with colours if `colour` is set.
    #[must_use]
    pub fn new(out: Box<dyn Write + Send>, colour: bool) -> Self {
        let state = State {
            out,
            paint: Paint(colour),
            selected: 0,
            concluded: 0,
            cards: HashMap::new(),
            failing: HashMap::new(),
            warnings: HashMap::new(),
            retried: HashSet::new(),
        };
        Self { state: Mutex::new(state) }
    }

    /// Prints what an entry of the journal means to a person, if anything.
    pub fn entry(&self, entry: &Entry) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        // A closed terminal must not end a run: its reports are still wanted.
        drop(state.entry(&entry.event));
    }

    /// Prints the summary of a run whose reports lie in `out`.
    pub fn summary(&self, model: &RunModel, exit_code: u8, report: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        drop(state.summary(model, exit_code, report));
    }
}

impl State {
    fn entry(&mut self, event: &Event) -> io::Result<()> {
        match event {
            Event::RunStarted(started) => {
                self.selected = started.selected;
                let scenarios = plural(started.selected, "scenario");
                let line = format!("{scenarios} on {} at {}, seed {}", started.target, started.base_url, started.seed);
                writeln!(self.out, "{}", self.paint.dim(line))?;
            }
            Event::RunResumed(resumed) => {
                self.selected = resumed.remaining;
                let scenarios = plural(resumed.remaining, "scenario");
                let line = format!("{scenarios} still lack a verdict; resumed at {}", resumed.base_url);
                writeln!(self.out, "{}", self.paint.dim(line))?;
                for id in &resumed.gone {
                    self.field("no longer there", id)?;
                }
            }
            Event::ScenarioPlanned(card) => drop(self.cards.insert(card.id.clone(), card.clone())),
            Event::StepFinished(step) => {
                if let Some(failure) = &step.failure {
                    let failing = self.failing.entry(step.attempt.clone()).or_default();
                    failing.push((step.text.clone(), failure.clone()));
                }
            }
            Event::Warning(warning) => {
                self.warnings.entry(warning.attempt.clone()).or_default().push(warning.text.clone());
            }
            Event::Instruction(instruction) => writeln!(self.out, "\n{}\n", instruction.text)?,
            Event::AttemptFinished(finished) => self.attempt_finished(finished)?,
            _ => {}
        }
        self.out.flush()
    }

    fn attempt_finished(&mut self, finished: &AttemptFinished) -> io::Result<()> {
        let failing = self.failing.remove(&finished.attempt).unwrap_or_default();
        let number = finished.attempt.attempt;
        let retried = self.retried.contains(&finished.attempt.scenario);
        let flaky = retried && finished.verdict == Verdict::Passed;
        let verdict = if flaky { Verdict::Flaky } else { finished.verdict };
        if finished.will_retry {
            self.retried.insert(finished.attempt.scenario.clone());
        } else {
            self.concluded += 1;
        }
        let progress = if finished.will_retry {
            "again".to_owned()
        } else {
            format!("{:>width$}/{}", self.concluded, self.selected, width = self.selected.to_string().len())
        };
        let card = self.cards.get(&finished.attempt.scenario).cloned();
        let name = card.as_ref().map_or(finished.attempt.scenario.as_str(), |card| card.name.as_str());
        let time = if finished.verdict == Verdict::Skipped { "-".to_owned() } else { duration(finished.duration_ms) };
        let tried = if number > 1 || finished.will_retry { format!(" (attempt {number})") } else { String::new() };
        let (paint, feature) = (self.paint, card.as_ref().map(|card| card.feature.as_str()).unwrap_or_default());
        let line = format!("{} {time:>9}  {progress}  ", paint.verdict(verdict));
        writeln!(self.out, "{line}{} {}{}", paint.dim(format_args!("{feature}:")), paint.bold(name), paint.dim(tried))?;
        for warning in self.warnings.remove(&finished.attempt).unwrap_or_default() {
            self.field("warning", &warning)?;
        }
        let Some(failure) = &finished.failure else { return Ok(()) };
        if finished.verdict == Verdict::Skipped {
            return self.field("because", &failure.observed);
        }
        if let Some(card) = card {
            let place = format!("features/{}:{}", card.path, card.line);
            self.field("scenario", &paint.dim(format_args!("{} ({place})", finished.attempt.scenario)))?;
        }
        if failing.is_empty() {
            return self.cause(failure);
        }
        for (step, failure) in &failing {
            self.field("step", step)?;
            self.cause(failure)?;
        }
        Ok(())
    }

    fn cause(&mut self, failure: &Failure) -> io::Result<()> {
        if failure.kind == FailureKind::Defect {
            return self.field("defect", &failure.observed);
        }
        if !failure.expected.is_empty() {
            self.field("expected", &failure.expected)?;
        }
        self.field("observed", &failure.observed)
    }

    /// A labelled text below a scenario's line; its further lines stand below its first.
    fn field(&mut self, label: &str, text: &str) -> io::Result<()> {
        /// More than this of one text would push the others off the screen; the report has it all.
        const LINES: usize = 12;
        const CHARACTERS: usize = 600;
        let label = self.paint.dim(format_args!("{label:>20}"));
        let shown: String = text.chars().take(CHARACTERS).collect();
        let mut lines = shown.lines();
        writeln!(self.out, "{label}  {}", lines.next().unwrap_or_default())?;
        for line in lines.by_ref().take(LINES - 1) {
            writeln!(self.out, "{:20}  {line}", "")?;
        }
        if lines.next().is_some() || shown.len() < text.len() {
            writeln!(self.out, "{:20}  … all of it is in the report", "")?;
        }
        Ok(())
    }

    fn summary(&mut self, model: &RunModel, exit_code: u8, report: &str) -> io::Result<()> {
        let paint = self.paint;
        let counts = model.counts();
        writeln!(self.out)?;
        // The worst last, where the eye is. Of a dead target all scenarios would be listed.
        for verdict in [Verdict::Blocked, Verdict::Drifted, Verdict::Failed] {
            /// More than this of one verdict have most likely one cause.
            const LISTED: usize = 20;
            let of = |s: &&ScenarioModel| s.verdict == verdict && !s.attempts.is_empty();
            for ScenarioModel { card, .. } in model.scenarios.iter().filter(of).take(LISTED) {
                writeln!(self.out, "{}  {}  {}", paint.verdict(verdict), card.id, paint.dim(&card.name))?;
            }
            let more = model.scenarios.iter().filter(of).count().saturating_sub(LISTED);
            if more > 0 {
                writeln!(self.out, "{}  and {more} more", paint.verdict(verdict))?;
            }
        }
        let unreached = model.scenarios.iter().filter(|scenario| scenario.attempts.is_empty()).count();
        if unreached > 0 {
            writeln!(self.out, "{}  {} never started", paint.verdict(Verdict::Blocked), plural(unreached, "scenario"))?;
        }
        if let Some(finished) = &model.finished {
            if let Some(reason) = &finished.interrupted {
                writeln!(self.out, "{:>9}  ended by {reason}", paint.bold("ended"))?;
            }
            if let Some(failure) = &finished.prevented {
                self.field("not carried out", &failure.to_string())?;
            }
        }
        for held in &model.expectations {
            writeln!(self.out, "{:>9}  {}", paint.bold("expected"), held.sentence())?;
        }
        let told: Vec<String> = Verdict::ALL
            .into_iter()
            .filter(|verdict| counts.of(*verdict) > 0)
            .map(|verdict| format!("{} {verdict}", counts.of(verdict)))
            .collect();
        let conclusion = model.conclusion().word();
        let told = if told.is_empty() { "no scenario ran".to_owned() } else { told.join(", ") };
        let time = duration(model.duration_ms);
        writeln!(self.out, "{} {told} in {time} (exit {exit_code})", paint.bold(format_args!("{conclusion}:")))?;
        self.contract(model)?;
        if !model.findings.is_empty() {
            let confirmed = model.findings.iter().filter(|finding| finding.confirmed).count();
            let told = format!("{confirmed} of {} defects of the documentation confirmed", model.findings.len());
            writeln!(self.out, "findings: {told}; none counts against the target")?;
        }
        writeln!(self.out, "report: {report}")?;
        self.out.flush()
    }
}

impl State {
    /// How much of the contract was exercised, and what no page documents.
    fn contract(&mut self, model: &RunModel) -> io::Result<()> {
        /// More than this have most likely one cause; the report has them all.
        const LISTED: usize = 4;
        let coverage = contract_coverage(model);
        if coverage.endpoints.exercised == 0 || is_of_a_shop(model) {
            return Ok(());
        }
        for (what, times) in coverage.departures.iter().take(LISTED) {
            writeln!(self.out, "{} {what} ({})", self.paint.bold("not as documented:"), plural(*times, "time"))?;
        }
        let more = coverage.departures.len().saturating_sub(LISTED);
        if more > 0 {
            writeln!(self.out, "{} and {more} more, in the report", self.paint.bold("not as documented:"))?;
        }
        let ContractCoverage { endpoints, statuses, codes, fields, .. } = coverage;
        let told = format!("{endpoints} endpoints, {statuses} statuses, {codes} refusal codes, {fields} fields");
        writeln!(self.out, "contract: exercised {told}")
    }
}

fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Milliseconds as people say them.
pub(super) fn duration(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        _ => format!("{} min {:02} s", ms / 60_000, ms % 60_000 / 1_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::sample;
    use std::sync::Arc;

    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn shown(colour: bool) -> String {
        let screen = Screen::default();
        let terminal = Terminal::new(Box::new(screen.clone()), colour);
        let entries = sample::entries();
        entries.iter().for_each(|entry| terminal.entry(entry));
        terminal.summary(&RunModel::fold(&entries), 1, "out/report.html");
        String::from_utf8(screen.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn a_run_fits_a_screen() {
        let expected = "\
6 scenarios on twin at http://api.localhost:4010, seed 7
   passed     1.2 s  1/6  Credit card payments: Paid with the documented card
   failed     1.2 s  2/6  Credit card payments: Wrong OTP
            scenario  payments/credit-card/wrong-otp (features/payments/credit-card.feature:12)
                step  Then the payment is refused
            expected  status Failed after a wrong OTP
            observed  status Success
   failed     1.2 s  again  Credit card payments: Paid on the second attempt (attempt 1)
            scenario  payments/credit-card/second-attempt (features/payments/credit-card.feature:12)
                step  Given an order of 50,000 VND
            expected  status Failed after a wrong OTP
            observed  status Success
    flaky     1.2 s  3/6  Credit card payments: Paid on the second attempt (attempt 2)
  skipped         -  4/6  Credit card payments: Seen on the portal
             because  the target twin has no portal
  blocked     1.2 s  5/6  Credit card payments: Bank is unreachable
            scenario  payments/credit-card/unreachable (features/payments/credit-card.feature:12)
                step  Given an order of 50,000 VND
            expected  an answer of the bank's page within 10 s
            observed  connection refused
  drifted     1.2 s  6/6  Credit card payments: Payload as approved
            scenario  payments/credit-card/as-approved (features/payments/credit-card.feature:12)
                step  Given an order of 50,000 VND
            expected  -\"amount\": 50000
            observed  +\"amount\": \"50000\"

  blocked  payments/credit-card/unreachable  Bank is unreachable
  drifted  payments/credit-card/as-approved  Payload as approved
   failed  payments/credit-card/wrong-otp  Wrong OTP
not conforming: 1 passed, 1 flaky, 1 skipped, 1 blocked, 1 drifted, 1 failed in 3.5 s (exit 1)
not as documented: payment-webhook: amount is missing (1 time)
not as documented: payment-webhook: buyer_address1 is missing (1 time)
not as documented: payment-webhook: buyer_address2 is missing (1 time)
not as documented: payment-webhook: buyer_city is missing (1 time)
not as documented: and 37 more, in the report
contract: exercised 1 of 13 endpoints, 0 of 30 statuses, 0 of 62 refusal codes, 0 of 318 fields
report: out/report.html
";
        assert_eq!(shown(false), expected);
    }

    #[test]
    fn colours_are_an_addition_only() {
        let coloured = shown(true);
        assert!(coloured.contains("\u{1b}[1;31m   failed\u{1b}[0m"));
        let plain = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap().replace_all(&coloured, "").into_owned();
        assert_eq!(plain, shown(false));
    }

    #[test]
    fn durations_are_said_as_people_do() {
        for (ms, said) in [(0, "0 ms"), (999, "999 ms"), (1_000, "1.0 s"), (59_999, "59.9 s"), (61_000, "1 min 01 s")] {
            assert_eq!(duration(ms), said);
        }
    }
}
