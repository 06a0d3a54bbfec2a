//! Page profiles: how the logical fields of a page are found, as data.
//!
//! ```toml
//! [page.card]
//! title = "SmartPay card form"
//! shows = ["number", "pay"]
//! hides = ["loading"]
//!
//! [page.card.fields]
//! number = [{ autocomplete = "cc-number" }, { label = "card number|số thẻ" }]
//! pay = [{ css = "#pay" }, { text = "^(pay|thanh toán)$" }]
//! loading = [{ css = ".spinner" }]
//! ```

use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, btree_map::Entry},
    fmt,
};

/// One way to find a field. Every condition given must hold; the first locator of a field that finds something visible wins.
///
/// Patterns are regular expressions searched in the text with case ignored and white space collapsed. They are
/// run by the browser, so only the syntax is allowed that Rust and JavaScript agree upon.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locator {
    /// A CSS selector, also tried in open shadow roots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub css: Option<String>,
    /// A token of the `autocomplete` attribute, for example `cc-number`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autocomplete: Option<String>,
    /// Pattern of the label: `<label>`, `aria-label`, `aria-labelledby`, or the text before a control that has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Pattern of the control's name or id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Pattern of the control's placeholder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    /// Pattern of the text of a button, link, or anything that acts as one; with `css`, of the element found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl Locator {
    fn patterns(&self) -> impl Iterator<Item = &str> {
        [&self.label, &self.name, &self.placeholder, &self.text].into_iter().flatten().map(String::as_str)
    }

    fn is_empty(&self) -> bool {
        self.css.is_none() && self.autocomplete.is_none() && self.patterns().next().is_none()
    }
}

impl fmt::Display for Locator {
    /// As a profile writes it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let conditions = [
            ("css", &self.css),
            ("autocomplete", &self.autocomplete),
            ("label", &self.label),
            ("name", &self.name),
            ("placeholder", &self.placeholder),
            ("text", &self.text),
        ];
        let told = conditions.into_iter().filter_map(|(name, value)| {
            // A basic string of TOML escapes as JSON does.
            value.as_ref().map(|value| format!("{name} = {}", serde_json::json!(value)))
        });
        write!(f, "{{ {} }}", told.collect::<Vec<_>>().join(", "))
    }
}

/// A page as a person would name it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// What reports call it.
    pub title: String,
    /// The fields that must be visible for this page to be the one shown.
    pub shows: Vec<String>,
    /// The fields that must not be visible for this page to be the one shown.
    #[serde(default)]
    pub hides: Vec<String>,
    /// Each field's locators, in the order in which they are tried.
    #[serde(default)]
    pub fields: BTreeMap<String, Vec<Locator>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    page: BTreeMap<String, Layer>,
}

/// A page as one file tells it: what it leaves out is taken from the file below.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Layer {
    title: Option<String>,
    shows: Option<Vec<String>>,
    hides: Option<Vec<String>>,
    #[serde(default)]
    fields: BTreeMap<String, Vec<Locator>>,
}

/// The text completes "failed to …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    #[error("read the page profile {file}: {cause}")]
    Syntax { file: String, cause: String },
    #[error("use the page profile {file}: page `{page}`: {cause}")]
    Page { file: String, page: String, cause: String },
    #[error("use the page profile {file}: page `{page}`, field `{field}`: {cause}")]
    Field { file: String, page: String, field: String, cause: String },
}

/// Name of the built-in profile.
const BUILT_IN: &str = "pages/default.toml";

/// All pages that are known by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profiles {
    pages: BTreeMap<String, Page>,
}

impl Profiles {
    /// The built-in profile, over which those of targets are laid.
    ///
    /// # Errors
    /// When it is broken, which a test excludes.
    pub fn built_in() -> Result<Self, ProfileError> {
        Self::parse(BUILT_IN, include_str!("../../pages/default.toml"))
    }

    /// Reads one profile; `file` is its name in messages.
    ///
    /// # Errors
    /// Names the file, the page and the field that is wrong.
    pub fn parse(file: &str, text: &str) -> Result<Self, ProfileError> {
        Self::default().layer(file, text)
    }

    /// Lays another profile over this one: its fields replace fields of the same name, its new pages are added.
    ///
    /// # Errors
    /// Names the file, the page and the field that is wrong.
    pub fn layer(mut self, file: &str, text: &str) -> Result<Self, ProfileError> {
        let parsed: File = toml::from_str(text)
            .map_err(|error| ProfileError::Syntax { file: file.to_owned(), cause: error.to_string() })?;
        for (name, layer) in parsed.page {
            let wrong =
                |cause: &str| ProfileError::Page { file: file.to_owned(), page: name.clone(), cause: cause.to_owned() };
            for (field, locators) in &layer.fields {
                check(locators).map_err(|cause| ProfileError::Field {
                    file: file.to_owned(),
                    page: name.clone(),
                    field: field.clone(),
                    cause,
                })?;
            }
            let page = match self.pages.entry(name.clone()) {
                Entry::Occupied(known) => {
                    let page = known.into_mut();
                    page.title = layer.title.unwrap_or_else(|| page.title.clone());
                    page.shows = layer.shows.unwrap_or_else(|| page.shows.clone());
                    page.hides = layer.hides.unwrap_or_else(|| page.hides.clone());
                    page.fields.extend(layer.fields);
                    page
                }
                Entry::Vacant(free) => free.insert(Page {
                    title: layer.title.ok_or_else(|| wrong("a new page needs a `title`"))?,
                    shows: layer.shows.ok_or_else(|| wrong("a new page needs `shows`"))?,
                    hides: layer.hides.unwrap_or_default(),
                    fields: layer.fields,
                }),
            };
            if page.shows.is_empty() {
                return Err(wrong("`shows` names no field, so nothing would tell this page from another"));
            }
            if let Some(lost) = page.shows.iter().chain(&page.hides).find(|field| !page.fields.contains_key(*field)) {
                return Err(wrong(&format!("`{lost}` is not among its fields")));
            }
        }
        Ok(self)
    }

