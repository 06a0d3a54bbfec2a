//! The payer's phone with the test app: in a browser, on a device, or in a person's hand.

use super::{World, world::ASKING};
use crate::catalog::TEST_APP;
use crate::journal::{Event, Failure, WarningRecord};
use crate::journeys::{Outcome, payer};
use crate::sandbox::{Capability, DevicePatience, Phone, Target, pay_on_device};
use qrcode::{QrCode, render::unicode::Dense1x2};
use std::{sync::Arc, time::Instant};

impl World {
    /// Pays what was scanned.
    ///
    /// # Errors
    /// When the test app cannot be used, or does not pay.
    pub(super) async fn pay_by_phone(&mut self) -> Result<(), Failure> {
        let (stage, scanned) = (Arc::clone(self.stage()), self.scanned().clone());
        match &stage.target.phone {
            Phone::Web => payer::pay_in_the_test_app(self.session().await?, &stage.target, &scanned).await,
            Phone::Driven(device) => {
                // One device, one payer at a time.
                let _turn = stage.phone.lock().await;
                let limits = stage.target.limits;
                let patience = DevicePatience { answer: limits.page, part: limits.element };
                pay_on_device(&stage.http, device, &scanned.text, patience).await
            }
            Phone::Attended => {
                let _turn = stage.phone.lock().await;
                self.ask_for_payment(&scanned.text)?;
                self.await_person().await
            }
            Phone::None => Err(Failure::skipped(no_wallet(&stage.target))),
        }
    }

    /// What the test app says can be read where it is a page.
    ///
    /// # Errors
    /// Skipped, where it is none.
    pub(super) fn expect_readable_phone(&self) -> Result<(), Failure> {
        let target = &self.stage().target;
        match target.phone {
            Phone::Web => Ok(()),
            Phone::None => Err(Failure::skipped(no_wallet(target))),
            Phone::Driven(_) | Phone::Attended => {
                Err(Failure::skipped("what the test app says against a payer can be read only where wallet = \"web\""))
            }
        }
    }

    /// Tells a person what to do.
    fn ask_for_payment(&self, text: &str) -> Result<(), Failure> {
        let picture = QrCode::new(text).map_err(|error| Failure::defect(format!("failed to draw a QR: {error}")))?;
        let picture = picture.render::<Dense1x2>().build();
        let within = self.stage().target.limits.attended.as_secs();
        let page = &self.order().redirect_url;
        let asked = format!(
            "Please pay within {within} s: scan this with the test app, logged in as {} as documented, and confirm.\n\
             The same QR is on {page}\n{picture}",
            TEST_APP.account
        );
        self.scribe().record(Event::Instruction(WarningRecord { attempt: self.scribe().attempt(), text: asked }));
        Ok(())
    }

    /// Waits until the payment is no longer open.
    async fn await_person(&self) -> Result<(), Failure> {
        let within = self.stage().target.limits.attended;
        let until = Instant::now() + within;
        while self.status().await?.expect(self.order(), Outcome::Open).is_ok() {
            if Instant::now() + ASKING >= until {
                return Err(Failure::blocked(
                    format!("a person to pay within {within:?}"),
                    "the payment is still open",
                ));
            }
            tokio::time::sleep(ASKING).await;
        }
        Ok(())
    }
}

fn no_wallet(target: &Target) -> String {
    format!("the target {} has {}", target.name, target.lack(Capability::Wallet))
}
