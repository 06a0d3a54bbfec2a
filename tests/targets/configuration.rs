//! What may be configured, which layer wins, and what is refused.

use super::program::{Program, TOKEN, closed_port, remote};

fn base_url(program: &Program, args: &[&str]) -> String {
    let args: Vec<&str> = args.iter().chain(&["--name", TOKEN]).copied().collect();
    program.run(&args).expect(3, &[]).json()["base_url"].as_str().unwrap().to_owned()
}

#[test]
fn the_environment_lies_over_the_file_and_the_file_over_the_default() {
    let (of_file, of_environment) = (closed_port(), closed_port());
    let text = format!("[target.sandbox]\nbase_url = \"{of_file}\"\n");
    let program = Program::new(&text).with("PORTONE_KEY", "K").with("PORTONE_SECRET", "S");
    assert_eq!(base_url(&program, &["--target", "sandbox"]), of_file);
    let program = program.with("SMARTPAY_BASE_URL", &of_environment);
    assert_eq!(base_url(&program, &["--target", "sandbox"]), of_environment);
}

#[test]
fn another_file_can_be_named_before_and_after_the_command() {
    let (here, elsewhere) = (closed_port(), closed_port());
    let program = Program::remote(&here, "");
    program.write("other.toml", &remote(&elsewhere, ""));
    assert_eq!(base_url(&program, &["--target", "remote"]), here);
    assert_eq!(base_url(&program, &["--target", "remote", "--config", "other.toml"]), elsewhere);
    let ended = program.call(&["--config", "none.toml", "run", "--target", "remote"]);
    ended.expect(2, &["failed to read the configuration none.toml"]);
}

#[test]
fn what_cannot_be_used_ends_with_2_and_says_the_way_out() {
    for (text, target, said) in [
        (
            "[target.remote]\nbase_ur = \"x\"",
            "remote",
            "target.remote.base_ur is no key that is known here (did you mean base_url?)",
        ),
        ("[target.remote]\nwallet = \"nfc\"", "remote", "line 2: unknown variant `nfc`"),
        (
            "[target.remote]\nrate = 0\nbase_url = \"http://a\"",
            "remote",
            "rate = \"0\" is no number of requests a second",
        ),
        ("[target.remote", "remote", "failed to understand the configuration conformance.toml"),
        ("[target.twin]\nrate = 1", "twin", "the twin is embedded; give the target another name"),
        ("[target.remote]", "remote", "it has no base_url; give it base_url = \"https://…\""),
        ("[target.remote]\nbase_url = \"http://a\"", "remote", "it has no key and secret"),
        (
            "[target.remote]\nbase_url = \"ftp://a\"",
            "remote",
            "base_url = \"ftp://a\" is no address that begins with http://",
        ),
        ("[target.remote]\nbase_url = \"http://u:p@a\"", "remote", "a password in base_url must not stand in the file"),
        (
            "[target.remote]\nbase_url = \"http://a\"\nkey = \"K\"\nsecret = \"hunter2-hunter2\"",
            "remote",
            "secret must not stand in the file; write \"${NAME}\"",
        ),
        (
            "[target.remote]\nbase_url = \"http://a\"\nkey = \"${NOT_SET}\"",
            "remote",
            "key needs the environment variable NOT_SET, which is not set",
        ),
        (
            "[target.remote]\nenvironment = \"live\"",
            "remote",
            "environment = \"live\" is live, and only sandboxes are driven",
        ),
        (
            "[target.remote]\nbase_url = \"https://api-live.portone.cloud\"",
            "remote",
            "is live, and only sandboxes are driven",
        ),
        ("[target.remote]\nbase_url = \"http://a\"\nwallet = \"web\"", "remote", "it has no wallet_url"),
        (
            "[target.remote]\nbase_url = \"http://a\"\ncapabilities = [\"portal\"]",
            "remote",
            "its capability \"portal\" needs portal with url, user and password",
        ),
        ("[target.remote]\nbase_url = \"http://a\"\nprofile = \"none.toml\"", "remote", "none.toml"),
        (
            "[target.remote]\nbase_url = \"http://a\"\n[target.remote.time_limits]\npage = \"soon\"",
            "remote",
            "time_limits.page = \"soon\" is no duration",
        ),
        (
            "[target.staging]\nbase_url = \"http://a\"",
            "stagin",
            "known are twin, sandbox or staging (did you mean staging?)",
        ),
    ] {
        let program = Program::new(text);
        let ended = program.run(&["--target", target]);
        ended.expect(2, &[said]);
        assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
        let prevented = ended.json()["prevented"]["observed"].as_str().unwrap().to_owned();
        assert!(prevented.contains(said), "{prevented}");
    }
}

#[test]
fn a_profile_that_is_wrong_is_named() {
    let program = Program::remote(&closed_port(), "profile = \"pages.toml\"");
    program.write("pages.toml", "[page.card]\nnonsense = 1\n");
    program.run(&["--target", "remote"]).expect(2, &["pages.toml"]);
}

#[test]
fn fuzz_takes_such_targets_too() {
    let program = Program::remote(&closed_port(), "");
    let ended = program.call(&["fuzz", "--target", "remote", "--cases", "1"]);
    ended.expect(3, &["Connection refused"]);
    assert!(ended.took < std::time::Duration::from_secs(30), "{:?}", ended.took);
    program.call(&["fuzz", "--target", "remot"]).expect(2, &["did you mean remote?"]);
}
