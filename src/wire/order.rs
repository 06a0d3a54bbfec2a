//! An order as a merchant wants it, checked before anything is sent.

use super::{
    Amount, BillingDetails, Disagreement, FieldValue, InitiatePayment, OrderItem, Secret, ShippingDetails, Signature,
    Unknown, UserConfigured, disagreements,
};
use crate::catalog::{CHANNEL, CURRENCY, Method};
use url::Url;

/// The most that can be asked for: thirteen digits, which is what the amount of a payment QR can hold. Inferred.
pub const MAX_AMOUNT: f64 = 9_999_999_999_999.0;
/// The longest order id, in bytes. The vendor publishes no limit; this one is inferred.
pub const MAX_ORDER_ID_BYTES: usize = 512;

/// The only environment this suite ever names: no real money can be moved.
const ENVIRONMENT: &str = "sandbox";

/// An order as a merchant wants it. Any value can be written into it; [`Order::request`] refuses what can never be valid.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    /// Unique per merchant.
    pub merchant_order_id: String,
    pub method: Method,
    /// In units of `currency`.
    pub amount: Amount,
    /// ISO 4217, `VND` for this channel.
    pub currency: String,
    /// What the payer reads; may not be empty.
    pub description: String,
    /// Where the payer goes once paid; absolute, http or https. Signed as written.
    pub success_url: String,
    /// Where the payer goes when the payment did not come about. Signed as written.
    pub failure_url: String,
    /// Where the payer goes while the outcome is open; not signed.
    pub pending_url: Option<String>,
    pub billing_details: Option<BillingDetails>,
    pub shipping_details: Option<ShippingDetails>,
    pub order_details: Option<Vec<OrderItem>>,
}

