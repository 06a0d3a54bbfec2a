//! Pages of frames: each payment page is a frame of another site inside the one that the payer opened, 3-D Secure lies two
//! further frames down, buttons and choices are divisions that only ARIA tells from text, the issuer's page shows the
//! code that it wants, and the first page of all is slow.

use super::{
    front::{Addresses, Ask, Pages, go, html, nothing},
    till::{Next, Payment},
};
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use serde_json::json;
use smartpay_conformance::catalog::ATM_CARDS;
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

/// What the payer opens.
const OUTSIDE: &str = "outside";
/// The payment pages, framed by it.
const INSIDE: &str = "inside";
/// The step-up page, framed by those.
const STEP_UP: &str = "step-up";
/// The issuer, framed by the step-up page.
const ISSUER: &str = "card-issuer";

/// How long the slow page takes.
pub(crate) const SLOW: Duration = Duration::from_secs(10);

#[derive(Default)]
pub(crate) struct Frames {
    /// Whether the slow page was served: waiting for it once shows as much as waiting for it forty times.
    was_slow: AtomicBool,
}

impl Pages for Frames {
    fn entry(&self, at: &Addresses, order: &str, _: &str) -> String {
        format!("{}/checkout?order={order}", at.origin(OUTSIDE))
    }

    async fn serve(&self, ask: Ask) -> Response {
        let (at, till, order) = (ask.at, &ask.till, ask.get("order").to_owned());
        let Some(payment) = till.begin(&order, ask.vietnamese).await else { return nothing() };
        let page = Page { vi: ask.vietnamese, order: &order, payment: &payment };
        let address = |host: &str, path: &str| format!("{}/{path}?order={order}", at.origin(host));
        match (ask.host.as_str(), ask.path.as_str()) {
            (OUTSIDE, "/checkout") => {
                if !self.was_slow.swap(true, Ordering::SeqCst) {
                    // Not a wait for luck: this page is meant to be slow.
                    tokio::time::sleep(SLOW).await;
                }
                let path = match payment.method.as_str() {
                    "SMARTPAY_CREDIT_CARD" => "card",
                    "SMARTPAY_ATM_CARD" => "banks",
                    _ => "scan",
                };
                html(page.around(&address(INSIDE, path)))
            }
            (INSIDE, "/state") => Json(
                json!({ "to": if payment.open || payment.status == "Expired" { "" } else { &payment.return_url } }),
            )
            .into_response(),
            _ if !payment.open && payment.status == "Expired" => html(page.frame(page.say("Expired", "Hết hạn"), "")),
            _ if !payment.open => html(page.leave(&payment.return_url)),
            (INSIDE, "/card") if ask.is_post => {
                match till.enter_credit(&order, ask.get("n"), ask.get("h"), ask.get("e"), ask.get("c")).await {
                    Next::Back(shop) => html(page.leave(&shop)),
                    _ => html(
                        page.frame(page.say("One more step", "Còn một bước nữa"), &nested(&address(STEP_UP, "step"))),
                    ),
                }
            }
            (INSIDE, "/card") => html(page.card()),
            (STEP_UP, "/step") => html(page.frame("3-D Secure", &nested(&address(ISSUER, "ask")))),
            (ISSUER, "/ask") if ask.is_post => match till.confirm(&order, ask.get("x"), Some(&code(&order))).await {
                Next::Back(shop) => html(page.leave(&shop)),
                _ => html(page.challenge(true)),
            },
            (ISSUER, "/ask") => html(page.challenge(false)),
            (INSIDE, "/banks") if ask.is_post => go(&address(INSIDE, "atm")),
            (INSIDE, "/banks") => html(page.banks()),
            (INSIDE, "/atm") if ask.is_post => {
                match till.enter_atm(&order, ask.get("n"), ask.get("h"), ask.get("e")).await {
                    Next::Back(shop) => html(page.leave(&shop)),
                    _ => html(page.word(false)),
                }
            }
            (INSIDE, "/atm") => html(page.atm()),
            (INSIDE, "/word") => match till.confirm(&order, ask.get("x"), None).await {
                Next::Back(shop) => html(page.leave(&shop)),
                _ => html(page.word(true)),
            },
            (INSIDE, "/scan") => html(page.scan()),
            (INSIDE | ISSUER, "/cancel") => {
                let Next::Back(shop) = till.cancel(&order).await else { return nothing() };
                html(page.leave(&shop))
            }
            (INSIDE, "/back") => html(page.leave(&payment.return_url)),
            _ => nothing(),
        }
    }
}

