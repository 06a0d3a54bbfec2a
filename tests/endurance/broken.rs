//! Requests that are broken in one way each.

use super::client::Client;
use super::shop::{Shop, request};
use serde_json::{Value, json};
use smartpay_conformance::wire::{Clock, Secret, mint};

/// Deeper than any stack is for a reader that calls itself.
const DEPTH: usize = 50_000;

/// More than the twin reads.
const TOO_LARGE: usize = 300_000;

/// What is to become of a broken request.
#[derive(Clone, Copy)]
enum End {
    /// An answer with this HTTP status that holds this text.
    Refused(u16, &'static str),
    /// An answer of the kind 4xx, or no answer and the end of the connection: what is no HTTP, or is not read to its end.
    RefusedOrHungUp,
    /// We hang up after the last byte.
    Dropped,
    /// We hang up after a part, a longer one each time.
    Truncated,
}

pub(super) struct Broken {
    name: String,
    request: Vec<u8>,
    end: End,
}

impl Broken {
    /// Sends it for the `round`th time and sees how it ends.
    pub(super) fn send(&self, client: &mut Client, round: usize) {
        match self.end {
            End::Refused(status, text) => {
                let answer = client.ask(&self.request);
                // A connection that the twin ended between two requests is opened again.
                let answer =
                    answer.or_else(|| client.ask(&self.request)).unwrap_or_else(|| panic!("{}: no answer", self.name));
                assert_eq!(answer.status, status, "{}: {}", self.name, answer.content);
                assert!(answer.content.contains(text), "{}: {}", self.name, answer.content);
            }
            End::RefusedOrHungUp => {
                client.hang_up();
                let answer = client.ask(&self.request);
                assert!(answer.is_none_or(|answer| (400..500).contains(&answer.status)), "{}", self.name);
                client.hang_up();
            }
            End::Dropped => self.send_and_hang_up(client, self.request.len()),
            End::Truncated => self.send_and_hang_up(client, 1 + round * 7 % (self.request.len() - 1)),
        }
    }

