//! How each kind of proof is looked at: what the documentation shows is held against the date, against itself, or against
//! what it gives when it is carried out.

use crate::catalog::{CodeSample, Proof, SignatureExample, Told, vendor_facts};
use crate::wire::{
    Amount, Claims, Dialect, FieldValue, PaymentFields, Redirect, RequestFields, SELF_MADE_LIFETIME, Secret, Signature,
};
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine};
use jiff::civil::Date;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Who issues tokens, as the documentation has it.
const ISSUER: &str = "PORTONE";

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proven {
    /// Whether the documentation is wrong, as the finding says.
    pub(super) holds: bool,
    pub(super) observed: String,
}

impl Proven {
    fn new(holds: bool, observed: impl Into<String>) -> Self {
        Self { holds, observed: observed.into() }
    }
}

pub(super) fn prove(proof: &Proof, today: Date) -> Proven {
    match proof {
        Proof::Over(month) => over(month, today),
        Proof::Told(told) => differently(told),
        Proof::Names(names) => named(names),
        Proof::Unsigned(callback) => unsigned(callback),
        Proof::Unmentioned(word) => unmentioned(word),
        Proof::Json(sample) => broken_json(sample),
        Proof::Token(token) => token_of_another_kind(token),
        Proof::Signature(example) => not_reproduced(example),
        Proof::Hash(example) => not_a_hash(example),
        Proof::Samples(text) => written_differently(text),
        Proof::Method(name) => rejected_by_csharp(name),
        Proof::Uncovered(parameter) => uncovered(parameter),
        Proof::Statements(statements) => unended(statements),
        Proof::Code(sample) => undefined(sample),
    }
}

fn over(month: &str, today: Date) -> Proven {
    let last = month.split_once('/').and_then(|(month, year)| {
        let first = Date::new(2000 + year.parse::<i16>().ok()?, month.parse().ok()?, 1).ok()?;
        Some(first.last_of_month())
    });
    match last {
        Some(last) => Proven::new(last < today, format!("{month} ended on {last}, today is {today}")),
        None => Proven::new(false, format!("{month} is no month")),
    }
}

fn differently(told: &[Told]) -> Proven {
    let mut by_value: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    told.iter().for_each(|Told { at, says }| by_value.entry(says).or_default().push(at));
    let each: Vec<String> = by_value.iter().map(|(says, at)| format!("{says} ({})", at.join(", "))).collect();
    Proven::new(by_value.len() > 1, each.join(" · "))
}

/// Every name of a member, a path's variable or a parameter in the vendor's facts, and where it stands.
fn names() -> BTreeMap<String, BTreeSet<String>> {
    fn members(schema: &Value, at: &str, found: &mut BTreeMap<String, BTreeSet<String>>) {
        if let Some(properties) = schema["properties"].as_object() {
            for (name, member) in properties {
                found.entry(name.clone()).or_default().insert(at.to_owned());
                members(member, at, found);
            }
        }
        for inner in ["items", "additionalProperties"] {
            if schema[inner].is_object() {
                members(&schema[inner], at, found);
            }
        }
    }
    let facts = vendor_facts();
    let mut found = BTreeMap::new();
    for endpoint in &facts.endpoints {
        let at = &endpoint.operation;
        endpoint.request.iter().chain(endpoint.responses.values()).for_each(|schema| members(schema, at, &mut found));
        let variables = endpoint.path.split(['{', '}']).skip(1).step_by(2);
        for name in variables.chain(endpoint.query.iter().map(String::as_str)) {
            found.entry(name.to_owned()).or_default().insert(at.clone());
        }
    }
    facts.callbacks.iter().for_each(|(callback, schema)| members(schema, callback, &mut found));
    found
}

fn named(names_of_one: &[String]) -> Proven {
    let known = names();
    let places = |name: &String| known.get(name).map(|at| at.iter().cloned().collect::<Vec<_>>().join(", "));
    let told: Vec<String> =
        names_of_one.iter().filter_map(|name| Some(format!("{name} ({})", places(name)?))).collect();
    Proven::new(told.len() > 1 && told.len() == names_of_one.len(), told.join(" · "))
}

fn unsigned(callback: &str) -> Proven {
    let Some(schema) = vendor_facts().callbacks.get(callback) else {
        return Proven::new(false, format!("no callback is called {callback}"));
    };
    let fields: Vec<&str> =
        schema["properties"].as_object().into_iter().flat_map(|p| p.keys()).map(String::as_str).collect();
    let signed = fields.iter().find(|name| name.contains("signature") || name.contains("hash"));
    match signed {
        Some(name) => Proven::new(false, format!("it has {name}")),
        None => Proven::new(!fields.is_empty(), format!("its {} fields are {}", fields.len(), fields.join(", "))),
    }
}

