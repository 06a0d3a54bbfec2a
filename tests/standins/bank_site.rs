//! A bank's own site: Vietnamese only, a page after the other from the server, laid out in tables, with labels in the
//! next cell and no label element, no script, ids or meaningful names, and links that act as buttons. The card's issuer
//! is another full page, not a frame.

use super::{
    front::{Addresses, Ask, Pages, go, html, nothing},
    till::{Next, Payment, is_test_app},
};
use axum::{
    http::{HeaderValue, header},
    response::Response,
};
use smartpay_conformance::catalog::ATM_CARDS;

/// The payment gateway.
const GATEWAY: &str = "cong-thanh-toan";
/// The bank that issued the card.
const BANK: &str = "ngan-hang";
/// The wallet.
const WALLET: &str = "vi-dien-tu";

pub(crate) struct BankSite;

impl Pages for BankSite {
    fn entry(&self, at: &Addresses, order: &str, method: &str) -> String {
        let page = match method {
            "SMARTPAY_CREDIT_CARD" => "the-quoc-te",
            "SMARTPAY_ATM_CARD" => "chon-ngan-hang",
            _ => "ma-qr",
        };
        format!("{}/{page}.do?gd={order}", at.origin(GATEWAY))
    }

    async fn serve(&self, ask: Ask) -> Response {
        if ask.host == WALLET {
            return wallet(&ask).await;
        }
        let order = ask.get("gd").to_owned();
        let Some(payment) = ask.till.begin(&order, true).await else { return nothing() };
        if !payment.open {
            return ended(&payment);
        }
        let till = &ask.till;
        match (ask.path.as_str(), ask.is_post) {
            ("/the-quoc-te.do", false) => html(card_page(&payment, &order)),
            ("/the-quoc-te.do", true) => {
                let expiry = format!("{}/{}", ask.get("f3"), ask.get("f4"));
                let next = till.enter_credit(&order, ask.get("f1"), ask.get("f2"), &expiry, ask.get("f5")).await;
                lead(&ask, next, &format!("{}/xac-thuc.do?gd={order}", ask.at.origin(BANK)))
            }
            ("/xac-thuc.do", false) => html(otp_page(&payment, &ask, "Ngân hàng phát hành thẻ quốc tế")),
            ("/chon-ngan-hang.do", false) => html(bank_page(&payment, &order)),
            ("/chon-ngan-hang.do", true) => go(&format!("{}/the-noi-dia.do?gd={order}", ask.at.origin(BANK))),
            ("/the-noi-dia.do", false) => html(atm_page(&payment, &order)),
            ("/the-noi-dia.do", true) => {
                let issued = format!("{}/{}", ask.get("f3"), ask.get("f4"));
                let next = till.enter_atm(&order, ask.get("f1"), ask.get("f2"), &issued).await;
                lead(&ask, next, &format!("/ma-otp.do?gd={order}"))
            }
            ("/ma-otp.do", false) => html(otp_page(&payment, &ask, ATM_CARDS[0].bank)),
            ("/xac-thuc.do" | "/ma-otp.do", true) => {
                let next = till.confirm(&order, ask.get("f1"), None).await;
                lead(&ask, next, &format!("{}?gd={order}&sai=1", ask.path))
            }
            ("/ma-qr.do", _) => html(qr_page(&payment, &order)),
            ("/huy.do", _) => lead(&ask, till.cancel(&order).await, "/"),
            ("/quay-ve.do", _) => go(&payment.return_url),
            _ => nothing(),
        }
    }
}

fn lead(ask: &Ask, next: Next, on: &str) -> Response {
    match next {
        Next::Confirm | Next::Again => go(on),
        Next::Back(shop) if shop.is_empty() => go(&ask.at.origin(GATEWAY)),
        Next::Back(shop) => go(&shop),
    }
}

/// What a payment that has ended leads to: an expired one says so, the others go back to the shop.
fn ended(payment: &Payment) -> Response {
    if payment.status != "Expired" {
        return go(&payment.return_url);
    }
    html(frame("Hết hạn", "<p>Giao dịch đã hết hạn, quý khách vui lòng đặt hàng lại.</p>"))
}

