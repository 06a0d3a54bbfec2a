//! What a page shows to the journeys: each frame's fields and buttons, with the profile entries that find them.

use super::{
    BrowserError, Session,
    locate::{Query, Sight, sight},
    proposal::proposal,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeSet,
    fmt::{self, Write as _},
    time::{Duration, Instant},
};

const SCRIPT: &str = sight!("inspect.js");

/// A page that has not changed for so long is taken to be drawn.
const REST: Duration = Duration::from_secs(1);

/// Between two looks at a page that is still being drawn.
const POLL: Duration = Duration::from_millis(200);

/// What a window shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Inspection {
    /// The pages of the profile that this could be, by name.
    pub pages: Vec<String>,
    /// Whether the page had come to rest when it was looked at.
    pub at_rest: bool,
    /// From the top, each before those inside it.
    pub frames: Vec<InspectedFrame>,
}

/// What one frame shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InspectedFrame {
    /// How many frames it lies inside.
    #[serde(skip_deserializing)]
    pub depth: usize,
    pub url: String,
    pub title: String,
    #[serde(skip_serializing)]
    loaded: bool,
    #[serde(skip_serializing)]
    words: String,
    /// How many further elements are not listed.
    pub more: usize,
    pub elements: Vec<InspectedElement>,
}

/// A visible field or button, or another element that the profile knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InspectedElement {
    pub kind: ElementKind,
    /// Of a field its type, of a button its tag and role.
    #[serde(rename = "type")]
    pub form: String,
    pub label: String,
    /// Of a button.
    pub text: String,
    pub name: String,
    pub id: String,
    pub autocomplete: String,
    pub placeholder: String,
    /// The first options of a list.
    pub options: Vec<String>,
    /// Whether it lies in a shadow root.
    pub shadow: bool,
    pub disabled: bool,
    /// What lies over it.
    pub covered: String,
    pub matches: Vec<Match>,
    /// An entry that would find it, where none does.
    #[serde(skip_deserializing)]
    pub proposal: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ElementKind {
    #[default]
    Field,
    Button,
    Text,
}

/// An entry of the profile that finds an element.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// For example `card.number`.
    pub field: String,
    /// Which of its locators, from 0.
    at: usize,
    /// That locator, as the profile writes it.
    #[serde(skip_deserializing)]
    pub locator: String,
}

impl Session {
    /// What the window shows at this moment.
    ///
    /// # Errors
    /// When the window is gone.
    pub async fn inspect(&mut self) -> Result<Inspection, BrowserError> {
        let query = Query { covered: true, ..Query::default() };
        let seen = match self.lookout.sweep(&mut self.connection, &query, |_| false).await {
            Ok(seen) => seen,
            Err(error) => return self.refused("the page's frames", error),
        };
        let fields: Map<String, Value> = self
            .profiles
            .pages()
            .flat_map(|(name, page)| {
                page.fields.iter().map(move |(field, locators)| (format!("{name}.{field}"), json!(locators)))
            })
            .collect();
        let mut frames = Vec::new();
        for sight in seen {
            frames.extend(self.inspect_frame(&sight, &fields).await?);
        }
        let mut inspection = Inspection { pages: Vec::new(), at_rest: true, frames };
        self.conclude(&mut inspection);
        Ok(inspection)
    }

    /// `None` when the frame went meanwhile.
    async fn inspect_frame(
        &mut self,
        sight: &Sight,
        fields: &Map<String, Value>,
    ) -> Result<Option<InspectedFrame>, BrowserError> {
        let read = async {
            self.lookout.enter(&mut self.connection, &sight.path).await?;
            self.connection.look(SCRIPT, json!({ "fields": fields })).await
        };
        match read.await {
            Ok(answer) => {
                let mut frame: InspectedFrame = serde_json::from_value(answer).map_err(|error| {
                    BrowserError::Profile(format!("the inspecting script returned another shape: {error}"))
                })?;
                frame.depth = sight.path.len();
                Ok(Some(frame))
            }
            Err(error) => {
                self.lookout.lose();
                error.into_moment().map(|_| None)
            }
        }
    }

    /// What the window shows once it has come to rest, or at the end of this time.
    ///
    /// # Errors
    /// When the window is gone.
    pub async fn inspect_at_rest(&mut self, within: Duration) -> Result<Inspection, BrowserError> {
        let started = Instant::now();
        let mut last = self.inspect().await?;
        let mut since = Instant::now();
        loop {
            let loaded = !last.frames.is_empty() && last.frames.iter().all(|frame| frame.loaded);
            if loaded && since.elapsed() >= REST {
                return Ok(last);
            }
            if started.elapsed() >= within {
                last.at_rest = false;
                return Ok(last);
            }
            tokio::time::sleep(POLL).await;
            match self.inspect().await {
                Ok(now) if now == last => {}
                Ok(now) => (last, since) = (now, Instant::now()),
                // A page that is just being replaced cannot be looked at; the next one can.
                Err(BrowserError::Timeout { .. }) => since = Instant::now(),
                Err(error) => return Err(error),
            }
        }
    }

