//! The published schema of `conformance.toml`: current, valid, and with every key described.
//!
//! `UPDATE_CONTRACT=1 cargo test --test targets` writes it again.

use serde_json::Value;
use smartpay_conformance::commands::configuration_schema;
use std::{env, fs, path::PathBuf};

#[test]
fn the_committed_schema_is_current() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/conformance.schema.json");
    let text = serde_json::to_string_pretty(&configuration_schema()).unwrap() + "\n";
    if env::var_os("UPDATE_CONTRACT").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == text,
        "docs/conformance.schema.json is not current: UPDATE_CONTRACT=1 cargo test --test targets"
    );
}

#[test]
fn it_is_valid_and_describes_every_key() {
    let schema = configuration_schema();
    assert!(jsonschema::meta::is_valid(&schema));
    let definitions = schema["$defs"].as_object().unwrap().values().chain([&schema]);
    for definition in definitions {
        for (name, key) in definition["properties"].as_object().into_iter().flatten() {
            let described = key["description"].as_str().is_some_and(|text| text.ends_with('.'));
            assert!(described, "{name} is not described");
        }
    }
}

#[test]
fn it_accepts_the_example_of_the_readme_and_refuses_what_the_program_refuses() {
    let validator = jsonschema::validator_for(&configuration_schema()).unwrap();
    let readme = fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let example = readme.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let json = |text: &str| -> Value { serde_json::to_value(text.parse::<toml::Table>().unwrap()).unwrap() };
    assert!(validator.is_valid(&json(example)), "{example}");
    for refused in ["[target.a]\nbase_ur = 1", "[targets.a]", "[target.a]\nrate = 0", "[target.a]\nwallet = \"nfc\""] {
        assert!(!validator.is_valid(&json(refused)), "{refused}");
    }
}
