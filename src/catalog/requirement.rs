//! The requirements: one documented clause each, kept as data in `requirements.toml`.

use serde::Deserialize;
use std::sync::LazyLock;

/// How binding a requirement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A vendor page says so, or money is demonstrably lost otherwise.
    Must,
    Should,
    Info,
}

/// One documented clause.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Stable, for example `CARD-01`; also the tag of the scenarios that show it.
    pub id: String,
    pub level: Level,
    pub title: String,
    /// The documentation page that states it.
    pub source: String,
    /// Whether the page leaves it to be inferred.
    #[serde(default)]
    pub inferred: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    requirement: Vec<Requirement>,
}

/// All requirements, in the catalogue's order.
#[must_use]
pub fn requirements() -> &'static [Requirement] {
    static ALL: LazyLock<Vec<Requirement>> = LazyLock::new(|| {
        let document: Document = toml::from_str(include_str!("requirements.toml"))
            .expect("the embedded catalogue parses, as its test shows");
        document.requirement
    });
    &ALL
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_requirement_has_an_id_of_its_own_and_a_source() {
        let mut seen = HashSet::new();
        for requirement in requirements() {
            assert!(seen.insert(&requirement.id), "{} appears twice", requirement.id);
            assert!(requirement.source.len() > 3 && requirement.title.len() > 10, "{}", requirement.id);
        }
    }
}
