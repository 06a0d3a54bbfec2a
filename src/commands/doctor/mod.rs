//! `doctor`: what came from where, and whether a run could be carried out.

mod browser;
mod finding;
mod target;

use super::{
    DoctorArgs, Environment, Exit, Format,
    configuration::{Flags, Setting},
    fresh,
    output::{complain, note, print},
    stage::profiles,
    target::Choice,
};
use crate::{browser::Profiles, sandbox::HttpClient};
use finding::{Finding, Level};
use serde_json::json;
use std::path::Path;

pub(super) fn doctor(args: &DoctorArgs, config: Option<&Path>, environment: &Environment) -> Exit {
    match examine(args, config, environment) {
        Ok(exit) => exit,
        Err(error) => {
            let exit = Exit::of(&error);
            if args.format == Format::Json {
                let told = json!({ "exit_code": exit.code(), "error": format!("{error:#}") });
                // With the output closed nobody is left to tell.
                drop(print(&told.to_string()));
            }
            complain(&error, exit)
        }
    }
}

fn examine(args: &DoctorArgs, config: Option<&Path>, environment: &Environment) -> anyhow::Result<Exit> {
    let choice = Choice::named(&args.target, config, environment, Flags::default())?;
    let settings = choice.settings().to_vec();
    let is_twin = choice.is_twin();
    let running = choice.start(fresh::seed())?;
    let target = &running.target;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let findings = runtime.block_on(async {
        let mut found = Vec::new();
        let profile = match profiles(target) {
            Ok(profiles) => {
                let file = target.profile.as_ref().map_or("the built-in one", |profile| &profile.file);
                found.push(Finding::ok("profile", file));
                profiles
            }
            Err(failure) => {
                let advice = "correct the page profile";
                found.push(Finding::bad("profile", Level::Misconfigured, failure.observed, advice));
                Profiles::default()
            }
        };
        found.extend(browser::findings(profile, args.webdriver.clone()).await);
        let http = HttpClient::new()?;
        if is_twin {
            found.push(Finding::ok("target", "the embedded twin, which is always there"));
        } else {
            found.extend(target::findings(target, &running.merchant(), &http).await);
        }
        anyhow::Ok(found)
    })?;
    let exit = match findings.iter().map(|finding| finding.level).max() {
        Some(Level::Misconfigured) => Exit::Misconfigured,
        Some(Level::Error) => Exit::Blocked,
        _ => Exit::Conforming,
    };
    if args.format == Format::Json {
        let settings = settings.iter().map(|setting: &Setting| {
            json!({ "key": setting.key, "value": setting.shown, "origin": setting.origin.to_string() })
        });
        let told = json!({
            "target": args.target, "exit_code": exit.code(),
            "configuration": settings.collect::<Vec<_>>(), "findings": findings,
        });
        print(&serde_json::to_string_pretty(&told)?)?;
    } else {
        let width = settings.iter().map(|setting| setting.shown.chars().count()).max().unwrap_or_default().min(48);
        note(&format!("target {}", args.target));
        for Setting { key, shown, origin } in &settings {
            note(&format!("  {key:<22}  {shown:<width$}  from {origin}"));
        }
        findings.iter().for_each(|finding| note(&finding.line()));
        note(&format!("exit {}", exit.code()));
    }
    Ok(exit)
}
