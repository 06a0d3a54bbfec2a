//! What may be typed.

use super::SignArgs;
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::SignedDuration;
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use url::Url;

/// Says, with evidence, whether a SmartPay (PortOne, Vietnam) sandbox behaves as documented.
#[derive(Debug, Parser)]
#[command(name = "smartpay-conformance", version, arg_required_else_help = true, max_term_width = 120)]
pub struct Cli {
    /// Describes targets [default: conformance.toml in this folder, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
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
    /// Makes the reports of a run again, also of one that was killed, or of several together
    #[command(after_help = "Exit codes are those of run; of --ticket: 0 it was written, 2 usage.")]
    Report(ReportArgs),
    /// Runs the embedded sandbox alone, until Ctrl-C
    Twin(TwinArgs),
    /// Sends requests made by chance, valid ones and broken ones, and says which rule a target broke
    #[command(
        after_help = "Exit codes: 0 no rule was broken, 1 some was, 2 usage or configuration, 3 the target stopped answering."
    )]
    Fuzz(FuzzArgs),
    /// Looks at pages as the journeys do, to write a page profile for them
    #[command(subcommand)]
    Pages(PagesWhat),
    /// Proves that every check can fail: the suite runs once for each known way in which a sandbox could deviate
    #[command(
        after_help = "Exit codes: 0 every fault that must be noticed was, and every scenario noticed one, 1 not so, 2 usage, \
                            3 the environment kept it from its end."
    )]
    Selftest(SelftestArgs),
    /// Drives a merchant's shop, says check by check whether its integration is right, and issues a certificate
    #[command(
        after_help = "Exit codes: 0 a certificate was issued (with CHECK-IDs: they passed), 1 a check that must pass did not, 2 usage or \
                            configuration, 3 something was blocked, 4 nothing was selected."
    )]
    Certify(Box<CertifyArgs>),
    /// Says whether a certificate and its evidence are what was signed
    #[command(after_help = "Exit codes: 0 they are, 1 they are not, 2 usage, or there is no certificate.")]
    Verify(VerifyArgs),
    /// Says what is configured and where it comes from, and whether a run could be carried out
    #[command(
        after_help = "Exit codes, by the worst line: 0 all is well or only warnings, 2 usage or configuration, refused credentials \
                            included, 3 the environment would block a run."
    )]
    Doctor(DoctorArgs),
    /// Signs, verifies and explains as the vendor's samples in six languages do
    Sign(Box<SignArgs>),
}

#[derive(Debug, Subcommand)]
pub enum PagesWhat {
    /// Opens a page and says of every frame, field and button which profile entry finds it, or proposes one
    #[command(
        after_help = "What is typed into fields is never printed. Exit codes: 0 the page was looked at, 2 usage or configuration, \
                            3 the page did not come, or there is no browser."
    )]
    Inspect(Box<InspectArgs>),
}

/// Which browser pages are opened in.
#[derive(Clone, Debug, Args)]
pub struct BrowserArgs {
    /// The browser's program, if not the one that the driver finds
    #[arg(long, value_name = "NAME")]
    pub browser: Option<PathBuf>,
    /// A WebDriver that runs already, for example a Selenium Grid
    #[arg(long, value_name = "URL")]
    pub webdriver: Option<Url>,
    /// Shows the browser
    #[arg(long)]
    pub headed: bool,
}

#[derive(Clone, Debug, Args)]
pub struct InspectArgs {
    /// The page's address
    #[arg(value_name = "URL", value_parser = web_address)]
    pub url: Url,
    /// A profile to lay over the built-in one, for example to see what a new entry finds
    #[arg(long, value_name = "FILE")]
    pub profile: Option<PathBuf>,
    /// The language to ask for, for example vi
    #[arg(long, value_name = "TAG")]
    pub language: Option<String>,
    /// How long the page may take to come to rest
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "30s")]
    pub within: Duration,
    #[command(flatten)]
    pub browser: BrowserArgs,
    /// json: the same for machines
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

