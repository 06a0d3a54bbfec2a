//! The pages that payers and operators see: real HTML forms, in English and Vietnamese.
//!
//! `visitor` is whoever asks, `visit` a payer at one order, `operator` somebody logged in; each other file is a family
//! of pages. Texts are data in `texts.toml`, markup in `templates/`, scripts and styles in `assets/`.

mod asset;
mod bank;
mod card;
mod challenge;
mod checkout;
mod dashboard;
mod fields;
mod guard;
mod index;
mod language;
mod login;
mod napas;
mod operator;
mod portal;
mod qr_image;
mod seal;
mod session;
mod shop;
mod typed_card;
mod visit;
mod visitor;
mod wallet;

use super::{Host, Twin};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use std::sync::Arc;

/// No form of these pages comes near this many bytes.
const MAX_FORM: usize = 64 * 1024;

/// The pages of one host. Those of [`Host::Api`] are merged with the API, those of the others stand alone.
pub(super) fn router(host: Host, twin: Arc<Twin>) -> Router {
    let pages = match host {
        // Its other addresses are the API's, which answers unknown ones in its own way.
        Host::Api => {
            return index::router()
                .merge(asset::router())
                .layer(axum::middleware::map_response(move |response| guard::guard(host, response)))
                .with_state(twin);
        }
        Host::Static => index::router(),
        Host::Shop => shop::router(),
        Host::Checkout => checkout::router(),
        Host::Smartpay => card::router().merge(bank::router()).merge(challenge::smartpay()),
        Host::Centinel => challenge::centinel(),
        Host::Acs => challenge::acs(),
        Host::Napas => napas::router(),
        Host::Wallet => wallet::router(),
        Host::Portal => portal::router(),
        Host::Dashboard => dashboard::router(),
    };
    pages
        .merge(asset::router())
        .fallback(asset::nothing)
        .layer(DefaultBodyLimit::max(MAX_FORM))
        .layer(axum::middleware::map_response(move |response| guard::guard(host, response)))
        .with_state(twin)
}
