//! Words as they stand in a scenario's id.

/// Letters of Vietnamese by the ASCII letter they are written with.
const FOLDED: [(char, &str); 7] = [
    ('a', "àáảãạăằắẳẵặâầấẩẫậ"),
    ('e', "èéẻẽẹêềếểễệ"),
    ('i', "ìíỉĩị"),
    ('o', "òóỏõọôồốổỗộơờớởỡợ"),
    ('u', "ùúủũụưừứửữự"),
    ('y', "ỳýỷỹỵ"),
    ('d', "đ"),
];

/// `text` in lower case, folded to ASCII where Vietnamese can be, with hyphens between words.
pub(super) fn slug(text: &str) -> String {
    let folded = |c: char| FOLDED.iter().find(|(_, letters)| letters.contains(c)).map_or(c, |(ascii, _)| *ascii);
    let mut slug = String::new();
    for c in text.chars().filter(|c| *c != '\'' && *c != '’').flat_map(char::to_lowercase).map(folded) {
        if c.is_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn words_become_ids() {
        for (text, id) in [
            ("Wrong OTP", "wrong-otp"),
            ("  The payer's card — locked! ", "the-payers-card-locked"),
            ("Ngân hàng TMCP Sài Gòn Công Thương", "ngan-hang-tmcp-sai-gon-cong-thuong"),
            ("Đã THANH TOÁN", "da-thanh-toan"),
            ("1,000,000 VND", "1-000-000-vnd"),
            ("…", ""),
        ] {
            assert_eq!(slug(text), id);
        }
    }
}
