//! The shop's pages. Whatever comes from outside goes through `escaped`, and no page allows a script of its own text.

use crate::books::{Order, Purchase, State};
use crate::defect::{self, Defect};
use crate::desk::Shop;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};

const POLICY: &str = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
pub(crate) const STYLE: &str = include_str!("shop.css");
pub(crate) const EMBEDDED: &str = include_str!("embedded.js");

/// Text in a page, or in a quoted attribute of it.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// `90.000 ₫`, as Vietnam writes it.
fn money(amount: u64) -> String {
    let digits = amount.to_string();
    let mut written = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            written.push('.');
        }
        written.push(digit);
    }
    written + " ₫"
}

/// A page; `more` is what its policy allows beyond the shop itself.
fn page(shop: &Shop, status: StatusCode, title: &str, main: &str, more: &str) -> Response {
    let leak =
        if shop.has(Defect::SecretInPage) { format!("<!-- {} -->", shop.settings.secret) } else { String::new() };
    let title = escaped(title);
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><link rel=\"stylesheet\" href=\"/shop.css\"></head>\
         <body><main><h1>{title}</h1>\n{main}\n</main>{leak}</body></html>\n"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (header::CONTENT_SECURITY_POLICY, format!("{POLICY}{more}")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        // The address of a cart is nobody else's.
        (HeaderName::from_static("referrer-policy"), "same-origin".to_owned()),
    ];
    (status, headers, html).into_response()
}

fn cart(purchase: &Purchase) -> String {
    format!(
        "<dl><dt>Article</dt><dd>{}</dd><dt>Amount</dt><dd class=\"amount\">{}</dd><dt>Method</dt><dd>{}</dd></dl>",
        escaped(&purchase.description),
        money(purchase.amount),
        purchase.method
    )
}

/// The cart, with the button that leads to PortOne. A policy for forms is left out: browsers apply it to the redirect, too.
pub(crate) fn checkout(shop: &Shop, token: &str, purchase: &Purchase) -> Response {
    let main = format!(
        "{}<form method=\"post\" action=\"/checkout\"><input type=\"hidden\" name=\"cart\" value=\"{}\">\
         <button type=\"submit\" id=\"pay\">Pay now</button></form>",
        cart(purchase),
        escaped(token)
    );
    page(shop, StatusCode::OK, "Checkout", &main, "")
}

/// The same through the SDK in the browser, which calls the API from there.
pub(crate) fn embedded(shop: &Shop, token: &str, purchase: &Purchase) -> Response {
    let sdk = &shop.settings.sdk_url;
    let main = format!(
        "{}<form id=\"embedded\"><input type=\"hidden\" name=\"cart\" value=\"{}\">\
         <button type=\"submit\" id=\"pay\">Pay now</button></form><p id=\"problem\" role=\"alert\" hidden></p>\
         <div id=\"portone-container\"></div><script src=\"{}\"></script><script src=\"/embedded.js\"></script>",
        cart(purchase),
        escaped(token),
        escaped(sdk)
    );
    page(shop, StatusCode::OK, "Checkout", &main, &sdk_policy(sdk, &shop.settings.base_url))
}

/// What the SDK needs: itself, and the API beside it (`static.portone.cloud` calls `api.portone.cloud`).
fn sdk_policy(sdk: &str, api: &str) -> String {
    let origin =
        |address: &str| reqwest::Url::parse(address).map(|url| url.origin().ascii_serialization()).unwrap_or_default();
    let (sdk, api) = (origin(sdk), origin(api));
    let beside = sdk.replacen("://static.", "://api.", 1);
    format!("; script-src 'self' {sdk}; connect-src 'self' {sdk} {beside} {api}")
}

/// An order as the books have it; `amount` and `message` are for defects.
pub(crate) fn order(shop: &Shop, order: &Order, amount: Option<u64>, message: Option<&str>) -> Response {
    let other = shop.has(Defect::ConfirmationWrongOrder).then(|| defect::another(shop, order));
    let order = other.as_ref().unwrap_or(order);
    let shown = match shop.settings.defect {
        Some(Defect::ConfirmationWrongAmount) => order.amount / 10,
        _ => amount.unwrap_or(order.amount),
    };
    let unescaped = |defect, text: &str| if shop.has(defect) { text.to_owned() } else { escaped(text) };
    let mut main = format!(
        "<dl><dt>Order</dt><dd class=\"order\">{}</dd><dt>Article</dt><dd>{}</dd>\
         <dt>Amount</dt><dd class=\"amount\">{}</dd></dl>\n<p class=\"state\">{}</p>",
        escaped(&order.id),
        unescaped(Defect::XssName, &order.description),
        money(shown),
        words(shop, order)
    );
    if order.state == State::Failed && !order.message.is_empty() {
        main += &format!("<p class=\"message\">{}</p>", unescaped(Defect::XssMessage, &order.message));
    }
    if let Some(message) = message {
        main += &format!("<p class=\"message\">{message}</p>");
    }
    // Empty, but for defects.
    main += &order.raw;
    if order.state == State::Pending {
        main += &format!("<p><a href=\"/orders/{}\">Look again</a></p>", crate::portone::escape_path(&order.id));
    }
    page(shop, StatusCode::OK, "Your order", &main, "")
}

fn words(shop: &Shop, order: &Order) -> String {
    let state = match defect::shown_as(shop, order).unwrap_or(order.status()) {
        "PENDING" => "Waiting for the payment".to_owned(),
        "FAILED" => "The payment failed".to_owned(),
        "PARTLY_REFUNDED" => format!("Partly refunded: {} of {}", money(order.refunded), money(order.amount)),
        "REFUNDED" => "Refunded".to_owned(),
        _ => "Paid".to_owned(),
    };
    if order.waits_for_refund() { state + " – refund pending" } else { state }
}

/// For a redirect that is not PortOne's, is not of this return, or does not fit: nothing of it is shown.
pub(crate) fn not_confirmed(shop: &Shop) -> Response {
    let main = "<p class=\"state\">Nothing was changed. If you paid, your order will say so within minutes.</p>";
    page(shop, StatusCode::BAD_REQUEST, "We could not confirm your payment", main, "")
}

pub(crate) fn problem(shop: &Shop, status: StatusCode, title: &str, text: &str) -> Response {
    page(shop, status, title, &format!("<p role=\"alert\">{}</p>", escaped(text)), "")
}
