//! Which requirements a run showed.

use super::RunModel;
use crate::{
    catalog::{Level, requirements},
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
    /// Id of the first scenario with that verdict.
    pub decided_by: Option<String>,
    /// Ids of the scenarios that show it, in the order of the plan.
    pub scenarios: Vec<String>,
}

/// Every requirement of the catalogue, in its order.
#[must_use]
pub fn coverage(model: &RunModel) -> Vec<Coverage> {
    let of = |requirement: &'static crate::catalog::Requirement| {
        let showing = || model.scenarios.iter().filter(|scenario| scenario.card.requirements.contains(&requirement.id));
        let verdict = showing().map(|scenario| scenario.verdict).max();
        Coverage {
            id: &requirement.id,
            title: &requirement.title,
            level: match requirement.level {
                Level::Must => "must",
                Level::Should => "should",
                Level::Info => "info",
            },
            source: &requirement.source,
            inferred: requirement.inferred,
            verdict,
            decided_by: showing().find(|s| Some(s.verdict) == verdict).map(|s| s.card.id.clone()),
            scenarios: showing().map(|scenario| scenario.card.id.clone()).collect(),
        }
    };
    requirements().iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

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
