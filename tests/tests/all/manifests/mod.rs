//! The same verdict on a Secret as the API server's, with the same field and reason; and where
//! bulla is stricter, that is on purpose and listed here.

mod files;
mod metadata;
mod tls;
mod types;
mod values;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use bulla_tests::ControlPlane;
use data_encoding::BASE64;
use serde_json::Value;

use crate::desk::{Desk, says};

/// What becomes of a manifest.
#[derive(Clone, Copy)]
enum Verdict {
    /// Both take it, and the data are the same.
    Accepted,
    /// Both refuse this field for this reason, in the same words.
    Refused(&'static str, &'static str),
    /// Both refuse it, in words of their own: the server's, and bulla's.
    Unreadable(&'static str, &'static str),
    /// The server takes it. bulla does not, and says this.
    Stricter(&'static str),
    /// The server takes it. It holds nothing secret, and bulla leaves it as it is.
    Passed,
    /// The server refuses a field of the metadata for this reason. bulla drops that field.
    Dropped(&'static str),
}

use Verdict::{Accepted, Dropped, Passed, Refused, Stricter, Unreadable};

struct Case {
    title: String,
    manifest: String,
    verdict: Verdict,
}

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const CONFIG_KEY: &str =
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
const NAME_PART: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const BASE64_REFUSED: &str = "illegal base64 data at input byte";
const NOT_BASE64: &str = "not base64 (standard alphabet, with padding)";
const NOT_A_STRING: &str = "of type string";
const AMBIGUOUS: &str = "not every program reads this as the same string; put it in quotes";
const AMBIGUOUS_KEY: &str = "a key that not every program reads as the same string";
const A_STRING: &str = "a string is expected here";
const NOTHING_TO_SEAL: &str = "has no data: there is nothing to seal";

/// What bulla says where it is stricter, and the row of `docs/sealing.md` that owns up to it.
const STRICTER: &[(&str, &str)] = &[
    (AMBIGUOUS, "text without quotes that readers disagree on"),
    (
        AMBIGUOUS_KEY,
        "text without quotes that readers disagree on",
    ),
    (
        "immutable: ",
        "text without quotes that readers disagree on",
    ),
    (
        "the tag `!!binary`",
        "tags other than `!!str`, anchors, aliases, merge keys",
    ),
    (
        "a tag (`!`) other than `!!str`",
        "tags other than `!!str`, anchors, aliases, merge keys",
    ),
    (
        "an anchor (`&`)",
        "tags other than `!!str`, anchors, aliases, merge keys",
    ),
    (
        "an alias (`*`)",
        "tags other than `!!str`, anchors, aliases, merge keys",
    ),
    (
        "a merge key (`<<`)",
        "tags other than `!!str`, anchors, aliases, merge keys",
    ),
    (
        "a folded block scalar",
        "folded blocks, blocks without an end, line breaks that only some readers know",
    ),
    (
        "a block scalar at the end of a file",
        "folded blocks, blocks without an end, line breaks that only some readers know",
    ),
    (
        "a character that ends a line for some programs",
        "folded blocks, blocks without an end, line breaks that only some readers know",
    ),
    ("duplicate key", "a key twice in one map"),
    (
        A_STRING,
        "a list of numbers as a value, null as an annotation",
    ),
    (
        "metadata.annotations[a]: ",
        "a list of numbers as a value, null as an annotation",
    ),
    (NOTHING_TO_SEAL, "an empty Secret (no key at all)"),
    (
        "must be no more than 236 characters",
        "a name of more than 236 characters",
    ),
    (
        "a sealed Secret needs a fixed name",
        "`generateName` without `name`",
    ),
    ("there are more than 256 values", "more than 256 keys"),
    (types::NEVER_SEALED, "the types of section 2"),
    ("act", "the labels and annotations of section 3"),
    (
        "shows the value of `k`",
        "the labels and annotations of section 3",
    ),
];

const HEAD: &str = "apiVersion: v1\nkind: Secret\n";

impl Case {
    fn new(title: &str, manifest: String, verdict: Verdict) -> Self {
        let title = title.to_owned();
        Self {
            title,
            manifest,
            verdict,
        }
    }
}

/// A Secret in which only the name is of interest.
fn named(name: &str) -> String {
    format!("{HEAD}metadata: {{name: {name}}}\nstringData: {{k: v}}\n")
}

fn long(length: usize) -> String {
    "n".repeat(length)
}

fn cases(namespace: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for (body, verdict) in values::BODIES {
        let end = if body.ends_with('\n') { "" } else { "\n" };
        let manifest = format!("{HEAD}metadata: {{name: s}}\n{body}{end}");
        cases.push(Case::new(body, manifest, *verdict));
    }
    for (metadata, verdict) in metadata::METADATA {
        let value = "data: {k: aHVudGVyMmh1bnRlcjI=}";
        let manifest = format!("{HEAD}metadata:\n  name: s\n  {metadata}\n{value}\n");
        cases.push(Case::new(metadata, manifest, *verdict));
    }
    cases.extend(metadata::names(namespace));
    cases.extend(files::files());
    cases.extend(types::types());
    cases
}

/// What the server said of each case: the object that it would have stored, or its refusal.
fn ask_the_server(desk: &Desk, namespace: &str, cases: &[Case]) -> Vec<Result<Value, String>> {
    // One kubectl for all: it goes on after a failure, in the order of the files' names.
    for (number, case) in cases.iter().enumerate() {
        desk.write(&format!("manifests/{number:03}.yaml"), &case.manifest);
    }
    let said = says(
        desk.command(bulla_tests::peers::kubectl())
            .env("KUBECONFIG", ControlPlane::shared().kubeconfig())
            .args([
                "create",
                "--dry-run=server",
                "-o",
                "json",
                "-f",
                "manifests",
            ])
            .args(["-n", namespace]),
        "",
    );
    // A refusal names its file and goes on until the next one does. What kubectl itself refuses
    // stands in one list at the end.
    let refusals = (0..cases.len()).map(|number| {
        let (_, rest) = said
            .stderr
            .split_once(&format!("manifests/{number:03}.yaml"))?;
        let (refusal, _) = rest.split_once("manifests/").unwrap_or((rest, ""));
        Some(refusal.to_owned())
    });
    let objects = serde_json::Deserializer::from_slice(&said.stdout).into_iter::<Value>();
    let mut objects = objects.map(Result::unwrap);
    let answers = refusals.map(|refusal| match refusal {
        None => Ok(objects.next().expect("an object for every file")),
        Some(refusal) => Err(refusal),
    });
    let answers: Vec<_> = answers.collect();
    assert_eq!(objects.next(), None, "more objects than files");
    answers
}

/// How a case differs from what it says.
fn differs(
    desk: &Desk,
    namespace: &str,
    case: &Case,
    server: &Result<Value, String>,
) -> Result<(), String> {
    let said = desk.says(
        ["seal", "-R", "recipients.txt", "-n", namespace],
        &case.manifest,
    );
    let sealed = if said.succeeded() {
        Ok(())
    } else {
        Err(said.stderr.as_str())
    };
    match (case.verdict, server, sealed) {
        (Accepted, Ok(stored), Ok(())) => {
            let opened = desk.open(str::from_utf8(&said.stdout).unwrap());
            let differs = ["data", "type"]
                .into_iter()
                .find(|part| stored[part] != opened[part])
                .or_else(|| {
                    let parts = ["labels", "annotations"].into_iter();
                    parts
                        .into_iter()
                        .find(|part| kept(stored, part) != kept(&opened, part))
                });
            match differs {
                Some(part) => Err(format!("its {part} differ")),
                None => Ok(()),
            }
        }
        (Passed, Ok(_), Ok(())) if said.stdout == case.manifest.as_bytes() => Ok(()),
        (Dropped(theirs), Err(server), Ok(())) if server.contains(theirs) => Ok(()),
        (Refused(field, reason), Err(server), Err(sealed)) => {
            // The server: `data[a b]: Invalid value: "a b": a valid config key ...`
            let says = |text: &str| {
                text.lines().any(|line| {
                    let at = line.find(field);
                    at.is_some_and(|at| line[at..].contains(reason))
                })
            };
            match says(server) && says(sealed) {
                true => Ok(()),
                false => Err(format!("the server: {server:.900}\nbulla: {sealed:.900}")),
            }
        }
        (Unreadable(theirs, ours), Err(server), Err(sealed)) => {
            match server.contains(theirs) && sealed.contains(ours) {
                true => Ok(()),
                false => Err(format!("the server: {server:.500}\nbulla: {sealed:.500}")),
            }
        }
        (Stricter(ours), Ok(_), Err(sealed)) if sealed.contains(ours) => Ok(()),
        (_, server, sealed) => {
            let server = server.as_ref().map(|_| "accepted");
            Err(format!("the server: {server:.500?}\nbulla: {sealed:.500?}"))
        }
    }
}

/// The labels or annotations of a Secret that its author wrote.
fn kept(secret: &Value, part: &str) -> BTreeMap<String, Value> {
    let all = secret["metadata"][part].as_object();
    let written = all.into_iter().flatten().filter(|(key, _)| {
        let added = [
            "bulla.dev/",
            "app.kubernetes.io/managed-by",
            "kubectl.kubernetes.io/",
        ];
        !added.iter().any(|added| key.starts_with(added))
    });
    written
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

#[test]
fn wherever_bulla_is_stricter_the_documentation_says_so() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/sealing.md");
    let page = fs::read_to_string(page).unwrap();
    for case in cases("shop") {
        if let Stricter(says) = case.verdict {
            let row = STRICTER.iter().find(|(message, _)| says.contains(message));
            let (_, row) = row.unwrap_or_else(|| panic!("no row for: {says}"));
            assert!(page.contains(&format!("\n| {row} | ")), "{row}");
        }
    }
}

#[test]
fn bulla_and_the_api_server_agree_on_secrets() {
    let namespace = ControlPlane::shared().namespace();
    let desk = Desk::new();
    let cases = cases(&namespace);
    let answers = ask_the_server(&desk, &namespace, &cases);
    let mut failures = Vec::new();
    for (case, server) in cases.iter().zip(&answers) {
        if let Err(difference) = differs(&desk, &namespace, case, server) {
            failures.push(format!("{}\n{difference}", case.title));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {}:\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n\n")
    );
}

#[test]
fn a_namespace_that_disagrees_is_refused_by_both() {
    let desk = Desk::new();
    let manifest =
        "{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: other}, data: {k: dg==}}";
    let mut create = ControlPlane::shared().kubectl(["create", "--dry-run=server", "-f", "-"]);
    let theirs = says(create.args(["-n", "default"]), manifest);
    assert!(
        theirs.stderr.contains("does not match the namespace"),
        "{}",
        theirs.stderr
    );
    let ours = desk.says(["seal", "-R", "recipients.txt", "-n", "default"], manifest);
    assert_eq!(ours.code, 1);
    assert!(ours.stderr.contains("namespace `other`"), "{}", ours.stderr);
}

#[test]
fn bytes_that_are_not_text_are_refused_where_kubectl_replaces_them() {
    let desk = Desk::new();
    let manifest = b"apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {k: '\xff'}\n";
    let mut create = ControlPlane::shared().kubectl(["create", "--dry-run=server", "-f", "-"]);
    let stored = says(create.args(["-o", "jsonpath={.data.k}"]), manifest).printed();
    assert_eq!(stored, BASE64.encode("\u{fffd}".as_bytes()));
    let said = desk.says(["seal", "-R", "recipients.txt", "-n", "shop"], manifest);
    assert_eq!(said.code, 1);
    assert!(
        said.stderr.contains("<stdin>:4:18: not UTF-8"),
        "{}",
        said.stderr
    );
}

#[test]
fn the_data_are_those_that_the_server_stores() {
    // Values at the edges of base64's groups and of the padding, byte for byte.
    let desk = Desk::new();
    let namespace = ControlPlane::shared().namespace();
    let mut manifest = "apiVersion: v1\nkind: Secret\nmetadata: {name: edges}\ndata:\n".to_owned();
    for length in [
        0, 1, 2, 3, 59, 60, 61, 62, 63, 64, 65, 255, 256, 1000, 4096, 70_000,
    ] {
        let value: Vec<u8> = (0..length).map(|n: u32| (n * 31 % 256) as u8).collect();
        manifest.push_str(&format!("  k{length}: {}\n", BASE64.encode(&value)));
    }
    let mut create =
        ControlPlane::shared().kubectl(["create", "-o", "json", "-f", "-", "-n", &namespace]);
    let stored: Value = serde_json::from_str(&says(&mut create, &manifest).printed()).unwrap();
    let sealed = desk.says(
        ["seal", "-R", "recipients.txt", "-n", &namespace],
        &manifest,
    );
    assert_eq!(desk.open(&sealed.printed())["data"], stored["data"]);
}
