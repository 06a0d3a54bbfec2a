//! The shop as a customer and an operator use it: ordering, asking how an order stands, refunding.

use super::{Answer, Caller, Integration, Place, RequestSection, State, template::Placeholders, text_of_page};
use crate::catalog::{Method, Need};
use crate::journal::Failure;
use regex::Regex;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use url::Url;

/// Between two looks at how an order stands.
const LOOKING: Duration = Duration::from_millis(150);

/// What is ordered.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub amount: u32,
    pub method: Method,
    /// The id that the order shall have, for shops that let others choose it.
    pub id: Option<String>,
    pub description: Option<String>,
}

/// An order that the shop has made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopOrder {
    /// The shop's id of it.
    pub id: String,
    /// Where the payer goes next.
    pub redirect_url: String,
}

/// The shop under certification.
#[derive(Clone, Debug)]
pub struct Shop {
    integration: Arc<Integration>,
    base: Url,
    settle: Duration,
    reference: Regex,
}

impl Shop {
    #[must_use]
    pub fn new(integration: Arc<Integration>, base: Url, settle: Duration) -> Self {
        let reference = id_in(integration.order.reference.as_deref().unwrap_or("{id}"));
        Self { integration, base, settle, reference }
    }

    #[must_use]
    pub fn integration(&self) -> &Integration {
        &self.integration
    }

    #[must_use]
    pub const fn base(&self) -> &Url {
        &self.base
    }

    /// How long it may take until its books say what happened.
    #[must_use]
    pub const fn settle(&self) -> Duration {
        self.settle
    }

    /// An address of the integration file.
    ///
    /// # Errors
    /// When it is none.
    pub fn address(&self, text: &str) -> Result<Url, Failure> {
        self.base
            .join(text)
            .map_err(|error| Failure::misconfigured("an address of the shop", format!("{text:?}: {error}")))
    }

    /// What is to be paid for an order that would cost `amount` if the customer could say so.
    #[must_use]
    pub fn price(&self, amount: u32) -> u32 {
        self.integration.checkout.amount.unwrap_or(amount)
    }

    /// Whether it offers a method.
    #[must_use]
    pub fn offers(&self, method: Method) -> bool {
        self.integration.checkout.methods.get(method.key()).is_none_or(|word| !word.is_empty())
    }

    /// What the shop could call an order at PortOne.
    #[must_use]
    pub fn reference_of(&self, id: &str) -> String {
        let pattern = self.integration.order.reference.as_deref().unwrap_or("{id}");
        pattern.replace("{id}", id).replace('*', "1")
    }

    /// The shop's id of the order that it calls so at PortOne.
    #[must_use]
    pub fn id_of(&self, reference: &str) -> String {
        let found = self.reference.captures(reference).map(|found| found[1].to_owned());
        found.unwrap_or_else(|| reference.to_owned())
    }

    pub(super) fn placeholders(&self, wanted: &Wanted) -> Placeholders {
        let method = self.integration.checkout.methods.get(wanted.method.key());
        let method = method.map_or(wanted.method.key(), String::as_str);
        let mut placeholders = Placeholders::default().with("amount", wanted.amount.to_string()).with("method", method);
        if let Some(id) = &wanted.id {
            placeholders = placeholders.with("id", id);
        }
        if let Some(description) = &wanted.description {
            placeholders = placeholders.with("description", description);
        }
        placeholders
    }

    /// The page on which a customer orders, embedding the script or not.
    ///
    /// # Errors
    /// Skipped, where the shop has none.
    pub fn checkout_page(&self, wanted: &Wanted, embedded: bool) -> Result<Url, Failure> {
        let checkout = &self.integration.checkout;
        let (page, name) = if embedded { (&checkout.embedded_page, "embedded_page") } else { (&checkout.page, "page") };
        let page = page.as_deref().ok_or_else(|| Failure::skipped(format!("the shop has no checkout.{name}")))?;
        let address = self.placeholders(wanted).address(page);
        // What is left to be chosen and was not is left out.
        self.address(&address.replace("%7Bid%7D", "").replace("{id}", "").replace("{description}", ""))
    }

    /// Orders by the endpoint.
    ///
    /// # Errors
    /// Skipped, where the shop has none; when the answer is not as the integration file says.
    pub async fn order(&self, caller: &Caller, wanted: &Wanted) -> Result<ShopOrder, Failure> {
        let checkout = &self.integration.checkout;
        let endpoint =
            checkout.endpoint.as_ref().ok_or_else(|| Failure::skipped("the shop has no checkout.endpoint"))?;
        let answer = self.ask(caller, endpoint, &self.placeholders(wanted)).await?;
        let read = |place: &Option<String>, default: &str| {
            let place = place.as_deref().unwrap_or(default);
            read(&answer, place, |place| format!("{place} in the answer to a new order"))
        };
        let id = read(&checkout.id, "/id")?;
        Ok(ShopOrder { id, redirect_url: read(&checkout.redirect_url, "/redirect_url")? })
    }

