//! Texts as words of a POSIX shell, with variables in the place of what has a name.

/// A text as one word that a shell reads as it is.
#[must_use]
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A text as one word, in which each part that `name` knows stands as a variable. `name` is given what is left of the
/// text and says where the next such part begins and ends, and which variable stands for it.
#[must_use]
pub fn word<'a>(text: &'a str, mut name: impl FnMut(&'a str) -> Option<(std::ops::Range<usize>, String)>) -> String {
    let mut word = String::new();
    let mut rest = text;
    while let Some((part, variable)) = name(rest) {
        if part.start > 0 {
            word += &quoted(&rest[..part.start]);
        }
        word += &format!("\"${variable}\"");
        rest = &rest[part.end..];
    }
    if !rest.is_empty() || word.is_empty() {
        word += &quoted(rest);
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_survives_the_shell_and_hides_what_has_a_name() {
        let text = "s3cret a'b $x `y` s3crets3cret \\ \"z\" ờ\n!s3cret";
        let named = |rest: &str| rest.find("s3cret").map(|at| (at..at + 6, "S".to_owned()));
        let line = format!("printf %s {}", word(text, named));
        assert!(!line.contains("s3cret"));
        let printed = std::process::Command::new("sh").args(["-c", &line]).env("S", "v'$1").output().unwrap();
        assert_eq!(String::from_utf8(printed.stdout).unwrap(), text.replace("s3cret", "v'$1"));
        assert_eq!(word("", |_| None), "''");
    }
}
