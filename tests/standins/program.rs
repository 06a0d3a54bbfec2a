//! The program under test: the real one, on a stage where a stand-in stands before the twin.

use super::{bank_site::BankSite, frames::Frames, front, redirects::Redirects, single_page::SinglePage};
use smartpay_conformance::{
    commands::{Setting, main_on, stage},
    journal::Failure,
    sandbox::{Capability, PageProfile},
    steps::{Stage, World},
};
use std::{env, ffi::OsString, process::Command};
use url::Url;

/// Holds the arguments, one a line, when this executable is the program under test.
const ARGS: &str = "STANDIN_ARGS";
/// Which stand-in to drive.
const NAME: &str = "STANDIN_NAME";

/// Set where the stand-in's own profile is to be left out.
pub(crate) const UNPROFILED: &str = "STANDIN_UNPROFILED";

/// Not a test: the program under test, when started with arguments.
#[test]
fn program() {
    let Ok(args) = env::var(ARGS) else { return };
    let args = std::iter::once("standins").chain(args.lines()).map(OsString::from);
    std::process::exit(main_on::<World, _>(args, before_the_twin).code().into());
}

/// Starts this executable again as the program under test.
pub(crate) fn command(name: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["program::program", "--exact", "--nocapture"]).env(ARGS, args.join("\n")).env(NAME, name);
    // The program itself runs on the main thread, whose stack is larger than that of a test.
    command.env("RUST_MIN_STACK", (8 << 20).to_string());
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env_remove("PORTONE_KEY").env_remove("PORTONE_SECRET");
    command
}

async fn before_the_twin(mut setting: Setting) -> Result<Stage, Failure> {
    let name = env::var(NAME).unwrap();
    let twin = setting.target.api.clone();
    let (at, profile, wallet) = match name.as_str() {
        "bank-site" => (front::open(BankSite, &twin).await, None, Some("vi-dien-tu")),
        "single-page" => {
            let profile = ("single_page.toml", include_str!("single_page.toml"));
            (front::open(SinglePage, &twin).await, Some(profile), Some("phone"))
        }
        "redirects" => (front::open(Redirects, &twin).await, None, None),
        "frames" => {
            let profile = ("frames.toml", include_str!("frames.toml"));
            (front::open(Frames::default(), &twin).await, Some(profile), None)
        }
        _ => panic!("no stand-in is called {name}"),
    };
    let target = &mut setting.target;
    target.name = name;
    target.api = Url::parse(&at.origin("api")).unwrap();
    // The merchant's pages, to which the payer returns, stay the twin's; so do the operators' portal and, where a stand-in
    // brings none, the app on the phone. None of the stand-ins has a script that shops embed.
    target.capabilities.remove(&Capability::Shop);
    if let Some(host) = wallet {
        target.wallet = Some(Url::parse(&at.origin(host)).unwrap());
    }
    if env::var_os(UNPROFILED).is_none() {
        target.profile = profile.map(|(file, text)| PageProfile { file: file.to_owned(), text: text.to_owned() });
    }
    stage(setting).await
}
