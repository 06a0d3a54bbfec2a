//! Webhooks, redirects and status updates: what is signed is what the vendor's pages say, and it arrives.

use crate::change::{reordered, with_field_changed};
use crate::generate::{config, money, number, order_id, secret, text, web_url};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use smartpay_conformance::catalog::Method;
use smartpay_conformance::wire::{PaymentWebhook, Redirect, RefundWebhook, StatusUpdate, Unknown, parse_pairs};
use url::Url;

/// The fields that the vendor's "Payment Webhook Response" page signs.
const SIGNED_IN_WEBHOOK: [&str; 9] = [
    "amount",
    "channel_key",
    "channel_order_ref",
    "country_code",
    "currency",
    "merchant_order_ref",
    "method_name",
    "order_ref",
    "status",
];

/// The parameters that the vendor's "Redirection Response" page signs.
const SIGNED_IN_REDIRECT: [&str; 4] = ["channel_order_ref", "merchant_order_ref", "order_ref", "status"];

/// The fields of the vendor's example of a payment webhook.
const WEBHOOK: &str = r#"{
    "currency": "VND", "amount": 0, "order_ref": "", "channel_order_ref": "", "merchant_order_ref": "",
    "country_code": "VN", "status": "", "channel_key": "SMARTPAY", "method_name": "", "method_key": "SMARTPAY_QR",
    "method_sub_type": "", "buyer_name": "", "buyer_email": "a@m.example", "buyer_phone": "", "buyer_address1": "",
    "buyer_address2": "", "buyer_city": "", "buyer_country": "VN", "signature_hash": "", "status_code": "2000",
    "status_reason": "SUCCESS", "status_channel_reason": "", "created_at": "2024-09-26 10:55:14.573735 +0000 UTC",
    "is_refund_allowed": true, "is_multi_refund_allowed": true, "user_agent": "", "description": "",
    "ip_address": "127.0.0.1", "link_order_ref": "", "payment_link_ref": "", "source": "api",
    "payment_method_used": "", "merchant_name": "", "merchant_key": "K", "merchant_email_address": "",
    "channel_name": "SmartPay", "environment": "sandbox", "user_message": "", "receipt_url": "",
    "masked_card_number": "", "cross_border_data": null, "additional_payment_details": null,
    "installment_details": null, "is_cross_border_transaction": false
}"#;

/// A payment webhook whose telling fields hold anything.
fn webhook() -> impl Strategy<Value = PaymentWebhook> {
    let refs = (order_id(), "[A-Za-z0-9]{27}", "SP[0-9A-Z]{6,16}");
    let status = prop_oneof![
        select(vec!["Initiated", "Pending", "Success", "Failed", "Expired"]).prop_map(str::to_owned),
        "[A-Z][a-z]{3,12}",
    ];
    let method = prop_oneof![select(Method::ALL.to_vec()).prop_map(|m| m.name().to_owned()), text(20)];
    (refs, status, method, number(), text(20), any::<bool>()).prop_map(
        |((merchant_order_ref, order_ref, channel_order_ref), status, method_name, amount, buyer, flag)| {
            let mut body: Value = serde_json::from_str(WEBHOOK).unwrap();
            let chosen = [
                ("merchant_order_ref", json!(merchant_order_ref)),
                ("order_ref", json!(order_ref)),
                ("channel_order_ref", json!(channel_order_ref)),
                ("status", json!(status)),
                ("method_name", json!(method_name)),
                ("amount", json!(amount)),
                ("buyer_name", json!(buyer)),
                ("is_refund_allowed", json!(flag)),
            ];
            for (name, value) in chosen {
                body[name] = value;
            }
            serde_json::from_value(body).unwrap()
        },
    )
}

/// A redirect's parameters besides the signature: the signed four, and some that are not.
fn redirect_pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    (order_id(), "[A-Za-z0-9]{27}", "SP[0-9]{6}", select(vec!["Success", "Failed", "Expired"]), money(), text(20))
        .prop_map(|(merchant, order, channel, status, amount, message)| {
            [
                ("amount", amount.to_string()),
                ("currency", "VND".to_owned()),
                ("merchant_order_ref", merchant),
                ("order_ref", order),
                ("channel_order_ref", channel),
                ("message", message),
                ("status", status.to_owned()),
            ]
            .map(|(name, value)| (name.to_owned(), value))
            .to_vec()
        })
}

