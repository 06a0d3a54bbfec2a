//! Browsers kept between scenarios: lent one at a time, cleaned when they come back, started when there is none.

use super::{
    BrowserError, Deadlines, Driver, Profiles, Session,
    connection::{CallError, Connection, Opening},
    window,
};
use crate::journal::Scribe;
use std::{
    num::NonZeroUsize,
    ops::{Deref, DerefMut},
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

/// Memory that a browser with a few frames needs, in kB.
const BROWSER_KB: usize = 800_000;

/// How a pool gets its browsers.
#[derive(Clone, Debug)]
pub struct PoolConfig {
    /// How many browsers at most, at least one.
    pub size: usize,
    /// Whether a person may watch.
    pub headed: bool,
    /// The browser's program; the driver finds one itself when it is not given.
    pub browser: Option<PathBuf>,
    /// The driver's program; `chromedriver` on the search path when it is not given.
    pub driver: Option<PathBuf>,
    /// A driver that runs elsewhere, for example a Selenium Grid; none is started then.
    pub webdriver: Option<Url>,
    /// Whether what browsers send is logged, for an archive of it.
    pub network: bool,
    pub profiles: Arc<Profiles>,
    pub deadlines: Deadlines,
}

impl PoolConfig {
    /// As many headless browsers as this machine bears, with a driver of our own.
    #[must_use]
    pub fn new(profiles: Profiles) -> Self {
        Self {
            size: default_size(),
            headed: false,
            browser: None,
            driver: None,
            webdriver: None,
            network: true,
            profiles: Arc::new(profiles),
            deadlines: Deadlines::default(),
        }
    }
}

/// As many as there are cores and as fit into the memory that is free, at least one: while one browser waits for a page,
/// another one works (measured on two cores: the suite in 83 s with one browser, in 59 s with two).
fn default_size() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let free = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
        line.trim().strip_suffix(" kB")?.parse::<usize>().ok()
    });
    cores.min(free.map_or(usize::MAX, |free| free / BROWSER_KB)).max(1)
}

/// Lends browsers. Clones share them.
#[derive(Clone, Debug)]
pub struct Pool {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    config: PoolConfig,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Session>>,
    /// Started with the first browser.
    driver: tokio::sync::Mutex<Option<Driver>>,
    opened: AtomicUsize,
}

impl Pool {
    /// A pool that starts nothing yet.
    #[must_use]
    pub fn new(config: PoolConfig) -> Self {
        let shared = Shared {
            permits: Arc::new(Semaphore::new(config.size.max(1))),
            config,
            idle: Mutex::default(),
            driver: tokio::sync::Mutex::default(),
            opened: AtomicUsize::new(0),
        };
        Self { shared: Arc::new(shared) }
    }

    /// How many browsers it lends at most.
    #[must_use]
    pub fn size(&self) -> usize {
        self.shared.config.size.max(1)
    }

    /// Lends a browser as good as new, once one is free. What it meets is written by `scribe`, if there is one.
    ///
    /// # Errors
    /// [`BrowserError::Unavailable`] when none can be started, or the pool was shut down.
    pub async fn lease(&self, scribe: Option<Scribe>) -> Result<Lease, BrowserError> {
        let permit = Arc::clone(&self.shared.permits)
            .acquire_owned()
            .await
            .map_err(|_| BrowserError::Unavailable("the pool of browsers was shut down".to_owned()))?;
        let kept = self.shared.idle().pop();
        let mut session = match kept {
            Some(session) => session,
            None => self.shared.open(None).await?,
        };
        session.scribe = scribe;
        Ok(Lease { session: Some(session), permit: Some(permit), shared: Arc::clone(&self.shared) })
    }

    /// As [`Pool::lease`], a browser that was started in a language, for example `vi`: every window asks in it, also those
    /// that pages open, which cannot be told in time. It is ended when it comes back.
    ///
    /// # Errors
    /// As [`Pool::lease`]; [`BrowserError::Refused`] when the browser does not speak the DevTools protocol.
    pub async fn lease_in(&self, language: &str, scribe: Option<Scribe>) -> Result<Lease, BrowserError> {
        let unavailable = |_| BrowserError::Unavailable("the pool of browsers was shut down".to_owned());
        let permit = Arc::clone(&self.shared.permits).acquire_owned().await.map_err(unavailable)?;
        // One that waits makes room, so that there are never more than this machine bears.
        let waiting = self.shared.idle().pop();
        if let Some(session) = waiting {
            session.connection.close().await;
        }
        let mut session = self.shared.open(Some(language)).await?;
        (session.scribe, session.native) = (scribe, true);
        session.language(language).await?;
        Ok(Lease { session: Some(session), permit: Some(permit), shared: Arc::clone(&self.shared) })
    }

