//! What is kept of a page that a scenario failed on: a covered picture, the document of each frame, the console.

use super::{
    BrowserError, Session,
    locate::{Query, Sight},
    network,
};
use crate::journal::har;
use serde_json::{Value, json};

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
        let line = |entry: &Value| {
            format!("{} {}", entry["level"].as_str().unwrap_or_default(), entry["message"].as_str().unwrap_or_default())
        };
        Ok(self.log("browser").await?.iter().map(line).collect())
    }

    /// What the browser sent since the last call, and what came of it. Secrets are in it.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn requests(&mut self) -> Result<Vec<har::Entry>, BrowserError> {
        if !self.connection.logs_network() {
            return Ok(Vec::new());
        }
        let log = self.log("performance").await?;
        Ok(network::entries(&log))
    }

    async fn log(&mut self, kind: &str) -> Result<Vec<Value>, BrowserError> {
        match self.connection.post("se/log", json!({ "type": kind })).await {
            Ok(Value::Array(entries)) => Ok(entries),
            // Not every driver keeps one.
            Ok(_) | Err(super::connection::CallError::Fatal(BrowserError::Refused(_))) => Ok(Vec::new()),
            Err(error) => self.refused("the browser's log", error),
        }
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

    /// Keeps the document of each frame, the console, what was sent, and, if a wait ended without what was waited for, what the page
    /// shows as the profile sees it.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn record_documents(&mut self) -> Result<(), BrowserError> {
        let Some(scribe) = self.scribe.clone() else { return Ok(()) };
        for (number, document) in self.documents().await?.iter().enumerate() {
            let text = format!("<!-- {} -->\n{}\n", document.url.replace("--", "- -"), document.html);
            scribe.keep_text(&format!("frame-{number}"), "html", &text);
        }
        if self.stranded {
            scribe.keep_text("inspection", "txt", &self.inspect().await?.to_string());
        }
        let console = self.console().await?;
        if !console.is_empty() {
            scribe.keep_text("console", "txt", &console.join("\n"));
        }
        scribe.keep_requests(&self.requests().await?);
        Ok(())
    }
}
