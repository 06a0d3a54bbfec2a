//! The checkout embedded in the shop's own page.

use crate::browser::Session;
use crate::catalog::Method;
use crate::journal::Failure;

/// Presses the shop's own button.
pub async fn start_from_the_shop(session: &mut Session) -> Result<(), Failure> {
    session.await_page(&["shop-order"]).await?;
    session.press("shop-order.pay").await?;
    Ok(())
}

/// The field of the hosted checkout that chooses `method`.
const fn choice(method: Method) -> &'static str {
    match method {
        Method::CreditCard => "checkout.credit-card",
        Method::Qr => "checkout.qr",
        Method::AtmCard => "checkout.atm-card",
    }
}

/// The hosted checkout offers each documented method.
pub async fn expect_every_method(session: &mut Session) -> Result<(), Failure> {
    session.await_page(&["checkout"]).await?;
    for method in Method::ALL {
        session.await_field(choice(method)).await?;
    }
    Ok(())
}

/// Chooses `method` in the hosted checkout and goes on to pay.
pub async fn choose_method(session: &mut Session, method: Method) -> Result<(), Failure> {
    session.await_page(&["checkout"]).await?;
    session.press(choice(method)).await?;
    session.tick_if_shown("checkout.consent").await?;
    session.press("checkout.pay").await?;
    Ok(())
}
