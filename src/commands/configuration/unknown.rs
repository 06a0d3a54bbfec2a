//! Finds keys that a configuration's schema does not know, and the known one that was most likely meant.

use serde_json::Value;

/// A word that people who meant `known` might have typed.
const ALIKE: f64 = 0.7;

/// A problem for each key of `value` that `schema` does not know; `path` is where `value` stands.
pub(in crate::commands) fn unknown_keys(value: &toml::Value, schema: &Value, root: &Value, path: &str) -> Vec<String> {
    let schema = followed(schema, root);
    match value {
        toml::Value::Table(table) => table
            .iter()
            .flat_map(|(key, value)| {
                let place = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                match (schema["properties"].get(key), schema.get("additionalProperties")) {
                    (Some(schema), _) | (None, Some(schema @ Value::Object(_))) => {
                        unknown_keys(value, schema, root, &place)
                    }
                    (None, Some(Value::Bool(false))) => vec![problem(&place, key, &schema["properties"])],
                    _ => Vec::new(),
                }
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// A schema behind a reference, or the one of an optional value.
fn followed<'a>(schema: &'a Value, root: &'a Value) -> &'a Value {
    let reference = schema["$ref"].as_str().and_then(|reference| root.pointer(reference.strip_prefix('#')?));
    let optional = || {
        let any = schema["anyOf"].as_array()?;
        any.iter().find(|schema| schema["type"] != "null")
    };
    match reference.or_else(optional) {
        Some(next) => followed(next, root),
        None => schema,
    }
}

fn problem(place: &str, key: &str, known: &Value) -> String {
    let known: Vec<&str> = known.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    format!("{place} is no key that is known here{}", suggestion(key, known.iter().copied()))
}

/// " (did you mean …?)", or nothing if none of `known` is alike.
pub(super) fn suggestion<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    let alike = known.map(|known| (strsim::jaro_winkler(word, known), known)).filter(|(alike, _)| *alike >= ALIKE);
    let best = alike.max_by(|(a, _), (b, _)| a.total_cmp(b));
    best.map(|(_, known)| format!(" (did you mean {known}?)")).unwrap_or_default()
}
