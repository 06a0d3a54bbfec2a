//! Payers who come back, with what PortOne gave them or with something else.

use super::ShopWorld;
use crate::journal::Failure;
use crate::merchant::redirect_with;
use crate::steps::conclude::Must;
use crate::wire::{Redirect, TransactionStatus, encode_pairs};
use cucumber::{given, when};
use std::time::Duration;
use url::Url;

/// Markup that no shop has by itself: an attribute where quotes are missing or not escaped, elements where brackets are not, also in a title, a text
/// field or a script.
pub(super) const MARKUP: &str =
    "x'\" data-smartpay-xss=1 ></title></textarea><script id=smartpay-xss>1</script><img src=x id=smartpay-xss>";
/// An address that runs where a page makes a link of it.
const RUNNING: &str = "javascript:smartpay-xss";
/// Finds an element in a page that took it for its own.
pub(super) const MARKED: &str =
    "#smartpay-xss, [data-smartpay-xss], [href^='javascript:smartpay-xss' i], [src^='javascript:smartpay-xss' i]";
/// The parameters that are signed, and those that have to be what they are for the signature to be looked at.
const SIGNED: [&str; 7] =
    ["channel_order_ref", "merchant_order_ref", "order_ref", "status", "signature_hash", "amount", "currency"];
/// How long a page may take to come to rest.
pub(super) const RESTING: Duration = Duration::from_secs(5);

#[when("the payer comes back")]
async fn comes_back(w: &mut ShopWorld) {
    let address = w.return_url().await.must();
    w.come_back(&address).await.must();
}

#[when("the payer comes back with the status changed to Success")]
async fn told_as_paid(w: &mut ShopWorld) {
    let address = w.as_if_paid().await.must();
    let address = redirect_with(
        &address,
        &[("status", Some("Success")), ("status_code", Some("2000")), ("status_reason", Some("SUCCESS"))],
    );
    w.come_back(&address).await.must();
}

#[when("the payer comes back with the status changed to Failed")]
async fn told_as_failed(w: &mut ShopWorld) {
    let payment = w.payment(&w.order().order_ref).await.must();
    let address = moved(&payment.return_url, &payment.success_url, &payment.failure_url).must();
    let address = redirect_with(
        &address,
        &[
            ("status", Some("Failed")),
            ("status_code", Some("6001")),
            ("status_reason", Some("BANK_REFUSED_TRANSACTION")),
        ],
    );
    w.come_back(&address).await.must();
}

#[when("the payer comes back with the signature of a paid order")]
async fn signature_of_another(w: &mut ShopWorld) {
    let (own, other) = w.own_and_paid().await.must();
    let signature = parameter(&other, "signature_hash").must();
    let changes =
        [("status", Some("Success")), ("status_code", Some("2000")), ("signature_hash", Some(signature.as_str()))];
    w.come_back(&redirect_with(&own, &changes)).await.must();
}

#[when("the payer comes back with the whole redirect of a paid order")]
async fn replayed(w: &mut ShopWorld) {
    let (_, other) = w.own_and_paid().await.must();
    let address = w.with_the_redirect(&other).await.must();
    w.come_back(&address).await.must();
}

#[when(
    regex = "^the payer comes back with the whole redirect of a paid order that cost the same, and this order's reference (before|behind) it$"
)]
async fn doubled_order(w: &mut ShopWorld, place: String) {
    let paid = w.paid_alike().await.must();
    let (theirs, own) = (w.payment(&paid.order_ref).await.must().return_url, w.order().reference.clone());
    let address = w.with_the_redirect(&theirs).await.must();
    let (base, query) = address.split_once('?').unwrap_or((&address, ""));
    let own = encode_pairs(&[("merchant_order_ref", &*own)]);
    let query = if place == "before" { format!("{own}&{query}") } else { format!("{query}&{own}") };
    w.come_back(&format!("{base}?{query}")).await.must();
}

#[when("the payer comes back with the references of a paid order that cost the same")]
async fn references_of_another(w: &mut ShopWorld) {
    let paid = w.paid_alike().await.must();
    let (own, other) = (w.as_if_paid().await.must(), w.payment(&paid.order_ref).await.must().return_url);
    let theirs =
        ["order_ref", "channel_order_ref", "signature_hash"].map(|name| (name, parameter(&other, name).must()));
    let mut changes = vec![("status", Some("Success")), ("status_code", Some("2000"))];
    changes.extend(theirs.iter().map(|(name, value)| (*name, Some(value.as_str()))));
    w.come_back(&redirect_with(&own, &changes)).await.must();
}

