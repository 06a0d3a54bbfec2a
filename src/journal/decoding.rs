//! Takes encodings off a text, whatever it is, so that what stands in it can be looked at.
//!
//! Nothing here knows formats: every escape of JSON, JavaScript, URLs and HTML is undone wherever it stands. What comes out
//! is for the eyes of [`super::Scan`] only.

use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine};

/// Runs of base64 or hex digits that are shorter hold no secret of eight characters.
const SHORTEST_BASE64: usize = 11;
const SHORTEST_HEX: usize = 16;
/// Lines of a wrapped base64 text are at least this long.
const WRAPPED: usize = 60;
/// HTML's names for characters that secrets are made of.
const NAMED: [(&[u8], u8); 17] = [
    (b"amp;", b'&'),
    (b"lt;", b'<'),
    (b"gt;", b'>'),
    (b"quot;", b'"'),
    (b"apos;", b'\''),
    (b"nbsp;", b' '),
    (b"sol;", b'/'),
    (b"plus;", b'+'),
    (b"equals;", b'='),
    (b"colon;", b':'),
    (b"period;", b'.'),
    (b"comma;", b','),
    (b"num;", b'#'),
    (b"excl;", b'!'),
    (b"commat;", b'@'),
    (b"lowbar;", b'_'),
    (b"dollar;", b'$'),
];

