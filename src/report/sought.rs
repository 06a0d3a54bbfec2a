//! Which scenario of a run is meant by a word: its id, a requirement's id, or a part of either.

use crate::runner::{RunModel, ScenarioModel};

/// A word that names no scenario, or several.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SoughtError {
    #[error("tell which scenario {word:?} is; it may be {}", choices.join(", "))]
    Ambiguous { word: String, choices: Vec<String> },
    #[error("find a scenario {word:?} in this run{}", suggestion.as_ref().map(|near| format!("; did you mean {near}?")).unwrap_or_default())]
    Unknown { word: String, suggestion: Option<String> },
}

/// The one scenario that `word` names. A whole id goes before a part, a scenario's before a requirement's.
///
/// # Errors
/// When there is none, or more than one.
pub fn sought<'a>(model: &'a RunModel, word: &str) -> Result<&'a ScenarioModel, SoughtError> {
    let lower = word.to_lowercase();
    let is = |id: &str| id.eq_ignore_ascii_case(word);
    let holds = |id: &str| !word.is_empty() && id.to_lowercase().contains(&lower);
    let ways: [&dyn Fn(&ScenarioModel) -> bool; 4] = [
        &|scenario| is(&scenario.card.id),
        &|scenario| scenario.card.requirements.iter().any(|id| is(id)),
        &|scenario| holds(&scenario.card.id),
        &|scenario| scenario.card.requirements.iter().any(|id| holds(id)),
    ];
    for way in ways {
        let found: Vec<&ScenarioModel> = model.scenarios.iter().filter(|scenario| way(scenario)).collect();
        match found[..] {
            [] => {}
            [one] => return Ok(one),
            _ => {
                let choice = |scenario: &&ScenarioModel| format!("{} ({})", scenario.card.id, scenario.verdict);
                let choices = found.iter().map(choice).collect();
                return Err(SoughtError::Ambiguous { word: word.to_owned(), choices });
            }
        }
    }
    let ids = model.scenarios.iter().flat_map(|s| std::iter::once(&s.card.id).chain(&s.card.requirements));
    let near = ids.map(|id| (strsim::jaro_winkler(&lower, &id.to_lowercase()), id));
    let nearest = near.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(likeness, _)| *likeness > 0.7);
    Err(SoughtError::Unknown { word: word.to_owned(), suggestion: nearest.map(|(_, id)| id.clone()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::sample;

    #[test]
    fn ids_requirements_and_parts_name_a_scenario() {
        let model = RunModel::fold(&sample::entries());
        for word in ["payments/credit-card/wrong-otp", "CARD-02", "card-02", "wrong", "CARD-02"] {
            assert_eq!(sought(&model, word).unwrap().card.name, "Wrong OTP", "{word}");
        }
        assert_eq!(sought(&model, "atm").unwrap().card.name, "Bank is unreachable");
        let error = sought(&model, "CARD-01").unwrap_err().to_string();
        assert!(error.contains("credit-card/paid (passed), payments/credit-card/second-attempt (flaky)"), "{error}");
        let error = sought(&model, "payments/credit-card/wrong-opt").unwrap_err().to_string();
        assert!(error.ends_with("did you mean payments/credit-card/wrong-otp?"), "{error}");
        assert!(!sought(&model, "§").unwrap_err().to_string().contains("did you mean"));
    }
}