#[given("a paid order of another payer")]
async fn of_another_payer(w: &mut ShopWorld) {
    if w.stage().shop.integration().checkout.page.is_none() {
        Err::<(), _>(Failure::skipped("the shop has no checkout.page")).must();
    }
    w.another = Some(w.paid_order().await.must());
    // Whose browser is another one.
    w.base.give_back_browser().await;
    w.forget_orders();
}

#[when("the payer's browser comes back with the whole redirect of that order")]
async fn replayed_in_the_browser(w: &mut ShopWorld) {
    let another = w.another.clone().expect("a sentence before this one makes it");
    let other = w.payment(&another.order_ref).await.must().return_url;
    let address = w.with_the_redirect(&other).await.must();
    w.look_in_the_browser(&address).await.must();
    w.base.give_back_browser().await;
}

#[when("the payer's browser comes back")]
async fn comes_back_in_the_browser(w: &mut ShopWorld) {
    let address = w.return_url().await.must();
    w.look_in_the_browser(&address).await.must();
}

#[when("the payer's browser comes back without any parameter")]
async fn bare_in_the_browser(w: &mut ShopWorld) {
    let payment = w.payment(&w.order().order_ref).await.must();
    w.look_in_the_browser(&payment.success_url).await.must();
    // What is watched from now on needs no browser.
    w.base.give_back_browser().await;
}

#[when("the payer comes back told as paid without a signature")]
async fn unsigned(w: &mut ShopWorld) {
    let address = w.as_if_paid().await.must();
    let changes = [("status", Some("Success")), ("status_code", Some("2000")), ("signature_hash", None)];
    w.come_back(&redirect_with(&address, &changes)).await.must();
}

#[when("the payer comes back told as paid without any parameter")]
async fn bare(w: &mut ShopWorld) {
    let payment = w.payment(&w.order().order_ref).await.must();
    w.come_back(&payment.success_url).await.must();
}

#[when(regex = "^the payer comes back with a second status, the false one (first|last)$")]
async fn doubled(w: &mut ShopWorld, place: String) {
    let address = w.as_if_paid().await.must();
    let (base, query) = address.split_once('?').unwrap_or((&address, ""));
    let address = match place.as_str() {
        "first" => format!("{base}?status=Success&{query}"),
        _ => format!("{address}&status=Success"),
    };
    w.come_back(&address).await.must();
}

#[when(expr = "the payer comes back with the amount changed to {int},{int},{int}")]
async fn amount_changed(w: &mut ShopWorld, millions: u32, thousands: u32, rest: u32) {
    let amount = (millions * 1_000_000 + thousands * 1_000 + rest).to_string();
    let address = w.return_url().await.must();
    let address = redirect_with(&address, &[("amount", Some(&amount))]);
    w.come_back(&address).await.must();
    w.look_in_the_browser(&address).await.must();
}

#[when("the payer comes back with a signed redirect that says Success")]
async fn signed(w: &mut ShopWorld) {
    let forgery = w.forgery().await.must();
    let payment = w.payment(&w.order().order_ref).await.must();
    let pairs = [
        ("amount", forgery.amount.to_string()),
        ("currency", crate::catalog::CURRENCY.to_owned()),
        ("merchant_order_ref", forgery.merchant_order_ref),
        ("order_ref", forgery.order_ref),
        ("channel_order_ref", forgery.channel_order_ref),
        ("status", TransactionStatus::Success.word().to_owned()),
        ("status_code", "2000".to_owned()),
        ("status_reason", "SUCCESS".to_owned()),
    ];
    let pairs = pairs.map(|(name, value)| (name.to_owned(), value)).to_vec();
    let address = Redirect::signed(pairs, &w.stage().account.secret).url(&payment.success_url);
    w.come_back(&address).await.must();
}

#[when(regex = "^the payer comes back with markup in (every unsigned text|every parameter)$")]
async fn markup(w: &mut ShopWorld, what: String) {
    /// Some are only in redirects of other channels; a shop that shows them shows them from here, too.
    const MORE: [&str; 5] = ["message", "description", "buyer_name", "method_name", "error"];
    let payment = w.payment(&w.order().order_ref).await.must();
    let address = payment.return_url;
    let query = |address: &str| Redirect::parse(address.split_once('?').map_or("", |(_, query)| query));
    // The shop's own are none of PortOne's texts.
    let (told, own) = (query(&address), query(&payment.failure_url));
    let is_kept = |name: &str| SIGNED.contains(&name) || own.get(name).is_some();
    let names = told.pairs().iter().map(|(name, _)| name.as_str()).chain(MORE);
    let changed = names.filter(|name| what == "every parameter" || !is_kept(name));
    let changes: Vec<(&str, Option<&str>)> = changed.map(|name| (name, Some(marked(name)))).collect();
    let address = redirect_with(&address, &changes);
    w.come_back(&address).await.must();
    w.look_in_the_browser(&address).await.must();
    w.look_at_the_order().await.must();
}

