//! What a body has where something is required, looked up without keeping any of it.
//!
//! A body is read twice: once like this, for refusals in the documented order, and once into its type. Reading it into
//! a tree first was half of the twin's work for a payment.

use super::Refused;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A required field of a body, and what it must hold.
#[derive(Clone, Copy, Debug)]
pub(super) enum Field {
    Text(&'static str),
    Number(&'static str),
}

impl Field {
    const fn name(self) -> &'static str {
        match self {
            Self::Text(name) | Self::Number(name) => name,
        }
    }

    fn check(self, found: Option<Found>) -> Result<(), Refused> {
        match (self, found) {
            (Self::Text(name), found) if found != Some(Found::Text) => {
                Err(Refused::invalid(format!("{name} must be a string")))
            }
            (Self::Number(name), found) if found != Some(Found::Number) => {
                Err(Refused::invalid(format!("{name} must be a number")))
            }
            _ => Ok(()),
        }
    }
}

/// What a field holds, as far as it matters here. Nothing where the field is absent, null or an empty text: an empty
/// text is as good as none, as the vendor's validator has it (inferred).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Text,
    Number,
    Other,
}

/// Refuses a body that is no JSON object; then one that lacks something required, in the documented order; then one
/// that has something of a wrong type.
pub(super) fn check(body: &str, required: &[Field]) -> Result<(), Refused> {
    let mut found = vec![None; required.len()];
    let mut reader = serde_json::Deserializer::from_str(body);
    let read = (&mut reader).deserialize_any(Object { required, found: &mut found }).and_then(|()| reader.end());
    read.map_err(|error| {
        Refused::invalid(if error.is_data() {
            "the body is not a JSON object".to_owned()
        } else {
            format!("the body is not JSON: {error}")
        })
    })?;
    if let Some((missing, _)) = required.iter().zip(&found).find(|(_, found)| found.is_none()) {
        return Err(Refused::invalid(format!("{} is a required field", missing.name())));
    }
    required.iter().zip(found).try_for_each(|(field, found)| field.check(found))
}

/// Notes what stands where something is required. Of a field that is there twice the last one counts here; reading
/// the body into its type refuses it.
struct Object<'a> {
    required: &'a [Field],
    found: &'a mut [Option<Found>],
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while let Some(at) = fields.next_key_seed(Name(self.required))? {
            match at {
                Some(at) => self.found[at] = fields.next_value_seed(Content)?,
                None => drop(fields.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

/// A field's name: where it stands among the required ones, if it is one of them.
struct Name<'a>(&'a [Field]);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, name: D) -> Result<Self::Value, D::Error> {
        name.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field's name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|field| field.name() == name))
    }
}

/// A required field's value.
struct Content;

impl<'de> DeserializeSeed<'de> for Content {
    type Value = Option<Found>;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<Self::Value, D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Content {
    type Value = Option<Found>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok((!text.is_empty()).then_some(Found::Text))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Some(Found::Other))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Some(Found::Number))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Some(Found::Number))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Some(Found::Number))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Some(Found::Other))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Some(Found::Other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_first_in_the_documented_order_then_what_has_a_wrong_type() {
        let required = [Field::Text("name"), Field::Number("count")];
        for (body, message) in [
            (r#"{"count":1}"#, "name is a required field"),
            (r#"{"name":5}"#, "count is a required field"),
            (r#"{"name":"","count":"x"}"#, "name is a required field"),
            (r#"{"name":"a","count":null}"#, "count is a required field"),
            (r#"{"name":[1,{"a":[]}],"count":{}}"#, "name must be a string"),
            (r#"{"name":"a","count":"1"}"#, "count must be a number"),
            (r#"{"name":"a","count":true}"#, "count must be a number"),
            (r#"{"name":"a","count":1,"name":2}"#, "name must be a string"),
            ("[]", "the body is not a JSON object"),
            ("7", "the body is not a JSON object"),
            ("", "the body is not JSON: EOF while parsing a value at line 1 column 0"),
            (r#"{"name":"a","count":1} x"#, "the body is not JSON: trailing characters at line 1 column 24"),
            (r#"{"name":"a","count":1e999}"#, "the body is not JSON: number out of range at line 1 column 25"),
        ] {
            assert_eq!(check(body, &required).unwrap_err().message, message, "{body}");
        }
        for body in [r#"{"name":"\u0061","count":-1.5,"other":[1]}"#, r#"{"n\u0061me":"a","count":0}"#] {
            assert_eq!(check(body, &required), Ok(()), "{body}");
        }
        let deep = format!(r#"{{"name":"a","count":1,"other":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(check(&deep, &required), Ok(()), "depth costs no stack");
    }
}