    /// A method, or the first that the shop offers.
    #[must_use]
    pub fn offered(&self, method: Method) -> Method {
        std::iter::once(method).chain(Method::ALL).find(|method| self.offers(*method)).unwrap_or(method)
    }

    /// Sends the endpoint what is no order, for what the shop answers then.
    ///
    /// # Errors
    /// When the shop does not answer.
    pub async fn order_nonsense(&self, caller: &Caller) -> Result<(), Failure> {
        let Some(endpoint) = &self.integration.checkout.endpoint else { return Ok(()) };
        let request = caller.http().post(self.address(&endpoint.url.replace(['{', '}'], ""))?);
        let request = request.header("content-type", "application/json").body("{").build();
        let request = request.map_err(|error| Failure::misconfigured("a request to the shop", error.to_string()))?;
        caller.send(request).await.map(drop)
    }

    /// How the shop says that an order stands.
    ///
    /// # Errors
    /// When it does not say.
    pub async fn state(&self, caller: &Caller, id: &str) -> Result<State, Failure> {
        let answer = self.told(caller, id).await?;
        self.state_in(&answer)
    }

    /// As [`Self::state`], of an order that the shop may not have: then it says nothing.
    ///
    /// # Errors
    /// When the shop does not answer.
    pub async fn state_if_any(&self, caller: &Caller, id: &str) -> Result<Option<State>, Failure> {
        let answer = self.look(caller, id).await?;
        Ok(self.state_in(&answer).ok().filter(|_| answer.is_success()))
    }

    fn state_in(&self, answer: &Answer) -> Result<State, Failure> {
        let order = &self.integration.order;
        let word = read(answer, &order.state, |place| format!("the state of the order at {place}"))?;
        Ok(State::of(&word, &order.words))
    }

    /// The amount that the shop has for an order, if it says one.
    ///
    /// # Errors
    /// When it does not say.
    pub async fn amount(&self, caller: &Caller, id: &str) -> Result<Option<String>, Failure> {
        self.told_at(caller, id, self.integration.order.amount.as_deref()).await
    }

    /// What the shop has as refunded of an order, if it says so.
    ///
    /// # Errors
    /// When it does not say.
    pub async fn refunded(&self, caller: &Caller, id: &str) -> Result<Option<String>, Failure> {
        self.told_at(caller, id, self.integration.order.refunded.as_deref()).await
    }

    async fn told_at(&self, caller: &Caller, id: &str, place: Option<&str>) -> Result<Option<String>, Failure> {
        let Some(place) = place else { return Ok(None) };
        let answer = self.told(caller, id).await?;
        read(&answer, place, |place| format!("a number about the order at {place}")).map(Some)
    }

    /// What the shop says of an order, whole.
    ///
    /// # Errors
    /// When it does not say.
    pub async fn told(&self, caller: &Caller, id: &str) -> Result<Answer, Failure> {
        let answer = self.look(caller, id).await?;
        if answer.is_success() {
            return Ok(answer);
        }
        Err(Failure::unmet(format!("the order {id:?} to be told by the shop"), told(&answer)))
    }

    /// The address of the page that confirms an order, if the shop has one.
    ///
    /// # Errors
    /// When it is no address.
    pub fn page_of(&self, id: &str) -> Result<Option<String>, Failure> {
        let page = self.integration.order.page.as_deref();
        let address = |page| self.address(&Placeholders::default().with("id", id).address(page)).map(String::from);
        page.map(address).transpose()
    }

    /// Asks where the shop says how an order stands, whatever it answers.
    pub(super) async fn look(&self, caller: &Caller, id: &str) -> Result<Answer, Failure> {
        let order = &self.integration.order;
        let request = RequestSection {
            method: Some("GET".to_owned()),
            url: order.url.clone(),
            headers: order.headers.clone(),
            json: None,
            form: None,
        };
        self.ask_for_anything(caller, &request, &Placeholders::default().with("id", id)).await
    }

    /// Waits until an order stands so.
    ///
    /// # Errors
    /// When it does not within the time that the shop may take.
    pub async fn await_state(&self, caller: &Caller, id: &str, wanted: &[State]) -> Result<(), Failure> {
        let started = Instant::now();
        loop {
            let state = self.state(caller, id).await?;
            if wanted.contains(&state) {
                return Ok(());
            }
            if started.elapsed() >= self.settle {
                let names: Vec<String> = wanted.iter().map(ToString::to_string).collect();
                let expected = format!("the order to be {} in the shop within {:?}", names.join(" or "), self.settle);
                return Err(Failure::unmet(expected, state.to_string()));
            }
            tokio::time::sleep(LOOKING).await;
        }
    }

