//! What may be typed after `sign`.

use crate::commands::{Colour, Format};
use crate::wire::Dialect;
use clap::{Args, Subcommand, ValueEnum, builder::PossibleValuesParser, builder::TypedValueParser};

#[derive(Clone, Debug, Args)]
pub struct SignArgs {
    #[command(subcommand)]
    pub what: SignWhat,
}

#[derive(Clone, Debug, Subcommand)]
pub enum SignWhat {
    /// A payment request: client_key, amount, currency, merchant_order_id, success_url, failure_url
    Request(FieldsArgs),
    /// A payment webhook, as received or as {"secret", "fields"}
    PaymentWebhook(FieldsArgs),
    /// The query of a redirect, as URL, as query, or as {"secret", "fields"}
    Redirect(FieldsArgs),
    /// A status update: merchant_order_ref and status; its recipe is inferred
    StatusUpdate(FieldsArgs),
    /// Says what in a text or an amount signs differently in the vendor's samples
    #[command(
        after_help = "Every character signs alike but the space, ~ and *; of amounts, whole ones below 10^14 do, and below 10^12 those with \
                      two decimals.\nExit codes: 0 it signs alike everywhere, 1 it signs differently, 2 usage."
    )]
    Lint(LintArgs),
}

#[derive(Clone, Debug, Args)]
#[command(
    after_help = "The secret is read from the input or from PORTONE_SECRET, the client key from the input or from PORTONE_KEY.\n\
                  Exit codes: 0 signed or verified, 1 not verified, 2 usage or a malformed input."
)]
pub struct FieldsArgs {
    /// A file with one JSON object, or with one a line; the standard input without one. For a redirect also its URL or query
    #[arg(value_name = "INPUT")]
    pub input: Option<String>,
    /// Whose sample's signature: go is the canonical one
    #[arg(long, value_name = "NAME", value_parser = dialects(), default_value = "go", conflicts_with = "batch")]
    pub dialect: Dialect,
    /// Whether HASH is the signature, and if not, what it is instead
    #[arg(long, value_name = "HASH", allow_hyphen_values = true, conflicts_with = "batch")]
    pub verify: Option<String>,
    /// The exact strings that are signed, with what differs between dialects marked
    #[arg(long, conflicts_with = "batch")]
    pub explain: bool,
    /// One JSON object a line in, what every dialect prints for it a line out
    #[arg(long)]
    pub batch: bool,
    /// json: for machines, on the standard output
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    #[arg(long, value_enum, default_value_t = Colour::Auto)]
    pub color: Colour,
}

#[derive(Clone, Debug, Args)]
pub struct LintArgs {
    /// Order ids, URLs, amounts; what can be a number is looked at both as a text and as an amount
    #[arg(value_name = "TEXT", required = true, allow_negative_numbers = true)]
    pub texts: Vec<String>,
    /// What TEXT is
    #[arg(long = "as", value_name = "KIND", value_enum)]
    pub kind: Option<LintKind>,
    /// json: for machines, on the standard output
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    #[arg(long, value_enum, default_value_t = Colour::Auto)]
    pub color: Colour,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LintKind {
    Text,
    Amount,
}

fn dialects() -> impl TypedValueParser<Value = Dialect> {
    PossibleValuesParser::new(Dialect::ALL.map(Dialect::name)).try_map(|name| name.parse::<Dialect>())
}
