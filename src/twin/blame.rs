//! Reads JSON bodies, and names the field that is to blame when one cannot be read.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// Fields of a body that are tried one by one; documented bodies have fewer than half as many.
const MAX_FIELDS: usize = 64;

/// Reads a body.
///
/// # Errors
/// Says what is wrong and, where one field is to blame, which: serde's messages name unknown, missing and doubled
/// fields, but not those of a wrong type.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    // From the text, not from a value, which cannot tell that a field came twice.
    serde_json::from_slice(bytes).map_err(|error| {
        let text = error.to_string();
        let unnamed = error.is_data() && text.starts_with("invalid");
        match unnamed.then(|| culprit::<T>(bytes)).flatten() {
            Some(field) => format!("{field}: {text}"),
            None => text,
        }
    })
}

/// The field without which something else is wrong, or nothing.
fn culprit<T: DeserializeOwned>(bytes: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(bytes).ok()?;
    let complaint = |body: &Value| T::deserialize(body).err().map(|error| error.to_string());
    let original = complaint(&body)?;
    let mut names = body.as_object().filter(|fields| fields.len() <= MAX_FIELDS)?.keys();
    names
        .find(|name| {
            let mut without = body.clone();
            without.as_object_mut().map(|fields| fields.shift_remove(*name));
            complaint(&without).as_ref() != Some(&original)
        })
        .cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only whether it can be read matters")]
    struct Wish {
        name: String,
        count: u32,
        flag: Option<bool>,
    }

    #[test]
    fn the_field_to_blame_is_named() {
        for (body, field) in [
            (r#"{"name":"a","count":"x"}"#, "count: "),
            (r#"{"name":5,"count":1}"#, "name: "),
            (r#"{"name":"a","count":1,"flag":2}"#, "flag: "),
            (r#"{"name":"a","count":-1}"#, "count: "),
            (r#"{"name":"a"}"#, "missing field `count`"),
            (r#"{"name":"a","count":1,"other":2}"#, "unknown field `other`"),
            (r#"{"name":"a","name":"b","count":1}"#, "duplicate field `name`"),
            (r#"{"name":"#, "EOF"),
            ("[1]", "invalid"),
        ] {
            let error = read::<Wish>(body.as_bytes()).unwrap_err();
            assert!(error.starts_with(field), "{body}: {error}");
        }
        assert!(read::<Wish>(br#"{"name":"a","count":1}"#).is_ok());
    }
}
