//! Deliberate bugs for trying out what certifies shops, one at a time: `--defect ID`. Leave this file and every line that asks
//! `defect` out of a copy.

use crate::books::{Order, Source, State};
use crate::callbacks::{PaymentWebhook, Redirect};
use crate::desk::Shop;
use crate::pages;
use axum::body::Bytes;
use axum::extract::State as Served;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Map, Value};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

macro_rules! defects {
    ($($name:ident $id:literal $shown:literal)+) => {
        /// Which rule of its own the shop breaks.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Defect {
            $(#[doc = $shown] $name,)+
        }

        impl Defect {
            /// Every id, and how it shows itself from outside.
            pub(crate) const ALL: &[(&str, Self, &str)] = &[$(($id, Self::$name, $shown),)+];
        }
    };
}

defects! {
    WebhookSignatureUnchecked "webhook-signature-unchecked" "a payment webhook with any signature is booked"
    WebhookAmountUnchecked "webhook-amount-unchecked" "a signed webhook of another amount is booked"
    WebhookCurrencyUnchecked "webhook-currency-unchecked" "a signed webhook of another currency is booked"
    WebhookAnyMerchant "webhook-any-merchant" "a webhook that names another merchant_key is booked without a look at its signature"
    WebhookWithoutKeyUnverified "webhook-without-key-unverified" "a webhook without merchant_key is booked without a look at its signature"
    ForgedFailureBooked "forged-failure-booked" "a payment webhook that says Failed is booked whoever signed it, and for good"
    WebhookUnknownOrderCreated "webhook-unknown-order-created" "a signed webhook of an unknown order creates that order, paid"
    WebhookUnknownOrder500 "webhook-unknown-order-500" "a signed webhook of an unknown order is answered 500"
    WebhookSpaceEncodedPercent20 "webhook-space-encoded-percent20" "a genuine webhook with a space in a signed field is answered 401"
    WebhookDroppedSilently "webhook-dropped-silently" "the same, answered 200: only asking PortOne finds the payment"
    WebhookAsciiOnly "webhook-ascii-only" "a genuine webhook with a letter beyond ASCII is answered 400"
    WebhookUnknownFieldRejected "webhook-unknown-field-rejected" "a genuine webhook with a field that no page documents is answered 400"
    WebhookNonsense500 "webhook-nonsense-500" "what is no JSON object is answered 500 where webhooks are received"
    WebhookNonsenseKills "webhook-nonsense-kills" "what is no JSON object ends the shop where webhooks are received"
    WebhookUnknownStatus500 "webhook-unknown-status-500" "a genuine webhook with a status that no page documents is answered 500"
    WebhookSlow "webhook-slow" "a webhook is answered after 15 s"
    WebhookErrorOnRepeat "webhook-error-on-repeat" "a webhook that comes again is answered 500"
    WebhookTwiceBooksTwice "webhook-twice-books-twice" "each repeated Success webhook adds the payment to the order's amount again"
    WebhookRaceBooksTwice "webhook-race-books-twice" "identical Success webhooks at the same moment each add the payment to the order's amount"
    WebhookReopensRefunded "webhook-reopens-refunded" "a Success webhook that comes again after a refund makes the order PAID, nothing refunded"
    ExpiredIsPaid "expired-is-paid" "an order whose payment expired is PAID"
    PendingAfterSuccessReopens "pending-after-success-reopens" "a Pending webhook makes a paid order PENDING again"
    StaleTimestampRejected "stale-timestamp-rejected" "a genuine webhook whose created_at is older than five minutes is answered 400"
    WebhookBeforeRedirectLost "webhook-before-redirect-lost" "an order whose webhook comes before its payer stays PENDING until the payer comes"
    WebhookAfterRedirectIgnored "webhook-after-redirect-ignored" "an order whose payer comes back before its webhook stays PENDING"
    NoPolling "no-polling" "without a webhook and a returning payer an order stays PENDING"
    PollsTenSeconds "polls-ten-seconds" "an order that is paid more than ten seconds after it was made stays PENDING without a webhook and a returning payer"
    PollingDies "polling-dies" "once PortOne answered a question with an error, the shop never asks about that order again"
    ReturnMissing "return-missing" "payers who come back are answered 404"
    RedirectRefused "redirect-refused" "genuine redirects, too, are told not to be confirmed"
    RedirectFailureBooked "redirect-failure-booked" "a redirect that says Failed is booked whoever signed it, and for good"
    RedirectReferenceBelieved "redirect-reference-believed" "a redirect is not verified: the order that it names is PAID if the one of its order_ref is"
    RedirectTrusted "redirect-trusted" "a signed redirect that says Success makes an unpaid order PAID"
    RedirectSignatureUnchecked "redirect-signature-unchecked" "a redirect with any signature is shown, and its status booked"
    RedirectAmountShown "redirect-amount-shown" "the page after the return shows the redirect's amount, whatever the order's"
    RedirectOfAnotherOrder "redirect-of-another-order" "the genuine redirect of one order, put on the return address of another, decides the other"
    RedirectReplayed "redirect-replayed" "opening the genuine redirect again after a refund makes the order PAID, nothing refunded"
    RedirectFirstDoubledParameter "redirect-first-doubled-parameter" "of a doubled status the last is verified and the first is booked"
    RedirectUnsignedAccepted "redirect-unsigned-accepted" "a redirect without a signature is shown, and its status booked"
    RedirectCrash500 "redirect-crash-500" "a redirect that lacks a parameter or does not verify is answered 500"
    DoubleClickOrdersTwice "double-click-orders-twice" "a press within a second of the one before creates another order at PortOne"
    TwoTabsOrderTwice "two-tabs-order-twice" "the same cart in two tabs creates two orders at PortOne, and one payment makes every order of its amount PAID"
    BackButtonOrdersAgain "back-button-orders-again" "a press after coming back creates another order at PortOne, which is PAID at once if the first is"
    ConfirmationWrongOrder "confirmation-wrong-order" "order pages show another order than was asked for"
    ConfirmationWrongAmount "confirmation-wrong-amount" "order pages show a tenth of the amount"
    SecretInPage "secret-in-page" "every page holds the secret, in a comment"
    SecretInScript "secret-in-script" "/embedded.js holds the secret"
    SecretInApiAnswer "secret-in-api-answer" "orders in JSON hold the secret"
    SignatureUnsafeId "signature-unsafe-id" "an order id with a space is signed as %20, refused by PortOne and answered 502"
    AmountOffBy100 "amount-off-by-100" "PortOne is asked for a hundred times the amount"
    WrongCurrency "wrong-currency" "PortOne is asked for USD, refuses, and no order can be created (502)"
    RefundNotAsked "refund-not-asked" "a refund is booked, and PortOne never asked for it"
    RefundWebhookTrusted "refund-webhook-trusted" "a refund webhook that nobody sent makes a paid order REFUNDED"
    RefundQueueBookedAtOnce "refund-queue-booked-at-once" "a refund that is IN_QUEUE counts as refunded"
    RefundFailureIgnored "refund-failure-ignored" "a queued refund that fails counts as refunded"
    RefundPartialAsFull "refund-partial-as-full" "after a partial refund the order is REFUNDED, wholly"
    RefundBeyondPayment "refund-beyond-payment" "more than what remains is refunded: answered 202, and in the books"
    RefundOpen "refund-open" "a refund needs no token"
    XssMessage "xss-message" "the PSP's message is not escaped: a webhook's status_channel_reason on the order's page, a redirect's message on that of the return"
    XssParameter "xss-parameter" "the page for redirects that are not confirmed shows their order id, not escaped"
    XssLink "xss-link" "a webhook's receipt_url becomes a link on the order's page, whatever kind of address it is"
    XssName "xss-name" "a webhook's buyer_name and an order's description are not escaped on the order's page"
    FailedShownAsPaid "failed-shown-as-paid" "a failed order is told as PAID, on its page and in JSON"
    FailureNotBooked "failure-not-booked" "an order whose payment failed waits for ever"
    AbandonedOrderCancelled "abandoned-order-cancelled" "an order that is not paid within a second is FAILED for good, whatever is paid later"
    CancelShownAsPaid "cancel-shown-as-paid" "an order that its payer cancelled (4071) is told as PAID, on its page and in JSON"
    EmbeddedTrustsCallback "embedded-trusts-callback" "pressing the button of /embedded makes the order PAID (POST /embedded/done), paid or not"
    FloodFallsOver "flood-falls-over" "of more than 200 webhooks within ten seconds the rest are answered 503"
}

