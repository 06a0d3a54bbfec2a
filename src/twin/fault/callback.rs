//! What a merchant is told, and how payments end.

use super::json;
use super::signing::Recipe;
use super::switchboard::{Faults, Planted};
use crate::catalog::{Change, Code, Method, OutcomeMatcher, ReturnAddress, Seam, WebhookSort};
use crate::twin::{ORDER_LIFETIME, Outcome, Source};
use crate::wire::qr::QrPayload;
use crate::wire::{Amount, Redirect, Secret};
use jiff::SignedDuration;
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// A webhook's body, ready to be sent.
#[derive(Clone, Debug)]
pub(in crate::twin) struct Post {
    pub(in crate::twin) body: Arc<str>,
    /// How long it waits before it is sent.
    pub(in crate::twin) delay: Duration,
    /// Whether it waits for the next one.
    pub(in crate::twin) held: bool,
    /// Whether it is given up after its first attempt.
    pub(in crate::twin) once: bool,
}

/// Who suffers: the key and the secret of an account.
#[derive(Clone, Copy, Debug)]
pub(in crate::twin) struct Sufferer<'a> {
    pub(in crate::twin) key: &'a str,
    pub(in crate::twin) secret: &'a Secret,
}

impl Faults {
    /// The webhooks to send in the place of one.
    pub(in crate::twin) fn posts(&self, who: Sufferer<'_>, sort: WebhookSort, body: &impl Serialize) -> Vec<Post> {
        let plain = |body: String| Post { body: body.into(), delay: Duration::ZERO, held: false, once: false };
        let concerns = |planted: &Arc<Planted>| matches!(&planted.fault.at, Seam::Webhook(its) if *its == sort);
        let planted: Vec<_> = self.of(Some(who.key)).into_iter().filter(concerns).collect();
        if planted.is_empty() {
            return vec![plain(serde_json::to_string(body).expect("a webhook of plain data serialises"))];
        }
        let mut body = serde_json::to_value(body).expect("a webhook of plain data serialises");
        let (mut copies, mut delay, mut held, mut once) = (1, Duration::ZERO, false, false);
        let mut echoes = Vec::new();
        for change in planted.iter().flat_map(|planted| &planted.fault.changes) {
            match change {
                Change::Drop => copies = 0,
                Change::Copies(number) => copies = *number,
                Change::Delay(milliseconds) => delay = Duration::from_millis(*milliseconds),
                Change::Hold => held = true,
                Change::Once => once = true,
                Change::Echo(members) => echoes.push(members),
                other => {
                    json::change(&mut body, other);
                    Recipe::WEBHOOK.apply(&mut body, other, who.secret);
                }
            }
        }
        let post = |body: &Value| Post { delay, held, once, ..plain(body.to_string()) };
        let mut posts = vec![post(&body); copies as usize];
        for members in echoes {
            for (at, to) in members {
                json::change(&mut body, &Change::Set { at: at.clone(), to: to.clone() });
            }
            Recipe::WEBHOOK.apply(&mut body, &Change::Sign, who.secret);
            posts.push(post(&body));
        }
        posts
    }

    /// The redirect in the place of this one, and whether it leads elsewhere than it should.
    pub(in crate::twin) fn redirect(&self, who: Sufferer<'_>, redirect: Redirect) -> (Redirect, Option<ReturnAddress>) {
        let concerns = |planted: &Arc<Planted>| match &planted.fault.at {
            Seam::Redirect(matcher) => matcher.parameters.iter().all(|(name, value)| redirect.get(name) == Some(value)),
            _ => false,
        };
        let planted: Vec<_> = self.of(Some(who.key)).into_iter().filter(concerns).collect();
        if planted.is_empty() {
            return (redirect, None);
        }
        let (mut body, mut elsewhere) = (redirect.object(), None);
        for change in planted.iter().flat_map(|planted| &planted.fault.changes) {
            if let Change::LeadTo(address) = change {
                elsewhere = Some(*address);
            }
            json::change(&mut body, change);
            Recipe::REDIRECT.apply(&mut body, change, who.secret);
        }
        (redirect_of(&body), elsewhere)
    }

