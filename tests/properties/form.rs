//! The form encoding in which requests and callbacks are signed.

use crate::generate::config;
use proptest::prelude::*;
use smartpay_conformance::wire::{encode_pairs, parse_pairs};

proptest! {
    #![proptest_config(config())]

    /// What is encoded decodes back, by another's decoder, and is plain ASCII that no URL gives a meaning to.
    #[test]
    fn form_encoding_decodes_back(pairs in proptest::collection::vec((any::<String>(), any::<String>()), 0..8)) {
        let borrowed: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let encoded = encode_pairs(&borrowed);
        prop_assert!(encoded.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~+%=&".contains(&b)));
        let mut sorted = pairs.clone();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        let read: Vec<(String, String)> = url::form_urlencoded::parse(encoded.as_bytes()).into_owned().collect();
        prop_assert_eq!(&read, &sorted);
        prop_assert_eq!(parse_pairs(&encoded), sorted);
    }
}