fn frame(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\">\n<html lang=\"vi\"><head><meta http-equiv=\"Content-Type\" \
         content=\"text/html; charset=utf-8\"><title>{title}</title></head><body bgcolor=\"#f4f4f4\"><center>\
         <table width=\"700\" cellpadding=\"6\" border=\"1\"><tr><td colspan=\"2\"><font size=\"4\">{title}</font></td></tr></table>\
         {body}<hr><font size=\"1\">Bản quyền thuộc về ngân hàng. Quý khách tuyệt đối không tiết lộ mật khẩu cho người khác.</font>\
         </center></body></html>"
    )
}

fn summary(payment: &Payment) -> String {
    format!(
        "<table width=\"700\"><tr><td width=\"200\">Nhà cung cấp</td><td>{}</td></tr><tr><td>Mã đơn hàng</td><td>{}</td></tr>\
         <tr><td>Số tiền</td><td><b>{} VNĐ</b></td></tr></table>",
        payment.merchant_name,
        payment.merchant_order_ref,
        payment.money()
    )
}

fn buttons(send: &str, order: &str) -> String {
    format!(
        "<tr><td>&nbsp;</td><td><input type=\"submit\" value=\"{send}\">&nbsp;<a role=\"button\" \
         href=\"/huy.do?gd={order}\">Hủy giao dịch</a></td></tr>"
    )
}

fn form(path: &str, order: &str, rows: &str, send: &str) -> String {
    format!(
        "<form method=\"post\" action=\"{path}\"><input type=\"hidden\" name=\"gd\" value=\"{order}\"><table width=\"700\">{rows}{}</table></form>",
        buttons(send, order)
    )
}

fn row(label: &str, field: &str) -> String {
    format!(
        "<tr><td width=\"200\"><font face=\"Arial\">{label}</font> <font color=\"red\">*</font></td><td>{field}</td></tr>"
    )
}

fn card_page(payment: &Payment, order: &str) -> String {
    let rows = [
        row("Số thẻ", "<input name=\"f1\" size=\"30\" autocomplete=\"off\">"),
        row("Tên chủ thẻ", "<input name=\"f2\" size=\"30\">"),
        row(
            "Ngày hết hạn",
            "<input name=\"f3\" size=\"2\" maxlength=\"2\"> / <input name=\"f4\" size=\"2\" maxlength=\"2\">",
        ),
        row("Mã bảo mật (3 số in ở mặt sau)", "<input name=\"f5\" type=\"password\" size=\"4\" maxlength=\"4\">"),
    ];
    frame(
        "Thanh toán bằng thẻ quốc tế",
        &(summary(payment) + &form("/the-quoc-te.do", order, &rows.concat(), "Thanh toán")),
    )
}

fn bank_page(payment: &Payment, order: &str) -> String {
    let banks =
        format!("<option>-- Chọn --</option><option>Ngân hàng Quân Đội</option><option>{}</option>", ATM_CARDS[0].bank);
    let rows = row("Ngân hàng phát hành", &format!("<select name=\"f1\">{banks}</select>"));
    frame("Thanh toán bằng thẻ nội địa", &(summary(payment) + &form("/chon-ngan-hang.do", order, &rows, "Tiếp tục")))
}

fn atm_page(payment: &Payment, order: &str) -> String {
    let rows = [
        row("Số thẻ", "<input name=\"f1\" size=\"30\">"),
        row("Tên chủ thẻ (không dấu)", "<input name=\"f2\" size=\"30\">"),
        row(
            "Ngày phát hành",
            "<input name=\"f3\" size=\"2\" maxlength=\"2\"> / <input name=\"f4\" size=\"4\" maxlength=\"4\">",
        ),
    ];
    frame("Thẻ nội địa", &(summary(payment) + &form("/the-noi-dia.do", order, &rows.concat(), "Tiếp tục")))
}

fn otp_page(payment: &Payment, ask: &Ask, bank: &str) -> String {
    let wrong = "<p class=\"thong-bao-error\"><font color=\"red\">Mã xác thực không đúng, vui lòng thử lại.</font></p>";
    let wrong = if ask.get("sai").is_empty() { "" } else { wrong };
    let rows = format!("<tr><td>Ngân hàng</td><td>{bank}</td></tr>")
        + &row("Mã xác thực OTP", "<input name=\"f1\" size=\"10\">");
    frame(
        "Xác thực giao dịch",
        &format!("{}{wrong}{}", summary(payment), form(&ask.path, ask.get("gd"), &rows, "Xác nhận")),
    )
}

