//! Whether an integration file finds in the shop's answers what it says is there.

use super::{
    Answer, Caller, Shop, State, Wanted,
    shop::{read, told},
};
use crate::journal::Failure;

impl Shop {
    /// Whether the integration file finds what it says in the shop's answers, tried with one order. A shop that takes none is left to the checks.
    ///
    /// # Errors
    /// When something is not where the file says.
    pub async fn probe(&self, caller: &Caller, wanted: &Wanted) -> Result<(), Failure> {
        let (checkout, order) = (&self.integration().checkout, &self.integration().order);
        let Some(endpoint) = &checkout.endpoint else { return Ok(()) };
        let made = self.ask_for_anything(caller, endpoint, &self.placeholders(wanted)).await?;
        if !made.is_success() {
            return Ok(());
        }
        let found = |answer: &Answer, key: &str, place: &str| {
            let nothing = |_| Failure::misconfigured(format!("{key} = {place:?} to find something"), told(answer));
            read(answer, place, str::to_owned).map_err(nothing)
        };
        let id = found(&made, "checkout.id", checkout.id.as_deref().unwrap_or("/id"))?;
        found(&made, "checkout.redirect_url", checkout.redirect_url.as_deref().unwrap_or("/redirect_url"))?;
        let said = self.look(caller, &id).await?;
        if !said.is_success() {
            return Ok(());
        }
        let word = found(&said, "order.state", &order.state)?;
        if let State::Other(word) = State::of(&word, &order.words) {
            let expected = format!("order.words to have what the shop says of a new order at {}", order.state);
            return Err(Failure::misconfigured(expected, format!("{word:?}")));
        }
        // What was refunded may stand there only once something was.
        order.amount.as_ref().map_or(Ok(()), |place| found(&said, "order.amount", place).map(drop))
    }
}
