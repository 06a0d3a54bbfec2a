//! What the browser sent and got, read from the events of its network as the driver logs them.

use crate::journal::har::{Cache, Content, Entry, Pair, Request, Response, Timings};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{HashMap, VecDeque};

/// One request, or one of several that redirects made of it.
#[derive(Default)]
struct Hop {
    id: String,
    /// As seconds since 1970.
    at: f64,
    /// The same moment on the clock that the other moments are of.
    began: f64,
    ended: Option<f64>,
    kind: Option<String>,
    request: Value,
    response: Option<Value>,
    /// Whether events of their own tell the headers that really travelled.
    told_apart: bool,
    /// Of what came, unpacked.
    size: i64,
    /// Of what travelled, head and body.
    travelled: Option<i64>,
    error: Option<String>,
}

/// Headers as they really travelled, with cookies, of the hops of one request in order.
#[derive(Default)]
struct Travelled {
    requests: VecDeque<Value>,
    responses: VecDeque<Value>,
}

/// The requests to servers that the log tells of, in the order in which they began.
pub(super) fn entries(log: &[Value]) -> Vec<Entry> {
    let mut hops: Vec<Hop> = Vec::new();
    let mut last: HashMap<String, usize> = HashMap::new();
    let mut travelled: HashMap<String, Travelled> = HashMap::new();
    for logged in log {
        let Some(event) = logged["message"].as_str().and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
            continue;
        };
        let (method, told) = (&event["message"]["method"], &event["message"]["params"]);
        let (Some(method), Some(id)) = (method.as_str(), told["requestId"].as_str()) else { continue };
        if method == "Network.requestWillBeSent" {
            let moment = told["timestamp"].as_f64();
            if let (Some(hop), Some(answer)) = (last.get(id).map(|&hop| &mut hops[hop]), told.get("redirectResponse")) {
                (hop.response, hop.ended) = (Some(answer.clone()), moment);
                hop.told_apart = told["redirectHasExtraInfo"] == true;
            }
            last.insert(id.to_owned(), hops.len());
            hops.push(Hop {
                id: id.to_owned(),
                at: told["wallTime"].as_f64().unwrap_or_default(),
                began: moment.unwrap_or_default(),
                kind: told["type"].as_str().map(str::to_lowercase),
                request: told["request"].clone(),
                ..Hop::default()
            });
            continue;
        }
        // These may come before the request that they are about.
        let extra = |told: &Value| told["headers"].clone();
        match method {
            "Network.requestWillBeSentExtraInfo" => {
                travelled.entry(id.to_owned()).or_default().requests.push_back(extra(told));
            }
            "Network.responseReceivedExtraInfo" => {
                travelled.entry(id.to_owned()).or_default().responses.push_back(extra(told));
            }
            _ => {}
        }
        // What is about a request that was sent before the log was emptied is no part of it.
        let Some(hop) = last.get(id).map(|&hop| &mut hops[hop]) else { continue };
        match method {
            "Network.responseReceived" => {
                hop.response = Some(told["response"].clone());
                hop.told_apart = told["hasExtraInfo"] == true;
            }
            "Network.dataReceived" => hop.size += told["dataLength"].as_i64().unwrap_or_default(),
            "Network.loadingFinished" => {
                (hop.ended, hop.travelled) = (told["timestamp"].as_f64(), told["encodedDataLength"].as_i64());
            }
            "Network.loadingFailed" => {
                hop.ended = told["timestamp"].as_f64();
                let words = ["errorText", "blockedReason"].map(|word| told[word].as_str().unwrap_or_default());
                hop.error = Some(words.join(" ").trim().to_owned());
            }
            _ => {}
        }
    }
    let to_a_server = |hop: &Hop| hop.request["url"].as_str().is_some_and(|url| url.starts_with("http"));
    let entry = |hop: Hop| {
        let travelled = travelled.entry(hop.id.clone()).or_default();
        hop.entry(travelled)
    };
    hops.into_iter().filter(to_a_server).map(entry).collect()
}