/// The code that the issuer wants, another one for each order.
fn code(order: &str) -> String {
    let mut hasher = DefaultHasher::new();
    order.hash(&mut hasher);
    format!("{:06}", hasher.finish() % 900_000 + 100_000)
}

fn nested(address: &str) -> String {
    format!("<iframe src=\"{address}\" width=\"520\" height=\"420\" frameborder=\"0\"></iframe>")
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

    /// A frame that nobody has pressed anything in may not send the window on, so it asks the window to.
    fn around(&self, address: &str) -> String {
        format!(
            "<!doctype html><html lang=\"{}\"><meta charset=\"utf-8\"><title>{}</title><body><div role=\"banner\">{}</div><div role=\"main\">\
             <iframe src=\"{address}\" style=\"width: 700px; height: 760px; border: 0\"></iframe></div>\
             <script>addEventListener('message', event => location.replace(event.data))</script></body></html>",
            self.say("en", "vi"),
            self.payment.merchant_name,
            self.payment.merchant_name,
        )
    }

    /// A page of divisions; what looks like a button sends the one form that the page has.
    fn frame(&self, title: &str, body: &str) -> String {
        let note = self
            .say("Payment in a frame of its own.", "Trang thanh toán an toàn, dữ liệu được mã hóa trước khi gửi đi.");
        format!(
            "<!doctype html><html lang=\"{}\"><meta charset=\"utf-8\"><title>{title}</title>\
             <style>[role=button], [role=radio] {{ display: inline-block; padding: 8px; margin: 4px; border: 1px solid #888 }} [aria-checked=true] {{ background: #cde }}</style>\
             <body><div role=\"heading\" aria-level=\"1\">{title}</div><div>{note}</div><div>{} đ</div>{body}\
             <script>
             const send = where => {{
               const form = document.createElement('form');
               form.method = 'post';
               form.action = where + '?order={}';
               for (const box of document.querySelectorAll('[data-n]')) {{
                 const field = document.createElement('input');
                 field.type = 'hidden';
                 field.name = box.dataset.n;
                 field.value = box.value ?? box.innerText;
                 form.append(field);
               }}
               document.body.append(form);
               form.submit();
             }};
             for (const button of document.querySelectorAll('[role=button]')) button.addEventListener('click', () => {{
               if (button.ariaDisabled !== 'true') send(button.dataset.to);
             }});
             for (const choice of document.querySelectorAll('[role=radio]')) choice.addEventListener('click', () => {{
               for (const other of document.querySelectorAll('[role=radio]')) other.ariaChecked = String(other === choice);
             }});
             </script></body></html>",
            self.say("en", "vi"),
            self.payment.money(),
            self.order,
        )
    }

    /// Sends the whole window back to the shop.
    fn leave(&self, shop: &str) -> String {
        format!("<!doctype html><title>…</title><script>top.location.replace({})</script>", json!(shop))
    }

    fn button(&self, says: &str, to: &str) -> String {
        format!("<div role=\"button\" tabindex=\"0\" data-to=\"{to}\">{says}</div>")
    }

    fn cancel(&self) -> String {
        self.button(self.say("Cancel", "Hủy bỏ"), "/cancel")
    }

    fn field(&self, name: &str, label: &str) -> String {
        format!("<div><div id=\"l-{name}\">{label}</div><input data-n=\"{name}\" aria-labelledby=\"l-{name}\"></div>")
    }

    fn card(&self) -> String {
        let fields = [
            self.field("n", self.say("Card number", "Số thẻ")),
            self.field("h", self.say("Name on card", "Tên chủ thẻ")),
            self.field("e", self.say("Valid thru", "Ngày hết hạn")),
            self.field("c", "CVC2"),
        ];
        let buttons = self.button(self.say("Pay", "Thanh toán"), "/card") + &self.cancel();
        self.frame(self.say("Card", "Thẻ quốc tế"), &(fields.concat() + &buttons))
    }

    fn challenge(&self, wrong: bool) -> String {
        let wrong = if wrong {
            self.say(
                "<div aria-live=\"assertive\">Wrong code.</div>",
                "<div aria-live=\"assertive\">Mã xác thực không đúng.</div>",
            )
        } else {
            ""
        };
        let shown = self.say("This is a test. Your code is", "Đây là môi trường thử nghiệm. Mã của quý khách là");
        let body = format!(
            "<p>{shown} <b>{}</b>.</p>{wrong}{}{}{}",
            code(self.order),
            self.field("x", self.say("One-time code", "Mã xác thực")),
            self.button(self.say("Confirm", "Xác nhận"), "/ask"),
            self.cancel(),
        );
        self.frame(self.say("Your bank", "Ngân hàng của quý khách"), &body)
    }

    fn banks(&self) -> String {
        let banks = ["Ngân hàng Quân Đội", ATM_CARDS[0].bank]
            .map(|bank| format!("<div role=\"radio\" tabindex=\"0\" aria-checked=\"false\">{bank}</div>"));
        let body = format!(
            "<div role=\"radiogroup\" aria-label=\"{}\">{}</div>{}{}",
            self.say("Banks", "Các ngân hàng"),
            banks.concat(),
            self.button(self.say("Continue", "Tiếp tục"), "/banks"),
            self.cancel(),
        );
        self.frame(self.say("Choose your bank", "Chọn ngân hàng"), &body)
    }

    fn atm(&self) -> String {
        let fields = [
            self.field("n", self.say("Card number", "Số thẻ")),
            self.field("h", self.say("Name on card", "Tên in trên thẻ")),
            self.field("e", self.say("Issue date", "Ngày phát hành")),
        ];
        let buttons = self.button(self.say("Next", "Tiếp tục"), "/atm") + &self.cancel();
        self.frame(self.say("Domestic card", "Thẻ nội địa"), &(fields.concat() + &buttons))
    }

    fn word(&self, wrong: bool) -> String {
        let wrong = if wrong {
            self.say(
                "<div aria-live=\"assertive\">Wrong OTP.</div>",
                "<div aria-live=\"assertive\">OTP không đúng.</div>",
            )
        } else {
            ""
        };
        let body = format!(
            "<div role=\"row\"><span role=\"rowheader\">{}</span> <span role=\"cell\">{}</span></div>{wrong}{}{}{}",
            self.say("Bank", "Ngân hàng"),
            ATM_CARDS[0].bank,
            self.field("x", "OTP"),
            self.button(self.say("Confirm", "Xác nhận"), "/word"),
            self.cancel(),
        );
        self.frame(self.say("Confirm", "Xác thực"), &body)
    }

    fn scan(&self) -> String {
        let code = qrcode::QrCode::new(self.payment.qr.as_deref().unwrap_or_default()).unwrap();
        let picture = code.render::<qrcode::render::svg::Color<'_>>().min_dimensions(320, 320).build();
        let body = format!(
            "<div data-part=\"picture\"><img width=\"340\" height=\"340\" src=\"data:image/svg+xml,{}\"></div>{}{}\
             <script>setInterval(async () => {{ const {{ to }} = await (await fetch('/state?order={}')).json(); if (to) parent.postMessage(to, '*'); }}, 500)</script>",
            percent_encoding::utf8_percent_encode(&picture, percent_encoding::NON_ALPHANUMERIC),
            self.button(self.say("Back to the shop", "Trở về cửa hàng"), "/back"),
            self.cancel(),
            self.order,
        );
        self.frame(self.say("Scan the picture", "Quét hình bằng điện thoại của quý khách"), &body)
    }
}
