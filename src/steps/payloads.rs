//! Payloads and their approved shapes.

use super::{World, conclude::Must};
use crate::catalog::Method;
use crate::journal::Failure;
use crate::sandbox::{Alteration, Part, Reply, TokenKind};
use crate::wire::{RefundKind, SignatureRequest};
use cucumber::{then, when};
use serde_json::{Map, Value, json};

#[when(
    regex = "^the merchant takes (the answer to .+|the details of the payment|the list of .+|a token answer|a signature answer|the refusal of .+|the (?:payment|refund) webhook|the redirect to the shop)$"
)]
async fn takes(w: &mut World, name: String) {
    let payload = w.take(&name).await.must();
    w.payload = Some((name, payload));
}

#[then("it has the shape that was approved")]
async fn has_the_approved_shape(w: &mut World) {
    let (name, payload) = w.payload.as_ref().expect("a sentence before this one takes a payload");
    w.stage().payloads.expect(name, payload, w.scribe()).must();
}

impl World {
    /// The payload that people call `name`, as it came, with every field, known or not.
    async fn take(&mut self, name: &str) -> Result<Value, Failure> {
        let portone = &self.merchant().portone;
        let order_ref = self.order().order_ref.clone();
        match name {
            "the answer to a payment request" => {
                let request = self.merchant().request(&self.stage().next_order_id(), Method::Qr, 90_000.into())?;
                portone.initiate(&request).await?.accepted(name)?;
            }
            "the answer to a status query" => drop(self.status().await?),
            "the details of the payment" => drop(self.details().await?),
            "the answer to a refund" => {
                self.merchant().refund(&order_ref, RefundKind::Partial, 1_000.into()).await?.accepted(name)?;
            }
            "the list of refunds" => {
                self.merchant().refund(&order_ref, RefundKind::Partial, 1_000.into()).await?.accepted(name)?;
                self.listed_refunds().await?;
            }
            "the answer to a webhook registration" => {
                drop(self.merchant().register("payment_status", "payloads").await?)
            }
            "the list of webhook endpoints" => drop(portone.webhooks().await?.accepted(name)?),
            "a token answer" => {
                let account = self.merchant().account();
                let content = portone.auth_token(&account.key, &account.secret).await?.accepted(name)?;
                self.scribe().learn(&content.token);
            }
            "a signature answer" => {
                let request = self.merchant().request("a reference", Method::Qr, 90_000.into())?;
                portone.generate_signature(&SignatureRequest::from(&request)).await?.accepted(name)?;
            }
            "the refusal of a payment request" => {
                let request = self.merchant().request(&self.stage().next_order_id(), Method::Qr, 90_000.into())?;
                let alteration = Alteration::Without(Part::Currency);
                let key = self.merchant().account().key.clone();
                expect_refused(&self.merchant().attempt(&key, &request, &alteration).await?)?;
            }
            "the refusal of a query" => {
                let id = &self.order().request.merchant_order_id;
                expect_refused(&portone.status(id, &TokenKind::Forged).await?)?;
            }
            "the payment webhook" => return self.delivered("payment").await,
            "the refund webhook" => {
                self.merchant().refund(&order_ref, RefundKind::Partial, 1_000.into()).await?.accepted(name)?;
                return self.delivered("refund").await;
            }
            "the redirect to the shop" => {
                let redirect = self.arrival().await?.redirect;
                let mut fields = Map::new();
                for (name, value) in redirect.pairs() {
                    // A name that appears twice stays visible.
                    let twice = fields.get(name).map(|first| json!([first, value]));
                    fields.insert(name.clone(), twice.unwrap_or_else(|| json!(value)));
                }
                return Ok(Value::Object(fields));
            }
            other => return Err(Failure::defect(format!("no payload is called {other:?}"))),
        }
        Ok(portone.last_answer())
    }

    /// The body of the first webhook at an endpoint, as it came.
    async fn delivered(&self, endpoint: &str) -> Result<Value, Failure> {
        let deadline = self.stage().patience.webhook;
        let find = |deliveries: &[crate::sandbox::Delivery]| {
            deliveries.iter().find(|delivery| delivery.endpoint == endpoint).cloned()
        };
        let delivery = self.merchant().mailbox()?.wait_for("a webhook", deadline, find).await?;
        serde_json::from_str(&delivery.body).map_err(|error| Failure::unmet("a webhook in JSON", error.to_string()))
    }
}

fn expect_refused<T>(reply: &Reply<T>) -> Result<(), Failure> {
    match reply {
        Reply::Refused { .. } => Ok(()),
        Reply::Accepted(_) => Err(Failure::unmet("a refusal", "the request was accepted")),
    }
}
