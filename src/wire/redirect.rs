//! The redirect back to the merchant's success, failure or pending URL. Source: the vendor's "Redirection Response" page.

use super::{RedirectFields, Secret, Signature, encode_pairs, parse_pairs};

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
}
