//! What a journey does with a browser: open, wait for a page, look at its fields.

use super::{
    BrowserError, Deadlines, Profiles,
    connection::{CallError, Connection},
    locate::{Lookout, Query, Sight},
    met::MetPage,
    wait::Wait,
};
use crate::journal::Scribe;
use serde_json::json;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// A browser's window and its pages, on behalf of one attempt of one scenario.
///
/// Fields are named `"page.field"` after the page profiles and looked for in every frame. Every wait has a deadline
/// and its error says what was waited for and what was there instead.
#[derive(Debug)]
pub struct Session {
    pub(super) connection: Connection,
    pub(super) lookout: Lookout,
    pub(super) profiles: Arc<Profiles>,
    pub(super) scribe: Option<Scribe>,
    /// The window that commands go to.
    pub(super) window: String,
    /// What `Accept-Language` every window is to send, if not the browser's own.
    pub(super) language: Option<String>,
    /// Whether the browser itself was started in that language: it is of no use to others.
    pub(super) native: bool,
    /// Name and address of the page recorded last, so that each page met is recorded once.
    pub(super) noted: Option<(String, String)>,
    /// The pages met.
    pub(super) met: Vec<MetPage>,
    /// Why the page that was last asked for by a press has not come, if it has not.
    pub(super) unanswered: Option<String>,
    /// Windows that were opened here and not by a page: other devices of the same person.
    pub(super) apart: Vec<String>,
    /// When a banner was sent away last.
    pub(super) dismissed: Option<Instant>,
    /// Whether a wait has ended without what was waited for: the page shown may be one that no profile knows.
    pub(super) stranded: bool,
}

/// What one look for a page came to.
enum Found {
    Page(String, Box<Sight>),
    /// The window is at an address that ends the wait.
    Elsewhere,
    Nothing,
}

impl Session {
    pub(super) fn new(connection: Connection, profiles: Arc<Profiles>, window: String) -> Self {
        Self {
            connection,
            lookout: Lookout::default(),
            profiles,
            scribe: None,
            window,
            language: None,
            native: false,
            noted: None,
            met: Vec::new(),
            unanswered: None,
            apart: Vec::new(),
            dismissed: None,
            stranded: false,
        }
    }

    pub(super) fn deadlines(&self) -> Deadlines {
        self.connection.deadlines()
    }

    /// Opens an address in the window shown and waits until its document is there.
    ///
    /// # Errors
    /// [`BrowserError::Unreachable`] when no page comes.
    pub async fn open(&mut self, url: &str) -> Result<(), BrowserError> {
        self.lookout.lose();
        self.unanswered = None;
        match self.connection.post("url", json!({ "url": url })).await {
            Ok(_) => Ok(()),
            Err(CallError::Moment { message: cause, .. }) => {
                Err(BrowserError::Unreachable { url: url.to_owned(), cause })
            }
            // A page can take the browser along; which page it was is what a person needs to know.
            Err(CallError::Fatal(BrowserError::Closed(cause))) => {
                Err(BrowserError::Closed(format!("{cause} (it was opening {url})")))
            }
            Err(CallError::Fatal(error)) => Err(error),
        }
    }

    /// Has answers reach the window this much later, as on a slow line, until the session ends.
    ///
    /// # Errors
    /// [`BrowserError::Refused`] when the browser does not speak the DevTools protocol.
    pub async fn slow_line(&mut self, latency: Duration) -> Result<(), BrowserError> {
        let latency = u64::try_from(latency.as_millis()).unwrap_or_default();
        let conditions =
            json!({ "offline": false, "latency": latency, "downloadThroughput": -1, "uploadThroughput": -1 });
        let slowed = self.connection.devtools("Network.emulateNetworkConditions", conditions).await;
        slowed.map(drop).or_else(|error| self.refused("a slow line", error))
    }

    /// Goes back in the window's history, as the browser's button does, and returns once the window is at another address; at the
    /// beginning of the history, or before a page of the same address, after a moment.
    ///
    /// # Errors
    /// When the page before does not come.
    pub async fn back(&mut self) -> Result<(), BrowserError> {
        /// The driver answers before a page that the browser kept in memory is shown.
        const SHOWING: Duration = Duration::from_secs(2);
        self.lookout.lose();
        let left = self.url().await?;
        if let Err(error) = self.connection.post("back", json!({})).await {
            return self.refused("the page before", error);
        }
        let wait = Wait::new(SHOWING);
        while self.url().await? == left && wait.again().await {}
        Ok(())
    }

    pub(super) fn refused<T>(&self, waited_for: &str, error: CallError) -> Result<T, BrowserError> {
        Err(BrowserError::Timeout { waited_for: waited_for.to_owned(), saw: error.into_moment()? })
    }

