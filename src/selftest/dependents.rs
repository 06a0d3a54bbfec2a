//! Which scenarios run under a fault, and in which order: those that touched the place where it happens.

use super::Reach;
use crate::{
    catalog::{Fault, Seam},
    runner::{Plan, Planned},
};
use std::collections::{HashMap, HashSet};

/// What each scenario of the plan touched in the clean run, by its id.
#[derive(Clone, Debug, Default)]
pub struct Dependents(pub HashMap<String, Reach>);

impl Dependents {
    /// Whether a scenario depends on a fault.
    #[must_use]
    pub fn depends(&self, id: &str, fault: &Fault) -> bool {
        self.0.get(id).is_some_and(|reach| reach.touches(&fault.at))
    }

    /// Whether a scenario needs a browser.
    #[must_use]
    pub fn needs_browser(&self, id: &str) -> bool {
        self.0.get(id).is_some_and(Reach::meets_pages)
    }

    /// The part of the plan that depends on a fault. One that can be noticed over HTTP is not looked for with a browser, as long as
    /// a scenario of the violated requirement does without.
    #[must_use]
    pub fn of(&self, plan: &Plan, fault: &Fault) -> Plan {
        let part = plan.clone().filtered(|planned| self.depends(&planned.card.id, fault));
        let is_seen_over_http = match &fault.at {
            Seam::Request(matcher) | Seam::Answer(matcher) => matcher.host.is_none(),
            Seam::Webhook(_) => true,
            _ => false,
        };
        let quick = part.clone().filtered(|planned| !self.needs_browser(&planned.card.id));
        if is_seen_over_http && quick.scenarios.iter().any(|planned| shows(planned, fault)) { quick } else { part }
    }

    /// A browser takes its time. So the part is split into what runs at once, which is what needs none, what should notice the fault
    /// and what has noticed no other yet; and into what runs only if that does not notice it.
    #[must_use]
    pub fn split(&self, part: Plan, fault: &Fault, killed: &HashSet<String>) -> (Plan, Plan) {
        let is_first = |planned: &Planned| {
            let id = &planned.card.id;
            !self.needs_browser(id) || shows(planned, fault) || !killed.contains(id)
        };
        (part.clone().filtered(is_first), part.filtered(|planned| !is_first(planned)))
    }
}

/// Whether a scenario shows the requirement that the fault violates.
fn shows(planned: &Planned, fault: &Fault) -> bool {
    planned.card.requirements.contains(&fault.requirement)
}
