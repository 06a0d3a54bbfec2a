//! `sign`, as a user meets it: computes, verifies, explains, batches and lints.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use serde_json::{Value, json};
use std::{
    fs,
    io::Write,
    process::{Command, Output, Stdio},
};

const DIALECTS: [&str; 6] = ["go", "php", "node", "csharp", "java", "python"];

struct Ran {
    code: i32,
    stdout: String,
    stderr: String,
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smartpay-conformance"));
    command.arg("sign").args(args).env_remove("PORTONE_KEY").env_remove("PORTONE_SECRET");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn feed(mut command: Command, input: &[u8]) -> Ran {
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // A program that ends without reading is no reason to fail here.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: status.code().unwrap_or(-1), stdout: text(stdout), stderr: text(stderr) }
}

fn sign(args: &[&str], input: &str) -> Ran {
    feed(command(args), input.as_bytes())
}

fn golden() -> Value {
    json!({
        "client_key": "PORTONE_KEY",
        "secret": "PORTONE_SECRET",
        "amount": 100,
        "currency": "USD",
        "merchant_order_id": "",
        "success_url": "https://checkout.portone.cloud/success.html",
        "failure_url": "https://checkout.portone.cloud/failure.html",
    })
}

const GOLDEN: &str = "CF3OkWqM2SG6d5phUe2lLM2RGl3b95n+xdafLmBP0G0=";

fn awkward() -> Value {
    let mut request = golden();
    request["merchant_order_id"] = json!("A B~1");
    request["amount"] = json!(100.255);
    request
}

fn read(name: &str) -> Value {
    let path = format!("{}/tests/vectors/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_request_is_signed_from_a_file_or_from_the_standard_input() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), golden().to_string()).unwrap();
    for ran in [
        sign(&["request"], &golden().to_string()),
        sign(&["request", "-"], &golden().to_string()),
        sign(&["request", file.path().to_str().unwrap()], ""),
        sign(&["request", "--dialect", "csharp"], &serde_json::to_string_pretty(&golden()).unwrap()),
    ] {
        assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, format!("{GOLDEN}\n").as_str(), ""));
    }
}

#[test]
fn credentials_may_come_from_the_environment_and_no_secret_is_ever_printed() {
    let mut request = golden();
    request.as_object_mut().unwrap().retain(|name, _| name != "secret" && name != "client_key");
    let ran = sign(&["request"], &request.to_string());
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("PORTONE_SECRET"), "{}", ran.stderr);

    let mut with = command(&["request"]);
    with.env("PORTONE_KEY", "PORTONE_KEY").env("PORTONE_SECRET", "PORTONE_SECRET");
    assert_eq!(feed(with, request.to_string().as_bytes()).stdout.trim_end(), GOLDEN);

    let mut secret = awkward();
    secret["secret"] = json!("a secret that é nobody reads");
    let malformed = secret.to_string().replace("100.255", "\"100\"");
    for args in [&["request"][..], &["request", "--explain"], &["request", "--format", "json"], &["request", "--batch"]]
    {
        for input in [&secret.to_string(), &malformed, &malformed.replace('}', "")] {
            let ran = sign(args, input);
            assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("nobody reads"), "{}{}", ran.stdout, ran.stderr);
        }
    }
}

#[test]
fn a_disagreement_of_the_dialects_is_a_remark() {
    let ran = sign(&["request"], &awkward().to_string());
    assert_eq!(ran.code, 0);
    assert_eq!(ran.stdout.lines().count(), 1, "{}", ran.stdout);
    assert_eq!(
        ran.stderr,
        "The vendor's samples sign this differently:\n  \
         amount: the amount 100.255 is 100.255 in go, php, node and csharp, but 100.25 in java and python (two decimals).\n  \
         merchant_order_id: ' ' is + in go, php, node, java and python, but %20 in csharp (as in a path, not as in a form).\n  \
         merchant_order_id: '~' is ~ in go, csharp and python, but %7E in php, node and java (escaped, as before RFC 3986).\n"
    );
}

