//! The pages met: each recorded once, and its words kept to be judged once the journey is over.

use super::{
    BrowserError, Session,
    locate::{Query, Sight},
};

/// How many characters of a page's text are kept with it.
const WORDS: usize = 4000;

/// A page as it was when a journey met it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetPage {
    /// The page's title in its profile.
    pub name: String,
    pub url: String,
    /// What its frame's document declares, for example `vi`.
    pub language: String,
    /// The visible text of its frame, white space collapsed, at most 4000 characters of it.
    pub text: String,
}

impl Session {
    /// The pages met, in order.
    #[must_use]
    pub fn met_pages(&self) -> &[MetPage] {
        &self.met
    }

    /// Records the page shown, whatever it is, under a name for readers, unless it was recorded last.
    ///
    /// # Errors
    /// When the window is gone.
    pub async fn note_page(&mut self, name: &str) -> Result<(), BrowserError> {
        self.lookout.lose();
        match self.lookout.glance(&mut self.connection, &Query::default()).await {
            Ok(top) => self.note(name, &top).await,
            Err(error) => self.refused(name, error),
        }
    }

    /// Records a page by its profile, unless it was recorded last. The lookout stands in the page's frame, before
    /// and after.
    pub(super) async fn meet(&mut self, name: &str, sight: &Sight) -> Result<(), BrowserError> {
        let title = self.profiles.page(name).map(|page| page.title.clone()).unwrap_or_default();
        self.note(&title, sight).await
    }

    async fn note(&mut self, name: &str, sight: &Sight) -> Result<(), BrowserError> {
        let page = (name.to_owned(), sight.url.clone());
        if self.noted.as_ref() == Some(&page) {
            return Ok(());
        }
        self.keep_words(name, sight).await?;
        self.record_page(name, sight).await?;
        let standing = self.lookout.enter(&mut self.connection, &sight.path).await;
        standing.or_else(|error| error.into_moment().map(|_| self.lookout.lose()))?;
        self.noted = Some(page);
        Ok(())
    }

    /// Keeps the words of the page in whose frame the lookout stands.
    async fn keep_words(&mut self, name: &str, sight: &Sight) -> Result<(), BrowserError> {
        let query = Query { words: WORDS, ..Query::default() };
        // A page that moved on since it was recognised is kept with the little that was seen of it.
        let read = match self.lookout.glance(&mut self.connection, &query).await {
            Ok(read) => read,
            Err(error) => error.into_moment().map(|_| sight.clone())?,
        };
        let (url, language, text) = (sight.url.clone(), read.language, read.words);
        self.met.push(MetPage { name: name.to_owned(), url, language, text });
        Ok(())
    }
}
