//! What an attempt sent, in the order in which it was sent, of bounded length.

use super::{Creator, Entry, Har, Log, Page, PageTimings};
use std::collections::VecDeque;

/// How many requests are kept of an attempt: the last ones, since it is the end that tells why it failed.
const MAX_ENTRIES: usize = 1000;
/// How many bytes are kept of a body.
const MAX_BODY: usize = 64 * 1024;
/// Requests of one attempt, without secrets.
#[derive(Debug, Default)]
pub struct Traffic {
    entries: VecDeque<Entry>,
    left_out: usize,
}

impl Traffic {
    /// Keeps one more. Secrets must be gone from it: a body that is cut could leave part of one that nothing finds.
    pub fn add(&mut self, mut entry: Entry) {
        if let Some(post) = &mut entry.request.post_data {
            cut(&mut post.text, &mut post.comment);
            if post.comment.is_some() {
                post.params = None;
            }
        }
        let content = &mut entry.response.content;
        if let Some(text) = &mut content.text {
            cut(text, &mut content.comment);
        }
        if self.entries.len() == MAX_ENTRIES {
            self.entries.pop_front();
            self.left_out += 1;
        }
        self.entries.push_back(entry);
    }

    /// The archive, if anything was sent, whose one page is called `title`. Nothing is left here.
    pub fn take(&mut self, page: &str, title: &str) -> Option<Har> {
        let Self { entries, left_out } = std::mem::take(self);
        let mut entries: Vec<Entry> = entries.into();
        entries.sort_by_key(|entry| entry.started_date_time);
        let pages = vec![Page {
            started_date_time: entries.first()?.started_date_time,
            id: page.to_owned(),
            title: title.to_owned(),
            page_timings: PageTimings::default(),
        }];
        let comment = (left_out > 0).then(|| format!("{left_out} earlier requests are left out"));
        let creator =
            Creator { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() };
        let log = Log { version: "1.2".to_owned(), creator, pages, entries, comment };
        Some(Har { log })
    }
}

/// Shortens a body and says so.
fn cut(text: &mut String, comment: &mut Option<String>) {
    if text.len() > MAX_BODY {
        *comment = Some(format!("cut: the first {MAX_BODY} of {} bytes", text.len()));
        text.truncate(text.floor_char_boundary(MAX_BODY));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Attempt, ExchangeRecord};
    use std::collections::BTreeMap;

    fn entry(second: i64, body: &str) -> Entry {
        let form = ("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned());
        Entry::of_exchange(&ExchangeRecord {
            attempt: Attempt { scenario: "s".to_owned(), attempt: 1 },
            method: "POST".to_owned(),
            url: "http://a.example/?q=1".to_owned(),
            request_headers: BTreeMap::from([form]),
            request_body: Some(body.to_owned()),
            status: None,
            response_headers: BTreeMap::new(),
            response_body: None,
            error: Some("connection refused".to_owned()),
            started_at: jiff::Timestamp::from_second(second).unwrap(),
            duration_ms: 5,
        })
    }

    #[test]
    fn the_last_requests_are_kept_in_order_and_long_bodies_are_cut() {
        let mut traffic = Traffic::default();
        assert!(traffic.take("api", "The API").is_none());
        traffic.add(entry(5, "a=1"));
        for second in (0..MAX_ENTRIES as i64).rev() {
            traffic.add(entry(second, &"ờ".repeat(MAX_BODY)));
        }
        let log = traffic.take("api", "The API").unwrap().log;
        assert_eq!((log.entries.len(), log.comment.as_deref()), (MAX_ENTRIES, Some("1 earlier requests are left out")));
        assert!(log.entries.is_sorted_by_key(|entry| entry.started_date_time));
        let post = log.entries[0].request.post_data.as_ref().unwrap();
        assert!(post.text.len() <= MAX_BODY && post.params.is_none());
        assert_eq!(post.comment.as_deref(), Some("cut: the first 65536 of 196608 bytes"));
        assert_eq!((log.entries[0].request.body_size, log.entries[0].response.status), (196_608, 0));
        assert!(traffic.take("api", "The API").is_none());
    }
}
