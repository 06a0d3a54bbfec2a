//! Which fields hold secrets by their name, and how their values are masked in JSON, forms, URLs, headers and HTML.

use super::redaction::MASK;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD, Engine};
use regex::{Captures, Regex};
use serde_json::{Map, Value};
use std::sync::LazyLock;

/// Names, without case, hyphens and underscores, that hold a secret whatever comes before them: `otp`, `napasOtpCode`, `X-Api-Secret`.
const SECRET_ENDINGS: [&str; 19] = [
    "cvv",
    "cvc",
    "cvv2",
    "cvc2",
    "csc",
    "cvn",
    "securitycode",
    "verificationvalue",
    "otp",
    "otpcode",
    "onetimecode",
    "challengedataentry",
    "password",
    "passwd",
    "secret",
    "secretkey",
    "authorization",
    "cookie",
    "token",
];
/// The same for card numbers, of which the last four digits stay.
const CARD_ENDINGS: [&str; 5] = ["cardnumber", "cardno", "ccnumber", "cardnum", "cardpan"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Open,
    Card,
    Secret,
}

fn kind(name: &str) -> Kind {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    if SECRET_ENDINGS.iter().any(|ending| plain.ends_with(ending)) || plain == "jwt" {
        Kind::Secret
    } else if CARD_ENDINGS.iter().any(|ending| plain.ends_with(ending)) || plain == "pan" {
        Kind::Card
    } else {
        Kind::Open
    }
}

/// Stars for all digits but the last four; whatever separates them is dropped.
pub(super) fn last_four(number: &str) -> String {
    // Escaped separators hold digits of their own.
    static ESCAPES: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"%[0-9A-Fa-f]{2}|&#\d+;|\\u[0-9a-f]{4}").expect("a constant pattern"));
    let digits: Vec<char> = ESCAPES.replace_all(number, "").chars().filter(char::is_ascii_digit).collect();
    let hidden = digits.len().saturating_sub(4);
    "*".repeat(hidden) + &digits[hidden..].iter().collect::<String>()
}

fn masked(kind: Kind, value: &str) -> Option<String> {
    /// What comes before a credential in a header is no secret, and tells how it was sent.
    static SCHEME: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^(?:Bearer|Basic|Digest) +").expect("a constant pattern"));
    if kind == Kind::Secret
        && let Some(scheme) = SCHEME.find(value)
    {
        let masked = format!("{}{MASK}", scheme.as_str());
        return (masked != value).then_some(masked);
    }
    match kind {
        Kind::Secret if !value.is_empty() && value != MASK => Some(MASK.to_owned()),
        Kind::Card if value.chars().filter(char::is_ascii_digit).count() > 8 => Some(last_four(value)),
        _ => None,
    }
}

/// Masks the value of an object that is a pair of a name and a value, as archives and form libraries write fields and
/// headers.
pub(super) fn mask_pair(members: &mut Map<String, Value>) {
    let kind = members.get("name").and_then(Value::as_str).map_or(Kind::Open, kind);
    if kind != Kind::Open
        && let Some(Value::String(value)) = members.get_mut("value")
        && let Some(mask) = masked(kind, value)
    {
        *value = mask;
    }
}

/// Masks a member of an object by its name. Says whether nothing is left to look into.
pub(super) fn mask_member(name: &str, member: &mut Value) -> bool {
    if let ("cookies", Value::Array(cookies)) = (name, &mut *member) {
        // Whatever a cookie is called, who has it has the session.
        for value in cookies.iter_mut().filter_map(|cookie| cookie.get_mut("value")) {
            if let Some(mask) = value.as_str().and_then(|value| masked(Kind::Secret, value)) {
                *value = Value::String(mask);
            }
        }
        return false;
    }
    let kind = kind(name);
    if kind == Kind::Open {
        return false;
    }
    match member {
        Value::String(text) => match masked(kind, text) {
            Some(mask) => *text = mask,
            None => return false,
        },
        Value::Number(number) => match masked(kind, &number.to_string()) {
            Some(mask) => *member = Value::String(mask),
            None => return false,
        },
        Value::Array(items) if kind == Kind::Secret && items.iter().all(|i| !i.is_object() && !i.is_array()) => {
            *member = Value::String(MASK.to_owned());
        }
        _ => return false,
    }
    true
}

/// Masks the values of sensitive fields in a text, or `None` if there are none. `inner` redacts the strings of a JSON
/// document, which may be bodies themselves.
pub(super) fn mask(text: &str, inner: &dyn Fn(&str) -> String) -> Option<String> {
    if text.trim_start().starts_with(['{', '['])
        && let Ok(mut document) = serde_json::from_str::<Value>(text)
    {
        let before = document.clone();
        mask_document(&mut document, inner);
        // A document that holds no secret keeps its spaces and its way of writing numbers.
        return (document != before).then(|| document.to_string());
    }
    mask_prose(text, inner)
}

