//! What a stranger can read of the shop.

use super::ShopWorld;
use crate::catalog::Method;
use crate::journal::Failure;
use crate::steps::conclude::Must;
use cucumber::{then, when};
use regex::Regex;
use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, LazyLock},
};
use url::Url;

/// Pages and scripts that the stranger reads at most.
const MOST: usize = 60;
/// Nobody has made this.
const NOWHERE: &str = "/no-such-page-9d1c";

#[when("a stranger reads the shop's pages, scripts and answers")]
async fn reads(w: &mut ShopWorld) {
    let stage = Arc::clone(w.stage());
    let shop = stage.shop.clone();
    let wanted = stage.wanted(Method::CreditCard);
    let integration = shop.integration();
    let named = [
        integration.shop.ready.as_deref(),
        Some(NOWHERE),
        Some(integration.callbacks.success.as_str()),
        Some(integration.callbacks.failure.as_str()),
        Some(integration.callbacks.webhook.as_str()),
    ];
    let mut addresses = vec![shop.base().clone()];
    addresses.extend([false, true].into_iter().filter_map(|embedded| shop.checkout_page(&wanted, embedded).ok()));
    addresses.extend(w.page_of_the_order().must().and_then(|page| Url::parse(&page).ok()));
    addresses.extend(named.into_iter().flatten().filter_map(|address| shop.address(address).ok()));
    w.read_with_all_scripts(addresses).await.must();
    // What the shop answers to what it cannot take is read, too.
    let caller = w.caller();
    for nonsense in ["", "{", "[]", "{\"order_ref\":null}"] {
        w.stage().callbacks.tell(&caller, nonsense).await.must();
    }
    shop.order_nonsense(&caller).await.must();
    if integration.checkout.endpoint.is_some() {
        shop.order(&caller, &stage.wanted(Method::CreditCard)).await.must();
    }
    shop.told(&caller, &w.order().id).await.must();
    drop(shop.told(&caller, NOWHERE.trim_start_matches('/')).await);
    w.read_in_the_browser().await.must();
    let payment = w.payment(&w.order().order_ref).await.must();
    w.stage().callbacks.come_back(&caller, &payment.return_url).await.must();
    for (place, address) in [("success_url", &payment.success_url), ("failure_url", &payment.failure_url)] {
        stage.leaks.look(&format!("the {place} that the shop gave PortOne"), address);
    }
}

#[then("nothing that the shop said in all checks holds the secret")]
async fn nothing_holds_it(w: &mut ShopWorld) {
    let found = w.stage().leaks.found();
    if !found.is_empty() {
        Err::<(), _>(Failure::unmet("no page, script or answer with the secret", found.join("\n"))).must();
    }
}

impl ShopWorld {
    /// Orders on the shop's page, and reads what only a browser gets: headers of answers to its forms, and what scripts made of the page.
    async fn read_in_the_browser(&mut self) -> Result<(), Failure> {
        let stage = Arc::clone(self.stage());
        if stage.shop.integration().checkout.page.is_none() {
            return Ok(());
        }
        self.wanted = Some(stage.wanted(Method::CreditCard));
        self.open_checkout(false).await?;
        let session = self.base.session().await?;
        for document in session.documents().await? {
            stage.leaks.look(&format!("the page at {} in a browser", stage.shop.base()), &document.html);
        }
        self.press().await?;
        let placed = self.reached().await?;
        self.levers()?.pay(&stage.account, &placed.order_ref, None).await?;
        let back = self.payment(&placed.order_ref).await?.return_url;
        // What only the payer sees whose order it is.
        for page in [Some(back), stage.shop.page_of(&placed.id)?].into_iter().flatten() {
            self.look_in_the_browser(&page).await?;
        }
        let session = self.base.session().await?;
        for entry in session.requests().await? {
            if entry.request.url.starts_with(stage.shop.base().as_str()) {
                for header in &entry.response.headers {
                    let place =
                        format!("the header {} of the {} answer to a browser", header.name, entry.response.status);
                    stage.leaks.look(&place, &header.value);
                }
            }
        }
        Ok(())
    }

    /// Reads pages and every script of the shop's that they and their scripts name.
    async fn read_with_all_scripts(&self, addresses: Vec<Url>) -> Result<(), Failure> {
        static NAMED: LazyLock<Regex> = LazyLock::new(|| {
            let of_a_page = r#"<(?:script|link)\b[^>]*?\b(?:src|href)\s*=\s*["']?([^"'\s>]+)"#;
            let of_a_script = r#"\b(?:from|import)\s*\(?\s*["']([^"']+)["']"#;
            let of_a_map = r"//[#@]\s*sourceMappingURL=(\S+)";
            Regex::new(&format!("(?i){of_a_page}|{of_a_script}|{of_a_map}")).expect("the pattern is right")
        });
        let callbacks = self.stage().callbacks.clone();
        let mut known: HashSet<Url> = addresses.iter().cloned().collect();
        let mut waiting: VecDeque<Url> = addresses.into();
        while let Some(address) = waiting.pop_front() {
            let answer = callbacks.come_back(&self.caller(), address.as_str()).await?;
            for found in NAMED.captures_iter(&answer.body) {
                let name = found.iter().skip(1).flatten().next().map_or("", |name| name.as_str());
                let Ok(script) = address.join(name) else { continue };
                let is_the_shops = script.origin() == self.stage().shop.base().origin();
                if is_the_shops && known.len() < MOST && known.insert(script.clone()) {
                    waiting.push_back(script);
                }
            }
        }
        Ok(())
    }
}
