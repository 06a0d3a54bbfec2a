//! Two runs on one target take turns: their orders would meet, and its request rate is for both.

use super::Environment;
use crate::{journal::Failure, sandbox::Target, wire::Clock};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File, TryLockError},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// How long another run is waited for.
const LONGEST: Duration = Duration::from_secs(30 * 60);
/// Between two looks whether it has ended.
const LOOKING: Duration = Duration::from_millis(250);

/// A turn on a target. It ends when dropped, and with the process however that ends: the system keeps the lock.
#[derive(Debug)]
pub(super) struct Turn {
    _file: File,
}

impl Turn {
    /// Waits for a turn on a target; `say` is told once who has it.
    ///
    /// # Errors
    /// Blocked, when another run does not end; misconfigured, when the lock cannot be kept.
    pub(super) async fn take(
        target: &Target,
        environment: &Environment,
        run: &str,
        say: impl Fn(&str),
    ) -> Result<Self, Failure> {
        let path = path(target, &environment.state_folder);
        let unusable = |error: &dyn std::fmt::Display| {
            let way = "set XDG_STATE_HOME to a folder that can be written to";
            Failure::misconfigured("", format!("failed to keep a lock in {}: {error}; {way}", path.display()))
        };
        let folder = path.parent().unwrap_or(&path);
        fs::create_dir_all(folder).map_err(|error| unusable(&error))?;
        let open = File::options().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open.map_err(|error| unusable(&error))?;
        let until = Instant::now() + LONGEST;
        let mut told = false;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(unusable(&error)),
                Err(TryLockError::WouldBlock) => {}
            }
            let holder = holder(&path);
            if Instant::now() + LOOKING >= until {
                let expected = format!("a turn on {} within {LONGEST:?}", target.name);
                return Err(Failure::blocked(expected, format!("{holder} has it")));
            }
            if !told {
                say(&format!("waiting for a turn on {}: {holder} has it", target.name));
                told = true;
            }
            tokio::time::sleep(LOOKING).await;
        }
        let about = format!("run {run} (process {}, since {})", std::process::id(), Clock::system().now());
        let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(about.as_bytes()));
        written.map_err(|error| unusable(&error))?;
        Ok(Self { _file: file })
    }
}

/// One lock for each merchant at each address, whatever the target is called.
fn path(target: &Target, state: &Path) -> PathBuf {
    let key = target.account.as_ref().map_or("", |account| account.key.as_str());
    let name = hex::encode(Sha256::digest(format!("{} {key}", target.api)));
    state.join("locks").join(format!("{}.lock", &name[..16]))
}

fn holder(path: &Path) -> String {
    let mut text = String::new();
    // Whoever took the lock this very moment has not written yet.
    let read = File::open(path).and_then(|file| file.take(200).read_to_string(&mut text));
    if read.is_ok() && !text.is_empty() { text } else { "another run".to_owned() }
}
