//! A small shop with one article that is paid through PortOne's SmartPay channel: code to copy from, and what `certify` is tried on.
//!
//! | File | Holds |
//! |---|---|
//! | `portone.rs` | signatures, tokens, and the calls to PortOne |
//! | `books.rs` | orders and their states: the only place where one changes |
//! | `desk.rs` | having orders paid, asking what became of them, refunding |
//! | `callbacks.rs` | webhooks and redirects, which anybody can send |
//! | `pages.rs` | HTML |
//! | `defect.rs` | bugs to be switched on; not to be copied |
//!
//! It keeps everything in memory. Who refunds needs `SHOP_OPERATOR_TOKEN`, one for all operators; the other paths below `/api/` ask for
//! nothing and belong behind the login of those who may see orders, and TLS and limits of connections into the proxy before it.

#![expect(clippy::print_stderr, reason = "says there why it does not start")]
#![expect(clippy::print_stdout, reason = "says there where it listens")]

mod books;
mod callbacks;
mod defect;
mod desk;
mod pages;
mod portone;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use books::{NotTaken, Purchase, Refusal};
use defect::Defect;
use desk::{NotBegun, NotRefunded, Shop, Way};
use futures::StreamExt;
use hmac::{Hmac, KeyInit, Mac};
use portone::{Failure, PortOne};
use serde_json::{Value, json};
use sha2::Sha256;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// Bytes of a request's body; a webhook has a tenth of it.
const MAX_BODY: usize = 64 * 1024;
/// How much of a larger one is read and thrown away: who is still sending when the connection closes may never read why.
const MAX_DRAINED: usize = 1024 * 1024;
/// How long a request may take, its body included.
const MAX_TIME: Duration = Duration::from_secs(30);

/// From the command line and the environment.
pub(crate) struct Settings {
    listen: String,
    base_url: String,
    sdk_url: String,
    key: String,
    secret: String,
    shop_url: String,
    /// Without one nobody refunds.
    operator_token: Option<String>,
    defect: Option<Defect>,
}

impl Settings {
    fn read() -> Result<Self, String> {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let mut listen = "127.0.0.1:8080".to_owned();
        let mut defect = set("SHOP_DEFECT");
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let value = match argument.as_str() {
                "--listen" => &mut listen,
                "--defect" => defect.insert(String::new()),
                _ => {
                    return Err(format!("there is no argument {argument}: --listen HOST:PORT, --defect ID, --defects"));
                }
            };
            *value = arguments.next().ok_or(format!("{argument} needs a value"))?;
        }
        let named = |id: String| Defect::named(&id).ok_or(format!("there is no defect {id}: --defects lists them"));
        let address = |name: &str, default: &str| {
            let address = set(name).unwrap_or_else(|| default.to_owned());
            let web = reqwest::Url::parse(&address).is_ok_and(|url| ["http", "https"].contains(&url.scheme()));
            if web {
                Ok(address.trim_end_matches('/').to_owned())
            } else {
                Err(format!("{name} must be a web address"))
            }
        };
        Ok(Self {
            base_url: address("PORTONE_BASE_URL", "https://api.portone.cloud")?,
            sdk_url: address("PORTONE_SDK_URL", "https://static.portone.cloud/portone.js")?,
            key: set("PORTONE_KEY").ok_or("PORTONE_KEY is not set")?,
            secret: set("PORTONE_SECRET").ok_or("PORTONE_SECRET is not set")?,
            shop_url: if set("SHOP_URL").is_some() { address("SHOP_URL", "")? } else { String::new() },
            operator_token: set("SHOP_OPERATOR_TOKEN"),
            defect: defect.map(named).transpose()?,
            listen,
        })
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    if std::env::args().nth(1).is_some_and(|argument| argument == "--defects") {
        Defect::ALL.iter().for_each(|(id, _, shown)| println!("{id}\t{shown}"));
        return ExitCode::SUCCESS;
    }
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_ansi(false).with_max_level(tracing::Level::INFO).init();
    let problem = match Settings::read() {
        Ok(settings) => serve(settings).await.err(),
        Err(problem) => Some(problem),
    };
    let Some(problem) = problem else { return ExitCode::SUCCESS };
    eprintln!("The shop does not start: {problem}");
    ExitCode::from(2)
}