/// The page asks for itself again and again: without a script nothing else would notice that the payment has ended.
fn qr_page(payment: &Payment, order: &str) -> String {
    let code = qrcode::QrCode::new(payment.qr.as_deref().unwrap_or_default()).unwrap();
    let picture = code.render::<qrcode::render::svg::Color<'_>>().min_dimensions(320, 320).build();
    let picture = picture[picture.find("<svg").unwrap()..].replacen(
        "<svg",
        "<svg role=\"img\" aria-label=\"Mã QR thanh toán\"",
        1,
    );
    frame(
        "Quét mã QR",
        &format!(
            "<meta http-equiv=\"refresh\" content=\"2\">{}<p>Quý khách mở ứng dụng ví và quét mã dưới đây để thanh toán.</p>{picture}\
             <p><a role=\"button\" href=\"/huy.do?gd={order}\">Hủy giao dịch</a> | <a href=\"/quay-ve.do?gd={order}\">Quay về trang bán hàng</a></p>",
            summary(payment)
        ),
    )
}

async fn wallet(ask: &Ask) -> Response {
    let inside = !ask.cookie("phien").is_empty();
    let login = |wrong: &str| {
        let rows =
            row("Số điện thoại", "<input name=\"f1\">") + &row("Mật khẩu", "<input name=\"f2\" type=\"password\">");
        frame("Ví điện tử", &format!("{wrong}{}", wallet_form("/dang-nhap.do", &rows, "Đăng nhập")))
    };
    let scan = |error: &str| {
        let error = if error.is_empty() { String::new() } else { format!("<p class=\"thong-bao-error\">{error}</p>") };
        let rows = row("Nội dung mã QR", "<textarea name=\"f1\" cols=\"40\" rows=\"4\"></textarea>");
        frame("Quét mã để trả tiền", &format!("{error}{}", wallet_form("/quet.do", &rows, "Tiếp tục")))
    };
    match (ask.path.as_str(), ask.is_post) {
        ("/dang-nhap.do", true) if is_test_app(ask.get("f1"), ask.get("f2")) => {
            let mut response = go("/");
            response.headers_mut().insert(header::SET_COOKIE, HeaderValue::from_static("phien=1; HttpOnly"));
            response
        }
        ("/dang-nhap.do", true) => html(login("<p class=\"thong-bao-error\">Tài khoản hoặc mật khẩu không đúng.</p>")),
        _ if !inside => html(login("<p>Quý khách vui lòng đăng nhập để tiếp tục sử dụng ví.</p>")),
        ("/quet.do", true) => match ask.till.by_qr(ask.get("f1")).await {
            Some((order, payment)) if payment.open => html(confirm_page(&payment, &order)),
            Some((_, payment)) if payment.status == "Expired" => html(scan("Mã QR đã hết hạn.")),
            Some(_) => html(scan("Đơn hàng đã được thanh toán, không thể trả tiền lần nữa.")),
            None => html(scan("Không đọc được mã QR.")),
        },
        ("/tra-tien.do", true) => {
            ask.till.pay(ask.get("gd")).await;
            html(frame(
                "Biên lai",
                "<h2>Quý khách đã thanh toán thành công</h2><p>Cảm ơn quý khách đã sử dụng dịch vụ của ví điện tử.</p>",
            ))
        }
        _ => html(scan("")),
    }
}

fn wallet_form(path: &str, rows: &str, send: &str) -> String {
    format!(
        "<form method=\"post\" action=\"{path}\"><table width=\"700\">{rows}<tr><td></td><td><input type=\"submit\" value=\"{send}\"></td></tr></table></form>"
    )
}

fn confirm_page(payment: &Payment, order: &str) -> String {
    let rows = format!(
        "<tr><td>Người nhận</td><td>{}</td></tr><tr><td>Số tiền</td><td>{} VNĐ<input type=\"hidden\" name=\"gd\" value=\"{order}\"></td></tr>",
        payment.merchant_name,
        payment.money()
    );
    frame("Xác nhận trả tiền", &wallet_form("/tra-tien.do", &rows, "Xác nhận"))
}
