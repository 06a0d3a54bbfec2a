//! The redirect back to the merchant's success, failure or pending URL. Source: the vendor's "Redirection Response" page.

use super::{RedirectFields, Secret, Signature, encode_pairs, parse_pairs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The query of a redirect, in order, doubled names kept: a PSP's own parameters may be passed through, so that even
/// `status` can appear twice. A name that appears twice has no value: nobody can tell which one was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    pairs: Vec<(String, String)>,
}

impl Redirect {
    #[must_use]
    pub fn parse(query: &str) -> Self {
        Self { pairs: parse_pairs(query) }
    }

    /// The redirect with these parameters and the signature that belongs to them.
    #[must_use]
    pub fn signed(pairs: Vec<(String, String)>, secret: &Secret) -> Self {
        let mut redirect = Self { pairs };
        let signature = Signature::of(secret, &redirect.signed_fields().canonical());
        redirect.pairs.push(("signature_hash".to_owned(), signature.to_string()));
        redirect
    }

    /// The value of a parameter that appears exactly once.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.pairs.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str());
        match (values.next(), values.next()) {
            (Some(value), None) => Some(value),
            _ => None,
        }
    }

    /// Every parameter that appears exactly once, as an object of texts.
    #[must_use]
    pub fn object(&self) -> Value {
        let once = self.pairs.iter().filter_map(|(name, _)| Some((name.clone(), self.get(name)?.into())));
        Value::Object(once.collect::<Map<_, _>>())
    }

    #[must_use]
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    #[must_use]
    pub fn signed_fields(&self) -> RedirectFields<'_> {
        RedirectFields {
            channel_order_ref: self.get("channel_order_ref").unwrap_or_default(),
            merchant_order_ref: self.get("merchant_order_ref").unwrap_or_default(),
            order_ref: self.get("order_ref").unwrap_or_default(),
            status: self.get("status").unwrap_or_default(),
        }
    }

    #[must_use]
    pub fn verifies(&self, secret: &Secret) -> bool {
        self.get("signature_hash")
            .is_some_and(|hash| Signature::from(hash).verifies(secret, &self.signed_fields().canonical()))
    }

    /// `base` with these parameters appended to whatever query it has.
    #[must_use]
    pub fn url(&self, base: &str) -> String {
        let pairs: Vec<String> = self.pairs.iter().map(|(n, v)| encode_pairs(&[(n.as_str(), v.as_str())])).collect();
        let (head, fragment) = base.split_once('#').map_or((base, None), |(head, tail)| (head, Some(tail)));
        let joint = if head.contains('?') { '&' } else { '?' };
        let fragment = fragment.map(|f| format!("#{f}")).unwrap_or_default();
        format!("{head}{joint}{}{fragment}", pairs.join("&"))
    }
}

/// The documented parameters of the redirect, each of them text. Source: the vendor's "Redirection Response" page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RedirectParameters {
    /// In units of `currency`, as the canonical dialect prints it. Not signed.
    pub amount: String,
    /// ISO 4217. Not signed.
    pub currency: String,
    /// `merchant_order_id` of the request. Signed.
    pub merchant_order_ref: String,
    /// PortOne's reference of the order. Signed.
    pub order_ref: String,
    /// SmartPay's reference of the order. Signed.
    pub channel_order_ref: String,
    /// Reference of a payment link; empty without one.
    pub link_order_ref: String,
    /// For the payer.
    pub message: String,
    /// Where the payment stands. Signed.
    pub status: String,
    /// What SmartPay says of it, for people.
    pub status_channel_reason: String,
    /// Four digits.
    pub status_code: String,
    /// The code's name.
    pub status_reason: String,
    /// As billed.
    pub buyer_name: String,
    /// As billed.
    pub buyer_email: String,
    /// As billed.
    pub buyer_phone: String,
    /// As billed.
    pub buyer_address1: String,
    /// As billed.
    pub buyer_address2: String,
    /// As billed.
    pub buyer_city: String,
    /// As billed, ISO 3166.
    pub buyer_country: String,
    /// The channel, `SMARTPAY`.
    pub channel_key: String,
    /// The channel as people call it.
    pub channel_name: String,
    /// As the request said.
    pub description: String,
    /// Language of the pages, `en` or `vi`.
    pub lang: String,
    /// The merchant's name at PortOne.
    pub merchant_brand_name: String,
    /// Address of the merchant's picture; empty without one.
    pub merchant_logo: String,
    /// The method, for example `SMARTPAY_QR`.
    pub method_key: String,
    /// The method as people call it, with spaces.
    pub method_name: String,
    /// `api` or `checkout`.
    pub payment_source: String,
    /// Whom the payer can write to.
    pub support_email: String,
    /// Whom the payer can call.
    pub support_phone: String,
    /// Over order and status only; see `RedirectFields`.
    pub signature_hash: Signature,
}

impl RedirectParameters {
    /// The redirect with these parameters and the signature that belongs to them.
    ///
    /// # Panics
    /// Never: a structure of texts is an object of texts.
    #[must_use]
    pub fn signed(mut self, secret: &Secret) -> Redirect {
        let fields = RedirectFields {
            channel_order_ref: &self.channel_order_ref,
            merchant_order_ref: &self.merchant_order_ref,
            order_ref: &self.order_ref,
            status: &self.status,
        };
        self.signature_hash = Signature::of(secret, &fields.canonical());
        let Ok(Value::Object(parameters)) = serde_json::to_value(&self) else {
            unreachable!("a structure is an object")
        };
        let text = |value: Value| value.as_str().unwrap_or_default().to_owned();
        Redirect { pairs: parameters.into_iter().map(|(name, value)| (name, text(value))).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(secret: &Secret) -> Redirect {
        let pairs =
            [("order_ref", "A"), ("channel_order_ref", "B"), ("merchant_order_ref", "C D"), ("status", "Success")];
        Redirect::signed(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(), secret)
    }

    #[test]
    fn a_signed_redirect_survives_the_url_and_nothing_else_does() {
        let secret = Secret::new("s");
        let url = sample(&secret).url("https://m.example/ok?basket=1#top");
        assert!(url.starts_with("https://m.example/ok?basket=1&order_ref=A&"));
        assert!(url.ends_with("#top"));
        let query = url::Url::parse(&url).unwrap().query().unwrap().to_owned();
        assert!(Redirect::parse(&query).verifies(&secret));
        assert!(!Redirect::parse(&query.replace("Success", "Failed")).verifies(&secret));
        assert!(!Redirect::parse(&format!("{query}&status=Failed")).verifies(&secret), "a doubled status has no value");
    }

    #[test]
    fn a_parameter_that_comes_twice_is_among_the_pairs_but_has_no_value() {
        let redirect = Redirect::parse("order_ref=A&status=Success&status=Failed");
        assert_eq!(redirect.object(), serde_json::json!({ "order_ref": "A" }));
        let names: Vec<&str> = redirect.pairs().iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["order_ref", "status", "status"]);
    }
}
