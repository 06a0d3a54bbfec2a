//! What can happen to a payload between two programs.

use serde_json::{Value, json};

/// `payload` with one field made different, whatever its type.
pub(crate) fn with_field_changed(payload: &Value, field: &str) -> Value {
    let mut changed = payload.clone();
    let value = &mut changed[field];
    *value = match &*value {
        Value::Number(n) => {
            let n = n.as_f64().unwrap();
            let other = n.mul_add(2.0, 1.0);
            json!(if other.is_finite() && other != n { other } else { 1.5 })
        }
        Value::String(s) => json!(format!("{s}x")),
        Value::Bool(b) => json!(!b),
        Value::Array(_) => json!([]),
        _ => json!({"changed": true}),
    };
    changed
}

/// `payload` with its fields in the order of `keys`, nested objects included.
pub(crate) fn reordered(payload: &Value, keys: &[u64]) -> Value {
    match payload {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_cached_key(|(name, _)| {
                name.bytes().fold(keys[name.len() % keys.len()], |hash, byte| {
                    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
                })
            });
            Value::Object(fields.into_iter().map(|(name, value)| (name.clone(), reordered(value, keys))).collect())
        }
        Value::Array(values) => Value::Array(values.iter().map(|value| reordered(value, keys)).collect()),
        other => other.clone(),
    }
}