impl ShopWorld {
    /// Where PortOne sends the payer now.
    async fn return_url(&self) -> Result<String, Failure> {
        Ok(self.payment(&self.order().order_ref).await?.return_url)
    }

    /// What PortOne tells of the order now, at the address for payers who have paid.
    async fn as_if_paid(&self) -> Result<String, Failure> {
        let payment = self.payment(&self.order().order_ref).await?;
        moved(&payment.return_url, &payment.failure_url, &payment.success_url)
    }

    /// The address that the shop gave for this order, with everything that was told of another one.
    async fn with_the_redirect(&self, of_another: &str) -> Result<String, Failure> {
        let payment = self.payment(&self.order().order_ref).await?;
        let query = of_another.split_once('?').map(|(_, query)| query).unwrap_or_default();
        let joint = if payment.success_url.contains('?') { '&' } else { '?' };
        Ok(format!("{}{joint}{query}", payment.success_url))
    }

    /// What is told of this order as if it were paid, and what is told of one that is.
    async fn own_and_paid(&mut self) -> Result<(String, String), Failure> {
        let paid = self.paid_order().await?;
        Ok((self.as_if_paid().await?, self.payment(&paid.order_ref).await?.return_url))
    }

    /// An id of no order.
    pub(super) fn nonsense_id(&self) -> String {
        format!("NEVER-{}", self.stage().stage.next_order_id())
    }

    /// What no redirect says, at the address for payers who have paid.
    pub(super) fn nonsense_redirect(&self, id: &str) -> Result<String, Failure> {
        let base = self.stage().return_urls().success.replace("{id}", id).replace("%7Bid%7D", id);
        let names = ["merchant_order_ref", "order_ref", "channel_order_ref"].map(|name| (name, Some(id)));
        let changes = [&names[..], &[("status", Some("Success")), ("signature_hash", Some("bm9uc2Vuc2U="))]].concat();
        Ok(redirect_with(&base, &changes))
    }

    /// Has a look at the pages on which the shop shows the order, if it has some.
    pub(super) async fn look_at_the_order(&mut self) -> Result<(), Failure> {
        let told = self.stage().shop.told(&self.caller(), &self.order().id).await?;
        self.pages.extend(told.is_page().then_some(told.body));
        if let Some(address) = self.page_of_the_order()? {
            self.come_back(&address).await?;
            // Some show it only to the payer whose order it is.
            self.look_in_the_browser(&address).await?;
        }
        Ok(())
    }

    /// Opens an address in the browser and keeps what its scripts made of it.
    pub(super) async fn look_in_the_browser(&mut self, address: &str) -> Result<(), Failure> {
        let session = self.base.session().await?;
        if let Err(error) = session.open(address).await {
            return Err(self.of_the_shop(error).await);
        }
        let session = self.base.session().await?;
        session.inspect_at_rest(RESTING).await?;
        session.note_page("The shop's page").await?;
        for document in session.documents().await? {
            let place = document.url.split(['?', '#']).next().unwrap_or_default();
            self.stage().leaks.look(&format!("the page at {place} in a browser"), &document.html);
            self.pages.push(document.html);
        }
        Ok(())
    }
}

/// Markup for a field, or where an address belongs one that runs.
pub(super) fn marked(name: &str) -> &'static str {
    if name.ends_with("_url") { RUNNING } else { MARKUP }
}

/// What is told at one of the merchant's addresses, at another one: the merchant's own parameters go along with their address.
fn moved(told: &str, from: &str, to: &str) -> Result<String, Failure> {
    let url = |text: &str| {
        Url::parse(text).map_err(|error| Failure::unmet("an address to come back to", format!("{text:?}: {error}")))
    };
    let (told, from) = (url(told)?, url(from)?);
    let query = told.query().unwrap_or_default();
    let query = query.strip_prefix(from.query().unwrap_or_default()).unwrap_or(query).trim_start_matches('&');
    let joint = if to.contains('?') { '&' } else { '?' };
    Ok(format!("{to}{joint}{query}"))
}

fn parameter(address: &str, name: &str) -> Result<String, Failure> {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    let value = Redirect::parse(query).get(name).map(str::to_owned);
    value.ok_or_else(|| Failure::blocked(format!("{name} in PortOne's redirect"), address.to_owned()))
}
