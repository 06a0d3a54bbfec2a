//! The twin's hosts: one listener, told apart by the request's `Host`.

use super::{Twin, api, fault, pages};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use std::sync::Arc;
use tower_service::Service;

/// A host of the twin; each is an origin of its own, so that frames of different hosts are truly cross-site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// The API and the levers; also what answers to any name that is not the twin's, such as `127.0.0.1`.
    Api,
    /// The web SDK, `/portone.js`.
    Static,
    /// A merchant's shop.
    Shop,
    /// PortOne's hosted checkout and QR page.
    Checkout,
    /// SmartPay's card and ATM pages.
    Smartpay,
    /// The step-up page of 3-D Secure.
    Centinel,
    /// The card issuer's challenge.
    Acs,
    /// NAPAS's pages for ATM cards.
    Napas,
    /// The wallet's test app.
    Wallet,
    /// PortOne's merchant portal.
    Portal,
    /// SmartPay's dashboard.
    Dashboard,
}

impl Host {
    pub const ALL: [Self; 11] = [
        Self::Api,
        Self::Static,
        Self::Shop,
        Self::Checkout,
        Self::Smartpay,
        Self::Centinel,
        Self::Acs,
        Self::Napas,
        Self::Wallet,
        Self::Portal,
        Self::Dashboard,
    ];

    /// The name before `.localhost`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Static => "static",
            Self::Shop => "shop",
            Self::Checkout => "checkout",
            Self::Smartpay => "smartpay",
            Self::Centinel => "centinel",
            Self::Acs => "acs",
            Self::Napas => "napas",
            Self::Wallet => "wallet",
            Self::Portal => "portal",
            Self::Dashboard => "dashboard",
        }
    }

    /// The host a `Host` header names, its port ignored.
    #[must_use]
    pub fn named(header: &str) -> Self {
        let name = header.split(':').next().unwrap_or_default();
        let label = name.strip_suffix(".localhost").unwrap_or_default();
        Self::ALL.into_iter().find(|host| host.label().eq_ignore_ascii_case(label)).unwrap_or(Self::Api)
    }
}

/// What every host serves.
struct Hosts {
    routers: [Router; Host::ALL.len()],
    twin: Arc<Twin>,
}

/// Everything the twin serves, told apart by host.
pub(super) fn router(twin: &Arc<Twin>) -> Router {
    let routers = Host::ALL.map(|host| {
        let pages = pages::router(host, Arc::clone(twin));
        if host == Host::Api { api::router(twin, pages) } else { pages }
    });
    Router::new().fallback(answer).with_state(Arc::new(Hosts { routers, twin: Arc::clone(twin) }))
}

/// The one place through which every answer of every host leaves.
async fn answer(State(hosts): State<Arc<Hosts>>, request: Request) -> Response {
    let header = request.headers().get(header::HOST).and_then(|value| value.to_str().ok());
    let host = Host::named(header.or_else(|| request.uri().host()).unwrap_or_default());
    let mut router = hosts.routers[host as usize].clone();
    let call = async |request| match router.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let mut response = fault::pass(&hosts.twin, host, request, call).await;
    // State changes behind these addresses, so nothing may be taken from a cache.
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_known_by_its_name_whatever_its_port() {
        assert_eq!(Host::named("shop.localhost:8080"), Host::Shop);
        assert_eq!(Host::named("ACS.localhost"), Host::Acs);
        for other in ["127.0.0.1:80", "localhost", "example.com", "[::1]:80", "", "x.shop.localhost"] {
            assert_eq!(Host::named(other), Host::Api, "{other}");
        }
        for (at, host) in Host::ALL.into_iter().enumerate() {
            assert_eq!((host as usize, Host::named(&format!("{}.localhost", host.label()))), (at, host));
        }
    }
}
