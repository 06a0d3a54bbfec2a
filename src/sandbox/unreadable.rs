//! An answer that is not what is documented, and what it is instead.

use super::{ClientError, exchange::Answer};
use reqwest::header::{CONTENT_ENCODING, LOCATION};

fn is_html(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'<')
}

/// Whether a page stands where JSON belongs, and says that it will not last.
pub(super) fn is_maintenance(body: &[u8]) -> bool {
    const WORDS: [&str; 5] = ["maintenance", "bảo trì", "temporarily unavailable", "tạm ngừng", "be back"];
    is_html(body) && {
        let page = String::from_utf8_lossy(body).to_lowercase();
        WORDS.iter().any(|word| page.contains(word))
    }
}

/// What stands where JSON belongs, as far as it can be named.
fn instead(answer: &Answer, detail: String) -> String {
    let header = |name| answer.headers.get(name).and_then(|value| value.to_str().ok());
    if let (300..=399, Some(location)) = (answer.status.as_u16(), header(LOCATION)) {
        return format!("a redirect to {location}, which is documented nowhere and was not followed");
    }
    if let Some(encoding) = header(CONTENT_ENCODING).filter(|encoding| *encoding != "identity") {
        return format!("it is compressed ({encoding}), which nobody asked for");
    }
    if let Err(error) = std::str::from_utf8(&answer.body) {
        return format!("it is no UTF-8 from byte {} on", error.valid_up_to());
    }
    if is_html(&answer.body) {
        return "a page of HTML where JSON belongs".to_owned();
    }
    detail
}

pub(super) fn malformed(endpoint: &str, answer: &Answer, detail: String) -> ClientError {
    let detail = instead(answer, detail);
    let excerpt = String::from_utf8_lossy(&answer.body).chars().take(120).collect();
    ClientError::Malformed { endpoint: endpoint.to_owned(), status: answer.status.as_u16(), detail, excerpt }
}
