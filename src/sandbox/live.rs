//! Refuses a target that says it is live: nothing here may touch real money.

use crate::journal::Failure;
use serde_json::Value;

/// What an answer says of its environment, unless that is a sandbox.
///
/// # Errors
/// The word that it says.
pub(super) fn expect_sandbox(body: &[u8]) -> Result<(), String> {
    // Most answers do not say it, and reading them twice is not free.
    if !body.windows(11).any(|window| window == b"environment") {
        return Ok(());
    }
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let said = [&json["environment"], &json["content"]["environment"]].into_iter().filter_map(Value::as_str);
    match said.map(str::to_lowercase).find(|word| word.starts_with("live") || word.starts_with("prod")) {
        Some(word) => Err(word),
        None => Ok(()),
    }
}

pub(super) fn failure(target: &str, said: &str) -> Failure {
    Failure::misconfigured(
        format!("{target} to be a sandbox"),
        format!("it says that its environment is {said}; only sandboxes are driven, so correct base_url and the key"),
    )
}
