//! The command line: one file per subcommand, each parses, calls the rooms below, and chooses the exit code.

mod cli;
mod environment;
mod exit;
mod folder;
mod interruption;
mod output;
mod project;
mod run;
mod stage;
mod target;
mod twin;

pub use cli::{Cli, Colour, Command, Evidence, Format, RunArgs, TwinArgs};
pub use environment::Environment;
pub use exit::Exit;
pub use run::Setting;

use crate::{
    journal::Failure,
    runner::{StagedWorld, quiet_panics},
    steps::World,
};
use clap::Parser;
use std::{ffi::OsString, process::ExitCode};

/// The whole program.
#[must_use]
pub fn main() -> ExitCode {
    main_on::<World, _>(std::env::args_os(), stage::stage).into()
}

/// The whole program with another world and its stage, as the tests of the runner need it. The first of `args` is the
/// program's name.
#[must_use]
pub fn main_on<W, F>(args: impl IntoIterator<Item = OsString>, stage: F) -> Exit
where
    W: StagedWorld,
    F: AsyncFnOnce(Setting) -> Result<W::Stage, Failure>,
{
    let environment = Environment::read();
    tracing_subscriber::fmt()
        .with_env_filter(environment.log_filter())
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(environment.colour)
        .init();
    quiet_panics();
    match Cli::try_parse_from(args) {
        Ok(Cli { command: Command::Run(args) }) => run::run::<W, F>(*args, &environment, stage),
        Ok(Cli { command: Command::Twin(args) }) => twin::twin(&args),
        Err(error) => {
            // Help is an error to clap too; a closed terminal is none to us.
            drop(error.print());
            if error.use_stderr() { Exit::Misconfigured } else { Exit::Conforming }
        }
    }
}
