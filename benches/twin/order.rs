//! The requests: `initiatePayment` with billing details and an item, signed, each for an order of its own.

use super::merchant::Merchant;
use smartpay_conformance::catalog::Method;
use smartpay_conformance::wire::{Address, BillingDetails, Order, OrderItem, Unknown};

/// As long as every id, so that all requests have one length.
const NO_ID: &str = "bench-00000000";

/// Characters of a signature: 32 bytes in base64.
const SIGNATURE: usize = 44;

/// Signed beforehand. Kept are one request of each merchant and each order's signature: a million whole requests would
/// fill the caches of the machine that is measured.
pub(super) struct Orders {
    templates: Vec<Template>,
    signatures: Vec<[u8; SIGNATURE]>,
}

struct Template {
    request: Vec<u8>,
    id_at: usize,
    signature_at: usize,
}

impl Orders {
    /// So many orders, of each merchant in turn.
    pub(super) fn signed(merchants: &[Merchant], number: usize) -> Self {
        let signature = |at| {
            let Merchant { key, secret } = &merchants[at % merchants.len()];
            let signed = order(&id(at)).request(key, secret).unwrap();
            signed.signature_hash.as_str().as_bytes().try_into().unwrap()
        };
        Self {
            templates: merchants.iter().map(Template::of).collect(),
            signatures: (0..number).map(signature).collect(),
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.signatures.len()
    }

    /// The whole HTTP request for one order.
    pub(super) fn request(&self, at: usize) -> Vec<u8> {
        let mut request = Vec::new();
        self.write(at, &mut request);
        request
    }

    /// Writes the request for one order over another one.
    pub(super) fn write(&self, at: usize, request: &mut Vec<u8>) {
        let template = &self.templates[at % self.templates.len()];
        request.clone_from(&template.request);
        request[template.id_at..][..NO_ID.len()].copy_from_slice(id(at).as_bytes());
        request[template.signature_at..][..SIGNATURE].copy_from_slice(&self.signatures[at]);
    }
}

impl Template {
    fn of(Merchant { key, secret }: &Merchant) -> Self {
        let content = order(NO_ID).request(key, secret).unwrap();
        let body = serde_json::to_string(&content).unwrap();
        let request = format!(
            "POST /api/initiatePayment HTTP/1.1\r\nhost: api.localhost\r\nuser-agent: shop/1.0\r\naccept: */*\r\n\
             x-portone-client-key: {key}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        Self {
            id_at: request.find(NO_ID).unwrap(),
            signature_at: request.find(content.signature_hash.as_str()).unwrap(),
            request: request.into_bytes(),
        }
    }
}

fn id(at: usize) -> String {
    format!("bench-{at:08}")
}

fn order(id: &str) -> Order {
    let billing = BillingDetails {
        billing_name: "An".into(),
        billing_surname: "Nguyễn".into(),
        billing_email: "an.nguyen@example.com".into(),
        billing_phone: "+84901234567".into(),
        billing_address: Address {
            city: "Hồ Chí Minh".into(),
            country_code: "VN".into(),
            locale: "vi-VN".into(),
            line_1: "1 Đồng Khởi".into(),
            ..Address::default()
        },
        ..BillingDetails::default()
    };
    let item = OrderItem {
        id: "SKU-1".into(),
        name: "Cà phê sữa đá".into(),
        price: 50_000.into(),
        quantity: 1,
        image: "https://shop.example/images/coffee.png".into(),
        additional_details: None,
        unknown: Unknown::default(),
    };
    let success = "https://shop.example/payments/success";
    let failure = "https://shop.example/payments/failure";
    let mut order = Order::new(id, Method::CreditCard, 50_000.into(), success, failure);
    order.description = "Coffee".into();
    order.billing_details = Some(billing);
    order.order_details = Some(vec![item]);
    order
}
