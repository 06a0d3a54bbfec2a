//! Which characters stand for themselves, and what a space becomes.

use super::Dialect;

/// The escaping of a dialect, by byte. Bytes beyond ASCII are escaped by all, as upper-case UTF-8.
#[derive(Debug)]
struct Alphabet {
    kept: [bool; 256],
    space: &'static str,
}

impl Alphabet {
    /// Letters, digits and `-_.` are kept by all.
    const fn new(also: &[u8], space: &'static str) -> Self {
        let mut kept = [false; 256];
        let mut byte = 0;
        while byte < 128_u8 {
            kept[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
            byte += 1;
        }
        let mut at = 0;
        while at < also.len() {
            kept[also[at] as usize] = true;
            at += 1;
        }
        Self { kept, space }
    }
}

/// Go, Python: RFC 3986 except for the space.
static UNRESERVED: Alphabet = Alphabet::new(b"~", "+");
/// PHP's `urlencode`.
static NARROW: Alphabet = Alphabet::new(b"", "+");
/// Node, Java: HTML forms.
static FORM: Alphabet = Alphabet::new(b"*", "+");
/// C#'s `Uri.EscapeDataString`: RFC 3986, the space included. Mono too escapes `!*'()`.
static URI: Alphabet = Alphabet::new(b"~", "%20");

const fn alphabet(dialect: Dialect) -> &'static Alphabet {
    match dialect {
        Dialect::Go | Dialect::Python => &UNRESERVED,
        Dialect::Php => &NARROW,
        Dialect::Node | Dialect::Java => &FORM,
        Dialect::CSharp => &URI,
    }
}

/// Appends a text as the dialect escapes it.
pub(in crate::wire) fn push_escaped(out: &mut String, text: &str, dialect: Dialect) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let Alphabet { kept, space } = alphabet(dialect);
    let mut rest = text;
    // Most of what is signed stands for itself, so whole runs are copied.
    while let Some(run) = rest.bytes().position(|byte| !kept[byte as usize]) {
        let (plain, tail) = rest.split_at(run);
        out.push_str(plain);
        let escaped = tail.bytes().take_while(|byte| !kept[*byte as usize]).count();
        let (special, tail) = tail.split_at(escaped);
        for byte in special.bytes() {
            if byte == b' ' {
                out.push_str(space);
            } else {
                out.push('%');
                out.push(HEX[(byte >> 4) as usize] as char);
                out.push(HEX[(byte & 15) as usize] as char);
            }
        }
        rest = tail;
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_dialect_has_its_own_way_with_space_star_and_tilde() {
        for (dialect, expected) in [
            (Dialect::Go, "a+%2A~%21%C4%90"),
            (Dialect::Php, "a+%2A%7E%21%C4%90"),
            (Dialect::Node, "a+*%7E%21%C4%90"),
            (Dialect::CSharp, "a%20%2A~%21%C4%90"),
            (Dialect::Java, "a+*%7E%21%C4%90"),
            (Dialect::Python, "a+%2A~%21%C4%90"),
        ] {
            let mut out = String::new();
            push_escaped(&mut out, "a *~!Đ", dialect);
            assert_eq!(out, expected, "{dialect}");
        }
    }
}
