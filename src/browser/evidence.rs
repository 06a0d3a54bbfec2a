//! What is kept of a page that a scenario failed on: a covered picture, the document of each frame, the console.

use super::{
    BrowserError, Session,
    locate::{Query, Sight},
};
use crate::journal::{AttachmentRecord, Event, Scribe};
use serde_json::json;

const DOM: &str = include_str!("dom.js");

/// One frame's document.
#[derive(Clone, Debug)]
pub struct FrameDocument {
    pub url: String,
    /// HTML without the values of fields and without card numbers.
    pub html: String,
}

impl Session {
    /// The document of every visible frame, the top first.
    ///
    /// # Errors
    /// When the window is gone.
    pub async fn documents(&mut self) -> Result<Vec<FrameDocument>, BrowserError> {
        let query = Query { covered: true, ..Query::default() };
        let seen = match self.lookout.sweep(&mut self.connection, &query, |_| false).await {
            Ok(seen) => seen,
            Err(error) => return self.refused("the page's frames", error),
        };
        let mut documents = Vec::new();
        for sight in seen {
            if let Some(html) = self.document(&sight).await? {
                documents.push(FrameDocument { url: sight.url, html });
            }
        }
        Ok(documents)
    }

    /// `None` when the frame went meanwhile.
    async fn document(&mut self, sight: &Sight) -> Result<Option<String>, BrowserError> {
        let read = async {
            self.lookout.enter(&mut self.connection, &sight.path).await?;
            self.connection.script(DOM, json!(null)).await
        };
        match read.await {
            Ok(html) => Ok(html.as_str().map(str::to_owned)),
            Err(error) => {
                self.lookout.lose();
                error.into_moment().map(|_| None)
            }
        }
    }

    /// What the pages wrote to the console since the last call, one message a line.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn console(&mut self) -> Result<Vec<String>, BrowserError> {
        let log = match self.connection.post("se/log", json!({ "type": "browser" })).await {
            Ok(log) => log,
            // Not every driver keeps one.
            Err(super::connection::CallError::Fatal(BrowserError::Refused(_))) => return Ok(Vec::new()),
            Err(error) => return self.refused("the console", error),
        };
        let entries = log.as_array().map(Vec::as_slice).unwrap_or_default();
        let line = |entry: &serde_json::Value| {
            format!("{} {}", entry["level"].as_str().unwrap_or_default(), entry["message"].as_str().unwrap_or_default())
        };
        Ok(entries.iter().map(line).collect())
    }

    /// Records the window as it is at a failure, with a picture.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn record_failure(&mut self) -> Result<(), BrowserError> {
        self.lookout.lose();
        match self.lookout.glance(&mut self.connection, &Query::default()).await {
            Ok(top) => self.record_page("at the failure", &top).await,
            Err(error) => self.refused("the page at the failure", error),
        }
    }

    /// Keeps the document of each frame, and the console.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn record_documents(&mut self) -> Result<(), BrowserError> {
        let Some(scribe) = self.scribe.clone() else { return Ok(()) };
        for (number, document) in self.documents().await?.iter().enumerate() {
            let text = format!("<!-- {} -->\n{}\n", document.url.replace("--", "- -"), document.html);
            keep(&scribe, &format!("frame-{number}"), "html", &text);
        }
        let console = self.console().await?;
        if !console.is_empty() {
            keep(&scribe, "console", "txt", &console.join("\n"));
        }
        Ok(())
    }
}

fn keep(scribe: &Scribe, name: &str, extension: &str, text: &str) {
    match scribe.attach_text(name, extension, text) {
        Ok(path) => {
            let attempt = scribe.attempt();
            scribe.record(Event::Attachment(AttachmentRecord { attempt, name: name.to_owned(), path }));
        }
        Err(error) => tracing::warn!(%error, "failed to keep evidence"),
    }
}
