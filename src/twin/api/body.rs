//! Reads the body of a request, in bounded time and memory.

use super::Refused;
use axum::body::{Body, BodyDataStream, Bytes};
use futures::TryStreamExt;
use std::time::Duration;

/// The largest body that is kept; documented requests have less than a hundredth of it.
const MAX_BODY: usize = 256 * 1024;

/// How much of a larger one is read and thrown away. A client that is still sending when the connection closes may never read
/// why it was refused.
const MAX_DRAINED: usize = 16 * 1024 * 1024;

/// How long a client may take to send its body.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) async fn receive(body: Body) -> Result<Bytes, Refused> {
    let received = tokio::time::timeout(BODY_TIMEOUT, read(body.into_data_stream())).await;
    received.map_err(|_| Refused::invalid("the body did not arrive in time"))?
}

async fn read(mut stream: BodyDataStream) -> Result<Bytes, Refused> {
    let broken = |_| Refused::invalid("the body broke off");
    let first = stream.try_next().await.map_err(broken)?.unwrap_or_default();
    let Some(second) = stream.try_next().await.map_err(broken)? else {
        return if first.len() <= MAX_BODY { Ok(first) } else { Err(too_large()) };
    };
    let mut kept = Vec::from(first);
    kept.extend_from_slice(&second);
    let mut length = kept.len();
    while let Some(chunk) = stream.try_next().await.map_err(broken)? {
        length += chunk.len();
        if length <= MAX_BODY {
            kept.extend_from_slice(&chunk);
        } else if length > MAX_DRAINED {
            break;
        }
    }
    if length <= MAX_BODY { Ok(kept.into()) } else { Err(too_large()) }
}

fn too_large() -> Refused {
    Refused::invalid(format!("the body has more than {MAX_BODY} bytes"))
}
