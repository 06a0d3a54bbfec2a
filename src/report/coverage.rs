//! Which requirements a run showed, or which checks of a merchant's integration.

use crate::runner::RunModel;
use crate::{
    catalog::{Level, checks, requirements},
    journal::Verdict,
};
use serde::Serialize;

/// A requirement and what the run says about it.
#[derive(Clone, Debug, Serialize)]
pub struct Coverage {
    pub id: &'static str,
    pub title: &'static str,
    /// `must`, `should` or `info`.
    pub level: &'static str,
    /// The documentation page that states it.
    pub source: &'static str,
    pub inferred: bool,
    /// The worst among the scenarios that show it; `None` if this run had none.
    pub verdict: Option<Verdict>,
    /// What to change where it fails, of a check.
    pub advice: Option<&'static str>,
    /// Id of the first scenario with that verdict.
    pub decided_by: Option<String>,
    /// Ids of the scenarios that show it, in the order of the plan.
    pub scenarios: Vec<String>,
}

/// Every requirement of the catalogue, in its order; of a run of a merchant's shop, every check.
#[must_use]
pub fn coverage(model: &RunModel) -> Vec<Coverage> {
    if is_of_a_shop(model) {
        let of = |check: &'static crate::catalog::Check| Coverage {
            advice: Some(&check.advice),
            ..Coverage::of(model, &check.id, &check.title, check.level, &check.source)
        };
        return checks().iter().map(of).collect();
    }
    let of = |known: &'static crate::catalog::Requirement| Coverage {
        inferred: known.inferred,
        ..Coverage::of(model, &known.id, &known.title, known.level, &known.source)
    };
    requirements().iter().map(of).collect()
}

/// Whether a merchant's shop was driven, and not the vendor's sandbox.
pub(super) fn is_of_a_shop(model: &RunModel) -> bool {
    model.scenarios.iter().any(|scenario| scenario.card.path.starts_with("integration/"))
}

impl Coverage {
    fn of(model: &RunModel, id: &'static str, title: &'static str, level: Level, source: &'static str) -> Self {
        let showing = || model.scenarios.iter().filter(|s| s.card.requirements.iter().any(|shown| shown == id));
        let verdict = showing().map(|scenario| scenario.verdict).max();
        Self {
            id,
            title,
            level: match level {
                Level::Must => "must",
                Level::Should => "should",
                Level::Info => "info",
            },
            source,
            inferred: false,
            verdict,
            advice: None,
            decided_by: showing().find(|s| Some(s.verdict) == verdict).map(|s| s.card.id.clone()),
            scenarios: showing().map(|scenario| scenario.card.id.clone()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::sample;

    #[test]
    fn the_worst_scenario_decides_and_what_was_not_shown_is_not_claimed() {
        let coverage = coverage(&RunModel::fold(&sample::entries()));
        let of = |id: &str| coverage.iter().find(|coverage| coverage.id == id).unwrap();
        assert_eq!(of("CARD-01").verdict, Some(Verdict::Flaky));
        assert_eq!(of("CARD-01").decided_by.as_deref(), Some("payments/credit-card/second-attempt"));
        assert_eq!(of("CARD-01").scenarios, ["payments/credit-card/paid", "payments/credit-card/second-attempt"]);
        assert_eq!(of("CARD-02").verdict, Some(Verdict::Failed));
        assert_eq!(of("ONB-01").verdict, None);
    }
}
