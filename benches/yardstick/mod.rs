//! What other figures are held against: how many requests a second a bare axum handler answers on this machine, now.

use axum::{Router, body::Bytes, http::header, routing::post};
use smartpay_conformance::sandbox::HttpClient;
use std::time::Instant;
use tokio::runtime::{Builder, Runtime};

/// As many as a fuzzing campaign has under way at a time.
const AT_ONCE: u32 = 16;

/// A bare handler on a thread of its own; it reads the body and answers a constant.
pub(crate) struct Bare {
    address: String,
    _runtime: Runtime,
}

impl Bare {
    pub(crate) fn start() -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let address = runtime.block_on(async {
            let router = Router::new().route("/", post(async |_: Bytes| "x".repeat(400)));
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = format!("http://{}/", listener.local_addr().unwrap());
            tokio::spawn(axum::serve(listener, router).into_future());
            address
        });
        Self { address, _runtime: runtime }
    }

    /// Requests a second that the suite's own client gets answered, from one thread.
    pub(crate) fn per_second(&self, requests: u32) -> f64 {
        let client = HttpClient::new().unwrap();
        let body = "x".repeat(500);
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let started = Instant::now();
        runtime.block_on(async {
            let ask = || async {
                for _ in 0..requests / AT_ONCE {
                    let request = client
                        .client()
                        .post(&self.address)
                        .header(header::CONTENT_TYPE, "text/plain")
                        .body(body.clone());
                    assert_eq!(request.send().await.unwrap().bytes().await.unwrap().len(), 400);
                }
            };
            futures::future::join_all((0..AT_ONCE).map(|_| ask())).await;
        });
        f64::from(requests) / started.elapsed().as_secs_f64()
    }
}
