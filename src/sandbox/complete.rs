//! A payment request that says all that has a place in the details of an order.

use crate::journal::{Failure, expect_equal};
use crate::wire::{
    Address, BillingDetails, InitiatePayment, OrderItem, OrderedItem, OrderedItems, PaymentWebhook, Secret,
    ShippingDetails, TransactionDetails, Unknown, UserConfigured,
};
use serde_json::{Map, json};

/// The request with every optional part that comes back, signed anew.
#[must_use]
pub fn completed(request: InitiatePayment, secret: &Secret) -> InitiatePayment {
    let address = || Address {
        city: "Thành phố Hồ Chí Minh".to_owned(),
        country_code: "VN".to_owned(),
        country_name: "Việt Nam".to_owned(),
        locale: "vi".to_owned(),
        line_1: "12 Đường Lê Lợi".to_owned(),
        line_2: "Tầng 3".to_owned(),
        postal_code: "700000".to_owned(),
        state: "Quận 1".to_owned(),
        unknown: Unknown::default(),
    };
    let own = |number: u8| Some(format!("own field {number}"));
    InitiatePayment {
        billing_details: Some(BillingDetails {
            billing_name: "An".to_owned(),
            billing_surname: "Nguyễn".to_owned(),
            billing_email: "an.nguyen@shop.example".to_owned(),
            billing_phone: "+84901234567".to_owned(),
            billing_address: address(),
            unknown: Unknown::default(),
        }),
        shipping_details: Some(ShippingDetails {
            shipping_name: "Bình".to_owned(),
            shipping_surname: "Trần".to_owned(),
            shipping_email: "binh.tran@shop.example".to_owned(),
            shipping_phone: "+84907654321".to_owned(),
            shipping_address: address(),
            unknown: Unknown::default(),
        }),
        order_details: Some(vec![OrderItem {
            id: "SKU-1".to_owned(),
            name: "Cà phê sữa đá".to_owned(),
            price: 45_000.into(),
            quantity: 2,
            image: "https://shop.example/coffee.png".to_owned(),
            additional_details: Some(Map::from_iter([("ice".to_owned(), json!("a little"))])),
            unknown: Unknown::default(),
        }]),
        user_configured: UserConfigured {
            field1: own(1),
            field2: own(2),
            field3: own(3),
            field4: own(4),
            field5: own(5),
        },
        ..request
    }
    .signed(secret)
}

/// What a channel says of the buyer is what the request said.
///
/// # Errors
/// Names the first part that is not.
fn expect_buyer(request: &InitiatePayment, told: [&str; 7]) -> Result<(), Failure> {
    let billing = request.billing_details.clone().unwrap_or_default();
    let address = &billing.billing_address;
    let name = format!("{} {}", billing.billing_name, billing.billing_surname);
    let asked = [
        ("name", &name),
        ("e-mail address", &billing.billing_email),
        ("telephone", &billing.billing_phone),
        ("first line of the address", &address.line_1),
        ("second line of the address", &address.line_2),
        ("city", &address.city),
        ("country", &address.country_code),
    ];
    for ((part, asked), told) in asked.into_iter().zip(told) {
        expect_equal(&format!("buyer's {part}"), &asked.as_str(), &told)?;
    }
    Ok(())
}

/// The webhook holds what the request said of the buyer, each part in its place.
///
/// # Errors
/// Names the first part that it does not.
pub fn expect_told_of_buyer(request: &InitiatePayment, webhook: &PaymentWebhook) -> Result<(), Failure> {
    expect_buyer(
        request,
        [
            &webhook.buyer_name,
            &webhook.buyer_email,
            &webhook.buyer_phone,
            &webhook.buyer_address1,
            &webhook.buyer_address2,
            &webhook.buyer_city,
            &webhook.buyer_country,
        ],
    )
}

/// The details hold what the request said, each part in its place.
///
/// # Errors
/// Names the first part that they do not.
pub fn expect_repeated(request: &InitiatePayment, details: &TransactionDetails) -> Result<(), Failure> {
    expect_buyer(
        request,
        [
            &details.buyer_name,
            &details.buyer_email,
            &details.buyer_phone,
            &details.buyer_address1,
            &details.buyer_address2,
            &details.buyer_city,
            &details.buyer_country,
        ],
    )?;
    expect_equal("the merchant's own fields", &json!(request.user_configured), &json!(details.user_configured))?;
    let described = |item: &OrderItem| OrderedItem {
        item_id: item.id.clone(),
        product_name: item.name.clone(),
        price: item.price,
        quantity: item.quantity,
        image: item.image.clone(),
        additional_details: item.additional_details.clone().unwrap_or_default().into(),
    };
    let items = OrderedItems { data: request.order_details.iter().flatten().map(described).collect() };
    expect_equal("items", &json!(items), &details.order_details)
}
