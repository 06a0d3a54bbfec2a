//! The plan of a run: which scenarios, in which order, under which ids.

use super::{Feature, StagedWorld, slug::slug};
use crate::{catalog, journal::ScenarioCard, sandbox::Capability};
use cucumber::gherkin;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Tags with this beginning name a capability.
const NEEDS: &str = "needs-";

/// Where a scenario, or an outline's row, stands: its file, line and column. Cucumber's events are told apart by it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    path: String,
    line: usize,
    column: usize,
}

impl Place {
    pub(super) fn of(feature: &gherkin::Feature, scenario: &gherkin::Scenario) -> Self {
        let path = feature.path.as_deref().map(|path| path.to_string_lossy().into_owned()).unwrap_or_default();
        Self { path, line: scenario.position.line, column: scenario.position.col }
    }
}

/// A scenario that may run.
#[derive(Clone, Debug)]
pub struct Planned {
    pub card: ScenarioCard,
    /// What the target must be able to do.
    pub needs: BTreeSet<Capability>,
    pub(super) place: Place,
}

/// Scenarios in the order in which they are started.
#[derive(Clone, Debug)]
pub struct Plan {
    pub scenarios: Vec<Planned>,
    features: Vec<Feature>,
}

/// Features that make no plan.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    #[error("plan {id}: two scenarios have this id, {path}:{first} and {path}:{second}; give one another name")]
    Duplicate { id: String, path: String, first: usize, second: usize },
    #[error("plan {path}:{line}: the scenario has no steps, so it would pass without showing anything")]
    Empty { path: String, line: usize },
    #[error("plan {path}:{line}: the scenario has no name")]
    Nameless { path: String, line: usize },
    #[error(
        "plan {path}:{line}: {text:?} is no step; a line that begins with no keyword would be taken for a description"
    )]
    Stray { path: String, line: usize, text: String },
    #[error("plan {path}:{line}: no target has the capability of @{NEEDS}{word}; there are {}", known())]
    UnknownCapability { path: String, line: usize, word: String },
}

fn known() -> String {
    Capability::ALL.map(|capability| format!("@{NEEDS}{}", capability.word())).join(", ")
}

impl Plan {
    /// All scenarios of `features`.
    ///
    /// # Errors
    /// When ids are not unique, or a scenario is empty, nameless or needs what no target has.
    pub fn new(features: Vec<Feature>) -> Result<Self, PlanError> {
        let mut scenarios = Vec::new();
        for feature in &features {
            plan_feature(feature, &mut scenarios)?;
        }
        let mut seen: HashMap<&str, &ScenarioCard> = HashMap::new();
        for Planned { card, .. } in &scenarios {
            if let Some(first) = seen.insert(&card.id, card) {
                let (first, second) = (first.line, card.line);
                return Err(PlanError::Duplicate { id: card.id.clone(), path: card.path.clone(), first, second });
            }
        }
        Ok(Self { scenarios, features })
    }

    /// The part of the plan that `keep` keeps.
    #[must_use]
    pub fn filtered(self, keep: impl Fn(&Planned) -> bool) -> Self {
        Self { scenarios: self.scenarios.into_iter().filter(keep).collect(), features: self.features }
    }

    /// The steps that no definition matches, or more than one, each with its place: they would fail their scenarios.
    #[must_use]
    pub fn unmatched_steps<W: StagedWorld>(&self) -> Vec<String> {
        let definitions = W::collection();
        let ids = self.scenarios.iter().map(|planned| planned.card.id.as_str()).collect();
        let mut unmatched = Vec::new();
        for feature in self.features(&ids) {
            let bare = feature.scenarios.iter().flat_map(|scenario| &scenario.steps);
            let ruled = feature.rules.iter().flat_map(|rule| {
                let background = rule.background.iter().flat_map(|background| &background.steps);
                background.chain(rule.scenarios.iter().flat_map(|scenario| &scenario.steps))
            });
            let background = feature.background.iter().flat_map(|background| &background.steps);
            for step in background.chain(bare).chain(ruled) {
                let problem = match definitions.find(step) {
                    Ok(Some(_)) => continue,
                    Ok(None) => "no step definition matches",
                    Err(_) => "more than one step definition matches",
                };
                let path = feature.path.as_deref().map(|path| path.display().to_string()).unwrap_or_default();
                unmatched.push(format!("{path}:{}: {problem} \"{}\"", step.position.line, step_text(step)));
            }
        }
        // The rows of an outline share their steps' places.
        unmatched.dedup();
        unmatched
    }