/// `text` with one level of escapes undone, or `None` if it has none.
pub(super) fn unescaped(text: &[u8]) -> Option<Vec<u8>> {
    let first = text.iter().position(|byte| matches!(byte, b'\\' | b'%' | b'&'))?;
    let mut plain = text[..first].to_vec();
    let (mut rest, mut changed) = (&text[first..], false);
    while let Some(&byte) = rest.first() {
        let undone = match byte {
            b'\\' => backslash(&rest[1..]),
            b'%' => hex(&rest[1..], 2).map(|code| (Plain::Byte(u8::try_from(code).unwrap_or(b'?')), 2)),
            b'&' => entity(&rest[1..]),
            _ => None,
        };
        let Some((what, length)) = undone else {
            plain.push(byte);
            rest = &rest[1..];
            continue;
        };
        match what {
            Plain::Byte(byte) => plain.push(byte),
            Plain::Char(c) => plain.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        rest = &rest[1 + length..];
        changed = true;
    }
    changed.then_some(plain)
}

enum Plain {
    Byte(u8),
    Char(char),
}

/// What follows a backslash, and how long that is.
fn backslash(rest: &[u8]) -> Option<(Plain, usize)> {
    match rest.first()? {
        b'u' if rest.get(1) == Some(&b'{') => {
            let length = rest.iter().take(10).position(|byte| *byte == b'}')?;
            let code = hex(&rest[2..], length - 2)?;
            Some((Plain::Char(char::from_u32(code)?), length + 1))
        }
        b'u' => {
            let code = hex(&rest[1..], 4)?;
            if let Some(c) = char::from_u32(code) {
                return Some((Plain::Char(c), 5));
            }
            // Half of a character beyond the first 65,536: the other half follows.
            let low = rest[5..].strip_prefix(br"\u").and_then(|rest| hex(rest, 4))?;
            let c = char::decode_utf16([u16::try_from(code).ok()?, u16::try_from(low).ok()?]).next()?.ok()?;
            Some((Plain::Char(c), 11))
        }
        b'x' => Some((Plain::Byte(u8::try_from(hex(&rest[1..], 2)?).ok()?), 3)),
        b'n' => Some((Plain::Byte(b'\n'), 1)),
        b'r' => Some((Plain::Byte(b'\r'), 1)),
        b't' => Some((Plain::Byte(b'\t'), 1)),
        byte if byte.is_ascii_punctuation() => Some((Plain::Byte(*byte), 1)),
        _ => None,
    }
}

/// What follows an ampersand, and how long that is.
fn entity(rest: &[u8]) -> Option<(Plain, usize)> {
    if rest.first() != Some(&b'#') {
        let (name, byte) = NAMED.iter().find(|(name, _)| rest.starts_with(name))?;
        return Some((Plain::Byte(*byte), name.len()));
    }
    let hexadecimal = matches!(rest.get(1), Some(b'x' | b'X'));
    let start = if hexadecimal { 2 } else { 1 };
    let digits = rest[start..].iter().take(8).take_while(|byte| byte.is_ascii_hexdigit()).count();
    let text = std::str::from_utf8(&rest[start..start + digits]).ok()?;
    let code = u32::from_str_radix(text, if hexadecimal { 16 } else { 10 }).ok()?;
    // Browsers do without the semicolon.
    let end = start + digits + usize::from(rest.get(start + digits) == Some(&b';'));
    Some((Plain::Char(char::from_u32(code)?), end))
}

fn hex(text: &[u8], digits: usize) -> Option<u32> {
    let text = text.get(..digits).filter(|text| text.iter().all(u8::is_ascii_hexdigit))?;
    u32::from_str_radix(std::str::from_utf8(text).ok()?, 16).ok()
}

/// All that runs of base64 digits in `text` stand for, wherever in a run it begins. A zero byte stands between any two.
pub(super) fn from_base64(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut run = Vec::new();
    let mut at = 0;
    while at < text.len() {
        run.clear();
        loop {
            let line = text[at..].iter().take_while(|byte| is_base64(**byte)).count();
            run.extend(text[at..at + line].iter().map(|byte| match byte {
                b'-' => b'+',
                b'_' => b'/',
                byte => *byte,
            }));
            at += line;
            let end = text[at..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            if line < WRAPPED || end == 0 {
                break;
            }
            at += end;
        }
        if run.len() >= SHORTEST_BASE64 {
            for offset in 0..4 {
                let part = &run[offset..];
                // A last digit alone stands for nothing whole; bits that are left over are cleared.
                let whole = part.len() - usize::from(part.len() % 4 == 1);
                let mut part = part[..whole].to_vec();
                clear_rest(&mut part);
                decoded.extend(BASE64_STANDARD_NO_PAD.decode(&part).unwrap_or_default());
                decoded.push(0);
            }
        }
        at += text[at..].iter().take_while(|byte| !is_base64(**byte)).count();
    }
    decoded
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// The decoder wants the bits of the last digit that stand for nothing to be zero.
fn clear_rest(part: &mut [u8]) {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let keep = match part.len() % 4 {
        2 => 0b11_0000,
        3 => 0b11_1100,
        _ => return,
    };
    if let Some(last) = part.last_mut()
        && let Some(value) = DIGITS.iter().position(|digit| digit == last)
    {
        *last = DIGITS[value & keep];
    }
}

/// All that runs of hexadecimal digits in `text` stand for, as [`from_base64`] does.
pub(super) fn from_hex(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::new();
    for run in text.split(|byte| !byte.is_ascii_hexdigit()).filter(|run| run.len() >= SHORTEST_HEX) {
        for offset in 0..2 {
            let pairs = run[offset..].chunks_exact(2);
            decoded.extend(pairs.map(|pair| hex(pair, 2).and_then(|code| u8::try_from(code).ok()).unwrap_or(0)));
            decoded.push(0);
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(text: &str) -> String {
        String::from_utf8(unescaped(text.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn escapes_of_every_kind_are_undone() {
        for (text, expected) in [
            (r"k\u0039\/Q\x73\u{2b}\ud83d\ude00", "k9/Qs+😀"),
            ("k%39%2fQs%C3%84", "k9/QsÄ"),
            ("k&#57;&#x2f;Q&sol;&#115s &amp;", "k9/Q/ss &"),
            (r"100 % \d & so on %2", "100 % \\d & so on %2"),
        ] {
            assert_eq!(unescaped(text.as_bytes()).map_or(text.to_owned(), |_| plain(text)), expected);
        }
        assert_eq!(unescaped(b"nothing \\"), None);
    }

    proptest! {
        #[test]
        fn base64_and_hex_are_undone_wherever_they_stand(secret in "[ -~]{8,40}", before in "[a-z ]{0,5}", after in "[a-z ]{0,5}") {
            let whole = format!("{before}{secret}{after}");
            let holds = |decoded: &[u8]| decoded.windows(secret.len()).any(|part| part == secret.as_bytes());
            for text in [BASE64_STANDARD_NO_PAD.encode(&whole), format!("x={}", BASE64_STANDARD_NO_PAD.encode(&whole))] {
                prop_assert!(holds(&from_base64(text.as_bytes())), "{}", text);
            }
            let hexadecimal = format!("0{}f", hex::encode(&whole));
            prop_assert!(holds(&from_hex(hexadecimal.as_bytes())));
        }
    }

    #[test]
    fn wrapped_base64_is_one_text() {
        let text = BASE64_STANDARD_NO_PAD.encode("x".repeat(55) + "the secret of the merchant" + &"y".repeat(60));
        let (first, second) = text.split_at(76);
        let decoded = from_base64(format!("{first}\r\n{second}").as_bytes());
        assert!(decoded.windows(26).any(|part| part == b"the secret of the merchant"));
    }

    #[test]
    fn nothing_that_is_cut_off_breaks_it() {
        let text = br"\u{12345}\ud83d\ude00\x41&#x41;&#65;%41&amp;\n";
        for from in 0..text.len() {
            for to in from..text.len() {
                drop(unescaped(&text[from..to]));
            }
        }
    }
}