    /// The page of this name.
    #[must_use]
    pub fn page(&self, name: &str) -> Option<&Page> {
        self.pages.get(name)
    }

    /// The names of all pages.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.pages.keys().map(String::as_str)
    }

    /// Every page by its name.
    pub(super) fn pages(&self) -> impl Iterator<Item = (&str, &Page)> {
        self.pages.iter().map(|(name, page)| (name.as_str(), page))
    }

    /// The locators of a field, in order.
    #[must_use]
    pub fn field(&self, name: FieldName<'_>) -> Option<&[Locator]> {
        self.pages.get(name.page)?.fields.get(name.field).map(Vec::as_slice)
    }
}

fn check(locators: &[Locator]) -> Result<(), String> {
    if locators.is_empty() {
        return Err("has no locator".to_owned());
    }
    for (position, locator) in locators.iter().enumerate() {
        let nth = position + 1;
        if locator.is_empty() {
            return Err(format!("locator {nth} has no condition"));
        }
        for pattern in locator.patterns() {
            regex::Regex::new(pattern).map_err(|error| format!("locator {nth}: {error}"))?;
            if let Some((_, group)) = pattern.split_once("(?")
                && !group.starts_with(':')
            {
                return Err(format!("locator {nth}: `(?` is only allowed as `(?:` (case is ignored anyway)"));
            }
        }
    }
    Ok(())
}

/// A field of a page: `"card.number"` or `("card", "number")`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldName<'a> {
    pub page: &'a str,
    pub field: &'a str,
}

impl<'a> From<&'a str> for FieldName<'a> {
    fn from(text: &'a str) -> Self {
        let (page, field) = text.split_once('.').unwrap_or((text, ""));
        Self { page, field }
    }
}

impl<'a> From<&'a String> for FieldName<'a> {
    fn from(text: &'a String) -> Self {
        text.as_str().into()
    }
}

impl<'a> From<(&'a str, &'a str)> for FieldName<'a> {
    fn from((page, field): (&'a str, &'a str)) -> Self {
        Self { page, field }
    }
}

impl fmt::Display for FieldName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.page, self.field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = r##"
        [page.card]
        title = "Card form"
        shows = ["number"]
        [page.card.fields]
        number = [{ css = "#n" }, { label = "card number|số thẻ" }]
        pay = [{ text = "^pay$" }]
    "##;

    #[test]
    fn the_built_in_profile_is_sound() {
        Profiles::built_in().unwrap();
    }

    #[test]
    fn a_layer_replaces_fields_and_keeps_the_rest() {
        let profiles = Profiles::parse("base.toml", BASE)
            .unwrap()
            .layer("mine.toml", "[page.card.fields]\npay = [{ css = \"button\" }]\n")
            .unwrap();
        assert_eq!(profiles.field("card.pay".into()).unwrap()[0].css.as_deref(), Some("button"));
        assert_eq!(profiles.field(("card", "number").into()).unwrap().len(), 2);
        assert_eq!(profiles.page("card").unwrap().title, "Card form");
    }

    #[test]
    fn errors_name_file_page_and_field() {
        let errors = [
            ("[page.x]\ntitle='X'\nshows=['a']\nfields.a=[{ label = '(' }]", "f.toml: page `x`, field `a`: locator 1"),
            ("[page.x]\ntitle='X'\nshows=['a']\nfields.a=[{ label = '(?i)a' }]", "field `a`: locator 1: `(?`"),
            ("[page.x]\ntitle='X'\nshows=['a']\nfields.a=[{}]", "field `a`: locator 1 has no condition"),
            ("[page.x]\ntitle='X'\nshows=['a']\nfields.a=[]", "field `a`: has no locator"),
            ("[page.x]\ntitle='X'\nshows=['b']\nfields.a=[{ css = 'a' }]", "page `x`: `b` is not among its fields"),
            ("[page.x]\ntitle='X'\nshows=[]\nfields.a=[{ css = 'a' }]", "page `x`: `shows` names no field"),
            ("[page.x]\nshows=['a']\nfields.a=[{ css = 'a' }]", "page `x`: a new page needs a `title`"),
            ("[page.x]\ntitle='X'\nshows=['a']\nfields.a=[{ cs = 'a' }]", "f.toml: "),
        ];
        for (text, part) in errors {
            let error = Profiles::parse("f.toml", text).unwrap_err().to_string();
            assert!(error.contains(part), "{error} should contain {part}");
        }
    }
}