async fn serve(mut settings: Settings) -> Result<(), String> {
    let occupied = |error| format!("it cannot listen on {}: {error}", settings.listen);
    let listener = tokio::net::TcpListener::bind(&settings.listen).await.map_err(occupied)?;
    let address = listener.local_addr().map_err(occupied)?;
    if settings.shop_url.is_empty() {
        settings.shop_url = format!("http://{address}");
    }
    let portone = PortOne::new(&settings).map_err(|error| format!("it has no HTTP client: {error}"))?;
    let routes = routes(Arc::new(Shop::new(settings, portone)));
    let mut terminated = signal(SignalKind::terminate()).map_err(|error| format!("it hears no signals: {error}"))?;
    println!("The shop listens on http://{address}");
    tokio::select! {
        served = axum::serve(listener, routes) => served.map_err(|error| format!("it cannot go on: {error}")),
        _ = tokio::signal::ctrl_c() => Ok(()),
        _ = terminated.recv() => Ok(()),
    }
}

fn routes(shop: Arc<Shop>) -> Router {
    let operators_only = from_fn_with_state(Arc::clone(&shop), operators_only);
    let mut routes = Router::new()
        .route("/health", get("ok"))
        .route("/favicon.ico", get(StatusCode::NO_CONTENT))
        .route("/shop.css", get(([(header::CONTENT_TYPE, "text/css")], pages::STYLE)))
        .route("/embedded.js", get(([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], defect::script(&shop))))
        .route("/checkout", get(checkout).post(press))
        .route("/embedded", get(embedded))
        .route("/embedded/pay", post(press_embedded))
        .route("/return/success", get(callbacks::back))
        .route("/return/failure", get(callbacks::back))
        .route("/return/pending", get(callbacks::back))
        .route("/orders/{id}", get(order_page))
        .route("/api/orders", post(create_order))
        .route("/api/orders/{id}", get(order))
        .route("/api/orders/{id}/refunds", post(refund).route_layer(operators_only))
        .fallback(async |State(shop): State<Arc<Shop>>| not_found(&shop));
    if shop.has(Defect::EmbeddedTrustsCallback) {
        routes = routes.route("/embedded/done", post(defect::embedded_done));
    }
    routes
        .layer(from_fn(own_pages_only))
        // PortOne's servers are no pages.
        .route("/webhooks/portone", post(callbacks::webhook))
        .layer(from_fn(in_bounds))
        .with_state(shop)
}

/// Refuses what a page of another site has a visitor's browser send.
async fn own_pages_only(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let own = |origin: &str| [format!("http://{host}"), format!("https://{host}")].contains(&origin.to_owned());
    let origin = request.headers().get(header::ORIGIN);
    if request.method() == Method::POST && !origin.is_none_or(|origin| origin.to_str().is_ok_and(own)) {
        return refuse(StatusCode::FORBIDDEN, "this is not for pages of other sites");
    }
    next.run(request).await
}

/// Refuses whoever has not the operators' token. Where none is set nobody has it, rather than everybody.
async fn operators_only(State(shop): State<Arc<Shop>>, request: Request, next: Next) -> Response {
    if shop.has(Defect::RefundOpen) {
        return next.run(request).await;
    }
    let Some(token) = &shop.settings.operator_token else {
        return refuse(StatusCode::FORBIDDEN, "refunds need SHOP_OPERATOR_TOKEN");
    };
    let said = request.headers().get(header::AUTHORIZATION);
    let operator =
        said.and_then(|said| said.as_bytes().split_at_checked("Bearer ".len())).is_some_and(|(scheme, said)| {
            scheme.eq_ignore_ascii_case(b"Bearer ") && same(said.trim_ascii_start(), token.as_bytes())
        });
    if operator {
        return next.run(request).await;
    }
    let refused = refuse(StatusCode::UNAUTHORIZED, "refunds are for operators only");
    ([(header::WWW_AUTHENTICATE, "Bearer")], refused).into_response()
}

/// Compares in constant time: that is how HMACs compare, and they have the same length, whatever the texts have.
fn same(said: &[u8], token: &[u8]) -> bool {
    let mac = |text| Hmac::<Sha256>::new_from_slice(token).expect("HMAC takes any key").chain_update(text).finalize();
    mac(said) == mac(token)
}

