//! A chain of hosts: the payer is sent over three of them before the first page and on the way back, each time in
//! another manner; dates are chosen from lists, a consent has to be given, and the issuer asks in a window of its own.

use super::{
    front::{Addresses, Ask, Pages, go, html, nothing},
    till::{Next, Payment},
};
use axum::response::{IntoResponse, Response};
use axum::{Json, http::header};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;
use smartpay_conformance::catalog::ATM_CARDS;

/// Where the chain begins.
const LINK: &str = "pay-link";
/// Its middle.
const GATE: &str = "gate";
/// Where the payer pays.
const SECURE: &str = "secure";
/// The issuer, in a window of its own.
const ISSUER: &str = "issuer";

pub(crate) struct Redirects;

impl Pages for Redirects {
    fn entry(&self, at: &Addresses, order: &str, _: &str) -> String {
        format!("{}/l/{order}", at.origin(LINK))
    }

    async fn serve(&self, ask: Ask) -> Response {
        let (at, till) = (ask.at, &ask.till);
        let Some((act, order)) = ask.path.trim_start_matches('/').split_once('/') else { return nothing() };
        // The way there: an HTTP redirect, a posted form.
        match (ask.host.as_str(), act) {
            (LINK, "l") => return go(&format!("{}/in/{order}", at.origin(GATE))),
            (GATE, "in") => return posted(&format!("{}/open/{order}", at.origin(SECURE))),
            _ => {}
        }
        let Some(payment) = till.begin(order, ask.vietnamese).await else { return nothing() };
        // The way back: a refreshed page, a script, an HTTP redirect.
        match (ask.host.as_str(), act) {
            (SECURE, "done") => return refreshed(&format!("{}/out/{order}", at.origin(GATE))),
            (GATE, "out") => return scripted(&format!("{}/bye/{order}", at.origin(LINK))),
            (LINK, "bye") => return go(&payment.return_url),
            (SECURE, "state") => {
                return Json(json!({ "open": payment.open, "expired": payment.status == "Expired" })).into_response();
            }
            _ => {}
        }
        let page = Page { vi: ask.vietnamese, order, payment: &payment };
        if !payment.open {
            let expired = payment.status == "Expired";
            return if expired { html(page.expired()) } else { go(&format!("{}/done/{order}", at.origin(SECURE))) };
        }
        let done = format!("{}/done/{order}", at.origin(SECURE));
        match (ask.host.as_str(), act) {
            (SECURE, "open") => html(match payment.method.as_str() {
                "SMARTPAY_CREDIT_CARD" => page.card(),
                "SMARTPAY_ATM_CARD" => page.banks(),
                _ => page.qr(),
            }),
            // Nobody asked for the card to be remembered.
            (SECURE, "card") if !ask.get("save").is_empty() => nothing(),
            (SECURE, "card") => {
                let expiry = format!("{}/{}", ask.get("month"), ask.get("year"));
                match till.enter_credit(order, ask.get("pan"), ask.get("owner"), &expiry, ask.get("code3")).await {
                    Next::Confirm => {
                        Json(json!({ "window": format!("{}/ask/{order}", at.origin(ISSUER)) })).into_response()
                    }
                    _ => Json(json!({ "to": done })).into_response(),
                }
            }
            (SECURE, "bank") => html(page.atm()),
            (SECURE, "atm") => {
                let issued = format!("{}/{}", ask.get("month"), ask.get("year"));
                match till.enter_atm(order, ask.get("pan"), ask.get("owner"), &issued).await {
                    Next::Confirm => html(page.atm_otp(false)),
                    _ => go(&done),
                }
            }
            (SECURE, "word") => match till.confirm(order, ask.get("answer"), None).await {
                Next::Again => html(page.atm_otp(true)),
                _ => go(&done),
            },
            (SECURE, "cancel") => {
                till.cancel(order).await;
                go(&done)
            }
            (SECURE, "back") => go(&payment.return_url),
            (ISSUER, "ask") => html(page.challenge(false)),
            (ISSUER, "answer") => match till.confirm(order, ask.get("answer"), None).await {
                Next::Again => html(page.challenge(true)),
                _ => html(page.close(&done)),
            },
            (ISSUER, "cancel") => {
                till.cancel(order).await;
                html(page.close(&done))
            }
            _ => nothing(),
        }
    }
}

fn posted(to: &str) -> Response {
    html(format!(
        "<title>1</title><body onload=\"document.forms[0].submit()\"><form method=post action=\"{to}\"><input type=hidden name=t value=1></form>"
    ))
}

