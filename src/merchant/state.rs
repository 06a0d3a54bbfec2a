//! How an order stands, in the words of the integration file.

use super::WordsSection;

/// How an order stands in the shop's books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    Paid,
    Failed,
    Pending,
    Refunded,
    PartlyRefunded,
    /// A word that the integration file does not have.
    Other(String),
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Paid => f.pad("paid"),
            Self::Failed => f.pad("failed"),
            Self::Pending => f.pad("pending"),
            Self::Refunded => f.pad("refunded"),
            Self::PartlyRefunded => f.pad("partly refunded"),
            Self::Other(word) => write!(f, "{word:?}, which is no word of the integration file"),
        }
    }
}

impl State {
    pub(super) fn of(word: &str, words: &WordsSection) -> Self {
        let word = word.trim();
        let is = |known: &String| match (known.to_lowercase(), word.to_lowercase()) {
            (known, word) if known.ends_with('*') => word.starts_with(known.trim_end_matches('*')),
            (known, word) => known == word,
        };
        let is_one_of = |known: &[String]| known.iter().any(is);
        if is_one_of(&words.partly_refunded) {
            Self::PartlyRefunded
        } else if is_one_of(&words.refunded) {
            Self::Refunded
        } else if is_one_of(&words.paid) {
            Self::Paid
        } else if is_one_of(&words.failed) {
            Self::Failed
        } else if is_one_of(&words.pending) {
            Self::Pending
        } else {
            Self::Other(word.to_owned())
        }
    }
}
