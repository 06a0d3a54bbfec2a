//! What a target must do with a request: the rules, and the answer that is held against them.

use crate::catalog::Code;
use crate::wire::contract::{Departure, Operation, Payload, Wrong, check_answer};
use serde_json::Value;

/// An answer longer than this is none that is documented.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// A rule that an answer can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// A valid request is accepted, or refused with a documented code.
    ValidAnswered,
    /// A broken request is never accepted.
    BrokenRefused,
    /// No request is answered 5xx.
    NeverBroken,
    /// An answer is as documented: accepted ones in their shape, refused ones in the envelope with a documented code.
    Documented,
    /// Every request is answered.
    Answered,
    /// A repeated request changes nothing.
    RepeatChangesNothing,
    /// What the API tells of orders and refunds is what the operations come to.
    LedgerAgrees,
}

impl Rule {
    /// The rule as a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::ValidAnswered => "a valid request is accepted, or refused with a documented code",
            Self::BrokenRefused => "a broken request is never accepted",
            Self::NeverBroken => "no request is answered 5xx",
            Self::Documented => {
                "an answer is in its documented shape, a refusal in the envelope with a documented code"
            }
            Self::Answered => "every request is answered",
            Self::RepeatChangesNothing => "a repeated request changes nothing",
            Self::LedgerAgrees => "the API tells of orders and refunds what the operations came to",
        }
    }
}

/// A broken rule, and what was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Breach {
    pub rule: Rule,
    pub observed: String,
}

impl Breach {
    pub(super) fn new(rule: Rule, observed: impl std::fmt::Display) -> Self {
        Self { rule, observed: observed.to_string() }
    }
}

/// An answer, read whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub content_type: String,
    pub text: String,
    /// The body as JSON; null when it is none.
    pub json: Value,
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        /// More of it would say no more.
        const SHOWN: usize = 300;
        let shown: String = self.text.chars().take(SHOWN).collect();
        write!(f, "{} {shown}{}", self.status, if shown.len() < self.text.len() { " …" } else { "" })
    }
}

impl Answer {
    pub(super) async fn read(http: &reqwest::Client, request: reqwest::Request) -> Result<Self, String> {
        let innermost = |error: reqwest::Error| {
            let mut cause: &dyn std::error::Error = &error;
            while let Some(inner) = cause.source() {
                cause = inner;
            }
            cause.to_string()
        };
        let mut response = http.execute(request).await.map_err(innermost)?;
        let status = response.status().as_u16();
        let content_type = response.headers().get(reqwest::header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(innermost)? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(format!("an answer of more than {MAX_ANSWER} bytes"));
            }
            body.extend_from_slice(&chunk);
        }
        let json = serde_json::from_slice(&body).unwrap_or_default();
        Ok(Self { status, content_type, text: String::from_utf8_lossy(&body).into_owned(), json })
    }

    #[must_use]
    pub const fn is_accepted(&self) -> bool {
        self.status >= 200 && self.status < 300
    }

    /// Whether the target says that it is down, which may have nothing to do with the request.
    #[must_use]
    pub const fn is_down(&self) -> bool {
        matches!(self.status, 429 | 502..=504)
    }

    /// `status_code` of a refusal.
    #[must_use]
    pub fn code(&self) -> &str {
        self.json["status_code"].as_str().unwrap_or_default()
    }
}

/// The answer to a request that was broken on purpose; without an operation where method or path name none.
pub(super) fn broken(operation: Option<Operation>, answer: &Answer) -> Result<(), Breach> {
    if answer.is_accepted() {
        return Err(Breach::new(Rule::BrokenRefused, answer));
    }
    refusal(operation, answer)
}

/// The answer to a valid request.
pub(super) fn valid(operation: Operation, answer: &Answer) -> Result<(), Breach> {
    if !answer.is_accepted() {
        return refusal(Some(operation), answer).map_err(|breach| match breach.rule {
            Rule::Documented => Breach { rule: Rule::ValidAnswered, ..breach },
            _ => breach,
        });
    }
    let departures = departures(Some(operation), answer);
    if departures.is_empty() {
        Ok(())
    } else {
        Err(Breach::new(Rule::Documented, format!("{}: {answer}", departures.join("; "))))
    }
}

/// Where an answer is not as documented. A field that no page knows breaks no rule: it may be new.
fn departures(operation: Option<Operation>, answer: &Answer) -> Vec<String> {
    let departures = match operation {
        Some(operation) if answer.json.is_object() => check_answer(operation, answer.status, &answer.json),
        _ => Payload::Refusal.shape().departures(&answer.json).into_iter().collect(),
    };
    // A status that no page knows is one that a client does not expect.
    let new = |departure: &Departure| departure.wrong == Wrong::Unknown && !departure.field.starts_with("status ");
    departures.iter().filter(|departure| !new(departure)).map(ToString::to_string).collect()
}

fn refusal(operation: Option<Operation>, answer: &Answer) -> Result<(), Breach> {
    if answer.status >= 500 {
        return Err(Breach::new(Rule::NeverBroken, answer));
    }
    let undocumented = |why: String| Err(Breach::new(Rule::Documented, format!("{why}: {answer}")));
    if !answer.content_type.starts_with("application/json") {
        return undocumented(format!("content type {:?}", answer.content_type));
    }
    if let Some(departure) = departures(operation, answer).into_iter().next() {
        return undocumented(departure);
    }
    if answer.json["message"].as_str().is_none_or(str::is_empty) {
        return undocumented("no message".to_owned());
    }
    if Code::ALL.iter().all(|code| code.number() != answer.code()) {
        return undocumented(format!("code {:?}", answer.code()));
    }
    Ok(())
}
