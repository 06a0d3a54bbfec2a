//! The 3-D Secure challenge: SmartPay frames the step-up service, which frames the issuer; the result comes back through
//! the same frames, each hop a posted form, because browsers keep cookies from frames of other sites.
//!
//! ```text
//! smartpay  /…/3ds            holds the frame, posts JWT and MD to
//! centinel  /V2/Cruise/StepUp holds the next frame, posts creq to
//! acs       /…/challenge      asks for the OTP, posts cres to
//! centinel  /V2/Cruise/Return posts TransactionId, Response and MD to
//! smartpay  /…/3ds/return     ends the payment, and its script sends the top window to
//! smartpay  /…/3ds/result     which sends the payer back to the merchant
//! ```

use super::fields::Fields;
use super::seal::{is_sealed, nonce, seal, signed, unsigned};
use super::visit::{MAX_WRONG_OTPS, Visit};
use super::visitor::{Answer, Instead, Problem, Visitor};
use crate::catalog::{CREDIT_CARDS, ChallengeOutcome, CreditCard, Method};
use crate::twin::{Host, Outcome, Twin};
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What the step-up service is told: where to ask, and where to bring the answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct StepUp {
    /// Identifies the authentication.
    jti: String,
    iss: String,
    iat: i64,
    acs_url: String,
    return_url: String,
    creq: String,
    md: String,
}

/// How a challenge ended, as EMV 3-D Secure abbreviates it (`transStatus`); the last three are ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Authenticated,
    NotAuthenticated,
    Unavailable,
    SystemError,
    TooManyOtps,
    Cancelled,
}

impl Verdict {
    const ALL: [Self; 6] = [
        Self::Authenticated,
        Self::NotAuthenticated,
        Self::Unavailable,
        Self::SystemError,
        Self::TooManyOtps,
        Self::Cancelled,
    ];

    const fn letter(self) -> &'static str {
        match self {
            Self::Authenticated => "Y",
            Self::NotAuthenticated => "N",
            Self::Unavailable => "U",
            Self::SystemError => "E",
            Self::TooManyOtps => "R",
            Self::Cancelled => "C",
        }
    }

    const fn outcome(self) -> Outcome {
        match self {
            Self::Authenticated => Outcome::of_challenge(ChallengeOutcome::Succeeds),
            Self::NotAuthenticated => Outcome::of_challenge(ChallengeOutcome::Fails),
            Self::Unavailable => Outcome::of_challenge(ChallengeOutcome::Unavailable),
            Self::SystemError => Outcome::of_challenge(ChallengeOutcome::SystemError),
            Self::TooManyOtps => Outcome::too_many_otps(),
            Self::Cancelled => Outcome::cancelled(),
        }
    }
}

/// SmartPay's pages of the challenge.
pub(super) fn smartpay() -> Router<Arc<Twin>> {
    Router::new()
        .route("/{key}/orders/{order_ref}/3ds", get(authentication))
        .route("/{key}/orders/{order_ref}/3ds/return", post(bring_back))
        .route("/{key}/orders/{order_ref}/3ds/result", get(result))
}

/// The step-up service.
pub(super) fn centinel() -> Router<Arc<Twin>> {
    Router::new().route("/V2/Cruise/StepUp", post(step_up)).route("/V2/Cruise/Return", post(pass_back))
}

/// The issuer's challenge.
pub(super) fn acs() -> Router<Arc<Twin>> {
    Router::new()
        .route("/{key}/orders/{order_ref}/challenge", post(challenge))
        .route("/{key}/orders/{order_ref}/challenge/verify", post(verify))
        .route("/{key}/orders/{order_ref}/challenge/resend", post(resend))
        .route("/{key}/orders/{order_ref}/challenge/cancel", post(cancel))
}

/// The card that is to be authenticated.
fn card(visit: &Visit) -> Option<&'static CreditCard> {
    CREDIT_CARDS.iter().find(|card| visit.order.progress.card_number.as_deref() == Some(card.number))
}

