//! The program under test: the real one, on a stage where everything can be made to go wrong.

use cucumber::{given, then, when};
use smartpay_conformance::{
    commands::{Setting, main_on},
    journal::{Attempt, Event, Failure, FailureKind, PageRecord, Scribe, WarningRecord},
    runner::{StagedWorld, Staging},
    sandbox::{Capability, Target},
};
use std::{env, ffi::OsString, path::PathBuf, sync::Arc, time::Duration};

/// Holds the arguments, one a line, when this executable is the program under test.
pub(crate) const ARGS: &str = "ACTOR_ARGS";
/// What setting the stage comes to.
pub(crate) const STAGE: &str = "ACTOR_STAGE";
/// Appears in the run's folder when the stage was closed.
pub(crate) const CLOSED: &str = "closed";

/// Not a test: the program under test, when started with arguments.
#[test]
fn program() {
    let Ok(args) = env::var(ARGS) else { return };
    let args = std::iter::once("actor").chain(args.lines()).map(OsString::from);
    std::process::exit(main_on::<Actor, _>(args, stage).code().into());
}

async fn stage(setting: Setting) -> Result<Stage, Failure> {
    match env::var(STAGE).as_deref() {
        Ok("blocked") => Err(Failure::blocked("a browser", "none is installed")),
        Ok("misconfigured") => Err(Failure::misconfigured("accepted credentials", "401")),
        Ok("panics") => panic!("the stage collapsed"),
        Ok("hangs") => std::future::pending().await,
        _ => {
            let mut target = setting.target;
            target.capabilities.remove(&Capability::Portal);
            Ok(Stage { target, out: setting.out })
        }
    }
}

#[derive(Debug)]
pub(crate) struct Stage {
    target: Target,
    out: PathBuf,
}

impl Staging for Stage {
    fn target(&self) -> &Target {
        &self.target
    }

    async fn close(&self) {
        std::fs::write(self.out.join(CLOSED), "").unwrap();
    }
}

#[derive(Debug, cucumber::World)]
#[world(init = Self::begin)]
pub(crate) struct Actor {
    scribe: Option<Scribe>,
    leaving: Option<&'static str>,
}

impl Actor {
    fn begin() -> std::io::Result<Self> {
        match env::var(STAGE).as_deref() {
            Ok("no worlds") => Err(std::io::Error::other("there is no world")),
            _ => Ok(Self { scribe: None, leaving: None }),
        }
    }

    fn scribe(&self) -> &Scribe {
        self.scribe.as_ref().unwrap()
    }
}

impl StagedWorld for Actor {
    type Stage = Stage;

    fn enter(&mut self, _: Arc<Stage>, scribe: Scribe) {
        if scribe.attempt().scenario.ends_with("stage-fright") {
            Failure::blocked("a place on the stage", "stage fright").raise();
        }
        self.scribe = Some(scribe);
    }

    async fn leave(&mut self, failed: bool) -> Result<(), Failure> {
        match self.leaving {
            Some("panics") => panic!("the door is locked"),
            Some(_) => Err(Failure::defect(format!("something was left behind (failed: {failed})"))),
            None => Ok(()),
        }
    }
}

fn raise(kind: FailureKind) {
    Failure::new(kind, "one thing", "another thing").raise();
}

#[given("nothing special")]
fn pass(_: &mut Actor) {}

#[when(expr = "it waits for {string}")]
async fn wait(_: &mut Actor, file: String) {
    // The test that waits for the program has a deadline.
    while !std::path::Path::new(&file).exists() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[then("it is unmet")]
fn unmet(_: &mut Actor) {
    raise(FailureKind::Unmet);
}

#[then("it drifts")]
fn drift(_: &mut Actor) {
    raise(FailureKind::Drift);
}

#[then("it is blocked")]
fn blocked(_: &mut Actor) {
    raise(FailureKind::Blocked);
}

#[then("it is skipped")]
fn skipped(_: &mut Actor) {
    raise(FailureKind::Skipped);
}

#[then("it is misconfigured")]
fn misconfigured(_: &mut Actor) {
    raise(FailureKind::Misconfigured);
}

#[then("it panics")]
fn panics(_: &mut Actor) {
    panic!("our own mistake");
}

#[then(expr = "it passes from attempt {int} on")]
fn from_attempt(actor: &mut Actor, first: u32) {
    let Attempt { attempt, .. } = actor.scribe().attempt();
    if attempt < first {
        Failure::unmet(format!("attempt {first}"), format!("attempt {attempt}")).raise();
    }
}

#[then(expr = "it says {word}")]
fn says(_: &mut Actor, _what: String) {}

#[then("it says nothing")]
fn says_nothing(_: &mut Actor) {}

#[given(expr = "it {word} on leaving")]
fn leaving(actor: &mut Actor, what: String) {
    actor.leaving = Some(if what == "panics" { "panics" } else { "leaks" });
}

#[when("a page is met and a secret is used")]
fn page(actor: &mut Actor) {
    let scribe = actor.scribe();
    scribe.learn("secret-of-the-merchant");
    // The smallest picture: one white pixel.
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(1, 1, image::Rgb([255; 3])).write_to(&mut png, image::ImageFormat::Png).unwrap();
    let screenshot = Some(scribe.attach("form", "png", png.get_ref()).unwrap());
    scribe.attach_text("dom", "html", "<p>secret-of-the-merchant</p>").unwrap();
    scribe.record(Event::Page(PageRecord {
        attempt: scribe.attempt(),
        name: "Card form".to_owned(),
        title: "Thanh toán 5200 0000 0000 1096".to_owned(),
        url: "http://pay.localhost/?otp=1234&note=secret-of-the-merchant".to_owned(),
        screenshot,
    }));
}

#[when("a secret is written as redaction does not know it")]
fn slip(actor: &mut Actor) {
    let scribe = actor.scribe();
    scribe.learn("secret-of-the-merchant");
    let disguised = "s&#101;cret-of-the-m&#x65;rchant";
    // A file of evidence and an event, of which neither may be written.
    drop(scribe.attach_text("dom", "html", &format!("<p>{disguised}</p>")));
    let text = format!("seen: {disguised}");
    scribe.record(Event::Warning(WarningRecord { attempt: scribe.attempt(), text }));
    scribe.attach_text("console", "txt", "nothing special").unwrap();
}

#[when("a secret is written before it is known to be one")]
fn early(actor: &mut Actor) {
    let scribe = actor.scribe();
    scribe.attach_text("dom", "html", "<p>secret-of-the-merchant</p>").unwrap();
    let text = "seen: secret-of-the-merchant".to_owned();
    scribe.record(Event::Warning(WarningRecord { attempt: scribe.attempt(), text }));
    scribe.learn("secret-of-the-merchant");
}
