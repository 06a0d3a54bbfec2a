//! Every invalid order is refused before it is sent, each way of being invalid by its own name.

use crate::generate::{config, key, secret, valid_order};
use proptest::prelude::*;
use proptest::sample::select;
use smartpay_conformance::wire::{Amount, Order, OrderError};

/// The ways in which an order can never be valid.
#[derive(Clone, Copy, Debug)]
enum Flaw {
    NoAmount,
    NegativeAmount,
    AmountTooLarge,
    AmountNotMoney,
    NoId,
    IdTooLong,
    ControlCharacterInId,
    OtherCurrency,
    NoDescription,
    RelativeUrl,
    OtherScheme,
    NotAUrl,
    ControlCharacterInUrl,
    SpaceAroundUrl,
}

impl Flaw {
    const ALL: [Self; 14] = [
        Self::NoAmount,
        Self::NegativeAmount,
        Self::AmountTooLarge,
        Self::AmountNotMoney,
        Self::NoId,
        Self::IdTooLong,
        Self::ControlCharacterInId,
        Self::OtherCurrency,
        Self::NoDescription,
        Self::RelativeUrl,
        Self::OtherScheme,
        Self::NotAUrl,
        Self::ControlCharacterInUrl,
        Self::SpaceAroundUrl,
    ];

    /// `order` with this flaw; `url` chooses which of its URLs, `scale` how bad, `control` which control character.
    fn break_order(self, order: Order, url: UrlField, scale: f64, control: char) -> Order {
        let amount = |value: f64| Amount::new(value).unwrap();
        match self {
            Self::NoAmount => Order { amount: amount(0.0), ..order },
            Self::NegativeAmount => Order { amount: amount(-order.amount.value()), ..order },
            Self::AmountTooLarge => Order { amount: amount(1e13 * scale), ..order },
            Self::AmountNotMoney => Order { amount: amount(1e-30 / scale), ..order },
            Self::NoId => Order { merchant_order_id: String::new(), ..order },
            Self::IdTooLong => {
                let times = 512 / order.merchant_order_id.len() + 1;
                Order { merchant_order_id: order.merchant_order_id.repeat(times), ..order }
            }
            Self::ControlCharacterInId => {
                // At the end it would have to survive a trim as well; an id of 512 bytes has to give way first.
                let mut id: String = order.merchant_order_id.chars().take(100).collect();
                id.push(control);
                Order { merchant_order_id: id, ..order }
            }
            Self::OtherCurrency => {
                Order { currency: ["USD", "vnd", "", "VND "][scale as usize % 4].to_owned(), ..order }
            }
            Self::NoDescription => Order { description: String::new(), ..order },
            Self::RelativeUrl => url.set(order, |_| "/success?order=1".to_owned()),
            Self::OtherScheme => url.set(order, |_| "javascript://m.example/%0Aalert(1)".to_owned()),
            Self::NotAUrl => url.set(order, |_| "https://".to_owned()),
            Self::ControlCharacterInUrl => url.set(order, |url| format!("{url}?a={control}b")),
            Self::SpaceAroundUrl => url.set(order, |url| format!(" {url}")),
        }
    }

    fn is_named_by(self, error: &OrderError) -> bool {
        match self {
            Self::NoAmount | Self::NegativeAmount => matches!(error, OrderError::NotPositive(_)),
            Self::AmountTooLarge => matches!(error, OrderError::TooLarge(_)),
            Self::AmountNotMoney => matches!(error, OrderError::NotMoney(_)),
            Self::NoId | Self::NoDescription => matches!(error, OrderError::Empty(_)),
            Self::IdTooLong => matches!(error, OrderError::LongId { .. }),
            Self::ControlCharacterInId => matches!(error, OrderError::ControlCharacter(_)),
            Self::OtherCurrency => matches!(error, OrderError::Currency(_)),
            Self::RelativeUrl
            | Self::OtherScheme
            | Self::NotAUrl
            | Self::ControlCharacterInUrl
            | Self::SpaceAroundUrl => matches!(error, OrderError::Url { .. }),
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum UrlField {
    Success,
    Failure,
    Pending,
}

impl UrlField {
    fn set(self, mut order: Order, change: impl Fn(&str) -> String) -> Order {
        match self {
            Self::Success => order.success_url = change(&order.success_url),
            Self::Failure => order.failure_url = change(&order.failure_url),
            Self::Pending => order.pending_url = Some(change(&order.success_url)),
        }
        order
    }
}

proptest! {
    #![proptest_config(config())]

    /// Each way of being invalid is refused by its own name; no request comes into being.
    #[test]
    fn an_invalid_order_is_refused_before_it_is_sent(
        order in valid_order(),
        key in key(),
        secret in secret(),
        url in select(vec![UrlField::Success, UrlField::Failure, UrlField::Pending]),
        scale in 1.0_f64..1e6,
        control in select(vec!['\0', '\t', '\n', '\r', '\u{1b}', '\u{7f}', '\u{85}']),
    ) {
        // All ways on each case: none can be left out by chance.
        for flaw in Flaw::ALL {
            let broken = flaw.break_order(order.clone(), url, scale, control);
            let error = broken.request(&key, &secret).expect_err(&format!("{flaw:?} was built"));
            prop_assert!(flaw.is_named_by(&error), "{:?} is reported as {:?}", flaw, error);
        }
        prop_assert_eq!(order.request("", &secret), Err(OrderError::Empty("the merchant's key")));
    }
}
