//! The target: whether it can be reached, whether its clock is ours, whether it knows us, and whether it reaches us.

use super::finding::{Finding, Level};
use crate::{
    catalog::{CHANNEL, CURRENCY, Method},
    commands::{fresh, stage::dead_route},
    journal::{Failure, FailureKind},
    sandbox::{Account, Asker, Cause, Credentials, Draft, HttpClient, Inbox, Target, check_credentials},
    wire::{Clock, SELF_MADE_LIFETIME, contract::Operation, mint},
};
use serde_json::Value;
use std::time::Duration;

/// Tokens live 100 s: with more than half of it between the clocks, they are refused now and then.
const SKEW: i64 = 50;
const TOO_MUCH_SKEW: i64 = 90;
/// How long the way through the public address may take.
const PROBE: Duration = Duration::from_secs(10);

pub(super) async fn findings(target: &Target, account: &Account, http: &HttpClient) -> Vec<Finding> {
    let mut found = vec![address(target).await];
    let (reached, clock) = reach(target, http).await;
    let unreachable = reached.level > Level::Warning;
    found.push(reached);
    found.extend(clock);
    if !unreachable {
        let known = credentials(target, account, http).await;
        let refused = known.level > Level::Warning;
        found.push(known);
        if !refused {
            found.push(channel(target, account, http).await);
        }
    }
    found.push(webhooks(target, http).await);
    found
}

async fn address(target: &Target) -> Finding {
    let host = target.api.host_str().unwrap_or_default();
    if host == "localhost" || host.ends_with(".localhost") {
        return Finding::ok("address", format!("{host} is this machine"));
    }
    let port = target.api.port_or_known_default().unwrap_or(443);
    let looked = tokio::time::timeout(target.limits.exchange, tokio::net::lookup_host((host, port))).await;
    let advice = "look at base_url, at the network, and at the resolver";
    match looked {
        Ok(Ok(addresses)) => {
            let addresses: Vec<String> = addresses.map(|address| address.ip().to_string()).collect();
            Finding::ok("address", format!("{host} is {}", addresses.join(", ")))
        }
        Ok(Err(error)) => Finding::bad("address", Level::Error, format!("{host} has none: {error}"), advice),
        Err(_) => Finding::bad("address", Level::Error, format!("{host}: no answer of the resolver"), advice),
    }
}

/// Whether anything answers there, over TLS where that is asked for, and what it says the time is.
async fn reach(target: &Target, http: &HttpClient) -> (Finding, Option<Finding>) {
    let what = if target.api.scheme() == "https" { "TLS" } else { "connection" };
    http.turn().await;
    let asked = http.client().get(target.api.clone()).timeout(target.limits.exchange).send().await;
    let answer = match asked {
        Ok(answer) => answer,
        Err(error) => {
            let (cause, reason) = Cause::of(&error);
            let advice = "look at base_url, and ask whoever runs the target whether it is up";
            return (Finding::bad(what, Level::Error, format!("{cause} ({reason})"), advice), None);
        }
    };
    let date = answer.headers().get("date").and_then(|date| date.to_str().ok());
    let theirs = date.and_then(|date| jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).ok());
    let clock = match theirs {
        None => Finding::bad(
            "clock",
            Level::Warning,
            "the target does not say what time it is",
            "compare the clocks yourself",
        ),
        Some(theirs) => {
            let skew = Clock::system().now().as_second() - theirs.as_second();
            let seen = format!("{} s {} the target's", skew.abs(), if skew < 0 { "behind" } else { "ahead of" });
            let advice = "tokens live 100 s: set this machine's clock (ntp)";
            match skew.abs() {
                0..=SKEW => Finding::ok("clock", seen),
                ..=TOO_MUCH_SKEW => Finding::bad("clock", Level::Warning, seen, advice),
                _ => Finding::bad("clock", Level::Error, seen, advice),
            }
        }
    };
    let seen = format!("{} answers ({})", target.api.as_str().trim_end_matches('/'), answer.status().as_u16());
    let down = matches!(answer.status().as_u16(), 502..=504);
    let reached = if down {
        Finding::bad(what, Level::Error, seen, "it is down: wait, or ask whoever runs it")
    } else {
        Finding::ok(what, seen)
    };
    (reached, Some(clock))
}

async fn credentials(target: &Target, account: &Account, http: &HttpClient) -> Finding {
    match check_credentials(http, target, account).await {
        Ok(Credentials::Accepted) => Finding::ok("credentials", format!("{} is accepted", account.key)),
        Ok(Credentials::Unknown(said)) => {
            Finding::bad("credentials", Level::Error, said, "no answer from which that can be read: look at base_url")
        }
        Err(failure) => of_failure("credentials", &failure),
    }
}

/// Whether the channel takes an order. Nobody pays it, so it costs nothing and expires.
async fn channel(target: &Target, account: &Account, http: &HttpClient) -> Finding {
    let token = mint(&account.key, &account.secret, Clock::system().now(), SELF_MADE_LIFETIME);
    let id = format!("{}-doctor", fresh::prefix());
    let asker = Asker { account, token: &token, order_ref: "", merchant_order_ref: "" };
    let draft = Draft::of(Operation::InitiatePayment, asker, &id);
    let Ok(request) = draft.request(target.api.as_str().trim_end_matches('/')) else {
        return Finding::bad("channel", Level::Misconfigured, "the key can be sent in no header", "correct the key");
    };
    http.turn().await;
    let asked = async {
        let answer = http.client().execute(request).await?;
        Ok::<_, reqwest::Error>((answer.status(), answer.json::<Value>().await.unwrap_or_default()))
    };
    match tokio::time::timeout(target.limits.exchange, asked).await {
        Ok(Ok((status, _))) if status.is_success() => {
            Finding::ok("channel", format!("{CHANNEL} takes an order in {CURRENCY} by {}", Method::Qr))
        }
        Ok(Ok((status, answer))) => {
            let said = answer["message"].as_str().unwrap_or("nothing that can be read");
            let seen = format!("an order was refused: {} {said}", status.as_u16());
            let advice = format!("have PortOne enable {CHANNEL} for this merchant, and SmartPay whitelist it");
            Finding::bad("channel", Level::Error, seen, advice)
        }
        Ok(Err(error)) => Finding::bad("channel", Level::Error, Cause::of(&error).1, "look at base_url"),
        Err(_) => Finding::bad("channel", Level::Error, "no answer in time", "raise time_limits.exchange, or wait"),
    }
}

async fn webhooks(target: &Target, http: &HttpClient) -> Finding {
    let Some(route) = &target.webhooks else {
        let seen = "none configured: scenarios that need webhooks are skipped";
        return Finding::bad("webhooks", Level::Warning, seen, "set webhook.public_url to a tunnel that leads here");
    };
    let inbox = match Inbox::listen(route).await {
        Ok(inbox) => inbox,
        Err(error) => {
            let seen = format!("failed to listen on {}: {error}", route.listen);
            return Finding::bad("webhooks", Level::Misconfigured, seen, "choose another webhook.listen");
        }
    };
    match inbox.probe(http, PROBE).await {
        Ok(()) => Finding::ok("webhooks", format!("{} leads to {}", route.public, route.listen)),
        Err(reason) => of_failure("webhooks", &dead_route(route, &reason)),
    }
}

fn of_failure(what: &'static str, failure: &Failure) -> Finding {
    let level = if failure.kind == FailureKind::Misconfigured { Level::Misconfigured } else { Level::Error };
    let (seen, advice) = failure.observed.rsplit_once("; ").unwrap_or((&failure.observed, ""));
    Finding::bad(what, level, seen, advice)
}
