//! What a merchant is told of an order: the payment webhook, the refund webhook, and the redirect of the payer's browser.

use super::{Account, Order, Refund, wire_amount};
use crate::catalog::ReturnAddress;
use crate::catalog::{CHANNEL, COUNTRY, CURRENCY, DOCUMENTED_CREDENTIALS};
use crate::wire::qr::QrPayload;
use crate::wire::{
    PaymentWebhook, Redirect, RedirectParameters, RefundWebhook, Signature, TransactionStatus, Unknown, go_timestamp,
    rfc3339_micros,
};

/// `channel_name` on the wire; inferred.
pub const CHANNEL_NAME: &str = "SmartPay";

/// The acquirer in the QR payload: a bank identification number.
const QR_ACQUIRER: &str = "970400";

impl Account {
    /// The payment webhook of a concluded order, signed.
    #[must_use]
    pub fn payment_webhook(&self, order: &Order) -> PaymentWebhook {
        let request = &order.request;
        let buyer = &request.buyer;
        PaymentWebhook {
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
            method_sub_type: String::new(),
            buyer_name: buyer.name.clone(),
            buyer_email: buyer.email.clone(),
            buyer_phone: buyer.phone.clone(),
            buyer_address1: buyer.address1.clone(),
            buyer_address2: buyer.address2.clone(),
            buyer_city: buyer.city.clone(),
            buyer_country: buyer.country.clone(),
            signature_hash: Signature::from(""),
            status_code: order.code().number().to_owned(),
            status_reason: order.code().name().to_owned(),
            status_channel_reason: order.channel_reason().to_owned(),
            created_at: go_timestamp(order.created_at),
            is_refund_allowed: true,
            is_multi_refund_allowed: true,
            user_agent: request.user_agent.clone(),
            description: request.description.clone(),
            ip_address: request.ip_address.clone(),
            link_order_ref: String::new(),
            payment_link_ref: String::new(),
            source: request.source.word().to_owned(),
            payment_method_used: request.method.key().to_owned(),
            merchant_name: self.identity.merchant_name.clone(),
            merchant_key: self.key().to_owned(),
            merchant_email_address: self.identity.merchant_email.clone(),
            channel_name: CHANNEL_NAME.to_owned(),
            environment: "sandbox".to_owned(),
            user_message: String::new(),
            receipt_url: String::new(),
            masked_card_number: order.masked_card_number(),
            cross_border_data: None,
            additional_payment_details: None,
            installment_details: None,
            is_cross_border_transaction: false,
            unknown: Unknown::default(),
        }
        .signed(self.secret())
    }

    /// The refund webhook of a settled refund. It carries no signature.
    #[must_use]
    pub fn refund_webhook(&self, order: &Order, refund: &Refund) -> RefundWebhook {
        RefundWebhook {
            refund_date: rfc3339_micros(refund.requested_at),
            refund_id: refund.refund_id.clone(),
            psp_refund_id: refund.psp_refund_id.clone(),
            amount: wire_amount(refund.amount),
            currency: CURRENCY.to_owned(),
            refund_status: refund.status().clone(),
            refund_type: refund.kind.clone(),
            refund_reason: refund.reason.clone(),
            merchant_id: DOCUMENTED_CREDENTIALS.merchant_id.to_owned(),
            description: refund.description.clone(),
            payment_txn_ref: order.order_ref.clone(),
            payment_channel: CHANNEL.to_owned(),
            payment_method: order.request.method.key().to_owned(),
            unknown: Unknown::default(),
        }
    }

    /// The signed redirect of an order as it is now.
    #[must_use]
    pub fn redirect(&self, order: &Order) -> Redirect {
        let (request, buyer, code) = (&order.request, &order.request.buyer, order.code());
        let amount = order.wire_amount().to_string();
        let lang = order.progress.lang.as_deref().unwrap_or("en");
        let text = |text: &str| text.to_owned();
        RedirectParameters {
            amount,
            currency: text(CURRENCY),
            merchant_order_ref: text(&request.merchant_order_ref),
            order_ref: text(&order.order_ref),
            channel_order_ref: text(&order.channel_order_ref),
            link_order_ref: String::new(),
            message: text(code.name()),
            status: text(order.status().word()),
            status_channel_reason: text(order.channel_reason()),
            status_code: text(code.number()),
            status_reason: text(code.name()),
            buyer_name: text(&buyer.name),
            buyer_email: text(&buyer.email),
            buyer_phone: text(&buyer.phone),
            buyer_address1: text(&buyer.address1),
            buyer_address2: text(&buyer.address2),
            buyer_city: text(&buyer.city),
            buyer_country: text(&buyer.country),
            channel_key: text(CHANNEL),
            channel_name: text(CHANNEL_NAME),
            description: text(&request.description),
            lang: text(lang),
            merchant_brand_name: text(&self.identity.merchant_name),
            merchant_logo: String::new(),
            method_key: text(request.method.key()),
            method_name: text(request.method.name()),
            payment_source: text(request.source.word()),
            support_email: text(&self.identity.merchant_email),
            support_phone: String::new(),
            signature_hash: Signature::from(""),
        }
        .signed(self.secret())
    }

    /// Where the payer's browser goes now: the merchant's success URL when paid, its failure URL when not, its pending
    /// URL (or the failure URL, where it named none) while the outcome is open; with the signed redirect.
    #[must_use]
    pub fn return_url(&self, order: &Order) -> String {
        let request = &order.request;
        let base = match order.status() {
            TransactionStatus::Success => &request.success_url,
            TransactionStatus::Failed | TransactionStatus::Expired => &request.failure_url,
            _ => request.pending_url.as_ref().unwrap_or(&request.failure_url),
        };
        let (redirect, elsewhere) = self.faults.redirect(self.sufferer(), self.redirect(order));
        let base = match elsewhere {
            None => base,
            Some(ReturnAddress::Success) => &request.success_url,
            Some(ReturnAddress::Failure) => &request.failure_url,
        };
        let address = redirect.url(base);
        // A browser's address bar holds ASCII only; the merchant's URL may hold anything.
        url::Url::parse(&address).map_or(address, String::from)
    }

    /// The text in an order's QR.
    #[must_use]
    pub fn qr_text(&self, order: &Order) -> String {
        self.faults.qr_text(self.key(), self.qr_payload(order))
    }

    /// The payload of an order's QR: it names the merchant at SmartPay, never a card.
    #[must_use]
    pub fn qr_payload(&self, order: &Order) -> QrPayload {
        QrPayload {
            dynamic: true,
            acquirer: QR_ACQUIRER.to_owned(),
            account: DOCUMENTED_CREDENTIALS.merchant_id.to_owned(),
            service: "QRIBFTTA".to_owned(),
            amount: Some(order.wire_amount()),
            currency: "704".to_owned(),
            country: COUNTRY.to_owned(),
            merchant_name: Some(self.identity.merchant_name.clone()),
            merchant_city: Some("HO CHI MINH".to_owned()),
            bill: Some(order.channel_order_ref.clone()),
            purpose: None,
        }
    }
}