/// Why an order is refused before it is sent.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OrderError {
    #[error("make the order: {0} is empty")]
    Empty(&'static str),
    #[error("make the order: its id has {bytes} bytes, more than {MAX_ORDER_ID_BYTES}")]
    LongId { bytes: usize },
    #[error("make the order: its id holds the control character {0:?}")]
    ControlCharacter(char),
    #[error("make the order: the amount {0} is not above 0")]
    NotPositive(Amount),
    #[error("make the order: the amount {0} is above {MAX_AMOUNT}")]
    TooLarge(Amount),
    #[error("make the order: the amount {0} has more digits than money can have")]
    NotMoney(Amount),
    #[error("make the order: its currency is {0:?}, the channel takes {CURRENCY} only")]
    Currency(String),
    #[error("make the order: {field} is {value:?}, {reason}")]
    Url { field: &'static str, value: String, reason: String },
}

impl Order {
    /// An order in the channel's currency, with nothing optional.
    #[must_use]
    pub fn new(
        merchant_order_id: impl Into<String>,
        method: Method,
        amount: Amount,
        success_url: impl Into<String>,
        failure_url: impl Into<String>,
    ) -> Self {
        let merchant_order_id = merchant_order_id.into();
        Self {
            description: format!("Order {merchant_order_id}"),
            merchant_order_id,
            method,
            amount,
            currency: CURRENCY.to_owned(),
            success_url: success_url.into(),
            failure_url: failure_url.into(),
            pending_url: None,
            billing_details: None,
            shipping_details: None,
            order_details: None,
        }
    }

    /// The signed request for this order by the merchant `key`, in the sandbox.
    ///
    /// # Errors
    /// Refuses what no target could accept, and names it.
    pub fn request(&self, key: &str, secret: &Secret) -> Result<InitiatePayment, OrderError> {
        self.check()?;
        if key.is_empty() {
            return Err(OrderError::Empty("the merchant's key"));
        }
        let request = InitiatePayment {
            key: key.to_owned(),
            merchant_order_id: self.merchant_order_id.clone(),
            pmt_channel: CHANNEL.to_owned(),
            pmt_method: self.method.key().to_owned(),
            description: self.description.clone(),
            environment: ENVIRONMENT.to_owned(),
            amount: self.amount,
            currency: self.currency.clone(),
            signature_hash: Signature::from(""),
            billing_details: self.billing_details.clone(),
            shipping_details: self.shipping_details.clone(),
            order_details: self.order_details.clone(),
            success_url: self.success_url.clone(),
            failure_url: self.failure_url.clone(),
            pending_url: self.pending_url.clone(),
            token_params: None,
            routing_enabled: None,
            routing_params: None,
            transaction_type: None,
            user_configured: UserConfigured::default(),
            unknown: Unknown::default(),
        };
        Ok(request.signed(secret))
    }

    /// What in this order signs differently in one of the vendor's samples, with the field it is in. Such an order is valid, but a
    /// merchant whose code follows that sample cannot sign it. Without any it is nothing.
    #[must_use]
    pub fn disagreements(&self) -> Vec<(&'static str, Disagreement)> {
        let signed: [(_, FieldValue<'_>); 5] = [
            ("amount", self.amount.into()),
            ("currency", self.currency.as_str().into()),
            ("failure_url", self.failure_url.as_str().into()),
            ("merchant_order_id", self.merchant_order_id.as_str().into()),
            ("success_url", self.success_url.as_str().into()),
        ];
        signed.iter().flat_map(|(name, value)| disagreements(*value).into_iter().map(|found| (*name, found))).collect()
    }

    fn check(&self) -> Result<(), OrderError> {
        check_id(&self.merchant_order_id)?;
        check_amount(self.amount)?;
        if self.currency != CURRENCY {
            return Err(OrderError::Currency(self.currency.clone()));
        }
        if self.description.is_empty() {
            return Err(OrderError::Empty("its description"));
        }
        check_url("success_url", &self.success_url)?;
        check_url("failure_url", &self.failure_url)?;
        self.pending_url.as_deref().map_or(Ok(()), |url| check_url("pending_url", url))
    }
}

fn check_id(id: &str) -> Result<(), OrderError> {
    if id.is_empty() {
        return Err(OrderError::Empty("its id"));
    }
    if id.len() > MAX_ORDER_ID_BYTES {
        return Err(OrderError::LongId { bytes: id.len() });
    }
    id.chars().find(|c| c.is_control()).map_or(Ok(()), |c| Err(OrderError::ControlCharacter(c)))
}

fn check_amount(amount: Amount) -> Result<(), OrderError> {
    if amount.value() <= 0.0 {
        return Err(OrderError::NotPositive(amount));
    }
    if amount.value() > MAX_AMOUNT {
        return Err(OrderError::TooLarge(amount));
    }
    // A decimal parses what it can hold exactly, and nothing else.
    amount.decimal().map(|_| ()).map_err(|_| OrderError::NotMoney(amount))
}

fn check_url(field: &'static str, value: &str) -> Result<(), OrderError> {
    let refuse = |reason: String| Err(OrderError::Url { field, value: value.to_owned(), reason });
    // A URL parser drops these silently; what is signed would then not be where the payer goes.
    if value.chars().any(char::is_control) || value.trim() != value {
        return refuse("which holds control characters or spaces around it".to_owned());
    }
    match Url::parse(value) {
        Err(error) => refuse(format!("not an absolute URL: {error}")),
        Ok(url) if !matches!(url.scheme(), "http" | "https") => refuse(format!("of scheme {}, not http", url.scheme())),
        Ok(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> Order {
        Order::new("A1", Method::Qr, 50_000.into(), "https://m.example/ok", "https://m.example/no")
    }

    #[test]
    fn an_order_becomes_a_signed_request_for_the_sandbox() {
        let secret = Secret::new("s");
        let request = order().request("K", &secret).unwrap();
        assert_eq!((request.pmt_channel.as_str(), request.pmt_method.as_str()), ("SMARTPAY", "SMARTPAY_QR"));
        assert_eq!((request.environment.as_str(), request.currency.as_str()), ("sandbox", "VND"));
        assert!(request.signature_hash.verifies(&secret, &request.signed_fields().canonical()));
    }

    #[test]
    fn the_limits_belong_to_what_is_allowed() {
        let request = |order: &Order| order.request("K", &Secret::new("s")).map(|_| ());
        let amount = |text: &str| Order { amount: text.parse().unwrap(), ..order() };
        assert_eq!(request(&amount("9999999999999")), Ok(()));
        assert_eq!(request(&amount("0.01")), Ok(()));
        assert!(matches!(request(&amount("9999999999999.5")), Err(OrderError::TooLarge(_))));
        assert!(matches!(request(&amount("10000000000000")), Err(OrderError::TooLarge(_))));
        assert!(matches!(request(&amount("0")), Err(OrderError::NotPositive(_))));
        assert!(matches!(request(&amount("-0")), Err(OrderError::NotPositive(_))));
        assert!(matches!(request(&amount("1e-29")), Err(OrderError::NotMoney(_))));
        let id = |id: String| Order { merchant_order_id: id, ..order() };
        assert_eq!(request(&id("x".repeat(512))), Ok(()));
        assert_eq!(request(&id("x".repeat(513))), Err(OrderError::LongId { bytes: 513 }));
        assert_eq!(request(&id("ờ".repeat(171))), Err(OrderError::LongId { bytes: 513 }), "bytes, not letters");
    }

    #[test]
    fn what_signs_differently_is_said_with_its_field() {
        assert_eq!(order().disagreements(), []);
        let awkward = Order { merchant_order_id: "A B".into(), amount: "100.255".parse().unwrap(), ..order() };
        let said: Vec<String> =
            awkward.disagreements().into_iter().map(|(field, found)| format!("{field}: {found}")).collect();
        assert_eq!(
            said,
            [
                "amount: the amount 100.255 is 100.255 in go, php, node and csharp, but 100.25 in java and python (two decimals)",
                "merchant_order_id: ' ' is + in go, php, node, java and python, but %20 in csharp (as in a path, not as in a form)"
            ]
        );
    }

    #[test]
    fn a_refusal_names_the_field_and_the_value() {
        let wrong = Order { failure_url: "/no".into(), ..order() };
        let error = wrong.request("K", &Secret::new("s")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "make the order: failure_url is \"/no\", not an absolute URL: relative URL without a base"
        );
    }
}
