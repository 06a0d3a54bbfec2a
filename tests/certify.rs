//! Shops are certified by the real program, and each defect that can be switched on in the reference shop is noticed by its own checks.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use serde_json::Value;
use smartpay_conformance::merchant::integration_schema;
use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Mutex, OnceLock, PoisonError},
};

/// Held by what certifies: what a shop may take is told in seconds, of a machine that is its own.
static MACHINE: Mutex<()> = Mutex::new(());

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The reference shop, built where this test was built.
fn reference() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        let profile = test.ancestors().nth(2).unwrap();
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(project()).args(["build", "--quiet", "--locked", "--example", "shop", "--target-dir"]);
        cargo.arg(profile.parent().unwrap());
        if profile.ends_with("release") {
            cargo.arg("--release");
        }
        assert!(cargo.status().unwrap().success(), "the shop was not built");
        profile.join("examples/shop")
    })
}

/// The reference shop's own integration file, for the program that was built, with more arguments.
fn integration(folder: &Path, more: &[&str]) -> PathBuf {
    let text = fs::read_to_string(project().join("examples/shop/integration.toml")).unwrap();
    let mut file: toml::Table = text.parse().unwrap();
    // It asks after 1, 2.5 and 4.75 s; what is watched for so long is watched in every check.
    file.insert("settle".to_owned(), "5s".into());
    let shop = file["shop"].as_table_mut().unwrap();
    let mut command = vec![reference().to_str().unwrap(), "--listen", "127.0.0.1:${PORT}"];
    command.extend(more);
    shop.insert("command".to_owned(), command.into());
    shop.insert("folder".to_owned(), project().to_str().unwrap().into());
    let path = folder.join("integration.toml");
    fs::write(&path, file.to_string()).unwrap();
    path
}

#[test]
fn the_published_schema_is_current_and_describes_every_key() {
    let path = project().join("docs/integration.schema.json");
    let schema = integration_schema();
    let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    if std::env::var_os("UPDATE_CONTRACT").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == text,
        "docs/integration.schema.json is not current: UPDATE_CONTRACT=1 cargo test --test certify"
    );
    assert!(jsonschema::meta::is_valid(&schema));
    for definition in schema["$defs"].as_object().unwrap().values().chain([&schema]) {
        for (name, key) in definition["properties"].as_object().into_iter().flatten() {
            assert!(key["description"].as_str().is_some_and(|text| text.ends_with('.')), "{name} is not described");
        }
    }
}

struct Ended {
    code: i32,
    stdout: String,
    stderr: String,
}

fn program(folder: &Path, args: &[&str]) -> Ended {
    program_with(folder, args, &[])
}

