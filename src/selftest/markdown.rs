//! The matrix as a page of documentation.

use super::{Matrix, Standing, matrix::is_must};
use std::fmt::Write;

/// The matrix in Markdown.
#[must_use]
pub fn markdown(matrix: &Matrix) -> String {
    let musts = matrix.trials.iter().filter(|trial| is_must(trial)).count();
    let killed = matrix.trials.iter().filter(|trial| is_must(trial) && trial.standing == Standing::Killed).count();
    let mut text = String::from("# Kill matrix\n\n");
    let _ = writeln!(
        text,
        "Every check can fail: the twin is told to commit one fault after the other, and for each the scenarios that depend on it run. \
         Made by `smartpay-conformance selftest`.\n\n\
         - {killed} of {musts} faults against requirements that must hold are killed by a scenario of their own requirement.\n\
         - {} of all {} faults are killed by their own requirement, {} by another one, {} survive, {} are reached by nothing.\n\
         - {} scenarios are killed by no fault.",
        matrix.count(Standing::Killed),
        matrix.trials.len(),
        matrix.count(Standing::WrongRequirement),
        matrix.count(Standing::Survived),
        matrix.count(Standing::Unreached),
        matrix.killed_by_none.len(),
    );
    for id in &matrix.killed_by_none {
        let _ = writeln!(text, "  - `{id}`");
    }
    text.push_str("\n| Fault | Kind | Against | What the sandbox does wrong | Stands | Noticed by | At the step | Scenarios |\n|---|---|---|---|---|---|---|---|\n");
    for trial in &matrix.trials {
        let proof = trial.proof();
        let _ = writeln!(
            text,
            "| `{}` | {} | {}{} | {} | {} | {} | {} | {} of {} |",
            trial.fault.id,
            trial.fault.kind.word(),
            trial.fault.requirement,
            if is_must(trial) { "" } else { " (should)" },
            cell(&trial.fault.title),
            trial.standing.words(),
            proof.map(|kill| format!("`{}`", kill.scenario)).unwrap_or_default(),
            proof.and_then(|kill| kill.step.as_deref()).map(cell).unwrap_or_default(),
            trial.kills.len(),
            trial.ran,
        );
    }
    text
}

pub(super) fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