fn unmentioned(word: &str) -> Proven {
    let facts = vendor_facts();
    let mentioned = facts.endpoints.iter().filter(|endpoint| format!("{endpoint:?}").contains(word)).count()
        + facts.callbacks.values().filter(|schema| schema.to_string().contains(word)).count();
    let looked_at = facts.endpoints.len() + facts.callbacks.len();
    Proven::new(mentioned == 0, format!("{mentioned} of {looked_at} endpoints and callbacks mention {word}"))
}

fn broken_json(sample: &str) -> Proven {
    match serde_json::from_str::<Value>(sample) {
        Ok(_) => Proven::new(false, "it parses"),
        Err(error) => Proven::new(true, error.to_string()),
    }
}

fn token_of_another_kind(token: &str) -> Proven {
    let claims = token.split('.').nth(1).and_then(|claims| BASE64_URL_SAFE_NO_PAD.decode(claims).ok());
    let Some(Claims { iss, iat, exp, .. }) = claims.and_then(|claims| serde_json::from_slice(&claims).ok()) else {
        return Proven::new(false, "it is no token");
    };
    let lifetime = exp - iat;
    let observed =
        format!("its issuer is {iss}, it lives {lifetime} s; documented are {ISSUER} and {SELF_MADE_LIFETIME} s");
    Proven::new(iss != ISSUER && lifetime != SELF_MADE_LIFETIME, observed)
}

/// What the example signs in this dialect, if its amount is one.
fn signed(example: &SignatureExample, dialect: Dialect) -> Option<String> {
    let fields = RequestFields {
        amount: Amount::new(example.amount).ok()?,
        client_key: &example.client_key,
        currency: &example.currency,
        failure_url: &example.failure_url,
        merchant_order_id: &example.merchant_order_id,
        success_url: &example.success_url,
    };
    Some(dialect.encode(&fields.fields()))
}

fn not_reproduced(example: &SignatureExample) -> Proven {
    let secret = Secret::new(&example.secret);
    let signatures: Vec<String> = Dialect::ALL
        .into_iter()
        .filter_map(|dialect| Some(Signature::of(&secret, &signed(example, dialect)?).to_string()))
        .collect();
    let Some(canonical) = signatures.first() else { return Proven::new(false, "its amount is none") };
    let observed = format!("printed {}, computed {canonical}; no sample prints it", example.printed);
    match signatures.contains(&example.printed) {
        true => Proven::new(false, "a sample prints it"),
        false => Proven::new(true, observed),
    }
}

fn not_a_hash(example: &SignatureExample) -> Proven {
    let Some(text) = signed(example, Dialect::CANONICAL) else { return Proven::new(false, "its amount is none") };
    let mac = Signature::of(&Secret::new(&example.secret), &text);
    let hash = BASE64_STANDARD.encode(Sha256::digest(&text));
    let observed = format!("printed {}; as an HMAC {mac}, as a hash {hash}", example.printed);
    Proven::new(mac.as_str() == example.printed && hash != example.printed, observed)
}

fn written_differently(text: &str) -> Proven {
    let mut by_form: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for dialect in Dialect::ALL {
        let written = dialect.encode(&[("text", FieldValue::Text(text))]);
        by_form.entry(written).or_default().push(dialect.name());
    }
    let each: Vec<String> = by_form.iter().map(|(form, by)| format!("{form} ({})", by.join(", "))).collect();
    Proven::new(by_form.len() > 1, each.join(" · "))
}

fn rejected_by_csharp(method_name: &str) -> Proven {
    let fields = PaymentFields {
        amount: 50_000.into(),
        channel_key: "SMARTPAY",
        channel_order_ref: "SP000001",
        country_code: "VN",
        currency: "VND",
        merchant_order_ref: "ORDER1",
        method_name,
        order_ref: "2mbbExY77pp8iC0AQ1ucWym001",
        status: "Success",
    };
    let genuine = fields.canonical();
    let theirs = Dialect::CSharp.encode(&fields.fields());
    let of = |text: &str| text.split('&').find(|pair| pair.starts_with("method_name")).unwrap_or_default().to_owned();
    let observed = format!("signed is {}, the C# sample verifies {}", of(&genuine), of(&theirs));
    Proven::new(genuine != theirs, observed)
}

