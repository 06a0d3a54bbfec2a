//! What a scenario touched in the clean run. It depends on a fault when it touched the endpoint, the page or the delivery where the
//! fault happens.

use crate::{
    catalog::{Matcher, Seam, WebhookSort},
    runner::{AttemptModel, ScenarioModel},
    wire::contract::Operation,
};
use std::collections::BTreeSet;
use url::Url;

/// What a scenario touched.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    operations: BTreeSet<Operation>,
    /// Labels of the hosts whose pages it met.
    hosts: BTreeSet<String>,
    /// Types of the webhooks that it received.
    webhooks: BTreeSet<String>,
    /// All that it sent and received, for what is told by contents only.
    texts: Vec<String>,
}

impl Reach {
    #[must_use]
    pub fn of(scenario: &ScenarioModel) -> Self {
        let mut reach = Self::default();
        for attempt in &scenario.attempts {
            reach.add(attempt);
        }
        reach
    }

    fn add(&mut self, attempt: &AttemptModel) {
        for exchange in &attempt.exchanges {
            let path = Url::parse(&exchange.url).map(|url| url.path().to_owned()).unwrap_or_default();
            self.operations.extend(Operation::of(&exchange.method, &path));
            let is_lever = path.starts_with("/_twin/");
            let bodies = [&exchange.request_body, &exchange.response_body];
            self.texts.extend(bodies.into_iter().flatten().filter(|_| !is_lever).cloned());
        }
        for page in &attempt.pages {
            let host = Url::parse(&page.url).ok().and_then(|url| Some(url.host_str()?.split('.').next()?.to_owned()));
            self.hosts.extend(host);
            self.texts.push(page.url.clone());
        }
        for delivery in &attempt.deliveries {
            self.webhooks.insert(delivery.kind.clone());
            self.texts.push(delivery.body.clone());
        }
    }

    /// Whether it needs a browser.
    #[must_use]
    pub fn meets_pages(&self) -> bool {
        !self.hosts.is_empty()
    }

    /// Whether it depends on what happens at a seam.
    #[must_use]
    pub fn touches(&self, seam: &Seam) -> bool {
        match seam {
            Seam::Request(matcher) | Seam::Answer(matcher) => self.exchanges(matcher),
            Seam::Webhook(WebhookSort::Payment) => self.webhooks.iter().any(|kind| kind.starts_with("payment")),
            Seam::Webhook(WebhookSort::Refund) => self.webhooks.iter().any(|kind| kind.starts_with("refund")),
            // The merchant's own pages are what a redirect leads to.
            Seam::Redirect(matcher) => self.hosts.contains("shop") && self.tells(matcher.parameters.values()),
            Seam::Qr(_) => self.hosts.contains("checkout") && self.tells(["SMARTPAY_QR"]),
            Seam::Outcome(matcher) => self.tells(matcher.code.iter().chain(&matcher.method)),
            Seam::Order(_) => self.operations.contains(&Operation::InitiatePayment),
        }
    }

    fn exchanges(&self, matcher: &Matcher) -> bool {
        // What the shop's page asks for by the vendor's script is in no exchange of the suite's own.
        if matcher.headers.contains_key("origin") {
            return self.hosts.contains("shop")
                && self.tells(matcher.request.values().filter_map(|value| value.as_str()));
        }
        match (&matcher.operation, &matcher.host) {
            (Some(id), _) => self.operations.iter().any(|operation| operation.id() == id),
            (None, Some(host)) => self.hosts.contains(host),
            (None, None) => !self.operations.is_empty(),
        }
    }

    /// Whether it sent or received each of these words.
    fn tells<'a, T: AsRef<str> + ?Sized + 'a>(&self, words: impl IntoIterator<Item = &'a T>) -> bool {
        words.into_iter().all(|word| self.texts.iter().any(|text| text.contains(word.as_ref())))
    }
}
