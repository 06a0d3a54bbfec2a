//! The wallet's test app on a device, through a WebDriver such as Appium.

use super::{Device, HttpClient, client::innermost};
use crate::catalog::TEST_APP;
use crate::journal::Failure;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use url::Url;

/// The name under which WebDriver passes a reference to an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Between two looks for a part of the app.
const LOOKING: Duration = Duration::from_millis(250);

/// How long the device is waited for.
#[derive(Clone, Copy, Debug)]
pub struct DevicePatience {
    /// For an answer of its WebDriver, which may have to start the app.
    pub answer: Duration,
    /// For a part of the app to appear.
    pub part: Duration,
}

/// Logs in, enters the text of a QR, confirms, and sees the receipt.
///
/// # Errors
/// Blocked, when the device cannot be driven; unmet, when the app does not come to its receipt.
pub async fn pay_on_device(
    http: &HttpClient,
    device: &Device,
    text: &str,
    patience: DevicePatience,
) -> Result<(), Failure> {
    let app = App::open(http, device, patience).await?;
    let paid = app.pay(device, text).await;
    app.close().await;
    paid
}

struct App<'a> {
    http: &'a HttpClient,
    session: Url,
    patience: DevicePatience,
}

impl<'a> App<'a> {
    async fn open(http: &'a HttpClient, device: &Device, patience: DevicePatience) -> Result<Self, Failure> {
        let mut base = device.webdriver.clone();
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        let session = |id: &str| base.join(&format!("session/{id}/")).map_err(|error| blocked(error.to_string()));
        let all = session("")?;
        let url = base.join("session").map_err(|error| blocked(error.to_string()))?;
        let opening = Self { http, session: all, patience };
        let value = opening.send(url, json!({ "capabilities": { "alwaysMatch": device.capabilities } })).await?;
        let id = value["sessionId"].as_str().ok_or_else(|| blocked(format!("no session: {value}")))?;
        Ok(Self { session: session(id)?, ..opening })
    }

    async fn pay(&self, device: &Device, text: &str) -> Result<(), Failure> {
        let places = &device.locators;
        self.fill(&places.account, TEST_APP.account).await?;
        self.fill(&places.password, TEST_APP.password).await?;
        self.press(&places.log_in).await?;
        self.fill(&places.content, text).await?;
        self.press(&places.scan).await?;
        // Pressed once: it moves money.
        self.press(&places.confirm).await?;
        self.find(&places.receipt).await.map(drop)
    }

    async fn fill(&self, place: &[String; 2], text: &str) -> Result<(), Failure> {
        let element = self.find(place).await?;
        self.post(&format!("element/{element}/value"), json!({ "text": text })).await.map(drop)
    }

    async fn press(&self, place: &[String; 2]) -> Result<(), Failure> {
        let element = self.find(place).await?;
        self.post(&format!("element/{element}/click"), json!({})).await.map(drop)
    }

    /// Looks for a part of the app until it is there.
    async fn find(&self, [using, value]: &[String; 2]) -> Result<String, Failure> {
        let until = Instant::now() + self.patience.part;
        loop {
            let found = self.post("element", json!({ "using": using, "value": value })).await;
            match found {
                Ok(found) => {
                    let element = found[ELEMENT].as_str().map(str::to_owned);
                    return element.ok_or_else(|| blocked(format!("no element in {found}")));
                }
                Err(failure) if !failure.observed.contains("no such element") => return Err(failure),
                Err(failure) if Instant::now() + LOOKING >= until => {
                    let expected = format!("the test app to show {using} {value} within {:?}", self.patience.part);
                    return Err(Failure::unmet(expected, failure.observed));
                }
                Err(_) => tokio::time::sleep(LOOKING).await,
            }
        }
    }

    async fn post(&self, path: &str, body: Value) -> Result<Value, Failure> {
        self.send(self.session.join(path).map_err(|error| blocked(error.to_string()))?, body).await
    }

    async fn send(&self, url: Url, body: Value) -> Result<Value, Failure> {
        let request = self.http.client().post(url).json(&body).timeout(self.patience.answer);
        let answer = request.send().await.map_err(|error| blocked(innermost(&error)))?;
        let failed = !answer.status().is_success();
        let answer: Value = answer.json().await.map_err(|error| blocked(innermost(&error)))?;
        if failed {
            let text = |name: &str| answer["value"][name].as_str().unwrap_or_default().to_owned();
            return Err(blocked(format!("{}: {}", text("error"), text("message"))));
        }
        Ok(answer["value"].clone())
    }

    /// Failing to close is no failure of the scenario: a device ends sessions that are idle.
    async fn close(self) {
        let Ok(url) = Url::parse(self.session.as_str().trim_end_matches('/')) else { return };
        drop(self.http.client().delete(url).timeout(self.patience.answer).send().await);
    }
}

fn blocked(cause: String) -> Failure {
    Failure::blocked("a device with the test app", cause)
}
