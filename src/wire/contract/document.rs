//! The contract as published: an OpenAPI 3.1 document, and a page for people.

use super::{Authentication, Operation, Payload, deviations, vendor_fields};
use crate::catalog::{Code, vendor_facts};
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// The header that carries the merchant's key.
const KEY_HEADER: &str = "X-Portone-Client-Key";

/// The OpenAPI 3.1 document of the operations and webhooks.
#[must_use]
pub fn openapi() -> Value {
    let mut generator: SchemaGenerator =
        SchemaSettings::draft2020_12().with(|settings| settings.definitions_path = "/components/schemas".into()).into();
    let mut schemas = Map::new();
    for payload in Payload::ALL {
        let mut schema = payload.schema_in(&mut generator);
        schema.insert("title".to_owned(), payload.title().into());
        schemas.insert(payload.name().to_owned(), schema.to_value());
    }
    schemas.extend(generator.take_definitions(true));

    let mut paths: Map<String, Value> = Map::new();
    for operation in Operation::ALL {
        let item = paths.entry(operation.path()).or_insert_with(|| json!({}));
        item[operation.method().to_lowercase()] = described(operation);
    }
    let webhook = |payload: Payload, text: &str| {
        json!({ "post": {
            "summary": payload.title(),
            "description": text,
            "requestBody": { "required": true, "content": content(payload) },
            "responses": { "200": { "description": "Received; any 2xx counts." } },
        } })
    };
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "SmartPay through PortOne, as this suite understands it",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Written from the types in src/wire. Not a document of the vendor's: where it departs from theirs, README.md says so.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "https://api.portone.cloud", "description": "The vendor's sandbox." }],
        "paths": paths,
        "webhooks": {
            "payment_status": webhook(Payload::PaymentWebhook, "Signed by signature_hash."),
            "refund_status": webhook(Payload::RefundWebhook, "Not signed: confirm it by asking for the refunds."),
        },
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": { "type": "apiKey", "in": "header", "name": KEY_HEADER, "description": "The merchant's PortOne key." },
                "token": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": "HS256; iss PORTONE, sub the key, iat and exp in seconds." },
            },
        },
    })
}

fn described(operation: Operation) -> Value {
    let path = operation.path_parameters().map(|name| (name, "path"));
    let query = operation.query().iter().map(|name| (name.as_str(), "query"));
    let parameters: Vec<Value> = path
        .chain(query)
        .map(|(name, place)| json!({ "name": name, "in": place, "required": true, "schema": { "type": "string" } }))
        .collect();
    let security = match operation.authentication() {
        Authentication::None => json!([]),
        Authentication::Key => json!([{ "key": [] }]),
        Authentication::Token => json!([{ "key": [], "token": [] }]),
    };
    let accepted = json!({ "description": "Accepted.", "content": content(operation.answer()) });
    let mut responses = Map::from_iter([("200".to_owned(), accepted)]);
    for refused in operation.refused() {
        let codes: Vec<String> = refused.codes.iter().map(|code| named(code)).collect();
        let answer = json!({ "description": format!("Refused: {}.", codes.join(", ")), "content": content(operation.refusal()) });
        responses.insert(refused.http.to_string(), answer);
    }
    let mut described = json!({
        "operationId": operation.id(),
        "summary": operation.title(),
        "description": format!("Source: the vendor's \"{}\" page.", operation.source()),
        "security": security,
        "responses": responses,
    });
    if !parameters.is_empty() {
        described["parameters"] = parameters.into();
    }
    if let Some(payload) = operation.request() {
        described["requestBody"] = json!({ "required": true, "content": content(payload) });
    }
    described
}

fn content(payload: Payload) -> Value {
    json!({ "application/json": { "schema": { "$ref": format!("#/components/schemas/{}", payload.name()) } } })
}

/// A code with its name.
fn named(code: &str) -> String {
    let name = Code::ALL.iter().find(|known| known.number() == code).map_or("", |known| known.name());
    format!("{code} {name}")
}

/// The page that introduces the published files and lists every deviation from the vendor's documents.
#[must_use]
pub fn contract_page() -> String {
    // Writing to a string cannot fail.
    let mut page = String::from(
        "# The contract\n\n\
         What travels between a merchant and PortOne's SmartPay channel, as this suite understands it: written from the types in `src/wire`, \
         which is also what its client and its twin are made of. Whoever changes a type writes these files again with \
         `UPDATE_CONTRACT=1 cargo test --test contract`; a test fails while they are not current.\n\n\
         - [`openapi.json`](openapi.json): OpenAPI 3.1, operations and webhooks.\n\
         - One JSON Schema (2020-12) for each payload, below.\n\n\
         Amounts are JSON numbers, read as doubles. Fields that no page documents are kept and reported, never refused.\n\n\
         ## Operations\n\n| Operation | Request | Answer | Refused with |\n|---|---|---|---|\n",
    );
    let link = |payload: Payload| format!("[{0}]({0}.schema.json)", payload.name());
    for operation in Operation::ALL {
        let refused: Vec<String> = operation
            .refused()
            .iter()
            .map(|refused| format!("{}: {}", refused.http, refused.codes.join(" ")))
            .collect();
        let (method, path) = (operation.method(), operation.path());
        let request = operation.request().map_or_else(|| "none".to_owned(), link);
        let answer = link(operation.answer());
        let _ = writeln!(page, "| `{method} {path}` | {request} | {answer} | {} |", refused.join("; "));
    }
    let refusals =
        format!("{} on `initiatePayment`, {} elsewhere", link(Payload::PaymentRefusal), link(Payload::Refusal));
    let callbacks: Vec<String> = Payload::CALLBACKS.into_iter().map(link).collect();
    let _ = writeln!(page, "\nRefusals: {refusals}. What comes unasked: {}.", callbacks.join(", "));
    let _ = write!(
        page,
        "\nWhich code comes with which status is documented for a few and inferred for most: [what is inferred](../inferred.md).\n\n\
         ## Where it departs from the vendor's documents\n\nHeld against `src/catalog/vendor.json`. {}\n\n\
         Of {} fields there, {} are here too; the others, and what is only here:\n\n| Where | Field | Why |\n|---|---|---|\n",
        vendor_facts().source,
        vendor_fields().iter().filter(|field| field.in_vendor).count(),
        vendor_fields().iter().filter(|field| field.in_vendor && field.in_contract).count(),
    );
    for deviation in deviations() {
        let field =
            deviation.field.as_ref().map_or_else(|| "the whole answer".to_owned(), |field| format!("`{field}`"));
        let at = deviation.at.replace('*', "any operation,");
        let _ = writeln!(page, "| {at} | {field} | {} |", deviation.reason);
    }
    page
}
