//! Logging in and out at the wallet, the portal and the dashboard.

use super::fields::Fields;
use super::session::{Room, Session};
use super::visitor::{Answer, Visitor};
use crate::wire::Clock;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use minijinja::context;

/// Before anybody has logged in, time is the system's.
static CLOCK: Clock = Clock::system();

impl Room {
    const fn texts(self) -> (&'static str, &'static str, &'static str, &'static str) {
        match self {
            Self::Wallet => ("wallet", "wallet.title", "wallet.phone", "wallet.wrong_login"),
            Self::Portal => ("portal", "portal.title", "common.user", "portal.wrong_login"),
            Self::Dashboard => ("smartpay", "dashboard.title", "common.user", "dashboard.wrong_login"),
        }
    }

    /// The log-in page, and the session its form is tied to.
    pub(super) fn log_in_page(self, visitor: &Visitor) -> Response {
        self.page(visitor, StatusCode::OK, false)
    }

    fn page(self, visitor: &Visitor, status: StatusCode, refused: bool) -> Response {
        let (kind, title, user_label, wrong) = self.texts();
        let session = match Session::of(self, visitor) {
            Some(session) if session.subject.is_empty() => session,
            _ => Session::start(self, "", CLOCK.now()),
        };
        let error = refused.then_some(wrong);
        let page = context! { kind, title, user_label, error, csrf => session.form_token() };
        session.keep(visitor.show(status, "login.html", page))
    }

    /// Judges a submitted log-in. `accept` answers with whoever it is, and that person's time.
    pub(super) fn log_in(
        self,
        visitor: &Visitor,
        fields: &Fields,
        inside: &str,
        accept: impl FnOnce(&str, &str) -> Option<(String, Timestamp)>,
    ) -> Answer {
        let Some(session) = Session::of(self, visitor) else {
            return Err(super::visitor::Problem::StaleForm.page(visitor));
        };
        session.check(visitor, fields.get("csrf"))?;
        match accept(fields.get("user"), fields.get("password")) {
            // A new session, so that one planted before the log-in is worth nothing after it.
            Some((subject, now)) => Ok(Session::start(self, &subject, now).keep(visitor.send_to(inside))),
            None => Ok(self.page(visitor, StatusCode::UNAUTHORIZED, true)),
        }
    }

    /// Ends the session.
    pub(super) fn log_out(self, visitor: &Visitor, fields: &Fields) -> Answer {
        if let Some(session) = Session::of(self, visitor) {
            session.check(visitor, fields.get("csrf"))?;
        }
        Ok(Session::end(self, visitor.send_to("/")))
    }
}

/// The system's time.
pub(super) fn now() -> Timestamp {
    CLOCK.now()
}
