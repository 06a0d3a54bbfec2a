//! What every stand-in has: an address of its own, the vendor's API behind it, and a way to its pages.

use super::till::Till;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use serde_json::Value;
use smartpay_conformance::sandbox::HttpClient;
use std::{collections::HashMap, future::Future, sync::Arc};
use url::{Url, form_urlencoded};

/// A stack of payer pages.
pub(crate) trait Pages: Send + Sync + 'static {
    /// Where the payer of an order begins.
    fn entry(&self, at: &Addresses, order: &str, method: &str) -> String;

    /// A page, or what a form leads to.
    fn serve(&self, ask: Ask) -> impl Future<Output = Response> + Send;
}

/// The stand-in's origins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Addresses {
    pub(crate) port: u16,
}

impl Addresses {
    pub(crate) fn origin(self, host: &str) -> String {
        format!("http://{host}.localhost:{}", self.port)
    }
}

/// What a browser asks for.
pub(crate) struct Ask {
    pub(crate) at: Addresses,
    pub(crate) till: Till,
    /// The name before `.localhost`.
    pub(crate) host: String,
    pub(crate) path: String,
    /// Of the address, then of the form.
    fields: Vec<(String, String)>,
    pub(crate) is_post: bool,
    /// Whether the browser prefers Vietnamese.
    pub(crate) vietnamese: bool,
    cookies: HashMap<String, String>,
}

impl Ask {
    /// A field's value; empty when there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    pub(crate) fn cookie(&self, name: &str) -> &str {
        self.cookies.get(name).map_or("", String::as_str)
    }
}

/// A page without a word on caching or trust, as many are.
pub(crate) fn html(text: String) -> Response {
    Html(text).into_response()
}

pub(crate) fn go(to: &str) -> Response {
    Redirect::to(to).into_response()
}

pub(crate) fn nothing() -> Response {
    (StatusCode::NOT_FOUND, Html("<h1>404</h1>")).into_response()
}

/// A stand-in that runs until the program ends.
pub(crate) async fn open<P: Pages>(pages: P, twin: &Url) -> Addresses {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = Addresses { port: listener.local_addr().unwrap().port() };
    let http = HttpClient::new().unwrap().client().clone();
    let till = Till::new(http.clone(), twin.clone());
    let front = Front { at, http, twin: twin.clone(), till, pages };
    let router = Router::new().fallback(answer::<P>).with_state(Arc::new(front));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    at
}

struct Front<P> {
    at: Addresses,
    http: reqwest::Client,
    twin: Url,
    till: Till,
    pages: P,
}

async fn answer<P: Pages>(State(front): State<Arc<Front<P>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let header = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let host = header(header::HOST).split(':').next().unwrap_or_default().trim_end_matches(".localhost").to_owned();
    let path = parts.uri.path().to_owned();
    let Ok(body) = axum::body::to_bytes(body, 1 << 20).await else { return StatusCode::BAD_REQUEST.into_response() };
    if host == "api" {
        let address = parts.uri.path_and_query().map_or("/", |address| address.as_str());
        return front.pass_on(parts.method, address, parts.headers, body).await;
    }
    let pairs = |bytes: &[u8]| form_urlencoded::parse(bytes).into_owned().collect::<Vec<_>>();
    let mut fields = pairs(parts.uri.query().unwrap_or_default().as_bytes());
    if header(header::CONTENT_TYPE).starts_with("application/json") {
        let body: HashMap<String, String> = serde_json::from_slice(&body).unwrap_or_default();
        fields.extend(body);
    } else {
        fields.extend(pairs(&body));
    }
    let cookies = header(header::COOKIE).split("; ").filter_map(|pair| pair.split_once('='));
    let ask = Ask {
        at: front.at,
        till: front.till.clone(),
        host,
        path,
        fields,
        is_post: parts.method == reqwest::Method::POST,
        vietnamese: header(header::ACCEPT_LANGUAGE).starts_with("vi"),
        cookies: cookies.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    };
    front.pages.serve(ask).await
}

impl<P: Pages> Front<P> {
    /// Asks the twin, and puts this stand-in's pages in the place of the twin's.
    async fn pass_on(&self, method: reqwest::Method, path: &str, headers: HeaderMap, body: Bytes) -> Response {
        let mut headers = headers;
        for own in [header::HOST, header::CONTENT_LENGTH, header::CONNECTION] {
            headers.remove(own);
        }
        let url = self.twin.join(path).unwrap();
        let sent = self.http.request(method, url).headers(headers).body(body.clone()).send().await;
        let Ok(answer) = sent else { return StatusCode::BAD_GATEWAY.into_response() };
        let status = answer.status();
        let kind = answer.headers().get(header::CONTENT_TYPE).cloned();
        let Ok(mut bytes) = answer.bytes().await else { return StatusCode::BAD_GATEWAY.into_response() };
        if path == "/api/initiatePayment" && status.is_success() {
            bytes = self.lead_here(&body, &bytes).into();
        }
        let mut response = (status, Body::from(bytes)).into_response();
        response.headers_mut().extend(kind.map(|kind| (header::CONTENT_TYPE, kind)));
        response
    }

    /// The answer to a new order, with the addresses of this stand-in's pages.
    fn lead_here(&self, asked: &[u8], answered: &[u8]) -> Vec<u8> {
        let asked: Value = serde_json::from_slice(asked).unwrap();
        let mut answer: Value = serde_json::from_slice(answered).unwrap();
        let order = self.till.note(asked["key"].as_str().unwrap(), answer["order_ref"].as_str().unwrap());
        let entry = self.pages.entry(&self.at, &order, asked["pmt_method"].as_str().unwrap());
        if answer["qrcode_url"].as_str().is_some_and(|url| !url.is_empty()) {
            answer["qrcode_url"] = Value::from(entry.clone());
        }
        answer["redirect_url"] = Value::from(entry);
        serde_json::to_vec(&answer).unwrap()
    }
}
