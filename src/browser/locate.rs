//! Finds fields in the frames of the window shown: one script per frame and look.

use super::{
    BrowserError,
    connection::{CallError, Connection, Element},
    profile::Locator,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What every look at a frame begins with.
macro_rules! sight {
    ($rest:literal) => {
        concat!(include_str!("sight.js"), include_str!($rest))
    };
}
pub(super) use sight;

const SCRIPT: &str = sight!("locate.js");

/// Frames nest at most this deep before they are taken for a page that frames itself.
pub(super) const DEPTH: usize = 8;

/// What to look for.
#[derive(Clone, Debug, Default)]
pub(super) struct Query {
    pub(super) fields: Map<String, Value>,
    pub(super) act: Option<&'static str>,
    pub(super) option: Option<String>,
    pub(super) nth: usize,
    pub(super) texts: bool,
    pub(super) attribute: Option<String>,
    /// Whether to look into frames that something lies over, too.
    pub(super) covered: bool,
    /// How many characters of each frame's visible text are told.
    pub(super) words: usize,
}

impl Query {
    pub(super) fn field(mut self, key: &str, locators: &[Locator]) -> Self {
        self.fields.insert(key.to_owned(), json!(locators));
        self
    }

    fn to_json(&self) -> Value {
        json!({
            "fields": self.fields, "act": self.act, "option": self.option, "nth": self.nth,
            "texts": self.texts, "attribute": self.attribute, "words": self.words,
        })
    }
}

/// A visible field.
#[derive(Clone, Debug)]
pub(super) struct Hit {
    pub(super) element: Element,
    /// Which of the field's locators found it, from 0.
    pub(super) at: u64,
    pub(super) text: String,
    pub(super) texts: Vec<String>,
    pub(super) attribute: Option<String>,
    pub(super) checked: bool,
    pub(super) state: State,
    /// The controls that share the value to be typed, if it does not go into one.
    pub(super) parts: Option<Vec<(Element, String)>>,
}

/// Whether a field can be used as the query asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    Ready,
    /// The look itself did what was asked.
    Done,
    /// Not yet, and why.
    Waiting(String),
    /// Not while something lies over it, and what.
    Covered(String),
}

/// What one frame shows.
#[derive(Clone, Debug)]
pub(super) struct Sight {
    /// The frames that lead to it, from the top; empty for the top itself.
    pub(super) path: Vec<Element>,
    pub(super) hits: BTreeMap<String, Hit>,
    pub(super) url: String,
    pub(super) title: String,
    /// HTTP status of its document; 0 where the browser does not say.
    pub(super) status: u64,
    /// What `<html lang>` says.
    pub(super) language: String,
    pub(super) words: String,
    /// What lies over frames that were therefore not entered.
    pub(super) covers: Vec<String>,
    frames: Vec<Element>,
    /// Frames that something lies over.
    under: Vec<Element>,
}

/// Looks into frames, and remembers in which one it stands.
#[derive(Debug, Default)]
pub(super) struct Lookout {
    /// The frame that commands go to; `None` when that is not known.
    here: Option<Vec<Element>>,
    /// Whether the last sweep met frames that something lies over, into which it did not look.
    pub(super) obstructed: bool,
}

impl Lookout {
    /// Forgets where it stands, because the window was changed or left.
    pub(super) fn lose(&mut self) {
        self.here = None;
    }

    /// Looks at the frame in which it stands.
    pub(super) async fn glance(&mut self, connection: &mut Connection, query: &Query) -> Result<Sight, CallError> {
        let path = match &self.here {
            Some(path) => path.clone(),
            None => {
                self.enter(connection, &[]).await?;
                Vec::new()
            }
        };
        let answer = match connection.look(SCRIPT, query.to_json()).await {
            Ok(answer) => answer,
            Err(error) => {
                self.lose();
                return Err(error);
            }
        };
        if answer["leaving"] == true && !query.fields.is_empty() {
            return Err(CallError::moment("the page is being left"));
        }
        read(path, &answer)
            .ok_or_else(|| BrowserError::Profile("the locating script returned another shape".to_owned()).into())
    }