fn program_with(folder: &Path, args: &[&str], variables: &[(&str, String)]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_smartpay-conformance"));
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    command.current_dir(folder).args(args).env("XDG_STATE_HOME", folder.join("state")).env("NO_PROXY", "127.0.0.1");
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn certified(folder: &Path, file: &Path) {
    let _alone = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
    let (file, out) = (file.to_str().unwrap(), folder.join("out"));
    let ended = program(folder, &["certify", "--integration", file, "--out", out.to_str().unwrap()]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(!ended.stderr.contains(" skipped "), "{}", ended.stderr);
    let certificate: Value = serde_json::from_slice(&fs::read(out.join("certificate.json")).unwrap()).unwrap();
    assert_eq!(certificate["profile"], "go-live");
    let checks = certificate["checks"].as_array().unwrap();
    let other: Vec<&Value> = checks.iter().filter(|check| check["verdict"] != "passed").collect();
    assert!(checks.len() >= 40 && other.is_empty(), "{other:?}");
    let ended = program(folder, &["verify", out.to_str().unwrap()]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}

#[test]
fn the_reference_shop_is_certified_and_its_certificate_cannot_be_changed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    certified(folder, &integration(folder, &[]));
    let out = folder.join("out");
    let key_file = folder.join("state/smartpay-conformance/certify.key");
    assert_eq!(fs::metadata(&key_file).unwrap().permissions().mode() & 0o777, 0o600);

    let path = out.to_str().unwrap();
    let told = program(folder, &["verify", path]).stdout;
    assert!(told.contains("signed by ed25519:") && told.contains("not checked against a key you trust"), "{told}");
    let key = program(folder, &["certify", "--keygen"]).stdout;
    let told = program(folder, &["verify", path, "--key", key.trim()]);
    assert!(told.code == 0 && told.stdout.contains("which you trust"), "{}{}", told.stdout, told.stderr);
    let stranger = folder.join("stranger");
    fs::create_dir(&stranger).unwrap();
    let strangers = program(&stranger, &["certify", "--keygen"]).stdout;
    fs::write(folder.join("strangers.pub"), &strangers).unwrap();
    let told = program(folder, &["verify", path, "--key", "strangers.pub"]);
    assert!(told.code == 1 && told.stderr.contains("not the key that you trust"), "{}", told.stderr);

    // No file of the bundle holds the private key.
    let private = fs::read_to_string(&key_file).unwrap();
    for file in files(&out) {
        let bytes = fs::read(&file).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains(private.trim()), "{}", file.display());
    }

    // One bit of any file, one file more, one file less.
    let names =
        ["certificate.json", "certificate.json.sig", "certificate.html", "journal.ndjson", "junit.xml", "shop.log"];
    for name in names {
        let file = out.join(name);
        let bytes = fs::read(&file).unwrap();
        let mut changed = bytes.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        fs::write(&file, &changed).unwrap();
        let told = program(folder, &["verify", path]);
        assert_ne!(told.code, 0, "{name}: {}", told.stdout);
        assert!(told.stderr.contains(name.trim_end_matches(".sig")), "{name}: {}", told.stderr);
        fs::write(&file, bytes).unwrap();
    }
    fs::write(out.join("evidence/more.txt"), "more").unwrap();
    let told = program(folder, &["verify", path]);
    assert!(told.code == 1 && told.stderr.contains("added: evidence/more.txt"), "{}", told.stderr);
    fs::remove_file(out.join("evidence/more.txt")).unwrap();
    fs::rename(out.join("shop.log"), folder.join("shop.log")).unwrap();
    let told = program(folder, &["verify", path]);
    assert!(told.code == 1 && told.stderr.contains("removed: shop.log"), "{}", told.stderr);
    fs::rename(folder.join("shop.log"), out.join("shop.log")).unwrap();
    assert_eq!(program(folder, &["verify", path]).code, 0);
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn the_shops_in_other_languages_are_certified() {
    for (interpreter, file) in [("node", "shop-node.toml"), ("python3", "shop-python.toml")] {
        if Command::new(interpreter).arg("--version").output().is_err() {
            println!("skipped: {interpreter} is not installed");
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        certified(folder.path(), &project().join("examples").join(file));
    }
}

#[test]
fn each_defect_of_the_reference_shop_is_noticed_by_its_own_checks_and_each_check_notices_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = integration(folder.path(), &[]);
    let told: toml::Table = fs::read_to_string(&file).unwrap().parse().unwrap();
    let told: BTreeSet<&str> = told["defects"]["noticed_by"].as_table().unwrap().keys().map(String::as_str).collect();
    let listed = Command::new(reference()).arg("--defects").output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let known: BTreeSet<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(known, told, "a defect that no check is said to notice, or none");
    let _alone = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
    let args = ["selftest", "--integration", file.to_str().unwrap(), "--format", "json"];
    let ended = program(folder.path(), &args);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let matrix: Value = serde_json::from_str(&ended.stdout).unwrap();
    let trials = matrix["trials"].as_array().unwrap();
    assert_eq!(trials.len(), told.len());
    let checks = trials.iter().flat_map(|trial| trial["checks"].as_array().unwrap());
    let asleep: Vec<&Value> = checks.filter(|check| check["noticed_by"].is_null()).collect();
    assert!(asleep.is_empty() && trials.len() >= 30, "{asleep:?}");
    // What is published is of these defects.
    let published = fs::read_to_string(project().join("docs/kill-matrix-certify.md")).unwrap();
    let made = fs::read_to_string(folder.path().join("conformance-out/selftest-shop/kill-matrix.md")).unwrap();
    let rows = |page: &str| -> BTreeSet<String> {
        page.lines().filter(|line| line.starts_with("| `")).map(|line| line.split('|').take(3).collect()).collect()
    };
    assert_eq!(rows(&published), rows(&made), "publish the kill-matrix.md of selftest --integration");
}

/// Changes the reference shop's integration file.
fn changed(file: &Path, change: impl FnOnce(&mut toml::Table)) {
    let mut table: toml::Table = fs::read_to_string(file).unwrap().parse().unwrap();
    change(&mut table);
    fs::write(file, table.to_string()).unwrap();
}

#[test]
fn orders_are_made_and_looked_at_on_pages_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = integration(folder.path(), &[]);
    changed(&file, |table| {
        table["checkout"].as_table_mut().unwrap().remove("endpoint");
        let order = r#"
            url = "/orders/{id}"
            state = "p.state"
            amount = "dl .amount"
            page = "/orders/{id}"
            [words]
            paid = ["paid*"]
            failed = ["The payment failed"]
            pending = ["Waiting for the payment"]
            refunded = ["Refunded"]
            partly_refunded = ["Partly refunded: *"]
        "#;
        table.insert("order".to_owned(), order.parse::<toml::Table>().unwrap().into());
    });
    let _alone = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
    let checks =
        ["SHOP-HOOK-01", "SHOP-HOOK-10", "SHOP-PAY-03", "SHOP-PAY-04", "SHOP-REF-02", "SHOP-REF-04", "SHOP-REDIR-06"];
    let args = [&["certify", "--integration", file.to_str().unwrap()], &checks[..]].concat();
    let ended = program(folder.path(), &args);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    // This page says what was refunded among other numbers, so that the file does not say where.
    let mut skipped = ended.stderr.lines().filter(|line| line.starts_with("  skipped "));
    assert!(skipped.all(|line| line.contains("Refunded in part, and again")), "{}", ended.stderr);
    // A page that says it elsewhere is no answer.
    changed(&file, |table| {
        table["order"].as_table_mut().unwrap().insert("state".to_owned(), "#no-such-place".into());
    });
    let ended = program(folder.path(), &["certify", "SHOP-PAY-04", "--integration", file.to_str().unwrap()]);
    assert!(ended.code == 1 && ended.stderr.contains("the state of the order at #no-such-place"), "{}", ended.stderr);
}

#[test]
fn what_the_file_says_wrongly_is_told_once_and_is_no_failure_of_the_shop() {
    let folder = tempfile::tempdir().unwrap();
    for (key, value, said) in [
        ("state", "/stat", "order.state = \"/stat\" to find something"),
        ("amount", "/sum", "order.amount = \"/sum\" to find something"),
        ("words", "", "order.words to have what the shop says of a new order at /status, observed \"PENDING\""),
    ] {
        let file = integration(folder.path(), &[]);
        changed(&file, |table| {
            let order = table["order"].as_table_mut().unwrap();
            match key {
                "words" => drop(
                    order["words"]
                        .as_table_mut()
                        .unwrap()
                        .insert("pending".to_owned(), toml::Value::Array(vec!["open".into()])),
                ),
                _ => drop(order.insert(key.to_owned(), value.into())),
            }
        });
        let ended = program(folder.path(), &["certify", "--integration", file.to_str().unwrap()]);
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        assert_eq!(ended.stderr.matches(said).count(), 1, "{}", ended.stderr);
    }
}

#[test]
fn a_shop_that_dies_fails_the_check_that_noticed_and_blocks_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let file = integration(folder.path(), &["--defect", "webhook-nonsense-kills"]);
    let _alone = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
    let ended = program(folder.path(), &["certify", "SHOP-HOOK-16", "--integration", file.to_str().unwrap()]);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    for (said, times) in [("the shop to go on running", 1), ("a shop that runs", 5), ("ended with exit status: 70", 6)]
    {
        assert_eq!(ended.stderr.matches(said).count(), times, "{said}: {}", ended.stderr);
    }
}

