//! What the twin is compared with: an axum handler that reads the body and answers with a constant.

use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::routing::post;
use axum::serve::ListenerExt;

/// Makes this program the bare server; the answer's content follows.
pub(super) const ARGUMENT: &str = "bare-server";

/// Serves until it is killed, with as many threads as the twin has.
pub(super) fn serve(content: String) {
    let content = Bytes::from(content);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("A bare handler listens on {}.", listener.local_addr().unwrap());
        let answer = async move |_: Bytes| ([(header::CONTENT_TYPE, "application/json")], content.clone());
        let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
        axum::serve(listener, Router::new().route("/api/initiatePayment", post(answer))).await.unwrap();
    });
}
