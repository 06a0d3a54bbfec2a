//! One-time codes that a page shows in its own text, as some sandboxes do instead of sending a message.

use crate::browser::Session;
use crate::journal::Failure;

/// The code that the page shows in `field`; none where no profile describes the field, which the built-in one does not:
/// only who has seen a target's pages can say that what they show is meant to be typed.
pub(super) async fn shown_code(session: &mut Session, field: &str) -> Result<Option<String>, Failure> {
    if !session.describes(field) {
        return Ok(None);
    }
    let text = session.read(field).await?;
    match code_in(&text) {
        Some(code) => Ok(Some(code.to_owned())),
        None => Err(Failure::unmet(
            format!("a one-time code in {field}"),
            format!("{} characters without one", text.chars().count()),
        )),
    }
}

/// The only group of four to eight digits that stands by itself.
fn code_in(text: &str) -> Option<&str> {
    let is_code = |word: &&str| (4..=8).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_digit());
    let mut codes = text.split(|c: char| !c.is_alphanumeric()).filter(is_code);
    codes.next().filter(|_| codes.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_from_prose_and_never_guessed() {
        assert_eq!(code_in("Your code is 482913."), Some("482913"));
        assert_eq!(code_in("Mã xác thực (hết hạn sau 120 giây): 1234"), Some("1234"));
        for text in ["", "no code", "12 or 123", "1234 or 5678", "order A123456", "520000001096000"] {
            assert_eq!(code_in(text), None, "{text}");
        }
    }
}
