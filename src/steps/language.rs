//! Pages in the payer's language.

use super::{World, conclude::Must};
use crate::journeys::expect_vietnamese;
use cucumber::{given, then};

#[given("a payer who reads Vietnamese")]
async fn reads_vietnamese(w: &mut World) {
    w.language = Some("vi");
}

#[then("every page of the payment was in Vietnamese")]
async fn every_page_was_vietnamese(w: &mut World) {
    expect_vietnamese(w.session().await.must().met_pages()).must();
}
