//! An order that the target has accepted.

use crate::journal::{Failure, expect_equal};
use crate::wire::{InitiatePayment, PaymentInitiated, Redirect};
use std::time::Duration;

/// An accepted order: what was asked for and what was answered.
#[derive(Clone, Debug)]
pub struct PlacedOrder {
    pub request: InitiatePayment,
    pub order_ref: String,
    pub channel_order_ref: String,
    /// Where the payer goes next.
    pub redirect_url: String,
    /// How long the payer has, where the target says so.
    pub time_to_pay: Option<Duration>,
}

impl PlacedOrder {
    #[must_use]
    pub fn new(request: InitiatePayment, answer: PaymentInitiated) -> Self {
        let minutes: Option<u64> = answer.expiry_in_minutes.parse().ok();
        Self {
            request,
            order_ref: answer.order_ref,
            channel_order_ref: answer.channel_order_ref,
            redirect_url: answer.redirect_url,
            time_to_pay: minutes.map(|minutes| Duration::from_secs(minutes * 60)),
        }
    }

    /// An order that a shop placed by itself, as the redirect back to the shop names it.
    ///
    /// # Errors
    /// When the redirect does not name the order, or names another one.
    pub fn returned(request: InitiatePayment, redirect: &Redirect) -> Result<Self, Failure> {
        let get = |name: &str| {
            redirect.get(name).map(str::to_owned).ok_or_else(|| {
                Failure::unmet(
                    format!("a redirect with one {name}"),
                    format!("{:?}", redirect.pairs().iter().map(|(name, _)| name).collect::<Vec<_>>()),
                )
            })
        };
        expect_equal("the redirect to name the order", &request.merchant_order_id, &get("merchant_order_ref")?)?;
        Ok(Self {
            request,
            order_ref: get("order_ref")?,
            channel_order_ref: get("channel_order_ref")?,
            redirect_url: String::new(),
            time_to_pay: None,
        })
    }
}
