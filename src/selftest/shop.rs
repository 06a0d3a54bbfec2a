//! The defects that a shop can be told to have, and whether the checks that are to notice them do.

use super::markdown::cell;
use crate::{
    catalog::checks,
    journal::Verdict,
    runner::{RunModel, ScenarioModel},
};
use serde::Serialize;
use std::{collections::BTreeSet, fmt::Write};

/// What became of one defect.
#[derive(Clone, Debug, Serialize)]
pub struct DefectTrial {
    pub defect: String,
    /// How the checks took it that are to notice it.
    pub checks: Vec<CheckTrial>,
    /// Other checks that did not pass under it, of those that ran.
    pub others: Vec<String>,
}

/// How a check took a defect.
#[derive(Clone, Debug, Serialize)]
pub struct CheckTrial {
    pub check: String,
    /// The scenario that failed, if one did.
    pub noticed_by: Option<String>,
    /// The step at which it did.
    pub step: Option<String>,
}

impl DefectTrial {
    /// What a certification under the defect shows.
    #[must_use]
    pub fn new(defect: &str, to_notice: &[String], run: &RunModel) -> Self {
        let failed = |scenario: &&ScenarioModel| matches!(scenario.verdict, Verdict::Failed | Verdict::Drifted);
        let of = |scenario: &ScenarioModel, check: &String| scenario.card.requirements.contains(check);
        let checks = to_notice.iter().map(|check| {
            let noticed = run.scenarios.iter().filter(failed).find(|scenario| of(scenario, check));
            let steps = noticed.and_then(|scenario| scenario.attempts.last()).map(|attempt| attempt.steps.as_slice());
            let step = steps.into_iter().flatten().find(|step| step.failure.is_some());
            CheckTrial {
                check: check.clone(),
                noticed_by: noticed.map(|scenario| scenario.card.id.clone()),
                step: step.map(|step| step.text.clone()),
            }
        });
        let others = run.scenarios.iter().filter(failed).flat_map(|scenario| &scenario.card.requirements);
        let others: BTreeSet<&String> = others.filter(|check| !to_notice.contains(check)).collect();
        Self { defect: defect.to_owned(), checks: checks.collect(), others: others.into_iter().cloned().collect() }
    }

    /// Whether each check that is to notice it did.
    #[must_use]
    pub fn is_killed(&self) -> bool {
        !self.checks.is_empty() && self.checks.iter().all(|check| check.noticed_by.is_some())
    }
}

/// All defects of a shop against the checks.
#[derive(Clone, Debug, Serialize)]
pub struct DefectMatrix {
    /// What the shop is called.
    pub shop: String,
    /// Scenarios that did not pass on the shop as it should be: nothing can be said of them.
    pub unclean: Vec<String>,
    pub trials: Vec<DefectTrial>,
    /// Checks that no defect is said to be noticed by; empty where only some defects were tried.
    pub untried: Vec<String>,
}

impl DefectMatrix {
    /// The matrix of a clean certification and of the trials after it.
    #[must_use]
    pub fn new(shop: &str, clean: &RunModel, trials: Vec<DefectTrial>, whole: bool) -> Self {
        let not_passed = clean.scenarios.iter().filter(|scenario| scenario.verdict != Verdict::Passed);
        let unclean = not_passed.map(|scenario| scenario.card.id.clone()).collect();
        let tried: BTreeSet<&str> =
            trials.iter().flat_map(|trial| &trial.checks).map(|trial| trial.check.as_str()).collect();
        let untried = checks().iter().filter(|check| whole && !tried.contains(check.id.as_str()));
        let untried = untried.map(|check| check.id.clone()).collect();
        Self { shop: shop.to_owned(), unclean, trials, untried }
    }

    /// Bugs that a check which is to notice them did not.
    pub fn survivors(&self) -> impl Iterator<Item = &DefectTrial> {
        self.trials.iter().filter(|trial| !trial.is_killed())
    }

    /// Whether every defect was noticed, every check noticed one, and the shop as it should be passed.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.unclean.is_empty() && self.untried.is_empty() && self.survivors().next().is_none()
    }

    /// The matrix in Markdown.
    #[must_use]
    pub fn markdown(&self) -> String {
        let killed = self.trials.iter().filter(|trial| trial.is_killed()).count();
        let mut text = format!(
            "# Kill matrix of certify\n\n\
             Every check of a merchant's shop can fail: the shop called \"{}\" is told to do one thing wrong after the other, and each time the checks that \
             are to notice it run. Made by `smartpay-conformance selftest --integration FILE`.\n\n\
             - {killed} of {} defects are noticed by each check that is to notice them.\n\
             - {} checks are said to notice no defect.\n\n\
             | Defect | Check | Noticed by | At the step |\n|---|---|---|---|\n",
            self.shop,
            self.trials.len(),
            self.untried.len(),
        );
        for trial in &self.trials {
            for check in &trial.checks {
                let _ = writeln!(
                    text,
                    "| `{}` | {} | {} | {} |",
                    trial.defect,
                    check.check,
                    check.noticed_by.as_ref().map_or_else(|| "nothing".to_owned(), |id| format!("`{id}`")),
                    check.step.as_deref().map(cell).unwrap_or_default(),
                );
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::sample;

    #[test]
    fn a_bug_is_killed_only_if_each_check_that_is_to_notice_it_does() {
        let run = RunModel::fold(&sample::entries());
        let failed = run.scenarios.iter().find(|scenario| scenario.verdict == Verdict::Failed).unwrap();
        let passed = run.scenarios.iter().find(|scenario| scenario.verdict == Verdict::Passed).unwrap();
        let (noticing, sleeping) = (failed.card.requirements[0].clone(), passed.card.requirements[0].clone());
        assert_ne!(noticing, sleeping);
        let trial = |checks: &[&String]| {
            DefectTrial::new("defect", &checks.iter().map(|check| (*check).clone()).collect::<Vec<_>>(), &run)
        };
        assert!(trial(&[&noticing]).is_killed());
        assert!(trial(&[&noticing]).checks[0].step.is_some());
        assert!(!trial(&[&noticing, &sleeping]).is_killed());
        assert!(!trial(&[]).is_killed());
        assert!(trial(&[&sleeping]).others.contains(&noticing));
        let matrix = DefectMatrix::new("shop", &RunModel::default(), vec![trial(&[&noticing, &sleeping])], true);
        assert!(!matrix.holds() && matrix.untried.len() == checks().len());
        assert!(matrix.markdown().contains(&format!("| `defect` | {sleeping} | nothing |  |")));
        assert!(DefectMatrix::new("shop", &RunModel::default(), vec![trial(&[&noticing])], false).holds());
        assert!(!DefectMatrix::new("shop", &run, vec![trial(&[&noticing])], false).holds());
    }
}
