//! What a person's hands do: type, choose, tick, press.

use super::{
    BrowserError, FieldName, Session,
    connection::{CallError, Element, decode},
    locate::{Hit, Query, State},
    wait::Wait,
};
use serde_json::json;
use std::time::Duration;

/// How many letters and digits of what was typed a control holds, and whether they are those: masks may add spaces,
/// slashes and capitals.
const HOLDS: &str = r#"
const { element, text } = arguments[0];
const bare = text => (text ?? "").normalize("NFC").replace(/[^\p{L}\p{N}]/gu, "").toLowerCase();
const held = bare(element.isContentEditable ? element.innerText : element.value);
return { same: held === bare(text), length: held.length, wanted: bare(text).length };
"#;

/// Puts the focus into a control and selects what it holds, so that typing replaces it.
const FOCUS: &str = "arguments[0].focus({ preventScroll: true }); arguments[0].select?.();";

impl Session {
    /// Types a value into a field, in place of what it held; in a list, chooses the value. A value may be spread over
    /// several controls: an expiry over month and year, a card number or a code over boxes of a few characters.
    /// Waits until the field can be used and checks that it took the value.
    ///
    /// # Errors
    /// [`BrowserError::Timeout`] when it cannot be used, or does not take the value.
    pub async fn fill<'a>(&mut self, field: impl Into<FieldName<'a>>, value: &str) -> Result<(), BrowserError> {
        let field = field.into();
        let query = Query { act: Some("type"), option: Some(value.to_owned()), ..Query::default() };
        let hit = self.ready(field, query, "to be ready to type into").await?;
        if hit.state == State::Done {
            return Ok(());
        }
        match hit.parts {
            None => self.type_into(field, &hit.element, value, true).await,
            Some(parts) => {
                for (element, part) in parts {
                    self.type_into(field, &element, &part, false).await?;
                }
                Ok(())
            }
        }
    }

    /// Types into one control and checks that it took the value.
    async fn type_into(
        &mut self,
        field: FieldName<'_>,
        element: &Element,
        value: &str,
        has_focus: bool,
    ) -> Result<(), BrowserError> {
        if self.connection.speaks_devtools() && !value.is_empty() {
            let inserted = async {
                if !has_focus {
                    self.connection.script(FOCUS, element.to_json()).await?;
                }
                self.insert(value).await
            };
            match inserted.await {
                Ok(()) if self.holds(element, value).await?.is_none() => return Ok(()),
                // Another way is tried below: this one needs the control to keep the focus.
                Ok(()) => {}
                Err(error) => drop(error.into_moment()?),
            }
        }
        let typed = async {
            self.connection.element(element, "clear", Some(json!({}))).await?;
            self.connection.element(element, "value", Some(json!({ "text": value }))).await
        };
        if let Err(error) = typed.await {
            let mut wait = Wait::new(self.deadlines().element);
            wait.note(error)?;
            return Err(self.give_up(&wait, format!("{field} to take what is typed")).await);
        }
        match self.holds(element, value).await? {
            None => Ok(()),
            Some(saw) => Err(BrowserError::Timeout { waited_for: format!("{field} to take what is typed"), saw }),
        }
    }

    /// Types a secret into a field. The value appears in no error, the journal takes it out of all that follows, and
    /// screenshots cover every filled field.
    ///
    /// # Errors
    /// As [`Session::fill`].
    pub async fn fill_secret<'a>(
        &mut self,
        field: impl Into<FieldName<'a>>,
        value: &crate::wire::Secret,
    ) -> Result<(), BrowserError> {
        if let Some(scribe) = &self.scribe {
            scribe.learn(value.expose());
        }
        self.fill(field, value.expose()).await
    }

    /// Puts text into the control that has the focus: all but the last character at once, the last as a key, so that
    /// pages that listen to keys notice.
    async fn insert(&mut self, value: &str) -> Result<(), CallError> {
        let Some(last) = value.chars().next_back() else { return Ok(()) };
        let start = &value[..value.len() - last.len_utf8()];
        if !start.is_empty() {
            self.connection.devtools("Input.insertText", json!({ "text": start })).await?;
        }
        let key = json!({ "type": "keyDown", "text": last, "unmodifiedText": last, "key": last });
        self.connection.devtools("Input.dispatchKeyEvent", key).await?;
        self.connection.devtools("Input.dispatchKeyEvent", json!({ "type": "keyUp", "key": last })).await?;
        Ok(())
    }

    /// `None` when the control holds what was typed, else what is wrong, without saying the value.
    async fn holds(&mut self, element: &Element, value: &str) -> Result<Option<String>, BrowserError> {
        let argument = json!({ "element": element.to_json(), "text": value });
        match self.connection.script(HOLDS, argument).await {
            Ok(answer) if answer["same"] == true => Ok(None),
            Ok(answer) => Ok(Some(format!(
                "it holds {} letters and digits, and not the {} that were typed",
                answer["length"], answer["wanted"]
            ))),
            // A page that moves on by itself once the field is full has taken the value.
            Err(error) => error.into_moment().map(|_| {
                self.lookout.lose();
                None
            }),
        }
    }

    /// Chooses an option, by its text or value: of a list, or of the group that a radio button belongs to.
    ///
    /// # Errors
    /// [`BrowserError::Timeout`] when there is no such option, saying which there are.
    pub async fn choose<'a>(&mut self, field: impl Into<FieldName<'a>>, option: &str) -> Result<(), BrowserError> {
        let query = Query { act: Some("choose"), option: Some(option.to_owned()), ..Query::default() };
        self.dispatch(field.into(), query, &format!("to offer \"{option}\"")).await
    }

    /// Ticks a checkbox or radio button, unless it is ticked, and waits until it is.
    ///
    /// # Errors
    /// [`BrowserError::Timeout`] when it cannot be used, or does not take the tick.
    pub async fn tick<'a>(&mut self, field: impl Into<FieldName<'a>>) -> Result<(), BrowserError> {
        let field = field.into();
        if self.is_ticked(field).await? {
            return Ok(());
        }
        self.press(field).await?;
        let wait = Wait::new(self.deadlines().element);
        while !self.is_ticked(field).await? {
            if !wait.again().await {
                return Err(self.give_up(&wait, format!("{field} to take the tick")).await);
            }
        }
        Ok(())
    }

    /// Ticks a checkbox where the page has it: some pages ask for a consent that others take for granted.
    ///
    /// # Errors
    /// As [`Session::tick`].
    pub async fn tick_if_shown<'a>(&mut self, field: impl Into<FieldName<'a>>) -> Result<(), BrowserError> {
        let field = field.into();
        if self.is_shown(field).await? { self.tick(field).await } else { Ok(()) }
    }

    /// Presses a button or link, exactly once. Waits until it is enabled and nothing covers it; once the press has
    /// been dispatched it is never repeated.
    ///
    /// # Errors
    /// [`BrowserError::Timeout`] when it cannot be pressed.
    pub async fn press<'a>(&mut self, field: impl Into<FieldName<'a>>) -> Result<(), BrowserError> {
        self.press_nth(field, 0).await
    }

    /// Presses a button or link twice, as an impatient person's double click does.
    ///
    /// # Errors
    /// As [`Session::press`].
    pub async fn press_twice<'a>(
        &mut self,
        field: impl Into<FieldName<'a>>,
        gap: Duration,
    ) -> Result<(), BrowserError> {
        let field = field.into();
        let hit = self.ready(field, Query { act: Some("press"), ..Query::default() }, "to be ready to press").await?;
        let (down, up) = (json!({ "type": "pointerDown", "button": 0 }), json!({ "type": "pointerUp", "button": 0 }));
        let there = json!({ "type": "pointerMove", "duration": 0, "x": 0, "y": 0, "origin": hit.element.to_json() });
        let pause = json!({ "type": "pause", "duration": u64::try_from(gap.as_millis()).unwrap_or_default() });
        let clicks = json!([there, down, up, pause, down, up]);
        let actions = json!({ "actions": [{ "type": "pointer", "id": "mouse", "actions": clicks }] });
        self.lookout.lose();
        match self.connection.post("actions", actions).await {
            Ok(_) => Ok(()),
            // Whatever happened after the first click is for the next wait to say.
            Err(error) => error.into_moment().map(drop),
        }
    }

    /// Presses one of several fields of the same name, counted from 0 among those visible.
    ///
    /// # Errors
    /// As [`Session::press`].
    pub async fn press_nth<'a>(&mut self, field: impl Into<FieldName<'a>>, nth: usize) -> Result<(), BrowserError> {
        let query = Query { act: Some("press"), nth, ..Query::default() };
        self.dispatch(field.into(), query, "to be ready to press").await
    }

    /// A picture of a field alone, as PNG.
    ///
    /// # Errors
    /// [`BrowserError::Timeout`] when it is not visible.
    pub async fn element_png<'a>(&mut self, field: impl Into<FieldName<'a>>) -> Result<Vec<u8>, BrowserError> {
        let field = field.into();
        let mut wait = Wait::new(self.deadlines().element);
        loop {
            let hit = self.look_for(field, Query::default()).await?;
            let picture = match self.connection.element(&hit.element, "screenshot", None).await {
                Ok(picture) => decode(&picture),
                Err(error) => Err(error),
            };
            match picture {
                Ok(picture) => return Ok(picture),
                // A page that draws itself anew took the element away between the look and the picture.
                Err(error) => {
                    self.recover(&error).await?;
                    wait.note(error)?;
                }
            }
            if !wait.again().await {
                return Err(self.give_up(&wait, format!("a picture of {field}")).await);
            }
        }
    }

    /// Waits until a field can be used as the query asks.
    async fn ready(&mut self, field: FieldName<'_>, query: Query, how: &str) -> Result<Hit, BrowserError> {
        let query = self.query(field, query)?;
        let mut wait = Wait::new(self.deadlines().element);
        loop {
            match self.find(field, &query).await {
                Ok(Some(hit)) => match hit.state {
                    State::Waiting(why) => wait.last = Some(why),
                    State::Covered(why) => {
                        wait.last = Some(why);
                        self.clear_the_way().await?;
                    }
                    State::Ready | State::Done => return Ok(hit),
                },
                Ok(None) => {
                    wait.last = None;
                    self.clear_the_frames().await?;
                }
                Err(error) => {
                    self.recover(&error).await?;
                    wait.note(error)?;
                }
            }
            if !wait.again().await {
                return Err(self.give_up(&wait, format!("{field} {how}")).await);
            }
        }
    }

    /// Waits until a field can be clicked, and clicks it once.
    async fn dispatch(&mut self, field: FieldName<'_>, query: Query, how: &str) -> Result<(), BrowserError> {
        self.unanswered = None;
        let query = self.query(field, query)?;
        let mut wait = Wait::new(self.deadlines().element);
        loop {
            // From the top, so that what covers the frame itself is noticed: the driver looks only inside the frame.
            match self.find_anywhere(field, &query).await {
                Ok(Some(hit)) => match hit.state {
                    State::Waiting(why) => wait.last = Some(why),
                    State::Covered(why) => {
                        wait.last = Some(why);
                        self.clear_the_way().await?;
                    }
                    State::Done => return Ok(()),
                    State::Ready => match self.connection.element(&hit.element, "click", Some(json!({}))).await {
                        Ok(_) => return Ok(()),
                        Err(error) if error.is_before_dispatch() => wait.note(error)?,
                        // Whatever happened after the click is for the next wait to say.
                        Err(error) => {
                            self.lookout.lose();
                            let timed_out = error.is_timeout();
                            let cause = error.into_moment()?;
                            self.unanswered = timed_out.then_some(cause);
                            return Ok(());
                        }
                    },
                },
                Ok(None) => {
                    wait.last = None;
                    self.clear_the_frames().await?;
                }
                Err(error) => {
                    self.recover(&error).await?;
                    wait.note(error)?;
                }
            }
            if !wait.again().await {
                return Err(self.give_up(&wait, format!("{field} {how}")).await);
            }
        }
    }
}