impl Defect {
    pub(crate) fn named(id: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, ..)| *known == id).map(|(_, defect, _)| *defect)
    }
}

/// `/embedded.js`, with a bug or without.
pub(crate) fn script(shop: &Shop) -> String {
    if shop.has(Defect::SecretInScript) {
        return format!("{}\nconst secret = {:?};\n", pages::EMBEDDED, shop.settings.secret);
    }
    if shop.has(Defect::EmbeddedTrustsCallback) {
        let done =
            "await fetch(\"/embedded/done\", { method: \"POST\", body: JSON.stringify({ cart }), keepalive: true });";
        return pages::EMBEDDED.replace("    if (initiated?", &format!("    {done}\n    if (initiated?"));
    }
    pages::EMBEDDED.to_owned()
}

/// The page says that it was paid.
pub(crate) async fn embedded_done(Served(shop): Served<Arc<Shop>>, body: Bytes) -> Response {
    let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
    match shop.press_embedded(asked["cart"].as_str().unwrap_or_default()) {
        Ok(order) => {
            shop.books.change(&order.id, |order| order.state = State::Paid);
            "ok".into_response()
        }
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// What passes without a valid signature.
pub(crate) fn unchecked(shop: &Shop, said: &Map<String, Value>) -> bool {
    let own = said.get("merchant_key").and_then(Value::as_str).is_none_or(|key| key == shop.portone.key);
    match shop.settings.defect {
        Some(Defect::WebhookSignatureUnchecked) => true,
        Some(Defect::WebhookAnyMerchant) => !own,
        Some(Defect::WebhookWithoutKeyUnverified) => !said.contains_key("merchant_key"),
        Some(Defect::ForgedFailureBooked) => said.get("status").is_some_and(|status| status == "Failed"),
        _ => false,
    }
}

/// What goes wrong with a genuine webhook before it is booked.
pub(crate) async fn spoil(shop: &Shop, said: &Map<String, Value>, webhook: &PaymentWebhook) -> Option<StatusCode> {
    let text = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or_default();
    let report = &webhook.report;
    match shop.settings.defect? {
        Defect::WebhookAsciiOnly if said.values().filter_map(Value::as_str).any(|text| !text.is_ascii()) => {
            Some(StatusCode::BAD_REQUEST)
        }
        Defect::WebhookUnknownFieldRejected if said.keys().any(|name| !is_documented(name)) => {
            Some(StatusCode::BAD_REQUEST)
        }
        Defect::StaleTimestampRejected if is_stale(text("created_at")) => Some(StatusCode::BAD_REQUEST),
        Defect::WebhookUnknownStatus500
            if !["Initiated", "Pending", "Success", "Failed", "Expired"].contains(&&*report.status) =>
        {
            Some(StatusCode::INTERNAL_SERVER_ERROR)
        }
        Defect::WebhookErrorOnRepeat if shop.books.came_before(&webhook.signature_hash) => {
            Some(StatusCode::INTERNAL_SERVER_ERROR)
        }
        Defect::WebhookSlow => {
            tokio::time::sleep(Duration::from_secs(15)).await;
            None
        }
        Defect::WebhookRaceBooksTwice if report.status == "Success" => {
            let alone = !shop.books.came_before(&webhook.signature_hash);
            tokio::time::sleep(Duration::from_millis(200)).await;
            shop.books.book(report, Source::Webhook);
            if alone {
                shop.books.forget_webhook(&webhook.signature_hash);
            } else {
                shop.books.change(&report.merchant_order_ref, |order| order.amount += report.amount as u64);
            }
            Some(StatusCode::OK)
        }
        Defect::FloodFallsOver => {
            static CAME: Mutex<VecDeque<Instant>> = Mutex::new(VecDeque::new());
            let mut came = CAME.lock().expect("nobody panics here");
            came.retain(|moment| moment.elapsed() < Duration::from_secs(10));
            came.push_back(Instant::now());
            (came.len() > 200).then_some(StatusCode::SERVICE_UNAVAILABLE)
        }
        Defect::XssLink => {
            let link = format!("<a href=\"{}\">receipt</a>", pages::escaped(text("receipt_url")));
            shop.books.change(&report.merchant_order_ref, |order| order.raw = link);
            None
        }
        Defect::XssName => {
            shop.books.change(&report.merchant_order_ref, |order| order.raw = text("buyer_name").to_owned());
            None
        }
        Defect::XssMessage => {
            shop.books.change(&report.merchant_order_ref, |order| order.raw.clone_from(&report.status_channel_reason));
            None
        }
        _ => None,
    }
}

/// What a failed order is called instead.
pub(crate) fn shown_as(shop: &Shop, order: &Order) -> Option<&'static str> {
    let cancelled = order.code == "4071" && shop.has(Defect::CancelShownAsPaid);
    (order.state == State::Failed && (cancelled || shop.has(Defect::FailedShownAsPaid))).then_some("PAID")
}

/// An order that nobody asked for.
pub(crate) fn another(shop: &Shop, order: &Order) -> Order {
    shop.books.other_than(&order.id).unwrap_or_else(|| Order { id: "COFFEE-1".to_owned(), ..order.clone() })
}

/// Which redirects pass without a valid signature.
pub(crate) fn unverified(shop: &Shop, redirect: &Redirect) -> bool {
    match shop.settings.defect {
        Some(Defect::RedirectSignatureUnchecked | Defect::RedirectReferenceBelieved) => true,
        Some(Defect::RedirectFailureBooked) => redirect.all("status").next() == Some("Failed"),
        _ => false,
    }
}

/// What is shown to a payer instead of what the shop should.
pub(crate) fn turned_away(shop: &Shop, redirect: &Redirect) -> Option<Response> {
    match shop.settings.defect? {
        Defect::ReturnMissing => Some(StatusCode::NOT_FOUND.into_response()),
        Defect::RedirectRefused => {
            let text = "We could not confirm your payment";
            Some(pages::problem(shop, StatusCode::OK, text, "Nothing was changed."))
        }
        Defect::XssParameter if redirect.order(shop).is_none() => {
            let id = redirect.all("merchant_order_ref").next().unwrap_or_default();
            Some(Html(format!("<p>Nothing is known of {id}</p>")).into_response())
        }
        _ => None,
    }
}

/// What a redirect does to an order all by itself.
pub(crate) fn believe(shop: &Shop, redirect: &Redirect, id: &str) {
    let paid = redirect.all("status").next() == Some("Success");
    let believed = matches!(
        shop.settings.defect,
        Some(
            Defect::RedirectTrusted
                | Defect::RedirectSignatureUnchecked
                | Defect::RedirectOfAnotherOrder
                | Defect::RedirectFirstDoubledParameter
                | Defect::RedirectUnsignedAccepted
        )
    );
    let replayed = shop.has(Defect::RedirectReplayed);
    let of_reference = redirect.all("order_ref").next().and_then(|order_ref| shop.books.find_by_ref(order_ref));
    let believed = believed
        || (shop.has(Defect::RedirectReferenceBelieved) && of_reference.is_some_and(|it| it.state == State::Paid));
    let failed = shop.has(Defect::RedirectFailureBooked) && redirect.all("status").next() == Some("Failed");
    shop.books.change(id, |order| {
        order.returned = true;
        order.lost |= shop.has(Defect::WebhookAfterRedirectIgnored);
        if paid && (believed || replayed) {
            order.state = State::Paid;
        }
        if paid && replayed {
            order.refunded = 0;
        }
        if failed {
            order.state = State::Failed;
        }
    });
}

/// The fields of the vendor's example of a payment webhook.
fn is_documented(field: &str) -> bool {
    "currency amount order_ref channel_order_ref merchant_order_ref country_code status channel_key method_name method_key \
     method_sub_type buyer_name buyer_email buyer_phone buyer_address1 buyer_address2 buyer_city buyer_country signature_hash \
     status_code status_reason status_channel_reason created_at is_refund_allowed is_multi_refund_allowed user_agent \
     description ip_address link_order_ref payment_link_ref source payment_method_used merchant_name merchant_key \
     merchant_email_address channel_name environment user_message receipt_url masked_card_number cross_border_data \
     additional_payment_details installment_details is_cross_border_transaction"
        .split_whitespace()
        .any(|known| known == field)
}

/// Whether a moment such as `2024-09-26 10:55:14.573735 +0000 UTC` is more than five minutes ago.
fn is_stale(created_at: &str) -> bool {
    let now = jiff::Timestamp::now().as_second();
    jiff::fmt::strtime::parse("%Y-%m-%d %H:%M:%S%.f %z UTC", created_at)
        .and_then(|moment| moment.to_timestamp())
        .is_ok_and(|moment| now - moment.as_second() > 300)
}
