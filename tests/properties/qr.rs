//! The QR payload: what is scanned is what was shown, or is refused.

use crate::generate::{config, money, text};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use smartpay_conformance::wire::qr::QrPayload;

fn qr() -> impl Strategy<Value = QrPayload> {
    let line = |most: usize| {
        proptest::option::of(prop_oneof![text(most), "[A-Z0-9 ]{0,20}", Just("CÔNG TY ĐẦU TƯ".to_owned())])
    };
    (
        any::<bool>(),
        "97[0-9]{4}",
        "[0-9A-Z]{1,19}",
        proptest::option::of(money()),
        line(25),
        line(15),
        line(25),
        line(25),
    )
        .prop_map(|(dynamic, acquirer, account, amount, merchant_name, merchant_city, bill, purpose)| QrPayload {
            dynamic,
            acquirer,
            account,
            service: "QRIBFTTA".to_owned(),
            amount,
            currency: "704".to_owned(),
            country: "VN".to_owned(),
            merchant_name,
            merchant_city,
            bill,
            purpose,
        })
}

proptest! {
    #![proptest_config(config())]

    /// A QR says after scanning what was put into it.
    #[test]
    fn a_qr_payload_round_trips(payload in qr()) {
        prop_assert_eq!(QrPayload::parse(&payload.encode()).unwrap(), payload);
    }

    /// One character misread is noticed. A CRC-16 notices every burst of up to 16 bits, so the characters that are
    /// exchanged here have at most two bytes, and as many as those they replace.
    #[test]
    fn one_misread_character_of_a_qr_is_noticed(payload in qr(), at in any::<Index>(), by in select(vec!['0', '9', 'A', 'z', ' ', '~', 'é', 'Đ', 'ß'])) {
        let text = payload.encode();
        let chars: Vec<char> = text.chars().collect();
        let candidates: Vec<usize> =
            (0..chars.len()).filter(|i| chars[*i] != by && chars[*i].len_utf8() == by.len_utf8()).collect();
        prop_assume!(!candidates.is_empty());
        let at = candidates[at.index(candidates.len())];
        let misread: String = chars.iter().enumerate().map(|(i, c)| if i == at { by } else { *c }).collect();
        prop_assert!(QrPayload::parse(&misread).is_err(), "character {} of {:?} misread as {:?}", at, text, by);
    }

    /// Whatever a camera reads, the reader answers and does not fall over.
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>(), payload in qr(), cut in any::<Index>()) {
        let _ = QrPayload::parse(&text);
        let whole: Vec<char> = payload.encode().chars().collect();
        let part: String = whole[..cut.index(whole.len())].iter().collect();
        prop_assert!(QrPayload::parse(&part).is_err(), "a part is taken for the whole");
    }
}
