//! Approved payloads: insta's `.snap` files, read as data, and the pending ones written beside them.
//!
//! Layers: `snapshots/<target>/` over `snapshots/`. The files embedded in the binary serve where there is no local folder.

use crate::journal::{Failure, FailureKind, SaveError, Scribe};
use include_dir::{Dir, include_dir};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, fs, path::PathBuf};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/snapshots");

/// The approved payloads for one target.
#[derive(Clone, Debug)]
pub struct ApprovedPayloads {
    /// A local `snapshots/` folder, which overrides the embedded one.
    local: Option<PathBuf>,
    /// Where pending snapshots go when there is no local folder.
    fallback: PathBuf,
    target: String,
}

impl ApprovedPayloads {
    #[must_use]
    pub const fn new(local: Option<PathBuf>, fallback: PathBuf, target: String) -> Self {
        Self { local, fallback, target }
    }

    /// Compares a payload's shape with the approved one.
    ///
    /// # Errors
    /// Drift, with a field-by-field difference, when they differ or when none is approved yet. The new shape is then
    /// written as a pending snapshot for `cargo insta review`.
    pub fn expect(&self, name: &str, payload: &Value, scribe: &Scribe) -> Result<(), Failure> {
        // A field that nobody has seen before may hold a secret, and a pending snapshot is meant to be committed.
        let redacted = |value: Value| serde_json::from_str(&scribe.redacted(&value.to_string())).unwrap_or(value);
        let observed = redacted(shape(payload));
        let file = format!("{}.snap", slug(name));
        let layers = [format!("{}/{file}", self.target), file.clone()];
        let Some((layer, approved)) = layers.iter().find_map(|layer| Some((layer, self.read(layer)?))) else {
            let pending = self.write_pending(&file, name, &observed, scribe)?;
            return Err(Failure::new(
                FailureKind::Drift,
                format!("an approved snapshot of {name}"),
                format!("none: new, approve with cargo insta review ({pending})"),
            ));
        };
        let approved: Value = serde_json::from_str(body(&approved)).map_err(|error| {
            Failure::new(FailureKind::Drift, format!("a readable snapshot {layer}"), error.to_string())
        })?;
        let differences = differences(&redacted(approved), &observed);
        if differences.is_empty() {
            return Ok(());
        }
        let pending = self.write_pending(layer, name, &observed, scribe)?;
        Err(Failure::new(
            FailureKind::Drift,
            format!("{name} in the shape that was approved"),
            format!("{}; review with cargo insta review ({pending})", differences.join("; ")),
        ))
    }

    fn read(&self, layer: &str) -> Option<String> {
        match &self.local {
            Some(folder) => fs::read_to_string(folder.join(layer)).ok(),
            None => EMBEDDED.get_file(layer).and_then(|file| file.contents_utf8()).map(str::to_owned),
        }
    }

    fn write_pending(&self, layer: &str, name: &str, observed: &Value, scribe: &Scribe) -> Result<String, Failure> {
        let folder = self.local.as_ref().unwrap_or(&self.fallback);
        let path = folder.join(format!("{layer}.new"));
        let json = serde_json::to_string_pretty(observed).expect("a JSON value serialises");
        let text = format!("---\nsource: features/api/payloads.feature\nexpression: {name}\n---\n{json}\n");
        scribe.save(&path, &text).map_err(|error| match error {
            SaveError::Unwritable { path, source } => {
                Failure::blocked("a pending snapshot to be written", format!("{}: {source}", path.display()))
            }
            SaveError::Leaking { .. } => Failure::defect(format!("failed to {error}")),
        })?;
        Ok(path.display().to_string())
    }
}

/// The contents of a `.snap` file, after its header.
fn body(snapshot: &str) -> &str {
    snapshot.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).map_or(snapshot, |(_, body)| body)
}

fn slug(name: &str) -> String {
    name.split_whitespace().filter(|word| !matches!(*word, "the" | "a")).collect::<Vec<_>>().join("-")
}

