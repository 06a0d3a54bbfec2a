//! Holds a run against what was expected of it: known deviations are accepted until their day, and no longer than they last.

use super::ScenarioModel;
use crate::journal::{Expectation, Failure, FailureKind, Verdict};
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

/// What became of an expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It was met, and what met it is accepted.
    Met,
    /// What it accepts no longer happens: it has to go.
    Mended,
    /// Its day has passed: it accepts nothing any more.
    Expired,
    /// No scenario of this run could tell.
    Untold,
}

/// An expectation and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct Held {
    #[serde(flatten)]
    pub expectation: Expectation,
    pub standing: Standing,
}

impl Held {
    /// For people: what it is, and what to do about it.
    #[must_use]
    pub fn sentence(&self) -> String {
        let Self { expectation, standing } = self;
        match standing {
            Standing::Met => format!("accepted: {expectation}"),
            Standing::Mended => format!("no longer so, take it out of the expectations: {expectation}"),
            Standing::Expired => format!("expired, renew or remove it: {expectation}"),
            Standing::Untold => format!("not told by this run: {expectation}"),
        }
    }
}

/// Marks the scenarios that are accepted on `target` at the time of the run.
pub(super) fn hold(
    expectations: &[Expectation],
    target: &str,
    at: Timestamp,
    scenarios: &mut [ScenarioModel],
) -> Vec<Held> {
    let today = TimeZone::UTC.to_datetime(at).date();
    let mut held = Vec::new();
    for expectation in expectations.iter().filter(|expectation| expectation.target == target) {
        let mut standing = Standing::Untold;
        let mine = |scenario: &&mut ScenarioModel| scenario.card.requirements.contains(&expectation.requirement);
        let (mut met, mut passed, mut others) = (false, 0, 0);
        for scenario in scenarios.iter_mut().filter(mine) {
            if scenario.verdict == expectation.verdict && is_acceptable(scenario.failure.as_ref()) {
                met = true;
                if today <= expectation.until {
                    scenario.accepted = Some(expectation.reason.clone());
                }
            } else if matches!(scenario.verdict, Verdict::Passed | Verdict::Flaky) {
                passed += 1;
            } else if scenario.verdict != Verdict::Skipped {
                others += 1;
            }
        }
        if today > expectation.until {
            standing = Standing::Expired;
        } else if met {
            standing = Standing::Met;
        } else if passed > 0 && others == 0 {
            standing = Standing::Mended;
        }
        held.push(Held { expectation: expectation.clone(), standing });
    }
    held
}

/// Nobody can accept that the configuration or the suite is wrong.
fn is_acceptable(failure: Option<&Failure>) -> bool {
    !failure.is_some_and(|failure| matches!(failure.kind, FailureKind::Misconfigured | FailureKind::Defect))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::{RunModel, sample};

    /// Holds the scenarios of the sample against one expectation: how it stands, and which scenarios it accepts.
    fn held(
        requirement: &str,
        verdict: Verdict,
        at: &str,
        change: impl FnOnce(&mut [ScenarioModel]),
    ) -> (Standing, Vec<String>) {
        let expectation = Expectation {
            requirement: requirement.to_owned(),
            target: "twin".to_owned(),
            verdict,
            reason: "ticket 7".to_owned(),
            until: "2026-03-01".parse().unwrap(),
        };
        let mut scenarios = RunModel::fold(&sample::entries()).scenarios;
        change(&mut scenarios);
        let held = hold(&[expectation], "twin", at.parse().unwrap(), &mut scenarios);
        let accepted = scenarios.into_iter().filter(|scenario| scenario.accepted.is_some());
        (held[0].standing, accepted.map(|scenario| scenario.card.name).collect())
    }

    #[test]
    fn an_expectation_holds_to_the_end_of_its_day() {
        let on = |at| held("CARD-02", Verdict::Failed, at, |_| {});
        assert_eq!(on("2026-03-01T23:59:59Z"), (Standing::Met, vec!["Wrong OTP".to_owned()]));
        assert_eq!(on("2026-03-02T00:00:00Z"), (Standing::Expired, Vec::new()));
    }

    #[test]
    fn only_what_passes_wherever_it_was_tried_is_mended() {
        let second = |verdict| {
            let change = move |scenarios: &mut [ScenarioModel]| scenarios[2].verdict = verdict;
            held("CARD-01", Verdict::Drifted, "2026-03-01T12:00:00Z", change).0
        };
        for (verdict, standing) in [
            (Verdict::Passed, Standing::Mended),
            (Verdict::Flaky, Standing::Mended),
            (Verdict::Skipped, Standing::Mended),
            (Verdict::Failed, Standing::Untold),
            (Verdict::Blocked, Standing::Untold),
            (Verdict::Drifted, Standing::Met),
        ] {
            assert_eq!(second(verdict), standing, "{verdict:?}");
        }
    }
}
