//! A small web site with hand-written pages, and one browser for all tests.

use axum::{
    Router,
    body::Body,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use smartpay_conformance::browser::{Deadlines, Lease, Pool, PoolConfig, Profiles};
use std::{
    future::Future,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

pub(crate) struct Site {
    pub(crate) runtime: tokio::runtime::Runtime,
    pub(crate) pool: Pool,
    pub(crate) port: u16,
    pub(crate) dead: u16,
    pub(crate) presses: Arc<AtomicUsize>,
}

static SITE: LazyLock<Site> = LazyLock::new(Site::start);

#[derive(Clone)]
struct Pages {
    port: u16,
    /// A port that nobody listens on.
    dead: u16,
    presses: Arc<AtomicUsize>,
    stamps: Arc<AtomicUsize>,
}

impl Site {
    fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let presses = Arc::new(AtomicUsize::new(0));
        let pages = Pages { port, dead, presses: Arc::clone(&presses), stamps: Arc::default() };
        let router = Router::new()
            .route("/press", get(press))
            .route("/stamp", get(stamp))
            .route("/hang", get(std::future::pending::<()>))
            .route("/unavailable", get(|| async { (StatusCode::SERVICE_UNAVAILABLE, "down for maintenance") }))
            .route("/again/{round}", get(again))
            .route("/hop/{number}", get(hop))
            .route("/half", get(half))
            .route("/later", get(later))
            .route("/{page}", get(page))
            .with_state(pages);
        runtime.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { runtime, pool: Pool::new(config()), port, dead, presses }
    }

    pub(crate) fn url(&self, host: &str, page: &str) -> String {
        format!("http://{host}.localhost:{}/{page}", self.port)
    }
}

pub(crate) fn profiles() -> Profiles {
    Profiles::parse("pages.toml", include_str!("pages.toml")).unwrap()
}

pub(crate) fn config() -> PoolConfig {
    let deadlines = Deadlines {
        page: Duration::from_secs(3),
        element: Duration::from_millis(2500),
        driver: Duration::from_secs(20),
    };
    PoolConfig { size: 2, deadlines, ..PoolConfig::new(profiles()) }
}

/// Runs a test with the shared browser, opened at a page of the site.
pub(crate) fn at<F: Future<Output = Lease>>(host: &str, page: &str, test: impl FnOnce(&'static Site, Lease) -> F) {
    let site = &*SITE;
    site.runtime.block_on(async {
        let mut lease = lease(&site.pool).await;
        lease.open(&site.url(host, page)).await.unwrap();
        test(site, lease).await.give_back(true);
    });
}

/// Runs a test that brings its own browser, if any.
pub(crate) fn with<F: Future<Output = ()>>(test: impl FnOnce(&'static Site) -> F) {
    let site = &*SITE;
    site.runtime.block_on(test(site));
}

pub(crate) async fn lease(pool: &Pool) -> Lease {
    pool.lease(None)
        .await
        .unwrap_or_else(|error| panic!("these tests need Chromium and chromedriver: failed to {error}"))
}

async fn page(
    State(pages): State<Pages>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let path = format!("{}/tests/browser/pages/{name}.html", env!("CARGO_MANIFEST_DIR"));
    let Ok(html) = std::fs::read_to_string(path) else { return StatusCode::NOT_FOUND.into_response() };
    let language = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("none");
    let html = html.replace("{{port}}", &pages.port.to_string()).replace("{{language}}", language);
    let html = html.replace("{{dead}}", &pages.dead.to_string()).replace("{{query}}", &query.unwrap_or_default());
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response()
}

async fn press(State(pages): State<Pages>) -> StatusCode {
    pages.presses.fetch_add(1, Ordering::SeqCst);
    StatusCode::NO_CONTENT
}

/// Says how often it was asked, and asks to be cached: who gets the same answer twice got it from a cache.
async fn stamp(State(pages): State<Pages>) -> Response {
    let stamp = pages.stamps.fetch_add(1, Ordering::SeqCst);
    ([(header::CACHE_CONTROL, "max-age=9999")], stamp.to_string()).into_response()
}

/// A form that leads to itself, slowly, and numbers its rounds.
async fn again(Path(round): Path<u32>) -> Response {
    tokio::time::sleep(Duration::from_millis(300)).await;
    let next = round + 1;
    // Some pages send their form by script, a moment after the press.
    let (tag, how) = match round % 3 {
        0 => ("button", ""),
        1 => ("div", "role='button' onclick='document.forms[0].submit()'"),
        _ => ("div", "role='button' onclick='setTimeout(() => document.forms[0].submit())'"),
    };
    let html = format!("<title>Again</title><form action='/again/{next}'><{tag} id='go' {how}>{round}</{tag}></form>");
    ([(header::CONTENT_TYPE, "text/html")], html).into_response()
}

/// Three hosts in a row, each of which sends the browser on in another way.
async fn hop(State(pages): State<Pages>, Path(number): Path<u32>, RawQuery(query): RawQuery) -> Response {
    let (port, query) = (pages.port, query.unwrap_or_default());
    match number {
        1 => Redirect::to(&format!("http://b.localhost:{port}/hop/2?{query}")).into_response(),
        2 => Html(format!("<meta http-equiv='refresh' content='0;url=http://c.localhost:{port}/hop/3?{query}'>"))
            .into_response(),
        _ => {
            let (name, value) = query.split_once('=').unwrap_or_default();
            let form = format!(
                "<form action='http://shop.localhost:{port}/done'><input type=hidden name={name} value={value}></form>"
            );
            Html(format!("{form}<script>document.forms[0].submit()</script>")).into_response()
        }
    }
}

/// The first half of a page, and never the second.
async fn half() -> Response {
    let first = futures::stream::iter([Ok::<_, std::io::Error>("<!doctype html><title>Half</title><p>The first half")]);
    let rest = futures::stream::pending();
    let body = Body::from_stream(futures::StreamExt::chain(first, rest));
    ([(header::CONTENT_TYPE, "text/html")], body).into_response()
}

/// A page that takes its time, though less than it is given.
async fn later() -> Html<&'static str> {
    tokio::time::sleep(Duration::from_millis(1500)).await;
    Html("<title>Later</title><input id=late>")
}
