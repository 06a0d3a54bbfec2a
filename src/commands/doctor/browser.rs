//! Browser and driver: found, of one version, and a session really opened.

use super::finding::{Finding, Level};
use crate::browser::{Pool, PoolConfig, Profiles};
use std::{process::Stdio, time::Duration};
use tokio::process::Command;

/// How long a program may take to say its version.
const SAYING: Duration = Duration::from_secs(10);
/// Names under which the browser is installed.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const INSTALL: &str = "install Chromium and its driver (on Debian: apt install chromium chromium-driver)";

pub(super) async fn findings(profiles: Profiles, webdriver: Option<url::Url>) -> Vec<Finding> {
    let mut found = Vec::new();
    if webdriver.is_none() {
        found.extend(versions().await);
    }
    let mut config = PoolConfig::new(profiles);
    (config.size, config.webdriver) = (1, webdriver);
    let pool = Pool::new(config);
    found.push(match pool.lease(None).await {
        Ok(lease) => {
            lease.give_back(true);
            Finding::ok("session", "a browser was opened")
        }
        Err(error) => Finding::bad("session", Level::Error, format!("failed to {error}"), INSTALL),
    });
    pool.shutdown().await;
    found
}

async fn versions() -> Vec<Finding> {
    let driver = version("chromedriver").await;
    let mut browser = None;
    for name in BROWSERS {
        browser = version(name).await;
        if browser.is_some() {
            break;
        }
    }
    let told = |what, version: &Option<(String, u32)>| match version {
        Some((said, _)) => Finding::ok(what, said),
        // The driver may know a browser that is not on the search path, and a session shows it.
        None if what == "browser" => Finding::bad(
            what,
            Level::Warning,
            format!("none of {} is on the search path", BROWSERS.join(", ")),
            INSTALL,
        ),
        None => Finding::bad(what, Level::Error, "chromedriver is not on the search path", INSTALL),
    };
    let mut findings = vec![told("browser", &browser), told("driver", &driver)];
    if let (Some((_, browser)), Some((_, driver))) = (browser, driver)
        && browser != driver
    {
        let seen = format!("the browser is of version {browser}, the driver of {driver}");
        findings.push(Finding::bad("versions", Level::Error, seen, "install both in the same version"));
    }
    findings
}

/// What a program says of its version, and the first number of it.
async fn version(program: &str) -> Option<(String, u32)> {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(SAYING, command.output()).await.ok()?.ok()?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let number = said.split_whitespace().find_map(|word| word.split('.').next()?.parse().ok())?;
    let short = said.split(" (").next().unwrap_or(&said).trim().to_owned();
    Some((short, number))
}