/// A payload with the values that differ from run to run replaced by their field's name. A field is never dropped, and a value
/// is only replaced while it is of the kind it has to be: an empty reference or a malformed time stays visible.
fn shape(payload: &Value) -> Value {
    match payload {
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, value)| {
                    let masked = match value {
                        // The vendor writes this moment in two ways, each in its own place.
                        Value::String(text) if name == "created_at" && is_rfc3339(text) => {
                            Value::String(format!("[{name} in RFC 3339]"))
                        }
                        Value::String(text) if varies(name, text) => Value::String(format!("[{name}]")),
                        other => shape(other),
                    };
                    (name.clone(), masked)
                })
                .collect::<Map<_, _>>(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(shape).collect()),
        other => other.clone(),
    }
}

fn varies(name: &str, value: &str) -> bool {
    match name {
        "order_ref"
        | "channel_order_ref"
        | "merchant_order_ref"
        | "payment_txn_ref"
        | "refund_id"
        | "psp_refund_id"
        | "uuid"
        | "token"
        | "signature"
        | "signature_hash"
        | "merchant_key"
        | "merchant_name"
        | "merchant_email_address"
        | "merchant_brand_name"
        | "support_email"
        | "merchant_id"
        | "user_agent"
        | "ip_address"
        | "description" => !value.is_empty(),
        "url" | "redirect_url" | "qrcode_url" | "deep_link" => url::Url::parse(value).is_ok(),
        "date" | "refund_date" => is_rfc3339(value),
        "created_at" => is_go_time(value),
        // A refusal may name the order or the key it refuses.
        "message" => value.contains("order") || value.contains("key"),
        _ => false,
    }
}

fn is_rfc3339(value: &str) -> bool {
    value.ends_with('Z') && value.parse::<jiff::Timestamp>().is_ok()
}

fn is_go_time(value: &str) -> bool {
    value
        .strip_suffix(" +0000 UTC")
        .is_some_and(|time| jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S%.f", time).is_ok())
}

/// What differs, one line a field, named by its path.
fn differences(approved: &Value, observed: &Value) -> Vec<String> {
    let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
    flatten("", approved, &mut before);
    flatten("", observed, &mut after);
    let gone = before
        .iter()
        .filter(|(path, _)| !after.contains_key(*path))
        .map(|(path, was)| format!("{path} (approved {was}) is gone"));
    let new =
        after.iter().filter(|(path, _)| !before.contains_key(*path)).map(|(path, is)| format!("{path} {is} is new"));
    let changed = before.iter().filter_map(|(path, was)| {
        let is = after.get(path)?;
        (is != was).then(|| format!("{path}: approved {was}, observed {is}"))
    });
    gone.chain(new).chain(changed).collect()
}

fn flatten(path: &str, value: &Value, into: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                flatten(&path, value, into);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, value) in items.iter().enumerate() {
                flatten(&format!("{path}[{index}]"), value, into);
            }
        }
        leaf => {
            into.insert(path.to_owned(), leaf.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn varying_values_are_masked_only_while_they_are_of_their_kind() {
        let payload = json!({"order_ref": "2ab", "status": "Success", "amount": 5, "list": [{"date": "2023-08-24T08:36:05.127827Z"}]});
        let masked =
            json!({"order_ref": "[order_ref]", "status": "Success", "amount": 5, "list": [{"date": "[date]"}]});
        assert_eq!(shape(&payload), masked);
        let broken = json!({"order_ref": "", "date": "yesterday", "created_at": "2024-09-26", "token": null});
        assert_eq!(shape(&broken), broken);
        assert_eq!(
            shape(&json!({"created_at": "2024-09-26 10:55:14.573735 +0000 UTC"})),
            json!({"created_at": "[created_at]"})
        );
    }

    #[test]
    fn differences_name_each_field() {
        let found = differences(&json!({"a": 1, "b": {"c": "x"}, "d": []}), &json!({"a": 2, "b": {"e": "x"}, "d": []}));
        assert_eq!(found, ["b.c (approved \"x\") is gone", "b.e \"x\" is new", "a: approved 1, observed 2"]);
    }
}
