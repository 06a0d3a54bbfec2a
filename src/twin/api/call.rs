//! The way into and out of the API: every request is read, answered and written here.

use super::{Refused, auth, body::receive, payment, refund, transaction, webhook};
use crate::twin::{Twin, levers};
use crate::wire::contract::Operation;
#[cfg(debug_assertions)]
use crate::wire::contract::check_answer;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, RawPathParams, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use axum::{RequestExt, Router};
use serde::Serialize;
use std::net::SocketAddr;
use std::sync::Arc;

/// A request to the API, read whole.
pub(super) struct Call {
    pub(super) twin: Arc<Twin>,
    pub(super) headers: HeaderMap,
    pub(super) path: Vec<(String, String)>,
    pub(super) query: String,
    pub(super) body: Bytes,
    /// Where it came from.
    pub(super) peer: Option<SocketAddr>,
}

/// An accepted request's answer, in JSON.
pub(super) struct Accepted(Vec<u8>);

impl Accepted {
    pub(super) fn json(body: &impl Serialize) -> Self {
        Self(serde_json::to_vec(body).expect("an answer of plain data serialises"))
    }
}

type Serve = fn(&Call) -> Result<Accepted, Refused>;

/// What serves an operation.
const fn serve(operation: Operation) -> Serve {
    match operation {
        Operation::AuthToken => auth::auth_token,
        Operation::GenerateSignature => auth::generate_signature,
        Operation::InitiatePayment => payment::initiate_payment,
        Operation::TransactionStatus => transaction::status,
        Operation::TransactionDetails => transaction::details,
        Operation::UpdateTransactionStatus => transaction::update,
        Operation::AddWebhook => webhook::add,
        Operation::ListWebhooks => webhook::list,
        Operation::CreateRefund => refund::create,
        Operation::ListRefunds => refund::list,
    }
}

/// The API, beside what else its host serves.
pub(in crate::twin) fn router(twin: &Arc<Twin>, beside: Router) -> Router {
    let api = Operation::ALL
        .into_iter()
        .fold(Router::new(), |api, operation| api.route(operation.path(), endpoint(operation)))
        .method_not_allowed_fallback(async || unknown(StatusCode::METHOD_NOT_ALLOWED))
        .with_state(Arc::clone(twin));
    // The levers are nothing that pages of other origins may call.
    api.merge(beside)
        .fallback(async || unknown(StatusCode::NOT_FOUND))
        .layer(from_fn(share))
        .merge(levers::router(Arc::clone(twin)))
}

fn endpoint(operation: Operation) -> MethodRouter<Arc<Twin>> {
    let method = match operation.method() {
        "GET" => MethodFilter::GET,
        "PUT" => MethodFilter::PUT,
        _ => MethodFilter::POST,
    };
    on(method, move |State(twin): State<Arc<Twin>>, request: Request| async move {
        let answer = match read(Arc::clone(&twin), request).await {
            Ok(call) => serve(operation)(&call),
            Err(refused) => Err(refused),
        };
        if let Err(refused) = &answer {
            let status = refused.http_status(Some(operation)).as_u16();
            twin.lately.refused(operation, status, refused.code.number(), &refused.message);
        }
        respond(Some(operation), answer)
    })
}

/// Reads a request whole, in bounded time and memory.
async fn read(twin: Arc<Twin>, mut request: Request) -> Result<Call, Refused> {
    let path = request
        .extract_parts::<RawPathParams>()
        .await
        .map_err(|_| Refused::invalid("the path is not valid UTF-8"))?
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let (parts, body) = request.into_parts();
    let body = receive(body).await?;
    Ok(Call {
        twin,
        path,
        query: parts.uri.query().unwrap_or_default().to_owned(),
        peer: parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0),
        headers: parts.headers,
        body,
    })
}

/// The one place through which every answer of the API leaves; no operation belongs to an unknown path or method.
fn respond(operation: Option<Operation>, answer: Result<Accepted, Refused>) -> Response {
    let (status, body) = match answer {
        Ok(accepted) => (StatusCode::OK, accepted),
        Err(refused) => (refused.http_status(operation), refused.answer(operation)),
    };
    // Whatever asks a twin in a test, its answers are held against the vendor's facts.
    #[cfg(debug_assertions)]
    if let Some(operation) = operation {
        let body: serde_json::Value = serde_json::from_slice(&body.0).expect("an answer of ours is JSON");
        let code = body["status_code"].as_str().unwrap_or_default();
        let known = status == StatusCode::OK || operation.can_be_refused_with(status.as_u16(), code);
        assert!(known, "{} answers {status} with {code}, which the contract does not know", operation.id());
        let departures = check_answer(operation, status.as_u16(), &body);
        assert!(departures.is_empty(), "{} answers {status} with {body}: {departures:?}", operation.id());
    }
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body.0).into_response()
}

fn unknown(status: StatusCode) -> Response {
    let mut response = respond(None, Err(Refused::invalid("there is no such endpoint")));
    *response.status_mut() = status;
    response
}

/// Lets pages of any origin call the API, as the web SDK does from a merchant's shop.
async fn share(request: Request, next: Next) -> Response {
    let mut response = if request.method() == Method::OPTIONS {
        let preflight = [
            ("access-control-allow-methods", "GET, POST, PUT"),
            ("access-control-allow-headers", "authorization, content-type, x-portone-client-key"),
            ("access-control-allow-private-network", "true"),
            ("access-control-max-age", "600"),
        ];
        (StatusCode::NO_CONTENT, preflight).into_response()
    } else {
        next.run(request).await
    };
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}