proptest! {
    #![proptest_config(config())]

    /// A webhook's signature covers the documented nine fields, each of them, and survives JSON in any order.
    #[test]
    fn a_webhook_is_what_its_signature_covers(
        webhook in webhook(), secret in secret(), keys in proptest::collection::vec(any::<u64>(), 1..5),
    ) {
        let webhook = webhook.signed(&secret);
        let body = serde_json::to_value(&webhook).unwrap();
        let text = serde_json::to_string(&reordered(&body, &keys)).unwrap();
        let read: PaymentWebhook = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&read, &webhook);
        prop_assert!(read.verifies(&secret));
        for field in body.as_object().unwrap().keys().filter(|name| *name != "signature_hash") {
            let changed: PaymentWebhook = serde_json::from_value(with_field_changed(&body, field)).unwrap();
            let signed = SIGNED_IN_WEBHOOK.contains(&field.as_str());
            prop_assert_eq!(changed.verifies(&secret), !signed, "{} changed", field);
        }
    }

    /// A refund webhook has no signature to check, so that it must at least say the same after the wire.
    #[test]
    fn a_refund_webhook_round_trips(amount in money(), reason in text(30), status in "[A-Z_]{3,10}", order in order_id()) {
        let webhook = RefundWebhook {
            refund_date: "2024-09-26T10:55:14.573735Z".to_owned(),
            refund_id: "R".to_owned(),
            psp_refund_id: "P".to_owned(),
            amount,
            currency: "VND".to_owned(),
            refund_status: status.into(),
            refund_type: "partial".into(),
            refund_reason: reason.clone(),
            merchant_id: "9800000205".to_owned(),
            description: reason,
            payment_txn_ref: order,
            payment_channel: "SMARTPAY".to_owned(),
            payment_method: "SMARTPAY_QR".to_owned(), unknown: Unknown::default(), };
        let text = serde_json::to_string(&webhook).unwrap();
        prop_assert_eq!(serde_json::from_str::<RefundWebhook>(&text).unwrap(), webhook);
    }

    /// A signed redirect appended to whatever URL the merchant gave parses back, and keeps what the URL had.
    #[test]
    fn a_redirect_survives_any_return_url(pairs in redirect_pairs(), base in web_url(), secret in secret()) {
        let url = Url::parse(&Redirect::signed(pairs.clone(), &secret).url(&base)).unwrap();
        let base = Url::parse(&base).unwrap();
        prop_assert_eq!(
            (url.scheme(), url.host_str(), url.port(), url.path(), url.fragment()),
            (base.scheme(), base.host_str(), base.port(), base.path(), base.fragment())
        );
        let own = parse_pairs(base.query().unwrap_or_default());
        let all = parse_pairs(url.query().unwrap());
        prop_assert_eq!(&all[..own.len()], &own[..]);
        prop_assert_eq!(&all[own.len()..own.len() + pairs.len()], &pairs[..]);
        let read = Redirect::parse(url.query().unwrap());
        prop_assert!(read.verifies(&secret));
        for (name, value) in &pairs {
            prop_assert_eq!(read.get(name), Some(value.as_str()));
        }
    }

    /// Each signed parameter, changed, doubled or left out, breaks the redirect; the amount is not protected, as documented.
    #[test]
    fn a_redirect_is_what_its_signature_covers(pairs in redirect_pairs(), secret in secret()) {
        let signed = Redirect::signed(pairs, &secret);
        let query = |pairs: &[(String, String)]| {
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
        };
        for at in 0..signed.pairs().len() {
            let name = signed.pairs()[at].0.clone();
            let covered = SIGNED_IN_REDIRECT.contains(&name.as_str()) || name == "signature_hash";
            let mut changed = signed.pairs().to_vec();
            changed[at].1.push('x');
            prop_assert_eq!(Redirect::parse(&query(&changed)).verifies(&secret), !covered, "{} changed", name);
            let mut doubled = signed.pairs().to_vec();
            doubled.push(doubled[at].clone());
            prop_assert_eq!(Redirect::parse(&query(&doubled)).verifies(&secret), !covered, "{} doubled", name);
            let mut without = signed.pairs().to_vec();
            without.remove(at);
            prop_assert_eq!(Redirect::parse(&query(&without)).verifies(&secret), !covered, "{} left out", name);
        }
    }

    /// A status update is signed over both of its fields.
    #[test]
    fn a_status_update_is_what_its_signature_covers(
        order in order_id(), status in select(vec!["Success", "Failed"]), secret in secret(),
    ) {
        let update = StatusUpdate::signed(status, &order, &secret);
        let text = serde_json::to_string(&update).unwrap();
        prop_assert!(serde_json::from_str::<StatusUpdate>(&text).unwrap().verifies(&secret));
        let of_another_status = StatusUpdate { status: "Expired".to_owned(), ..update.clone() };
        prop_assert!(!of_another_status.verifies(&secret));
        let of_another_order = StatusUpdate { merchant_order_ref: order + "x", ..update };
        prop_assert!(!of_another_order.verifies(&secret));
    }
}
