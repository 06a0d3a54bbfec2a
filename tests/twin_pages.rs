//! The twin's pages as a browser meets them: real HTTP to its hosts, forms filled and sent, redirects followed.

#![expect(clippy::unwrap_used, reason = "a test's helpers may fail it by panicking")]

use base64::{Engine, prelude::BASE64_STANDARD};
use regex::Regex;
use reqwest::{Client, RequestBuilder, header, redirect::Policy};
use serde_json::{Value, json};
use smartpay_conformance::catalog::{ATM_CARDS, CREDIT_CARDS, ChallengeOutcome, Method, TEST_APP};
use smartpay_conformance::twin::{Account, Order, RunningTwin, Twin, TwinConfig};
use smartpay_conformance::wire::qr::QrPayload;
use smartpay_conformance::wire::{InitiatePayment, RefundStatus, Signature, TransactionStatus, Unknown};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

const HOSTS: [&str; 10] =
    ["api", "static", "shop", "checkout", "smartpay", "centinel", "acs", "napas", "wallet", "portal"];

/// A browser without scripts: cookies per host, redirects followed, forms sent as they stand.
struct Browser {
    http: Client,
    port: u16,
    cookies: HashMap<String, HashMap<String, String>>,
    language: &'static str,
}

struct Page {
    status: u16,
    url: url::Url,
    html: String,
}

impl Browser {
    fn new(twin: &RunningTwin) -> Self {
        let client = Client::builder().no_proxy().redirect(Policy::none()).timeout(Duration::from_secs(10));
        let client = HOSTS
            .iter()
            .chain(&["dashboard"])
            .fold(client, |client, host| client.resolve(&format!("{host}.localhost"), twin.addr()));
        Self { http: client.build().unwrap(), port: twin.addr().port(), cookies: HashMap::new(), language: "en" }
    }

    async fn open(&mut self, host: &str, path: &str) -> Page {
        let address = format!("http://{host}.localhost:{}{path}", self.port);
        self.get(&address).await
    }

    async fn get(&mut self, address: &str) -> Page {
        let request = self.http.get(address);
        self.follow(address, request).await
    }

    async fn post(&mut self, address: &str, fields: &[(String, String)]) -> Page {
        let request = self.http.post(address).form(fields);
        self.follow(address, request).await
    }

    async fn follow(&mut self, address: &str, mut request: RequestBuilder) -> Page {
        let mut address = url::Url::parse(address).unwrap();
        for _ in 0..10 {
            let host = address.host_str().unwrap().to_owned();
            let jar = self.cookies.entry(host).or_default();
            let cookies: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let request_now = request.header(header::ACCEPT_LANGUAGE, self.language);
            let response = request_now.header(header::COOKIE, cookies.join("; ")).send().await.unwrap();
            for cookie in response.headers().get_all(header::SET_COOKIE) {
                let cookie = cookie.to_str().unwrap();
                assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
                let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
                jar.insert(name.to_owned(), value.to_owned());
            }
            let status = response.status();
            if !status.is_redirection() {
                let policy = response.headers()["content-security-policy"].to_str().unwrap();
                assert!(policy.contains("object-src 'none'"));
                let html = response.text().await.unwrap();
                return Page { status: status.as_u16(), url: address, html };
            }
            assert_eq!(status, 303, "what follows a form is fetched with GET");
            address = address.join(response.headers()["location"].to_str().unwrap()).unwrap();
            request = self.http.get(address.clone());
        }
        panic!("too many redirects, last to {address}");
    }

    /// Sends the form of `page` whose markup holds `mark`, with these fields over its own.
    async fn send(&mut self, page: &Page, mark: &str, fields: &[(&str, &str)]) -> Page {
        let (action, mut all) = page.form(mark);
        for (name, value) in fields {
            all.retain(|(n, _)| n != name);
            all.push(((*name).to_owned(), (*value).to_owned()));
        }
        let address = page.url.join(&action).unwrap();
        self.post(address.as_str(), &all).await
    }

    /// Carries posted hops on, as the pages' script does, until a page asks something.
    async fn hop(&mut self, mut page: Page) -> Page {
        while page.html.contains("data-autosubmit") {
            page = self.send(&page, "data-autosubmit", &[]).await;
        }
        page
    }
}