    /// The features with no other scenarios than those of the given ids.
    pub(super) fn features(&self, ids: &HashSet<&str>) -> Vec<gherkin::Feature> {
        let places: HashSet<&Place> = self
            .scenarios
            .iter()
            .filter(|planned| ids.contains(planned.card.id.as_str()))
            .map(|planned| &planned.place)
            .collect();
        let mut features: Vec<gherkin::Feature> = self.features.iter().map(|feature| feature.gherkin.clone()).collect();
        for feature in &mut features {
            let all = feature.clone();
            let kept = |scenario: &gherkin::Scenario| places.contains(&Place::of(&all, scenario));
            feature.scenarios.retain(kept);
            feature.rules.iter_mut().for_each(|rule| rule.scenarios.retain(kept));
            feature.rules.retain(|rule| !rule.scenarios.is_empty());
        }
        features.retain(|feature| !feature.scenarios.is_empty() || !feature.rules.is_empty());
        features
    }
}

/// A scenario with all that stands around it in its file.
struct Placed<'a> {
    feature: &'a Feature,
    rule: Option<&'a gherkin::Rule>,
    scenario: &'a gherkin::Scenario,
}

fn plan_feature(feature: &Feature, planned: &mut Vec<Planned>) -> Result<(), PlanError> {
    let bare = feature.gherkin.scenarios.iter().map(|scenario| (None, scenario));
    let ruled = feature.gherkin.rules.iter().flat_map(|rule| rule.scenarios.iter().map(move |s| (Some(rule), s)));
    let placed: Vec<Placed<'_>> =
        bare.chain(ruled).map(|(rule, scenario)| Placed { feature, rule, scenario }).collect();
    // The rows of an outline keep the outline's span.
    for rows in placed.chunk_by(|a, b| a.scenario.span == b.scenario.span) {
        for (placed, id) in rows.iter().zip(ids(feature, rows)) {
            planned.push(plan_scenario(placed, id)?);
        }
    }
    Ok(())
}

/// The ids of a scenario, or of an outline's rows: the name, and as many columns as it takes to tell the rows apart.
fn ids(feature: &Feature, rows: &[Placed<'_>]) -> Vec<String> {
    let cells = |placed: &Placed<'_>| -> Vec<String> {
        let table = placed.scenario.examples.first().and_then(|examples| examples.table.as_ref());
        table.and_then(|table| table.rows.get(1)).cloned().unwrap_or_default()
    };
    let columns = rows.iter().map(|row| cells(row).len()).max().unwrap_or_default();
    let path = feature.path.trim_end_matches(".feature");
    let with = |count: usize| -> Vec<String> {
        let id = |placed: &Placed<'_>| {
            let row: Vec<String> = cells(placed).iter().take(count).map(|cell| slug(cell)).collect();
            let row = row.into_iter().filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join("-");
            let name = slug(&placed.scenario.name);
            if row.is_empty() { format!("{path}/{name}") } else { format!("{path}/{name}/{row}") }
        };
        rows.iter().map(id).collect()
    };
    let distinct = |ids: &Vec<String>| ids.iter().collect::<HashSet<_>>().len() == ids.len();
    (0..=columns).map(with).find(distinct).unwrap_or_else(|| with(columns))
}

fn plan_scenario(placed: &Placed<'_>, id: String) -> Result<Planned, PlanError> {
    let Placed { feature, rule, scenario } = *placed;
    let (path, line) = (feature.path.clone(), scenario.position.line);
    if slug(&scenario.name).is_empty() {
        return Err(PlanError::Nameless { path, line });
    }
    if scenario.steps.is_empty() {
        return Err(PlanError::Empty { path, line });
    }
    let backgrounds = [feature.gherkin.background.as_ref(), rule.and_then(|rule| rule.background.as_ref())];
    let described = backgrounds.into_iter().flatten().map(|b| (b.position.line, &b.description));
    for (line, description) in described.chain([(line, &scenario.description)]) {
        if let Some(text) = description.as_deref().map(paragraph).filter(|text| !text.is_empty()) {
            return Err(PlanError::Stray { path, line, text });
        }
    }
    let mut tags: Vec<String> = Vec::new();
    for tag in feature.gherkin.tags.iter().chain(rule.iter().flat_map(|rule| &rule.tags)).chain(&scenario.tags) {
        if !tags.contains(tag) {
            tags.push(tag.clone());
        }
    }
    let mut needs = BTreeSet::new();
    for word in tags.iter().filter_map(|tag| tag.strip_prefix(NEEDS)) {
        let capability = Capability::ALL.into_iter().find(|capability| capability.word() == word);
        let unknown = || PlanError::UnknownCapability { path: path.clone(), line, word: word.to_owned() };
        needs.insert(capability.ok_or_else(unknown)?);
    }
    let requirements = catalog::requirements().iter().map(|requirement| &requirement.id);
    let requirements =
        requirements.chain(catalog::checks().iter().map(|check| &check.id)).filter(|id| tags.contains(id));
    let steps = backgrounds.into_iter().flatten().flat_map(|background| &background.steps).chain(&scenario.steps);
    let card = ScenarioCard {
        id,
        feature: feature.gherkin.name.clone(),
        path,
        line,
        rule: rule.map(|rule| rule.name.clone()),
        rule_text: rule.and_then(|rule| rule.description.as_deref()).map(paragraph),
        name: scenario.name.clone(),
        requirements: requirements.cloned().collect(),
        steps: steps.map(step_text).collect(),
        tags,
    };
    Ok(Planned { card, needs, place: Place::of(&feature.gherkin, scenario) })
}

