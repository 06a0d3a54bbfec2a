//! `POST /api/initiatePayment`.

use super::Refused;
use super::call::{Accepted, Call};
use super::extract::{MAX_TEXT, at_most, body, other_key, sandbox, web_address};
use super::outline::Field;
use crate::catalog::{CHANNEL, CURRENCY, Code, Method};
use crate::twin::{
    Account, Buyer, MAX_AMOUNT, NewOrder, ORDER_LIFETIME, Onboarding, Order, Source, Twin, fits_qr, money,
};
use crate::wire::{BillingDetails, InitiatePayment, MAX_ORDER_ID_BYTES, OrderItem, PaymentInitiated, Unknown};
use std::sync::Arc;

/// The required fields, in the documented order.
const REQUIRED: [Field; 11] = [
    Field::Text("key"),
    Field::Text("merchant_order_id"),
    Field::Text("pmt_channel"),
    Field::Text("pmt_method"),
    Field::Text("description"),
    Field::Text("environment"),
    Field::Number("amount"),
    Field::Text("currency"),
    Field::Text("signature_hash"),
    Field::Text("success_url"),
    Field::Text("failure_url"),
];

/// Who asks for a payment, and from where.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// The key in the request's header.
    pub client_key: &'a str,
    pub source: Source,
    pub user_agent: &'a str,
    pub ip_address: &'a str,
}

pub(super) fn initiate_payment(call: &Call) -> Result<Accepted, Refused> {
    let client_key = call.client_key()?;
    let request: InitiatePayment = call.json(&REQUIRED)?;
    let ip_address = call.peer.map(|peer| peer.ip().to_string()).unwrap_or_default();
    let user_agent = call.header("user-agent").unwrap_or_default();
    let asker = Asker { client_key, source: Source::Api, user_agent, ip_address: &ip_address };
    let (account, order) = create(&call.twin, request, asker)?;
    Ok(Accepted::json(&initiated(&call.twin, &account, &order)))
}

/// Creates an order from a body of `initiatePayment`, for pages through which payments are asked for too.
///
/// # Errors
/// The refusals of `initiatePayment`.
pub fn initiate(twin: &Twin, bytes: &[u8], asker: Asker<'_>) -> Result<PaymentInitiated, Refused> {
    let (account, order) = create(twin, body(bytes, &REQUIRED)?, asker)?;
    Ok(initiated(twin, &account, &order))
}

fn create(twin: &Twin, request: InitiatePayment, asker: Asker<'_>) -> Result<(Arc<Account>, Arc<Order>), Refused> {
    at_most("merchant_order_id", &request.merchant_order_id, MAX_ORDER_ID_BYTES)?;
    at_most("description", &request.description, MAX_TEXT)?;
    web_address("success_url", &request.success_url)?;
    web_address("failure_url", &request.failure_url)?;
    if let Some(pending_url) = &request.pending_url {
        web_address("pending_url", pending_url)?;
    }
    let account = twin.accounts.get(&request.key).ok_or_else(|| Refused::unknown_merchant(&request.key))?;
    if asker.client_key != request.key {
        return Err(other_key());
    }
    if !request.signature_hash.verifies(account.secret(), &request.signed_fields().canonical()) {
        return Err(Refused::new(Code::UnauthorisedSignature, "the signature_hash does not belong to this request"));
    }
    if request.pmt_channel != CHANNEL {
        return Err(Refused::new(Code::InvalidChannelKey, format!("pmt_channel must be {CHANNEL}")));
    }
    let method = Method::from_key(&request.pmt_method)
        .ok_or_else(|| Refused::new(Code::InvalidMethod, format!("{CHANNEL} has no such pmt_method")))?;
    sandbox(&request.environment)?;
    if request.currency != CURRENCY {
        return Err(Refused::new(Code::InvalidCurrency, format!("{CHANNEL} takes payments in {CURRENCY} only")));
    }
    let amount = money(request.amount).ok_or_else(|| {
        let message = format!("amount must be more than 0, at most {MAX_AMOUNT}, with at most two decimals");
        Refused::new(Code::InvalidAmount, message)
    })?;
    if method == Method::Qr && !fits_qr(amount) {
        return Err(Refused::new(Code::InvalidAmount, "amount must have at most 13 characters to fit into a QR"));
    }
    let order = NewOrder {
        merchant_order_ref: request.merchant_order_id,
        method,
        amount,
        description: request.description,
        success_url: request.success_url,
        failure_url: request.failure_url,
        pending_url: request.pending_url,
        buyer: request.billing_details.map(buyer).unwrap_or_default(),
        items: request.order_details.unwrap_or_default().into_iter().map(known).collect(),
        user_configured: request.user_configured,
        source: asker.source,
        user_agent: asker.user_agent.to_owned(),
        ip_address: asker.ip_address.to_owned(),
    };
    let duplicate = || Refused::new(Code::DuplicateTransaction, "merchant_order_id was used before");
    // A duplicate is refused before the channel is asked, so the channel's refusal must not use up the order id.
    if let Err(refused) = onboarded(account.onboarding()) {
        let known = account.order_by_merchant_ref(&order.merchant_order_ref).is_some();
        return Err(if known { duplicate() } else { refused });
    }
    let order = account.initiate(order).map_err(|_| duplicate())?;
    twin.accounts.trim();
    Ok((account, order))
}

/// What SmartPay answers while it has not set the merchant up. The vendor's page demands the set-up without saying
/// what happens without it; the codes are inferred.
fn onboarded(onboarding: Onboarding) -> Result<(), Refused> {
    if !onboarding.whitelisted_ip {
        let message = "SmartPay refused the request: PortOne's IP address is not whitelisted for this merchant";
        return Err(Refused::new(Code::PspCommunication, message));
    }
    if !onboarding.portone_public_key {
        let message = "PortOne's public key is not configured at SmartPay for this merchant";
        return Err(Refused::new(Code::CredsNotFound, message));
    }
    if !onboarding.smartpay_public_key {
        let message = "SmartPay's public key is not configured at PortOne for this merchant";
        return Err(Refused::new(Code::CredsNotFound, message));
    }
    Ok(())
}

fn initiated(twin: &Twin, account: &Account, order: &Order) -> PaymentInitiated {
    let is_qr = order.request.method == Method::Qr;
    PaymentInitiated {
        is_success: true,
        redirect_url: twin.payer_page(account.key(), order),
        channel_order_ref: order.channel_order_ref.clone(),
        merchant_order_ref: order.request.merchant_order_ref.clone(),
        order_ref: order.order_ref.clone(),
        message: String::new(),
        deep_link: String::new(),
        additional_data: None,
        qrcode_url: if is_qr { twin.qr_image(account.key(), order) } else { String::new() },
        expiry_in_minutes: ORDER_LIFETIME.as_mins().to_string(),
        unknown: Unknown::default(),
    }
}

/// The item without what no page documents: nothing could show it.
fn known(item: OrderItem) -> OrderItem {
    OrderItem { unknown: Unknown::default(), ..item }
}

fn buyer(billing: BillingDetails) -> Buyer {
    let name = format!("{} {}", billing.billing_name, billing.billing_surname).trim().to_owned();
    let address = billing.billing_address;
    Buyer {
        name,
        email: billing.billing_email,
        phone: billing.billing_phone,
        address1: address.line_1,
        address2: address.line_2,
        city: address.city,
        country: address.country_code,
    }
}