impl Page {
    fn form(&self, mark: &str) -> (String, Vec<(String, String)>) {
        let forms = Regex::new(r"(?s)<form.*?</form>").unwrap();
        let form = forms.find_iter(&self.html).map(|found| found.as_str()).find(|form| form.contains(mark));
        let form = form.unwrap_or_else(|| panic!("no form with {mark} at {}: {}", self.url, self.html));
        let action = Regex::new(r#"action="([^"]*)""#).unwrap().captures(form).unwrap();
        let hidden = Regex::new(r#"<input type="hidden" name="([^"]*)" value="([^"]*)">"#).unwrap();
        let fields = hidden.captures_iter(form).map(|found| (found[1].to_owned(), unescaped(&found[2]))).collect();
        (unescaped(&action[1]), fields)
    }

    /// The text of the element with this id; `None` when the page has no such element.
    fn text(&self, id: &str) -> Option<String> {
        let opening = Regex::new(&format!(r#"<(\w+)[^>]*\bid="{id}"[^>]*>"#)).unwrap();
        let found = opening.captures(&self.html)?;
        let rest = &self.html[found.get(0).unwrap().end()..];
        let inner = &rest[..rest.find(&format!("</{}>", &found[1])).unwrap()];
        let bare = Regex::new(r"<[^>]*>").unwrap().replace_all(inner, " ").into_owned();
        Some(unescaped(&bare).split_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn attribute(&self, id: &str, name: &str) -> String {
        let tag = Regex::new(&format!(r#"<[^>]*\bid="{id}"[^>]*>"#)).unwrap().find(&self.html).unwrap().as_str();
        unescaped(&Regex::new(&format!(r#"\b{name}="([^"]*)""#)).unwrap().captures(tag).unwrap()[1])
    }

    fn host(&self) -> &str {
        self.url.host_str().unwrap()
    }

    /// What the redirect that led here says.
    fn said(&self, name: &str) -> String {
        self.url.query_pairs().find(|(n, _)| n == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
    }
}

fn unescaped(text: &str) -> String {
    [("&#x2f;", "/"), ("&quot;", "\""), ("&#x27;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}

/// A merchant of a running twin.
struct Scene {
    twin: RunningTwin,
    account: Arc<Account>,
}

impl Scene {
    fn new() -> Self {
        let twin = Twin::start(TwinConfig::default()).unwrap();
        let account = twin.twin().accounts.create(None, Default::default());
        Self { twin, account }
    }

    fn browser(&self) -> Browser {
        Browser::new(&self.twin)
    }

    /// Creates an order through the API; returns its reference and the payer's first page.
    async fn order(&self, method: Method) -> (String, String) {
        self.order_for(method, "Cà phê").await
    }

    async fn order_for(&self, method: Method, description: &str) -> (String, String) {
        let shop = format!("{}/{}", self.twin.origin("shop"), self.account.key());
        let order = InitiatePayment {
            key: self.account.key().to_owned(),
            merchant_order_id: format!("order-{}", self.account.next_uuid()),
            pmt_channel: "SMARTPAY".into(),
            pmt_method: method.key().into(),
            description: description.into(),
            environment: "sandbox".into(),
            amount: 1_250_000.into(),
            currency: "VND".into(),
            signature_hash: Signature::from(""),
            billing_details: None,
            shipping_details: None,
            order_details: None,
            success_url: format!("{shop}/success"),
            failure_url: format!("{shop}/failure"),
            pending_url: None,
            user_configured: Default::default(),
            token_params: None,
            routing_enabled: None,
            routing_params: None,
            transaction_type: None,
            unknown: Unknown::default(),
        };
        let request = Client::builder().no_proxy().build().unwrap();
        let request = request.post(format!("http://{}/api/initiatePayment", self.twin.addr()));
        let request = request.header("X-Portone-Client-Key", self.account.key());
        let answer = request.json(&order.signed(self.account.secret())).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        let said = |name: &str| answer[name].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        (said("order_ref"), said("redirect_url"))
    }

    fn state(&self, order_ref: &str) -> Arc<Order> {
        self.account.order(order_ref).unwrap()
    }

    async fn lever(&self, path: &str, body: Value) -> Value {
        let client = Client::builder().no_proxy().build().unwrap();
        let request = client.post(format!("http://{}/_twin/{path}", self.twin.addr())).json(&body);
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}");
        answer.json().await.unwrap()
    }

    /// An order that was paid without pages.
    async fn paid(&self) -> String {
        let (order_ref, _) = self.order(Method::CreditCard).await;
        self.lever("payments", json!({ "account": self.account.key(), "order_ref": order_ref })).await;
        order_ref
    }

    async fn portal(&self, browser: &mut Browser) -> Page {
        let login = &self.account.identity.portal;
        let page = browser.open("portal", "/").await;
        browser.send(&page, "password", &[("user", &login.user), ("password", login.password.expose())]).await
    }
}

const CARD: [(&str, &str); 4] =
    [("cardNumber", "5200 0000 0000 1096"), ("cardName", "Nguyen Van A"), ("cardExpiry", "01/24"), ("cardCvv", "001")];

fn with<'a>(fields: &[(&'a str, &'a str)], name: &str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    fields.iter().map(|(n, v)| (*n, if *n == name { value } else { *v })).collect()
}

/// Fills in the card form and goes on to the issuer's challenge in the innermost frame.
async fn challenged(browser: &mut Browser, first: &str, number: &str) -> Page {
    let form = browser.get(first).await;
    let page = browser.send(&form, "cardNumber", &with(&CARD, "cardNumber", number)).await;
    assert!(page.html.contains("Cardinal-CCA-IFrame"), "{}", page.html);
    assert_eq!(page.host(), "smartpay.localhost");
    let page = browser.hop(page).await;
    assert_eq!(page.host(), "acs.localhost");
    page
}

/// Carries the challenge's answer back through the frames and goes where the top window is sent.
async fn returned(browser: &mut Browser, answer: Page) -> Page {
    let inner = browser.hop(answer).await;
    assert_eq!(inner.host(), "smartpay.localhost");
    let top = inner.attribute("threeds-return", "href");
    browser.get(&top).await
}

#[tokio::test]
async fn every_page_of_the_payer_speaks_both_languages_with_every_letter_right() {
    let scene = Scene::new();
    let mut browser = scene.browser();
    let (_, card) = scene.order(Method::CreditCard).await;
    let (_, atm) = scene.order(Method::AtmCard).await;
    let (_, qr) = scene.order(Method::Qr).await;
    let (_, hosted) = scene.order(Method::Qr).await;
    let checkout = hosted.trim_end_matches("/qr").to_owned();
    let napas = atm.replace("smartpay.", "napas.").replace("/atm", "");
    let shop =
        format!("{}/{}/orders/new?method=SMARTPAY_QR&amount=1&order=x", scene.twin.origin("shop"), scene.account.key());
    let wallet = format!("{}/", scene.twin.origin("wallet"));
    for (address, english, vietnamese) in [
        (
            &card,
            "Card number",
            ["Số thẻ", "Tên chủ thẻ", "Ngày hết hạn (MM/YY)", "Mã bảo mật (CVV)", "Thanh toán", "Hủy"].as_slice(),
        ),
        (&atm, "Choose the bank", &["Chọn ngân hàng phát hành thẻ", "Ngân hàng TMCP Sài Gòn Công Thương", "Tiếp tục"]),
        (&napas, "Issue date", &["Số thẻ", "Tên in trên thẻ", "Ngày phát hành (MM/YY)", "Tiếp tục", "Hủy"]),
        (&qr, "Scan to pay", &["Quét mã để thanh toán", "Đang chờ bạn thanh toán…", "Hủy"]),
        (&checkout, "Pay now", &["Thanh toán ngay", "Thẻ tín dụng", "Mã QR", "Thẻ ATM nội địa"]),
        (&shop, "Pay with SmartPay", &["Thanh toán bằng SmartPay", "Đơn hàng của bạn"]),
        (&wallet, "Phone number", &["Số điện thoại", "Mật khẩu", "Đăng nhập"]),
    ] {
        let joint = if address.contains('?') { '&' } else { '?' };
        browser.language = "vi-VN,vi;q=0.9,en;q=0.5";
        let page = browser.get(address).await;
        assert_eq!(page.status, 200, "{address}");
        assert!(page.html.contains("<html lang=\"vi\">") && page.html.contains("charset=\"utf-8\""), "{address}");
        for text in vietnamese {
            assert!(unescaped(&page.html).contains(text), "{address} lacks {text}");
        }
        assert!(!page.html.contains(english), "{address} mixes languages");
        for mangled in ["áº", "á»", "Ã¡", "Æ°", "Ä‘"] {
            assert!(!page.html.contains(mangled), "{address} shows {mangled}");
        }
        let page = browser.get(&format!("{address}{joint}lang=en")).await;
        assert!(page.html.contains("<html lang=\"en\">") && page.html.contains(english), "{address}");
    }
}

#[tokio::test]
async fn a_card_is_paid_through_the_frames_and_only_once() {
    let scene = Scene::new();
    let mut browser = scene.browser();
    let (order_ref, first) = scene.order(Method::CreditCard).await;
    assert_eq!(*scene.state(&order_ref).status(), TransactionStatus::Initiated);
    let form = browser.get(&first).await;
    assert_eq!(*scene.state(&order_ref).status(), TransactionStatus::Pending);
    assert_eq!(form.attribute("amount", "data-amount"), "1250000");
    for field in ["cc-number", "cc-name", "cc-exp", "cc-csc"] {
        assert!(form.html.contains(&format!("autocomplete=\"{field}\"")));
    }
    for (name, value) in [
        ("cardNumber", "4111 1111 1111 1112"),
        ("cardName", " "),
        ("cardExpiry", "13/24"),
        ("cardCvv", "12"),
        ("cardNumber", "<script>alert(1)</script>"),
    ] {
        let refused = browser.send(&form, "cardNumber", &with(&CARD, name, value)).await;
        assert_eq!(refused.status, 422, "{name}={value}");
        assert!(refused.text("card-error").is_some());
        for (_, typed) in CARD {
            assert!(!refused.html.contains(typed), "{typed} is shown again");
        }
        assert!(!refused.html.contains("<script>alert"));
    }
    let challenge = challenged(&mut browser, &first, CARD[0].1).await;
    assert!(challenge.html.contains("Purchase Authentication") && challenge.html.contains("************1096"));
    assert!(!challenge.html.contains("5200000000001096"));
    assert_eq!(challenge.text("challengeError"), None);
    let wrong = browser.send(&challenge, "cardholderInput", &[("challengeDataEntry", "0000")]).await;
    assert_eq!(wrong.text("challengeError").unwrap(), "The code is not right. Please try again.");
    let resent = browser.send(&wrong, "resendChallengeData", &[]).await;
    assert_eq!((resent.text("challengeError"), resent.text("challengeNotice").is_some()), (None, true));
    assert!(scene.state(&order_ref).is_open());

    let answer = browser.send(&resent, "cardholderInput", &[("challengeDataEntry", "1234")]).await;
    let pass_back = browser.send(&answer, "cres", &[]).await;
    let end = browser.send(&pass_back, "Response", &[]).await;
    assert!(scene.state(&order_ref).is_paid());
    let again = browser.send(&pass_back, "Response", &[]).await;
    assert_eq!(end.attribute("threeds-return", "href"), again.attribute("threeds-return", "href"));
    assert_eq!(scene.state(&order_ref).history().len(), 3, "Initiated, Pending, Success and nothing more");

    let back = browser.get(&end.attribute("threeds-return", "href")).await;
    assert_eq!(
        (back.host(), back.url.path()),
        ("shop.localhost", format!("/{}/success", scene.account.key()).as_str())
    );
    assert_eq!(back.text("result").unwrap(), "Success");
    assert_eq!(back.text("order").unwrap(), scene.state(&order_ref).request.merchant_order_ref);
    assert_eq!(back.text("amount").unwrap(), "1,250,000 VND");
    let tampered = browser.get(&back.url.as_str().replace("status=Success", "status=Failed")).await;
    assert_eq!((tampered.status, tampered.text("result").unwrap().as_str()), (400, "signature invalid"));
    assert_eq!((tampered.text("order"), tampered.text("amount")), (None, None));

    let closed = browser.get(&first).await;
    assert_eq!(closed.text("concluded").unwrap(), "This order has been paid.");
    let late = browser.send(&form, "cancel-button", &[]).await;
    assert_eq!((late.host(), late.said("status").as_str()), ("shop.localhost", "Success"));
}

#[tokio::test]
async fn a_forged_answer_of_the_issuer_ends_nothing() {
    let scene = Scene::new();
    let mut browser = scene.browser();
    let (order_ref, first) = scene.order(Method::CreditCard).await;
    let (_, other) = scene.order(Method::CreditCard).await;
    let challenge = challenged(&mut browser, &first, CARD[0].1).await;
    let elsewhere = challenged(&mut browser, &other, CARD[0].1).await;
    let (_, foreign) = elsewhere.form("cardholderInput");
    let creq = &foreign.iter().find(|(name, _)| name == "creq").unwrap().1;
    for (name, value) in [("creq", creq.as_str()), ("creq", "")] {
        let fields = [(name, value), ("challengeDataEntry", "1234")];
        assert_eq!(browser.send(&challenge, "cardholderInput", &fields).await.status, 403);
    }
    let answer = browser.send(&challenge, "form", &[("challengeDataEntry", "1234")]).await;
    let pass_back = browser.send(&answer, "cres", &[]).await;
    for forged in ["", "Y", "Y.abc", "C.abc"] {
        assert_eq!(browser.send(&pass_back, "Response", &[("Response", forged)]).await.status, 403, "{forged}");
    }
    let rewritten = browser.send(&answer, "cres", &[("threeDSSessionData", "e30.e30.e30")]).await;
    assert_eq!(rewritten.status, 403);
    assert_eq!(browser.send(&pass_back, "Response", &[("MD", "another")]).await.status, 403);
    assert!(scene.state(&order_ref).is_open());

    // What was said of one card, or of an earlier authentication, is not said of the next.
    for next in [CREDIT_CARDS[1].number, CREDIT_CARDS[0].number] {
        let fresh = challenged(&mut browser, &first, next).await;
        assert_eq!(browser.send(&pass_back, "Response", &[]).await.status, 403);
        assert_eq!(browser.send(&challenge, "cardholderInput", &[("challengeDataEntry", "1234")]).await.status, 403);
        assert!(fresh.html.contains("cardholderInput") && scene.state(&order_ref).is_open());
    }
}

#[tokio::test]
async fn each_credit_card_has_its_own_outcome() {
    let scene = Scene::new();
    let mut browser = scene.browser();
    for card in CREDIT_CARDS {
        let (status, code) = match card.challenge {
            ChallengeOutcome::Succeeds => ("Success", "2000"),
            ChallengeOutcome::Fails | ChallengeOutcome::Unavailable => ("Failed", "6016"),
            ChallengeOutcome::SystemError => ("Failed", "5024"),
        };
        let (_, first) = scene.order(Method::CreditCard).await;
        let challenge = challenged(&mut browser, &first, card.number).await;
        let answer = browser.send(&challenge, "cardholderInput", &[("challengeDataEntry", card.otp)]).await;
        let back = returned(&mut browser, answer).await;
        assert_eq!((back.said("status").as_str(), back.said("status_code").as_str()), (status, code));
    }
    for (name, value, code) in [
        ("cardNumber", "4111111111111111", "6014"),
        ("cardName", "TRAN THI B", "6011"),
        ("cardExpiry", "02/24", "6011"),
        ("cardCvv", "123", "6011"),
    ] {
        let (_, first) = scene.order(Method::CreditCard).await;
        let form = browser.get(&first).await;
        let back = browser.send(&form, "cardNumber", &with(&CARD, name, value)).await;
        assert_eq!((back.said("status").as_str(), back.said("status_code").as_str()), ("Failed", code), "{name}");
    }
}

#[tokio::test]
async fn the_third_wrong_otp_ends_the_payment() {
    let scene = Scene::new();
    let mut browser = scene.browser();
    let (order_ref, first) = scene.order(Method::CreditCard).await;
    let challenge = challenged(&mut browser, &first, CARD[0].1).await;
    for _ in 0..2 {
        let page = browser.send(&challenge, "cardholderInput", &[("challengeDataEntry", "9999")]).await;
        assert!(page.text("challengeError").is_some());
    }
    // Starting over with the card gives no fresh attempts.
    let again = challenged(&mut browser, &first, CARD[0].1).await;
    assert_eq!(again.text("challengeError"), None);
    let answer = browser.send(&again, "cardholderInput", &[("challengeDataEntry", "9999")]).await;
    // The payment has ended before the answer has come back, and the right OTP does not help any more.
    assert_eq!(scene.state(&order_ref).code().number(), "4073");
    let late = browser.send(&again, "cardholderInput", &[("challengeDataEntry", "1234")]).await;
    assert!(late.text("concluded").is_some());
    let back = returned(&mut browser, answer).await;
    assert_eq!((back.said("status").as_str(), back.said("status_code").as_str()), ("Failed", "4073"));
    assert_eq!(scene.state(&order_ref).history().len(), 3);

    let (_, first) = scene.order(Method::AtmCard).await;
    let mut page = otp_page(&mut browser, &first, ATM_CARDS[0].number).await;
    for _ in 0..2 {
        page = browser.send(&page, "napasOtpCode", &[("otp", "wrong")]).await;
        let said = page.text("napasNotificationResult").unwrap();
        assert_eq!(said, "Invalid OTP (One time password). Please try again.");
    }
    let back = browser.send(&page, "napasOtpCode", &[("otp", "wrong")]).await;
    assert_eq!((back.said("status").as_str(), back.said("status_code").as_str()), ("Failed", "4073"));
}

/// Chooses the bank, fills in NAPAS's card form, and goes on to its OTP.
async fn otp_page(browser: &mut Browser, first: &str, number: &str) -> Page {
    let banks = browser.get(first).await;
    let card = browser.send(&banks, "bank-1", &[("bank", ATM_CARDS[0].bank)]).await;
    assert_eq!(card.host(), "napas.localhost");
    for id in
        ["napasCardNo", "napasNameOnCard", "napasIssueDate", "napasProcessBtn1", "napasCancelBtn1", "napasLoading"]
    {
        assert!(card.html.contains(&format!("id=\"{id}\"")), "{id}");
    }
    let fields = [("cardNumber", number), ("cardName", "NGUYEN VAN A"), ("issueDate", "03/07")];
    browser.send(&card, "napasCardNo", &fields).await
}

#[tokio::test]
async fn each_atm_card_has_its_own_outcome_and_its_bank_its_right_name() {
    let scene = Scene::new();
    let mut browser = scene.browser();
    for (card, code) in ATM_CARDS.iter().zip(["2000", "6015", "6002", "6019"]) {
        let (_, first) = scene.order(Method::AtmCard).await;
        let otp = otp_page(&mut browser, &first, card.number).await;
        assert_eq!(otp.text("napasBankName").unwrap(), "Ngân hàng TMCP Sài Gòn Công Thương");
        assert!(otp.html.contains("napasProcessBtn2") && otp.html.contains("napasCancelBtn2"));
        assert!(!otp.html.contains(card.number) && otp.text("napasNotificationResult").is_none());
        let back = browser.send(&otp, "napasOtpCode", &[("otp", "oTp")]).await;
        assert_eq!(back.said("status_code"), code);
    }
    let (_, first) = scene.order(Method::AtmCard).await;
    let otp = otp_page(&mut browser, &first, "9704000000000019").await;
    assert_eq!(
        (otp.status, otp.text("napasNotificationResult").unwrap().as_str()),
        (422, "Enter a valid card number.")
    );
    let banks = browser.get(&first).await;
    let nothing = browser.send(&banks, "bank-1", &[("bank", "x")]).await;
    assert_eq!((nothing.status, nothing.text("bank-error").unwrap().as_str()), (422, "Choose a bank."));
}

#[tokio::test]
async fn cancel_on_any_page_charges_nothing() {
    let scene = Scene::new();
    let mut browser = scene.browser();
    for step in ["card", "challenge", "bank", "napas card", "napas otp", "qr", "checkout"] {
        let method = match step {
            "card" | "challenge" => Method::CreditCard,
            "qr" | "checkout" => Method::Qr,
            _ => Method::AtmCard,
        };
        let (order_ref, first) = scene.order(method).await;
        let (page, mark) = match step {
            "challenge" => (challenged(&mut browser, &first, CARD[0].1).await, "name=\"cancel\""),
            "napas card" => {
                let banks = browser.get(&first).await;
                (browser.send(&banks, "bank-1", &[("bank", ATM_CARDS[0].bank)]).await, "napasCancelBtn1")
            }
            "napas otp" => (otp_page(&mut browser, &first, ATM_CARDS[0].number).await, "napasCancelBtn2"),
            "checkout" => (browser.get(first.trim_end_matches("/qr")).await, "cancel-button"),
            _ => (browser.get(&first).await, "cancel-button"),
        };
        let without = browser.send(&page, mark, &[("csrf", ""), ("creq", "")]).await;
        assert_eq!(without.status, 403, "{step}");
        assert!(scene.state(&order_ref).is_open(), "{step}");
        let mut back = browser.send(&page, mark, &[]).await;
        if step == "challenge" {
            back = returned(&mut browser, back).await;
        }
        assert_eq!(back.url.path(), format!("/{}/failure", scene.account.key()), "{step}");
        assert_eq!((back.said("status").as_str(), back.said("status_code").as_str()), ("Failed", "4071"), "{step}");
        let closed = browser.get(&first).await;
        assert_eq!(closed.text("concluded").unwrap(), "The payment was cancelled.", "{step}");
    }
}

#[tokio::test]
async fn an_expired_order_says_so_on_every_page_and_cannot_be_paid() {
    let scene = Scene::new();
    let mut browser = scene.browser();
    let (card_ref, card) = scene.order(Method::CreditCard).await;
    let (_, atm) = scene.order(Method::AtmCard).await;
    let (qr_ref, qr) = scene.order(Method::Qr).await;
    let form = browser.get(&card).await;
    let challenge = challenged(&mut browser, &card, CARD[0].1).await;
    let otp = otp_page(&mut browser, &atm, ATM_CARDS[0].number).await;
    let payload = scene.account.qr_payload(&scene.state(&qr_ref)).encode();
    scene.lever("clock", json!({ "account": scene.account.key(), "advance_seconds": 901 })).await;

    let napas = atm.replace("smartpay.", "napas.").replace("/atm", "");
    let addresses =
        [card.clone(), card.replace("/card", "/3ds"), atm.clone(), napas.clone(), format!("{napas}/otp"), qr.clone()];
    for address in addresses.iter().map(String::as_str).chain([qr.trim_end_matches("/qr")]) {
        let page = browser.get(address).await;
        assert_eq!(page.text("concluded").unwrap(), "This order has expired and can no longer be paid.", "{address}");
    }
    let late = [
        browser.send(&form, "cardNumber", &CARD).await,
        browser.send(&challenge, "cardholderInput", &[("challengeDataEntry", "1234")]).await,
        browser.send(&otp, "napasOtpCode", &[("otp", "OTP")]).await,
    ];
    for page in late {
        assert!(page.text("concluded").unwrap().contains("expired"), "{}", page.url);
    }
    let polled = browser.get(&format!("{}/status", qr.trim_end_matches("/qr"))).await;
    let polled: Value = serde_json::from_str(&polled.html).unwrap();
    assert_eq!(polled["status"], "Expired");
    assert!(polled["return_url"].as_str().unwrap().contains("/failure?"));
    let scan = wallet(&scene, &mut browser).await;
    let refused = browser.send(&scan, "qr", &[("qr", &payload)]).await;
    assert_eq!(refused.text("scan-error").unwrap(), "This QR code has expired.");
    assert_eq!(*scene.state(&card_ref).status(), TransactionStatus::Expired);
}

/// Logs in to the wallet.
async fn wallet(scene: &Scene, browser: &mut Browser) -> Page {
    assert_eq!(browser.port, scene.twin.addr().port());
    let page = browser.open("wallet", "/").await;
    let page = browser.send(&page, "password", &[("user", TEST_APP.account), ("password", TEST_APP.password)]).await;
    assert_eq!(page.url.path(), "/scan");
    page
}

/// The text of a QR code's picture.
fn read_qr(png: &[u8]) -> String {
    let picture = image::load_from_memory(png).unwrap().into_luma8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let pixel = |x: usize, y: usize| picture.get_pixel(u32::try_from(x).unwrap(), u32::try_from(y).unwrap()).0[0];
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, pixel);
    prepared.detect_grids()[0].decode().unwrap().1
}

#[tokio::test]
async fn a_qr_is_read_from_its_picture_and_paid_in_the_wallet() {
    let scene = Scene::new();
    let mut browser = scene.browser();
    let (order_ref, first) = scene.order(Method::Qr).await;
    let page = browser.get(&first).await;
    let source = page.attribute("qrcode-image", "src");
    let png = BASE64_STANDARD.decode(source.strip_prefix("data:image/png;base64,").unwrap()).unwrap();
    let text = read_qr(&png);
    let payload = QrPayload::parse(&text).unwrap();
    assert_eq!(
        (payload.account.as_str(), payload.amount, payload.is_vnd()),
        ("9800000205", Some(1_250_000.into()), true)
    );
    let address = format!("{}.png", first);
    let bytes = Client::builder().no_proxy().resolve("checkout.localhost", scene.twin.addr()).build().unwrap();
    let bytes = bytes.get(address).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(read_qr(&bytes), text);

    let entrance = browser.open("wallet", "/").await;
    assert!(browser.open("wallet", "/scan").await.html.contains("current-password"), "nobody scans before the log-in");
    for (user, password) in [(TEST_APP.account, "111112"), ("0937113609", TEST_APP.password), ("", "")] {
        let refused = browser.send(&entrance, "password", &[("user", user), ("password", password)]).await;
        assert_eq!(refused.status, 401);
        assert_eq!(refused.text("login-error").unwrap(), "The phone number or the password is not right.");
    }
    let scan = wallet(&scene, &mut browser).await;
    let mut dearer = payload.clone();
    dearer.amount = Some(1.into());
    let mut unknown = payload.clone();
    unknown.bill = Some("SP000".into());
    for (text, error) in [
        ("junk".to_owned(), "This QR code cannot be read."),
        (text.replace("1250000", "1250001"), "This QR code cannot be read."),
        (dearer.encode(), "This QR code cannot be read."),
        (unknown.encode(), "This QR code belongs to no open order."),
    ] {
        let refused = browser.send(&scan, "qr", &[("qr", &text)]).await;
        assert_eq!((refused.status, refused.text("scan-error").unwrap().as_str()), (422, error), "{text}");
    }
    let confirm = browser.send(&scan, "qr", &[("qr", &text)]).await;
    assert_eq!(confirm.text("amount").unwrap(), "1,250,000 VND");
    assert!(confirm.html.contains("Hoa Sen Shop") && confirm.html.contains("Confirm payment"));
    let without = browser.send(&confirm, "id=\"confirm\"", &[("csrf", "")]).await;
    assert_eq!((without.status, scene.state(&order_ref).is_open()), (403, true));
    let stranger = scene.browser().send(&confirm, "id=\"confirm\"", &[]).await;
    assert!(stranger.html.contains("current-password") && scene.state(&order_ref).is_open());

    let receipt = browser.send(&confirm, "id=\"confirm\"", &[]).await;
    assert_eq!(receipt.text("receipt").unwrap(), "Payment successful");
    assert!(scene.state(&order_ref).is_paid());
    let twice = browser.send(&confirm, "id=\"confirm\"", &[]).await;
    assert_eq!(twice.text("scan-error").unwrap(), "This order has already been paid.");
    let twice = browser.send(&scan, "qr", &[("qr", &text)]).await;
    assert_eq!(twice.text("scan-error").unwrap(), "This order has already been paid.");
    assert_eq!(scene.state(&order_ref).history().len(), 3);
    let polled = browser.get(&format!("{}/status", first.trim_end_matches("/qr"))).await;
    assert!(polled.html.contains("/success?"));
}

#[tokio::test]
async fn the_checkout_lets_the_payer_choose_another_method() {
    let scene = Scene::new();
    let mut browser = scene.browser();
    let (order_ref, qr) = scene.order(Method::Qr).await;
    let page = browser.get(qr.trim_end_matches("/qr")).await;
    for method in Method::ALL {
        assert!(page.html.contains(&format!("id=\"SMARTPAY-{}\"", method.key())));
    }
    assert!(page.html.contains("PayNowButtonWeb") && page.html.contains("totalAmountCount"));
    let refused = browser.send(&page, "PayNowButtonWeb", &[("method", "MOMO")]).await;
    assert_eq!(refused.status, 422);
    let card = browser.send(&page, "PayNowButtonWeb", &[("method", "SMARTPAY_CREDIT_CARD")]).await;
    assert_eq!((card.host(), card.html.contains("cc-number")), ("smartpay.localhost", true));
    assert_eq!(scene.state(&order_ref).request.method, Method::CreditCard);
    let moved = browser.get(&qr).await;
    assert_eq!(moved.host(), "smartpay.localhost", "the QR of an order to be paid by card is not shown");
    assert_eq!(scene.state(&order_ref).request.source.word(), "checkout");
    let back = browser.send(&card, "cancel-button", &[]).await;
    assert_eq!(back.url.query_pairs().find(|(name, _)| name == "payment_source").unwrap().1, "checkout");

    let (direct, qr) = scene.order(Method::Qr).await;
    browser.get(&qr).await;
    let page = browser.get(qr.trim_end_matches("/qr")).await;
    assert!(!page.html.contains("SMARTPAY-SMARTPAY_CREDIT_CARD"), "an order that began elsewhere keeps its method");
    let link = browser.get(&qr).await.attribute("return-link", "href");
    let back = browser.open("checkout", &link).await;
    assert_eq!(back.said("status"), "Pending");
    assert_eq!(back.url.path(), format!("/{}/failure", scene.account.key()), "it named no pending URL");
    let refused = browser.send(&page, "PayNowButtonWeb", &[("method", "SMARTPAY_CREDIT_CARD")]).await;
    assert_eq!((refused.status, scene.state(&direct).request.method), (422, Method::Qr));
    assert_eq!(scene.state(&direct).request.source.word(), "api");
}

#[tokio::test]
async fn the_portal_refunds_once_and_only_what_remains() {
    let scene = Scene::new();
    let mut browser = scene.browser();
    let order_ref = scene.paid().await;
    let (unpaid, _) = scene.order(Method::Qr).await;
    let entrance = browser.open("portal", "/").await;
    let refused = browser.send(&entrance, "password", &[("user", "nobody"), ("password", "x")]).await;
    assert_eq!((refused.status, refused.text("login-error").is_some()), (401, true));
    let login = &scene.account.identity.portal;
    let fields = [("user", login.user.as_str()), ("password", login.password.expose()), ("csrf", "")];
    assert_eq!(browser.send(&entrance, "password", &fields).await.status, 403);

    let list = scene.portal(&mut browser).await;
    assert_eq!(list.url.path(), "/transactions");
    assert!(
        list.html.contains(&order_ref) && list.html.contains("data-status=\"Success\"") && list.html.contains(&unpaid)
    );
    let address = format!("/transactions/{order_ref}");
    let page = browser.open("portal", &address).await;
    assert_eq!(
        (page.text("status").unwrap().as_str(), page.text("refundable").unwrap().as_str()),
        ("Success", "1,250,000 VND")
    );
    let partial = [("refund_type", "partial"), ("amount", "250000"), ("reason", "Khách trả hàng")];
    assert_eq!(
        browser.send(&page, "refund-form", &with(&partial, "", "")).await.text("refundable").unwrap(),
        "1,000,000 VND"
    );
    let twice = browser.send(&page, "refund-form", &partial).await;
    assert!(twice.text("notice").unwrap().contains("has changed meanwhile"));
    assert_eq!(scene.state(&order_ref).refunds().len(), 1, "a form that is sent twice refunds once");
    let page = browser.open("portal", &address).await;
    assert!(page.html.contains("Khách trả hàng") && page.text("notice").is_none());
    for (name, value, notice) in [
        ("amount", "1000001", "The amount is more than remains refundable."),
        ("amount", "0", "Enter an amount greater than zero."),
        ("amount", "-5", "Enter an amount greater than zero."),
        ("amount", "abc", "Enter an amount greater than zero."),
        ("reason", " ", "Enter a reason."),
        ("refund_type", "half", "Choose a refund type."),
    ] {
        let refused = browser.send(&page, "refund-form", &with(&partial, name, value)).await;
        assert_eq!(refused.text("notice").unwrap(), notice, "{name}={value}");
    }
    let without = browser.send(&page, "refund-form", &[("csrf", ""), ("reason", "r"), ("refund_type", "full")]).await;
    assert_eq!(without.status, 403);
    assert_eq!(scene.state(&order_ref).refunds().len(), 1);
    let done = browser.send(&page, "refund-form", &[("refund_type", "full"), ("reason", "r")]).await;
    assert_eq!((done.text("refundable").unwrap().as_str(), done.text("done").is_some()), ("0 VND", true));
    let more = browser.send(&done, "refund-form", &[("refund_type", "full"), ("reason", "r")]).await;
    assert_eq!(more.text("notice").unwrap(), "This transaction cannot be refunded.");
    let page = browser.open("portal", &format!("/transactions/{unpaid}")).await;
    let refused = browser.send(&page, "refund-form", &[("refund_type", "full"), ("reason", "r")]).await;
    assert_eq!(refused.text("notice").unwrap(), "This transaction cannot be refunded.");
}

#[tokio::test]
async fn a_queued_refund_is_settled_once_and_against_smartpay_only_by_the_operators_error() {
    let scene = Scene::new();
    let mut browser = scene.browser();
    let key = scene.account.key().to_owned();
    scene.portal(&mut browser).await;
    for (says, word, outcome, status, error) in [
        ("success", "Successful", "success", RefundStatus::Success, None),
        ("failed", "Failed", "failed", RefundStatus::Failed, None),
        ("failed", "Failed", "success", RefundStatus::Success, Some("Operator's error: SmartPay says failed")),
        ("success", "Successful", "failed", RefundStatus::Failed, Some("Operator's error: SmartPay says successful")),
    ] {
        scene.lever("refunds", json!({ "account": key, "next": "queue", "smartpay_says": says })).await;
        let order_ref = scene.paid().await;
        let page = browser.open("portal", &format!("/transactions/{order_ref}")).await;
        let queued = browser.send(&page, "refund-form", &[("refund_type", "full"), ("reason", "r")]).await;
        assert!(
            queued.text("done").unwrap().contains("in the queue") && queued.html.contains("data-status=\"IN_QUEUE\"")
        );
        let psp_refund_id = scene.state(&order_ref).refunds()[0].psp_refund_id.clone();

        let mut sceptic = scene.browser();
        let login = &scene.account.identity.dashboard;
        let entrance = sceptic.open("dashboard", "/").await;
        let refused = sceptic.send(&entrance, "password", &[("user", &login.user), ("password", "x")]).await;
        assert_eq!((refused.status, refused.text("login-error").is_some()), (401, true));
        let fields = [("user", login.user.as_str()), ("password", login.password.expose())];
        let truth = sceptic.send(&entrance, "password", &fields).await;
        assert_eq!(
            (truth.text("merchant-id").unwrap().as_str(), truth.text("branch-code").unwrap().as_str()),
            ("9800000205", "PORT1")
        );
        assert_eq!(truth.text("channel").unwrap(), "POG");
        let row = truth.html.split("<tr ").find(|row| row.contains(&psp_refund_id)).unwrap();
        assert!(row.contains(&format!("data-outcome=\"{says}\"")) && row.contains(word), "{row}");

        let without = browser.send(&queued, "value=\"failed\"", &[("csrf", ""), ("outcome", outcome)]).await;
        assert_eq!(without.status, 403);
        let settled = browser.send(&queued, "value=\"failed\"", &[("outcome", outcome)]).await;
        assert!(settled.text("done").is_some() && !settled.html.contains("value=\"failed\""));
        assert_eq!(*scene.state(&order_ref).refunds()[0].status(), status);
        let reconciliation = settled.html.contains("class=\"reconciliation");
        assert_eq!(reconciliation, error.is_some());
        assert!(error.is_none_or(|error| unescaped(&settled.html).contains(error)));
        let other = if outcome == "success" { "failed" } else { "success" };
        let again = browser.send(&queued, "value=\"failed\"", &[("outcome", other)]).await;
        assert_eq!(again.text("notice").unwrap(), "This refund has already been settled.");
        assert_eq!(*scene.state(&order_ref).refunds()[0].status(), status);
    }
}

#[tokio::test]
async fn operators_see_their_own_account_only_and_not_for_ever() {
    let scene = Scene::new();
    let mut browser = scene.browser();
    let order_ref = scene.paid().await;
    let stranger = scene.twin.twin().accounts.create(None, Default::default());
    let page = browser.open("portal", "/").await;
    let login = &stranger.identity.portal;
    browser.send(&page, "password", &[("user", &login.user), ("password", login.password.expose())]).await;
    assert_eq!(browser.open("portal", &format!("/transactions/{order_ref}")).await.status, 404);

    let mut browser = scene.browser();
    let list = scene.portal(&mut browser).await;
    assert!(list.html.contains(&order_ref));
    scene.lever("clock", json!({ "account": scene.account.key(), "advance_seconds": 1801 })).await;
    let page = browser.open("portal", "/transactions").await;
    assert!(page.html.contains("current-password"), "half an hour later the session is over");
    let page = scene.portal(&mut browser).await;
    let out = browser.send(&page, "id=\"logout\"", &[]).await;
    assert!(out.html.contains("current-password"));
    assert!(browser.open("portal", "/transactions").await.html.contains("current-password"));
    let jar = browser.cookies.entry("portal.localhost".to_owned()).or_default();
    jar.insert("portal_session".to_owned(), format!("{}.9999999999.x.y", scene.account.key()));
    assert!(browser.open("portal", "/transactions").await.html.contains("current-password"));
}

#[tokio::test]
async fn what_a_merchant_writes_is_shown_as_text() {
    let scene = Scene::new();
    let mut browser = scene.browser();
    let hostile = "</script><script>alert('x')</script>\"&<b>";
    let (card_ref, card) = scene.order_for(Method::CreditCard, hostile).await;
    let (_, atm) = scene.order_for(Method::AtmCard, hostile).await;
    let (_, qr) = scene.order_for(Method::Qr, hostile).await;
    scene.portal(&mut browser).await;
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("method", "SMARTPAY_QR"), ("amount", "1"), ("order", hostile), ("description", hostile)])
        .finish();
    let pages = [
        browser.get(&card).await,
        browser.get(&atm).await,
        browser.get(&qr).await,
        browser.get(qr.trim_end_matches("/qr")).await,
        browser.open("portal", &format!("/transactions/{card_ref}")).await,
        browser.open("shop", &format!("/{}/orders/new?{query}", scene.account.key())).await,
        browser.open("shop", &format!("/{}/failure?status={}", scene.account.key(), "%3Cscript%3Ealert(1)")).await,
        browser.open("shop", "/%3Cscript%3Ealert(1)/success").await,
    ];
    for page in pages {
        assert!(!page.html.contains("<script>alert") && !page.html.contains("<b>"), "{}: {}", page.url, page.html);
    }
    let shop = browser.open("shop", &format!("/{}/orders/new?{query}", scene.account.key())).await;
    let data = shop.html.split("id=\"portone-order\">").nth(1).unwrap().split("</script>").next().unwrap();
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["payload"]["description"], hostile);
    assert!(!shop.html.contains(scene.account.secret().expose()));
}

#[tokio::test]
async fn addresses_that_lead_nowhere_say_so_in_the_visitors_language() {
    let scene = Scene::new();
    let mut browser = scene.browser();
    let key = scene.account.key();
    for (host, path, status, text) in [
        ("smartpay", "/nobody/orders/x/card".to_owned(), 404, "Không tìm thấy cửa hàng này."),
        ("smartpay", format!("/{key}/orders/x/card"), 404, "Không tìm thấy đơn hàng này."),
        ("napas", "/nothing".to_owned(), 404, "Không tìm thấy trang này."),
        ("shop", format!("/{key}/orders/new?method=CASH&amount=1&order=1"), 400, "Không thể tạo đơn hàng này"),
        ("shop", format!("/{key}/orders/new?method=SMARTPAY_QR&amount=NaN&order=1"), 400, "Không thể tạo đơn hàng này"),
        ("checkout", "/assets/none.js".to_owned(), 404, "Không tìm thấy trang này."),
    ] {
        browser.language = "vi";
        let page = browser.open(host, &path).await;
        assert_eq!(page.status, status, "{host}{path}");
        assert!(page.text("problem").unwrap().contains(text), "{host}{path}: {}", page.html);
    }
    browser.language = "en";
    let index = browser.open("api", "/").await;
    assert!(index.status == 200 && index.html.contains("shop.localhost") && index.html.contains("wallet.localhost"));
    for host in HOSTS {
        assert!(browser.open(host, "/assets/style.css").await.html.contains("--accent"), "{host}");
    }
    assert!(browser.open("static", "/portone.js").await.html.contains("window.PortOne"));
    assert!(browser.open("api", "/portone.js").await.html.contains("window.PortOne"));
}
