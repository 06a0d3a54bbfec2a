//! The features are documentation: each requirement is shown, each promise explained, and the prose is for people.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use gherkin::{Feature, GherkinEnv, Rule, Scenario, Step};
use regex::Regex;
use smartpay_conformance::catalog::{checks, requirements};
use smartpay_conformance::sandbox::Capability;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Scenarios that the suite promises at least, example rows counted one by one.
const PROMISED: usize = 60;

/// Words with an underscore that the vendor's page itself uses in prose.
const DOCUMENTED_WORDS: [&str; 1] = ["IN_QUEUE"];

/// A scenario with what it inherits.
struct Placed<'a> {
    /// The file, relative to `features/`.
    file: &'a str,
    /// The file and the line.
    place: String,
    scenario: &'a Scenario,
    /// Tags of feature, rule, scenario and examples, without `@`.
    tags: BTreeSet<&'a str>,
    in_rule: bool,
}

impl Placed<'_> {
    /// How often it runs: once, or once for each row of its examples.
    fn runs(&self) -> usize {
        if self.scenario.examples.is_empty() {
            return 1;
        }
        // The first row of a table names its columns.
        let tables = self.scenario.examples.iter().filter_map(|examples| examples.table.as_ref());
        tables.map(|table| table.rows.len().saturating_sub(1)).sum()
    }
}

#[test]
fn every_requirement_is_shown_and_every_id_is_a_requirement() {
    let features = features();
    let scenarios = scenarios(&features);
    let required = requirements().iter().map(|requirement| requirement.id.as_str());
    let known: BTreeSet<&str> = required.chain(checks().iter().map(|check| check.id.as_str())).collect();
    let shown: BTreeSet<&str> = scenarios.iter().flat_map(|placed| ids(placed)).collect();
    let mut complaints = Vec::new();
    for check in checks().iter().filter(|check| !shown.contains(check.id.as_str())) {
        complaints.push(format!("{} is a check that no scenario is", check.id));
    }
    for requirement in requirements().iter().filter(|requirement| !shown.contains(requirement.id.as_str())) {
        complaints.push(format!("{} ({}) has no scenario", requirement.id, requirement.title));
    }
    for placed in &scenarios {
        let ids: Vec<&str> = ids(placed).collect();
        if ids.is_empty() {
            complaints.push(format!("{}: {:?} shows no requirement", placed.place, placed.scenario.name));
        }
        for id in ids.into_iter().filter(|id| !known.contains(id)) {
            complaints.push(format!("{}: @{id} is no requirement of the catalogue", placed.place));
        }
    }
    none(&complaints, "tags and requirements");
}

#[test]
fn every_promise_is_explained() {
    let features = features();
    let mut complaints = Vec::new();
    for (file, feature) in &features {
        if words(feature.description.as_deref()) < 5 {
            complaints.push(format!("{file}: the feature {:?} does not say what it is about", feature.name));
        }
        for rule in &feature.rules {
            if words(rule.description.as_deref()) < 12 {
                complaints.push(format!(
                    "{file}:{}: the rule {:?} has no paragraph that says what a green case means and what it does not claim",
                    rule.position.line, rule.name
                ));
            }
            if rule.scenarios.is_empty() {
                complaints.push(format!("{file}:{}: the rule {:?} has no scenario", rule.position.line, rule.name));
            }
        }
    }
    for placed in scenarios(&features).iter().filter(|placed| !placed.in_rule) {
        complaints.push(format!("{}: {:?} stands outside any rule", placed.place, placed.scenario.name));
    }
    none(&complaints, "rules and their paragraphs");
}

#[test]
fn the_prose_is_for_people() {
    let machine = MachineText::new();
    let features = features();
    let mut complaints = Vec::new();
    for (file, feature) in &features {
        let mut look = |line: usize, text: &str| {
            if let Some(why) = machine.found_in(text) {
                complaints.push(format!("{file}:{line}: {why} in {text:?}"));
            }
        };
        look(feature.position.line, &feature.name);
        for rule in &feature.rules {
            look(rule.position.line, &rule.name);
            rule.background
                .iter()
                .flat_map(|background| &background.steps)
                .for_each(|step| look_at_step(step, &mut look));
        }
        feature
            .background
            .iter()
            .flat_map(|background| &background.steps)
            .for_each(|step| look_at_step(step, &mut look));
        for scenario in every_scenario(feature).map(|(_, scenario)| scenario) {
            look(scenario.position.line, &scenario.name);
            scenario.steps.iter().for_each(|step| look_at_step(step, &mut look));
            for table in scenario.examples.iter().filter_map(|examples| examples.table.as_ref()) {
                table.rows.iter().flatten().for_each(|cell| look(table.position.line, cell));
            }
        }
    }
    none(&complaints, "text for machines");
}