fn uncovered(parameter: &str) -> Proven {
    let secret = Secret::new("PORTONE_SECRET");
    let told = [
        ("amount", "50000"),
        ("currency", "VND"),
        ("merchant_order_ref", "ORDER1"),
        ("order_ref", "2mbbExY77pp8iC0AQ1ucWym001"),
        ("channel_order_ref", "SP000001"),
        ("status", "Success"),
    ];
    let genuine = Redirect::signed(told.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(), &secret);
    let tampered = genuine.pairs().iter().map(|(name, value)| match name == parameter {
        true => (name.as_str(), "1"),
        false => (name.as_str(), value.as_str()),
    });
    let tampered = Redirect::parse(&crate::wire::encode_pairs(&tampered.collect::<Vec<_>>()));
    let changed = tampered != genuine;
    let verifies = tampered.verifies(&secret);
    let verb = if verifies { "still verifies" } else { "is noticed" };
    Proven::new(changed && verifies, format!("a redirect whose {parameter} was changed {verb}"))
}

fn unended(statements: &[String]) -> Proven {
    let unended: Vec<&str> = statements.iter().filter(|s| !s.trim_end().ends_with(';')).map(String::as_str).collect();
    Proven::new(!unended.is_empty(), format!("no semicolon after {}", unended.join(", nor after ")))
}

fn undefined(sample: &CodeSample) -> Proven {
    let missing: Vec<&str> = sample.uses.iter().filter(|name| !sample.has.contains(name)).map(String::as_str).collect();
    let observed = format!("it uses {}, of which {} is nowhere", sample.uses.join(", "), missing.join(", "));
    match missing.is_empty() {
        true => Proven::new(false, "all it uses is there"),
        false => Proven::new(true, observed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn holds(proof: &str) -> bool {
        #[derive(serde::Deserialize)]
        struct One {
            proof: Proof,
        }
        let one: One = toml::from_str(proof).unwrap();
        prove(&one.proof, date(2026, 11, 25)).holds
    }

    #[test]
    fn a_proof_holds_only_where_the_documentation_is_wrong() {
        for (wrong, right) in [
            ("over = '10/26'", "over = '11/26'"),
            (
                "told = [{ at = 'a', says = '1' }, { at = 'b', says = '2' }]",
                "told = [{ at = 'a', says = '1' }, { at = 'b', says = '1' }]",
            ),
            ("names = ['status_message', 'status_reason']", "names = ['status_reason', 'status_motive']"),
            ("unsigned = 'refund_webhook'", "unsigned = 'payment_webhook'"),
            ("unmentioned = 'IN_QUEUE'", "unmentioned = 'initiatePayment'"),
            ("json = '{\"a\": 1,}'", "json = '{\"a\": 1}'"),
            ("samples = 'a b~'", "samples = 'ab'"),
            ("method = 'SmartPay QR'", "method = 'SmartPayQR'"),
            ("uncovered = 'amount'", "uncovered = 'status'"),
            ("statements = ['$a = 1', '$b = 2;']", "statements = ['$a = 1;']"),
            ("code = { uses = ['f', 'g'], has = ['g'] }", "code = { uses = ['g'], has = ['f', 'g'] }"),
        ] {
            assert!(holds(&format!("proof.{wrong}")), "{wrong}");
            assert!(!holds(&format!("proof.{right}")), "{right}");
        }
    }

    #[test]
    fn signatures_and_tokens_are_computed() {
        let example = |printed: &str| {
            format!(
                "{{ secret = 'PORTONE_SECRET', client_key = 'PORTONE_KEY', currency = 'USD', amount = 100.0, \
                 merchant_order_id = '', success_url = 'https://checkout.portone.cloud/success.html', \
                 failure_url = 'https://checkout.portone.cloud/failure.html', printed = '{printed}' }}"
            )
        };
        let golden = example("CF3OkWqM2SG6d5phUe2lLM2RGl3b95n+xdafLmBP0G0=");
        let hash = example(&BASE64_STANDARD.encode(Sha256::digest(
            "amount=100&client_key=PORTONE_KEY&currency=USD&failure_url=https%3A%2F%2Fcheckout.portone.cloud%2Ffailure.html\
             &merchant_order_id=&success_url=https%3A%2F%2Fcheckout.portone.cloud%2Fsuccess.html",
        )));
        assert!(holds(&format!("proof.hash = {golden}")) && !holds(&format!("proof.hash = {hash}")));
        assert!(holds(&format!("proof.signature = {hash}")) && !holds(&format!("proof.signature = {golden}")));
        let token = |iss: &str, exp: i64| {
            let claims = format!("{{\"iss\":\"{iss}\",\"sub\":\"k\",\"iat\":0,\"exp\":{exp}}}");
            format!("proof.token = 'e30.{}.x'", BASE64_URL_SAFE_NO_PAD.encode(claims))
        };
        assert!(holds(&token("CHAIPAY", 1_000_000_000)) && !holds(&token("PORTONE", 100)));
        assert!(!holds("proof.token = 'x'"));
    }
}
