//! Whether a target takes our credentials: asked once, before anything is concluded from refusals.

use super::{Account, HttpClient, Target};
use crate::journal::Failure;
use crate::wire::Refusal;
use serde_json::json;

/// Codes by which a target says that it does not know a key or a secret. Source: the vendor's list of codes.
const REFUSALS: [&str; 5] = ["4010", "4011", "4016", "4044", "4054"];

/// What became of the question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    Accepted,
    /// No answer from which that can be read; scenarios will say what is wrong with the target.
    Unknown(String),
}

/// Asks for a token with the credentials of `account`.
///
/// # Errors
/// Misconfigured, when the target refuses them or says that it is live.
pub async fn check_credentials(http: &HttpClient, target: &Target, account: &Account) -> Result<Credentials, Failure> {
    let mut url = target.api.clone();
    url.path_segments_mut().expect("the base of a target is an http(s) URL").pop_if_empty().extend([
        "api",
        "merchant",
        "auth-token",
    ]);
    let body = json!({ "portone_key": account.key, "portone_secret": account.secret.expose() });
    let asked = async {
        http.turn().await;
        let answer = http.client().post(url).json(&body).timeout(target.limits.exchange).send().await?;
        let status = answer.status().as_u16();
        Ok::<_, reqwest::Error>((status, super::exchange::read_bounded(answer).await))
    };
    let (status, body) = match asked.await {
        Ok((status, Ok(body))) => (status, body),
        Ok((status, Err(reason))) => return Ok(Credentials::Unknown(format!("{status}: {reason}"))),
        Err(error) => {
            let (cause, reason) = super::Cause::of(&error);
            return Ok(Credentials::Unknown(format!("{cause}: {reason}")));
        }
    };
    super::live::expect_sandbox(&body).map_err(|said| super::live::failure(&target.name, &said))?;
    if status == 200 {
        return Ok(Credentials::Accepted);
    }
    match serde_json::from_slice::<Refusal>(&body) {
        Ok(refusal) if matches!(status, 401 | 403) || REFUSALS.contains(&refusal.status_code.as_str()) => {
            Err(Failure::misconfigured(
                format!("credentials that {} accepts", target.name),
                format!(
                    "{status} {} {}: {}; correct the key and the secret of the target",
                    refusal.status_code, refusal.status_reason, refusal.message
                ),
            ))
        }
        _ if status == 401 => Err(Failure::misconfigured(
            format!("credentials that {} accepts", target.name),
            "401; correct the key and the secret of the target",
        )),
        _ => Ok(Credentials::Unknown(format!("it answered {status}"))),
    }
}
