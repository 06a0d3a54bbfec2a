//! `POST /api/merchant/auth-token` and `POST /api/merchant/generate-signature`.

use super::Refused;
use super::call::{Accepted, Call};
use super::extract::{at_most, other_key, web_address};
use super::outline::Field;
use crate::wire::{
    AuthTokenContent, AuthTokenRequest, Clock, Envelope, MAX_ORDER_ID_BYTES, RequestFields, Signature,
    SignatureContent, SignatureRequest, Unknown, mint,
};

/// Seconds a token lives when the vendor makes it.
const TOKEN_LIFETIME: u32 = 21_600;

/// Bytes of a currency: ISO 4217 needs three. The vendor names no limit; inferred.
const MAX_CURRENCY: usize = 16;

pub(super) fn auth_token(call: &Call) -> Result<Accepted, Refused> {
    let request: AuthTokenRequest = call.json(&[Field::Text("portone_key"), Field::Text("portone_secret")])?;
    let account = call.account(&request.portone_key)?;
    if account.secret().expose() != request.portone_secret {
        return Err(other_key());
    }
    let token = mint(account.key(), account.secret(), Clock::system().now(), i64::from(TOKEN_LIFETIME));
    let content = AuthTokenContent { expires_in: u64::from(TOKEN_LIFETIME), token, unknown: Unknown::default() };
    Ok(Accepted::json(&Envelope::success(content, Some("Auth Token generated successfully!"))))
}

pub(super) fn generate_signature(call: &Call) -> Result<Accepted, Refused> {
    let account = call.merchant()?;
    let request: SignatureRequest = call.json(&[
        Field::Text("portone_key"),
        Field::Text("currency"),
        Field::Number("amount"),
        Field::Text("merchant_order_id"),
        Field::Text("success_url"),
        Field::Text("failure_url"),
    ])?;
    if request.portone_key != account.key() {
        call.account(&request.portone_key)?;
        return Err(other_key());
    }
    at_most("currency", &request.currency, MAX_CURRENCY)?;
    at_most("merchant_order_id", &request.merchant_order_id, MAX_ORDER_ID_BYTES)?;
    web_address("success_url", &request.success_url)?;
    web_address("failure_url", &request.failure_url)?;
    let fields = RequestFields {
        amount: request.amount,
        client_key: &request.portone_key,
        currency: &request.currency,
        failure_url: &request.failure_url,
        merchant_order_id: &request.merchant_order_id,
        success_url: &request.success_url,
    };
    let content = SignatureContent {
        signature: Signature::of(account.secret(), &fields.canonical()),
        unknown: Unknown::default(),
    };
    Ok(Accepted::json(&Envelope::success(content, Some("Signature generated successfully!"))))
}