/// Keyword and text of a step, as the journal writes it.
pub(super) fn step_text(step: &gherkin::Step) -> String {
    format!("{} {}", step.keyword.trim(), step.value)
}

/// A description without the indentation and line ends of its file.
fn paragraph(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::runner::{Suite, load};

    pub(in crate::runner) fn plan(files: &[(&str, &str)]) -> Result<Plan, PlanError> {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Plan::new(load(Suite::Sandbox, Some(folder.path())).unwrap())
    }

    fn ids(plan: &Plan) -> Vec<&str> {
        plan.scenarios.iter().map(|planned| planned.card.id.as_str()).collect()
    }

    const CARD: &str = "
@CARD-01
Feature: Credit card
  Background:
    Given a merchant
  Scenario: Wrong OTP
    When the payer types a wrong OTP
  Rule: It is asked for
      What green means
      and does not.
    Background:
      Given a card
    @needs-portal @NOTHING-99
    Scenario Outline: Card is <what>
      Then it is <what> for <amount>
      Examples:
        | what   | amount |
        | locked | 1      |
        | empty  | 1      |
    Scenario Outline: Amounts
      Then it costs <amount> <currency>
      @needs-levers
      Examples:
        | currency | amount |
        | VND      | 1      |
        | VND      | 2      |
      Examples:
        | currency | amount |
        | USD      | 2      |
";

    #[test]
    fn ids_come_from_path_name_and_as_much_of_the_row_as_is_needed() {
        let plan = plan(&[("payments/credit-card.feature", CARD)]).unwrap();
        assert_eq!(
            ids(&plan),
            [
                "payments/credit-card/wrong-otp",
                "payments/credit-card/card-is-locked",
                "payments/credit-card/card-is-empty",
                "payments/credit-card/amounts/vnd-1",
                "payments/credit-card/amounts/vnd-2",
                "payments/credit-card/amounts/usd-2",
            ]
        );
    }

    #[test]
    fn a_card_tells_what_its_file_says() {
        let plan = plan(&[("payments/credit-card.feature", CARD)]).unwrap();
        let Planned { card, needs, .. } = &plan.scenarios[1];
        assert_eq!(card.steps, ["Given a merchant", "Given a card", "Then it is locked for 1"]);
        assert_eq!(card.rule_text.as_deref(), Some("What green means and does not."));
        assert_eq!(card.tags, ["CARD-01", "needs-portal", "NOTHING-99"]);
        assert_eq!(card.requirements, ["CARD-01"]);
        assert_eq!(needs, &BTreeSet::from([Capability::Portal]));
        assert_eq!(plan.scenarios[3].needs, BTreeSet::from([Capability::Levers]));
        assert!(plan.scenarios[5].needs.is_empty());
    }

    #[test]
    fn features_keep_only_the_chosen_rows() {
        let plan =
            plan(&[("payments/credit-card.feature", CARD), ("b.feature", "Feature: B\nScenario: s\nGiven x")]).unwrap();
        let features = plan.features(&HashSet::from(["payments/credit-card/amounts/vnd-2"]));
        assert_eq!(features.len(), 1);
        assert!(features[0].scenarios.is_empty());
        assert_eq!(features[0].rules.len(), 1);
        assert_eq!(features[0].rules[0].scenarios.len(), 1);
        assert_eq!(features[0].rules[0].scenarios[0].steps[0].value, "it costs 2 VND");
    }

    #[test]
    fn what_makes_no_plan_is_refused_with_its_place() {
        for (text, message) in [
            (
                "Scenario: a\nGiven x\nScenario: A!\nGiven y",
                "plan f/a: two scenarios have this id, f.feature:2 and f.feature:4",
            ),
            ("Scenario: a\nGiven x\n\nScenario: b\n", "plan f.feature:5: the scenario has no steps"),
            ("Scenario: !\nGiven x", "plan f.feature:2: the scenario has no name"),
            (
                "@needs-luck\nScenario: a\nGiven x",
                "no target has the capability of @needs-luck; there are @needs-levers",
            ),
        ] {
            let error = plan(&[("f.feature", &format!("Feature: F\n{text}\n"))]).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
