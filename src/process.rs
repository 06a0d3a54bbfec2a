//! A program in a process group of its own, which ends with us, however we end.

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use std::{
    ffi::OsStr,
    io::{self, Write},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio},
};

/// Ends the process group `$1` and removes the folder `$2` as soon as we are gone, however we went: its standard
/// input is a pipe that closes with our last breath. A line on it says that the group has been ended already.
const GUARD: &str = r#"read -r _ || kill -s KILL -- "-$1" 2>/dev/null; [ -n "$2" ] || exit 0; for _ in 1 2 3 4 5; do rm -rf -- "$2" 2>/dev/null; [ -e "$2" ] || exit 0; sleep 0.2; done"#;

/// A running program with all that it started.
///
/// Dropping it ends the whole group. Should this process be killed, a guard does the same and removes the group's home.
#[derive(Debug)]
pub struct ProcessGroup {
    child: Child,
    guard: Option<Child>,
}

impl ProcessGroup {
    /// Starts a program. `home` is a folder that goes with it.
    ///
    /// # Errors
    /// When it or its guard cannot be started.
    pub fn start(mut command: Command, home: Option<&Path>) -> io::Result<Self> {
        let child = command.process_group(0).spawn()?;
        // From here on a failure drops the group, which ends it.
        let mut group = Self { child, guard: None };
        group.guard = Some(group.start_guard(home)?);
        Ok(group)
    }

    fn start_guard(&self, home: Option<&Path>) -> io::Result<Child> {
        let group = self.child.id().to_string();
        Command::new("/bin/sh")
            .args([OsStr::new("-c"), OsStr::new(GUARD), OsStr::new("guard"), OsStr::new(&group)])
            .arg(home.map_or(OsStr::new(""), Path::as_os_str))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
    }

    /// The program's process id, which is also the id of the group.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// What it says, if that was asked to be a pipe and not taken before.
    pub const fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// As [`Self::stdout`].
    pub const fn stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if let Ok(group) = i32::try_from(self.child.id()) {
            // Fails only when the group is gone already, which is what is wanted.
            let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
        }
        // A killed process is waited for without delay.
        let _ = self.child.wait();
        if let Some(mut guard) = self.guard.take() {
            // A guard that is gone needs no word.
            let _ = guard.stdin.take().map(|mut pipe| pipe.write_all(b"ended\n"));
            let _ = guard.wait();
        }
    }
}
