//! What a channel says of a payment, and whether that is what happened.

use super::portal::PortalTransaction;
use crate::catalog::{CURRENCY, Code};
use crate::journal::Failure;
use crate::sandbox::{Delivery, Mailbox, PlacedOrder};
use crate::wire::{
    Amount, PaymentWebhook, Redirect, Secret, TransactionDetails, TransactionStatus, TransactionStatusContent,
};
use std::time::Duration;

/// What became of a payment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// Nobody has paid, nothing is decided.
    Open,
    Paid,
    /// Not paid; with the reason where it is known.
    Failed(Option<Code>),
    Expired,
}

/// What one channel says. A part that the channel does not tell is `None`, and is then not compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    /// The channel's name in messages.
    pub channel: &'static str,
    pub status: TransactionStatus,
    pub amount: Option<Amount>,
    pub currency: Option<String>,
    pub status_code: Option<String>,
    pub status_reason: Option<String>,
    pub order_ref: Option<String>,
    pub channel_order_ref: Option<String>,
    pub merchant_order_ref: Option<String>,
    /// The key of the method.
    pub method: Option<String>,
}

impl Story {
    /// # Errors
    /// When a documented parameter is missing, doubled or unreadable.
    pub fn of_redirect(redirect: &Redirect) -> Result<Self, Failure> {
        let get = |name: &str| {
            redirect
                .get(name)
                .map(str::to_owned)
                .ok_or_else(|| Failure::unmet(format!("a redirect with one {name}"), format!("{:?}", names(redirect))))
        };
        let amount = get("amount")?;
        Ok(Self {
            channel: "the redirect",
            status: TransactionStatus::from(get("status")?),
            amount: Some(
                amount.parse().map_err(|_| Failure::unmet("an amount in the redirect", format!("{amount:?}")))?,
            ),
            currency: Some(get("currency")?),
            status_code: Some(get("status_code")?),
            status_reason: Some(get("status_reason")?),
            order_ref: Some(get("order_ref")?),
            channel_order_ref: Some(get("channel_order_ref")?),
            merchant_order_ref: Some(get("merchant_order_ref")?),
            method: Some(get("method_key")?),
        })
    }

    /// The story of the last payment webhook about `order` that came to a final outcome.
    ///
    /// # Errors
    /// When none comes before the deadline, or when it is not genuine.
    pub async fn of_webhook(
        mailbox: &Mailbox,
        order: &PlacedOrder,
        secret: &Secret,
        deadline: Duration,
    ) -> Result<Self, Failure> {
        let webhook = payment_webhook(mailbox, order, deadline).await?;
        expect_signed(&webhook, secret)?;
        Ok(Self::told_by(webhook))
    }

    /// The story of a webhook, whoever signed it.
    #[must_use]
    pub fn told_by(webhook: PaymentWebhook) -> Self {
        Self {
            channel: "the webhook",
            status: webhook.status,
            amount: Some(webhook.amount),
            currency: Some(webhook.currency),
            status_code: Some(webhook.status_code),
            status_reason: Some(webhook.status_reason),
            order_ref: Some(webhook.order_ref),
            channel_order_ref: Some(webhook.channel_order_ref),
            merchant_order_ref: Some(webhook.merchant_order_ref),
            method: Some(webhook.method_key),
        }
    }

    #[must_use]
    pub fn of_status(content: TransactionStatusContent) -> Self {
        Self {
            channel: "the status query",
            status: content.status,
            amount: None,
            currency: None,
            status_code: None,
            status_reason: None,
            order_ref: Some(content.order_ref),
            channel_order_ref: Some(content.channel_order_ref),
            merchant_order_ref: None,
            method: None,
        }
    }

    #[must_use]
    pub fn of_details(details: TransactionDetails) -> Self {
        Self {
            channel: "the details",
            status: details.status,
            amount: Some(details.amount),
            currency: Some(details.currency),
            status_code: Some(details.status_code),
            status_reason: Some(details.status_reason),
            order_ref: Some(details.order_ref),
            channel_order_ref: Some(details.channel_order_ref),
            merchant_order_ref: Some(details.merchant_order_ref),
            method: Some(details.method_key),
        }
    }

    #[must_use]
    pub fn of_portal(transaction: PortalTransaction) -> Self {
        Self {
            channel: "the portal",
            status: TransactionStatus::from(transaction.status),
            amount: Some(transaction.amount),
            currency: None,
            status_code: None,
            status_reason: None,
            order_ref: None,
            channel_order_ref: None,
            merchant_order_ref: Some(transaction.order),
            method: None,
        }
    }

