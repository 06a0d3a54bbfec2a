//! What a merchant may write: generators of valid values.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::FileFailurePersistence;
use smartpay_conformance::catalog::Method;
use smartpay_conformance::wire::{Address, Amount, BillingDetails, Order, OrderItem, Secret, ShippingDetails};
use url::Url;

/// At least a thousand cases; `PROPTEST_CASES` asks for more.
pub(crate) fn config() -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig {
        cases: default.cases.max(1024),
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..default
    }
}

/// Whole Unicode without control characters, and often the characters on which the vendor's samples disagree.
pub(crate) fn text(most: usize) -> impl Strategy<Value = String> {
    let any = proptest::string::string_regex(&format!("\\PC{{1,{most}}}")).unwrap();
    let awkward = proptest::collection::vec(select(" ~*!'()+%&=#/.-_\"\\é€ờ한🇻".chars().collect::<Vec<_>>()), 1..=most)
        .prop_map(String::from_iter);
    prop_oneof![any, awkward, "[A-Za-z0-9]{1,20}"]
}

/// An order id of up to 512 bytes.
pub(crate) fn order_id() -> impl Strategy<Value = String> {
    prop_oneof![4 => text(64), 1 => text(128)]
}

/// Money: whole dong up to thirteen digits, cents, and doubles with as many digits as they have.
pub(crate) fn money() -> impl Strategy<Value = Amount> {
    let whole = (1_i64..=9_999_999_999_999).prop_map(|n| n.to_string());
    let small = (1_i64..=1_000_000).prop_map(|n| n.to_string());
    let cents = (1_i64..=100_000_000_000).prop_map(|n| format!("{}.{:02}", n / 100, n % 100));
    let long = (0.01_f64..9_999_999_999_999.0).prop_map(|n| n.to_string());
    prop_oneof![whole, small, cents, long, Just("9999999999999".to_owned())].prop_map(|text| text.parse().unwrap())
}

/// Any number that JSON can hold, the 1e21 range and both zeros included.
pub(crate) fn number() -> impl Strategy<Value = Amount> {
    let any = any::<f64>().prop_filter("JSON holds finite numbers only", |n| n.is_finite());
    prop_oneof![
        any,
        1e15..1e22,
        select(vec![0.0, -0.0, 1.0, 1e21, 1e-7, 9_007_199_254_740_992.0, 9_007_199_254_740_993.0, f64::MAX, 5e-324]),
        (-1_000_000_i32..1_000_000).prop_map(f64::from),
    ]
    .prop_map(|n| Amount::new(n).unwrap())
}

/// An absolute URL with an optional port, path, query and fragment, none of its names being a redirect parameter.
pub(crate) fn web_url() -> impl Strategy<Value = String> {
    (
        select(vec!["http", "https"]),
        "[a-z][a-z0-9]{0,10}(\\.[a-z]{2,8}){0,2}",
        proptest::option::of(1_u16..),
        "(/[A-Za-z0-9._~%20é-]{0,12}){0,3}",
        proptest::option::of("(q[a-z]{0,4}=[A-Za-z0-9+%20ờ*~'/?:]{0,10}(&|&amp;)?){0,4}"),
        proptest::option::of("[A-Za-z0-9 /?&=]{0,10}[a-z]"),
    )
        .prop_map(|(scheme, host, port, path, query, fragment)| {
            let port = port.map(|p| format!(":{p}")).unwrap_or_default();
            let query = query.map(|q| format!("?{q}")).unwrap_or_default();
            let fragment = fragment.map(|f| format!("#{f}")).unwrap_or_default();
            format!("{scheme}://{host}{port}{path}{query}{fragment}")
        })
        .prop_filter("the URL standard refuses some numbers as hosts, and broken escapes are another matter", |url| {
            Url::parse(url).is_ok()
        })
}

pub(crate) fn address() -> impl Strategy<Value = Address> {
    (text(12), text(12), text(12)).prop_map(|(city, line_1, postal_code)| Address {
        city,
        country_code: "VN".to_owned(),
        locale: "vi".to_owned(),
        line_1,
        postal_code,
        ..Address::default()
    })
}

pub(crate) fn billing() -> impl Strategy<Value = BillingDetails> {
    (text(12), text(12), address()).prop_map(|(billing_name, billing_email, billing_address)| BillingDetails {
        billing_name,
        billing_email,
        billing_address,
        ..BillingDetails::default()
    })
}

pub(crate) fn shipping() -> impl Strategy<Value = ShippingDetails> {
    (text(12), text(12), address()).prop_map(|(shipping_name, shipping_phone, shipping_address)| ShippingDetails {
        shipping_name,
        shipping_phone,
        shipping_address,
        ..ShippingDetails::default()
    })
}

pub(crate) fn items() -> impl Strategy<Value = Vec<OrderItem>> {
    let item = (text(8), text(16), money(), 1_u32..1000).prop_map(|(id, name, price, quantity)| OrderItem {
        id,
        name,
        price,
        quantity,
        image: String::new(),
        additional_details: None,
    });
    proptest::collection::vec(item, 0..3)
}

prop_compose! {
    /// An order that must be accepted, its optional parts present or absent.
    pub(crate) fn valid_order()(
        merchant_order_id in order_id(),
        method in select(Method::ALL.to_vec()),
        amount in money(),
        description in text(40),
        success_url in web_url(),
        failure_url in web_url(),
        pending_url in proptest::option::of(web_url()),
        billing_details in proptest::option::of(billing()),
        shipping_details in proptest::option::of(shipping()),
        order_details in proptest::option::of(items()),
    ) -> Order {
        Order {
            description, pending_url, billing_details, shipping_details, order_details,
            ..Order::new(merchant_order_id, method, amount, success_url, failure_url)
        }
    }
}

pub(crate) fn key() -> impl Strategy<Value = String> {
    "[A-Za-z]{16}"
}

pub(crate) fn secret() -> impl Strategy<Value = Secret> {
    "[0-9a-f]{16,64}".prop_map(Secret::new)
}
