//! Carries a case out on its ground, and says which rule was broken, if one was.

use super::judge::{Breach, broken, valid};
use super::sequence::Expected;
use super::{Answer, Breakage, Case, Ground, GroundError, Rule, Sent};
use crate::sandbox::Draft;
use crate::wire::InitiatePayment;
use crate::wire::contract::Operation;
use serde_json::json;

/// Letters of an id by chance that are kept after the prefix which makes it unique.
const ID_LETTERS: usize = 100;

/// A rule that a case broke.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub rule: Rule,
    pub observed: String,
    /// What was sent, up to the request whose answer broke the rule.
    pub sent: Vec<Sent>,
}

/// What became of a case.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome {
    /// As it must be; the code of the refusal, where the case was one request and was refused.
    Kept {
        refused_with: Option<String>,
    },
    Broke(Finding),
}

/// A case while it is carried out.
pub(super) struct Execution<'a> {
    pub(super) ground: &'a Ground,
    pub(super) sent: Vec<Sent>,
    pub(super) last: Option<Answer>,
}

/// Why an execution ends early.
pub(super) enum Stop {
    Breach(Breach),
    /// No answer came, which says nothing about the request yet.
    Silence(GroundError),
}

impl From<Breach> for Stop {
    fn from(breach: Breach) -> Self {
        Self::Breach(breach)
    }
}

impl From<GroundError> for Stop {
    fn from(error: GroundError) -> Self {
        Self::Silence(error)
    }
}

/// Carries out a case.
///
/// # Errors
/// When the target stopped answering anything.
pub(super) async fn execute(case: &Case, ground: &Ground) -> Result<Outcome, GroundError> {
    let mut execution = Execution { ground, sent: Vec::new(), last: None };
    let ended = match case {
        Case::Valid { request, repeated } => execution.valid(request, *repeated).await,
        Case::Broken { breakage, .. } => {
            let Some(operation) = case.operation() else { return Ok(Outcome::Kept { refused_with: None }) };
            if *breakage == Breakage::OrderOfAnother && ground.other().is_none() {
                return Ok(Outcome::Kept { refused_with: None });
            }
            let reached = breakage.reaches_operation().then_some(operation);
            let draft = breakage.draft(operation, ground);
            match execution.send(draft).await {
                Ok(answer) => execution.refused(reached, &answer).map_err(Stop::from),
                Err(stop) => Err(stop),
            }
        }
        Case::Sequence { steps } => execution.sequence(steps).await,
    };
    let breach = match ended {
        Ok(()) => {
            let refused = execution.last.filter(|answer| !answer.is_accepted());
            return Ok(Outcome::Kept { refused_with: refused.map(|answer| answer.code().to_owned()) });
        }
        Err(Stop::Breach(breach)) => breach,
        Err(Stop::Silence(error)) => Breach::new(Rule::Answered, format!("failed to {error}")),
    };
    // What a target that is down answers says nothing about a request: only if it answers a plain one was it this one.
    let down = breach.rule == Rule::Answered || execution.last.as_ref().is_some_and(Answer::is_down);
    if down {
        ground.probe().await?;
    }
    let observed = ground.redacted(&breach.observed);
    Ok(Outcome::Broke(Finding { rule: breach.rule, observed, sent: execution.sent }))
}

impl Ground {
    /// Whether the target answers a plain request.
    async fn probe(&self) -> Result<(), GroundError> {
        let answer = self.exchange(&self.draft(Operation::AuthToken, "")).await?;
        if answer.is_down() {
            let reason = format!("it says that it is down: {answer}");
            return Err(GroundError::Unreachable { endpoint: self.base().to_owned(), reason });
        }
        Ok(())
    }
}

