//! Requests and responses of an archive, with what the specification wants taken apart: query, cookies, forms.

use serde::{Deserialize, Serialize};
use url::{Url, form_urlencoded};

/// Of a size that is not known.
const UNKNOWN: i64 = -1;
/// The media type of a form as browsers and most servers send it.
const FORM: &str = "application/x-www-form-urlencoded";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    pub method: String,
    pub url: String,
    pub http_version: String,
    pub cookies: Vec<Cookie>,
    pub headers: Vec<Pair>,
    pub query_string: Vec<Pair>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub post_data: Option<PostData>,
    pub headers_size: i64,
    pub body_size: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// 0 where no response came.
    pub status: u16,
    pub status_text: String,
    pub http_version: String,
    pub cookies: Vec<Cookie>,
    pub headers: Vec<Pair>,
    pub content: Content,
    #[serde(rename = "redirectURL")]
    pub redirect_url: String,
    pub headers_size: i64,
    pub body_size: i64,
}

/// A header or a part of a query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    pub name: String,
    pub value: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cookie {
    pub name: String,
    pub value: String,
}

/// A body that was sent. Where it is a form, its fields too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PostData {
    pub mime_type: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub params: Option<Vec<Param>>,
    pub text: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub comment: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Param {
    pub name: String,
    pub value: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// Of the whole, in bytes.
    pub size: i64,
    pub mime_type: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub comment: Option<String>,
}

impl Request {
    #[must_use]
    pub fn new(method: &str, url: &str, http_version: &str, headers: Vec<Pair>, body: Option<&str>) -> Self {
        let query = Url::parse(url).map(|url| pairs(url.query().unwrap_or_default())).unwrap_or_default();
        let of = |name: &str| value(&headers, name);
        let post_data = body.map(|text| {
            let mime_type = of("content-type").unwrap_or_default();
            let params = mime_type
                .starts_with(FORM)
                .then(|| pairs(text).into_iter().map(|Pair { name, value }| Param { name, value }).collect());
            PostData { mime_type, params, text: text.to_owned(), comment: None }
        });
        Self {
            method: method.to_owned(),
            url: url.to_owned(),
            http_version: http_version.to_owned(),
            cookies: of("cookie").map(|cookies| cookies.split(';').filter_map(cookie).collect()).unwrap_or_default(),
            query_string: query,
            post_data,
            headers,
            headers_size: UNKNOWN,
            body_size: body.map_or(0, size),
        }
    }
}

impl Response {
    #[must_use]
    pub fn new(status: u16, status_text: &str, http_version: &str, headers: Vec<Pair>, content: Content) -> Self {
        let set = headers.iter().filter(|header| header.name.eq_ignore_ascii_case("set-cookie"));
        // Several cookies may stand in one header, a line each; of each only the first part is its value.
        let cookies = set.flat_map(|header| header.value.lines()).filter_map(|line| cookie(line.split(';').next()?));
        Self {
            status,
            status_text: status_text.to_owned(),
            http_version: http_version.to_owned(),
            cookies: cookies.collect(),
            redirect_url: value(&headers, "location").unwrap_or_default(),
            headers_size: UNKNOWN,
            body_size: if content.size > 0 { content.size } else { UNKNOWN },
            content,
            headers,
        }
    }

    /// What stands where no response came.
    #[must_use]
    pub fn none() -> Self {
        let content = Content { size: 0, mime_type: "x-unknown".to_owned(), text: None, comment: None };
        Self::new(0, "", "", Vec::new(), content)
    }
}

impl Content {
    /// A body that was read whole.
    #[must_use]
    pub fn of(headers: &[Pair], text: Option<&str>) -> Self {
        Self {
            size: text.map_or(0, size),
            mime_type: value(headers, "content-type").unwrap_or_else(|| "x-unknown".to_owned()),
            text: text.map(str::to_owned),
            comment: None,
        }
    }
}

fn value(headers: &[Pair], name: &str) -> Option<String> {
    headers.iter().find(|header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value.clone())
}

fn pairs(encoded: &str) -> Vec<Pair> {
    let owned = |(name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| Pair {
        name: name.into_owned(),
        value: value.into_owned(),
    };
    form_urlencoded::parse(encoded.as_bytes()).map(owned).collect()
}

fn cookie(text: &str) -> Option<Cookie> {
    let (name, value) = text.split_once('=')?;
    Some(Cookie { name: name.trim().to_owned(), value: value.trim().to_owned() })
}

fn size(text: &str) -> i64 {
    i64::try_from(text.len()).unwrap_or(i64::MAX)
}
