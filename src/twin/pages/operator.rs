//! An operator at the portal or the dashboard: somebody logged in for one account.

use super::session::{Room, Session};
use super::visitor::{Instead, Visitor};
use crate::twin::{Account, Twin};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use jiff::Timestamp;
use std::sync::Arc;

/// Rows of a table; an account may have thousands.
pub(super) const MAX_ROWS: usize = 200;

/// Somebody logged in for one account.
struct Operator {
    visitor: Visitor,
    session: Session,
    account: Arc<Account>,
}

/// An operator of the merchant portal.
pub(super) struct PortalOperator {
    pub(super) visitor: Visitor,
    pub(super) session: Session,
    pub(super) account: Arc<Account>,
}

/// An operator of SmartPay's dashboard.
pub(super) struct DashboardOperator {
    pub(super) visitor: Visitor,
    pub(super) session: Session,
    pub(super) account: Arc<Account>,
}

impl FromRequestParts<Arc<Twin>> for PortalOperator {
    type Rejection = Instead;

    async fn from_request_parts(parts: &mut Parts, twin: &Arc<Twin>) -> Result<Self, Instead> {
        let Operator { visitor, session, account } = admitted(Room::Portal, parts, twin).await?;
        Ok(Self { visitor, session, account })
    }
}

impl FromRequestParts<Arc<Twin>> for DashboardOperator {
    type Rejection = Instead;

    async fn from_request_parts(parts: &mut Parts, twin: &Arc<Twin>) -> Result<Self, Instead> {
        let Operator { visitor, session, account } = admitted(Room::Dashboard, parts, twin).await?;
        Ok(Self { visitor, session, account })
    }
}

/// Whoever is logged in; anybody else is sent to the log-in page.
async fn admitted(room: Room, parts: &mut Parts, twin: &Arc<Twin>) -> Result<Operator, Instead> {
    let Ok(visitor) = Visitor::from_request_parts(parts, twin).await;
    let found = Session::of(room, &visitor).and_then(|session| {
        let account = twin.accounts.get(&session.subject)?;
        (!session.is_over(account.clock.now())).then_some((session, account))
    });
    match found {
        Some((session, account)) => Ok(Operator { visitor, session, account }),
        None => Err(visitor.send_to("/").into()),
    }
}

/// A moment as the tables show it.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}
