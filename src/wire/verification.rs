//! Whether a signature is the right one, and if it is not, what it is instead.

use super::{Dialect, Field, Secret, Signature, Signatures};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD},
};
use sha2::{Digest, Sha256};

/// What a given signature turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verification {
    /// What this dialect prints: it verifies.
    Right,
    /// What other dialects print for the same fields.
    OtherDialects(Vec<Dialect>),
    /// A known mistake over the string that this dialect signs.
    Mistake { dialect: Dialect, what: String },
    /// Of other fields or another secret, as far as can be told.
    Unknown,
}

/// Holds `given` against the signature that `dialect` prints for these fields.
#[must_use]
pub fn verification(given: &str, dialect: Dialect, secret: &Secret, fields: &[Field<'_>]) -> Verification {
    let signatures = Signatures::of(secret, fields);
    let printing: Vec<Dialect> = signatures.printing(&Signature::from(given)).collect();
    if printing.contains(&dialect) {
        return Verification::Right;
    }
    if !printing.is_empty() {
        return Verification::OtherDialects(printing);
    }
    let others = Dialect::ALL.into_iter().filter(|other| *other != dialect);
    for dialect in std::iter::once(dialect).chain(others) {
        if let Some(what) = mistake(given, dialect, secret, fields, &signatures) {
            return Verification::Mistake { dialect, what };
        }
    }
    Verification::Unknown
}

/// The mistake by which `given` comes of what this dialect signs: a digest that is not the HMAC, in a form that is not base64.
fn mistake(
    given: &str,
    dialect: Dialect,
    secret: &Secret,
    fields: &[Field<'_>],
    signatures: &Signatures,
) -> Option<String> {
    let text = dialect.encode(fields);
    let key = dialect.key(secret);
    let mac = signatures.get(dialect).ok().and_then(|signature| BASE64_STANDARD.decode(signature.as_str()).ok());
    let sha = |parts: [&[u8]; 2]| Some(Sha256::digest(parts.concat()).to_vec());
    let digests = [
        (mac, None),
        (sha([text.as_bytes(), b""]), Some("a SHA-256 of the string without the secret, not an HMAC")),
        (sha([&key, text.as_bytes()]), Some("a SHA-256 of secret and string, not an HMAC")),
        (sha([text.as_bytes(), &key]), Some("a SHA-256 of string and secret, not an HMAC")),
    ];
    for (bytes, form) in readings(given) {
        for (digest, digest_name) in &digests {
            if digest.as_ref() != Some(&bytes) {
                continue;
            }
            let what: Vec<&str> = digest_name.iter().copied().chain(form).collect();
            return (!what.is_empty()).then(|| what.join(", "));
        }
    }
    None
}

/// The bytes that a text may stand for, with what is unusual about the form.
fn readings(given: &str) -> Vec<(Vec<u8>, Option<&'static str>)> {
    let trimmed = given.trim();
    let white = if trimmed == given { None } else { Some("with white space around it") };
    let read = |bytes: Option<Vec<u8>>, form| bytes.map(|bytes| (bytes, form));
    let mut readings: Vec<_> = [
        read(BASE64_STANDARD.decode(trimmed).ok(), white),
        read(BASE64_STANDARD_NO_PAD.decode(trimmed).ok(), Some("in base64 without its padding")),
        read(BASE64_URL_SAFE.decode(trimmed).ok(), Some("in base64 for URLs (- and _ for + and /)")),
        read(BASE64_URL_SAFE_NO_PAD.decode(trimmed).ok(), Some("in base64 for URLs, without its padding")),
        read(hex::decode(trimmed).ok(), Some("in hex, not base64")),
    ]
    .into_iter()
    .flatten()
    .collect();
    let hex_inside = BASE64_STANDARD.decode(trimmed).ok().and_then(|inner| hex::decode(inner).ok());
    readings.extend(hex_inside.map(|bytes| (bytes, Some("in base64 of the hex text, not of the bytes"))));
    // What a form decoder makes of a signature that was put into a query without escaping it.
    let spaced = trimmed.replace(' ', "+");
    if spaced != trimmed {
        let form = Some("with its + read as spaces: escape it in a query");
        readings.extend(BASE64_STANDARD.decode(spaced).ok().map(|bytes| (bytes, form)));
    }
    readings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_signature_is_instead_is_recognised() {
        let secret = Secret::new("PORTONE_SECRET");
        let fields: [Field<'_>; 2] = [("merchant_order_ref", "A B".into()), ("status", "Success".into())];
        let text = "merchant_order_ref=A+B&status=Success";
        let of = |given: &str| verification(given, Dialect::CANONICAL, &secret, &fields);
        let right = Signature::of(&secret, text).to_string();
        assert_eq!(of(&right), Verification::Right);
        let csharp = Signature::of(&secret, &text.replace('+', "%20")).to_string();
        assert_eq!(of(&csharp), Verification::OtherDialects(vec![Dialect::CSharp]));
        assert_eq!(verification(&csharp, Dialect::CSharp, &secret, &fields), Verification::Right);
        assert_eq!(of("nothing"), Verification::Unknown);
        assert_eq!(of(""), Verification::Unknown);

        let bytes = BASE64_STANDARD.decode(&right).unwrap();
        let plain = Sha256::digest(text);
        for (given, what) in [
            (hex::encode(&bytes), "in hex, not base64"),
            (hex::encode_upper(&bytes), "in hex, not base64"),
            (right.trim_end_matches('=').to_owned(), "in base64 without its padding"),
            (format!("{right}\n"), "with white space around it"),
            (BASE64_STANDARD.encode(hex::encode(&bytes)), "in base64 of the hex text, not of the bytes"),
            (BASE64_STANDARD.encode(plain), "a SHA-256 of the string without the secret, not an HMAC"),
            (hex::encode(plain), "a SHA-256 of the string without the secret, not an HMAC, in hex, not base64"),
            (
                BASE64_STANDARD.encode(Sha256::digest(format!("PORTONE_SECRET{text}"))),
                "a SHA-256 of secret and string, not an HMAC",
            ),
        ] {
            assert_eq!(of(&given), Verification::Mistake { dialect: Dialect::Go, what: what.to_owned() }, "{given}");
        }
        let csharp_hex = hex::encode(BASE64_STANDARD.decode(&csharp).unwrap());
        assert!(matches!(of(&csharp_hex), Verification::Mistake { dialect: Dialect::CSharp, .. }));
    }

    #[test]
    fn a_signature_that_lost_its_plus_signs_to_a_form_decoder_is_recognised() {
        let (secret, dialect) = (Secret::new("PORTONE_SECRET"), Dialect::CANONICAL);
        let signed = (0..).map(|number: u32| number.to_string()).find_map(|id| {
            let given = Signature::of(&secret, &format!("order_ref={id}")).to_string();
            given[1..].contains('+').then(|| (given.replace('+', " "), id))
        });
        let (given, id) = signed.unwrap();
        let found = verification(&given, dialect, &secret, &[("order_ref", id.as_str().into())]);
        let what = "with its + read as spaces: escape it in a query".to_owned();
        assert_eq!(found, Verification::Mistake { dialect, what }, "{given}");
    }
}
