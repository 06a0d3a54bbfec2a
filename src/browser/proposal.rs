//! Entries of a profile, proposed for elements that it does not know.

use super::{
    Locator,
    inspection::{ElementKind, InspectedElement},
};

/// Letters of Vietnamese, without their marks.
const PLAIN: [(&str, char); 7] = [
    ("àảãáạăằẳẵắặâầẩẫấậ", 'a'),
    ("èẻẽéẹêềểễếệ", 'e'),
    ("ìỉĩíị", 'i'),
    ("òỏõóọôồổỗốộơờởỡớợ", 'o'),
    ("ùủũúụưừửữứự", 'u'),
    ("ỳỷỹýỵ", 'y'),
    ("đ", 'd'),
];

/// Characters that mean something in a pattern, in Rust and in JavaScript.
const SPECIAL: &str = r"\^$.*+?()[]{}|";

/// `fields.NAME = [LOCATOR, …]` for an element, by what is most likely to stay; `None` when nothing tells it apart.
pub(super) fn proposal(element: &InspectedElement) -> Option<String> {
    let whole = |text: &str| Some(format!("^{}$", escape(text))).filter(|_| !text.is_empty());
    let mut locators = Vec::new();
    if element.kind == ElementKind::Button {
        locators.extend(whole(&element.text).map(|text| Locator { text: Some(text), ..Locator::default() }));
    }
    if element.kind == ElementKind::Field {
        let token = element
            .autocomplete
            .split(' ')
            .next_back()
            .filter(|token| !token.is_empty() && !["on", "off"].contains(token));
        locators.extend(token.map(|token| Locator { autocomplete: Some(token.to_owned()), ..Locator::default() }));
        locators.extend(whole(&element.label).map(|label| Locator { label: Some(label), ..Locator::default() }));
        locators
            .extend(whole(&element.placeholder).map(|text| Locator { placeholder: Some(text), ..Locator::default() }));
    }
    let name = [&element.name, &element.id].into_iter().find(|name| !name.is_empty());
    if element.kind == ElementKind::Field {
        locators
            .extend(name.and_then(|name| whole(name)).map(|name| Locator { name: Some(name), ..Locator::default() }));
    } else if locators.is_empty() && !element.id.is_empty() {
        locators
            .push(Locator { css: Some(format!("[id='{}']", element.id.replace('\'', "\\'"))), ..Locator::default() });
    }
    let first = [&element.label, &element.text, &element.placeholder, &element.name, &element.id];
    let slug =
        first.into_iter().map(|text| slug(text)).find(|slug| !slug.is_empty()).unwrap_or_else(|| "field".to_owned());
    let locators: Vec<String> = locators.iter().map(ToString::to_string).collect();
    (!locators.is_empty()).then(|| format!("fields.{slug} = [{}]", locators.join(", ")))
}

/// A pattern that finds this text only. Other escapes than these are errors in JavaScript.
fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut pattern, c| {
        if SPECIAL.contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
        pattern
    })
}

/// A bare key of TOML: lower case letters without marks, digits and hyphens, at most 30 of them.
fn slug(text: &str) -> String {
    let plain = |c: char| PLAIN.iter().find(|(letters, _)| letters.contains(c)).map_or(c, |(_, plain)| *plain);
    let text: String = text.to_lowercase().chars().map(plain).collect();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let slug = words.collect::<Vec<_>>().join("-");
    slug[..slug.len().min(30)].trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::Profiles;

    #[test]
    fn proposals_can_be_pasted() {
        let elements = [
            InspectedElement {
                label: "Số thẻ (16 chữ số)".to_owned(),
                name: "card[no]".to_owned(),
                autocomplete: "section-a cc-number".to_owned(),
                ..InspectedElement::default()
            },
            InspectedElement { placeholder: "MM/YY \"exp\" \\".to_owned(), ..InspectedElement::default() },
            InspectedElement {
                kind: ElementKind::Button,
                text: "Thanh toán 1.000đ?".to_owned(),
                ..InspectedElement::default()
            },
            InspectedElement { kind: ElementKind::Button, id: "it's".to_owned(), ..InspectedElement::default() },
        ];
        for element in &elements {
            let proposal = proposal(element).unwrap();
            let (name, _) = proposal.strip_prefix("fields.").unwrap().split_once(" = ").unwrap();
            let text = format!("[page.x]\ntitle = 'X'\nshows = ['{name}']\n{proposal}\n");
            Profiles::parse("proposal.toml", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        }
        assert_eq!(
            proposal(&elements[0]).unwrap(),
            r#"fields.so-the-16-chu-so = [{ autocomplete = "cc-number" }, { label = "^Số thẻ \\(16 chữ số\\)$" }, { name = "^card\\[no\\]$" }]"#
        );
        assert_eq!(proposal(&InspectedElement::default()), None);
    }
}