    /// Completes what the frames told by what the profile says.
    fn conclude(&self, inspection: &mut Inspection) {
        for element in inspection.frames.iter_mut().flat_map(|frame| &mut frame.elements) {
            for found in &mut element.matches {
                let locators = self.profiles.field(found.field.as_str().into()).unwrap_or_default();
                found.locator = locators.get(found.at).map(ToString::to_string).unwrap_or_default();
            }
            element.proposal = element.matches.is_empty().then(|| proposal(element)).flatten();
        }
        let elements = || inspection.frames.iter().flat_map(|frame| &frame.elements);
        let found: BTreeSet<&str> =
            elements().flat_map(|element| &element.matches).map(|found| found.field.as_str()).collect();
        let shown = |page: &str, field: &String| found.contains(format!("{page}.{field}").as_str());
        let pages = self.profiles.pages().filter(|(name, page)| {
            page.shows.iter().all(|field| shown(name, field)) && !page.hides.iter().any(|field| shown(name, field))
        });
        inspection.pages = pages.map(|(name, _)| name.to_owned()).collect();
    }
}

impl fmt::Display for Inspection {
    /// For people, and for pasting into a profile.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pages.as_slice() {
            [] => writeln!(f, "No page of the profile.")?,
            pages => writeln!(f, "Could be: {}", pages.join(", "))?,
        }
        if !self.at_rest {
            writeln!(f, "The page had not come to rest when it was looked at.")?;
        }
        for frame in &self.frames {
            let what = if frame.depth == 0 { "Window" } else { "Frame" };
            writeln!(f, "\n{:indent$}{what} {} (title \"{}\")", "", frame.url, frame.title, indent = frame.depth * 2)?;
            for element in &frame.elements {
                self.write_element(f, element, frame.depth * 2 + 2)?;
            }
            if frame.elements.is_empty() {
                writeln!(f, "{:indent$}nothing to fill or press", "", indent = frame.depth * 2 + 2)?;
            }
            if frame.more > 0 {
                writeln!(f, "{:indent$}and {} more", "", frame.more, indent = frame.depth * 2 + 2)?;
            }
        }
        f.write_str(&self.proposals())
    }
}

impl Inspection {
    fn write_element(&self, f: &mut fmt::Formatter<'_>, element: &InspectedElement, indent: usize) -> fmt::Result {
        let kind = match element.kind {
            ElementKind::Field => "field",
            ElementKind::Button => "button",
            ElementKind::Text => "text",
        };
        write!(f, "{:indent$}{kind} <{}>", "", element.form)?;
        let attributes = [
            ("label", &element.label),
            ("text", &element.text),
            ("name", &element.name),
            ("id", &element.id),
            ("autocomplete", &element.autocomplete),
            ("placeholder", &element.placeholder),
            ("covered by", &element.covered),
        ];
        for (name, value) in attributes.into_iter().filter(|(_, value)| !value.is_empty()) {
            write!(f, ", {name} \"{value}\"")?;
        }
        if !element.options.is_empty() {
            write!(f, ", options {:?}", element.options)?;
        }
        for (is, word) in [(element.shadow, "in a shadow root"), (element.disabled, "disabled")] {
            if is {
                write!(f, ", {word}")?;
            }
        }
        writeln!(f)?;
        // What belongs to a page that this could be says more than the same words on other pages.
        let of_page = |found: &&Match| self.pages.iter().any(|page| found.field.split('.').next() == Some(page));
        let (first, rest): (Vec<&Match>, Vec<&Match>) = element.matches.iter().partition(of_page);
        for found in &first {
            writeln!(f, "{:indent$}  matches {} by {}", "", found.field, found.locator)?;
        }
        if !rest.is_empty() {
            let names: Vec<&str> = rest.iter().take(6).map(|found| found.field.as_str()).collect();
            let also = if first.is_empty() { "would match" } else { "and would match" };
            let more = if rest.len() > names.len() { ", …" } else { "" };
            writeln!(f, "{:indent$}  {also} {}{more}", "", names.join(", "))?;
        }
        if let Some(proposal) = &element.proposal {
            writeln!(f, "{:indent$}  matches nothing: {proposal}", "")?;
        }
        Ok(())
    }

    /// What could be pasted into a profile: an entry for everything that no entry finds.
    #[must_use]
    pub fn proposals(&self) -> String {
        let mut text = String::new();
        for (number, frame) in (1..).zip(&self.frames) {
            let mut taken = BTreeSet::new();
            let lines: Vec<(String, &str)> = frame
                .elements
                .iter()
                .filter_map(|element| element.proposal.as_deref()?.strip_prefix("fields.")?.split_once(" = "))
                .map(|(name, locators)| {
                    let free = (2..).map(|n| format!("{name}-{n}")).find(|name| !taken.contains(name));
                    let name = if taken.contains(name) { free.unwrap_or_default() } else { name.to_owned() };
                    taken.insert(name.clone());
                    (name, locators)
                })
                .collect();
            let Some((first, _)) = lines.first() else { continue };
            let title = if frame.title.is_empty() { &frame.url } else { &frame.title };
            // Writing to a string does not fail.
            let _ = writeln!(
                text,
                "\n# To paste into a profile, with names of your own for the page and its fields:\n[page.new-{number}]\n\
                 title = {}\nshows = [\"{first}\"]",
                json!(title)
            );
            for (name, locators) in lines {
                let _ = writeln!(text, "fields.{name} = {locators}");
            }
        }
        text
    }
}