    /// Has every page from now on asked for in this language, for example `vi` or `en-US,en`; a window that a page opens
    /// has asked for its first page before it can be told ([`super::Pool::lease_in`] is for those).
    ///
    /// # Errors
    /// When the browser does not speak the DevTools protocol.
    pub async fn language(&mut self, tag: &str) -> Result<(), BrowserError> {
        self.language = Some(tag.to_owned());
        self.apply_language().await.or_else(|error| self.refused("another language", error))
    }

    pub(super) async fn apply_language(&mut self) -> Result<(), CallError> {
        let Some(tag) = &self.language else { return Ok(()) };
        let Some(agent) = self.connection.agent() else {
            let cause = "this browser cannot be told which language to ask for".to_owned();
            return Err(BrowserError::Refused(cause).into());
        };
        let parameters = json!({ "userAgent": agent, "acceptLanguage": tag });
        self.connection.devtools("Network.setUserAgentOverride", parameters).await.map(drop)
    }

    /// The address of the window's page.
    ///
    /// # Errors
    /// When the window is gone.
    pub async fn url(&mut self) -> Result<String, BrowserError> {
        match self.connection.get("url").await {
            Ok(url) => Ok(url.as_str().unwrap_or_default().to_owned()),
            Err(error) => self.refused("the page's address", error),
        }
    }

    /// The HTTP status with which the window's page was answered, where the browser says so.
    ///
    /// # Errors
    /// When the window is gone.
    pub async fn answered(&mut self) -> Result<Option<u16>, BrowserError> {
        const STATUS: &str = "return (performance.getEntriesByType('navigation')[0] || {}).responseStatus || 0";
        self.lookout.lose();
        let mut wait = Wait::new(self.deadlines().element);
        loop {
            match self.connection.script(STATUS, serde_json::Value::Null).await {
                Ok(status) => {
                    return Ok(status.as_u64().and_then(|status| u16::try_from(status).ok()).filter(|it| *it > 0));
                }
                // A page that is just being replaced says nothing; the next one does.
                Err(error) => {
                    self.recover(&error).await?;
                    wait.note(error)?;
                }
            }
            if !wait.again().await {
                return Err(self.give_up(&wait, "the page's status".to_owned()).await);
            }
        }
    }

    /// Waits until the address of the window shown, or of another one, is `described` by holding for `holds`, shows that
    /// window and returns the address.
    ///
    /// # Errors
    /// [`BrowserError::Timeout`] with what was there instead.
    pub async fn await_url(&mut self, described: &str, holds: impl Fn(&str) -> bool) -> Result<String, BrowserError> {
        let mut wait = Wait::new(self.deadlines().page);
        loop {
            match self.window_at(&holds).await {
                Ok(Some(url)) => return Ok(url),
                Ok(None) => {}
                Err(error) => {
                    self.recover(&error).await?;
                    wait.note(error)?;
                }
            }
            if !wait.again().await {
                return Err(self.give_up(&wait, format!("the address {described}")).await);
            }
        }
    }

    /// The address of the first window for whose address `holds`; it is shown then.
    async fn window_at(&mut self, holds: &impl Fn(&str) -> bool) -> Result<Option<String>, CallError> {
        let text = |url: serde_json::Value| url.as_str().unwrap_or_default().to_owned();
        let url = text(self.connection.get("url").await?);
        if holds(&url) {
            return Ok(Some(url));
        }
        let shown = self.window.clone();
        for window in self.windows_beside(&shown).await? {
            self.show_window(&window).await?;
            let url = text(self.connection.get("url").await?);
            if holds(&url) {
                return Ok(Some(url));
            }
        }
        if self.window != shown {
            self.show_window(&shown).await?;
        }
        Ok(None)
    }

    /// Waits until one of these pages shows, in any frame of any window, and returns its name. The page is recorded
    /// with a screenshot when it was not shown before.
    ///
    /// # Errors
    /// [`BrowserError::Timeout`] with what was there instead; [`BrowserError::Unreachable`] when nothing came.
    pub async fn await_page(&mut self, names: &[&str]) -> Result<String, BrowserError> {
        let found = self.await_page_unless(names, |_| false).await?;
        Ok(found.expect("no address ends this wait, so a page did"))
    }

    /// As [`Session::await_page`], unless the window's address comes to be one for which `elsewhere` holds: then
    /// `None`.
    ///
    /// # Errors
    /// As [`Session::await_page`].
    pub async fn await_page_unless(
        &mut self,
        names: &[&str],
        elsewhere: impl Fn(&str) -> bool,
    ) -> Result<Option<String>, BrowserError> {
        let (query, waited_for) = self.query_pages(names)?;
        let mut wait = Wait::new(self.deadlines().page);
        loop {
            match self.find_page(&query, names, &elsewhere).await {
                Ok(Found::Page(name, sight)) => {
                    self.unanswered = None;
                    self.meet(&name, &sight).await?;
                    return Ok(Some(name));
                }
                Ok(Found::Elsewhere) => {
                    self.unanswered = None;
                    return Ok(None);
                }
                Ok(Found::Nothing) => {
                    wait.last = None;
                    self.clear_the_frames().await?;
                }
                Err(error) => {
                    self.recover(&error).await?;
                    wait.note(error)?;
                }
            }
            if !wait.again().await {
                return Err(self.give_up(&wait, waited_for).await);
            }
        }
    }