#[test]
fn no_two_scenarios_of_a_file_have_the_same_name() {
    let features = features();
    let mut complaints = Vec::new();
    for (file, feature) in &features {
        let mut lines: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (_, scenario) in every_scenario(feature) {
            for name in names(scenario) {
                lines.entry(name).or_default().push(scenario.position.line.to_string());
            }
        }
        for (name, lines) in lines.iter().filter(|(name, lines)| lines.len() > 1 || name.is_empty()) {
            complaints.push(format!(
                "{file}: {name:?} is the name at lines {}; rows need a <column> in it",
                lines.join(", ")
            ));
        }
    }
    none(&complaints, "names");
}

#[test]
fn there_are_as_many_scenarios_as_promised() {
    let features = features();
    let mut each: BTreeMap<&str, usize> = BTreeMap::new();
    for placed in scenarios(&features) {
        *each.entry(placed.file).or_default() += placed.runs();
    }
    let total: usize = each.values().sum();
    assert!(total >= PROMISED, "{total} scenarios, {PROMISED} are promised: {each:#?}");
}

/// A capability that nobody has heard of would never be looked for.
#[test]
fn every_need_is_a_capability() {
    let features = features();
    let known = Capability::ALL.map(Capability::word);
    let mut complaints = Vec::new();
    for placed in scenarios(&features) {
        for need in placed.tags.iter().filter_map(|tag| tag.strip_prefix("needs-")) {
            if !known.contains(&need) {
                complaints.push(format!("{}: @needs-{need} is none of {}", placed.place, known.join(", ")));
            }
        }
    }
    none(&complaints, "capabilities");
}

/// Each outline has rows, each step has words: what cannot run cannot be counted.
#[test]
fn every_scenario_can_run() {
    let features = features();
    let blank = Regex::new("<([^<>]+)>").unwrap();
    let mut complaints = Vec::new();
    for placed in scenarios(&features) {
        if placed.runs() == 0 {
            complaints.push(format!("{}: {:?} has examples without a row", placed.place, placed.scenario.name));
        }
        let steps = &placed.scenario.steps;
        if !steps.iter().any(|step| step.ty == gherkin::StepType::Then) {
            complaints.push(format!("{}: {:?} expects nothing (no Then)", placed.place, placed.scenario.name));
        }
        // A blank in a step that no column fills would run with its name as its value.
        let columns: BTreeSet<&str> = placed
            .scenario
            .examples
            .iter()
            .filter_map(|examples| examples.table.as_ref()?.rows.first())
            .flatten()
            .map(String::as_str)
            .collect();
        for step in steps {
            for name in blank.captures_iter(&step.value).map(|found| found.get(1).unwrap().as_str()) {
                if !columns.contains(name) {
                    complaints.push(format!("{}: <{name}> has no column in the examples", placed.place));
                }
            }
        }
    }
    none(&complaints, "scenarios that cannot run");
}

#[test]
fn text_for_machines_is_recognised() {
    let machine = MachineText::new();
    for text in [
        "the payer presses #pay-button",
        "the shop calls https://api.example/pay",
        "the answer is {\"a\": 1}",
        "the payer fills card_number",
        "the payer fills napasCardNo",
        "the element div.total is shown",
        "the payer opens /checkout/orders",
        "the payer fills input[name=otp]",
    ] {
        assert!(machine.found_in(text).is_some(), "{text}");
    }
    for text in [
        "the refund is IN_QUEUE",
        "the payer pays 50,000 VND with the documented card",
        "the page of PortOne, i.e. SmartPay's, names \"Ngân hàng TMCP Sài Gòn Công Thương\"",
        "the payer enters the OTP \"<otp>\" in VietQR and/or NAPAS",
        "the card is valid until 01/24",
        "it is paid.",
    ] {
        assert_eq!(machine.found_in(text), None, "{text}");
    }
}