    /// The process id of the driver, if one of ours runs.
    pub async fn driver_process_id(&self) -> Option<u32> {
        self.shared.driver.lock().await.as_ref().map(Driver::process_id)
    }

    /// How many browsers have been started so far.
    #[must_use]
    pub fn opened(&self) -> usize {
        self.shared.opened.load(Ordering::Relaxed)
    }

    /// Ends every browser, then the driver. Waits a moment for browsers that are just coming back; those still lent
    /// are ended under their borrowers.
    pub async fn shutdown(&self) {
        let all = u32::try_from(self.size()).unwrap_or(u32::MAX);
        let within = self.shared.config.deadlines.driver.min(Duration::from_secs(5));
        // Whether or not all came back in time, nothing is lent any more.
        drop(tokio::time::timeout(within, self.shared.permits.acquire_many(all)).await);
        self.shared.permits.close();
        let idle = std::mem::take(&mut *self.shared.idle());
        futures::future::join_all(idle.into_iter().map(|session| session.connection.close())).await;
        if let Some(driver) = self.shared.driver.lock().await.take() {
            driver.stop();
        }
    }
}

impl Shared {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Session>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn open(&self, language: Option<&str>) -> Result<Session, BrowserError> {
        let config = &self.config;
        let number = self.opened.fetch_add(1, Ordering::Relaxed);
        let (url, profile) = match &config.webdriver {
            Some(url) => {
                let mut url = url.to_string();
                if !url.ends_with('/') {
                    url.push('/');
                }
                (url, None)
            }
            None => {
                let mut driver = self.driver.lock().await;
                if driver.as_mut().is_none_or(|driver| !driver.is_alive()) {
                    let program = config.driver.clone().unwrap_or_else(|| PathBuf::from("chromedriver"));
                    *driver = Some(Driver::start(&program, config.deadlines.driver).await?);
                }
                let driver = driver.as_ref().expect("it was started above");
                (driver.url().to_owned(), Some(driver.home().join(format!("profile-{number}"))))
            }
        };
        let opening = Opening {
            url: &url,
            program: config.browser.as_deref(),
            profile: profile.as_deref(),
            headed: config.headed,
            network: config.network,
            language,
        };
        let mut connection = Connection::open(&opening, config.deadlines).await?;
        let window = window::first(&mut connection).await.map_err(|error| match error {
            CallError::Fatal(error) => error,
            CallError::Moment { message, .. } => BrowserError::Unavailable(message),
        })?;
        Ok(Session::new(connection, Arc::clone(&config.profiles), window))
    }

    /// A session cleaned of what the last scenario did, or nothing when it could not be.
    async fn clean(&self, session: Session) -> Option<Session> {
        let Session { mut connection, profiles, native, .. } = session;
        // A browser that cannot be cleaned through the DevTools protocol is not used twice, nor is one with a language.
        if native || connection.is_lost() || !connection.speaks_devtools() {
            connection.close().await;
            return None;
        }
        match tokio::time::timeout(self.config.deadlines.driver, window::reset(&mut connection)).await {
            Ok(Ok(window)) => Some(Session::new(connection, profiles, window)),
            _ => {
                connection.close().await;
                None
            }
        }
    }
}

/// A browser on loan. Dropped without being given back, its browser is ended.
#[derive(Debug)]
pub struct Lease {
    session: Option<Session>,
    permit: Option<OwnedSemaphorePermit>,
    shared: Arc<Shared>,
}

impl Lease {
    /// Gives the browser back. A healthy one is cleaned and lent again; after a failure it is ended, and the next
    /// borrower gets a fresh one. Either happens behind the scenes, before the place in the pool is free again.
    pub fn give_back(mut self, healthy: bool) {
        self.release(healthy);
    }

    fn release(&mut self, healthy: bool) {
        let (Some(session), permit) = (self.session.take(), self.permit.take()) else { return };
        let shared = Arc::clone(&self.shared);
        // Without a runtime nothing more can be said to the browser; it ends with its driver.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            if healthy {
                let clean = shared.clean(session).await;
                shared.idle().extend(clean);
            } else {
                session.connection.close().await;
            }
            drop(permit);
        });
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.release(false);
    }
}

impl Deref for Lease {
    type Target = Session;

    fn deref(&self) -> &Session {
        self.session.as_ref().expect("a lease holds its session until it is given back")
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut Session {
        self.session.as_mut().expect("a lease holds its session until it is given back")
    }
}
