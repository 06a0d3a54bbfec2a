//! The canonical form encoding of any pairs, and its decoding.

use super::{Dialect, dialect::push_escaped};

/// Encodes pairs, sorted by name, as the canonical (Go) sample does: letters, digits and `-_.~` stand for
/// themselves, a space is `+`, all other bytes are `%XX`.
#[must_use]
pub fn encode_pairs(pairs: &[(&str, &str)]) -> String {
    let mut sorted = pairs.to_vec();
    sorted.sort_by_key(|(name, _)| *name);
    let mut out = String::with_capacity(sorted.iter().map(|(n, v)| n.len() + v.len() + 2).sum());
    for (name, value) in sorted {
        if !out.is_empty() {
            out.push('&');
        }
        push_escaped(&mut out, name, Dialect::CANONICAL);
        out.push('=');
        push_escaped(&mut out, value, Dialect::CANONICAL);
    }
    out
}

/// Decodes a query or form body into its pairs, in order, doubled names kept.
#[must_use]
pub fn parse_pairs(query: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorted_by_name_and_escaped_like_the_canonical_sample() {
        assert_eq!(
            encode_pairs(&[("b", "x y"), ("a", "~*!'()"), ("c", "Đ&=#")]),
            "a=~%2A%21%27%28%29&b=x+y&c=%C4%90%26%3D%23"
        );
        assert_eq!(
            parse_pairs("a=1&status=x&status=y+z"),
            [("a".into(), "1".into()), ("status".into(), "x".into()), ("status".into(), "y z".into())]
        );
    }
}
