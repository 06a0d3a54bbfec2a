//! The references under which an attempt's orders are known, wherever they were sent or received.

use crate::runner::AttemptModel;
use serde_json::Value;
use std::collections::BTreeSet;

/// What merchant, PortOne and channel call an order.
const NAMES: [&str; 3] = ["merchant_order_ref", "order_ref", "channel_order_ref"];

/// Each reference with its field's name, in the order of the names.
pub(super) fn references(attempt: &AttemptModel) -> Vec<(String, String)> {
    let mut found = BTreeSet::new();
    for exchange in &attempt.exchanges {
        in_url(&exchange.url, &mut found);
        [&exchange.request_body, &exchange.response_body]
            .into_iter()
            .flatten()
            .for_each(|body| in_body(body, &mut found));
    }
    attempt.deliveries.iter().for_each(|delivery| in_body(&delivery.body, &mut found));
    attempt.pages.iter().for_each(|page| in_url(&page.url, &mut found));
    found.into_iter().map(|(place, value)| (NAMES[place].to_owned(), value)).collect()
}

fn note(name: &str, value: &str, found: &mut BTreeSet<(usize, String)>) {
    if let Some(place) = NAMES.iter().position(|known| *known == name).filter(|_| !value.is_empty()) {
        found.insert((place, value.to_owned()));
    }
}

fn in_url(url: &str, found: &mut BTreeSet<(usize, String)>) {
    if let Some((_, query)) = url.split_once('?') {
        in_form(query, found);
    }
}

fn in_form(form: &str, found: &mut BTreeSet<(usize, String)>) {
    url::form_urlencoded::parse(form.as_bytes()).for_each(|(name, value)| note(&name, &value, found));
}

fn in_body(body: &str, found: &mut BTreeSet<(usize, String)>) {
    match serde_json::from_str(body) {
        Ok(document) => in_document(&document, found),
        Err(_) => in_form(body, found),
    }
}

fn in_document(document: &Value, found: &mut BTreeSet<(usize, String)>) {
    match document {
        Value::Object(members) => {
            for (name, member) in members {
                if let Some(text) = member.as_str() {
                    note(name, text, found);
                }
                in_document(member, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| in_document(item, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found_in_urls_forms_and_documents() {
        let mut found = BTreeSet::new();
        in_url("http://x/?order_ref=A%201&other_order_ref=no", &mut found);
        in_body(r#"{"a":[{"merchant_order_ref":"m","channel_order_ref":null,"order_ref":""}]}"#, &mut found);
        in_body("channel_order_ref=c&order_ref=A+1", &mut found);
        let found: Vec<_> = found.into_iter().collect();
        assert_eq!(found, [(0, "m".to_owned()), (1, "A 1".to_owned()), (2, "c".to_owned())]);
    }
}