/// What seals of an authentication are about: this order, this card, this run of it. Nothing where none has begun.
fn subject(visit: &Visit) -> Option<String> {
    let progress = &visit.order.progress;
    let (card, step) = (progress.card_number.as_deref()?, progress.step.as_deref()?);
    (visit.order.request.method == Method::CreditCard).then(|| format!("{}|{card}|{step}", visit.path()))
}

/// Begins the authentication of the card, unless it has begun: its page can be loaded again.
fn begun(visit: &mut Visit) -> Result<String, Instead> {
    let step = visit.progress(|progress| progress.step.get_or_insert_with(nonce).clone());
    let step = step.ok_or_else(|| Problem::StaleForm.page(&visit.visitor))?;
    Arc::make_mut(&mut visit.order).progress.step = Some(step.clone());
    Ok(step)
}

async fn authentication(mut visit: Visit) -> Answer {
    visit.expect_open("concluded.html", "smartpay", "SmartPay")?;
    visit.expect_method(Method::CreditCard)?;
    if card(&visit).is_none() {
        return Ok(visit.visitor.send_to(&visit.method_page()));
    }
    let md = begun(&mut visit)?;
    let subject = subject(&visit).ok_or_else(|| Problem::StaleForm.page(&visit.visitor))?;
    let step_up = StepUp {
        jti: nonce(),
        iss: "SMARTPAY".to_owned(),
        iat: visit.account.clock.now().as_second(),
        acs_url: visit.visitor.link(&visit.elsewhere(Host::Acs, "/challenge")),
        return_url: visit.visitor.link(&visit.elsewhere(Host::Smartpay, "/3ds/return")),
        creq: seal("creq", &subject),
        md: md.clone(),
    };
    let page = context! {
        step_up => visit.visitor.link(&format!("{}/V2/Cruise/StepUp", visit.twin.origin(Host::Centinel))),
        jwt => signed(&step_up),
        md,
    };
    Ok(visit.show(StatusCode::OK, "threeds.html", page))
}

/// What SmartPay told the step-up service, if SmartPay did.
fn told(visitor: &Visitor, jwt: &str) -> Result<StepUp, Instead> {
    unsigned(jwt).ok_or_else(|| Problem::StaleForm.page(visitor))
}

async fn step_up(visitor: Visitor, fields: Fields) -> Answer {
    let jwt = fields.get("JWT");
    let told = told(&visitor, jwt)?;
    let page = context! { challenge => told.acs_url, creq => told.creq, session_data => jwt };
    Ok(visitor.show(StatusCode::OK, "stepup.html", page))
}

async fn pass_back(visitor: Visitor, fields: Fields) -> Answer {
    let told = told(&visitor, fields.get("threeDSSessionData"))?;
    let fields = [("TransactionId", told.jti.as_str()), ("Response", fields.get("cres")), ("MD", told.md.as_str())];
    Ok(hop(&visitor, &told.return_url, &fields))
}

/// A page that carries a form on without the payer.
fn hop(visitor: &Visitor, action: &str, fields: &[(&str, &str)]) -> Response {
    let fields: Vec<Value> = fields.iter().map(|(name, value)| context! { name => *name, value => *value }).collect();
    visitor.show(StatusCode::OK, "hop.html", context! { action, fields })
}

/// A challenge that the step-up service asked for, of an order that is still open.
struct Asked {
    visit: Visit,
    card: &'static CreditCard,
    /// What the seals of this authentication are about.
    subject: String,
    /// What the step-up service wants back with the answer.
    session_data: String,
}

fn asked(visit: Visit, fields: &Fields) -> Result<Asked, Instead> {
    let creq = fields.get("creq");
    let Some(subject) = subject(&visit).filter(|subject| is_sealed("creq", subject, creq)) else {
        return Err(Problem::StaleForm.page(&visit.visitor));
    };
    visit.expect_open("framed_notice.html", "framed", "")?;
    match card(&visit) {
        Some(card) => Ok(Asked { visit, card, subject, session_data: fields.get("threeDSSessionData").to_owned() }),
        None => Err(Problem::BadRequest.page(&visit.visitor)),
    }
}