/// What a product manager should not have to read.
struct MachineText(Vec<(&'static str, Regex)>);

impl MachineText {
    fn new() -> Self {
        let regex = |pattern| Regex::new(pattern).unwrap();
        Self(vec![
            ("a CSS id or a colour", regex("#")),
            ("a URL", regex("(?i)https?:|www\\.|localhost")),
            ("a path", regex("(^|\\s)/[a-z]+/")),
            ("JSON or a template", regex("[{}]")),
            ("a CSS selector", regex("\\[[a-z-]+[\\^*$~]?=|\\b(div|span|input|button|iframe|form|img)[.#:]\\w")),
            ("a name of a program", regex("\\w+_\\w+")),
            // As in `napasCardNo`; names such as PortOne, SmartPay and VietQR start with a capital letter.
            ("a name of a program", regex("\\b[a-z]+[a-z0-9]*[A-Z]\\w*")),
        ])
    }

    /// What in `text` is not for people, if anything.
    fn found_in(&self, text: &str) -> Option<&'static str> {
        let prose = DOCUMENTED_WORDS.iter().fold(text.to_owned(), |prose, word| prose.replace(word, ""));
        self.0.iter().find(|(_, pattern)| pattern.is_match(&prose)).map(|(what, _)| *what)
    }
}

fn look_at_step(step: &Step, look: &mut impl FnMut(usize, &str)) {
    look(step.position.line, &step.value);
    step.docstring.iter().for_each(|text| look(step.position.line, text));
    step.table.iter().flat_map(|table| &table.rows).flatten().for_each(|cell| look(step.position.line, cell));
}

/// All features below `features/`, by path.
fn features() -> Vec<(String, Feature)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("features");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    assert!(!files.is_empty(), "there is no feature below {}", root.display());
    let parse = |file: &PathBuf| {
        let name = file.strip_prefix(&root).unwrap().display().to_string();
        let feature =
            Feature::parse_path(file, GherkinEnv::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, feature)
    };
    files.iter().map(parse).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "feature") {
            files.push(path);
        }
    }
}

fn every_scenario(feature: &Feature) -> impl Iterator<Item = (Option<&Rule>, &Scenario)> {
    let in_rules =
        feature.rules.iter().flat_map(|rule| rule.scenarios.iter().map(move |scenario| (Some(rule), scenario)));
    feature.scenarios.iter().map(|scenario| (None, scenario)).chain(in_rules)
}

fn scenarios(features: &[(String, Feature)]) -> Vec<Placed<'_>> {
    features.iter().flat_map(|(file, feature)| placed(file, feature)).collect()
}

fn placed<'a>(file: &'a str, feature: &'a Feature) -> impl Iterator<Item = Placed<'a>> {
    every_scenario(feature).map(move |(rule, scenario)| {
        let rule_tags = rule.map(|rule| rule.tags.as_slice()).unwrap_or_default();
        let example_tags = scenario.examples.iter().flat_map(|examples| &examples.tags);
        let tags = feature.tags.iter().chain(rule_tags).chain(&scenario.tags).chain(example_tags);
        Placed {
            file,
            place: format!("{file}:{}", scenario.position.line),
            scenario,
            tags: tags.map(|tag| tag.trim_start_matches('@')).collect(),
            in_rule: rule.is_some(),
        }
    })
}

/// The names under which a scenario runs: its own, or one for each row of its examples, blanks in it filled.
fn names(scenario: &Scenario) -> Vec<String> {
    let mut names = Vec::new();
    for table in scenario.examples.iter().filter_map(|examples| examples.table.as_ref()) {
        let Some((columns, rows)) = table.rows.split_first() else { continue };
        for row in rows {
            let fill = |name: String, (column, cell): (&String, &String)| name.replace(&format!("<{column}>"), cell);
            names.push(columns.iter().zip(row).fold(scenario.name.trim().to_owned(), fill));
        }
    }
    if names.is_empty() { vec![scenario.name.trim().to_owned()] } else { names }
}

/// The tags that look like the id of a requirement.
fn ids<'a>(placed: &Placed<'a>) -> impl Iterator<Item = &'a str> {
    let id = Regex::new("^[A-Z]+(-[A-Z]+)?-[0-9]+$").unwrap();
    placed.tags.iter().copied().filter(move |tag| id.is_match(tag)).collect::<Vec<_>>().into_iter()
}

fn words(text: Option<&str>) -> usize {
    text.map_or(0, |text| text.split_whitespace().count())
}

/// Fails with every complaint, one a line.
fn none(complaints: &[String], about: &str) {
    let list = complaints.iter().fold(String::new(), |mut list, complaint| {
        let _ = writeln!(list, "  {complaint}");
        list
    });
    assert!(complaints.is_empty(), "{} complaints about {about}:\n{list}", complaints.len());
}
