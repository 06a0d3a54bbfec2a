//! Questions about a transaction, and its manual update.

use super::Refused;
use super::call::{Accepted, Call};
use super::outline::Field;
use crate::catalog::{CHANNEL, COUNTRY, CURRENCY, Code};
use crate::twin::{Account, CHANNEL_NAME, Order, Outcome};
use crate::wire::contract::Operation;
use crate::wire::{
    Envelope, OrderItem, OrderedItem, OrderedItems, StatusUpdate, StatusUpdated, TransactionDetails,
    TransactionDetailsRequest, TransactionStatus, TransactionStatusContent, Unknown, rfc3339_micros,
};
use serde_json::{Value, json};

pub(super) fn status(call: &Call) -> Result<Accepted, Refused> {
    let account = call.merchant()?;
    let reference = call.path_part("merchant_order_ref").unwrap_or_default();
    let order = account.order_by_merchant_ref(reference).ok_or_else(Refused::unknown_order)?;
    call.twin.lately.asked(Operation::TransactionStatus, reference);
    let content = TransactionStatusContent {
        channel_order_ref: order.channel_order_ref.clone(),
        order_ref: order.order_ref.clone(),
        status: order.status().clone(),
        unknown: Unknown::default(),
    };
    Ok(Accepted::json(&Envelope::success(content, None)))
}

pub(super) fn details(call: &Call) -> Result<Accepted, Refused> {
    let account = call.merchant()?;
    let request: TransactionDetailsRequest = call.json(&[Field::Text("order_ref")])?;
    let order = account.order(&request.order_ref).ok_or_else(Refused::unknown_order)?;
    call.twin.lately.asked(Operation::TransactionDetails, &order.request.merchant_order_ref);
    Ok(Accepted::json(&Envelope::success(described(&account, &order), None)))
}

/// `PUT /api/transaction/status`: the merchant says how an open order ended. What becomes of a concluded one, and the
/// body of the answer, are inferred.
pub(super) fn update(call: &Call) -> Result<Accepted, Refused> {
    let account = call.merchant()?;
    let request: StatusUpdate =
        call.json(&[Field::Text("status"), Field::Text("merchant_order_ref"), Field::Text("signature")])?;
    let outcome = match request.status.as_str() {
        "Success" => Outcome::Paid,
        "Failed" => Outcome::refused(Code::OrderCancelled, "The merchant marked the order as failed"),
        _ => return Err(Refused::invalid("status must be Success or Failed")),
    };
    if !request.verifies(account.secret()) {
        return Err(Refused::new(Code::UnauthorisedSignature, "the signature does not belong to this request"));
    }
    let order = account.order_by_merchant_ref(&request.merchant_order_ref).ok_or_else(Refused::unknown_order)?;
    account.conclude(&order.order_ref, outcome)?;
    Ok(Accepted::json(&StatusUpdated {
        message: "Transaction status updated successfully!".to_owned(),
        status_code: Code::Success.number().to_owned(),
        status_reason: Code::Success.name().to_owned(),
        unknown: Unknown::default(),
    }))
}

fn described(account: &Account, order: &Order) -> TransactionDetails {
    let request = &order.request;
    let buyer = &request.buyer;
    // As the documented example: nothing can be said of an order that no payer has opened.
    let code = (*order.status() != TransactionStatus::Initiated).then(|| order.code());
    TransactionDetails {
        currency: CURRENCY.to_owned(),
        amount: order.wire_amount(),
        order_ref: order.order_ref.clone(),
        channel_order_ref: order.channel_order_ref.clone(),
        merchant_order_ref: request.merchant_order_ref.clone(),
        country_code: COUNTRY.to_owned(),
        status: order.status().clone(),
        channel_key: CHANNEL.to_owned(),
        method_name: request.method.name().to_owned(),
        method_key: request.method.key().to_owned(),
        channel_logo: String::new(),
        method_sub_type: String::new(),
        buyer_name: buyer.name.clone(),
        buyer_email: buyer.email.clone(),
        buyer_phone: buyer.phone.clone(),
        buyer_address1: buyer.address1.clone(),
        buyer_address2: buyer.address2.clone(),
        buyer_city: buyer.city.clone(),
        buyer_country: buyer.country.clone(),
        status_code: code.map_or("", Code::number).to_owned(),
        status_reason: code.map_or("", Code::name).to_owned(),
        status_channel_reason: order.channel_reason().to_owned(),
        date: rfc3339_micros(order.created_at),
        is_refund_allowed: true,
        is_multi_refund_allowed: true,
        refund_completed: order.is_fully_refunded(),
        user_agent: request.user_agent.clone(),
        ip_address: request.ip_address.clone(),
        description: request.description.clone(),
        payment_link_ref: String::new(),
        source: request.source.word().to_owned(),
        payment_method_used: request.method.key().to_owned(),
        merchant_name: account.identity.merchant_name.clone(),
        merchant_key: account.key().to_owned(),
        merchant_email_address: account.identity.merchant_email.clone(),
        channel_name: CHANNEL_NAME.to_owned(),
        payment_link_merchant_order_ref: String::new(),
        customer_email_address: buyer.email.clone(),
        customer_phone_number: buyer.phone.clone(),
        customer_name: buyer.name.clone(),
        created_by: String::new(),
        user_message: String::new(),
        routing_enabled: false,
        payment_page_ref: String::new(),
        refund_status: order.refunds().last().map(|refund| refund.status().word().to_owned()).unwrap_or_default(),
        subscription_order_ref: String::new(),
        is_cross_border_transaction: false,
        order_details: items(order),
        user_configured: request.user_configured.clone(),
        signature_hash: None,
        user_uuid: None,
        auto_refund: None,
        unknown: Unknown::default(),
    }
}

/// The items in the words of the vendor's example, which are not the words of the request.
fn items(order: &Order) -> Value {
    let described = |item: &OrderItem| OrderedItem {
        item_id: item.id.clone(),
        product_name: item.name.clone(),
        price: item.price,
        quantity: item.quantity,
        image: item.image.clone(),
        additional_details: item.additional_details.clone().unwrap_or_default().into(),
    };
    json!(OrderedItems { data: order.request.items.iter().map(described).collect() })
}
