//! What a merchant may write: generators of valid values.

use crate::catalog::Method;
use crate::wire::{
    Address, Amount, BillingDetails, InitiatePayment, Order, OrderItem, Route, RoutingParams, Secret, ShippingDetails,
    TokenParams, TransactionType, Unknown, UserConfigured,
};
use proptest::prelude::*;
use proptest::sample::select;
use url::Url;

/// A character of whole Unicode that is no control character, the rare ones as often as the common ones.
pub fn any_letter() -> impl Strategy<Value = char> {
    let ranges = vec![
        ' '..='~',
        '\u{a0}'..='\u{2ff}',
        '\u{1e00}'..='\u{1fff}',
        '\u{3000}'..='\u{d7ff}',
        '\u{e000}'..='\u{10ffff}',
    ];
    proptest::char::ranges(ranges.into())
}

/// Whole Unicode without control characters, and often the characters on which the vendor's samples disagree.
pub fn text(most: usize) -> impl Strategy<Value = String> {
    let any = proptest::collection::vec(any_letter(), 1..=most).prop_map(String::from_iter);
    let awkward = proptest::collection::vec(select(" ~*!'()+%&=#/.-_\"\\é€ờ한🇻".chars().collect::<Vec<_>>()), 1..=most)
        .prop_map(String::from_iter);
    prop_oneof![any, awkward, "[A-Za-z0-9]{1,20}"]
}

/// An order id of up to 512 bytes.
pub fn order_id() -> impl Strategy<Value = String> {
    prop_oneof![4 => text(64), 1 => text(128)]
}

/// Money: whole dong up to thirteen digits, cents, and doubles with as many digits as they have.
pub fn money() -> impl Strategy<Value = Amount> {
    let whole = (1_i64..=9_999_999_999_999).prop_map(|n| n.to_string());
    let small = (1_i64..=1_000_000).prop_map(|n| n.to_string());
    let cents = (1_i64..=100_000_000_000).prop_map(|n| format!("{}.{:02}", n / 100, n % 100));
    let long = (0.01_f64..9_999_999_999_999.0).prop_map(|n| n.to_string());
    prop_oneof![whole, small, cents, long, Just("9999999999999".to_owned())]
        .prop_map(|text| text.parse().expect("a decimal number is an amount"))
}

/// Any number that JSON can hold, the 1e21 range and both zeros included.
pub fn number() -> impl Strategy<Value = Amount> {
    let any = any::<f64>().prop_filter("JSON holds finite numbers only", |n| n.is_finite());
    prop_oneof![
        any,
        1e15..1e22,
        select(vec![0.0, -0.0, 1.0, 1e21, 1e-7, 9_007_199_254_740_992.0, 9_007_199_254_740_993.0, f64::MAX, 5e-324]),
        (-1_000_000_i32..1_000_000).prop_map(f64::from),
    ]
    .prop_map(|n| Amount::new(n).expect("it is finite"))
}

/// An absolute URL with an optional port, path, query and fragment, none of its names being a redirect parameter.
pub fn web_url() -> impl Strategy<Value = String> {
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

pub fn address() -> impl Strategy<Value = Address> {
    (text(12), text(12), text(12)).prop_map(|(city, line_1, postal_code)| Address {
        city,
        country_code: "VN".to_owned(),
        locale: "vi".to_owned(),
        line_1,
        postal_code,
        ..Address::default()
    })
}

pub fn billing() -> impl Strategy<Value = BillingDetails> {
    (text(12), text(12), address()).prop_map(|(billing_name, billing_email, billing_address)| BillingDetails {
        billing_name,
        billing_email,
        billing_address,
        ..BillingDetails::default()
    })
}

pub fn shipping() -> impl Strategy<Value = ShippingDetails> {
    (text(12), text(12), address()).prop_map(|(shipping_name, shipping_phone, shipping_address)| ShippingDetails {
        shipping_name,
        shipping_phone,
        shipping_address,
        ..ShippingDetails::default()
    })
}

pub fn items() -> impl Strategy<Value = Vec<OrderItem>> {
    let item = (text(8), text(16), money(), 1_u32..1000).prop_map(|(id, name, price, quantity)| OrderItem {
        id,
        name,
        price,
        quantity,
        image: String::new(),
        additional_details: None,
        unknown: Unknown::default(),
    });
    proptest::collection::vec(item, 0..3)
}

prop_compose! {
    /// An order that must be accepted, its optional parts present or absent.
    pub fn valid_order()(
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

pub fn key() -> impl Strategy<Value = String> {
    "[A-Za-z]{16}"
}

pub fn secret() -> impl Strategy<Value = Secret> {
    "[0-9a-f]{16,64}".prop_map(Secret::new)
}

/// The parts of a request that no order of this channel needs.
fn extras()
-> impl Strategy<Value = (Option<TokenParams>, Option<RoutingParams>, Option<TransactionType>, UserConfigured)> {
    let token =
        (text(20), "[0-9]{6}\\*{6}[0-9]{4}", any::<bool>()).prop_map(|(token, partial_card_number, save_card)| {
            TokenParams {
                token,
                partial_card_number,
                expiry_month: "06".to_owned(),
                expiry_year: "2031".to_owned(),
                kind: "mastercard".to_owned(),
                save_card,
                is_channel_token: Some(save_card),
                ..TokenParams::default()
            }
        });
    let route = |rank: u32| Route {
        channel_key: "SMARTPAY".to_owned(),
        method_key: "SMARTPAY_QR".to_owned(),
        rank,
        ..Route::default()
    };
    let routing = (1_u32..9).prop_map(move |rank| RoutingParams {
        kind: "failover".to_owned(),
        data: vec![route(rank)],
        ..RoutingParams::default()
    });
    let own = prop::option::of(text(20)).prop_map(|field| UserConfigured {
        field1: field.clone(),
        field5: field,
        ..UserConfigured::default()
    });
    let kind = select(vec![TransactionType::Purchase, TransactionType::Preauthorisation]);
    (prop::option::of(token), prop::option::of(routing), prop::option::of(kind), own)
}

/// What any target of this channel takes: whole dong and cents that a QR can hold, small ones and large ones.
fn payable() -> impl Strategy<Value = Amount> {
    let whole = prop_oneof![1_i64..=1_000_000, 1_i64..=9_999_999_999_999, Just(1), Just(9_999_999_999_999)];
    let cents = (1_i64..=99_999_999_999).prop_map(|n| format!("{}.{:02}", n / 100, n % 100));
    prop_oneof![3 => whole.prop_map(|n| n.to_string()), 1 => cents]
        .prop_map(|text| text.parse().expect("a decimal number is an amount"))
}

/// A valid request, its optional parts present or absent; key, id and signature belong to who sends it.
pub fn payment_request() -> impl Strategy<Value = InitiatePayment> {
    (valid_order(), payable(), extras()).prop_map(|(order, amount, extras)| {
        let (token_params, routing_params, transaction_type, user_configured) = extras;
        let request = Order { amount, ..order }.request("-", &Secret::new("")).expect("a valid order makes a request");
        let routing_enabled = routing_params.as_ref().map(|_| false);
        InitiatePayment { token_params, routing_enabled, routing_params, transaction_type, user_configured, ..request }
    })
}