    /// This story is about `order` and tells `outcome`, to the last digit.
    ///
    /// # Errors
    /// Names the channel and the part that differs.
    pub fn expect(&self, order: &PlacedOrder, outcome: Outcome) -> Result<(), Failure> {
        let channel = self.channel;
        let same = |part: &str, expected: &str, observed: Option<&String>| match observed {
            Some(observed) if observed != expected => {
                Err(Failure::unmet(format!("{channel} to name the {part} {expected}"), observed.clone()))
            }
            _ => Ok(()),
        };
        same("order", &order.order_ref, self.order_ref.as_ref())?;
        same("channel's order", &order.channel_order_ref, self.channel_order_ref.as_ref())?;
        same("merchant's order", &order.request.merchant_order_id, self.merchant_order_ref.as_ref())?;
        same("method", &order.request.pmt_method, self.method.as_ref())?;
        same("currency", CURRENCY, self.currency.as_ref())?;
        if let Some(amount) = self.amount
            && amount != order.request.amount
        {
            let expected = format!("{channel} to say {} {CURRENCY}", order.request.amount);
            return Err(Failure::unmet(expected, amount.to_string()));
        }
        let told = match outcome {
            Outcome::Open => matches!(self.status, TransactionStatus::Initiated | TransactionStatus::Pending),
            Outcome::Paid => self.status == TransactionStatus::Success,
            Outcome::Failed(_) => self.status == TransactionStatus::Failed,
            Outcome::Expired => self.status == TransactionStatus::Expired,
        };
        if !told {
            let expected = format!("{channel} to say that the payment {}", outcome.words());
            return Err(Failure::unmet(expected, self.status.to_string()));
        }
        // Names of codes vary on the vendor's own pages, but the name of success is not one of a failure's.
        let succeeded = self.status_reason.as_deref().map(|reason| reason == Code::Success.name());
        if outcome != Outcome::Open && succeeded.is_some_and(|succeeded| succeeded != (outcome == Outcome::Paid)) {
            let expected = format!("{channel} to give the reason of a payment that {}", outcome.words());
            return Err(Failure::unmet(expected, self.status_reason.clone().unwrap_or_default()));
        }
        let code = match outcome {
            Outcome::Paid => Some(Code::Success),
            Outcome::Expired => Some(Code::TransactionExpired),
            Outcome::Failed(code) => code,
            Outcome::Open => None,
        };
        match (code, &self.status_code) {
            (Some(code), Some(observed)) if code.number() != observed => Err(Failure::unmet(
                format!("{channel} to give the reason {} {}", code.number(), code.name()),
                observed.clone(),
            )),
            _ => Ok(()),
        }
    }
}

impl Outcome {
    const fn words(self) -> &'static str {
        match self {
            Self::Open => "is open",
            Self::Paid => "succeeded",
            Self::Failed(_) => "failed",
            Self::Expired => "expired",
        }
    }
}

/// The webhook carries the signature that belongs to it.
///
/// # Errors
/// When it carries another or none.
pub fn expect_signed(webhook: &PaymentWebhook, secret: &Secret) -> Result<(), Failure> {
    if webhook.verifies(secret) {
        return Ok(());
    }
    let carried = webhook.signature_hash.to_string();
    let observed = if carried.is_empty() { "no signature".to_owned() } else { carried };
    Err(Failure::unmet("a webhook with a genuine signature", observed))
}

/// The last payment webhook about `order` that came to a final outcome.
///
/// # Errors
/// When none comes before the deadline, or when one cannot be read.
pub async fn payment_webhook(
    mailbox: &Mailbox,
    order: &PlacedOrder,
    deadline: Duration,
) -> Result<PaymentWebhook, Failure> {
    let read = |delivery: &Delivery| {
        serde_json::from_str::<PaymentWebhook>(&delivery.body)
            .map_err(|error| Failure::unmet("a documented payment webhook", format!("{error} in {}", delivery.body)))
    };
    let about = |deliveries: &[Delivery]| {
        deliveries.iter().rev().filter(|delivery| delivery.endpoint.starts_with("payment")).map(read).find(|webhook| {
            match webhook {
                Ok(webhook) => webhook.order_ref == order.order_ref && webhook.status.is_final(),
                Err(_) => true,
            }
        })
    };
    mailbox.wait_for("a webhook about the payment", deadline, about).await?
}

fn names(redirect: &Redirect) -> Vec<&str> {
    redirect.pairs().iter().map(|(name, _)| name.as_str()).collect()
}
