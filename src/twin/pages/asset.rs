//! The pages' stylesheet and scripts.

use super::visitor::{Answer, Problem, Visitor};
use crate::twin::Twin;
use axum::Router;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use include_dir::{Dir, include_dir};
use std::sync::Arc;

static ASSETS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/src/twin/pages/assets");

/// `/assets/{name}`, on every host that has pages.
pub(super) fn router() -> Router<Arc<Twin>> {
    Router::new().route("/assets/{name}", get(asset))
}

async fn asset(visitor: Visitor, Path(name): Path<String>) -> Answer {
    let kind = match name.rsplit_once('.') {
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "js")) => "text/javascript; charset=utf-8",
        _ => return Err(Problem::UnknownPage.page(&visitor)),
    };
    let file = ASSETS.get_file(&name).ok_or_else(|| Problem::UnknownPage.page(&visitor))?;
    Ok(([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "max-age=300")], file.contents()).into_response())
}

/// Any other address.
pub(super) async fn nothing(visitor: Visitor) -> Answer {
    Err(Problem::UnknownPage.page(&visitor))
}

/// `/portone.js`: the web SDK, which pages of any origin may load.
pub(super) async fn sdk() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "max-age=300"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    ];
    let file = ASSETS.get_file("portone.js").map(include_dir::File::contents).unwrap_or_default();
    (headers, file).into_response()
}
