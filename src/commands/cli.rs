//! What may be typed.

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::SignedDuration;
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use url::Url;

/// Says, with evidence, whether a SmartPay (PortOne, Vietnam) sandbox behaves as documented.
#[derive(Debug, Parser)]
#[command(name = "smartpay-conformance", version, arg_required_else_help = true, max_term_width = 120)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs scenarios against a target and reports what they saw
    #[command(
        after_help = "Exit codes: 0 conforming, 1 not conforming (something failed or drifted), 2 usage or configuration, \
                            3 nothing failed but something was blocked, 4 nothing selected, 101 a defect of this program."
    )]
    Run(Box<RunArgs>),
    /// Runs the embedded sandbox alone, until Ctrl-C
    Twin(TwinArgs),
}

#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// Feature files or folders, requirement ids or scenario ids; all scenarios without any
    #[arg(value_name = "FEATURE|REQUIREMENT-ID")]
    pub select: Vec<String>,
    /// What to drive: `twin`, the embedded sandbox, or `sandbox`, the vendor's (needs PORTONE_KEY and PORTONE_SECRET)
    #[arg(long, value_name = "NAME", default_value = "twin")]
    pub target: String,
    /// Only scenarios whose tags fulfil this, for example '@CARD-01 and not @needs-wallet'
    #[arg(long, value_name = "EXPR")]
    pub tags: Option<String>,
    /// Only scenarios whose name matches this
    #[arg(long, value_name = "REGEX")]
    pub name: Option<String>,
    /// Where journal, evidence and reports go [default: target/conformance in this project, conformance-out elsewhere]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Further attempts of a scenario that did not pass [default: 0 on the twin, 1 elsewhere]
    #[arg(long, value_name = "N")]
    pub retries: Option<u32>,
    /// The browser's program, if not the one that the driver finds
    #[arg(long, value_name = "NAME")]
    pub browser: Option<PathBuf>,
    /// A WebDriver that runs already, for example a Selenium Grid
    #[arg(long, value_name = "URL")]
    pub webdriver: Option<Url>,
    /// Shows the browser
    #[arg(long)]
    pub headed: bool,
    /// Of which scenarios DOM and console are kept
    #[arg(long, value_enum, default_value_t = Evidence::Failed)]
    pub evidence: Evidence,
    /// Ends the run after this long, for example 10m or '1h 30m'; what has not ended then is blocked
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub deadline: Option<Duration>,
    /// Repeats a run's choices; each run says its own
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Lists what would run, checks that every step has a definition, and runs nothing
    #[arg(long)]
    pub dry_run: bool,
    /// json: a summary for machines on the standard output, beside what people see on the error output
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    #[arg(long, value_enum, default_value_t = Colour::Auto)]
    pub color: Colour,
}

#[derive(Clone, Copy, Debug, Args)]
pub struct TwinArgs {
    /// Where to listen; port 0 takes any free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// The same seed gives the same accounts and references
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Evidence {
    /// Of those that did not pass
    Failed,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Human,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// If the output is a terminal and NO_COLOR is not set
    Auto,
    Always,
    Never,
}

fn duration(text: &str) -> Result<Duration, String> {
    let parsed: SignedDuration = text.parse().map_err(|_| "expected something like 90s, 10m or '1h 30m'".to_owned())?;
    let positive = Duration::try_from(parsed).ok().filter(|duration| !duration.is_zero());
    positive.ok_or_else(|| "expected a time to come".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn deadlines_are_read_as_people_write_them() {
        for (text, seconds) in [("90s", 90), ("10m", 600), ("1h 30m", 5_400), ("1h30m", 5_400)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "10", "-5m", "0s", "soon"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
