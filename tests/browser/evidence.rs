//! What is kept of the pages met, and what is not.

use crate::site::{Site, config, lease, with};
use base64::Engine;
use smartpay_conformance::{
    browser::{Lease, Pool, PoolConfig},
    journal::{Attempt, Event, Journal, har},
    wire::Secret,
};

/// How many red pixels a picture has, counted by the browser itself.
async fn red(site: &Site, counter: &mut Lease, picture: &[u8]) -> u32 {
    counter.open(&site.url("shop", "pixels")).await.unwrap();
    let data = base64::engine::general_purpose::STANDARD.encode(picture);
    counter.fill("pixels.data", &format!("data:image/jpeg;base64,{data}")).await.unwrap();
    counter.press("pixels.count").await.unwrap();
    let counted = counter.read("pixels.result").await.unwrap();
    counted.split(' ').next().unwrap().parse().unwrap()
}

#[test]
fn screenshots_cover_filled_fields_and_card_numbers_in_every_frame() {
    with(async |site: &Site| {
        let mut browser = lease(&site.pool).await;
        browser.open(&site.url("shop", "secrets")).await.unwrap();
        browser.await_page(&["secrets"]).await.unwrap();
        browser.await_field("secrets.otp").await.unwrap();
        // On these pages red is what must not be seen, and an empty field is no secret.
        let empty = browser.screenshot().await.unwrap();
        assert!(empty.starts_with(&[0xff, 0xd8]), "a JPEG picture");
        browser.fill_secret("secrets.cvv", &Secret::new("001")).await.unwrap();
        let filled = browser.screenshot().await.unwrap();
        // The covers are taken away again.
        browser.press("secrets.cvv").await.unwrap();
        let field = browser.element_png("secrets.cvv").await.unwrap();
        browser.give_back(true);
        let mut counter = lease(&site.pool).await;
        let (before, after) = (red(site, &mut counter, &empty).await, red(site, &mut counter, &filled).await);
        assert!((8000..9500).contains(&before), "only the empty field of 300 by 30 is red: {before}");
        assert_eq!(after, 0);
        let field = image::load_from_memory(&field).unwrap().into_rgb8();
        assert!(field.pixels().filter(|pixel| pixel.0[0] > 180 && pixel.0[1] < 90).count() > 8000);
        counter.give_back(true);
    });
}

#[test]
fn the_journal_gets_each_page_once_and_no_secret() {
    with(async |site: &Site| {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::create(folder.path()).unwrap();
        let attempt = Attempt { scenario: "payments/card".to_owned(), attempt: 1 };
        let mut browser = site.pool.lease(Some(journal.scribe(attempt.clone()))).await.unwrap();
        browser.open(&site.url("shop", "secrets")).await.unwrap();
        browser.await_page(&["secrets"]).await.unwrap();
        browser.fill_secret("secrets.cvv", &Secret::new("a-typed-secret")).await.unwrap();
        browser.await_page(&["secrets"]).await.unwrap();
        browser.record_failure().await.unwrap();
        browser.record_documents().await.unwrap();
        browser.give_back(true);

        let lines = std::fs::read_to_string(folder.path().join("journal.ndjson")).unwrap();
        let events: Vec<Event> = lines
            .lines()
            .map(|line| serde_json::from_str::<smartpay_conformance::journal::Entry>(line).unwrap().event)
            .collect();
        let mut pages = Vec::new();
        let mut documents = String::new();
        for event in events {
            match event {
                Event::Page(page) => {
                    assert_eq!((page.attempt, page.title.as_str()), (attempt.clone(), "Secrets"));
                    let picture = std::fs::read(folder.path().join(page.screenshot.unwrap())).unwrap();
                    assert!(picture.starts_with(&[0xff, 0xd8]));
                    pages.push(page.name);
                }
                Event::Attachment(file) => {
                    documents += &std::fs::read_to_string(folder.path().join(file.path)).unwrap();
                }
                _ => {}
            }
        }
        assert_eq!(pages, ["secrets", "at the failure"]);
        assert!(documents.contains("150.000 ₫") && documents.contains("secret-frame"), "{documents}");
        let written = lines + &documents;
        for secret in ["5200 0000", "9704000000000018", "hidden-token", "a-typed-secret", "value=\"OTP\""] {
            assert!(!written.contains(secret), "{secret} in {written}");
        }
    });
}

#[test]
fn what_was_sent_is_told_once_and_not_to_the_next_scenario() {
    with(async |site: &Site| {
        // One browser, so that the next scenario gets the same.
        let pool = Pool::new(PoolConfig { size: 1, ..config() });
        let mut browser = lease(&pool).await;
        browser.open(&site.url("shop", "hop/1")).await.unwrap();
        browser.open(&site.url("first", "secrets")).await.unwrap();
        let sent = browser.requests().await.unwrap();
        let hosts =
            |entries: &[har::Entry], host: &str| entries.iter().filter(|e| e.request.url.contains(host)).count();
        assert!(hosts(&sent, "//shop.") > 0 && hosts(&sent, "//first.") > 0, "{sent:?}");
        let page = sent.iter().find(|entry| entry.request.url.ends_with("/secrets")).unwrap();
        assert_eq!((page.request.method.as_str(), page.response.status), ("GET", 200));
        assert!(page.time > 0.0, "{page:?}");
        // A page can be there before the browser tells that all of it came; of one of several it does in time.
        let mut told = page.response.content.size > 0;
        for _ in 0..20 {
            browser.open(&site.url("sized", "secrets")).await.unwrap();
            let sent = browser.requests().await.unwrap();
            told |= sent.iter().any(|entry| entry.request.url.ends_with("/secrets") && entry.response.content.size > 0);
            if told {
                break;
            }
        }
        assert!(told, "no size of a page was told");

        browser.open(&site.url("second", "secrets")).await.unwrap();
        let again = browser.requests().await.unwrap();
        let of_the_first =
            again.iter().filter(|e| e.request.url.contains("//first.") && e.request.url.ends_with("/secrets"));
        // An icon may be asked for late.
        assert_eq!((of_the_first.count(), hosts(&again, "//second.") > 0), (0, true), "{again:?}");
        browser.open(&site.url("unread", "secrets")).await.unwrap();
        browser.give_back(true);
        let mut next = lease(&pool).await;
        assert_eq!(pool.opened(), 1);
        next.open(&site.url("third", "secrets")).await.unwrap();
        let sent = next.requests().await.unwrap();
        assert!(hosts(&sent, "//third.") > 0 && hosts(&sent, "//unread.") == 0, "{sent:?}");
        next.give_back(true);
        pool.shutdown().await;

        let unlogged = Pool::new(PoolConfig { size: 1, network: false, ..config() });
        let mut browser = lease(&unlogged).await;
        browser.open(&site.url("shop", "secrets")).await.unwrap();
        assert!(browser.requests().await.unwrap().is_empty());
        browser.give_back(true);
        unlogged.shutdown().await;
    });
}
