//! Exit codes.

use crate::journal::{Failure, FailureKind};
use crate::runner::Conclusion;
use std::process::ExitCode;

/// How the program ends. The numbers are promised in the README.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Everything observed is as documented.
    Conforming = 0,
    /// Something failed or drifted.
    NotConforming = 1,
    /// Usage or configuration, refused credentials included.
    Misconfigured = 2,
    /// Nothing failed, but something was blocked.
    Blocked = 3,
    /// Nothing was selected.
    NothingSelected = 4,
    /// A defect of ours.
    Defect = 101,
}

impl Exit {
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Of what kept a command from being carried out: without a kind of its own it is a wrong input.
    #[must_use]
    pub fn of(error: &anyhow::Error) -> Self {
        match error.downcast_ref::<Failure>().map(|failure| failure.kind) {
            Some(FailureKind::Blocked) => Self::Blocked,
            Some(FailureKind::Defect) => Self::Defect,
            _ => Self::Misconfigured,
        }
    }
}

impl From<Conclusion> for Exit {
    fn from(conclusion: Conclusion) -> Self {
        match conclusion {
            Conclusion::Conforming => Self::Conforming,
            Conclusion::NotConforming => Self::NotConforming,
            Conclusion::Misconfigured => Self::Misconfigured,
            Conclusion::Blocked => Self::Blocked,
            Conclusion::NothingSelected => Self::NothingSelected,
            Conclusion::Defect => Self::Defect,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