fn refreshed(to: &str) -> Response {
    ([(header::REFRESH, format!("0;url={to}"))], axum::response::Html("<title>2</title>")).into_response()
}

fn scripted(to: &str) -> Response {
    html(format!("<title>3</title><script>setTimeout(() => location.replace(\"{to}\"), 150)</script>"))
}

struct Page<'a> {
    vi: bool,
    order: &'a str,
    payment: &'a Payment,
}

impl Page<'_> {
    const fn say<'b>(&self, english: &'b str, vietnamese: &'b str) -> &'b str {
        if self.vi { vietnamese } else { english }
    }

    fn frame(&self, title: &str, body: &str) -> String {
        let lang = self.say("en", "vi");
        let note = self.say(
            "You are on a secure page of the payment service.",
            "Quý khách đang ở trang thanh toán được bảo mật của dịch vụ.",
        );
        format!(
            "<!doctype html>\n<html lang=\"{lang}\">\n<head><meta charset=\"utf-8\"><title>{title}</title>\n<style>body {{ max-width: 600px; margin: auto; font: 16px sans-serif }}\n\
             .row {{ margin: 12px 0 }} .hidden {{ position: absolute; opacity: 0 }} .alert {{ color: #b00 }}</style></head>\n<body><header><p>{note}</p><p>{} · {} ₫</p></header>\n\
             <section><h1>{title}</h1>{body}</section></body></html>",
            self.payment.merchant_name,
            self.payment.money()
        )
    }

    fn cancel(&self) -> String {
        let (word, order) = (self.say("Cancel payment", "Hủy thanh toán"), self.order);
        format!("<form method=\"post\" action=\"/cancel/{order}\"><button class=\"plain\">{word}</button></form>")
    }

    /// A month and a year, each from a list with a label of its own.
    fn date(&self, heading: &str, years: std::ops::RangeInclusive<u32>) -> String {
        let months: String = (1..=12)
            .map(|month| format!("<option value=\"{month:02}\">{} {month}</option>", self.say("Month", "Tháng")))
            .collect();
        let years: String = years.map(|year| format!("<option>{year}</option>")).collect();
        let (month, year) = (self.say("Month", "Tháng"), self.say("Year", "Năm"));
        format!(
            "<fieldset class=\"row\"><legend>{heading}</legend><label>{month} <select name=\"month\"><option value=\"\">–</option>{months}</select></label> \
             <label>{year} <select name=\"year\"><option value=\"\">–</option>{years}</select></label></fieldset>"
        )
    }

    fn number_and_owner(&self) -> String {
        let (number, owner) = (self.say("Card number", "Số thẻ"), self.say("Cardholder", "Chủ thẻ"));
        format!(
            "<div class=\"row\"><label for=\"i1\">{number}</label><br><input id=\"i1\" name=\"pan\" inputmode=\"numeric\"></div>\
             <div class=\"row\"><label for=\"i2\">{owner}</label><br><input id=\"i2\" name=\"owner\"></div>"
        )
    }

    fn card(&self) -> String {
        let terms = self.say("I agree to the terms of payment", "Tôi đồng ý với điều khoản thanh toán");
        let save = self.say("Remember this card", "Ghi nhớ thẻ này cho lần sau");
        let body = format!(
            "<form id=\"f\">{}{}<div class=\"row\"><label for=\"i3\">{}</label> <input id=\"i3\" name=\"code3\" size=\"4\" type=\"password\"></div>\
             <div class=\"row\"><label><input type=\"checkbox\" name=\"save\"> {save}</label></div>\
             <div class=\"row\"><input class=\"hidden\" type=\"checkbox\" id=\"i4\"><label for=\"i4\">☐ {terms}</label></div>\
             <button id=\"b\" disabled>{}</button></form>{}\
             <script>
             const form = document.getElementById('f'), button = document.getElementById('b');
             document.getElementById('i4').onchange = event => {{ button.disabled = !event.target.checked; }};
             form.onsubmit = async event => {{
               event.preventDefault();
               button.disabled = true;
               const answer = await (await fetch('/card/{}', {{ method: 'POST', body: new URLSearchParams(new FormData(form)) }})).json();
               if (answer.window) window.open(answer.window, 'issuer', 'popup,width=500,height=600'); else location.assign(answer.to);
             }};
             window.addEventListener('message', event => location.assign(event.data));
             </script>",
            self.number_and_owner(),
            self.date(self.say("Expiry date", "Ngày hết hạn"), 2022..=2035),
            self.say("Security code", "Mã bảo mật"),
            self.say("Pay", "Thanh toán"),
            self.cancel(),
            self.order,
        );
        self.frame(self.say("Pay by card", "Thanh toán bằng thẻ"), &body)
    }

    fn challenge(&self, wrong: bool) -> String {
        let wrong = if wrong {
            self.say(
                "<p class=\"alert alert-box\">The code is incorrect.</p>",
                "<p class=\"alert alert-box\">Mã xác nhận không đúng.</p>",
            )
        } else {
            ""
        };
        let body = format!(
            "{wrong}<form method=\"post\" action=\"/answer/{}\"><div class=\"row\"><label>{} <input name=\"answer\"></label></div><button>{}</button></form>{}",
            self.order,
            self.say("One-time password", "Mã xác nhận gửi qua tin nhắn"),
            self.say("Confirm", "Xác nhận"),
            self.cancel(),
        );
        self.frame(self.say("Your bank asks", "Ngân hàng của quý khách yêu cầu xác nhận"), &body)
    }

    /// Tells the page that opened this window, and closes it.
    fn close(&self, to: &str) -> String {
        let body =
            format!("<script>opener.postMessage(\"{to}\", \"*\"); setTimeout(() => window.close(), 100)</script>");
        self.frame(self.say("Thank you", "Cảm ơn quý khách"), &body)
    }

    fn banks(&self) -> String {
        let banks = ["Ngân hàng Quân Đội", ATM_CARDS[0].bank];
        let banks: String = banks
            .iter()
            .map(|bank| {
                format!("<div><label><input type=\"radio\" name=\"bank\" value=\"{bank}\"> {bank}</label></div>")
            })
            .collect();
        let body = format!(
            "<form method=\"post\" action=\"/bank/{}\"><fieldset><legend>{}</legend>{banks}</fieldset><button>{}</button></form>{}",
            self.order,
            self.say("Your bank", "Ngân hàng của quý khách"),
            self.say("Continue", "Tiếp tục"),
            self.cancel(),
        );
        self.frame(self.say("Domestic card", "Thẻ nội địa"), &body)
    }

    fn atm(&self) -> String {
        let body = format!(
            "<form method=\"post\" action=\"/atm/{}\">{}{}<button>{}</button></form>{}",
            self.order,
            self.number_and_owner(),
            self.date(self.say("Valid from", "Ngày phát hành"), 2000..=2026),
            self.say("Continue", "Tiếp tục"),
            self.cancel(),
        );
        self.frame(self.say("Domestic card", "Thẻ nội địa"), &body)
    }

    fn atm_otp(&self, wrong: bool) -> String {
        let wrong = if wrong {
            self.say(
                "<p class=\"alert alert-box\">The OTP is incorrect.</p>",
                "<p class=\"alert alert-box\">Mã OTP không đúng.</p>",
            )
        } else {
            ""
        };
        let body = format!(
            "<dl><dt>{}</dt><dd>{}</dd></dl>{wrong}<form method=\"post\" action=\"/word/{}\"><div class=\"row\"><label>OTP <input name=\"answer\"></label></div><button>{}</button></form>{}",
            self.say("Bank", "Ngân hàng"),
            ATM_CARDS[0].bank,
            self.order,
            self.say("Confirm", "Xác nhận"),
            self.cancel(),
        );
        self.frame(self.say("Confirm the payment", "Xác nhận thanh toán"), &body)
    }

    fn qr(&self) -> String {
        let code = qrcode::QrCode::new(self.payment.qr.as_deref().unwrap_or_default()).unwrap();
        let picture = code.render::<qrcode::render::svg::Color<'_>>().min_dimensions(320, 320).build();
        let body = format!(
            "<img alt=\"{}\" width=\"340\" height=\"340\" src=\"data:image/svg+xml;base64,{}\"><p><a href=\"/back/{}\">{}</a></p>{}\
             <script>setInterval(async () => {{ const state = await (await fetch('/state/{}')).json(); if (!state.open && !state.expired) location.assign('/done/{}'); }}, 500)</script>",
            self.say("QR to scan", "Mã QR để quét"),
            BASE64_STANDARD.encode(picture),
            self.order,
            self.say("Back to the shop", "Quay lại cửa hàng"),
            self.cancel(),
            self.order,
            self.order,
        );
        self.frame(self.say("Scan to pay", "Quét mã để thanh toán"), &body)
    }

    fn expired(&self) -> String {
        self.frame(self.say("Expired", "Hết hạn"), "")
    }
}
