//! What a person's eyes do: see whether a field is there, and read it.

use super::{
    BrowserError, FieldName, Session,
    connection::CallError,
    locate::{Hit, Query, Sight},
    wait::Wait,
};

impl Session {
    /// Waits until a field is visible.
    ///
    /// # Errors
    /// [`BrowserError::Timeout`] with what was there instead.
    pub async fn await_field<'a>(&mut self, field: impl Into<FieldName<'a>>) -> Result<(), BrowserError> {
        self.look_for(field.into(), Query::default()).await.map(drop)
    }

    /// Waits until a field is not visible, or gone.
    ///
    /// # Errors
    /// [`BrowserError::Timeout`] with what was there instead.
    pub async fn await_gone<'a>(&mut self, field: impl Into<FieldName<'a>>) -> Result<(), BrowserError> {
        let field = field.into();
        let query = self.query(field, Query::default())?;
        let mut wait = Wait::new(self.deadlines().element);
        loop {
            match self.find(field, &query).await {
                Ok(None) => return Ok(()),
                Ok(Some(_)) => {}
                Err(error) => {
                    self.recover(&error).await?;
                    wait.note(error)?;
                }
            }
            if !wait.again().await {
                return Err(self.give_up(&wait, format!("{field} to vanish")).await);
            }
        }
    }

    /// Whether a field is visible at this moment.
    ///
    /// # Errors
    /// When the page cannot be looked at.
    pub async fn is_shown<'a>(&mut self, field: impl Into<FieldName<'a>>) -> Result<bool, BrowserError> {
        Ok(self.look_once(field.into(), Query::default()).await?.is_some())
    }

    /// A field's visible text, white space collapsed; of a control, its value. Waits until the field is visible.
    ///
    /// # Errors
    /// [`BrowserError::Timeout`] with what was there instead.
    pub async fn read<'a>(&mut self, field: impl Into<FieldName<'a>>) -> Result<String, BrowserError> {
        Ok(self.look_for(field.into(), Query::default()).await?.text)
    }

    /// The texts of everything visible at this moment that the field's first fitting locator finds, in the order of
    /// the page; empty when nothing is.
    ///
    /// # Errors
    /// When the page cannot be looked at.
    pub async fn read_all<'a>(&mut self, field: impl Into<FieldName<'a>>) -> Result<Vec<String>, BrowserError> {
        let query = Query { texts: true, ..Query::default() };
        Ok(self.look_once(field.into(), query).await?.map(|hit| hit.texts).unwrap_or_default())
    }

    /// Waits until a field's visible text is `described` by holding for `holds`, and returns it.
    ///
    /// # Errors
    /// [`BrowserError::Timeout`] with the text that was there instead.
    pub async fn await_text<'a>(
        &mut self,
        field: impl Into<FieldName<'a>>,
        described: &str,
        holds: impl Fn(&str) -> bool,
    ) -> Result<String, BrowserError> {
        let field = field.into();
        let query = self.query(field, Query::default())?;
        let mut wait = Wait::new(self.deadlines().element);
        loop {
            match self.find(field, &query).await {
                Ok(Some(hit)) if holds(&hit.text) => return Ok(hit.text),
                Ok(Some(hit)) => wait.last = Some(format!("it reads \"{}\"", hit.text)),
                Ok(None) => wait.last = None,
                Err(error) => {
                    self.recover(&error).await?;
                    wait.note(error)?;
                }
            }
            if !wait.again().await {
                return Err(self.give_up(&wait, format!("{field} to read {described}")).await);
            }
        }
    }

    /// An attribute of a field, for example an image's `src`. Waits until the field is visible.
    ///
    /// # Errors
    /// [`BrowserError::Timeout`] with what was there instead.
    pub async fn attribute<'a>(
        &mut self,
        field: impl Into<FieldName<'a>>,
        name: &str,
    ) -> Result<Option<String>, BrowserError> {
        let query = Query { attribute: Some(name.to_owned()), ..Query::default() };
        Ok(self.look_for(field.into(), query).await?.attribute)
    }

    /// Whether a checkbox or radio button is ticked. Waits until it is visible.
    ///
    /// # Errors
    /// [`BrowserError::Timeout`] with what was there instead.
    pub async fn is_ticked<'a>(&mut self, field: impl Into<FieldName<'a>>) -> Result<bool, BrowserError> {
        Ok(self.look_for(field.into(), Query::default()).await?.checked)
    }

    /// Whether a page profile describes this field; those that only some targets have are described by theirs.
    #[must_use]
    pub fn describes<'a>(&self, field: impl Into<FieldName<'a>>) -> bool {
        self.profiles.field(field.into()).is_some()
    }

    /// Completes a query with a field's locators.
    pub(super) fn query(&self, field: FieldName<'_>, query: Query) -> Result<Query, BrowserError> {
        let locators = self
            .profiles
            .field(field)
            .ok_or_else(|| BrowserError::Profile(format!("no page profile describes `{field}`")))?;
        Ok(query.field(&field.to_string(), locators))
    }

    /// Looks once: in the frame where the last thing was found, then in all of them.
    pub(super) async fn find(&mut self, field: FieldName<'_>, query: &Query) -> Result<Option<Hit>, CallError> {
        let key = field.to_string();
        if let Ok(mut sight) = self.lookout.glance(&mut self.connection, query).await
            && let Some(hit) = sight.hits.remove(&key)
        {
            return Ok(Some(hit));
        }
        self.find_anywhere(field, query).await
    }

    /// Looks once, in all frames from the top, none of them covered; the field's earliest locator decides.
    pub(super) async fn find_anywhere(
        &mut self,
        field: FieldName<'_>,
        query: &Query,
    ) -> Result<Option<Hit>, CallError> {
        let key = field.to_string();
        let earliest = |sight: &Sight| sight.hits.get(&key).is_some_and(|hit| hit.at == 0);
        let mut seen = self.lookout.sweep(&mut self.connection, query, earliest).await?;
        let found =
            seen.iter().enumerate().filter_map(|(position, sight)| Some((sight.hits.get(&key)?.at, position))).min();
        let Some((_, position)) = found else { return Ok(None) };
        let sight = &mut seen[position];
        self.lookout.enter(&mut self.connection, &sight.path).await?;
        Ok(sight.hits.remove(&key))
    }

    /// Looks once, and once more when the page changed under the look.
    async fn look_once(&mut self, field: FieldName<'_>, query: Query) -> Result<Option<Hit>, BrowserError> {
        let query = self.query(field, query)?;
        let mut wait = Wait::new(self.deadlines().element);
        loop {
            match self.find(field, &query).await {
                Ok(hit) => return Ok(hit),
                Err(error) => {
                    self.recover(&error).await?;
                    wait.note(error)?;
                }
            }
            if !wait.again().await {
                return Err(self.give_up(&wait, format!("a page that stands still to look for {field}")).await);
            }
        }
    }

    /// Looks until the field is visible.
    pub(super) async fn look_for(&mut self, field: FieldName<'_>, query: Query) -> Result<Hit, BrowserError> {
        let query = self.query(field, query)?;
        let mut wait = Wait::new(self.deadlines().element);
        loop {
            match self.find(field, &query).await {
                Ok(Some(hit)) => return Ok(hit),
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
                return Err(self.give_up(&wait, field.to_string()).await);
            }
        }
    }
}
