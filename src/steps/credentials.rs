//! Tokens and signatures given out by the vendor, and tokens that have to be refused.

use super::{World, conclude::Must};
use crate::catalog::Method;
use crate::journal::{Failure, expect_equal};
use crate::journeys::{Outcome, Story};
use crate::sandbox::{Onboarding, TokenKind};
use crate::wire::{Secret, SignatureRequest};
use cucumber::{then, when};

#[when("the merchant asks for a token")]
async fn asks_for_a_token(w: &mut World) {
    let account = w.merchant().account();
    let content = w.merchant().portone.auth_token(&account.key, &account.secret).await.must();
    let content = content.accepted("the request for a token").must();
    expect_equal("a token that lives for seconds", &21_600, &content.expires_in).must();
    w.scribe().learn(&content.token);
    w.token = Some(TokenKind::Given(Secret::new(content.token)));
}

#[then("the token opens the status query")]
async fn the_token_opens(w: &mut World) {
    let token = w.token.clone().expect("a sentence before this one asks for a token");
    let id = &w.order().request.merchant_order_id;
    let status = w.merchant().portone.status(id, &token).await.must().accepted("the status query").must();
    Story::of_status(status).expect(w.order(), Outcome::Open).must();
}

#[when("somebody asks for a token with a wrong secret")]
async fn asks_with_a_wrong_secret(w: &mut World) {
    let wrong = Secret::new("a secret that is not the merchant's");
    let reply = w.merchant().portone.auth_token(&w.merchant().account().key, &wrong).await.must();
    w.reply = Some(reply.without_content());
}

#[when("somebody asks for a token with an unknown key")]
async fn asks_with_an_unknown_key(w: &mut World) {
    let reply = w.merchant().portone.auth_token("NO_SUCH_MERCHANT_KEY", &w.merchant().account().secret).await.must();
    w.reply = Some(reply.without_content());
}

#[then("no token is given")]
async fn no_token(w: &mut World) {
    if matches!(w.reply(), crate::sandbox::Reply::Accepted(())) {
        Err::<(), _>(Failure::unmet("a refusal", "a token was given")).must();
    }
}

#[when(
    regex = "^the status is queried with (an expired token|a token signed with another secret|an unsigned token|a token of another merchant|a token whose expiry was changed|no token)$"
)]
async fn queried_with(w: &mut World, token: String) {
    let kind = match token.as_str() {
        "an expired token" => TokenKind::Expired,
        "a token signed with another secret" => TokenKind::Forged,
        "an unsigned token" => TokenKind::Unsigned,
        "a token whose expiry was changed" => TokenKind::Prolonged,
        "no token" => TokenKind::Missing,
        _ => TokenKind::OfAnother(w.another_merchant().await.must().account().clone()),
    };
    let id = &w.order().request.merchant_order_id;
    let reply = w.merchant().portone.status(id, &kind).await.must().without_content();
    w.reply = Some(reply);
}

#[when(
    regex = "^the merchant asks the vendor to sign an order with (a plain reference|a reference with spaces and punctuation|a Vietnamese reference)$"
)]
async fn asks_for_a_signature(w: &mut World, reference: String) {
    let suffix = match reference.as_str() {
        "a plain reference" => "",
        "a Vietnamese reference" => " Đơn hàng số một",
        _ => " a&b=c#d ~*!'()",
    };
    let id = format!("{}{suffix}", w.stage().next_order_id());
    let request = w.merchant().request(&id, Method::CreditCard, 90_000.into()).must();
    let asked = SignatureRequest::from(&request);
    let given = w.merchant().portone.generate_signature(&asked).await.must().accepted("the request for a signature");
    w.signatures = Some((request.signature_hash.to_string(), given.must().signature.to_string()));
}

#[then("the vendor's signature equals the merchant's own")]
async fn signatures_agree(w: &mut World) {
    let (own, vendors) = w.signatures.clone().expect("a sentence before this one asks for a signature");
    expect_equal("the vendor to sign", &own, &vendors).must();
}

impl World {
    /// Another merchant, fully set up.
    ///
    /// # Errors
    /// Skipped, on a target that cannot make one.
    pub(super) async fn another_merchant(&self) -> Result<crate::sandbox::Merchant, Failure> {
        self.levers()?;
        self.stage().merchant(self.scribe(), Onboarding::COMPLETE, "another merchant", 0).await
    }
}