    fn send_and_hang_up(&self, client: &mut Client, bytes: usize) {
        client.hang_up();
        client.write(&self.request[..bytes]);
        client.hang_up();
    }
}

/// Every kind of broken request.
pub(super) fn kinds(shop: &Shop) -> Vec<Broken> {
    let mut kinds = bodies(shop);
    kinds.extend(fields(shop));
    kinds.extend(values(shop));
    kinds.extend(tokens(shop));
    kinds.extend(addresses(shop));
    kinds.extend(connections(shop));
    kinds
}

fn broken(name: impl Into<String>, request: Vec<u8>, end: End) -> Broken {
    Broken { name: name.into(), request, end }
}

/// A payment with another body.
fn payment(shop: &Shop, body: &[u8]) -> Vec<u8> {
    request("POST /api/initiatePayment", &shop.keyed(), body)
}

fn bodies(shop: &Shop) -> Vec<Broken> {
    let good = shop.order("broken").to_string();
    let with = |field: &str| good.replacen('{', &format!("{{{field},"), 1).into_bytes();
    let nested = format!("{}{}", "[".repeat(DEPTH), "]".repeat(DEPTH));
    let objects = format!("{}1{}", r#"{"a":"#.repeat(DEPTH / 5), "}".repeat(DEPTH / 5));
    [
        ("no JSON", b"amount=50000&currency=VND".to_vec()),
        ("nothing", Vec::new()),
        ("no object", b"[1,2]".to_vec()),
        ("a null", b"null".to_vec()),
        ("truncated JSON", good[..good.len() / 2].into()),
        ("two bodies", format!("{good}{good}").into_bytes()),
        ("a field twice", with(r#""amount":50000"#)),
        ("open brackets", "[".repeat(DEPTH).into_bytes()),
        ("open objects", r#"{"a":"#.repeat(DEPTH / 5).into_bytes()),
        ("deep instead of a field", format!(r#"{{"key":{nested}}}"#).into_bytes()),
        ("deep in a field that is ignored", format!(r#"{{"other":{nested}}}"#).into_bytes()),
        ("deep in an item", with(&format!(r#""user_configured_field1":{objects}"#))),
        ("not UTF-8", [&b"{\"key\":\"\xFF\xFE\",\""[..], good.as_bytes()].concat()),
        ("half a surrogate", with(r#""user_configured_field1":"\ud800""#)),
        ("a zero byte", with("\"user_configured_field1\":\"\0\"")),
        ("a number out of range", good.replace("50000", "1e999").into_bytes()),
        (
            "a number of many digits",
            good.replace("\"amount\":50000", &format!("\"amount\":{}x", "9".repeat(9_999))).into_bytes(),
        ),
    ]
    .into_iter()
    .map(|(name, body)| broken(name, payment(shop, &body), End::Refused(401, "\"4001\"")))
    .chain([broken(
        "oversized",
        payment(shop, format!(r#"{{"key":"{}"}}"#, "x".repeat(TOO_LARGE)).as_bytes()),
        End::RefusedOrHungUp,
    )])
    .collect()
}

/// Each required field missing, null, empty, and of another type.
fn fields(shop: &Shop) -> Vec<Broken> {
    let good = shop.order("broken");
    let optional = ["billing_details", "order_details"];
    let mut kinds = Vec::new();
    for (name, value) in good.as_object().unwrap() {
        let other = if value.is_string() { json!({ "a": 1 }) } else { json!("7") };
        let changes = [None, Some(Value::Null), Some(json!("")), Some(other)];
        for change in changes.into_iter().skip(if optional.contains(&name.as_str()) { 2 } else { 0 }) {
            let mut body = good.clone();
            let what = format!("{name}: {change:?}");
            match change {
                None => drop(body.as_object_mut().unwrap().remove(name)),
                Some(change) => body[name] = change,
            }
            kinds.push(broken(what, payment(shop, body.to_string().as_bytes()), End::Refused(401, "\"4001\"")));
        }
    }
    kinds
}

/// Fields that are there, of the right type, and wrong.
fn values(shop: &Shop) -> Vec<Broken> {
    let signed = |change: &dyn Fn(&mut smartpay_conformance::wire::InitiatePayment)| {
        let mut order = serde_json::from_value(shop.order("broken")).unwrap();
        change(&mut order);
        json!(order.signed(&shop.secret)).to_string().into_bytes()
    };
    let mut unsigned = shop.order("broken");
    unsigned["amount"] = json!(1);
    [
        ("wrong signature", unsigned.to_string().into_bytes(), 401, "\"4011\""),
        ("used before", signed(&|order| order.merchant_order_id = "before-open".into()), 401, "\"4002\""),
        ("unknown merchant", signed(&|order| order.key = "nobody".into()), 400, "\"4016\""),
        ("amount", signed(&|order| order.amount = 0.into()), 401, "\"4041\""),
        ("negative amount", signed(&|order| order.amount = (-1).into()), 401, "\"4041\""),
        ("fraction", signed(&|order| order.amount = "0.125".parse().unwrap()), 401, "\"4041\""),
        ("huge amount", signed(&|order| order.amount = "1e300".parse().unwrap()), 401, "\"4041\""),
        ("currency", signed(&|order| order.currency = "USD".into()), 401, "\"4075\""),
        ("environment", signed(&|order| order.environment = "live".into()), 401, "\"4034\""),
        ("channel", signed(&|order| order.pmt_channel = "OTHER".into()), 401, "\"4046\""),
        ("method", signed(&|order| order.pmt_method = "OTHER".into()), 401, "\"4057\""),
        ("address", signed(&|order| order.success_url = "javascript:alert(1)".into()), 401, "\"4001\""),
        ("long id", signed(&|order| order.merchant_order_id = "x".repeat(513)), 401, "\"4001\""),
    ]
    .into_iter()
    .map(|(name, body, status, code)| broken(name, payment(shop, &body), End::Refused(status, code)))
    .collect()
}

/// Requests with a token that is none.
fn tokens(shop: &Shop) -> Vec<Broken> {
    let now = Clock::system().now();
    let good = mint(&shop.key, &shop.secret, now, 3600);
    let (head, rest) = good.split_once('.').unwrap();
    let (claims, signature) = rest.split_once('.').unwrap();
    // {"alg":"none","typ":"JWT"}
    let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
    let bearer = |token: &str| format!("{}authorization: Bearer {token}\r\n", shop.keyed());
    let status = |headers: &str| request("GET /api/transaction/before-open/status", headers, b"");
    [
        ("expired", bearer(&mint(&shop.key, &shop.secret, now, -1)), "\"4054\""),
        ("of another secret", bearer(&mint(&shop.key, &Secret::new("x"), now, 3600)), "\"4054\""),
        ("of another merchant", bearer(&mint("x", &shop.secret, now, 3600)), "\"4054\""),
        ("unsigned", bearer(&format!("{none}.{claims}.")), "\"4054\""),
        ("unsigned with a signature", bearer(&format!("{none}.{claims}.{signature}")), "\"4054\""),
        ("cut off", bearer(&format!("{head}.{claims}")), "\"4054\""),
        ("nonsense", bearer(&"x".repeat(4_000)), "\"4054\""),
        ("no token", shop.keyed(), "\"4054\""),
        ("no key", format!("authorization: Bearer {good}\r\n"), "\"4010\""),
    ]
    .into_iter()
    .map(|(name, headers, code)| broken(name, status(&headers), End::Refused(401, code)))
    .collect()
}

/// Whatever goes to the wrong place or comes as something else.
fn addresses(shop: &Shop) -> Vec<Broken> {
    let good = shop.order("broken").to_string();
    let (keyed, authorised) = (shop.keyed(), shop.authorised());
    let plain = format!("{keyed}content-type: text/plain\r\n");
    let at = |name: &str, line: &str, headers: &str, body: &str, status, text| {
        broken(name, request(line, headers, body.as_bytes()), End::Refused(status, text))
    };
    let webhook = format!("POST /api/merchant/{}/webhook", shop.key);
    vec![
        at("content type", "POST /api/initiatePayment", &plain, &good, 401, "\"4001\""),
        at("no key", "POST /api/initiatePayment", "", &good, 401, "\"4010\""),
        at("other key", "POST /api/initiatePayment", "x-portone-client-key: x\r\n", &good, 401, "\"4010\""),
        at("method GET", "GET /api/initiatePayment", &keyed, "", 405, "\"4001\""),
        at("method DELETE", "DELETE /api/initiatePayment", &keyed, &good, 405, "\"4001\""),
        at("unknown path", "POST /api/initiatePayments", &keyed, &good, 404, "\"4001\""),
        at("path that is not UTF-8", "GET /api/transaction/%FF%FE/status", &authorised, "", 400, "\"4001\""),
        at("unknown order", "GET /api/transaction/none/status", &authorised, "", 400, "\"4096\""),
        at("refund of nothing", "POST /api/refund/none", &authorised, "{}", 400, "\"4001\""),
        at(
            "status without a signature",
            "PUT /api/transaction/status",
            &authorised,
            "{\"status\":\"Success\"}",
            400,
            "\"4001\"",
        ),
        at("webhook to nowhere", &webhook, &authorised, "{\"url\":\"nowhere\"}", 400, "\"4001\""),
        at("lever with nonsense", "POST /_twin/clock", "", "nonsense", 400, "error"),
        at("unknown lever", "POST /_twin/nothing", "", "{}", 404, "error"),
    ]
}

/// What breaks before there is a request, or while there is one.
fn connections(shop: &Shop) -> Vec<Broken> {
    let good = payment(shop, shop.order("never-sent-whole").to_string().as_bytes());
    let body_at = good.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let chunked = |chunk: &str| {
        let head = format!(
            "POST /api/initiatePayment HTTP/1.1\r\nhost: x\r\n{}transfer-encoding: chunked\r\n\r\n{chunk}",
            shop.keyed()
        );
        head.into_bytes()
    };
    vec![
        broken("a connection and nothing", Vec::new(), End::Dropped),
        broken("half a head", good[..body_at / 2].into(), End::Dropped),
        broken("a head without its body", good[..body_at].into(), End::Dropped),
        broken("a part of a request", good.clone(), End::Truncated),
        broken("an answer that nobody reads", payment(shop, b"{}"), End::Dropped),
        broken("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03 hello\r\n\r\n".to_vec(), End::RefusedOrHungUp),
        broken("another protocol", b"HELO mail.example\r\n\r\n".to_vec(), End::RefusedOrHungUp),
        broken(
            "two lengths",
            [b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n", &good[..]].concat(),
            End::RefusedOrHungUp,
        ),
        broken(
            "a header without end",
            format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}", "y".repeat(TOO_LARGE)).into_bytes(),
            End::Dropped,
        ),
        broken(
            "many headers",
            format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "x: y\r\n".repeat(500)).into_bytes(),
            End::RefusedOrHungUp,
        ),
        broken("a chunk that is none", chunked("ZZ\r\n"), End::RefusedOrHungUp),
        broken("a chunk without end", chunked("FFFF\r\n{"), End::Dropped),
    ]
}