impl Hop {
    fn entry(self, travelled: &mut Travelled) -> Entry {
        // A request that got no answer does not say whether its headers are told apart.
        let apart = self.told_apart || self.response.is_none();
        let sent = if apart { travelled.requests.pop_front() } else { None };
        let came = if self.told_apart { travelled.responses.pop_front() } else { None };
        let text = |name: &str| self.request[name].as_str();
        let answer = self.response.as_ref();
        let version = answer.map_or_else(String::new, |answer| version(&answer["protocol"]));
        let headers = pairs(sent.as_ref().unwrap_or(&self.request["headers"]));
        let kept = text("postData").or((self.request["hasPostData"] == true).then_some(""));
        let mut request =
            Request::new(text("method").unwrap_or("GET"), text("url").unwrap_or_default(), &version, headers, kept);
        if let (Some(post), None) = (&mut request.post_data, text("postData")) {
            post.comment = Some("the browser did not tell what was sent".to_owned());
            request.body_size = -1;
        }
        let response = answer.map_or_else(Response::none, |answer| {
            let headers = pairs(came.as_ref().unwrap_or(&answer["headers"]));
            let content = Content {
                size: self.size,
                mime_type: answer["mimeType"].as_str().unwrap_or("x-unknown").to_owned(),
                text: None,
                comment: Some("the bodies of pages are not kept".to_owned()),
            };
            let status = answer["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or_default();
            let words = answer["statusText"].as_str().unwrap_or_default();
            let mut response = Response::new(status, words, &version, headers, content);
            let head = answer["encodedDataLength"].as_i64().unwrap_or_default();
            response.body_size = self.travelled.map(|whole| whole - head).filter(|body| *body >= 0).unwrap_or(-1);
            response
        });
        let timings = self.timings();
        let unended = || "it had not ended when the log was read".to_owned();
        Entry {
            pageref: "browser".to_owned(),
            started_date_time: moment(self.at),
            time: rounded(timings.sum()),
            request,
            response,
            cache: Cache::default(),
            timings,
            server_ip_address: answer
                .and_then(|answer| answer["remoteIPAddress"].as_str())
                .map(|address| address.trim_matches(['[', ']']).to_owned()),
            error: self.error.or_else(|| answer.is_none().then(unended)),
            resource_type: self.kind,
            comment: None,
        }
    }

    fn timings(&self) -> Timings {
        let whole = self.ended.map_or(0.0, |ended| millis(ended - self.began));
        let Some(timing) = self.response.as_ref().map(|answer| &answer["timing"]).filter(|timing| timing.is_object())
        else {
            return Timings::whole(whole);
        };
        let at = |name: &str| timing[name].as_f64().filter(|at| *at >= 0.0);
        let phase = |from: &str, to: &str| at(from).zip(at(to)).map_or(-1.0, |(from, to)| rounded(to - from));
        let first = ["dnsStart", "connectStart", "sendStart"].into_iter().find_map(at).unwrap_or_default();
        let queued = timing["requestTime"].as_f64().map_or(0.0, |asked| millis(asked - self.began));
        let told = Timings {
            blocked: rounded(queued + first),
            dns: phase("dnsStart", "dnsEnd"),
            connect: phase("connectStart", "connectEnd"),
            ssl: phase("sslStart", "sslEnd"),
            send: phase("sendStart", "sendEnd").max(0.0),
            wait: phase("sendEnd", "receiveHeadersEnd").max(0.0),
            receive: 0.0,
        };
        Timings { receive: rounded(whole - told.sum()), ..told }
    }
}

/// By name; of a header that came several times a pair each.
fn pairs(headers: &Value) -> Vec<Pair> {
    let pair = |(name, value): (&String, &Value)| {
        let lines: Vec<&str> = value.as_str().unwrap_or_default().split('\n').collect();
        lines.into_iter().map(|line| Pair { name: name.clone(), value: line.to_owned() }).collect::<Vec<_>>()
    };
    headers.as_object().map(|headers| headers.iter().flat_map(pair).collect()).unwrap_or_default()
}

fn version(protocol: &Value) -> String {
    let protocol = protocol.as_str().unwrap_or_default();
    if protocol.starts_with("http/") { protocol.to_uppercase() } else { protocol.to_owned() }
}

fn moment(seconds: f64) -> Timestamp {
    Timestamp::UNIX_EPOCH.checked_add(jiff::SignedDuration::from_secs_f64(seconds)).unwrap_or_default()
}

fn millis(seconds: f64) -> f64 {
    rounded(seconds * 1000.0)
}

/// To a microsecond, and not before nothing.
fn rounded(millis: f64) -> f64 {
    (millis.max(0.0) * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn log(events: &[(&str, Value)]) -> Vec<Value> {
        let event = |(method, params): &(&str, Value)| {
            let message = json!({"message": {"method": format!("Network.{method}"), "params": params}, "webview": "W"});
            json!({"level": "INFO", "message": message.to_string(), "timestamp": 1})
        };
        events.iter().map(event).collect()
    }

    fn sent(id: &str, url: &str, at: f64) -> Value {
        let request = json!({"method": "POST", "url": url, "headers": {"Content-Type": "application/x-www-form-urlencoded"}, "postData": "otp=1&b=2+3", "hasPostData": true});
        json!({"requestId": id, "request": request, "wallTime": 1_700_000_000.25, "timestamp": at, "type": "Document"})
    }

    #[test]
    fn a_redirect_is_two_requests_with_the_headers_of_each() {
        let mut second = sent("1", "http://b.example/y", 10.5);
        second["redirectResponse"] = json!({"status": 302, "statusText": "Found", "protocol": "http/1.1", "headers": {"Location": "http://b.example/y"}});
        second["redirectHasExtraInfo"] = json!(true);
        second["request"] = json!({"method": "GET", "url": "http://b.example/y", "headers": {}});
        let timing = json!({"requestTime": 10.6, "dnsStart": 1.0, "dnsEnd": 2.0, "connectStart": 2.0, "connectEnd": 4.0, "sslStart": -1, "sslEnd": -1, "sendStart": 4.0, "sendEnd": 5.0, "receiveHeadersEnd": 25.0});
        let entries = entries(&log(&[
            ("requestWillBeSentExtraInfo", json!({"requestId": "1", "headers": {"Cookie": "a=1; b=2"}})),
            ("requestWillBeSent", sent("1", "http://a.example/x?q=%20z", 10.0)),
            (
                "responseReceivedExtraInfo",
                json!({"requestId": "1", "headers": {"Set-Cookie": "c=3; Path=/\nd=4", "Location": "http://b.example/y"}}),
            ),
            ("requestWillBeSent", second),
            ("requestWillBeSentExtraInfo", json!({"requestId": "1", "headers": {"Host": "b.example"}})),
            (
                "responseReceived",
                json!({"requestId": "1", "hasExtraInfo": false, "response": {"status": 200, "statusText": "OK", "protocol": "h2", "mimeType": "text/html", "headers": {"X": "1"}, "remoteIPAddress": "[::1]", "encodedDataLength": 100, "timing": timing}}),
            ),
            ("dataReceived", json!({"requestId": "1", "dataLength": 70})),
            ("loadingFinished", json!({"requestId": "1", "timestamp": 10.635, "encodedDataLength": 150})),
        ]));
        let [first, second] = &entries[..] else { panic!("{entries:?}") };
        assert_eq!(first.started_date_time.to_string(), "2023-11-14T22:13:20.25Z");
        assert_eq!(
            (first.time, first.response.status, first.response.redirect_url.as_str()),
            (500.0, 302, "http://b.example/y")
        );
        let names =
            |cookies: &[crate::journal::har::Cookie]| cookies.iter().map(|c| c.name.clone()).collect::<Vec<_>>();
        assert_eq!(
            (names(&first.request.cookies), names(&first.response.cookies)),
            (vec!["a".into(), "b".into()], vec!["c".into(), "d".into()])
        );
        assert_eq!(first.request.query_string[0].value, " z");
        assert_eq!(second.request.method, "GET");
        assert_eq!(
            (second.response.content.size, second.response.body_size, second.response.content.text.as_ref()),
            (70, 50, None)
        );
        assert_eq!(
            (second.timings.blocked, second.timings.dns, second.timings.connect, second.timings.ssl),
            (101.0, 1.0, 2.0, -1.0)
        );
        assert_eq!(
            (second.timings.send, second.timings.wait, second.timings.receive, second.time),
            (1.0, 20.0, 10.0, 135.0)
        );
        assert_eq!(second.server_ip_address.as_deref(), Some("::1"));
    }

    #[test]
    fn what_got_no_answer_says_why_and_what_is_no_request_is_left_out() {
        let mut unsaid = sent("2", "http://a.example/", 1.0);
        unsaid["request"].as_object_mut().unwrap().remove("postData");
        let entries = entries(&log(&[
            ("requestWillBeSent", sent("1", "http://a.example/form", 1.0)),
            (
                "loadingFailed",
                json!({"requestId": "1", "timestamp": 2.0, "errorText": "net::ERR_FAILED", "blockedReason": "csp"}),
            ),
            ("requestWillBeSent", unsaid),
            ("requestWillBeSent", sent("3", "data:image/png;base64,AA==", 1.0)),
            ("loadingFinished", json!({"requestId": "of the last scenario", "timestamp": 2.0})),
            ("policyUpdated", json!({})),
        ]));
        let [failed, unsaid] = &entries[..] else { panic!("{entries:?}") };
        assert_eq!((failed.response.status, failed.error.as_deref()), (0, Some("net::ERR_FAILED csp")));
        let post = failed.request.post_data.as_ref().unwrap();
        assert_eq!((post.text.as_str(), post.params.as_ref().unwrap()[1].value.as_str()), ("otp=1&b=2+3", "2 3"));
        assert_eq!(unsaid.error.as_deref(), Some("it had not ended when the log was read"));
        assert!(unsaid.request.post_data.as_ref().unwrap().comment.is_some());
    }
}
