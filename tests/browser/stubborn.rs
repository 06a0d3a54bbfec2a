//! Pages that keep a journey from going on: by banners, consents, windows, detours and slowness.

use crate::site::{Site, at, lease, with};
use smartpay_conformance::{
    browser::Lease,
    journal::{Failure, FailureKind},
};
use std::time::Instant;

#[test]
fn a_month_and_a_year_are_told_by_their_heading_or_placeholders() {
    at("shop", "dates", async |_: &Site, mut browser: Lease| {
        browser.fill("dates.expiry", "02/24").await.unwrap();
        browser.fill("dates.issued", "03/07").await.unwrap();
        browser.press("dates.send").await.unwrap();
        browser.await_page(&["done"]).await.unwrap();
        assert_eq!(browser.read("done.query").await.unwrap(), "?m=feb&y=2024&im=03&iy=07");
        browser
    });
}

#[test]
fn boxes_are_told_by_their_looks_though_each_is_a_component() {
    at("shop", "components", async |_: &Site, mut browser: Lease| {
        browser.fill("components.number", "5200000000001096").await.unwrap();
        browser.fill("components.code", "123456").await.unwrap();
        browser.press("components.send").await.unwrap();
        assert_eq!(browser.read("components.result").await.unwrap(), "5200 0000 0000 1096 1 2 3 4 5 6");
        browser
    });
}

#[test]
fn a_label_may_float_behind_its_field() {
    at("shop", "floating", async |_: &Site, mut browser: Lease| {
        browser.fill("floating.holder", "AN").await.unwrap();
        browser.fill("floating.expiry", "01/24").await.unwrap();
        browser.fill("floating.number", "12").await.unwrap();
        browser.press("floating.send").await.unwrap();
        browser.await_page(&["done"]).await.unwrap();
        assert_eq!(browser.read("done.query").await.unwrap(), "?a=12&b=AN&c=01/24");
        browser
    });
}

#[test]
fn a_banner_is_sent_away_once_and_only_when_it_is_in_the_way() {
    at("shop", "cookies", async |site: &Site, mut browser: Lease| {
        // Looking needs no press.
        browser.await_page(&["late"]).await.unwrap();
        assert_eq!(browser.read("cookies.dismissed").await.unwrap(), "0");
        browser.fill("late.name", "An").await.unwrap();
        browser.press("late.go").await.unwrap();
        assert_eq!(browser.read("late.go").await.unwrap(), "Hello An");
        assert_eq!(browser.read("cookies.dismissed").await.unwrap(), "1");
        browser.open(&site.url("shop", "cookies-framed")).await.unwrap();
        browser.await_page(&["counter"]).await.unwrap();
        browser.press("counter.go").await.unwrap();
        assert_eq!(browser.read("counter.go").await.unwrap(), "pressed 1");
        browser
    });
}

#[test]
fn a_consent_is_given_where_it_is_asked_for() {
    at("shop", "consent", async |_: &Site, mut browser: Lease| {
        browser.tick_if_shown("consent.newsletter").await.unwrap();
        browser.tick_if_shown("consent.terms").await.unwrap();
        assert!(browser.is_ticked("consent.terms").await.unwrap());
        browser.tick_if_shown("consent.terms").await.unwrap();
        browser.press("consent.go").await.unwrap();
        assert_eq!(browser.read("consent.go").await.unwrap(), "agreed");
        browser
    });
}

#[test]
fn a_second_window_may_close_or_stay_while_the_first_one_goes_over_three_hosts() {
    for how in ["closes", "stays"] {
        at("shop", &format!("opener?{how}"), async |_: &Site, mut browser: Lease| {
            browser.press("counter.go").await.unwrap();
            browser.await_page(&["window"]).await.unwrap();
            browser.press("window.confirm").await.unwrap();
            let url = browser.await_url("of the end", |url| url.contains("/done?")).await.unwrap();
            assert!(url.starts_with("http://shop.localhost") && url.ends_with(&format!("/done?in={how}")), "{url}");
            browser.await_page(&["done"]).await.unwrap();
            assert_eq!(browser.read("done.query").await.unwrap(), format!("?in={how}"));
            browser
        });
    }
}

#[test]
fn a_window_that_a_page_opens_speaks_the_browsers_language_from_its_first_page_on() {
    with(async |site: &Site| {
        let mut browser = site.pool.lease_in("vi", None).await.unwrap();
        browser.open(&site.url("shop", "popup")).await.unwrap();
        browser.press("counter.go").await.unwrap();
        browser.await_page(&["done"]).await.unwrap();
        assert_eq!(browser.read("done.query").await.unwrap(), "?in=popup");
        assert_eq!(browser.read("done.language").await.unwrap(), "vi");
        browser.give_back(true);
        let mut next = lease(&site.pool).await;
        next.open(&site.url("shop", "done")).await.unwrap();
        assert_eq!(next.read("done.language").await.unwrap(), "en-US,en;q=0.9");
        next.give_back(true);
    });
}

#[test]
fn what_is_looked_for_on_another_device_is_not_found_in_the_first_window() {
    at("shop", "done", async |site: &Site, mut browser: Lease| {
        browser.await_page(&["done"]).await.unwrap();
        browser.new_window().await.unwrap();
        browser.open(&site.url("shop", "counter")).await.unwrap();
        browser.await_page(&["done"]).await.unwrap_err();
        browser.await_url("of the first window", |url| url.ends_with("/done")).await.unwrap_err();
        browser.await_page(&["counter"]).await.unwrap();
        browser.close_window().await.unwrap();
        browser.await_page(&["done"]).await.unwrap();
        browser
    });
}

#[test]
fn a_page_may_show_the_code_it_asks_for() {
    at("shop", "code", async |_: &Site, mut browser: Lease| {
        browser.await_page(&["code"]).await.unwrap();
        let shown = browser.read("code.shown").await.unwrap();
        assert!(shown.contains("482913"), "{shown}");
        browser.fill("code.input", "482913").await.unwrap();
        browser.press("code.send").await.unwrap();
        browser.await_page(&["done"]).await.unwrap();
        assert_eq!(browser.read("done.query").await.unwrap(), "?code=482913");
        browser
    });
}

#[test]
fn a_slow_page_is_waited_for_and_half_a_page_blocks() {
    at("shop", "blank", async |site: &Site, mut browser: Lease| {
        browser.press("blank.later").await.unwrap();
        browser.await_page(&["late"]).await.unwrap();
        browser.open(&site.url("shop", "blank")).await.unwrap();
        let start = Instant::now();
        browser.press("blank.go").await.unwrap();
        let failure = Failure::from(browser.await_page(&["form"]).await.unwrap_err());
        assert_eq!(failure.kind, FailureKind::Blocked, "{failure}");
        assert!(start.elapsed().as_secs() < 15, "{:?}", start.elapsed());
        browser.open(&site.url("shop", "done")).await.unwrap();
        browser
    });
    with(async |site: &Site| {
        let mut browser = lease(&site.pool).await;
        let failure = Failure::from(browser.open(&site.url("shop", "half")).await.unwrap_err());
        assert_eq!(failure.kind, FailureKind::Blocked, "{failure}");
        browser.give_back(true);
    });
}
