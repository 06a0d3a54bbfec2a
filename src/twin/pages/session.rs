//! Sessions of the wallet, the portal and the dashboard: a sealed cookie, per host, and the token of its forms.

use super::seal::{is_sealed, nonce, seal};
use super::visitor::{Instead, Problem, Visitor};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use jiff::Timestamp;

/// Seconds after which a person has to log in again.
const LIFETIME: i64 = 1800;

/// Which of the hosts a session belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    Wallet,
    Portal,
    Dashboard,
}

impl Room {
    const fn cookie(self) -> &'static str {
        match self {
            Self::Wallet => "wallet_session",
            Self::Portal => "portal_session",
            Self::Dashboard => "dashboard_session",
        }
    }
}

/// A browser's session; before the log-in it has nobody's name, but its forms are already tied to it.
#[derive(Clone, Debug)]
pub(super) struct Session {
    room: Room,
    /// Whoever logged in: an account's key, or the wallet's phone number; empty before the log-in.
    pub(super) subject: String,
    /// Seconds since 1970, by the clock of whoever logged in.
    issued: i64,
    nonce: String,
}

impl Session {
    /// A session that starts now.
    pub(super) fn start(room: Room, subject: &str, now: Timestamp) -> Self {
        Self { room, subject: subject.to_owned(), issued: now.as_second(), nonce: nonce() }
    }

    /// The session in the visitor's cookie, if these pages made it.
    pub(super) fn of(room: Room, visitor: &Visitor) -> Option<Self> {
        let (text, said) = visitor.cookie(room.cookie())?.rsplit_once('.')?;
        if !is_sealed(room.cookie(), text, said) {
            return None;
        }
        let mut parts = text.rsplitn(3, '.');
        let nonce = parts.next()?.to_owned();
        let issued = parts.next()?.parse().ok()?;
        Some(Self { room, subject: parts.next()?.to_owned(), issued, nonce })
    }

    /// Whether it has lasted its time.
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        now.as_second().saturating_sub(self.issued) >= LIFETIME
    }

    fn text(&self) -> String {
        format!("{}.{}.{}", self.subject, self.issued, self.nonce)
    }

    /// The token that this session's forms carry.
    pub(super) fn form_token(&self) -> String {
        seal("form", &self.text())
    }

    /// Refuses a form that carries another token.
    pub(super) fn check(&self, visitor: &Visitor, token: &str) -> Result<(), Instead> {
        if is_sealed("form", &self.text(), token) { Ok(()) } else { Err(Problem::StaleForm.page(visitor)) }
    }

    /// Puts the session into the answer's cookie.
    pub(super) fn keep(&self, mut answer: Response) -> Response {
        let text = self.text();
        let value = format!("{text}.{}", seal(self.room.cookie(), &text));
        set_cookie(&mut answer, &format!("{}={value}; Path=/; HttpOnly; SameSite=Lax", self.room.cookie()));
        answer
    }

    /// Takes the session's cookie back.
    pub(super) fn end(room: Room, mut answer: Response) -> Response {
        set_cookie(&mut answer, &format!("{}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0", room.cookie()));
        answer
    }
}

fn set_cookie(answer: &mut Response, cookie: &str) {
    // Account keys and phone numbers are ASCII; anything else makes no cookie, and so no session.
    if let Ok(value) = HeaderValue::from_str(cookie) {
        answer.headers_mut().append(header::SET_COOKIE, value);
    }
}
