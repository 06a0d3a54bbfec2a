//! The way into and out of the API: every request is read, answered and written here.

use super::{Refused, auth, payment, refund, transaction, webhook};
use crate::twin::{Twin, levers};
use axum::body::{Bytes, to_bytes};
use axum::extract::{ConnectInfo, RawPathParams, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use axum::{RequestExt, Router};
use serde::Serialize;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// The largest body that is read; documented requests have less than a hundredth of it.
const MAX_BODY: usize = 256 * 1024;

/// How long a client may take to send its body.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// An operation of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Operation {
    AuthToken,
    GenerateSignature,
    InitiatePayment,
    TransactionStatus,
    TransactionDetails,
    UpdateTransaction,
    AddWebhook,
    ListWebhooks,
    CreateRefund,
    ListRefunds,
}

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

impl Operation {
    const fn method(self) -> MethodFilter {
        match self {
            Self::TransactionStatus | Self::ListWebhooks | Self::ListRefunds => MethodFilter::GET,
            Self::UpdateTransaction => MethodFilter::PUT,
            _ => MethodFilter::POST,
        }
    }

    const fn serve(self) -> Serve {
        match self {
            Self::AuthToken => auth::auth_token,
            Self::GenerateSignature => auth::generate_signature,
            Self::InitiatePayment => payment::initiate_payment,
            Self::TransactionStatus => transaction::status,
            Self::TransactionDetails => transaction::details,
            Self::UpdateTransaction => transaction::update,
            Self::AddWebhook => webhook::add,
            Self::ListWebhooks => webhook::list,
            Self::CreateRefund => refund::create,
            Self::ListRefunds => refund::list,
        }
    }
}

/// The API, beside what else its host serves.
pub(in crate::twin) fn router(twin: &Arc<Twin>, beside: Router) -> Router {
    let api = Router::new()
        .route("/api/merchant/auth-token", endpoint(Operation::AuthToken))
        .route("/api/merchant/generate-signature", endpoint(Operation::GenerateSignature))
        .route("/api/initiatePayment", endpoint(Operation::InitiatePayment))
        .route("/api/transaction/{merchant_order_ref}/status", endpoint(Operation::TransactionStatus))
        .route("/api/{key}/transaction-details", endpoint(Operation::TransactionDetails))
        .route("/api/transaction/status", endpoint(Operation::UpdateTransaction))
        .route("/api/merchant/{key}/webhook", endpoint(Operation::AddWebhook).merge(endpoint(Operation::ListWebhooks)))
        .route("/api/refund/{order_ref}", endpoint(Operation::CreateRefund).merge(endpoint(Operation::ListRefunds)))
        .method_not_allowed_fallback(async || unknown(StatusCode::METHOD_NOT_ALLOWED))
        .with_state(Arc::clone(twin));
    // The levers are nothing that pages of other origins may call.
    api.merge(beside)
        .fallback(async || unknown(StatusCode::NOT_FOUND))
        .layer(from_fn(share))
        .merge(levers::router(Arc::clone(twin)))
}

fn endpoint(operation: Operation) -> MethodRouter<Arc<Twin>> {
    on(operation.method(), move |State(twin): State<Arc<Twin>>, request: Request| async move {
        let answer = match read(twin, request).await {
            Ok(call) => operation.serve()(&call),
            Err(refused) => Err(refused),
        };
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
    let body = tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, MAX_BODY))
        .await
        .map_err(|_| Refused::invalid("the body did not arrive in time"))?
        .map_err(|_| Refused::invalid(format!("the body has more than {MAX_BODY} bytes or broke off")))?;
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
        Err(refused) => (refused.http_status(operation), Accepted::json(&refused.envelope(operation))),
    };
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
