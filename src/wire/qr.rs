//! The EMVCo merchant-presented QR payload: nested tag-length-value text with a checksum at its end.
//!
//! Source: EMVCo's QR specification and NAPAS's VietQR profile. That SmartPay's QR is of this kind is inferred.

use super::Amount;

/// NAPAS's application identifier inside field 38.
const NAPAS_AID: &str = "A000000727";
/// ISO 4217 number of the Vietnamese dong.
const VND: &str = "704";

/// What a payment QR says.
#[derive(Clone, Debug, PartialEq)]
pub struct QrPayload {
    /// Whether it is for one payment (`12`) rather than for many (`11`).
    pub dynamic: bool,
    /// The acquirer's bank identification number.
    pub acquirer: String,
    /// The account or merchant that is paid.
    pub account: String,
    /// `QRIBFTTA` (to an account) or `QRIBFTTC` (to a card).
    pub service: String,
    /// In units of the currency; absent when the payer chooses.
    pub amount: Option<Amount>,
    /// ISO 4217 number, `704` for VND.
    pub currency: String,
    pub country: String,
    pub merchant_name: Option<String>,
    pub merchant_city: Option<String>,
    /// The bill number (field 62.01).
    pub bill: Option<String>,
    /// The purpose (field 62.08).
    pub purpose: Option<String>,
}

/// Why a payload cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QrError {
    #[error("read the QR payload at character {0}: a tag, a length and as many characters are needed")]
    Truncated(usize),
    #[error("read the QR payload: field {0} is missing")]
    Missing(&'static str),
    #[error("read the QR payload: field {field} holds {value:?}")]
    Malformed { field: &'static str, value: String },
    #[error("read the QR payload: its checksum says {said:?}, its text gives {computed:?}")]
    Checksum { said: String, computed: String },
}

impl QrPayload {
    /// The payload as text, checksum included.
    #[must_use]
    pub fn encode(&self) -> String {
        let account = field("00", &self.acquirer) + &field("01", &self.account);
        let napas = field("00", NAPAS_AID) + &field("01", &account) + &field("02", &self.service);
        let mut text = field("00", "01") + &field("01", if self.dynamic { "12" } else { "11" }) + &field("38", &napas);
        text += &field("53", &self.currency);
        if let Some(amount) = self.amount {
            text += &field("54", &amount.to_string());
        }
        text += &field("58", &self.country);
        if let Some(name) = &self.merchant_name {
            text += &field("59", name);
        }
        if let Some(city) = &self.merchant_city {
            text += &field("60", city);
        }
        let additional = self.bill.as_ref().map(|bill| field("01", bill)).unwrap_or_default()
            + &self.purpose.as_ref().map(|purpose| field("08", purpose)).unwrap_or_default();
        if !additional.is_empty() {
            text += &field("62", &additional);
        }
        text += "6304";
        let sum = crc16(text.as_bytes());
        text + &format!("{sum:04X}")
    }

    /// Reads a payload, its checksum first.
    ///
    /// # Errors
    /// Names the field that is missing, malformed or cut off, or the checksum that does not match.
    pub fn parse(text: &str) -> Result<Self, QrError> {
        let body = text.len().checked_sub(4).filter(|at| text.is_char_boundary(*at)).ok_or(QrError::Truncated(0))?;
        let (covered, said) = text.split_at(body);
        if !covered.ends_with("6304") {
            return Err(QrError::Missing("63"));
        }
        let computed = format!("{:04X}", crc16(covered.as_bytes()));
        if said != computed {
            return Err(QrError::Checksum { said: said.to_owned(), computed });
        }
        let fields = split(text)?;
        let initiation = required(&fields, "01")?;
        let dynamic = match initiation {
            "11" => false,
            "12" => true,
            other => {
                return Err(QrError::Malformed { field: "01", value: other.to_owned() });
            }
        };
        let napas = split(required(&fields, "38")?)?;
        if required(&napas, "00")? != NAPAS_AID {
            return Err(QrError::Malformed { field: "38.00", value: required(&napas, "00")?.to_owned() });
        }
        let account = split(required(&napas, "01")?)?;
        let amount = match optional(&fields, "54") {
            None => None,
            Some(digits) => {
                Some(digits.parse().map_err(|_| QrError::Malformed { field: "54", value: digits.to_owned() })?)
            }
        };
        let additional = optional(&fields, "62").map(split).transpose()?.unwrap_or_default();
        Ok(Self {
            dynamic,
            acquirer: required(&account, "00")?.to_owned(),
            account: required(&account, "01")?.to_owned(),
            service: required(&napas, "02")?.to_owned(),
            amount,
            currency: required(&fields, "53")?.to_owned(),
            country: required(&fields, "58")?.to_owned(),
            merchant_name: optional(&fields, "59").map(str::to_owned),
            merchant_city: optional(&fields, "60").map(str::to_owned),
            bill: optional(&additional, "01").map(str::to_owned),
            purpose: optional(&additional, "08").map(str::to_owned),
        })
    }

    /// Whether the payment is in Vietnamese dong.
    #[must_use]
    pub fn is_vnd(&self) -> bool {
        self.currency == VND
    }
}

/// One field; lengths count characters and have two digits, so a longer value is cut at 99.
fn field(tag: &str, value: &str) -> String {
    let value: String = value.chars().take(99).collect();
    format!("{tag}{:02}{value}", value.chars().count())
}

fn split(text: &str) -> Result<Vec<(String, String)>, QrError> {
    let chars: Vec<char> = text.chars().collect();
    let mut fields = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let head: String = chars.get(at..at + 4).ok_or(QrError::Truncated(at))?.iter().collect();
        let (Some(tag), Some(length)) = (head.get(..2), head.get(2..).and_then(|digits| digits.parse::<usize>().ok()))
        else {
            return Err(QrError::Truncated(at));
        };
        let value = chars.get(at + 4..at + 4 + length).ok_or(QrError::Truncated(at))?;
        fields.push((tag.to_owned(), value.iter().collect()));
        at += 4 + length;
    }
    Ok(fields)
}