fn mask_document(value: &mut Value, inner: &dyn Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = inner(text),
        Value::Array(items) => items.iter_mut().for_each(|item| mask_document(item, inner)),
        Value::Object(members) => {
            mask_pair(members);
            for (name, member) in members.iter_mut() {
                if !mask_member(name, member) {
                    mask_document(member, inner);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// `name=value` as in forms, URLs and cookies. The name follows a delimiter, so that prose is left alone.
static PAIR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?P<head>(?:^|[?&;#\s"'])(?P<name>[A-Za-z][\w.\[\]-]*)=)(?P<value>[^&;#\s"'<>]+)"#)
        .expect("a constant pattern")
});
/// `"name": "value"` or `name: 'value'`, as in scripts and JSON that does not stand alone, escaped once or not.
static MEMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"(?P<head>(?P<name>[A-Za-z][\w-]*)\\?["']?\s*:\s*)"#,
        r#"(?P<value>\\?"(?:[^"\\]|\\[^"])*\\?"|'[^']*'|\d+)"#
    ))
    .expect("a constant pattern")
});
/// A header line, as curl or a server log prints it.
static HEADER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?im)(?P<head>\b(?:proxy-)?authorization:\s*|\b(?:set-)?cookie:\s*)(?P<value>[^\r\n']+)")
        .expect("a constant pattern")
});
static INPUT: LazyLock<Regex> = LazyLock::new(|| {
    // An attribute's value may hold what would end the tag.
    Regex::new(r#"(?i)<input\b(?:[^>"']|"[^"]*"|'[^']*')*>"#).expect("a constant pattern")
});
static ATTRIBUTE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)\b(?P<name>name|id|autocomplete|type|value)\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'>]+))"#)
        .expect("a constant pattern")
});
/// A field of a body of several parts, as browsers send forms with files.
static PART: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"(?i)(?P<head>content-disposition: *form-data; *name="(?P<name>[^"]*)"[^\r\n]*(?:\r?\n[^\r\n]+)*\r?\n\r?\n)"#,
        r"(?P<value>[^\r\n]+)"
    ))
    .expect("a constant pattern")
});
/// An element of XML that holds a text and no elements.
static ELEMENT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?P<head><(?P<name>[A-Za-z][\w:.-]*)(?:\s[^<>]*)?>)(?P<value>[^<]+)(?P<tail></)")
        .expect("a constant pattern")
});
/// The beginning of a JSON object in base64, and what follows of it.
static OBJECT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:eyJ|eyAi|ewog|ewoJ|ew0K)[A-Za-z0-9+/_-]{8,}={0,2}").expect("a constant pattern")
});
/// A JSON Web Token, wherever it stands.
static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}").expect("a constant pattern")
});

fn mask_prose(text: &str, inner: &dyn Fn(&str) -> String) -> Option<String> {
    let mut kept = std::borrow::Cow::Borrowed(text);
    if text.contains('<') {
        kept = replace(kept, &INPUT, |tag| mask_input(&tag[0]));
        kept = replace(kept, &ELEMENT, |element| {
            let mask = masked(kind(&element["name"]), &element["value"])?;
            Some(format!("{}{mask}{}", &element["head"], &element["tail"]))
        });
    }
    if text.contains("form-data") {
        kept = replace(kept, &PART, |part| {
            masked(kind(&part["name"]), &part["value"]).map(|mask| format!("{}{mask}", &part["head"]))
        });
    }
    if text.contains('=') {
        kept = replace(kept, &PAIR, |pair| {
            let (kind, value) = (kind(&pair["name"]), &pair["value"]);
            let mask = if kind == Kind::Open { mask_encoded(value, inner) } else { masked(kind, value) };
            mask.map(|mask| format!("{}{mask}", &pair["head"]))
        });
    }
    if text.contains(':') {
        kept = replace(kept, &HEADER, |header| Some(format!("{}{MASK}", &header["head"])));
        kept = replace(kept, &MEMBER, |member| {
            let quoted = &member["value"];
            let value = quoted.trim_start_matches('\\').trim_matches(['"', '\'', '\\']);
            let mask = masked(kind(&member["name"]), value)?;
            let (open, close) = quoted.split_at_checked(quoted.find(value)?)?;
            let close = &close[value.len()..];
            // A bare number becomes a string, or the script would no longer parse.
            let (open, close) = if open.is_empty() { ("\"", "\"") } else { (open, close) };
            Some(format!("{}{open}{mask}{close}", &member["head"]))
        });
    }
    kept = replace(kept, &TOKEN, |_| Some(MASK.to_owned()));
    kept = replace(kept, &OBJECT, |object| mask_base64(&object[0], inner));
    match kept {
        std::borrow::Cow::Borrowed(_) => None,
        std::borrow::Cow::Owned(masked) => Some(masked),
    }
}