#[test]
fn a_signature_verifies_or_is_said_to_be_something_else() {
    let verify = |hash: &str, more: &[&str]| {
        let args = [&["request", "--verify", hash][..], more].concat();
        let ran = sign(&args, &awkward().to_string());
        (ran.code, ran.stdout.trim_end().to_owned())
    };
    let by = |dialect| sign(&["request", "--dialect", dialect], &awkward().to_string()).stdout.trim_end().to_owned();
    assert_eq!(verify(&by("go"), &[]), (0, "verified: this is what the canonical go prints".to_owned()));
    let csharp = "not verified: this is what the csharp sample prints: \
                  in merchant_order_id, ' ' is + in go, php, node, java and python, but %20 in csharp (as in a path, not as in a form)";
    assert_eq!(verify(&by("csharp"), &[]), (1, csharp.to_owned()));
    assert_eq!(verify(&by("csharp"), &["--dialect", "csharp"]).0, 0);
    assert_eq!(verify(GOLDEN, &[]).0, 1);
    assert_eq!(verify("", &[]).0, 1);
    assert_eq!(verify("-", &[]).0, 1);

    let (code, said) = verify(by("go").trim_end_matches('='), &[]);
    assert_eq!(code, 1);
    assert!(said.contains("in base64 without its padding"), "{said}");

    let (code, json) = verify(&by("csharp"), &["--format", "json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((code, &json["verified"], &json["go"]), (1, &json!(false), &json!(by("go"))));
    assert!(json["instead"].as_str().unwrap().contains("csharp"), "{json}");
}

#[test]
fn the_strings_are_explained_with_marks_beneath_what_differs() {
    let ran = sign(&["request", "--explain"], &awkward().to_string());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    insta::assert_snapshot!("explained", ran.stdout);
    let coloured = sign(&["request", "--explain", "--color", "always"], &awkward().to_string()).stdout;
    assert!(coloured.contains("A\u{1b}[1;33m%20\u{1b}[0mB"), "{coloured}");
    let plain = coloured.replace("\u{1b}[1;33m", "").replace("\u{1b}[0m", "");
    assert_eq!(plain, ran.stdout);

    let alike = sign(&["request", "--explain"], &golden().to_string());
    assert!(alike.stdout.starts_with("signed by go, php, node, csharp, java and python:\n"), "{}", alike.stdout);
    assert!(alike.stdout.ends_with("All six samples sign this alike.\n"), "{}", alike.stdout);

    let mut empty = golden();
    empty["secret"] = json!("");
    let ran = sign(&["request", "--explain"], &empty.to_string());
    assert!(
        ran.stdout.contains("no signature: failed to sign as java: it takes no empty secret (java)"),
        "{}",
        ran.stdout
    );
    let ran = sign(&["request", "--dialect", "java"], &empty.to_string());
    assert_eq!((ran.code, ran.stderr.as_str()), (2, "error: failed to sign as java: it takes no empty secret\n"));
}

#[test]
fn a_batch_prints_what_the_samples_print() {
    let vectors = read("signature-vectors.json");
    let vectors = vectors["vectors"].as_array().unwrap();
    let input: String = vectors.iter().map(|vector| format!("{vector}\n")).collect();
    let ran = sign(&["request", "--batch"], &input);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let printed = lines(&ran.stdout);
    assert_eq!(printed.len(), vectors.len());
    for (line, vector) in printed.iter().zip(vectors) {
        let names: Vec<&String> = line.as_object().unwrap().keys().collect();
        assert_eq!(names, ["canonical", "agree", "go", "php", "node", "csharp", "java", "python"]);
        assert_eq!(line["agree"], vector["agree"]);
        assert_eq!(line["canonical"], vector["signatures"]["go"]);
        for dialect in DIALECTS {
            assert_eq!(line[dialect], vector["signatures"][dialect], "{}: {dialect}", vector["note"]);
        }
    }
}

#[test]
fn a_batch_of_callbacks_prints_what_the_samples_print() {
    let documented = read("callback-vectors.json");
    for (command, name) in [("payment-webhook", "payment_webhook"), ("redirect", "redirect")] {
        let vectors = documented[name].as_array().unwrap();
        let input: String = vectors.iter().map(|vector| format!("{vector}\n")).collect();
        let printed = lines(&sign(&[command, "--batch"], &input).stdout);
        let signatures = |values: &[Value], name: &str| values.iter().map(|v| v[name].clone()).collect::<Vec<_>>();
        assert_eq!(signatures(&printed, "go"), signatures(vectors, "signature"), "{name}");
    }
    let own = read("dialect-vectors.json");
    for (command, name) in
        [("payment-webhook", "payment_webhook"), ("redirect", "redirect"), ("status-update", "status_update")]
    {
        let vectors = own[name].as_array().unwrap();
        let input: String = vectors.iter().map(|vector| format!("{vector}\n")).collect();
        let ran = sign(&[command, "--batch"], &input);
        assert_eq!(ran.code, 0, "a dialect without a signature is no error: {}", ran.stderr);
        let printed = lines(&ran.stdout);
        assert_eq!(printed.len(), vectors.len());
        for (line, vector) in printed.iter().zip(vectors) {
            for dialect in DIALECTS {
                assert_eq!(line[dialect], vector["signatures"][dialect], "{}: {dialect}", vector["note"]);
            }
            let all = vector["signatures"].as_object().unwrap();
            assert_eq!(line["agree"], json!(all.values().all(|signature| *signature == all["go"])));
        }
    }
}

#[test]
fn a_malformed_line_is_an_error_on_its_line_and_the_others_are_signed() {
    let good = golden().to_string();
    let with =
        |field: &str, value: &str| good.replacen(&format!("\"{field}\":"), &format!("\"{field}\":{value},\"_\":"), 1);
    let without = |field: &str| good.replacen(&format!("\"{field}\":"), "\"another\":", 1);
    let cases = [
        (good.clone(), None),
        (String::new(), Some("read the JSON")),
        ("null".to_owned(), Some("read the input: it is null, not an object")),
        ("{".to_owned(), Some("read the JSON")),
        (format!("{good}{good}"), Some("read the JSON")),
        (with("amount", "1e400"), Some("read amount: no double is that large")),
        (with("amount", "\"100\""), Some("read amount: it is a string, not a number")),
        (with("amount", "null"), Some("read amount: it is null, not a number")),
        (with("currency", "7"), Some("read currency: it is a number, not a string")),
        (without("amount"), Some("find amount")),
        (without("failure_url"), Some("find failure_url")),
        (without("secret"), Some("find secret")),
        (without("client_key"), Some("find client_key")),
        (good.replacen('{', "{\"more\":[1,{}],", 1), None),
        (format!("{good}\r"), None),
        (with("amount", "100.00"), None),
        (with("amount", "1e2"), None),
    ];
    let input: Vec<&str> = cases.iter().map(|(line, _)| line.as_str()).collect();
    let ran = sign(&["request", "--batch"], &input.join("\n"));
    assert_eq!((ran.code, ran.stderr.as_str()), (2, ""));
    let printed = lines(&ran.stdout);
    assert_eq!(printed.len(), cases.len());
    for (number, (line, (input, expected))) in printed.iter().zip(&cases).enumerate() {
        match expected {
            None => assert_eq!(line["go"], json!(GOLDEN), "{input}: {line}"),
            Some(reason) => {
                let error = line["error"].as_str().unwrap();
                assert!(error.starts_with(&format!("line {}: failed to {reason}", number + 1)), "{input}: {line}");
                assert_eq!(line.as_object().unwrap().len(), 1);
            }
        }
    }
    let not_utf8 = feed(command(&["request", "--batch"]), b"{\"secret\":\"\xff\"}\n");
    assert_eq!(not_utf8.code, 2);
    assert_eq!(lines(&not_utf8.stdout).len(), 1);
    assert_eq!(sign(&["request", "--batch"], "").code, 0);
}

#[test]
fn callbacks_are_signed_as_received() {
    let with_secret = |args: &[&str], input: &str| {
        let mut command = command(args);
        command.env("PORTONE_SECRET", "PORTONE_SECRET");
        feed(command, input.as_bytes())
    };
    let vectors = read("callback-vectors.json");
    let webhook = &vectors["payment_webhook"][1];
    let mut body = webhook["fields"].clone();
    body["signature_hash"] = webhook["signature"].clone();
    body["user_agent"] = json!("not signed");
    let ran = with_secret(&["payment-webhook"], &body.to_string());
    assert_eq!(ran.stdout.trim_end(), webhook["signature"].as_str().unwrap());
    assert!(ran.stderr.ends_with("The input carries this very signature.\n"), "{}", ran.stderr);
    body["amount"] = json!(1);
    let ran = with_secret(&["payment-webhook"], &body.to_string());
    assert!(ran.stderr.contains("is not this one: it is of other fields or another secret"), "{}", ran.stderr);

    let redirect = &vectors["redirect"][0];
    let field = |name: &str| redirect["fields"][name].as_str().unwrap();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("amount", "50000")
        .extend_pairs(
            ["order_ref", "channel_order_ref", "merchant_order_ref", "status"].map(|name| (name, field(name))),
        )
        .finish();
    let url = format!("https://m.example/ok?{query}#top");
    for ran in [
        with_secret(&["redirect", &url], ""),
        with_secret(&["redirect", &query], ""),
        with_secret(&["redirect"], &format!("{url}\n")),
        with_secret(&["redirect", "--verify", redirect["signature"].as_str().unwrap(), &url], ""),
    ] {
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let signature = redirect["signature"].as_str().unwrap();
        assert!(ran.stdout.starts_with(signature) || ran.stdout.starts_with("verified"), "{}", ran.stdout);
    }
    let twice = with_secret(&["redirect", &format!("{query}&status=Failed")], "");
    assert_eq!(twice.code, 2);
    assert!(twice.stderr.contains("failed to read status: it is in the query twice"), "{}", twice.stderr);
}

#[test]
fn lint_ends_with_0_for_what_signs_alike_and_with_1_otherwise() {
    for (args, expected, text) in [
        (&["lint", "MERCHANT-1_2.3"][..], 0, "signs alike in every dialect"),
        (&["lint", "https://m.example/ok?a=1&b=(2)#!'"], 0, "signs alike"),
        (&["lint", "Đơn1", "20240926105514573735"], 0, "signs alike"),
        (
            &["lint", "A B"],
            1,
            "\"A B\": ' ' is + in go, php, node, java and python, but %20 in csharp (as in a path, not as in a form)",
        ),
        (
            &["lint", "https://m.example/~shop/*"],
            1,
            "'*' is %2A in go, php, csharp and python, but * in node and java (left alone, as in HTML forms)",
        ),
        (&["lint", "100.255"], 1, "but 100.25 in java and python (two decimals)"),
        (&["lint", "100.25", "-1.5"], 0, "signs alike"),
        (&["lint", "--as", "text", "100.255"], 0, "signs alike"),
        (&["lint", "--as", "amount", "1000000000000000"], 1, "but 1.0E%2B15 in php"),
        (&["lint", "--as", "amount", "many"], 2, ""),
        (&["lint"], 2, ""),
    ] {
        let ran = sign(args, "");
        assert_eq!(ran.code, expected, "{args:?}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains(text), "{args:?}: {}", ran.stdout);
    }
    let json: Value = serde_json::from_str(&sign(&["lint", "--format", "json", "A~"], "").stdout).unwrap();
    assert_eq!((&json["safe"], &json["disagreements"][0]["subject"]["value"]), (&json!(false), &json!("~")));
}

#[test]
fn wrong_usage_ends_with_2() {
    for args in [
        &[][..],
        &["refund"],
        &["request", "--dialect", "ruby"],
        &["request", "--batch", "--verify", "x"],
        &["request", "--batch", "--dialect", "php"],
        &["request", "no such file"],
        &["request"],
    ] {
        let ran = sign(args, "");
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.stderr);
        assert!(!ran.stderr.is_empty(), "{args:?}");
    }
    let ran = sign(&["request", "--format", "json"], "[]");
    assert_eq!(ran.code, 2);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json, json!({"exit_code": 2, "error": "failed to read the input: it is an array, not an object"}));
}
