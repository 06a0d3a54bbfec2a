//! Defects of the vendor's documentation, each confirmed against what the documentation shows. They are reported and fail nothing.

mod proof;

use crate::catalog;
use crate::journal::Finding;
use jiff::{Timestamp, tz::Offset};

/// Every finding of the catalogue, and whether it holds now.
#[must_use]
pub fn confirm(now: Timestamp) -> Vec<Finding> {
    let today = Offset::UTC.to_datetime(now).date();
    let confirmed = |finding: &catalog::Finding| {
        let proven = proof::prove(&finding.proof, today);
        Finding {
            id: finding.id.clone(),
            title: finding.title.clone(),
            source: finding.source.clone(),
            advice: finding.advice.clone(),
            confirmed: proven.holds,
            observed: proven.observed,
        }
    };
    catalog::findings().iter().map(confirmed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finding_is_confirmed_today() {
        for finding in confirm(crate::wire::Clock::system().now()) {
            assert!(finding.confirmed, "{}: {}", finding.id, finding.observed);
        }
    }

    #[test]
    fn what_depends_on_the_day_does() {
        let at =
            |moment: &str| confirm(moment.parse().unwrap()).into_iter().filter(|finding| finding.confirmed).count();
        assert_eq!(at("2024-01-31T23:59:59Z") + 1, at("2024-02-01T00:00:00Z"));
    }
}
