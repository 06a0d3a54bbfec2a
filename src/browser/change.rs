//! Presses whose effect has to be told from what the page showed before.

use super::{BrowserError, FieldName, Session, connection::CallError, wait::Wait};
use serde_json::json;

/// Counts what is added, removed or reworded in this document and its open shadow roots from now on.
const WATCH: &str = "window.__changes = 0;
    const observer = new MutationObserver(() => window.__changes++);
    const watch = root => {
        observer.observe(root, { subtree: true, childList: true, characterData: true });
        for (const element of root.querySelectorAll('*')) if (element.shadowRoot) watch(element.shadowRoot);
    };
    watch(document);";

/// A document without a count is another document.
const CHANGED: &str = "return window.__changes !== 0";

impl Session {
    /// Presses as [`Session::press`] does, then waits until the pressed frame shows another document or something in
    /// it was reworded. For pages that show the same again, such as an error for the second time: whatever is
    /// recognised next was not there before the press. A page that never changes ends the wait silently; what is waited for
    /// next says so.
    ///
    /// # Errors
    /// As [`Session::press`].
    pub async fn press_for_change<'a>(&mut self, field: impl Into<FieldName<'a>>) -> Result<(), BrowserError> {
        let field = field.into();
        self.await_field(field).await?;
        let watched = self.connection.script(WATCH, json!(null)).await;
        watched.or_else(|error| self.refused("the page before a press", error))?;
        self.press(field).await?;
        let wait = Wait::new(self.deadlines().element);
        loop {
            match self.connection.script(CHANGED, json!(null)).await {
                Ok(changed) if changed == false => {}
                Ok(_) => return Ok(()),
                Err(CallError::Fatal(error)) => return Err(error),
                Err(CallError::Moment { .. }) => {
                    self.lookout.lose();
                    return Ok(());
                }
            }
            if !wait.again().await {
                return Ok(());
            }
        }
    }
}