#[test]
fn a_certificate_says_what_no_certificate_depends_on() {
    let folder = tempfile::tempdir().unwrap();
    let file = integration(folder.path(), &["--defect", "failure-not-booked"]);
    let _alone = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
    let args = ["certify", "--profile", "sandbox-ready", "--integration", file.to_str().unwrap(), "--out", "out"];
    let ended = program(folder.path(), &args);
    // A check that should pass and does not is no reason to refuse one, and none to be silent.
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("(exit 1)") && ended.stderr.contains("which no certificate depends on: SHOP-PAY-04"),
        "{}",
        ended.stderr
    );
    let told = program(folder.path(), &["verify", "out"]);
    assert!(
        told.code == 0 && told.stdout.contains("sandbox-ready: 18 of 19 checks passed"),
        "{}{}",
        told.stdout,
        told.stderr
    );
}

/// Ends a shop that a test started.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn a_shop_that_runs_already_and_has_no_pages_to_order_on_is_certified() {
    let folder = tempfile::tempdir().unwrap();
    let file = integration(folder.path(), &[]);
    let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (shop, portone) = (free(), free());
    changed(&file, |table| {
        table["refund"]
            .as_table_mut()
            .unwrap()
            .insert("headers".to_owned(), toml::toml! { authorization = "Bearer for-operators" }.into());
        let checkout = table["checkout"].as_table_mut().unwrap();
        checkout.remove("page");
        checkout.remove("embedded_page");
        let url = format!("http://127.0.0.1:{shop}");
        table.insert("shop".to_owned(), toml::toml! { url = url  ready = "/health" }.into());
        table.remove("defects");
    });
    let file = file.to_str().unwrap();
    let ended = program(folder.path(), &["certify", "--integration", file]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("PORTONE_BASE_URL is not set. Start the shop and this command with the same"),
        "{}",
        ended.stderr
    );

    let told = [
        ("PORTONE_BASE_URL", format!("http://127.0.0.1:{portone}")),
        ("PORTONE_SDK_URL", format!("http://static.localhost:{portone}/portone.js")),
        ("PORTONE_KEY", "A-RUNNING-SHOP".to_owned()),
        ("PORTONE_SECRET", "what-the-two-have-agreed-upon".to_owned()),
    ];
    let mut command = Command::new(reference());
    command.args(["--listen", &format!("127.0.0.1:{shop}")]).envs(told.clone());
    command.env("SHOP_OPERATOR_TOKEN", "for-operators");
    command.env("SHOP_URL", format!("http://127.0.0.1:{shop}")).stdout(Stdio::null()).stderr(Stdio::null());
    let _running = Running(command.spawn().unwrap());
    let _alone = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
    let ended = program_with(folder.path(), &["certify", "--integration", file, "--out", "out"], &told);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let certificate: Value =
        serde_json::from_slice(&fs::read(folder.path().join("out/certificate.json")).unwrap()).unwrap();
    let checks = certificate["checks"].as_array().unwrap();
    let asked = |id: &str| checks.iter().find(|check| check["id"] == id).map(|check| check["asked"].clone());
    assert_eq!(asked("SHOP-ORDER-01"), Some(true.into()));
    assert_eq!(asked("SHOP-ORDER-02"), Some(false.into()));
    let musts = checks.iter().filter(|check| check["level"] == "must" && check["asked"] == true);
    let other: Vec<&Value> = musts.filter(|check| check["verdict"] != "passed").collect();
    assert!(other.is_empty(), "{other:?}");
}

