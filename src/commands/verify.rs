//! `verify`: whether a certificate and its evidence are what was signed.

use super::{
    Exit, VerifyArgs,
    output::{complain, note, print},
};
use crate::certify::{self, TrustedKey};
use crate::journal::Verdict;
use crate::wire::Clock;

pub(super) fn verify(args: &VerifyArgs) -> Exit {
    let verified = (|| {
        let trusted = args.key.as_deref().map(TrustedKey::named).transpose()?;
        anyhow::Ok((trusted, certify::verify(&args.path, trusted, Clock::system().now())?))
    })();
    let (trusted, verified) = match verified {
        Ok(verified) => verified,
        Err(error) => return complain(&error, Exit::Misconfigured),
    };
    let certificate = &verified.certificate;
    if !verified.deviations.is_empty() {
        for deviation in &verified.deviations {
            note(&deviation.to_string());
        }
        note(&format!("not what was signed as the certificate of {}", certificate.integration.name));
        return Exit::NotConforming;
    }
    let version = certificate.integration.version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
    let whose = match trusted {
        Some(_) => format!("signed by {}, which you trust", certificate.key),
        None => format!("signed by {}, not checked against a key you trust", certificate.key),
    };
    let passed = certificate.checks.iter().filter(|check| check.verdict == Some(Verdict::Passed)).count();
    let told = format!(
        "{}{version} is {}: {passed} of {} checks passed, shown on {}, valid until {}\nnothing was altered, added or removed: {} files\n{whose}",
        certificate.integration.name,
        certificate.profile,
        certificate.checks.len(),
        certificate.shown_on,
        certificate.valid_until.strftime("%Y-%m-%d"),
        certificate.evidence.len(),
    );
    print(&told).map_or_else(|error| complain(&error, Exit::Misconfigured), |()| Exit::Conforming)
}
