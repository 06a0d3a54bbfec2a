//! Turns a result into a step's end: a typed failure travels to the runner as the payload of the step's panic, which is
//! how cucumber ends a step.

use crate::journal::Failure;

pub(in crate::steps) trait Must<T> {
    /// The value, or the end of the step.
    fn must(self) -> T;
}

impl<T, E: Into<Failure>> Must<T> for Result<T, E> {
    fn must(self) -> T {
        match self {
            Ok(value) => value,
            Err(error) => std::panic::panic_any(error.into()),
        }
    }
}