    /// What to look for to recognise one of these pages, and how to call that.
    fn query_pages(&self, names: &[&str]) -> Result<(Query, String), BrowserError> {
        let mut query = Query::default();
        let mut titles = Vec::new();
        for name in names {
            let page =
                self.profiles.page(name).ok_or_else(|| BrowserError::Profile(format!("no page is called `{name}`")))?;
            titles.push(page.title.as_str());
            for field in page.shows.iter().chain(&page.hides) {
                query = query.field(&format!("{name}.{field}"), &page.fields[field]);
            }
        }
        Ok((query, format!("the page {}", titles.join(" or "))))
    }

    /// Looks once for one of these pages, first in the window shown, then in the others.
    async fn find_page(
        &mut self,
        query: &Query,
        names: &[&str],
        elsewhere: &impl Fn(&str) -> bool,
    ) -> Result<Found, CallError> {
        let seen = self.sweep_for(query, names).await?;
        if seen.first().is_some_and(|top| elsewhere(&top.url)) {
            return Ok(Found::Elsewhere);
        }
        if let Some((name, sight)) = self.recognise(&seen, names) {
            self.lookout.enter(&mut self.connection, &sight.path).await?;
            return Ok(Found::Page(name, Box::new(sight)));
        }
        if let Some(top) = seen.first()
            && top.url.starts_with("chrome-error:")
        {
            let url = self.connection.get("url").await?.as_str().unwrap_or_default().to_owned();
            let cause = self.error_page().await?;
            return Err(if answered(&cause) {
                // The server is there, and does not have the page that was promised.
                BrowserError::Timeout { waited_for: format!("a page at {url}"), saw: cause }.into()
            } else {
                BrowserError::Unreachable { url, cause }.into()
            });
        }
        let shown = self.window.clone();
        for window in self.windows_beside(&shown).await? {
            self.show_window(&window).await?;
            let seen = self.sweep_for(query, names).await?;
            if let Some((name, sight)) = self.recognise(&seen, names) {
                self.lookout.enter(&mut self.connection, &sight.path).await?;
                return Ok(Found::Page(name, Box::new(sight)));
            }
            // A page opened in a second window may send the first one on and stay.
            if seen.first().is_some_and(|top| elsewhere(&top.url)) {
                return Ok(Found::Elsewhere);
            }
        }
        if self.window != shown {
            self.show_window(&shown).await?;
        }
        Ok(Found::Nothing)
    }

    async fn sweep_for(&mut self, query: &Query, names: &[&str]) -> Result<Vec<Sight>, CallError> {
        let profiles = Arc::clone(&self.profiles);
        let first = names.first().copied().unwrap_or_default();
        self.lookout.sweep(&mut self.connection, query, |sight| is_page(&profiles, first, &[sight])).await
    }

    /// The first of these pages that shows: within one frame if it can be, else spread over several.
    fn recognise(&self, seen: &[Sight], names: &[&str]) -> Option<(String, Sight)> {
        let all: Vec<&Sight> = seen.iter().collect();
        names.iter().find_map(|name| {
            let whole = seen.iter().find(|sight| is_page(&self.profiles, name, &[sight]));
            let sight = whole.or_else(|| {
                let field = self.profiles.page(name)?.shows.first()?;
                let key = format!("{name}.{field}");
                is_page(&self.profiles, name, &all).then(|| seen.iter().find(|sight| sight.hits.contains_key(&key)))?
            })?;
            Some(((*name).to_owned(), sight.clone()))
        })
    }

    /// What Chromium's own error page calls the error, for example `ERR_CONNECTION_REFUSED`.
    async fn error_page(&mut self) -> Result<String, CallError> {
        let script = "return document.querySelector('.error-code, #error-code')?.textContent ?? document.title";
        let cause = self.connection.script(script, json!(null)).await?;
        Ok(cause.as_str().unwrap_or_default().trim().to_owned())
    }
}

/// Whether Chromium's error page stands for an answer without a body, such as `HTTP ERROR 404`, that no outage explains.
fn answered(cause: &str) -> bool {
    let status = cause.strip_prefix("HTTP ERROR ").and_then(|status| status.parse::<u16>().ok());
    status.is_some_and(|status| !(502..=504).contains(&status))
}

fn is_page(profiles: &Profiles, name: &str, seen: &[&Sight]) -> bool {
    let visible = |field: &String| {
        let key = format!("{name}.{field}");
        seen.iter().any(|sight| sight.hits.contains_key(&key))
    };
    profiles.page(name).is_some_and(|page| page.shows.iter().all(visible) && !page.hides.iter().any(visible))
}