/// Reads a request and answers it, in bounded time and memory.
async fn in_bounds(request: Request, next: Next) -> Response {
    let answer = tokio::time::timeout(MAX_TIME, async {
        let (parts, body) = request.into_parts();
        let (mut body, mut kept, mut length) = (body.into_data_stream(), Vec::new(), 0);
        while let Some(chunk) = body.next().await {
            let Ok(chunk) = chunk else { return refuse(StatusCode::BAD_REQUEST, "this broke off") };
            length += chunk.len();
            if length <= MAX_BODY {
                kept.extend_from_slice(&chunk);
            } else if length > MAX_DRAINED {
                break;
            }
        }
        if length > MAX_BODY {
            return refuse(StatusCode::PAYLOAD_TOO_LARGE, "this is too large");
        }
        next.run(Request::from_parts(parts, kept.into())).await
    });
    answer.await.unwrap_or_else(|_| refuse(StatusCode::REQUEST_TIMEOUT, "this takes too long"))
}

fn refuse(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({ "error": error }))).into_response()
}

fn not_found(shop: &Shop) -> Response {
    pages::problem(shop, StatusCode::NOT_FOUND, "Not found", "There is no such page.")
}

/// Opening the page makes a cart; its token moves into the address, so that coming back, reloading and a second tab are the same cart.
fn opened(shop: &Shop, query: Option<String>, path: &str, page: fn(&Shop, &str, &Purchase) -> Response) -> Response {
    let pairs: Vec<(String, String)> =
        url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
    let asked = |name: &str| pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    if let Some(token) = asked("cart") {
        return match shop.books.cart(token) {
            Some(purchase) if shop.has(Defect::TwoTabsOrderTwice) => {
                page(shop, &shop.books.new_cart(purchase.clone()), &purchase)
            }
            Some(purchase) => page(shop, token, &purchase),
            None => not_found(shop),
        };
    }
    let amount = asked("amount").and_then(|amount| amount.parse().ok()).unwrap_or(0);
    match Purchase::new(amount, asked("method").unwrap_or_default(), asked("id").filter(|id| !id.is_empty()), None) {
        Ok(purchase) => Redirect::to(&format!("{path}?cart={}", shop.books.new_cart(purchase))).into_response(),
        Err(why) => pages::problem(shop, StatusCode::BAD_REQUEST, "This cannot be bought", why),
    }
}

async fn checkout(State(shop): State<Arc<Shop>>, RawQuery(query): RawQuery) -> Response {
    opened(&shop, query, "/checkout", pages::checkout)
}

async fn embedded(State(shop): State<Arc<Shop>>, RawQuery(query): RawQuery) -> Response {
    opened(&shop, query, "/embedded", pages::embedded)
}

async fn press(State(shop): State<Arc<Shop>>, form: Bytes) -> Response {
    let cart = url::form_urlencoded::parse(&form).find(|(name, _)| name == "cart");
    match shop.press(cart.map(|(_, token)| token).unwrap_or_default().as_ref()).await {
        Ok(Way::ToPayment(page)) => Redirect::to(&page).into_response(),
        Ok(Way::ToOrder(id)) => Redirect::to(&order_address(&id)).into_response(),
        Err(why) => {
            let (status, why) = not_begun(&why);
            pages::problem(&shop, status, "The payment could not be begun", why)
        }
    }
}

fn order_address(id: &str) -> String {
    format!("/orders/{}", portone::escape_path(id))
}

/// What the SDK sends to PortOne, signed here, with a token that dies soon. Until then it opens the whole API to whoever reads it in
/// the browser, which is why the books believe the details of a transaction and no status alone.
async fn press_embedded(State(shop): State<Arc<Shop>>, body: Bytes) -> Response {
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    match shop.press_embedded(asked["cart"].as_str().unwrap_or_default()) {
        Ok(order) if order.status() != "PENDING" => Json(json!({ "page": order_address(&order.id) })).into_response(),
        Ok(order) => Json(json!({
            "portOneKey": shop.portone.key,
            "jwtToken": shop.portone.token(),
            "payload": shop.portone.payload(&order.wanted()),
        }))
        .into_response(),
        Err(why) => {
            let (status, why) = not_begun(&NotBegun::NotTaken(why));
            refuse(status, why)
        }
    }
}

