//! What is told of pages that no profile knows.

use crate::site::{Site, at, config};
use smartpay_conformance::{
    browser::{ElementKind, Lease, Pool, PoolConfig, Profiles},
    journal::{Attempt, Journal},
};
use std::{process::Command, sync::Arc, time::Duration};

/// What the page `unknown` holds and nobody is told.
const TYPED: [&str; 4] = ["5200 0000", "gia-tri-rieng", "typed-before", "typed-in-place"];

#[test]
fn every_frame_field_and_button_is_told_with_what_finds_it() {
    at("shop", "unknown", async |_: &Site, mut browser: Lease| {
        let inspection = browser.inspect_at_rest(Duration::from_secs(10)).await.unwrap();
        assert!(inspection.at_rest);
        let depths: Vec<_> = inspection.frames.iter().map(|frame| (frame.depth, frame.title.as_str())).collect();
        assert_eq!(depths, [(0, "Trang lạ"), (1, "Step"), (2, "Challenge")]);
        assert!(inspection.pages.contains(&"challenge".to_owned()), "{:?}", inspection.pages);
        let top = &inspection.frames[0].elements;
        let told: Vec<_> =
            top.iter().map(|element| (element.kind, element.label.as_str(), element.text.as_str())).collect();
        let field = |label| (ElementKind::Field, label, "");
        assert_eq!(
            told,
            [
                field("Số thẻ"),
                field("Mã khách hàng (10 số)"),
                field(""),
                field("Chi nhánh"),
                field("Lời nhắn"),
                (ElementKind::Button, "", "Tiếp theo")
            ]
        );
        let matches: Vec<_> = top[0].matches.iter().map(|found| found.field.as_str()).collect();
        assert!(matches.contains(&"form.number") && top[0].proposal.is_none(), "{matches:?}");
        let text = inspection.to_string();
        for part in [
            "matches challenge.code by { name = \"challengeDataEntry\" }",
            "    Frame http://b.localhost",
            "options [\"Hà Nội\", \"Huế\"]",
            "button <span>, text \"Tiếp theo\"",
        ] {
            assert!(text.contains(part), "{part:?} is missing in\n{text}");
        }
        for secret in TYPED {
            assert!(!text.contains(secret), "{secret} in\n{text}");
        }
        browser
    });
}

#[test]
fn what_is_proposed_can_be_pasted_and_then_finds() {
    at("shop", "unknown", async |site: &Site, mut browser: Lease| {
        let proposals = browser.inspect_at_rest(Duration::from_secs(10)).await.unwrap().proposals();
        let pasted = Profiles::parse("pasted.toml", &proposals).unwrap_or_else(|error| panic!("{error}\n{proposals}"));
        let pool = Pool::new(PoolConfig { size: 1, profiles: Arc::new(pasted.clone()), ..config() });
        let mut other = pool.lease(None).await.unwrap();
        other.open(&site.url("shop", "unknown")).await.unwrap();
        let page = pasted.page("new-1").unwrap();
        assert!(page.fields.len() >= 5, "{proposals}");
        other.await_page(&["new-1"]).await.unwrap();
        for field in page.fields.keys() {
            other.await_field(("new-1", field.as_str())).await.unwrap();
        }
        other.fill("new-1.ma-khach-hang-10-so", "77").await.unwrap();
        assert_eq!(other.read("new-1.ma-khach-hang-10-so").await.unwrap(), "77");
        other.press("new-1.tiep-theo").await.unwrap();
        other.give_back(false);
        pool.shutdown().await;
        browser
    });
}

#[test]
fn who_meets_an_unknown_page_keeps_an_inspection_of_it() {
    at("shop", "done", async |site: &Site, browser: Lease| {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::create(folder.path()).unwrap();
        let scribe = journal.scribe(Attempt { scenario: "payments/card".to_owned(), attempt: 1 });
        for (page, kept) in [("done", false), ("form", true)] {
            let mut lost = site.pool.lease(Some(scribe.clone())).await.unwrap();
            lost.open(&site.url("shop", "unknown")).await.unwrap();
            if kept {
                lost.await_page(&[page]).await.unwrap_err();
            }
            lost.record_documents().await.unwrap();
            lost.give_back(true);
            let files = walk(folder.path());
            let inspection = files.iter().find(|(name, _)| name.contains("inspection"));
            assert_eq!(inspection.is_some(), kept);
            if let Some((_, text)) = inspection {
                assert!(text.contains("fields.chi-nhanh = ") && text.contains("matches challenge.code"), "{text}");
                assert!(TYPED.iter().all(|secret| !text.contains(secret)), "{text}");
            }
        }
        browser
    });
}

fn walk(folder: &std::path::Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(walk(&path));
        } else {
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            files.push((path.display().to_string(), text));
        }
    }
    files
}

/// The program itself, with its exit code and what it printed.
fn inspect(args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smartpay-conformance"));
    let output = command.args(["pages", "inspect"]).args(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

#[test]
fn the_command_prints_the_inspection_and_says_by_its_code_what_kept_it_from_it() {
    at("shop", "done", async |site: &Site, browser: Lease| {
        let page = site.url("shop", "unknown");
        let folder = tempfile::tempdir().unwrap();
        let profile = folder.path().join("mine.toml");
        std::fs::write(
            &profile,
            "[page.mine]\ntitle = 'Mine'\nshows = ['branch']\nfields.branch = [{ label = 'chi nhánh' }]\n",
        )
        .unwrap();
        let mine = profile.display().to_string();
        let dead = format!("http://127.0.0.1:{}/", site.dead);
        let (hang, half) = (site.url("shop", "hang"), site.url("shop", "half"));
        let told = tokio::task::spawn_blocking(move || {
            let (code, stdout, stderr) = inspect(&[&page, "--profile", &mine]);
            assert_eq!(code, 0, "{stderr}");
            assert!(stdout.contains("Could be: ") && stdout.contains("mine"), "{stdout}");
            assert!(stdout.contains("matches mine.branch by { label = \"chi nhánh\" }"), "{stdout}");
            assert!(stdout.contains("would match") && stdout.contains("card.number"), "{stdout}");
            let (code, stdout, stderr) = inspect(&[&page, "--format", "json"]);
            assert_eq!(code, 0, "{stderr}");
            let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
            assert_eq!(json["frames"][0]["elements"][3]["options"][0], "Hà Nội");
            assert!(TYPED.iter().all(|secret| !stdout.contains(secret)), "{stdout}");
            for (args, expected, said) in [
                (&["not a url"][..], 2, "URL"),
                (&["ftp://a.localhost/"], 2, "http"),
                (&[page.as_str(), "--profile", "/nowhere.toml"], 2, "/nowhere.toml"),
                (&[dead.as_str()], 3, "ERR_CONNECTION_REFUSED"),
                (&[hang.as_str(), "--within", "2s"], 3, "timeout"),
                (&[half.as_str(), "--within", "2s"], 3, "timeout"),
                (&[page.as_str(), "--browser", "/nowhere/browser"], 3, "browser"),
            ] {
                let (code, stdout, stderr) = inspect(args);
                assert_eq!(code, expected, "{args:?}: {stderr}");
                assert!(stderr.contains(said) && stdout.is_empty(), "{args:?}: {stderr}");
            }
        });
        told.await.unwrap();
        browser
    });
}