    /// Asks the shop for a refund.
    ///
    /// # Errors
    /// Skipped, where it cannot be asked; when it does not answer.
    pub async fn refund(&self, caller: &Caller, id: &str, amount: u32) -> Result<Answer, Failure> {
        let refund = self.integration.refund.as_ref();
        let refund = refund.ok_or_else(|| Failure::skipped("the integration file has no [refund]"))?;
        let placeholders = Placeholders::default().with("id", id).with("amount", amount.to_string());
        self.ask_for_anything(caller, refund, &placeholders).await
    }

    /// Asks for a refund as somebody would of whom the shop does not know who it is: without the headers that say so, or with another word in them.
    ///
    /// # Errors
    /// As [`Self::refund`]; skipped, where nobody has to say who asks.
    pub async fn refund_by_a_stranger(
        &self,
        caller: &Caller,
        id: &str,
        amount: u32,
        word: Option<&str>,
    ) -> Result<Answer, Failure> {
        if !self.integration.has(Need::RefundHeaders) {
            return Err(Failure::skipped(Need::RefundHeaders.lack()));
        }
        let refund = self.integration.refund.as_ref();
        let mut refund = refund.ok_or_else(|| Failure::skipped("the integration file has no [refund]"))?.clone();
        match word {
            None => refund.headers.retain(|name, _| !RequestSection::says_who(name)),
            Some(word) => {
                let who = refund.headers.iter_mut().filter(|(name, _)| RequestSection::says_who(name));
                // A scheme before it stays.
                who.for_each(|(_, value)| {
                    *value =
                        value.split_once(' ').map_or_else(|| word.to_owned(), |(scheme, _)| format!("{scheme} {word}"))
                });
            }
        }
        let placeholders = Placeholders::default().with("id", id).with("amount", amount.to_string());
        self.ask_for_anything(caller, &refund, &placeholders).await
    }

    /// A request whose answer has to be a success.
    async fn ask(&self, caller: &Caller, what: &RequestSection, values: &Placeholders) -> Result<Answer, Failure> {
        let answer = self.ask_for_anything(caller, what, values).await?;
        if answer.is_success() {
            return Ok(answer);
        }
        Err(Failure::unmet(format!("an answer of the shop to {}", values.address(&what.url)), told(&answer)))
    }

    pub(super) async fn ask_for_anything(
        &self,
        caller: &Caller,
        what: &RequestSection,
        values: &Placeholders,
    ) -> Result<Answer, Failure> {
        let method = what.method.as_deref().unwrap_or("POST").parse().map_err(|_| {
            Failure::misconfigured("an HTTP method", format!("{:?}", what.method.as_deref().unwrap_or_default()))
        })?;
        let mut request = caller.http().request(method, self.address(&values.address(&what.url))?);
        for (name, value) in &what.headers {
            request = request.header(name, value);
        }
        if let Some(json) = &what.json {
            request = request.json(&values.json(json));
        } else if let Some(form) = &what.form {
            let fields: Vec<(&String, String)> = form.iter().map(|(name, text)| (name, values.text(text))).collect();
            request = request.form(&fields);
        }
        let request = request.build();
        caller.send(request.map_err(|error| Failure::misconfigured("a request to the shop", error.to_string()))?).await
    }
}

/// Finds the id in a reference that was made by a pattern such as `ORDER-{id}-*`, in which a star stands for anything.
fn id_in(pattern: &str) -> Regex {
    let escaped = |text: &str| text.split('*').map(regex::escape).collect::<Vec<_>>().join(".*");
    let (before, after) = pattern.split_once("{id}").unwrap_or_default();
    Regex::new(&format!("(?s)^{}(.+){}$", escaped(before), escaped(after))).expect("what is escaped is a pattern")
}

/// What an answer has at a place of the integration file.
pub(super) fn read(answer: &Answer, place: &str, described: impl Fn(&str) -> String) -> Result<String, Failure> {
    let parsed: Place =
        place.parse().map_err(|error| Failure::misconfigured("a place in an answer", format!("{error}")))?;
    parsed.read(answer).ok_or_else(|| Failure::unmet(described(place), told(answer)))
}

pub(super) fn told(answer: &Answer) -> String {
    let text = if answer.is_page() { text_of_page(&answer.body) } else { answer.body.clone() };
    let excerpt: String = text.chars().take(300).collect();
    format!("{} {excerpt:?}", answer.status)
}

#[cfg(test)]
mod tests {
    use super::id_in;

    #[test]
    fn an_id_is_found_in_what_the_shop_calls_the_order_at_portone() {
        for (pattern, reference, id) in [
            ("{id}", "A-1", Some("A-1")),
            ("ORDER-{id}", "ORDER-17", Some("17")),
            ("ORDER-{id}-*", "ORDER-17-2", Some("17")),
            ("ORDER-{id}-*", "ORDER-a-b-2", Some("a-b")),
            ("*.{id}.x", "2026.17.x", Some("17")),
            ("ORDER-{id}", "17", None),
        ] {
            let found = id_in(pattern).captures(reference).map(|found| found[1].to_owned());
            assert_eq!(found.as_deref(), id, "{pattern} {reference}");
        }
    }
}