    /// The text of a QR.
    pub(in crate::twin) fn qr_text(&self, key: &str, payload: QrPayload) -> String {
        let concerns = |planted: &Arc<Planted>| matches!(planted.fault.at, Seam::Qr(_));
        let planted: Vec<_> = self.of(Some(key)).into_iter().filter(concerns).collect();
        let changes = || planted.iter().flat_map(|planted| &planted.fault.changes);
        let mut text = changes().fold(payload, changed).encode();
        for change in changes() {
            match change {
                Change::BreakChecksum => {
                    let last = if text.pop() == Some('0') { '1' } else { '0' };
                    text.push(last);
                }
                Change::Scramble => text = "https://example.com/".to_owned(),
                _ => {}
            }
        }
        text
    }

    /// How a payment ends.
    pub(in crate::twin) fn outcome(&self, key: &str, method: Method, source: Source, outcome: Outcome) -> Outcome {
        let mut outcome = outcome;
        for planted in self.of(Some(key)) {
            if let Seam::Outcome(matcher) = &planted.fault.at
                && is_meant(matcher, method, source, &outcome)
            {
                let mut ends = planted.fault.changes.iter().filter_map(|change| match change {
                    Change::EndAs(code) => ended_as(code),
                    _ => None,
                });
                outcome = ends.next_back().unwrap_or(outcome);
            }
        }
        outcome
    }

    /// How long a new order lives.
    pub(in crate::twin) fn lifetime(&self, key: &str) -> SignedDuration {
        let planted = self.of(Some(key));
        let orders = planted.iter().filter(|planted| matches!(planted.fault.at, Seam::Order(_)));
        let mut lifetimes = orders.flat_map(|planted| &planted.fault.changes).filter_map(|change| match change {
            Change::Lifetime(seconds) => Some(SignedDuration::from_secs(i64::from(*seconds))),
            _ => None,
        });
        lifetimes.next_back().unwrap_or(ORDER_LIFETIME)
    }
}

fn is_meant(matcher: &OutcomeMatcher, method: Method, source: Source, outcome: &Outcome) -> bool {
    matcher.code.as_deref().is_none_or(|code| outcome.code().number() == code)
        && matcher.method.as_deref().is_none_or(|key| method.key() == key)
        && matcher.source.as_deref().is_none_or(|word| source.word() == word)
}

pub(super) fn ended_as(code: &str) -> Option<Outcome> {
    match Code::ALL.iter().find(|known| known.number() == code)? {
        Code::Success => Some(Outcome::Paid),
        Code::TransactionExpired => Some(Outcome::Expired),
        code => Some(Outcome::refused(*code, "The payment was not taken")),
    }
}

/// A payload whose amount, currency, country, merchant or bill is another one.
fn changed(payload: QrPayload, change: &Change) -> QrPayload {
    let mut body = json!({
        "amount": payload.amount,
        "currency": payload.currency,
        "country": payload.country,
        "merchant_name": payload.merchant_name,
        "account": payload.account,
        "bill": payload.bill,
    });
    json::change(&mut body, change);
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    QrPayload {
        amount: serde_json::from_value::<Option<Amount>>(body["amount"].clone()).unwrap_or_default(),
        currency: text("currency").unwrap_or_default(),
        country: text("country").unwrap_or_default(),
        merchant_name: text("merchant_name"),
        account: text("account").unwrap_or_default(),
        bill: text("bill"),
        ..payload
    }
}

/// The redirect with these parameters, each of them text.
fn redirect_of(body: &Value) -> Redirect {
    let members = body.as_object().into_iter().flatten();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let pairs: Vec<(String, String)> = members.map(|(name, value)| (name.clone(), text(value))).collect();
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Redirect::parse(&crate::wire::encode_pairs(&pairs))
}
