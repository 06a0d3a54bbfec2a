//! Certificates: what was found out about a merchant's integration, signed, and how anybody can look whether it is still what was signed.

mod certificate;
mod key;
mod page;
mod verification;

pub use certificate::{
    CERTIFICATE, Certificate, CertificateError, Certified, CertifiedCheck, PAGE, Refusal, SIGNATURE, VALID_DAYS,
    draw_up, outcomes, refusal,
};
pub use key::{KeyError, SigningKeyFile, TrustedKey};
pub use page::page;
pub use verification::{Deviation, Verified, VerifyError, verify};