#[test]
fn a_defect_that_nobody_notices_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = integration(folder.path(), &[]);
    let text = fs::read_to_string(&file).unwrap();
    // What the shop really does wrong is noticed by another check than the file says.
    let text = text.replace("secret-in-page = [\"SHOP-SECRET-01\"]", "secret-in-page = [\"SHOP-HOOK-04\"]");
    fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    let _alone = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
    let ended = program(folder.path(), &["selftest", "secret-in-page", "--integration", file]);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(ended.stderr.contains("survived: secret-in-page, not noticed by SHOP-HOOK-04"), "{}", ended.stderr);
    let ended = program(folder.path(), &["selftest", "secret-in-pag", "--integration", file]);
    assert!(ended.code == 2 && ended.stderr.contains("did you mean secret-in-page?"), "{}", ended.stderr);
}

#[test]
fn what_cannot_be_certified_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let begun = program(folder, &["certify", "--init"]);
    assert_eq!(begun.code, 0, "{}", begun.stderr);
    assert_eq!(program(folder, &["certify", "--check", "integration.toml"]).code, 0);
    // It is not written over.
    assert_eq!(program(folder, &["certify", "--init"]).code, 2);
    let template = fs::read_to_string(folder.join("integration.toml")).unwrap();
    for (from, to, said) in [
        ("[callbacks]", "[callback]", "did you mean callbacks?"),
        ("\"./start\"", "\"./no-such-program\"", "no-such-program"),
        (
            "\"./start\", \"--listen\", \"127.0.0.1:${PORT}\"",
            "\"sh\", \"-c\", \"echo it broke >&2; exit 3\"",
            "it broke",
        ),
    ] {
        let text = template.replace(from, to);
        assert_ne!(text, template, "{from}");
        fs::write(folder.join("broken.toml"), text).unwrap();
        let ended = program(folder, &["certify", "--integration", "broken.toml"]);
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        assert!(ended.stderr.contains(said), "{said}: {}", ended.stderr);
    }
    let file = integration(folder, &[]);
    let ended = program(folder, &["certify", "SHOP-HOOK-99", "--integration", file.to_str().unwrap()]);
    assert!(ended.code == 2 && ended.stderr.contains("SHOP-HOOK-01"), "{}", ended.stderr);
    assert_eq!(program(folder, &["verify", "."]).code, 2);
    assert_eq!(program(folder, &["certify"]).code, 2);
}
