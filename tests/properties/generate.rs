//! How the properties are tried, and what a merchant may write: the generators that `fuzz` has too.

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

pub(crate) use smartpay_conformance::fuzz::generate::*;

/// At least a thousand cases; `PROPTEST_CASES` asks for more.
pub(crate) fn config() -> ProptestConfig {
    let default = ProptestConfig::default();
    ProptestConfig {
        cases: default.cases.max(1024),
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..default
    }
}
