//! What a stranger can read of the shop.

use super::ShopWorld;
use crate::catalog::Method;
use crate::journal::Failure;
use crate::steps::conclude::Must;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, Engine};
use cucumber::{then, when};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use regex::Regex;
use std::sync::{Arc, LazyLock};
use url::Url;

/// Scripts and data that one page may have the stranger read.
const MOST_SCRIPTS: usize = 30;

#[when("a stranger reads the shop's pages, scripts and answers")]
async fn reads(w: &mut ShopWorld) {
    let stage = Arc::clone(w.stage());
    let wanted = stage.wanted(Method::CreditCard);
    let mut addresses = vec![stage.shop.base().clone()];
    addresses.extend([false, true].into_iter().filter_map(|embedded| stage.shop.checkout_page(&wanted, embedded).ok()));
    addresses.extend(w.page_of_the_order().must().and_then(|page| Url::parse(&page).ok()));
    for address in addresses {
        w.read_with_its_scripts(&address).await.must();
    }
    if stage.shop.integration().checkout.endpoint.is_some() {
        // Its answer is recorded like every other; here it is read again for what it says.
        let order = stage.shop.order(&w.caller(), &stage.wanted(Method::CreditCard)).await.must();
        w.read.push(("the answer to a new order".to_owned(), format!("{order:?}")));
    }
    let told = stage.shop.told_of_order(&w.caller(), &w.order().id).await.must();
    w.read.push(("the answer about an order".to_owned(), told));
}

#[then("none of them holds the secret")]
async fn none_holds_it(w: &mut ShopWorld) {
    let secret = w.stage().account.secret.clone();
    let plain = secret.expose();
    let forms = [
        plain.to_owned(),
        hex::encode(plain),
        BASE64_STANDARD.encode(plain).trim_end_matches('=').to_owned(),
        BASE64_URL_SAFE.encode(plain).trim_end_matches('=').to_owned(),
        utf8_percent_encode(plain, NON_ALPHANUMERIC).to_string(),
    ];
    if w.read.is_empty() {
        Err::<(), _>(Failure::unmet("something of the shop to read", "nothing")).must();
    }
    for (address, text) in &w.read {
        let lower = text.to_lowercase();
        if forms.iter().any(|form| text.contains(form) || lower.contains(&form.to_lowercase())) {
            Err::<(), _>(Failure::unmet("no page, script or answer with the secret", address.clone())).must();
        }
    }
}

impl ShopWorld {
    /// Reads a page and every script of the shop's that it names.
    async fn read_with_its_scripts(&mut self, address: &Url) -> Result<(), Failure> {
        static SCRIPTS: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r#"(?i)<(?:script|link)\b[^>]*?\b(?:src|href)\s*=\s*["']?([^"'\s>]+)"#)
                .expect("the pattern is right")
        });
        let callbacks = self.stage().callbacks.clone();
        let page = callbacks.come_back(&self.caller(), address.as_str()).await?;
        let named: Vec<Url> = SCRIPTS
            .captures_iter(&page.body)
            .filter_map(|found| address.join(&found[1]).ok())
            .filter(|script| script.origin() == address.origin())
            .take(MOST_SCRIPTS)
            .collect();
        self.read.push((address.to_string(), format!("{:?}\n{}", page.headers, page.body)));
        for script in named {
            let answer = callbacks.come_back(&self.caller(), script.as_str()).await?;
            self.read.push((script.to_string(), answer.body));
        }
        Ok(())
    }
}
