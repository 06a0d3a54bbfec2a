//! What every page's answer says to the browser about trust.

use crate::twin::Host;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;

/// Scripts of the page's own host only. A policy about where forms may lead is left out: browsers apply it to redirects
/// too, and the last redirect leads to a merchant.
const POLICY: &str =
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'";

impl Host {
    /// Where this host's pages may load from, and who may frame them.
    fn policy(self) -> String {
        let more = match self {
            // The shop embeds the SDK, which calls the API and frames the checkout.
            Self::Shop => {
                "; script-src 'self' http://static.localhost:*; connect-src 'self' http://api.localhost:*; \
                 frame-src http://checkout.localhost:*; frame-ancestors 'none'"
            }
            // Any merchant's page may frame the checkout.
            Self::Checkout => "",
            Self::Smartpay => {
                "; frame-src 'self' http://centinel.localhost:*; frame-ancestors 'self' http://centinel.localhost:*"
            }
            Self::Centinel => {
                "; frame-src 'self' http://acs.localhost:* http://smartpay.localhost:*; \
                 frame-ancestors 'self' http://smartpay.localhost:*"
            }
            Self::Acs => "; frame-ancestors http://centinel.localhost:* http://smartpay.localhost:*",
            _ => "; frame-ancestors 'none'",
        };
        format!("{POLICY}{more}")
    }
}

/// Adds the headers that an answer does not have yet.
pub(super) async fn guard(host: Host, mut response: Response) -> Response {
    let policy = HeaderValue::from_str(&host.policy()).expect("the policies are ASCII");
    let headers = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        // An order's address is what lets a payer in: it is nobody else's.
        (HeaderName::from_static("referrer-policy"), HeaderValue::from_static("same-origin")),
    ];
    for (name, value) in headers {
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}
