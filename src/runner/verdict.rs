//! From causes to the verdict of an attempt, from attempts to that of a scenario, from scenarios to that of a run.

use crate::journal::{Failure, FailureKind, Verdict};

/// What a run as a whole says. The command line gives each its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// Everything observed is as documented.
    Conforming,
    /// Something failed or drifted.
    NotConforming,
    /// Usage, configuration or refused credentials: nothing is said about the target.
    Misconfigured,
    /// Nothing failed, but something could not be observed.
    Blocked,
    /// No scenario was selected.
    NothingSelected,
    /// We broke.
    Defect,
}

impl Conclusion {
    /// The word in summaries.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Conforming => "conforming",
            Self::NotConforming => "not conforming",
            Self::Misconfigured => "misconfigured",
            Self::Blocked => "blocked",
            Self::NothingSelected => "nothing selected",
            Self::Defect => "defect",
        }
    }
}

const fn verdict_of(kind: FailureKind) -> Verdict {
    match kind {
        FailureKind::Unmet | FailureKind::Defect => Verdict::Failed,
        FailureKind::Drift => Verdict::Drifted,
        // With the credentials refused nothing was observed; that the run is misconfigured is read from the kind.
        FailureKind::Blocked | FailureKind::Misconfigured => Verdict::Blocked,
        FailureKind::Skipped => Verdict::Skipped,
    }
}

/// The verdict of an attempt and the cause that decides it: the first of the worst. A step's cause thus stands unless
/// its clean-up shows something worse.
#[must_use]
pub fn attempt_verdict(causes: &[Failure]) -> (Verdict, Option<&Failure>) {
    let mut worst = (Verdict::Passed, None);
    for cause in causes {
        let verdict = verdict_of(cause.kind);
        if verdict > worst.0 {
            worst = (verdict, Some(cause));
        }
    }
    worst
}

/// Whether another attempt could end otherwise. A target does not grow a capability, a refused credential stays
/// refused, and a defect of the suite stays one.
#[must_use]
pub fn worth_retrying(verdict: Verdict, cause: Option<&Failure>) -> bool {
    let settled = cause.is_some_and(|c| matches!(c.kind, FailureKind::Misconfigured | FailureKind::Defect));
    matches!(verdict, Verdict::Failed | Verdict::Drifted | Verdict::Blocked) && !settled
}

/// The verdict of a scenario from those of its attempts, in order; `None` if it had none.
#[must_use]
pub fn scenario_verdict(attempts: &[Verdict]) -> Option<Verdict> {
    let last = *attempts.last()?;
    Some(if last == Verdict::Passed && attempts.len() > 1 { Verdict::Flaky } else { last })
}

