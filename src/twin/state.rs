//! The twin's state, and the addresses of its pages.

use super::{Accounts, Carrier, Faults, Host, Lately, Order, Source};
use crate::catalog::Method;
use std::sync::Arc;

/// The twin's state, shared by every page and endpoint.
#[derive(Debug)]
pub struct Twin {
    pub accounts: Accounts,
    /// What it does wrong on purpose.
    pub faults: Arc<Faults>,
    /// What merchants asked and were refused.
    pub lately: Lately,
    port: u16,
}

impl Twin {
    #[must_use]
    pub fn new(seed: u64, port: u16, carrier: Arc<Carrier>) -> Self {
        let faults = Arc::<Faults>::default();
        let accounts = Accounts::new(seed, carrier, Arc::clone(&faults));
        Self { accounts, faults, lately: Lately::default(), port }
    }

    /// For example `http://shop.localhost:8080`.
    #[must_use]
    pub fn origin(&self, host: Host) -> String {
        format!("http://{}.localhost:{}", host.label(), self.port)
    }

    /// The first page that the payer of an order meets: `redirect_url` of `initiatePayment`.
    #[must_use]
    pub fn payer_page(&self, key: &str, order: &Order) -> String {
        if order.request.source == Source::Checkout {
            return self.checkout_page(key, order);
        }
        self.method_page(key, order)
    }

    /// The page of the order's method: SmartPay's card form or bank list, or the QR page.
    #[must_use]
    pub fn method_page(&self, key: &str, order: &Order) -> String {
        let (host, page) = match order.request.method {
            Method::CreditCard => (Host::Smartpay, "card"),
            Method::AtmCard => (Host::Smartpay, "atm"),
            Method::Qr => (Host::Checkout, "qr"),
        };
        format!("{}/{key}/orders/{}/{page}", self.origin(host), order.order_ref)
    }

    /// The hosted checkout of an order.
    #[must_use]
    pub fn checkout_page(&self, key: &str, order: &Order) -> String {
        format!("{}/{key}/orders/{}", self.origin(Host::Checkout), order.order_ref)
    }

    /// The image of an order's QR, `qrcode_url` of `initiatePayment`.
    #[must_use]
    pub fn qr_image(&self, key: &str, order: &Order) -> String {
        format!("{}/{key}/orders/{}/qr.png", self.origin(Host::Checkout), order.order_ref)
    }
}
