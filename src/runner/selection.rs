//! Which scenarios of the suite a user asked for.

use super::{Plan, Planned};
use crate::catalog;
use cucumber::tag::Ext as _;
use gherkin::tagexpr::TagOperation;
use regex::Regex;

/// What the user asked for; whatever is empty leaves all in.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Any of these: a feature file or folder, a requirement's id, a scenario's id.
    pub words: Vec<String>,
    pub tags: Option<TagOperation>,
    pub name: Option<Regex>,
}

/// A selection that cannot be understood.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectionError {
    #[error(
        "read the tag expression {text:?}: expected something like '@CARD-01 and not (@slow or @needs-wallet)', stopped at column {column}"
    )]
    Tags { text: String, column: usize },
    #[error("read the name pattern {text:?}: {reason}")]
    Name { text: String, reason: String },
    #[error("find {}: no feature, requirement or scenario has this name; `run --dry-run` lists them", words.join(", "))]
    Unknown { words: Vec<String> },
}

impl Selection {
    /// # Errors
    /// When the tag expression or the pattern is malformed.
    pub fn new(words: Vec<String>, tags: Option<&str>, name: Option<&str>) -> Result<Self, SelectionError> {
        let tags = tags.map(parse_tags).transpose()?;
        let name = name
            .map(|text| {
                let reason = |error: regex::Error| SelectionError::Name {
                    text: text.to_owned(),
                    reason: error
                        .to_string()
                        .lines()
                        .last()
                        .unwrap_or_default()
                        .trim_start_matches("error: ")
                        .to_owned(),
                };
                Regex::new(text).map_err(reason)
            })
            .transpose()?;
        Ok(Self { words, tags, name })
    }

    /// The selected part of `plan`; it may be empty.
    ///
    /// # Errors
    /// When a word selects nothing though another does: a slip of the pen must not shrink a run in silence.
    pub fn of(&self, plan: Plan) -> Result<Plan, SelectionError> {
        let selects = |word: &str| plan.scenarios.iter().any(|planned| named(planned, word));
        let (known, unknown): (Vec<&String>, Vec<&String>) = self.words.iter().partition(|word| selects(word));
        if !known.is_empty() && !unknown.is_empty() {
            return Err(SelectionError::Unknown { words: unknown.into_iter().cloned().collect() });
        }
        Ok(plan.filtered(|planned| self.keeps(planned)))
    }

    fn keeps(&self, planned: &Planned) -> bool {
        (self.words.is_empty() || self.words.iter().any(|word| named(planned, word)))
            && self.tags.as_ref().is_none_or(|tags| tags.eval(&planned.card.tags))
            && self.name.as_ref().is_none_or(|name| name.is_match(&planned.card.name))
    }
}

/// Whether `word` names the scenario: by its feature's path or folder, by a requirement it shows, or by its own id.
fn named(planned: &Planned, word: &str) -> bool {
    let card = &planned.card;
    if catalog::requirements().iter().any(|requirement| requirement.id.eq_ignore_ascii_case(word)) {
        return card.requirements.iter().any(|id| id.eq_ignore_ascii_case(word));
    }
    let word = word.trim_start_matches("./").trim_start_matches("features/").trim_end_matches('/');
    let word = word.trim_end_matches(".feature");
    // What begins a scenario's id up to a slash is its folder, its file, its outline or itself; nothing else is a prefix.
    card.id.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        || word.is_empty()
        || word == "features"
}

fn parse_tags(text: &str) -> Result<TagOperation, SelectionError> {
    let parsed = text.trim().parse::<TagOperation>();
    parsed.map_err(|error| SelectionError::Tags { text: text.to_owned(), column: error.location.column })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::plan::tests::plan;

    const CARD: &str = "
@CARD-01
Feature: Credit card
  @slow
  Scenario: Paid
    Given x
  Scenario Outline: Refused
    Given <why>
    Examples:
      | why |
      | one |
      | two |
";
    const QR: &str = "
Feature: QR
  @QR-01 @needs-wallet
  Scenario: Paid
    Given x
";

    fn select(words: &[&str], tags: Option<&str>, name: Option<&str>) -> Result<String, SelectionError> {
        let plan = plan(&[("payments/card.feature", CARD), ("payments/card-qr.feature", QR)]).unwrap();
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        let ids = Selection::new(words, tags, name)?.of(plan)?.scenarios;
        Ok(ids.into_iter().map(|planned| planned.card.id.replace("payments/", "")).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn words_name_files_folders_requirements_and_scenarios() {
        let all = "card-qr/paid card/paid card/refused/one card/refused/two";
        for (words, selected) in [
            (&[][..], all),
            (&["features/"], all),
            (&["payments"], all),
            (&["./features/payments/card.feature"], "card/paid card/refused/one card/refused/two"),
            (&["payments/card"], "card/paid card/refused/one card/refused/two"),
            (&["payments/card/refused"], "card/refused/one card/refused/two"),
            (&["payments/card/refused/two"], "card/refused/two"),
            (&["qr-01"], "card-qr/paid"),
            (&["QR-01", "payments/card/paid"], "card-qr/paid card/paid"),
            (&["pay"], ""),
            (&["QR-99"], ""),
        ] {
            assert_eq!(select(words, None, None).unwrap(), selected, "{words:?}");
        }
    }

    #[test]
    fn one_unknown_word_among_known_ones_is_an_error() {
        let error = select(&["QR-01", "QR-99", "nowhere"], None, None).unwrap_err().to_string();
        assert!(error.starts_with("find QR-99, nowhere: "), "{error}");
    }

    #[test]
    fn tags_and_names_narrow_what_words_select() {
        assert_eq!(select(&[], Some("@CARD-01 and not @slow"), None).unwrap(), "card/refused/one card/refused/two");
        assert_eq!(select(&["payments/card"], Some("@slow or @needs-wallet"), None).unwrap(), "card/paid");
        assert_eq!(select(&[], None, Some("^P")).unwrap(), "card-qr/paid card/paid");
        assert_eq!(select(&[], Some("@slow"), Some("Refused")).unwrap(), "");
    }

    #[test]
    fn what_cannot_be_read_is_quoted() {
        let error = select(&[], Some("@a not @b"), None).unwrap_err().to_string();
        assert!(error.starts_with("read the tag expression \"@a not @b\""), "{error}");
        let error = select(&[], None, Some("a(")).unwrap_err().to_string();
        assert_eq!(error, "read the name pattern \"a(\": unclosed group");
    }
}
