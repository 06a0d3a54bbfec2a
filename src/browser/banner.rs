//! Banners: what lies over a page until a person agrees to it, and is no part of any journey.

use super::{
    BrowserError, Session,
    connection::CallError,
    locate::{Query, State},
};
use crate::journal::{Event, WarningRecord};
use serde_json::json;
use std::time::{Duration, Instant};

/// The field of the profile by which banners are sent away; a profile without it sends none away.
const DISMISS: &str = "banner.dismiss";

/// A banner that was sent away may fade out; so long it is not pressed again.
const FADING: Duration = Duration::from_millis(800);

impl Session {
    /// Sends away a banner, if one lies over the page and the profile says by what. Called only while something keeps a
    /// journey from a field, so that no page is touched that could be used as it is.
    pub(super) async fn clear_the_way(&mut self) -> Result<(), BrowserError> {
        match self.dismiss().await {
            Ok(()) => Ok(()),
            // A banner that went by itself meanwhile is what was wanted.
            Err(error) => {
                self.lookout.lose();
                error.into_moment().map(drop)
            }
        }
    }

    /// As [`Session::clear_the_way`], if the last look had to leave out frames that something lies over.
    pub(super) async fn clear_the_frames(&mut self) -> Result<(), BrowserError> {
        if self.lookout.obstructed { self.clear_the_way().await } else { Ok(()) }
    }

    async fn dismiss(&mut self) -> Result<(), CallError> {
        let fading = self.dismissed.is_some_and(|at| at.elapsed() < FADING);
        let Some(locators) = self.profiles.field(DISMISS.into()).filter(|_| !fading) else { return Ok(()) };
        let query = Query { act: Some("dismiss"), ..Query::default() }.field(DISMISS, locators);
        let Some(hit) = self.find_anywhere(DISMISS.into(), &query).await? else { return Ok(()) };
        if hit.state != State::Ready {
            return Ok(());
        }
        self.dismissed = Some(Instant::now());
        self.connection.element(&hit.element, "click", Some(json!({}))).await?;
        if let Some(scribe) = &self.scribe {
            let text = format!("a banner lay over the page and was sent away by \"{}\"", hit.text);
            scribe.record(Event::Warning(WarningRecord { attempt: scribe.attempt(), text }));
        }
        Ok(())
    }
}
