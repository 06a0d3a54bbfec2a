//! Windows and tabs: those a page opens, and the fresh one that each scenario starts in.

use super::{
    BrowserError, Session,
    connection::{CallError, Connection},
};
use serde_json::json;

impl Session {
    pub(super) async fn windows(&mut self) -> Result<Vec<String>, CallError> {
        handles(&mut self.connection).await
    }

    /// The windows in which a page could go on that is looked for in the window `shown`. Another device is none of them:
    /// the shop's thanks are no receipt on the phone.
    pub(super) async fn windows_beside(&mut self, shown: &str) -> Result<Vec<String>, CallError> {
        if self.apart.iter().any(|apart| apart == shown) {
            return Ok(Vec::new());
        }
        let mut windows = self.windows().await?;
        windows.retain(|window| window != shown && !self.apart.contains(window));
        Ok(windows)
    }

    /// Sends the commands that follow to another window, with the overrides of this session.
    pub(super) async fn show_window(&mut self, window: &str) -> Result<(), CallError> {
        self.lookout.lose();
        self.connection.post("window", json!({ "handle": window })).await?;
        window.clone_into(&mut self.window);
        self.connection.prepare_window().await?;
        self.apply_language().await
    }

    /// Opens another tab and shows it, as another device in the person's hand: until it is closed, pages are looked for in
    /// it alone, and none that belongs to the other windows is taken for one of it.
    ///
    /// # Errors
    /// When the browser opens none.
    pub async fn new_window(&mut self) -> Result<(), BrowserError> {
        let opened = async {
            let window = open(&mut self.connection).await?;
            self.apart.push(window.clone());
            self.show_window(&window).await
        };
        opened.await.or_else(|error| self.refused("a new window", error))
    }

    /// Closes the window shown and shows the one opened before it.
    ///
    /// # Errors
    /// [`BrowserError::Closed`] when it was the last.
    pub async fn close_window(&mut self) -> Result<(), BrowserError> {
        let closed = async {
            self.lookout.lose();
            let left = self.connection.call(reqwest::Method::DELETE, "window", None).await?;
            self.apart.retain(|window| *window != self.window);
            let last = left.as_array().and_then(|left| left.last()?.as_str().map(str::to_owned));
            match last {
                Some(window) => self.show_window(&window).await,
                None => Err(BrowserError::Closed("its last window was closed".to_owned()).into()),
            }
        };
        closed.await.or_else(|error| self.refused("the window to close", error))
    }
}

async fn handles(connection: &mut Connection) -> Result<Vec<String>, CallError> {
    let handles = connection.get("window/handles").await?;
    let handles = handles.as_array().map(Vec::as_slice).unwrap_or_default();
    Ok(handles.iter().filter_map(|handle| handle.as_str().map(str::to_owned)).collect())
}

async fn open(connection: &mut Connection) -> Result<String, CallError> {
    let opened = connection.post("window/new", json!({ "type": "tab" })).await?;
    Ok(opened["handle"].as_str().unwrap_or_default().to_owned())
}

/// The window a session starts with.
pub(super) async fn first(connection: &mut Connection) -> Result<String, CallError> {
    Ok(connection.get("window").await?.as_str().unwrap_or_default().to_owned())
}

/// Leaves nothing of what a scenario did: a new window instead of all old ones, and no site's data of any kind.
///
/// Clearing origin by origin would leave the storage of framed third parties behind. Overrides (language) go with
/// the old windows.
pub(super) async fn reset(connection: &mut Connection) -> Result<String, CallError> {
    let old = handles(connection).await?;
    let fresh = open(connection).await?;
    for window in old {
        connection.post("window", json!({ "handle": window })).await?;
        connection.call(reqwest::Method::DELETE, "window", None).await?;
    }
    connection.post("window", json!({ "handle": fresh })).await?;
    connection.devtools("Storage.clearDataForOrigin", json!({ "origin": "*", "storageTypes": "all" })).await?;
    connection.devtools("Network.clearBrowserCache", json!({})).await?;
    connection.prepare_window().await?;
    // Logs are kept by the session: reading one empties it.
    connection.post("se/log", json!({ "type": "browser" })).await?;
    if connection.logs_network() {
        connection.post("se/log", json!({ "type": "performance" })).await?;
    }
    Ok(fresh)
}
