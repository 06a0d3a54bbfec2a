//! Carries a sequence out step by step, and holds what the target tells against the model.

use super::execute::{Execution, Stop, initiation};
use super::judge::Breach;
use super::sequence::{Expected, Model, ModelOrder};
use super::{Ground, Rule, Step};
use crate::catalog::Method;
use crate::sandbox::Draft;
use crate::wire::contract::Operation;
use crate::wire::{Order, RefundStatus, Secret, TransactionStatus};
use serde_json::{Value, json};

impl Execution<'_> {
    pub(super) async fn sequence(&mut self, steps: &[Step]) -> Result<(), Stop> {
        if !self.ground.has_levers() {
            return self.steps(steps).await;
        }
        // Queue and clock are an account's; the seed makes the account another twin's too.
        let lever = Ground::lever("accounts", &json!({ "seed": self.ground.fresh_seed() }));
        let answer = self.send(lever).await?;
        if !answer.is_accepted() {
            return Err(Breach::new(Rule::Answered, format!("the lever accounts: {answer}")).into());
        }
        let account = answer.json;
        let text = |name: &str| account[name].as_str().unwrap_or_default();
        let own = self.ground.of_account(text("key"), Secret::new(text("secret")));
        self.remember("key", text("key"));
        self.remember("secret", text("secret"));
        let mut execution = Execution { ground: &own, sent: std::mem::take(&mut self.sent), last: None };
        let ended = execution.steps(steps).await;
        (self.sent, self.last) = (execution.sent, execution.last);
        ended
    }

    async fn steps(&mut self, steps: &[Step]) -> Result<(), Stop> {
        let mut model = Model::default();
        let mut known: Vec<Known> = Vec::new();
        for step in steps {
            let before = model.clone();
            let Some(expected) = model.take(step) else { continue };
            self.step(step, &before, expected, &mut known).await?;
            if let Some(place) = model.subject(step) {
                self.compare(&model.orders[place], &mut known[place]).await?;
            }
        }
        for (order, known) in model.orders.iter().zip(&mut known) {
            self.compare(order, known).await?;
        }
        if self.ground.has_levers() {
            self.balance(&model).await?;
        }
        Ok(())
    }

    async fn step(
        &mut self,
        step: &Step,
        before: &Model,
        expected: Expected,
        known: &mut Vec<Known>,
    ) -> Result<(), Stop> {
        let place = before.subject(step).unwrap_or_default();
        match step {
            Step::Initiate { amount } => {
                let id = self.ground.fresh_id();
                let page = "https://shop.example/back";
                let order = Order::new(&id, Method::CreditCard, (*amount).into(), page, page);
                let request =
                    order.request(self.ground.key(), self.ground.secret()).expect("a plain order makes a request");
                let draft = initiation(&request, self.ground);
                let answer = self.send(draft.clone()).await?;
                self.expect(expected, Operation::InitiatePayment, &answer)?;
                let order_ref = answer.json["order_ref"].as_str().unwrap_or_default().to_owned();
                self.remember("order_ref", &order_ref);
                known.push(Known { order_ref, merchant_order_ref: id, initiation: draft, refund_ids: Vec::new() });
            }
            Step::InitiateAgain { .. } => {
                let answer = self.send(known[place].initiation.clone()).await?;
                self.repeated(&known[place].order_ref, &answer)?;
            }
            Step::Pay { .. } => {
                let body = json!({ "account": self.ground.key(), "order_ref": known[place].order_ref });
                self.lever("payments", &body, expected).await?;
            }
            Step::Update { successful, .. } => {
                let status = if *successful { "Success" } else { "Failed" };
                let body = json!({ "status": status, "merchant_order_ref": known[place].merchant_order_ref });
                let draft = self.ground.draft(Operation::UpdateTransactionStatus, "");
                let draft = draft.with_body(Operation::UpdateTransactionStatus, body, self.ground.secret());
                let answer = self.send(draft).await?;
                self.expect(expected, Operation::UpdateTransactionStatus, &answer)?;
            }
            Step::RefundAll { .. } => self.refund(&known[place], "full", 0, expected).await?,
            Step::RefundPart { thousandths, .. } => {
                let part = before.orders[place].part(*thousandths);
                self.refund(&known[place], "partial", part, expected).await?;
            }
            Step::Queue { waits } => {
                let next = if *waits { "queue" } else { "settle" };
                self.lever("refunds", &json!({ "account": self.ground.key(), "next": next }), expected).await?;
            }
            Step::Settle { order, refund, successful } => {
                let Some((place, refund)) = before.refund_place(*order, *refund) else { return Ok(()) };
                let Known { order_ref, refund_ids, .. } = &known[place];
                let body = json!({ "account": self.ground.key(), "order_ref": order_ref,
                    "refund_id": refund_ids.get(refund), "successful": successful });
                self.lever("settlements", &body, expected).await?;
            }
            Step::Query { .. } => {
                let Known { order_ref, merchant_order_ref, .. } = known[place].clone();
                let first = self.ask(Operation::TransactionStatus, &order_ref, &merchant_order_ref).await?;
                let second = self.ask(Operation::TransactionStatus, &order_ref, &merchant_order_ref).await?;
                if first.json != second.json {
                    return Err(Breach::new(Rule::RepeatChangesNothing, format!("{first}, then {second}")).into());
                }
            }
            Step::Expire => {
                self.lever("clock", &json!({ "account": self.ground.key(), "advance_seconds": 3600 }), expected)
                    .await?;
            }
        }
        Ok(())
    }

    async fn refund(&mut self, known: &Known, kind: &str, amount: u64, expected: Expected) -> Result<(), Stop> {
        let mut draft = self.ground.draft(Operation::CreateRefund, "");
        let mut body = draft.json();
        (body["refund_type"], body["amount"]) = (kind.into(), amount.into());
        draft.body = Some(body.to_string().into_bytes());
        draft.path = Operation::CreateRefund.path().replace("{order_ref}", &known.order_ref);
        let answer = self.send(draft).await?;
        Ok(self.expect(expected, Operation::CreateRefund, &answer)?)
    }

    async fn lever(&mut self, lever: &str, body: &Value, expected: Expected) -> Result<(), Stop> {
        let answer = self.send(Ground::lever(lever, body)).await?;
        if answer.is_accepted() == (expected == Expected::Accepted) {
            return Ok(());
        }
        Err(Breach::new(Rule::LedgerAgrees, format!("the lever {lever} with {body}: {answer}")).into())
    }

    /// What the API tells of an order is what the model has.
    async fn compare(&mut self, order: &ModelOrder, known: &mut Known) -> Result<(), Stop> {
        let Known { order_ref, merchant_order_ref, .. } = known.clone();
        let status = self.ask(Operation::TransactionStatus, &order_ref, &merchant_order_ref).await?;
        let content = &status.json["content"];
        let told = TransactionStatus::from(content["status"].as_str().unwrap_or_default());
        // Nobody can tell from outside whether a payer has opened the page.
        let open = |status: &TransactionStatus| !status.is_final();
        if content["order_ref"] != json!(order_ref) || (told != order.status && !(open(&told) && open(&order.status))) {
            return Err(Breach::new(
                Rule::LedgerAgrees,
                format!("{merchant_order_ref} has to be {}: {status}", order.status),
            )
            .into());
        }
        let listed = self.ask(Operation::ListRefunds, &order_ref, &merchant_order_ref).await?;
        let refunds = listed.json["refundDetails"].as_array().cloned().unwrap_or_default();
        let told: Vec<(Option<f64>, RefundStatus)> = refunds
            .iter()
            .map(|refund| {
                (refund["amount"].as_f64(), RefundStatus::from(refund["refund_status"].as_str().unwrap_or_default()))
            })
            .collect();
        #[expect(clippy::cast_precision_loss, reason = "sums of a sequence are far below 2^53")]
        let number = |amount: u64| Some(amount as f64);
        let wanted: Vec<(Option<f64>, RefundStatus)> =
            order.refunds.iter().map(|refund| (number(refund.amount), refund.status.clone())).collect();
        if told != wanted || listed.json["amountToRefund"].as_f64() != number(order.refundable()) {
            let wanted = format!("{wanted:?} and {} to refund", order.refundable());
            return Err(Breach::new(
                Rule::LedgerAgrees,
                format!("{merchant_order_ref} has to have {wanted}: {listed}"),
            )
            .into());
        }
        known.refund_ids =
            refunds.iter().map(|refund| refund["refund_id"].as_str().unwrap_or_default().to_owned()).collect();
        // The list's last is what a line of text finds in it.
        if let Some(newest) = known.refund_ids.last() {
            self.remember("refund_id", newest);
        }
        Ok(())
    }

    /// The twin's own ledger adds up to the model's.
    async fn balance(&mut self, model: &Model) -> Result<(), Stop> {
        let path = format!("/_twin/ledger?account={}", self.ground.key());
        let draft = Draft { method: "GET".to_owned(), path, headers: Vec::new(), body: None, genuine_token: false };
        let ledger = self.send(draft).await?;
        let paid: u64 = model
            .orders
            .iter()
            .filter(|order| order.status == TransactionStatus::Success)
            .map(|order| order.amount)
            .sum();
        let remaining: u64 = model.orders.iter().map(ModelOrder::refundable).sum();
        #[expect(clippy::cast_precision_loss, reason = "sums of a sequence are far below 2^53")]
        let (paid, gone) = (paid as f64, (paid - remaining) as f64);
        let told = (ledger.json["paid"].as_f64(), ledger.json["refunded_or_queued"].as_f64());
        if told != (Some(paid), Some(gone))
            || ledger.json["orders"].as_array().map(Vec::len) != Some(model.orders.len())
        {
            return Err(Breach::new(
                Rule::LedgerAgrees,
                format!("the ledger has to have {paid} paid and {gone} gone: {ledger}"),
            )
            .into());
        }
        Ok(())
    }
}

/// An order of a sequence, as the target names it.
#[derive(Clone, Debug)]
struct Known {
    order_ref: String,
    merchant_order_ref: String,
    initiation: Draft,
    refund_ids: Vec<String>,
}
