//! An application of one page: everything is drawn by a script into nested shadow roots, fields have placeholders and no
//! labels, some come late, card numbers go into four boxes and one-time codes into boxes of a character, buttons are
//! divisions, and a cookie banner lies over it all until it is agreed to.

use super::{
    front::{Addresses, Ask, Pages, html, nothing},
    till::{Next, Payment, is_test_app},
};
use axum::{
    Json,
    http::header,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use smartpay_conformance::catalog::ATM_CARDS;

const HOST: &str = "one";
const PHONE: &str = "phone";

pub(crate) struct SinglePage;

impl Pages for SinglePage {
    fn entry(&self, at: &Addresses, order: &str, _: &str) -> String {
        format!("{}/#/{order}", at.origin(HOST))
    }

    async fn serve(&self, ask: Ask) -> Response {
        match ask.path.as_str() {
            "/" => {
                let lang = if ask.vietnamese { "vi" } else { "en" };
                let room = if ask.host == PHONE { "phone" } else { "pay" };
                html(format!(
                    "<!doctype html><html lang={lang}><meta charset=utf-8><title>…</title><body><one-app room={room}></one-app><script src=/app.js></script>"
                ))
            }
            "/app.js" => ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("single_page.js"))
                .into_response(),
            "/rpc" if ask.is_post => {
                let answer = if ask.host == PHONE { phone(&ask).await } else { pay(&ask).await };
                Json(answer.unwrap_or_else(|| json!({ "view": "gone" }))).into_response()
            }
            _ => nothing(),
        }
    }
}

/// What the application shows next.
async fn pay(ask: &Ask) -> Option<Value> {
    let (order, till) = (ask.get("order"), &ask.till);
    let payment = till.begin(order, ask.vietnamese).await?;
    if !payment.open {
        return Some(if payment.status == "Expired" {
            json!({ "view": "expired" })
        } else {
            json!({ "go": payment.return_url })
        });
    }
    let next = match ask.get("do") {
        "start" => return Some(start(&payment)),
        "bank" => return Some(json!({ "view": "atm" })),
        "poll" => return Some(json!({})),
        "leave" => return Some(json!({ "go": payment.return_url })),
        "cancel" => till.cancel(order).await,
        "card" => till.enter_credit(order, ask.get("number"), ask.get("holder"), ask.get("date"), ask.get("cvv")).await,
        "atm" => till.enter_atm(order, ask.get("number"), ask.get("holder"), ask.get("date")).await,
        "otp" => till.confirm(order, ask.get("code"), None).await,
        _ => return None,
    };
    let view = if matches!(ask.get("do"), "atm") || ask.get("view") == "word" { "word" } else { "digits" };
    Some(match next {
        Next::Confirm => json!({ "view": view, "bank": ATM_CARDS[0].bank }),
        Next::Again => json!({ "view": view, "bank": ATM_CARDS[0].bank, "wrong": true }),
        Next::Back(shop) => json!({ "go": shop }),
    })
}

fn start(payment: &Payment) -> Value {
    let mut view = json!({ "merchant": payment.merchant_name, "money": payment.money(), "banks": [ATM_CARDS[0].bank] });
    view["view"] = json!(match payment.method.as_str() {
        "SMARTPAY_CREDIT_CARD" => "card",
        "SMARTPAY_ATM_CARD" => "bank",
        _ => "qr",
    });
    if let Some(qr) = &payment.qr {
        let code = qrcode::QrCode::new(qr).unwrap();
        let dots = code.to_colors().into_iter().map(|colour| colour.select('1', '0'));
        view["dots"] = json!(dots.collect::<String>());
    }
    view
}

/// What the wallet shows next.
async fn phone(ask: &Ask) -> Option<Value> {
    match ask.get("do") {
        "login" if is_test_app(ask.get("account"), ask.get("password")) => {
            Some(json!({ "view": "scan", "token": "let-me-in" }))
        }
        "login" => Some(json!({ "view": "login", "said": "refused" })),
        _ if ask.get("token") != "let-me-in" => Some(json!({ "view": "login" })),
        "scan" => Some(match ask.till.by_qr(ask.get("content")).await {
            Some((order, payment)) if payment.open => {
                json!({ "view": "confirm", "order": order, "money": payment.money(), "merchant": payment.merchant_name })
            }
            Some((_, payment)) if payment.status == "Expired" => json!({ "view": "scan", "said": "expired" }),
            Some(_) => json!({ "view": "scan", "said": "paid" }),
            None => json!({ "view": "scan", "said": "unreadable" }),
        }),
        "pay" => {
            ask.till.pay(ask.get("order")).await;
            Some(json!({ "view": "receipt" }))
        }
        _ => Some(json!({ "view": "scan" })),
    }
}
