//! The shape of a payload: its fields, their types, and which of them must be there.

use serde_json::Value;
use std::collections::BTreeSet;

/// A shape, read from the part of JSON Schema that types and the vendor's facts are written in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shape {
    /// Names of JSON types; any, if there are none.
    types: Vec<String>,
    required: Vec<String>,
    fields: Vec<(String, Shape)>,
    items: Option<Box<Shape>>,
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wrong {
    /// The field has to be there.
    Missing,
    /// The field is of another type.
    Type { expected: String, found: &'static str },
    /// No page documents the field.
    Unknown,
}

/// A place where a value departs from a shape.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Departure {
    /// For example `refundDetails[].amount`; empty for the whole.
    pub field: String,
    pub wrong: Wrong,
}

impl std::fmt::Display for Departure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let field = if self.field.is_empty() { "the whole" } else { &self.field };
        match &self.wrong {
            Wrong::Missing => write!(f, "{field} is missing"),
            Wrong::Type { expected, found } => write!(f, "{field} is {found}, not {expected}"),
            Wrong::Unknown => write!(f, "{field} is documented nowhere"),
        }
    }
}

impl Shape {
    /// Reads a schema: types, properties, required, items, references to its own definitions, and the alternatives by which
    /// a part is said to be optional.
    #[must_use]
    pub fn of(schema: &Value) -> Self {
        Self::read(schema, schema)
    }

    fn read(schema: &Value, root: &Value) -> Self {
        if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
            let found = target.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
            return found.map_or_else(Self::default, |schema| Self::read(schema, root));
        }
        if let Some(alternatives) = schema.get("anyOf").and_then(Value::as_array) {
            return alternatives.iter().map(|schema| Self::read(schema, root)).fold(Self::default(), Self::or);
        }
        let words = |value: &Value| match value {
            Value::String(word) => vec![word.clone()],
            Value::Array(words) => words.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        let fields = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        Self {
            types: schema.get("type").map(words).unwrap_or_default(),
            required: schema.get("required").map(words).unwrap_or_default(),
            fields: fields.map(|(name, schema)| (name.clone(), Self::read(schema, root))).collect(),
            items: schema.get("items").map(|schema| Box::new(Self::read(schema, root))),
        }
    }

    /// Either of two, of which at most one has parts.
    fn or(mut self, other: Self) -> Self {
        self.types.extend(other.types);
        self.required.extend(other.required);
        self.fields.extend(other.fields);
        self.items = self.items.or(other.items);
        self
    }

    /// The fields that must be there, those of parts left out.
    pub fn required(&self) -> impl Iterator<Item = &str> {
        self.required.iter().map(String::as_str)
    }

    /// Every field by its path, with the names of the JSON types that it may have.
    #[must_use]
    pub fn types(&self) -> Vec<(String, Vec<String>)> {
        let mut found = Vec::new();
        self.collect("", &mut |path, shape| found.push((path.to_owned(), shape.types.clone())));
        found
    }

    /// Whether a field is a text.
    #[must_use]
    pub fn is_text(&self, field: &str) -> bool {
        self.fields.iter().any(|(name, shape)| name == field && shape.types == ["string"])
    }

    /// Every field, by its path: `content.status`, `refundDetails[].amount`. Parts are named beside what holds them.
    #[must_use]
    pub fn fields(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.collect("", &mut |path, _| paths.push(path.to_owned()));
        paths
    }

    fn collect(&self, path: &str, found: &mut impl FnMut(&str, &Self)) {
        for (name, shape) in &self.fields {
            let path = join(path, name);
            found(&path, shape);
            shape.collect(&path, found);
        }
        if let Some(items) = &self.items {
            items.collect(&format!("{path}[]"), found);
        }
    }

    /// The fields of this shape that a value has, by their paths.
    #[must_use]
    pub fn present(&self, value: &Value) -> BTreeSet<String> {
        let mut paths = BTreeSet::new();
        self.find("", value, &mut paths);
        paths
    }

    fn find(&self, path: &str, value: &Value, paths: &mut BTreeSet<String>) {
        match value {
            Value::Object(object) => {
                for (name, value) in object {
                    if let Some((_, shape)) = self.fields.iter().find(|(known, _)| known == name) {
                        let path = join(path, name);
                        shape.find(&path, value, paths);
                        paths.insert(path);
                    }
                }
            }
            Value::Array(values) => {
                if let Some(items) = &self.items {
                    values.iter().for_each(|value| items.find(&format!("{path}[]"), value, paths));
                }
            }
            _ => {}
        }
    }