impl Asked {
    fn page(&self, wrong: bool, resent: bool) -> Response {
        let page = context! {
            here => format!("{}/challenge", self.visit.path()),
            creq => seal("creq", &self.subject),
            session_data => self.session_data.as_str(),
            card => self.visit.order.masked_card_number(),
            wrong,
            resent,
        };
        self.visit.show(StatusCode::OK, "challenge.html", page)
    }

    /// Tells the step-up service how the challenge ended.
    fn answer(&self, verdict: Verdict) -> Response {
        let visitor = &self.visit.visitor;
        let action = visitor.link(&format!("{}/V2/Cruise/Return", self.visit.twin.origin(Host::Centinel)));
        let cres = format!("{}.{}", verdict.letter(), seal(verdict.letter(), &self.subject));
        hop(visitor, &action, &[("cres", &cres), ("threeDSSessionData", &self.session_data)])
    }
}

async fn challenge(visit: Visit, fields: Fields) -> Answer {
    let asked = asked(visit, &fields)?;
    if asked.visit.order.progress.wrong_otps >= MAX_WRONG_OTPS {
        return Ok(asked.answer(Verdict::TooManyOtps));
    }
    Ok(asked.page(false, false))
}

async fn resend(visit: Visit, fields: Fields) -> Answer {
    Ok(asked(visit, &fields)?.page(false, true))
}

async fn cancel(visit: Visit, fields: Fields) -> Answer {
    Ok(asked(visit, &fields)?.answer(Verdict::Cancelled))
}

async fn verify(visit: Visit, fields: Fields) -> Answer {
    let asked = asked(visit, &fields)?;
    if asked.visit.order.progress.wrong_otps >= MAX_WRONG_OTPS {
        return Ok(asked.answer(Verdict::TooManyOtps));
    }
    let right = fields.get("challengeDataEntry") == asked.card.otp;
    let verdict = match asked.card.challenge {
        // The issuer cannot even look at the code.
        ChallengeOutcome::Unavailable => Verdict::Unavailable,
        ChallengeOutcome::SystemError => Verdict::SystemError,
        ChallengeOutcome::Succeeds if right => Verdict::Authenticated,
        ChallengeOutcome::Fails if right => Verdict::NotAuthenticated,
        ChallengeOutcome::Succeeds | ChallengeOutcome::Fails => {
            let wrong = asked.visit.progress(|progress| {
                progress.wrong_otps += 1;
                progress.wrong_otps
            });
            if wrong.is_some_and(|wrong| wrong < MAX_WRONG_OTPS) {
                return Ok(asked.page(true, false));
            }
            // Ended here: the payer may never carry the answer on.
            asked.visit.end(Verdict::TooManyOtps.outcome());
            Verdict::TooManyOtps
        }
    };
    Ok(asked.answer(verdict))
}

async fn bring_back(visit: Visit, fields: Fields) -> Answer {
    let subject = subject(&visit).filter(|_| visit.order.progress.step.as_deref() == Some(fields.get("MD")));
    let Some(subject) = subject else { return Err(Problem::StaleForm.page(&visit.visitor)) };
    let verdict = fields.get("Response").split_once('.').and_then(|(letter, said)| {
        let verdict = Verdict::ALL.into_iter().find(|verdict| verdict.letter() == letter)?;
        is_sealed(letter, &subject, said).then_some(verdict)
    });
    let Some(verdict) = verdict else { return Err(Problem::StaleForm.page(&visit.visitor)) };
    visit.end(verdict.outcome());
    let result = visit.visitor.link(&visit.elsewhere(Host::Smartpay, "/3ds/result"));
    Ok(visit.show(StatusCode::OK, "threeds_return.html", context! { result }))
}

async fn result(visit: Visit) -> Answer {
    if visit.order.is_open() {
        let authentication = format!("{}/3ds", visit.path());
        return Ok(visit.visitor.send_to(&authentication));
    }
    visit.send_back()
}