impl Execution<'_> {
    pub(super) async fn send(&mut self, draft: Draft) -> Result<Answer, Stop> {
        self.sent.push(Sent { draft, answers: Vec::new() });
        let answer = self.ground.exchange(&self.sent[self.sent.len() - 1].draft).await?;
        self.last = Some(answer.clone());
        Ok(answer)
    }

    /// Later requests name what the last answer has in this field.
    pub(super) fn remember(&mut self, field: &'static str, value: &str) {
        if let Some(sent) = self.sent.last_mut() {
            sent.answers.push((field, value.to_owned()));
        }
    }

    /// A valid request of an operation about an order.
    pub(super) async fn ask(
        &mut self,
        operation: Operation,
        order_ref: &str,
        merchant_order_ref: &str,
    ) -> Result<Answer, Stop> {
        let mut draft = self.ground.draft(operation, "");
        draft.path = operation.path().replace("{order_ref}", order_ref).replace("{key}", self.ground.key());
        draft.path = draft.path.replace("{merchant_order_ref}", &escaped(merchant_order_ref));
        let answer = self.send(draft).await?;
        self.answered(operation, &answer)?;
        Ok(answer)
    }

    /// The answer to a valid request.
    fn answered(&self, operation: Operation, answer: &Answer) -> Result<(), Breach> {
        self.ground.note(operation, answer);
        valid(operation, answer)
    }

    /// The answer to a broken request; without an operation where method or path name none.
    fn refused(&self, operation: Option<Operation>, answer: &Answer) -> Result<(), Breach> {
        if let Some(operation) = operation {
            self.ground.note(operation, answer);
        }
        broken(operation, answer)
    }

    async fn valid(&mut self, request: &InitiatePayment, repeated: bool) -> Result<(), Stop> {
        let (id, draft) = initiation_of(request, self.ground);
        let answer = self.send(draft.clone()).await?;
        self.answered(Operation::InitiatePayment, &answer)?;
        if !answer.is_accepted() {
            // The twin promises more than a vendor does: it takes whatever is valid.
            if self.ground.has_levers() {
                return Err(Breach::new(Rule::ValidAnswered, answer).into());
            }
            return Ok(());
        }
        if answer.json["merchant_order_ref"] != json!(id) || answer.json["is_success"] != json!(true) {
            return Err(Breach::new(Rule::Documented, format!("not about the order {id}: {answer}")).into());
        }
        if repeated {
            let order_ref = answer.json["order_ref"].as_str().unwrap_or_default().to_owned();
            let before = self.ask(Operation::TransactionStatus, &order_ref, &id).await?;
            let again = self.send(draft).await?;
            self.repeated(&order_ref, &again)?;
            let after = self.ask(Operation::TransactionStatus, &order_ref, &id).await?;
            if before.json != after.json || before.json["content"]["order_ref"] != json!(order_ref) {
                return Err(Breach::new(Rule::RepeatChangesNothing, format!("{before} before, {after} after")).into());
            }
        }
        Ok(())
    }

    /// The same payment request once more is refused, or answered with the order that it made: either changes nothing.
    pub(super) fn repeated(&self, order_ref: &str, answer: &Answer) -> Result<(), Breach> {
        self.answered(Operation::InitiatePayment, answer)?;
        if !answer.is_accepted() || answer.json["order_ref"] == json!(order_ref) {
            return Ok(());
        }
        Err(Breach::new(Rule::RepeatChangesNothing, format!("another order than {order_ref} was made: {answer}")))
    }

    pub(super) fn expect(&self, expected: Expected, operation: Operation, answer: &Answer) -> Result<(), Breach> {
        self.answered(operation, answer)?;
        if answer.is_accepted() == (expected == Expected::Accepted) {
            return Ok(());
        }
        let wanted = if expected == Expected::Accepted { "accepted" } else { "refused" };
        Err(Breach::new(Rule::LedgerAgrees, format!("{} had to be {wanted}: {answer}", operation.id())))
    }
}

/// The payment request as our merchant sends it.
pub(super) fn initiation(request: &InitiatePayment, ground: &Ground) -> Draft {
    let request = InitiatePayment { key: ground.key().to_owned(), ..request.clone() }.signed(ground.secret());
    let mut draft = ground.draft(Operation::InitiatePayment, "");
    draft.body = Some(serde_json::to_vec(&request).expect("a payment request serialises"));
    draft
}

/// The request of a valid case, with an id that was never used.
fn initiation_of(request: &InitiatePayment, ground: &Ground) -> (String, Draft) {
    let letters: String = request.merchant_order_id.chars().take(ID_LETTERS).collect();
    let id = format!("{}-{letters}", ground.fresh_id());
    let draft = initiation(&InitiatePayment { merchant_order_id: id.clone(), ..request.clone() }, ground);
    (id, draft)
}

/// What does a case again, with ids that were never used; none for sequences, whose requests hang together.
pub(super) fn again(case: &Case, ground: &Ground) -> Option<Vec<Sent>> {
    let sent = |draft: Draft| Sent { draft, answers: Vec::new() };
    match case {
        Case::Valid { request, repeated } => {
            let draft = initiation_of(request, ground).1;
            Some(vec![sent(draft); if *repeated { 2 } else { 1 }])
        }
        Case::Broken { breakage, .. } => Some(vec![sent(breakage.draft(case.operation()?, ground))]),
        Case::Sequence { .. } => None,
    }
}

/// A text as one part of a path.
fn escaped(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
