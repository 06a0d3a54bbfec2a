//! The payer's way back to the shop.

use crate::browser::Session;
use crate::journal::Failure;
use crate::sandbox::{ReturnUrls, Returned};
use crate::wire::Redirect;

/// Where the payer arrived, and with what.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub returned: Returned,
    pub redirect: Redirect,
}

/// Waits until the payer's browser is on one of the shop's return pages and reads the redirect from its address.
///
/// # Errors
/// When no return page is reached before the deadline.
pub async fn arrive(session: &mut Session, urls: &ReturnUrls) -> Result<Arrival, Failure> {
    let url = session.await_url("of one of the shop's return pages", |url| urls.recognise(url).is_some()).await?;
    let returned = urls.recognise(&url).ok_or_else(|| Failure::unmet("one of the shop's return pages", url.clone()))?;
    if urls.of_shop {
        // The address alone would also be there when the page is not.
        session.await_page(&["shop-return"]).await?;
    } else {
        session.note_page("The shop's return page").await?;
    }
    let query = url.split_once('?').map_or("", |(_, query)| query.split('#').next().unwrap_or_default());
    Ok(Arrival { returned, redirect: Redirect::parse(query) })
}