/// The conclusion of a run from the final verdict and deciding cause of each selected scenario, and from what
/// prevented the run as a whole, if anything did.
pub fn conclude<'a>(
    scenarios: impl IntoIterator<Item = (Verdict, Option<&'a Failure>)>,
    prevented: Option<&Failure>,
) -> Conclusion {
    let (mut selected, mut misconfigured, mut failed, mut blocked) = (false, false, false, false);
    for (verdict, cause) in scenarios {
        selected = true;
        misconfigured |= cause.is_some_and(|cause| cause.kind == FailureKind::Misconfigured);
        failed |= matches!(verdict, Verdict::Failed | Verdict::Drifted);
        blocked |= verdict == Verdict::Blocked;
    }
    match prevented.map(|failure| failure.kind) {
        Some(FailureKind::Defect) => return Conclusion::Defect,
        Some(FailureKind::Misconfigured) => misconfigured = true,
        Some(FailureKind::Unmet | FailureKind::Drift) => failed = true,
        Some(FailureKind::Blocked | FailureKind::Skipped) => blocked = true,
        None if !selected => return Conclusion::NothingSelected,
        None => {}
    }
    match (misconfigured, failed, blocked) {
        (true, _, _) => Conclusion::Misconfigured,
        (false, true, _) => Conclusion::NotConforming,
        (false, false, true) => Conclusion::Blocked,
        (false, false, false) => Conclusion::Conforming,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use FailureKind::{Blocked, Defect, Drift, Misconfigured, Skipped, Unmet};

    fn failure(kind: FailureKind) -> Failure {
        Failure::new(kind, "", format!("{kind:?}"))
    }

    #[test]
    fn the_first_of_the_worst_causes_decides_an_attempt() {
        for (causes, verdict, deciding) in [
            (&[][..], Verdict::Passed, None),
            (&[Unmet], Verdict::Failed, Some(Unmet)),
            (&[Defect], Verdict::Failed, Some(Defect)),
            (&[Drift], Verdict::Drifted, Some(Drift)),
            (&[Blocked], Verdict::Blocked, Some(Blocked)),
            (&[Misconfigured], Verdict::Blocked, Some(Misconfigured)),
            (&[Skipped], Verdict::Skipped, Some(Skipped)),
            (&[Blocked, Blocked], Verdict::Blocked, Some(Blocked)),
            (&[Misconfigured, Blocked], Verdict::Blocked, Some(Misconfigured)),
            (&[Skipped, Defect], Verdict::Failed, Some(Defect)),
            (&[Blocked, Unmet], Verdict::Failed, Some(Unmet)),
            (&[Unmet, Defect], Verdict::Failed, Some(Unmet)),
            (&[Drift, Blocked], Verdict::Drifted, Some(Drift)),
        ] {
            let causes: Vec<Failure> = causes.iter().copied().map(failure).collect();
            let (seen, cause) = attempt_verdict(&causes);
            assert_eq!((seen, cause.map(|cause| cause.kind)), (verdict, deciding), "{causes:?}");
        }
    }

    #[test]
    fn the_last_attempt_decides_a_scenario() {
        use Verdict::{Blocked, Failed, Flaky, Passed, Skipped};
        for (attempts, verdict) in [
            (&[][..], None),
            (&[Passed], Some(Passed)),
            (&[Failed, Passed], Some(Flaky)),
            (&[Blocked, Failed, Passed], Some(Flaky)),
            (&[Failed, Blocked], Some(Blocked)),
            (&[Failed, Failed], Some(Failed)),
            (&[Failed, Skipped], Some(Skipped)),
        ] {
            assert_eq!(scenario_verdict(attempts), verdict, "{attempts:?}");
        }
    }

    #[test]
    fn only_what_could_end_otherwise_is_retried() {
        for (kind, again) in
            [(Unmet, true), (Drift, true), (Blocked, true), (Skipped, false), (Misconfigured, false), (Defect, false)]
        {
            let causes = [failure(kind)];
            let (verdict, cause) = attempt_verdict(&causes);
            assert_eq!(worth_retrying(verdict, cause), again, "{kind:?}");
        }
        assert!(!worth_retrying(Verdict::Passed, None));
    }

    #[test]
    fn a_run_concludes_by_precedence() {
        let (misconfigured, unmet, blocked) = (failure(Misconfigured), failure(Unmet), failure(Blocked));
        let passed = (Verdict::Passed, None);
        let flaky = (Verdict::Flaky, None);
        let skipped = (Verdict::Skipped, None);
        let failed = (Verdict::Failed, Some(&unmet));
        let drifted = (Verdict::Drifted, None);
        let stuck = (Verdict::Blocked, Some(&blocked));
        let refused = (Verdict::Blocked, Some(&misconfigured));
        for (scenarios, conclusion) in [
            (&[][..], Conclusion::NothingSelected),
            (&[passed], Conclusion::Conforming),
            (&[passed, flaky, skipped], Conclusion::Conforming),
            (&[skipped], Conclusion::Conforming),
            (&[passed, stuck], Conclusion::Blocked),
            (&[stuck, drifted], Conclusion::NotConforming),
            (&[failed, stuck, passed], Conclusion::NotConforming),
            (&[failed, refused, stuck], Conclusion::Misconfigured),
        ] {
            assert_eq!(conclude(scenarios.iter().copied(), None), conclusion, "{scenarios:?}");
        }
        for (prevented, alone, after_failure) in [
            (Misconfigured, Conclusion::Misconfigured, Conclusion::Misconfigured),
            (Blocked, Conclusion::Blocked, Conclusion::NotConforming),
            (Defect, Conclusion::Defect, Conclusion::Defect),
        ] {
            let prevented = failure(prevented);
            assert_eq!(conclude([], Some(&prevented)), alone);
            assert_eq!(conclude([passed, failed], Some(&prevented)), after_failure);
        }
    }
}
