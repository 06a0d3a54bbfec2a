//! The program itself, as a user meets it.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Output, Stdio},
};

fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smartpay-conformance"));
    command.current_dir(folder).env_remove("PORTONE_KEY").env_remove("PORTONE_SECRET");
    command
}

fn run(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = program(folder).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap_or(-1), text(stdout), text(stderr))
}

#[test]
fn wrong_usage_ends_with_2_and_help_with_0() {
    let folder = tempfile::tempdir().unwrap();
    for args in [
        &[][..],
        &["walk"],
        &["run", "--retries", "many"],
        &["run", "--deadline", "soon"],
        &["run", "--format", "yaml"],
        &["run", "--webdriver", "not a url"],
        &["twin", "--listen", "8080"],
    ] {
        let (code, _, stderr) = run(folder.path(), args);
        assert_eq!(code, 2, "{args:?}: {stderr}");
        assert!(!stderr.is_empty(), "{args:?}");
    }
    for args in [&["--help"][..], &["run", "--help"], &["twin", "--help"], &["--version"]] {
        let (code, stdout, _) = run(folder.path(), args);
        assert_eq!(code, 0, "{args:?}");
        assert!(!stdout.is_empty(), "{args:?}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "something was written");
}

#[test]
fn targets_and_selections_have_their_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    for (args, expected, text) in [
        (&["run", "--target", "nowhere"][..], 2, "twin or sandbox"),
        (&["run", "--target", "sandbox"], 2, "PORTONE_KEY and PORTONE_SECRET"),
        (&["run", "NOTHING-99"], 4, "nothing selected"),
    ] {
        let (code, stdout, stderr) = run(folder.path(), args);
        assert_eq!(code, expected, "{stderr}");
        assert!(stderr.contains(text), "{stderr}");
        assert!(stdout.is_empty(), "{stdout}");
        assert!(folder.path().join("conformance-out/report.html").exists());
    }
}

#[test]
fn the_embedded_suite_can_be_listed_anywhere_and_every_step_of_it_is_defined() {
    let folder = tempfile::tempdir().unwrap();
    let (code, stdout, stderr) = run(folder.path(), &["run", "--dry-run"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.lines().all(|line| line.split('\t').count() == 3), "{stdout}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "something was written");
}

#[test]
fn a_step_without_a_definition_fails_the_run() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Cargo.toml"), "[package]\nname = \"smartpay-conformance\"\n").unwrap();
    fs::create_dir(folder.path().join("features")).unwrap();
    let feature = "Feature: F\nScenario: Luck\nGiven a step that nobody ever defined\n";
    fs::write(folder.path().join("features/f.feature"), feature).unwrap();
    let (code, _, stderr) = run(folder.path(), &["run"]);
    assert_eq!(code, 1, "{stderr}");
    for text in ["F: Luck", "Given a step that nobody ever defined", "no step definition matches this step"] {
        assert!(stderr.contains(text), "{stderr}");
    }
}

#[test]
fn the_twin_says_where_it_listens_answers_and_ends_with_ctrl_c() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(folder.path());
    let mut twin = command.args(["twin", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().unwrap();
    let (mut first, mut stdout) = (String::new(), BufReader::new(twin.stdout.take().unwrap()));
    stdout.read_line(&mut first).unwrap();
    let address =
        first.split_whitespace().find_map(|word| word.trim_end_matches('.').parse::<std::net::SocketAddr>().ok());
    let address = address.unwrap_or_else(|| panic!("no address in {first:?}"));
    assert!(std::net::TcpStream::connect(address).is_ok());

    let (code, _, stderr) = run(folder.path(), &["twin", "--listen", &address.to_string()]);
    assert_eq!(code, 2);
    assert!(stderr.contains(&format!("failed to listen on {address}")), "{stderr}");

    kill(Pid::from_raw(twin.id().try_into().unwrap()), Signal::SIGINT).unwrap();
    assert_eq!(twin.wait().unwrap().code(), Some(0));
}