#[derive(Clone, Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["integration", "init", "check", "keygen"]))]
pub struct CertifyArgs {
    /// Checks to run, by their ids; the whole profile without any. A part gives no certificate
    #[arg(value_name = "CHECK-ID", conflicts_with_all = ["init", "check", "keygen"])]
    pub checks: Vec<String>,
    /// Describes the shop: how it is started, where it is told of payments, where it says how an order stands
    #[arg(long, value_name = "FILE")]
    pub integration: Option<PathBuf>,
    /// Writes an integration file with comments to begin with, to integration.toml in this folder
    #[arg(long)]
    pub init: bool,
    /// Says what is wrong with an integration file, and starts nothing
    #[arg(long, value_name = "FILE")]
    pub check: Option<PathBuf>,
    /// Says the public key that certificates are signed with; makes the key if there is none
    #[arg(long)]
    pub keygen: bool,
    /// What to certify for
    #[arg(long, value_enum, default_value_t = ProfileName::GoLive)]
    pub profile: ProfileName,
    #[command(flatten)]
    pub browser: BrowserArgs,
    /// Of which checks DOM and console are kept
    #[arg(long, value_enum, default_value_t = Evidence::Failed)]
    pub evidence: Evidence,
    /// Where certificate, journal and reports go [default: target/conformance/certify in this project, conformance-out/certify elsewhere]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Ends it after this long, for example 10m
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub deadline: Option<Duration>,
    /// json: a summary for machines on the standard output, beside what people see on the error output
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    #[arg(long, value_enum, default_value_t = Colour::Auto)]
    pub color: Colour,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProfileName {
    /// It can be tried by others
    SandboxReady,
    /// It can take money
    GoLive,
}

#[derive(Clone, Debug, Args)]
pub struct VerifyArgs {
    /// The folder of a certificate, or the document in it
    #[arg(value_name = "PATH")]
    pub path: PathBuf,
    /// A key that you trust: its text, ed25519:…, or a file with it
    #[arg(long, value_name = "FILE|FINGERPRINT")]
    pub key: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub struct SelftestArgs {
    /// Faults to try, by their ids; all without any. With --integration, defects of the shop
    #[arg(value_name = "FAULT-ID")]
    pub faults: Vec<String>,
    /// Tries the checks of `certify` instead, on a shop whose integration file says which defects it can be told to have
    #[arg(long, value_name = "FILE")]
    pub integration: Option<PathBuf>,
    /// Runs every scenario under every fault: a fault must fail nothing that does not depend on it
    #[arg(long)]
    pub full: bool,
    #[command(flatten)]
    pub browser: BrowserArgs,
    /// Where journals and the matrix go [default: target/conformance/selftest in this project, conformance-out/selftest elsewhere]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Ends it after this long, for example 10m
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub deadline: Option<Duration>,
    /// json: the matrix for machines on the standard output
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

#[derive(Clone, Debug, Args)]
pub struct DoctorArgs {
    /// What to look at: `twin`, `sandbox`, or a target that the configuration describes
    #[arg(long, value_name = "NAME", default_value = "twin")]
    pub target: String,
    /// A WebDriver that runs already, for example a Selenium Grid
    #[arg(long, value_name = "URL")]
    pub webdriver: Option<Url>,
    /// json: the same for machines on the standard output
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

#[derive(Clone, Debug, Args)]
pub struct FuzzArgs {
    /// What to send to: `twin`, the embedded sandbox, `sandbox`, the vendor's (needs PORTONE_KEY and PORTONE_SECRET), or
    /// one that the configuration describes
    #[arg(long, value_name = "NAME", default_value = "twin")]
    pub target: String,
    /// How many cases [default: 25000 on the twin, 200 elsewhere]
    #[arg(long, value_name = "N")]
    pub cases: Option<u64>,
    /// The same seed makes the same cases; each run says its own
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// At most so many requests a second [default: no limit on the twin, 2 elsewhere]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: Option<u32>,
    /// Cases that fail are kept in its folder fuzz [default: target/conformance in this project, conformance-out elsewhere]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Ends after this long, for example 10m or '1h 30m'
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub deadline: Option<Duration>,
    /// json: a summary for machines on the standard output, beside what people see on the error output
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// Feature files or folders, requirement ids or scenario ids; all scenarios without any
    #[arg(value_name = "FEATURE|REQUIREMENT-ID")]
    pub select: Vec<String>,
    /// What to drive: `twin`, the embedded sandbox, `sandbox`, the vendor's (needs PORTONE_KEY and PORTONE_SECRET), or one
    /// that the configuration describes [default: twin]
    #[arg(long, value_name = "NAME")]
    pub target: Option<String>,
    /// Only scenarios whose tags fulfil this, for example '@CARD-01 and not @needs-wallet'
    #[arg(long, value_name = "EXPR")]
    pub tags: Option<String>,
    /// Only scenarios whose name matches this
    #[arg(long, value_name = "REGEX")]
    pub name: Option<String>,
    /// Where journal, evidence and reports go [default: target/conformance in this project, conformance-out elsewhere]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Goes on with the run in DIR: tries what has no verdict yet or was blocked, on the same target, with the same selection
    /// and seed, and keeps the rest
    #[arg(long, value_name = "DIR", conflicts_with_all = ["out", "dry_run"])]
    pub resume: Option<PathBuf>,
    /// Further attempts of a scenario that did not pass [default: 0 on the twin, 1 elsewhere]
    #[arg(long, value_name = "N")]
    pub retries: Option<u32>,
    #[command(flatten)]
    pub browser: BrowserArgs,
    /// A person stands by with the test app, and is told what to do
    #[arg(long)]
    pub attended: bool,
    /// Of which scenarios DOM and console are kept
    #[arg(long, value_enum, default_value_t = Evidence::Failed)]
    pub evidence: Evidence,
    /// Goes on after 3 blocked scenarios in a row, which otherwise block the rest at once
    #[arg(long)]
    pub keep_going: bool,
    /// Known deviations that are accepted [default: expectations.toml in this folder, if there is one]
    #[arg(long, value_name = "FILE")]
    pub expectations: Option<PathBuf>,
    /// Ends the run after this long, for example 10m or '1h 30m'; what has not ended then is blocked
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub deadline: Option<Duration>,
    /// At most so many requests a second [default: no limit on the twin, 2 elsewhere]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: Option<u32>,
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

#[derive(Clone, Debug, Args)]
pub struct ReportArgs {
    /// Folders of runs, such as --out of run names them. Of a scenario that is in several, a verdict wins over a block, and
    /// then the later one over the earlier
    #[arg(value_name = "DIR", required = true)]
    pub folders: Vec<PathBuf>,
    /// Where the reports go [default: into DIR, if there is one only]; the file of a ticket [default: standard output]
    #[arg(long, value_name = "DIR|FILE")]
    pub out: Option<PathBuf>,
    /// Writes, instead of reports, a Markdown text about one scenario for the vendor's support: its id, a requirement's id,
    /// or a part of either that is in one only
    #[arg(long, value_name = "SCENARIO")]
    pub ticket: Option<String>,
    /// json: a summary for machines on the standard output, beside what people see on the error output
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    #[arg(long, value_enum, default_value_t = Colour::Auto)]
    pub color: Colour,
}

#[derive(Clone, Debug, Args)]
pub struct TwinArgs {
    /// Where to listen; port 0 takes any free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// The same seed gives the same accounts and references
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Something it does wrong on purpose, by its id in the catalogue of faults; can be given again
    #[arg(long, value_name = "ID")]
    pub fault: Vec<String>,
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

impl Colour {
    /// Whether to use colours on an output that by itself is fit for them or not.
    pub(super) const fn decide(self, fit: bool) -> bool {
        match self {
            Self::Auto => fit,
            Self::Always => true,
            Self::Never => false,
        }
    }
}

fn web_address(text: &str) -> Result<Url, String> {
    let url: Url = text.parse().map_err(|error| format!("{error}"))?;
    if matches!(url.scheme(), "http" | "https") && url.has_host() {
        return Ok(url);
    }
    Err("expected an address that starts with http:// or https://".to_owned())
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
