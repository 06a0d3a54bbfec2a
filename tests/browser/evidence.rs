//! What is kept of the pages met, and what is not.

use crate::site::{Site, lease, with};
use base64::Engine;
use smartpay_conformance::{
    browser::Lease,
    journal::{Attempt, Event, Journal},
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
