//! Who asks for a page: language, address, and the answer in kind.

use super::language::Language;
use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts};
use axum::response::{Html, IntoResponse, Redirect, Response};
use include_dir::{Dir, include_dir};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, UndefinedBehavior, Value, context};
use std::convert::Infallible;
use std::sync::LazyLock;

static TEMPLATES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/src/twin/pages/templates");

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_function("t", phrase);
    for file in TEMPLATES.files() {
        let name = file.path().to_str().expect("the embedded names are ASCII");
        let source = file.contents_utf8().expect("the embedded templates are UTF-8");
        environment.add_template(name, source).expect("the embedded templates parse, as their test shows");
    }
    environment
});

/// `t('page.phrase')` in a template: the text in the page's language.
fn phrase(state: &State, key: &str) -> Result<&'static str, Error> {
    let language = state.lookup("lang").and_then(|tag| Language::from_tag(tag.as_str()?)).unwrap_or(Language::English);
    language.text(key).ok_or_else(|| Error::new(ErrorKind::InvalidOperation, format!("there is no text {key:?}")))
}

/// The browser that asks for a page.
#[derive(Clone, Debug)]
pub(super) struct Visitor {
    pub(super) language: Language,
    /// The page's path, without its query.
    pub(super) path: String,
    /// The query's pairs but for the language.
    query: Vec<(String, String)>,
    cookies: Vec<HeaderValue>,
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let OriginalUri(uri) = OriginalUri::from_request_parts(parts, state).await?;
        Ok(Self::new(uri.path(), uri.query().unwrap_or_default(), &parts.headers))
    }
}

impl Visitor {
    fn new(path: &str, query: &str, headers: &HeaderMap) -> Self {
        let pairs = crate::wire::parse_pairs(query);
        let asked = pairs.iter().find(|(name, _)| name == "lang").map(|(_, value)| value.as_str());
        Self {
            language: Language::choose(asked, headers),
            path: path.to_owned(),
            cookies: headers.get_all(header::COOKIE).iter().cloned().collect(),
            query: pairs.iter().filter(|(name, _)| name != "lang").cloned().collect(),
        }
    }

    /// A parameter of the page's address; empty when it is absent.
    pub(super) fn asked(&self, name: &str) -> &str {
        self.query.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value.as_str())
    }

    /// A cookie's value.
    pub(super) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies
            .iter()
            .filter_map(|header| header.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(n, value)| (n == name).then_some(value))
    }

    /// The visitor's language on another page of the same host or another.
    pub(super) fn link(&self, address: &str) -> String {
        let joint = if address.contains('?') { '&' } else { '?' };
        format!("{address}{joint}lang={}", self.language.tag())
    }

    /// This page in another language.
    fn in_language(&self, language: Language) -> String {
        let mut pairs: Vec<(&str, &str)> = self.query.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        pairs.push(("lang", language.tag()));
        format!("?{}", crate::wire::encode_pairs(&pairs))
    }

    /// Sends the visitor on, to be fetched with GET.
    pub(super) fn send_to(&self, address: &str) -> Response {
        Redirect::to(&self.link(address)).into_response()
    }

    /// A page from its template.
    pub(super) fn show(&self, status: StatusCode, template: &str, page: Value) -> Response {
        let frame = context! {
            lang => self.language.tag(),
            here => self.path.as_str(),
            in_english => self.in_language(Language::English),
            in_vietnamese => self.in_language(Language::Vietnamese),
        };
        let rendered = ENVIRONMENT
            .get_template(template)
            .and_then(|template| template.render(minijinja::value::merge_maps([frame, page])));
        match rendered {
            Ok(html) => (status, Html(html)).into_response(),
            Err(error) => {
                tracing::error!(template, error = &error as &dyn std::error::Error, "a page could not be built");
                (StatusCode::INTERNAL_SERVER_ERROR, "The page could not be built.").into_response()
            }
        }
    }
}

/// Why a page cannot be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    UnknownOrder,
    UnknownMerchant,
    UnknownPage,
    /// The form carries no token, or another page's.
    StaleForm,
    BadRequest,
    /// The shop cannot offer it.
    BadOrder,
    Internal,
}

/// Another answer than the page that was asked for; boxed, because it is the rare case.
#[derive(Debug)]
pub(super) struct Instead(Box<Response>);

impl From<Response> for Instead {
    fn from(answer: Response) -> Self {
        Self(Box::new(answer))
    }
}

impl IntoResponse for Instead {
    fn into_response(self) -> Response {
        *self.0
    }
}

impl Problem {
    pub(super) fn page(self, visitor: &Visitor) -> Instead {
        let (status, phrase) = match self {
            Self::UnknownOrder => (StatusCode::NOT_FOUND, "problem.unknown_order"),
            Self::UnknownMerchant => (StatusCode::NOT_FOUND, "problem.unknown_merchant"),
            Self::UnknownPage => (StatusCode::NOT_FOUND, "problem.unknown_page"),
            Self::StaleForm => (StatusCode::FORBIDDEN, "problem.stale_form"),
            Self::BadRequest => (StatusCode::BAD_REQUEST, "problem.bad_request"),
            Self::BadOrder => (StatusCode::BAD_REQUEST, "shop.bad_order"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "problem.internal"),
        };
        visitor.show(status, "problem.html", context! { problem => phrase }).into()
    }
}

/// A page, or what is shown instead.
pub(super) type Answer = Result<Response, Instead>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_parses_and_names_only_texts_that_exist() {
        let text = regex::Regex::new(r"t\('([a-z_.]+)'\)").expect("the pattern is right");
        let mut seen = 0;
        for file in TEMPLATES.files() {
            let source = file.contents_utf8().expect("UTF-8");
            assert!(ENVIRONMENT.get_template(file.path().to_str().expect("ASCII")).is_ok(), "{:?}", file.path());
            for found in text.captures_iter(source) {
                seen += 1;
                assert!(Language::English.text(&found[1]).is_some(), "{:?} names {}", file.path(), &found[1]);
            }
        }
        assert!(seen > 100);
    }

    #[test]
    fn a_page_keeps_its_query_in_the_other_language() {
        let visitor = Visitor::new("/x", "order=a%26b&lang=vi", &HeaderMap::new());
        assert_eq!(visitor.language, Language::Vietnamese);
        assert_eq!(visitor.asked("order"), "a&b");
        assert_eq!(visitor.in_language(Language::English), "?lang=en&order=a%26b");
        assert_eq!(visitor.link("/y?z=1"), "/y?z=1&lang=vi");
    }
}
