//! The command line: one file per subcommand, each parses, calls the rooms below, and chooses the exit code.

mod arrangement;
mod certification;
mod certify;
mod cli;
mod conclusion;
mod configuration;
mod doctor;
mod environment;
mod exit;
mod expectations;
mod folder;
mod fresh;
mod fuzz;
mod integration;
mod interruption;
mod output;
mod pages;
mod progress;
mod project;
mod rehearsal;
mod report;
mod resumption;
mod run;
mod selftest;
mod shop_selftest;
mod sign;
mod stage;
mod target;
mod turn;
mod twin;
mod verify;

pub use cli::{
    BrowserArgs, CertifyArgs, Cli, Colour, Command, DoctorArgs, Evidence, Format, FuzzArgs, InspectArgs, PagesWhat,
    ProfileName, ReportArgs, RunArgs, SelftestArgs, TwinArgs, VerifyArgs,
};
pub use configuration::configuration_schema;
pub use environment::Environment;
pub use exit::Exit;
pub use run::Setting;
pub use sign::{FieldsArgs, LintArgs, LintKind, SignArgs, SignWhat};
pub use stage::stage;

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
    main_on::<World, _>(std::env::args_os(), stage).into()
}

/// The whole program with another world and its stage, as the tests of the runner need it. The first of `args` is the
/// program's name.
#[must_use]
pub fn main_on<W, F>(args: impl IntoIterator<Item = OsString>, stage: F) -> Exit
where
    W: StagedWorld,
    F: AsyncFn(Setting) -> Result<W::Stage, Failure>,
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
        Ok(Cli { command, config }) => match command {
            Command::Run(args) => run::run::<W, F>(*args, config, &environment, stage),
            Command::Selftest(args) => match args.integration.as_deref() {
                Some(file) => shop_selftest::selftest(&args, file, &environment),
                None => selftest::selftest::<W, F>(&args, &environment, stage),
            },
            Command::Certify(args) => certify::certify(&args, &environment),
            Command::Verify(args) => verify::verify(&args),
            Command::Report(args) => report::report(&args, &environment),
            Command::Twin(args) => twin::twin(&args),
            Command::Fuzz(args) => fuzz::fuzz(&args, config.as_deref(), &environment),
            Command::Pages(PagesWhat::Inspect(args)) => pages::inspect(*args),
            Command::Doctor(args) => doctor::doctor(&args, config.as_deref(), &environment),
            Command::Sign(args) => sign::sign(&args, &environment),
        },
        Err(error) => {
            // Help is an error to clap too; a closed terminal is none to us.
            drop(error.print());
            if error.use_stderr() { Exit::Misconfigured } else { Exit::Conforming }
        }
    }
}
