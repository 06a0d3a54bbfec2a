//! The published contract: current, valid by the rules of its formats, and what the twin's types really say.
//!
//! `UPDATE_CONTRACT=1 cargo test --test contract` writes the files again.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use serde_json::Value;
use smartpay_conformance::wire::contract::{Operation, Payload, contract_page, openapi};
use std::collections::BTreeMap;
use std::{env, fs, path::PathBuf};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/contract")
}

/// Every file that `docs/contract/` has to hold.
fn published() -> BTreeMap<String, String> {
    let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap() + "\n";
    let schemas = Payload::ALL
        .into_iter()
        .map(|payload| (format!("{}.schema.json", payload.name()), pretty(&payload.schema().to_value())));
    let others = [("openapi.json".to_owned(), pretty(&openapi())), ("README.md".to_owned(), contract_page())];
    schemas.chain(others).collect()
}

#[test]
fn the_committed_files_are_current() {
    let published = published();
    if env::var_os("UPDATE_CONTRACT").is_some() {
        fs::create_dir_all(folder()).unwrap();
        for (name, text) in &published {
            fs::write(folder().join(name), text).unwrap();
        }
    }
    let mut committed: Vec<String> =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    committed.sort();
    assert_eq!(committed, published.keys().cloned().collect::<Vec<_>>(), "files of docs/contract");
    for (name, text) in &published {
        let current = fs::read_to_string(folder().join(name)).unwrap();
        assert!(current == *text, "docs/contract/{name} is not current: UPDATE_CONTRACT=1 cargo test --test contract");
    }
}

#[test]
fn every_schema_is_valid_and_every_part_of_it_is_described() {
    for payload in Payload::ALL {
        let schema = payload.schema().to_value();
        assert!(jsonschema::meta::is_valid(&schema), "{}", payload.name());
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        undescribed(&schema, payload.name());
    }
}

/// Each field says what it is, by itself or through the definition that it refers to.
fn undescribed(schema: &Value, path: &str) {
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let described =
            field["description"].as_str().is_some_and(|text| text.ends_with('.')) || field["$ref"].is_string();
        assert!(described, "{path}.{name} is not described: {field}");
    }
    for (name, definition) in schema["$defs"].as_object().into_iter().flatten() {
        undescribed(definition, &format!("{path}/{name}"));
    }
}

#[test]
fn the_openapi_document_refers_to_what_it_has() {
    let document = openapi();
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 40, "{references:?}");
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference} leads out of the document"));
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    for operation in Operation::ALL {
        let described = &document["paths"][operation.path()][operation.method().to_lowercase()];
        assert_eq!(described["operationId"], operation.id());
        let named: Vec<&str> = described["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        assert_eq!(named, operation.path_parameters().collect::<Vec<_>>(), "{}", operation.path());
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            references.extend(object.get("$ref").and_then(Value::as_str).map(str::to_owned));
            object.values().for_each(|value| collect(value, references));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}
