//! The certificate as a page to show.

use super::Certificate;
use minijinja::{Environment, context, value::Serde};

/// The page of a certificate, self-contained.
///
/// # Panics
/// Never: the template is part of the program, and its test renders it.
#[must_use]
pub fn page(certificate: &Certificate) -> String {
    let mut engine = Environment::new();
    engine
        .add_template("certificate.html", include_str!("certificate.html.j2"))
        .expect("the embedded template parses, as its test shows");
    let passed =
        certificate.checks.iter().filter(|check| check.verdict.is_some_and(|verdict| verdict.to_string() == "passed"));
    let page = context! {
        c => Serde(certificate),
        issued => certificate.issued_at.strftime("%-d %B %Y").to_string(),
        until => certificate.valid_until.strftime("%-d %B %Y").to_string(),
        passed => passed.count(),
    };
    let template = engine.get_template("certificate.html").expect("it was added above");
    template.render(page).expect("the embedded template renders, as its test shows")
}