/// A value that is a document, a form or an address itself, percent-encoded to be one.
fn mask_encoded(value: &str, inner: &dyn Fn(&str) -> String) -> Option<String> {
    let lower = value.to_ascii_lowercase();
    if !["%7b", "%22", "%3d", "%3c", "%3a"].iter().any(|sign| lower.contains(sign)) {
        return None;
    }
    let decoded = percent_encoding::percent_decode_str(value).decode_utf8().ok()?;
    let clean = inner(&decoded);
    // What was cleaned is written as browsers write it, which need not be how it was.
    (clean != decoded).then(|| url::form_urlencoded::byte_serialize(clean.as_bytes()).collect())
}

/// A JSON object in base64, in the alphabet and with the padding in which it came.
fn mask_base64(text: &str, inner: &dyn Fn(&str) -> String) -> Option<String> {
    let (url_safe, padded) = (text.contains(['-', '_']), text.ends_with('='));
    let plain = text.trim_end_matches('=').replace('-', "+").replace('_', "/");
    let decoded = String::from_utf8(BASE64_STANDARD_NO_PAD.decode(&plain).ok()?).ok()?;
    let clean = inner(&decoded);
    let engine = match (url_safe, padded) {
        (false, false) => BASE64_STANDARD_NO_PAD,
        (false, true) => BASE64_STANDARD,
        (true, false) => BASE64_URL_SAFE_NO_PAD,
        (true, true) => BASE64_URL_SAFE,
    };
    (clean != decoded).then(|| engine.encode(clean))
}

/// Replaces where `with` says so; borrows on if it never does.
fn replace<'a>(
    text: std::borrow::Cow<'a, str>,
    pattern: &Regex,
    with: impl Fn(&Captures<'_>) -> Option<String>,
) -> std::borrow::Cow<'a, str> {
    let mut replaced = String::new();
    let mut from = 0;
    for captures in pattern.captures_iter(&text) {
        let Some(replacement) = with(&captures) else { continue };
        let found = captures.get(0).expect("a match has a whole");
        replaced.push_str(&text[from..found.start()]);
        replaced.push_str(&replacement);
        from = found.end();
    }
    if from == 0 {
        return text;
    }
    replaced.push_str(&text[from..]);
    replaced.into()
}