    /// Where a value departs from this shape. What lies in an object without documented parts is the merchant's or channel's own.
    #[must_use]
    pub fn departures(&self, value: &Value) -> BTreeSet<Departure> {
        let mut departures = BTreeSet::new();
        self.compare("", value, &mut departures);
        departures
    }

    fn compare(&self, path: &str, value: &Value, into: &mut BTreeSet<Departure>) {
        let found = type_of(value);
        let integral = value.as_f64().is_some_and(|number| number.fract() == 0.0);
        let fits = |word: &String| word == found || (found == "number" && word == "integer" && integral);
        if !self.types.is_empty() && !self.types.iter().any(fits) {
            let wrong = Wrong::Type { expected: self.types.join(" or "), found };
            into.insert(Departure { field: path.to_owned(), wrong });
            return;
        }
        match value {
            Value::Object(object) if !self.fields.is_empty() => {
                for name in self.required.iter().filter(|name| !object.contains_key(*name)) {
                    into.insert(Departure { field: join(path, name), wrong: Wrong::Missing });
                }
                for (name, value) in object {
                    let path = join(path, name);
                    match self.fields.iter().find(|(known, _)| known == name) {
                        Some((_, shape)) => shape.compare(&path, value, into),
                        None => drop(into.insert(Departure { field: path, wrong: Wrong::Unknown })),
                    }
                }
            }
            Value::Array(values) => {
                if let Some(items) = &self.items {
                    values.iter().for_each(|value| items.compare(&format!("{path}[]"), value, into));
                }
            }
            _ => {}
        }
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

const fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::contract::Payload;
    use serde_json::json;

    fn said(shape: &Shape, value: &Value) -> Vec<String> {
        shape.departures(value).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_departure_is_found_and_named() {
        let schema = json!({
            "type": "object", "required": ["n", "list"],
            "properties": {
                "n": { "type": "integer" },
                "free": { "type": ["object", "null"] },
                "list": { "type": "array", "items": { "anyOf": [{ "$ref": "#/$defs/entry" }, { "type": "null" }] } },
            },
            "$defs": { "entry": { "type": "object", "required": ["a"], "properties": { "a": { "type": "string" } } } },
        });
        let shape = Shape::of(&schema);
        assert_eq!(shape.fields(), ["n", "free", "list", "list[].a"]);
        assert_eq!(shape.required().collect::<Vec<_>>(), ["n", "list"]);
        let types: Vec<String> =
            shape.types().into_iter().map(|(field, types)| format!("{field}: {types:?}")).collect();
        assert_eq!(
            types,
            [r#"n: ["integer"]"#, r#"free: ["object", "null"]"#, r#"list: ["array"]"#, r#"list[].a: ["string"]"#,]
        );
        assert!(said(&shape, &json!({ "n": 1.0, "free": { "anything": 1 }, "list": [{ "a": "x" }, null] })).is_empty());
        assert_eq!(
            said(&shape, &json!({ "n": 1.5, "free": null, "list": [{ "b": 1 }, { "a": 1 }], "more": [] })),
            [
                "list[].a is missing",
                "list[].a is number, not string",
                "list[].b is documented nowhere",
                "more is documented nowhere",
                "n is number, not integer",
            ]
        );
        assert_eq!(said(&shape, &json!([])), ["the whole is array, not object"]);
        assert_eq!(said(&shape, &json!({})), ["list is missing", "n is missing"]);
        let present = shape.present(&json!({ "n": 1, "list": [{ "a": "x", "b": 1 }], "more": 1 }));
        assert_eq!(present.into_iter().collect::<Vec<_>>(), ["list", "list[].a", "n"]);
    }

    #[test]
    fn shapes_of_types_have_their_fields() {
        let fields = Payload::InitiatePayment.shape().fields();
        for field in
            ["amount", "billing_details.billing_address.line_1", "order_details[].price", "user_configured_field5"]
        {
            assert!(fields.iter().any(|known| known == field), "{field} of {fields:?}");
        }
        assert!(
            Payload::TransactionDetailsAnswer.shape().fields().contains(&"content.user_configured_field1".to_owned())
        );
    }

    #[test]
    fn a_text_is_a_field_that_nothing_but_a_text_fits() {
        let shape = Shape::of(&json!({ "properties": {
            "text": { "type": "string" }, "number": { "type": "number" }, "either": { "type": ["string", "null"] },
        } }));
        let texts: Vec<&str> =
            ["text", "number", "either", "none"].into_iter().filter(|field| shape.is_text(field)).collect();
        assert_eq!(texts, ["text"]);
    }
}