    /// Looks at every visible frame, from the top down, until `enough` of what was seen.
    pub(super) async fn sweep(
        &mut self,
        connection: &mut Connection,
        query: &Query,
        enough: impl Fn(&Sight) -> bool,
    ) -> Result<Vec<Sight>, CallError> {
        let mut seen = Vec::new();
        let mut open = vec![Vec::new()];
        self.obstructed = false;
        while let Some(path) = open.pop() {
            let depth = path.len();
            match self.look(connection, query, &path).await {
                Ok(sight) => {
                    self.obstructed |= !sight.covers.is_empty();
                    if depth < DEPTH {
                        // Last in, first out: the first frame of the page is looked at next.
                        let under = sight.under.iter().filter(|_| query.covered);
                        let frames = sight.frames.iter().chain(under).collect::<Vec<_>>();
                        let below = |frame: &Element| [&path[..], std::slice::from_ref(frame)].concat();
                        open.extend(frames.into_iter().rev().map(below));
                    }
                    let stop = enough(&sight);
                    seen.push(sight);
                    if stop {
                        break;
                    }
                }
                // A frame that went while the others were looked at is none.
                Err(CallError::Moment { .. }) if depth > 0 => {}
                Err(error) => return Err(error),
            }
        }
        Ok(seen)
    }

    async fn look(&mut self, connection: &mut Connection, query: &Query, path: &[Element]) -> Result<Sight, CallError> {
        self.enter(connection, path).await?;
        self.glance(connection, query).await
    }

    /// Sends the commands that follow to the frame at the end of `path`.
    pub(super) async fn enter(&mut self, connection: &mut Connection, path: &[Element]) -> Result<(), CallError> {
        let here = self.here.take();
        if here.as_deref() == Some(path) {
            self.here = here;
            return Ok(());
        }
        let mut rest = path;
        match here {
            Some(here) if path.starts_with(&here) => rest = &path[here.len()..],
            _ => {
                connection.post("frame", json!({ "id": null })).await?;
            }
        }
        for frame in rest {
            connection.post("frame", json!({ "id": frame.to_json() })).await?;
        }
        self.here = Some(path.to_vec());
        Ok(())
    }
}

fn read(path: Vec<Element>, answer: &Value) -> Option<Sight> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let hits = answer["hits"].as_object()?.iter().map(|(key, hit)| Some((key.clone(), read_hit(hit)?)));
    let (mut frames, mut covers, mut under) = (Vec::new(), Vec::new(), Vec::new());
    for frame in answer["frames"].as_array()? {
        let element = Element::from_json(&frame["element"])?;
        match frame["cover"].as_str() {
            Some(cover) => {
                covers.push(cover.to_owned());
                under.push(element);
            }
            None => frames.push(element),
        }
    }
    Some(Sight {
        path,
        hits: hits.collect::<Option<_>>()?,
        url: text(&answer["url"]),
        title: text(&answer["title"]),
        status: answer["status"].as_u64().unwrap_or_default(),
        language: text(&answer["language"]),
        words: text(&answer["words"]),
        covers,
        frames,
        under,
    })
}

fn read_hit(hit: &Value) -> Option<Hit> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let part = |part: &Value| Some((Element::from_json(&part["element"])?, text(&part["value"])));
    Some(Hit {
        element: Element::from_json(&hit["element"])?,
        at: hit["at"].as_u64()?,
        text: text(&hit["text"]),
        texts: hit["texts"].as_array().map(|texts| texts.iter().map(text).collect()).unwrap_or_default(),
        attribute: hit["attribute"].as_str().map(str::to_owned),
        checked: hit["checked"].as_bool().unwrap_or_default(),
        state: match hit["state"].as_str() {
            Some("waiting") => State::Waiting(text(&hit["why"])),
            Some("covered") => State::Covered(text(&hit["why"])),
            Some("done") => State::Done,
            _ => State::Ready,
        },
        parts: match hit["parts"].as_array() {
            Some(parts) => Some(parts.iter().map(part).collect::<Option<_>>()?),
            None => None,
        },
    })
}