/// What PortOne answered is in the log, not on the page.
fn not_begun(why: &NotBegun) -> (StatusCode, &'static str) {
    match why {
        NotBegun::NotTaken(NotTaken::UnknownCart) => (StatusCode::NOT_FOUND, "there is no such cart any more"),
        NotBegun::NotTaken(NotTaken::IdInUse) => (StatusCode::CONFLICT, "there is an order with this id"),
        NotBegun::NotTaken(NotTaken::OtherWay) => (StatusCode::CONFLICT, "this order is being paid in another way"),
        NotBegun::NotTaken(NotTaken::Full) => (StatusCode::SERVICE_UNAVAILABLE, "no more orders are taken"),
        NotBegun::PortOne(Failure::Refused { code, .. }) if code == "4002" => {
            (StatusCode::CONFLICT, "PortOne knows an order with this id")
        }
        NotBegun::PortOne(Failure::Refused { .. }) => (StatusCode::BAD_GATEWAY, "PortOne does not take this order"),
        NotBegun::PortOne(_) => (StatusCode::BAD_GATEWAY, "PortOne cannot be reached, please try again"),
    }
}

async fn create_order(State(shop): State<Arc<Shop>>, body: Bytes) -> Response {
    let Ok(Value::Object(asked)) = serde_json::from_slice(&body) else {
        return refuse(StatusCode::BAD_REQUEST, "the body must be a JSON object");
    };
    let text = |name: &'static str| match asked.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err("method, id and description must be text"),
    };
    let amount = asked.get("amount").and_then(Value::as_u64).unwrap_or(0);
    let purchase = text("method")
        .and_then(|method| Purchase::new(amount, method.unwrap_or_default(), text("id")?, text("description")?));
    match purchase {
        Err(why) => refuse(StatusCode::BAD_REQUEST, why),
        Ok(purchase) => match shop.begin(purchase).await {
            Ok((order, page)) => {
                (StatusCode::CREATED, Json(json!({ "id": order.id, "redirect_url": page }))).into_response()
            }
            Err(why) => {
                let (status, why) = not_begun(&why);
                refuse(status, why)
            }
        },
    }
}

fn told(shop: &Shop, status: StatusCode, id: &str) -> Response {
    let Some(order) = shop.books.find(id) else { return refuse(StatusCode::NOT_FOUND, "there is no such order") };
    let mut answer = order.json();
    if let Some(status) = defect::shown_as(shop, &order) {
        answer["status"] = json!(status);
    }
    if shop.has(Defect::SecretInApiAnswer) {
        answer["debug"] = json!({ "key": shop.settings.key, "secret": shop.settings.secret });
    }
    (status, Json(answer)).into_response()
}

async fn order(State(shop): State<Arc<Shop>>, Path(id): Path<String>) -> Response {
    told(&shop, StatusCode::OK, &id)
}

async fn order_page(State(shop): State<Arc<Shop>>, Path(id): Path<String>) -> Response {
    match shop.books.find(&id) {
        Some(order) => pages::order(&shop, &order, None, None),
        None => not_found(&shop),
    }
}

async fn refund(State(shop): State<Arc<Shop>>, Path(id): Path<String>, body: Bytes) -> Response {
    let asked: Value = if body.is_empty() { json!({}) } else { serde_json::from_slice(&body).unwrap_or_default() };
    let part = match asked.as_object().map(|asked| asked.get("amount")) {
        Some(None | Some(Value::Null)) => None,
        Some(Some(amount)) if amount.as_u64().is_some_and(|amount| amount > 0) => amount.as_u64(),
        _ => return refuse(StatusCode::BAD_REQUEST, "amount must be a whole number of VND, or absent"),
    };
    match shop.refund(&id, part).await {
        Ok(()) => told(&shop, StatusCode::ACCEPTED, &id),
        Err(NotRefunded::Books(Refusal::UnknownOrder)) => refuse(StatusCode::NOT_FOUND, Refusal::UnknownOrder.why()),
        Err(NotRefunded::Books(why)) => refuse(StatusCode::CONFLICT, why.why()),
        Err(NotRefunded::PortOne(Failure::Refused { .. })) => {
            refuse(StatusCode::CONFLICT, "PortOne does not refund this")
        }
        Err(NotRefunded::PortOne(_)) => {
            refuse(StatusCode::BAD_GATEWAY, "PortOne cannot be reached; what became of the refund will be asked for")
        }
    }
}
