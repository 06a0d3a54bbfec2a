//! Texts of others in CommonMark: whatever they hold, they stay what they are.

/// A text in a line, with nothing in it that would be markup.
pub(super) fn prose(text: &str) -> String {
    let mut escaped = String::new();
    for c in one_line(text).trim().chars() {
        if c.is_ascii_punctuation() && !matches!(c, ',' | '\'' | '"' | '/' | ';' | '?' | '%' | '$') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// A span of code in a line.
pub(super) fn code(text: &str) -> String {
    let text = one_line(text);
    if text.trim().is_empty() {
        return "(empty)".to_owned();
    }
    let ticks = "`".repeat(longest_run(&text) + 1);
    // The spaces inside the ticks are taken off again where both are there.
    format!("{ticks} {text} {ticks}")
}

/// A block of code, fenced longer than any fence inside.
pub(super) fn block(text: &str, language: &str) -> String {
    let text = visible(&text.replace("\r\n", "\n").replace('\r', "\n"));
    let fence = "`".repeat((longest_run(&text) + 1).max(3));
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{language}\n{text}{end}{fence}\n")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

fn one_line(text: &str) -> String {
    visible(&text.split(['\r', '\n', '\t']).collect::<Vec<_>>().join(" "))
}

/// Characters that a reader would not see, or that would turn the text around, as escapes.
fn visible(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control() && !matches!(c, '\n' | '\t')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    text.chars().map(|c| if hidden(c) { c.escape_unicode().to_string() } else { c.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_stay_what_they_are() {
        assert_eq!(prose("1. <b>*x*</b>\n# y"), "1\\. \\<b\\>\\*x\\*\\</b\\> \\# y");
        assert_eq!(code("a``b`"), "``` a``b` ```");
        assert_eq!(code("\n"), "(empty)");
        assert_eq!(block("a\n````\n# b", "json"), "`````json\na\n````\n# b\n`````\n");
        assert_eq!(block("\u{1b}[2J\r\nx\n", ""), "```\n\\u{1b}[2J\nx\n```\n");
    }

    proptest! {
        #[test]
        fn no_text_ends_its_fence_its_span_or_its_line(text in "[`~a \\n\\r\\t#>-]{0,40}") {
            let fenced = block(&text, "");
            let fence = fenced.lines().next().unwrap();
            prop_assert_eq!(fenced.lines().filter(|line| line.trim().starts_with(fence)).count(), 2);
            let span = code(&text);
            prop_assert!(!span.contains('\n'));
            if let Some(inside) = span.strip_prefix('`') {
                let ticks = inside.chars().take_while(|&c| c == '`').count() + 1;
                prop_assert_eq!(span.matches(&"`".repeat(ticks)).count(), 2);
            }
            prop_assert!(!prose(&text).contains('\n'));
        }
    }
}