/// An `<input>` whose name, id, type or autocomplete token says that it holds a secret, without its value.
fn mask_input(tag: &str) -> Option<String> {
    let attributes = || ATTRIBUTE.captures_iter(tag);
    let content = |a: &Captures<'_>| {
        a.name("double")
            .or_else(|| a.name("single"))
            .or_else(|| a.name("bare"))
            .map(|m| (m.as_str().to_owned(), m.range()))
    };
    let kinds: Vec<Kind> = attributes()
        .filter(|a| !a["name"].eq_ignore_ascii_case("value"))
        .filter_map(|a| content(&a).map(|(text, _)| kind(&text)))
        .collect();
    let kind = [Kind::Secret, Kind::Card].into_iter().find(|kind| kinds.contains(kind))?;
    let value = attributes().find(|a| a["name"].eq_ignore_ascii_case("value"))?;
    let (text, range) = content(&value)?;
    let mask = masked(kind, &text)?;
    Some(format!("{}{mask}{}", &tag[..range.start], &tag[range.end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prose(text: &str) -> String {
        mask(text, &prose).unwrap_or_else(|| text.to_owned())
    }

    #[test]
    fn what_is_wrapped_is_unwrapped_first() {
        let object = r#"{"cvv":"001","n":"ÿÿÿ>ab"}"#;
        let clean = r#"{"cvv":"[masked]","n":"ÿÿÿ>ab"}"#;
        for engine in [BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD] {
            assert_eq!(prose(&format!("creq {}.", engine.encode(object))), format!("creq {}.", engine.encode(clean)));
        }
        let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        assert_eq!(
            prose(&format!("a=1&payload={}&b=2", encoded(object))),
            format!("a=1&payload={}&b=2", encoded(clean))
        );
        let twice = |text: &str| encoded(&format!("http://h/p?otp={text}&x=1"));
        assert_eq!(prose(&format!("next={}", twice("1234"))), format!("next={}", twice("[masked]")));
        assert_eq!(prose("next=http%3A%2F%2Fh%2Fp%3fx%3d1"), "next=http%3A%2F%2Fh%2Fp%3fx%3d1");
        assert_eq!(
            prose("--b\r\nContent-Disposition: form-data; name=\"cvv\"\r\n\r\n001\r\n--b--"),
            "--b\r\nContent-Disposition: form-data; name=\"cvv\"\r\n\r\n[masked]\r\n--b--"
        );
        assert_eq!(prose("<c:otp a='1'>12</c:otp><b>12</b>"), "<c:otp a='1'>[masked]</c:otp><b>12</b>");
    }

    #[test]
    fn archives_name_a_field_beside_its_value() {
        assert_eq!(
            prose(concat!(
                r#"{"headers":[{"name":"Authorization","value":"Bearer x"},{"name":"Cookie","value":"a=b"}],"#,
                r#""cookies":[{"name":"a","value":"b"}],"params":[{"name":"napasCardNo","value":"9704 1111 2222 3333"}]}"#
            )),
            concat!(
                r#"{"headers":[{"name":"Authorization","value":"Bearer [masked]"},{"name":"Cookie","value":"[masked]"}],"#,
                r#""cookies":[{"name":"a","value":"[masked]"}],"params":[{"name":"napasCardNo","value":"************3333"}]}"#
            )
        );
    }

    #[test]
    fn forms_urls_and_cookies() {
        for (text, clean) in [
            ("cardNumber=4111111111111111&cvv=001", "cardNumber=************1111&cvv=[masked]"),
            ("napasOtpCode=OTP&x=1", "napasOtpCode=[masked]&x=1"),
            ("https://h/p?password=a%20b&amp;otp=1234", "https://h/p?password=[masked]&amp;otp=[masked]"),
            ("signature_hash=abc%3D&status=Success", "signature_hash=abc%3D&status=Success"),
            ("masked_card_number=************4242", "masked_card_number=************4242"),
            ("Cookie: session=abc; theme=dark", "Cookie: [masked]"),
            ("authorization: Bearer abc", "authorization: [masked]"),
            ("the OTP = 3 digits", "the OTP = 3 digits"),
            ("company=1234567890123", "company=1234567890123"),
        ] {
            assert_eq!(prose(text), clean);
        }
    }

    #[test]
    fn scripts_and_documents_cut_short() {
        for (text, clean) in [
            (r#"{"cvv":"001","amount":5"#, r#"{"cvv":"[masked]","amount":5"#),
            (r#"{cvv: 123, otp: '12'}"#, r#"{cvv: "[masked]", otp: '[masked]'}"#),
            (r#""{\"password\":\"a b\",\"c\":1}""#, r#""{\"password\":\"[masked]\",\"c\":1}""#),
            ("jwtToken: \"eyJhbGciOiJI.eyJpc3MiOiJQ.c2lnbmF0dXJl\"", "jwtToken: \"[masked]\""),
            ("go eyJhbGciOiJI.eyJpc3MiOiJQ.c2lnbmF0dXJl on", "go [masked] on"),
        ] {
            assert_eq!(prose(text), clean);
        }
    }

    #[test]
    fn inputs_lose_their_value() {
        for (text, clean) in [
            (r#"<input name="cvv" value="001" >"#, r#"<input name="cvv" value="[masked]" >"#),
            (r#"<input value='001' autocomplete=cc-csc>"#, r#"<input value='[masked]' autocomplete=cc-csc>"#),
            (r#"<INPUT TYPE="password" VALUE="111111">"#, r#"<INPUT TYPE="password" VALUE="[masked]">"#),
            (
                r#"<input autocomplete="one-time-code" value=1234>"#,
                r#"<input autocomplete="one-time-code" value=[masked]>"#,
            ),
            (r#"<input name="amount" value="001">"#, r#"<input name="amount" value="001">"#),
            (r#"<input title="a > b" name="otp" value="12">"#, r#"<input title="a > b" name="otp" value="[masked]">"#),
            (
                r#"<input id="napasCardNo" value="9704 1111 2222 3333">"#,
                r#"<input id="napasCardNo" value="************3333">"#,
            ),
        ] {
            assert_eq!(prose(text), clean);
        }
    }

    #[test]
    fn documents_without_secrets_stay_as_they_were_written() {
        let inner = |text: &str| text.to_owned();
        assert_eq!(mask("{ \"amount\": 50000.0 }", &inner), None);
        assert_eq!(mask("{ \"amount\": 5.0, \"otp\": 1234 }", &inner).unwrap(), r#"{"amount":5.0,"otp":"[masked]"}"#);
        assert_eq!(
            mask(r#"{"card_number":4111111111111111}"#, &inner).unwrap(),
            r#"{"card_number":"************1111"}"#
        );
        assert_eq!(mask(r#"{"otp":["1","2"],"password":""}"#, &inner).unwrap(), r#"{"otp":"[masked]","password":""}"#);
    }
}
