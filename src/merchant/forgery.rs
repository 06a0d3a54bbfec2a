//! What others than PortOne could send, and what PortOne could send on a bad day: webhooks and redirects of a payment as somebody would have them.

use crate::catalog::{CHANNEL, COUNTRY, CURRENCY};
use crate::wire::{
    Amount, Clock, PaymentWebhook, Redirect, Secret, Signature, TransactionStatus, Unknown, encode_pairs, go_timestamp,
};
use url::Url;

/// A payment of which something is told.
#[derive(Clone, Debug)]
pub struct Forgery {
    pub merchant_key: String,
    pub order_ref: String,
    pub channel_order_ref: String,
    pub merchant_order_ref: String,
    pub amount: Amount,
    pub method_key: String,
    pub method_name: String,
}

impl Forgery {
    /// The payment webhook with this status, signed with a secret.
    #[must_use]
    pub fn webhook(&self, status: TransactionStatus, secret: &Secret) -> PaymentWebhook {
        let (code, reason) = match status {
            TransactionStatus::Success => ("2000", "SUCCESS"),
            TransactionStatus::Failed => ("6001", "BANK_REFUSED_TRANSACTION"),
            TransactionStatus::Expired => ("4072", "TRANSACTION_EXPIRED"),
            _ => ("1000", "PENDING"),
        };
        PaymentWebhook {
            currency: CURRENCY.to_owned(),
            amount: self.amount,
            order_ref: self.order_ref.clone(),
            channel_order_ref: self.channel_order_ref.clone(),
            merchant_order_ref: self.merchant_order_ref.clone(),
            country_code: COUNTRY.to_owned(),
            status,
            channel_key: CHANNEL.to_owned(),
            method_name: self.method_name.clone(),
            method_key: self.method_key.clone(),
            method_sub_type: String::new(),
            buyer_name: String::new(),
            buyer_email: String::new(),
            buyer_phone: String::new(),
            buyer_address1: String::new(),
            buyer_address2: String::new(),
            buyer_city: String::new(),
            buyer_country: String::new(),
            signature_hash: Signature::from(""),
            status_code: code.to_owned(),
            status_reason: reason.to_owned(),
            status_channel_reason: String::new(),
            created_at: go_timestamp(Clock::system().now()),
            is_refund_allowed: true,
            is_multi_refund_allowed: true,
            user_agent: String::new(),
            description: String::new(),
            ip_address: String::new(),
            link_order_ref: String::new(),
            payment_link_ref: String::new(),
            source: "api".to_owned(),
            payment_method_used: self.method_key.clone(),
            merchant_name: String::new(),
            merchant_key: self.merchant_key.clone(),
            merchant_email_address: String::new(),
            channel_name: "SmartPay".to_owned(),
            environment: "sandbox".to_owned(),
            user_message: String::new(),
            receipt_url: String::new(),
            masked_card_number: String::new(),
            cross_border_data: None,
            additional_payment_details: None,
            installment_details: None,
            is_cross_border_transaction: false,
            unknown: Unknown::default(),
        }
        .signed(secret)
    }
}

/// A webhook whose fields were changed, signed again.
#[must_use]
pub fn resigned(webhook: PaymentWebhook, secret: &Secret) -> PaymentWebhook {
    webhook.signed(secret)
}

/// A redirect's address with some of its parameters changed, added or, where there is no value, gone; its signature stays unless it is among
/// them.
#[must_use]
pub fn redirect_with(address: &str, changes: &[(&str, Option<&str>)]) -> String {
    let Ok(mut url) = Url::parse(address) else { return address.to_owned() };
    let redirect = Redirect::parse(url.query().unwrap_or_default());
    let changed = |name: &str| changes.iter().find(|(changed, _)| *changed == name);
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for (name, value) in redirect.pairs() {
        match changed(name) {
            None => pairs.push((name, value)),
            Some((_, Some(value))) => pairs.push((name, value)),
            Some((_, None)) => {}
        }
    }
    let known = |name: &str| redirect.pairs().iter().any(|(known, _)| known == name);
    pairs.extend(changes.iter().filter(|(name, _)| !known(name)).filter_map(|(name, value)| Some((*name, (*value)?))));
    url.set_query(Some(&encode_pairs(&pairs)));
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_keeps_what_is_not_changed() {
        let address = "https://shop.example/back?order=7&status=Failed&signature_hash=a%2Bb%3D";
        assert_eq!(
            redirect_with(address, &[("status", Some("Success")), ("order", None), ("x", Some("1 2"))]),
            "https://shop.example/back?signature_hash=a%2Bb%3D&status=Success&x=1+2"
        );
    }
}
