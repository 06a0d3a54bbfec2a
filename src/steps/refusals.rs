//! Payment requests that have to be refused, and the reason they are refused for.

use super::{World, conclude::Must, parameters::Part as PartName};
use crate::catalog::{Code, Method};
use crate::journal::Failure;
use crate::sandbox::{Alteration, Part, Reply};
use cucumber::{then, when};
use serde_json::json;

/// The reply is a refusal with the documented code, and with its HTTP status where one is documented.
pub(super) fn expect_refusal(reply: &Reply<()>, code: Code) -> Result<(), Failure> {
    let status = code.http().map(|http| format!("{http} ")).unwrap_or_default();
    let expected = || format!("a refusal with {status}{} {}", code.number(), code.name());
    match reply {
        Reply::Accepted(()) => Err(Failure::unmet(expected(), "the request was accepted")),
        Reply::Refused { http, refusal }
            if refusal.status_code == code.number() && code.http().is_none_or(|status| status == *http) =>
        {
            Ok(())
        }
        Reply::Refused { http, refusal } => Err(Failure::unmet(
            expected(),
            format!("{http} {} {}: {}", refusal.status_code, refusal.status_reason, refusal.message),
        )),
    }
}

#[when(expr = "the merchant initiates a payment, but the amount was raised after signing")]
async fn raised_amount(w: &mut World) {
    w.attempt(Method::CreditCard, &Alteration::Unsigned(Part::Amount, json!(90_001))).await.must();
}

#[when("the merchant initiates a payment, but the currency was changed after signing")]
async fn changed_currency(w: &mut World) {
    w.attempt(Method::CreditCard, &Alteration::Unsigned(Part::Currency, json!("USD"))).await.must();
}

#[when("the merchant initiates a payment, but the order id was changed after signing")]
async fn changed_order_id(w: &mut World) {
    let another = json!(w.stage().next_order_id());
    w.attempt(Method::CreditCard, &Alteration::Unsigned(Part::OrderId, another)).await.must();
}

#[when("the merchant initiates a payment, but the success page was changed after signing")]
async fn changed_success_page(w: &mut World) {
    let elsewhere = json!(w.merchant().urls.pending);
    w.attempt(Method::CreditCard, &Alteration::Unsigned(Part::SuccessPage, elsewhere)).await.must();
}

#[when("the merchant initiates a payment, but the failure page was changed after signing")]
async fn changed_failure_page(w: &mut World) {
    let elsewhere = json!(w.merchant().urls.pending);
    w.attempt(Method::CreditCard, &Alteration::Unsigned(Part::FailurePage, elsewhere)).await.must();
}

#[when("the merchant initiates a payment, but it was signed with another secret")]
async fn another_secret(w: &mut World) {
    w.attempt(Method::CreditCard, &Alteration::ForeignSecret).await.must();
}

#[when("the merchant initiates a payment, but one bit of the signature was flipped")]
async fn flipped_bit(w: &mut World) {
    w.attempt(Method::CreditCard, &Alteration::FlippedBit).await.must();
}

#[when(expr = "the merchant initiates a payment without its {part}")]
async fn without_a_part(w: &mut World, part: PartName) {
    w.attempt(Method::CreditCard, &Alteration::Without(part.0)).await.must();
}

#[then(expr = "the request is refused because its {part} is missing")]
async fn refused_for_a_missing_part(w: &mut World, part: PartName) {
    expect_refusal(w.reply(), Code::InvalidRequest).must();
    if let Reply::Refused { refusal, .. } = w.reply() {
        let field = part.0.field();
        if !refusal.message.split_whitespace().any(|word| word == field) {
            Err::<(), _>(Failure::unmet(format!("a message that names {field}"), refusal.message.clone())).must();
        }
    }
}

#[when("the merchant initiates a payment with the same order id")]
async fn the_same_order_id(w: &mut World) {
    let request = w.order().request.clone();
    let answer = w.merchant().portone.initiate(&request).await.must();
    w.reply = Some(answer.without_content());
}

#[when("the merchant initiates a payment with the same order id and another amount")]
async fn the_same_order_id_with_another_amount(w: &mut World) {
    let (id, amount) = (w.order().request.merchant_order_id.clone(), crate::wire::Amount::from(90_001));
    let request = w.merchant().request(&id, Method::CreditCard, amount).must();
    w.reply = Some(w.merchant().portone.initiate(&request).await.must().without_content());
}

#[when("the merchant initiates a payment with an unknown channel")]
async fn unknown_channel(w: &mut World) {
    w.attempt(Method::CreditCard, &Alteration::Signed(Part::Channel, json!("NO_SUCH_CHANNEL"))).await.must();
}

#[when("the merchant initiates a payment with an unknown method")]
async fn unknown_method(w: &mut World) {
    w.attempt(Method::CreditCard, &Alteration::Signed(Part::Method, json!("SMARTPAY_NO_SUCH_METHOD"))).await.must();
}

#[when("the merchant initiates a payment with another channel's method")]
async fn another_channels_method(w: &mut World) {
    w.attempt(Method::CreditCard, &Alteration::Signed(Part::Method, json!("MOMOPAY_WALLET"))).await.must();
}

#[when("the merchant initiates a payment with an unknown environment")]
async fn unknown_environment(w: &mut World) {
    w.attempt(Method::CreditCard, &Alteration::Signed(Part::Environment, json!("staging"))).await.must();
}

#[when(regex = "^the merchant initiates a payment in (USD|THB)$")]
async fn another_currency(w: &mut World, currency: String) {
    w.attempt(Method::CreditCard, &Alteration::Signed(Part::Currency, json!(currency))).await.must();
}

#[when("the merchant initiates a payment with an amount that is zero")]
async fn zero_amount(w: &mut World) {
    w.attempt(Method::CreditCard, &Alteration::Signed(Part::Amount, json!(0))).await.must();
}

#[when("the merchant initiates a payment with an amount that is negative")]
async fn negative_amount(w: &mut World) {
    w.attempt(Method::CreditCard, &Alteration::Signed(Part::Amount, json!(-90_000))).await.must();
}

#[when("the merchant initiates a payment with an amount that is oversized")]
async fn oversized_amount(w: &mut World) {
    w.attempt(Method::CreditCard, &Alteration::Signed(Part::Amount, json!(1e21))).await.must();
}

#[when("somebody initiates a payment with an unknown key")]
async fn unknown_key(w: &mut World) {
    const NOBODY: &str = "NO_SUCH_MERCHANT_KEY";
    let request = w.merchant().request(&w.stage().next_order_id(), Method::CreditCard, 90_000.into()).must();
    let alteration = Alteration::Signed(Part::Key, json!(NOBODY));
    w.reply = Some(w.merchant().attempt(NOBODY, &request, &alteration).await.must().without_content());
}
