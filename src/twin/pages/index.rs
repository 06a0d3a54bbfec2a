//! The twin's front door: where everything is, and the web SDK.

use super::asset::sdk;
use super::visitor::Visitor;
use crate::twin::{Host, Twin};
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use minijinja::{Value, context};
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<Twin>> {
    Router::new().route("/", get(index)).route("/portone.js", get(sdk))
}

async fn index(State(twin): State<Arc<Twin>>, visitor: Visitor) -> Response {
    let places = [
        ("index.shop", visitor.link(&format!("{}/", twin.origin(Host::Shop)))),
        ("index.wallet", visitor.link(&format!("{}/", twin.origin(Host::Wallet)))),
        ("index.portal", visitor.link(&format!("{}/", twin.origin(Host::Portal)))),
        ("index.dashboard", visitor.link(&format!("{}/", twin.origin(Host::Dashboard)))),
        ("index.sdk", format!("{}/portone.js", twin.origin(Host::Static))),
        ("index.api", format!("{}/_twin/status", twin.origin(Host::Api))),
    ];
    let places: Vec<Value> =
        places.into_iter().map(|(phrase, address)| context! { phrase, address => address.as_str() }).collect();
    visitor.show(StatusCode::OK, "index.html", context! { places })
}
