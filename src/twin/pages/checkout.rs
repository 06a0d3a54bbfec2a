//! PortOne's hosted checkout and its QR page.

use super::fields::Fields;
use super::qr_image::QrImage;
use super::visit::Visit;
use super::visitor::{Answer, Problem};
use crate::catalog::Method;
use crate::twin::{Outcome, Twin};
use crate::wire::rfc3339_micros;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::{Engine, prelude::BASE64_STANDARD};
use minijinja::context;
use serde_json::json;
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<Twin>> {
    Router::new()
        .route("/{key}/orders/{order_ref}", get(choice).post(choose))
        .route("/{key}/orders/{order_ref}/qr", get(qr))
        .route("/{key}/orders/{order_ref}/qr.png", get(qr_png))
        .route("/{key}/orders/{order_ref}/status", get(status))
        .route("/{key}/orders/{order_ref}/return", get(send_back))
        .route("/{key}/orders/{order_ref}/cancel", post(cancel))
}

async fn choice(mut visit: Visit) -> Answer {
    visit.expect_open("concluded.html", "portone", "PortOne")?;
    if let Ok(order) = visit.account.begin_checkout(&visit.order.order_ref) {
        visit.order = order;
    }
    visit.begin();
    Ok(page(&visit, StatusCode::OK, None))
}

fn page(visit: &Visit, status: StatusCode, error: Option<&str>) -> Response {
    let order = &visit.order;
    let methods: Vec<&str> =
        Method::ALL.into_iter().filter(|method| order.can_be_paid_by(*method)).map(Method::key).collect();
    visit.show(status, "checkout.html", context! { methods, chosen => visit.order.request.method.key(), error })
}

async fn choose(mut visit: Visit, fields: Fields) -> Answer {
    visit.check(fields.get("csrf"))?;
    if !visit.order.is_open() {
        return visit.closed("");
    }
    let method = Method::from_key(fields.get("method")).filter(|method| visit.order.can_be_paid_by(*method));
    let Some(method) = method else {
        return Ok(page(&visit, StatusCode::UNPROCESSABLE_ENTITY, Some("checkout.no_method")));
    };
    if method != visit.order.request.method {
        match visit.account.choose_method(&visit.order.order_ref, method) {
            Ok(order) => visit.order = order,
            Err(_) => return visit.closed(""),
        }
    }
    Ok(visit.visitor.send_to(&visit.method_page()))
}

async fn qr(visit: Visit) -> Answer {
    visit.expect_open("concluded.html", "portone", "PortOne")?;
    visit.expect_method(Method::Qr)?;
    visit.begin();
    let drawn = drawn(&visit).await.ok_or_else(|| Problem::Internal.page(&visit.visitor))?;
    let page = context! {
        image => format!("data:image/png;base64,{}", BASE64_STANDARD.encode(&drawn.png)),
        side => drawn.side,
        expires_at => rfc3339_micros(visit.order.expires_at),
        expires => visit.order.expires_at.strftime("%H:%M:%S UTC").to_string(),
    };
    Ok(visit.show(StatusCode::OK, "qr.html", page))
}

async fn qr_png(visit: Visit) -> Answer {
    if !visit.order.is_open() || visit.order.request.method != Method::Qr {
        return Err(Problem::UnknownPage.page(&visit.visitor));
    }
    let drawn = drawn(&visit).await.ok_or_else(|| Problem::Internal.page(&visit.visitor))?;
    Ok(([(header::CONTENT_TYPE, "image/png")], drawn.png).into_response())
}

async fn drawn(visit: &Visit) -> Option<QrImage> {
    let payload = visit.account.qr_text(&visit.order);
    match tokio::task::spawn_blocking(move || QrImage::draw(&payload)).await {
        Ok(Ok(drawn)) => Some(drawn),
        Ok(Err(error)) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a QR code could not be drawn");
            None
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a QR code could not be drawn");
            None
        }
    }
}

/// What the QR page's script asks: the status, and where to go once the order is closed.
async fn status(visit: Visit) -> Response {
    let return_url = (!visit.order.is_open()).then(|| visit.account.return_url(&visit.order));
    Json(json!({ "status": visit.order.status(), "return_url": return_url })).into_response()
}

/// Sends the payer back to the merchant at any time: with an open order, to where the merchant waits for its outcome.
async fn send_back(visit: Visit) -> Answer {
    visit.send_back()
}

async fn cancel(visit: Visit, fields: Fields) -> Answer {
    visit.check(fields.get("csrf"))?;
    if !visit.order.is_open() {
        return visit.closed("");
    }
    visit.conclude(Outcome::cancelled())
}
