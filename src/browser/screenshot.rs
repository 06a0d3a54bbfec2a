//! Pictures of the pages met, with everything covered that must not be kept.

use super::{
    BrowserError, Session,
    connection::{CallError, Element, decode},
    locate::{DEPTH, Sight},
};
use crate::journal::{Event, PageRecord};
use serde_json::{Value, json};

const MASK: &str = include_str!("mask.js");

/// A picture and the extension of its format.
pub(super) struct Picture {
    pub(super) bytes: Vec<u8>,
    pub(super) extension: &'static str,
}

impl Session {
    /// Records the page shown, under a name for readers, with a picture of the window. A page that cannot be
    /// pictured is recorded without.
    pub(super) async fn record_page(&mut self, name: &str, sight: &Sight) -> Result<(), BrowserError> {
        let Some(scribe) = self.scribe.clone() else { return Ok(()) };
        let screenshot = match self.picture().await {
            Ok(picture) => scribe
                .attach("page", picture.extension, &picture.bytes)
                .inspect_err(|error| tracing::warn!(%error, "failed to keep a screenshot"))
                .ok(),
            Err(error) => {
                let cause = error.into_moment()?;
                tracing::warn!(cause, "failed to take a screenshot");
                None
            }
        };
        scribe.record(Event::Page(PageRecord {
            attempt: scribe.attempt(),
            name: name.to_owned(),
            title: sight.title.clone(),
            url: sight.url.clone(),
            screenshot,
        }));
        Ok(())
    }

    /// A picture of the window, with filled fields and what looks like a card number covered in every frame.
    ///
    /// # Errors
    /// When the browser takes none.
    pub async fn screenshot(&mut self) -> Result<Vec<u8>, BrowserError> {
        match self.picture().await {
            Ok(picture) => Ok(picture.bytes),
            Err(error) => self.refused("a screenshot", error),
        }
    }

    async fn picture(&mut self) -> Result<Picture, CallError> {
        let covered = self.cover().await?;
        let picture = self.capture().await;
        for path in covered {
            // A frame that went meanwhile took its covers along.
            if self.lookout.enter(&mut self.connection, &path).await.is_ok() {
                drop(self.connection.script_with_callback(MASK, json!(false)).await);
            }
        }
        picture
    }

    /// Covers every visible frame's secrets and returns the frames that had any; what lies over a frame may leave part
    /// of it visible, so none is left out. No picture is taken of a page that cannot be covered.
    async fn cover(&mut self) -> Result<Vec<Vec<Element>>, CallError> {
        let mut covered = Vec::new();
        let mut open = vec![Vec::new()];
        while let Some(path) = open.pop() {
            let answer = match self.cover_frame(&path).await {
                Ok(answer) => answer,
                // A frame that went meanwhile shows nothing; one that does not answer may show anything.
                Err(error @ CallError::Moment { .. }) if !path.is_empty() && !error.is_timeout() => {
                    self.lookout.lose();
                    continue;
                }
                Err(error) => return Err(error),
            };
            let frames = answer["frames"].as_array().map(Vec::as_slice).unwrap_or_default();
            if path.len() < DEPTH {
                let inner = frames.iter().filter_map(Element::from_json);
                open.extend(inner.map(|frame| [&path[..], &[frame]].concat()));
            }
            if answer["covers"].as_u64() != Some(0) {
                covered.push(path);
            }
        }
        Ok(covered)
    }

    async fn cover_frame(&mut self, path: &[Element]) -> Result<Value, CallError> {
        self.lookout.enter(&mut self.connection, path).await?;
        self.connection.script_with_callback(MASK, json!(true)).await
    }

    async fn capture(&mut self) -> Result<Picture, CallError> {
        if self.connection.speaks_devtools() {
            // JPEG is twice as large as WebP and takes half the time, of which pictures would otherwise cost the most.
            let parameters = json!({ "format": "jpeg", "quality": 60, "optimizeForSpeed": true });
            let answer = self.connection.devtools("Page.captureScreenshot", parameters).await?;
            return Ok(Picture { bytes: decode(&answer["data"])?, extension: "jpg" });
        }
        let answer = self.connection.get("screenshot").await?;
        Ok(Picture { bytes: decode(&answer)?, extension: "png" })
    }
}