fn optional<'a>(fields: &'a [(String, String)], tag: &str) -> Option<&'a str> {
    fields.iter().find(|(t, _)| t == tag).map(|(_, value)| value.as_str())
}

fn required<'a>(fields: &'a [(String, String)], tag: &'static str) -> Result<&'a str, QrError> {
    optional(fields, tag).ok_or(QrError::Missing(tag))
}

/// CRC-16/CCITT-FALSE: polynomial 0x1021, start 0xFFFF.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, &byte| {
        (0..8).fold(
            crc ^ (u16::from(byte) << 8),
            |crc: u16, _| {
                if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
            },
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &str =
        "00020101021238600010A00000072701300006970407011697040000000000180208QRIBFTTA53037045802VN63047A5B";

    #[test]
    fn the_known_answer_reads_and_writes_back() {
        let mut payload = QrPayload::parse(KNOWN).unwrap();
        assert_eq!(payload.acquirer, "970407");
        assert!(payload.dynamic && payload.is_vnd() && payload.amount.is_none());
        assert_eq!(payload.encode(), KNOWN);
        let dollars = QrPayload { currency: "840".into(), ..payload.clone() };
        assert!(!dollars.is_vnd());
        payload.amount = Some(50_000.into());
        payload.merchant_name = Some("CÔNG TY".into());
        payload.bill = Some("B1".into());
        assert_eq!(QrPayload::parse(&payload.encode()).unwrap(), payload);
    }

    #[test]
    fn every_single_character_changed_is_noticed() {
        for at in 0..KNOWN.len() {
            let mut text = KNOWN.to_owned().into_bytes();
            text[at] = if text[at] == b'0' { b'1' } else { b'0' };
            assert!(QrPayload::parse(&String::from_utf8(text).unwrap()).is_err(), "character {at}");
        }
        assert!(QrPayload::parse("").is_err());
        assert!(QrPayload::parse("ờ304").is_err());
    }
}
