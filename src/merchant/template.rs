//! Placeholders such as `{id}` in what an integration file says.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// Whatever may have a meaning in an address. RFC 3986 asks to leave the rest as it is, and a shop need not undo it.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What placeholders stand for, by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Placeholders(Vec<(&'static str, String)>);

impl Placeholders {
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    /// An address: values are escaped.
    pub(super) fn address(&self, text: &str) -> String {
        let escaped = |value: &str| utf8_percent_encode(value, ESCAPED).to_string();
        self.0.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), &escaped(value)))
    }

    pub(super) fn text(&self, text: &str) -> String {
        // One after the other, so that a value which looks like a placeholder would be filled; none of ours does.
        self.0.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }

    /// A body: texts are filled, and one that is nothing but `{amount}` is a number. A member whose whole text is a placeholder without a
    /// value is left out.
    pub(super) fn json(&self, value: &Value) -> Value {
        match value {
            Value::String(text) if text == "{amount}" => {
                self.text(text).parse::<u64>().map_or_else(|_| Value::String(self.text(text)), Value::from)
            }
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.iter().map(|item| self.json(item)).collect(),
            Value::Object(members) => {
                let kept = members.iter().filter(|(_, member)| !self.lacks(member));
                Value::Object(kept.map(|(name, member)| (name.clone(), self.json(member))).collect())
            }
            other => other.clone(),
        }
    }

    fn lacks(&self, member: &Value) -> bool {
        let name = member.as_str().and_then(|text| text.strip_prefix('{')?.strip_suffix('}'));
        name.is_some_and(|name| !self.0.iter().any(|(known, _)| *known == name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_written_as_the_place_needs_them() {
        let placeholders = Placeholders::default().with("amount", "90000").with("id", "đơn 1/2");
        assert_eq!(placeholders.address("/o/{id}?a={amount}"), "/o/%C4%91%C6%A1n%201%2F2?a=90000");
        assert_eq!(Placeholders::default().with("id", "INV-1_2.3~4").address("/{id}"), "/INV-1_2.3~4");
        let body =
            json!({"amount": "{amount}", "note": "for {id}: {amount}", "method": "{method}", "items": ["{id}", 1]});
        assert_eq!(
            placeholders.json(&body),
            json!({"amount": 90000, "note": "for đơn 1/2: 90000", "items": ["đơn 1/2", 1]})
        );
    }
}
