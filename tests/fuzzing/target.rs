//! A target that breaks one rule: the twin behind a proxy that tells lies.

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::Method, http::StatusCode, http::Uri};
use serde_json::Value;
use smartpay_conformance::sandbox::{Account, Capability, HttpClient, Target};
use smartpay_conformance::twin::{DEMO_KEY, DEMO_SECRET, RunningTwin, Twin, TwinConfig};
use smartpay_conformance::wire::Secret;
use std::collections::BTreeSet;
use std::sync::Arc;
use url::Url;

/// What the proxy sees of an exchange before it passes the answer on.
pub(crate) struct Exchange<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) request: Value,
    pub(crate) status: &'a mut u16,
    pub(crate) answer: &'a mut String,
}

/// A lie: what the proxy changes of an exchange.
pub(crate) type Lie = fn(&mut Exchange<'_>);

/// The twin behind its proxy.
pub(crate) struct LyingTarget {
    pub(crate) target: Target,
    pub(crate) base: String,
    _twin: RunningTwin,
}

impl LyingTarget {
    pub(crate) async fn start(lie: Lie) -> Self {
        let twin = Twin::start(TwinConfig::default()).unwrap();
        let proxy = Proxy { behind: format!("http://{}", twin.addr()), lie, http: HttpClient::new().unwrap() };
        let router = Router::new().fallback(pass).with_state(Arc::new(proxy));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, router).into_future());
        let mut target = Target::new("lying", Url::parse(&base).unwrap());
        target.capabilities = BTreeSet::from([Capability::Levers]);
        Self { target, base, _twin: twin }
    }
}

pub(crate) fn merchant() -> Account {
    Account { key: DEMO_KEY.to_owned(), secret: Secret::new(DEMO_SECRET), portal: None, dashboard: None }
}

struct Proxy {
    behind: String,
    lie: Lie,
    http: HttpClient,
}

async fn pass(
    State(proxy): State<Arc<Proxy>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, [(&'static str, String); 1], String) {
    let path = uri.path_and_query().unwrap().as_str();
    let mut request = proxy.http.client().request(method.clone(), format!("{}{path}", proxy.behind));
    for name in ["x-portone-client-key", "authorization", "content-type"] {
        if let Some(value) = headers.get(name) {
            request = request.header(name, value);
        }
    }
    let response = request.body(body.clone()).send().await.unwrap();
    let mut status = response.status().as_u16();
    let mut answer = response.text().await.unwrap();
    (proxy.lie)(&mut Exchange {
        method: method.as_str(),
        path,
        request: serde_json::from_slice(&body).unwrap_or_default(),
        status: &mut status,
        answer: &mut answer,
    });
    let kind = if answer.starts_with('<') { "text/html" } else { "application/json" };
    (StatusCode::from_u16(status).unwrap(), [("content-type", kind.to_owned())], answer)
}
