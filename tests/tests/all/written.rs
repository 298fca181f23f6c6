//! What bulla writes is one tree to kubectl, kustomize and PyYAML, and the cluster stores its bytes.

use bulla_tests::peers::{Version, kubectl, kustomize};
use bulla_tests::{ControlPlane, python};
use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::desk::{Desk, parse, says};
use crate::support::printed;

/// Strings that some reader takes for something else than a string.
const AWKWARD: [&str; 24] = [
    "on",
    "y",
    "N",
    "null",
    "true",
    "1",
    "0400",
    "08",
    "0o17",
    "0x1F",
    "0b1",
    "1e3",
    "1_000",
    "685_230.15",
    "12.30.00",
    "2020-01-01",
    "190",
    "inf",
    "nan",
    "1.",
    "0_1",
    "v1",
    "-",
    "",
];

/// A Secret whose every part is awkward: keys, type, labels, annotations, values. Without U+007F and
/// U+0085: kustomize and server-side apply fail on those, whoever writes them.
fn awkward() -> Value {
    let is_label = |text: &&&str| !text.starts_with('-') && !text.ends_with('.');
    let labels: serde_json::Map<String, Value> = AWKWARD
        .iter()
        .filter(is_label)
        .map(|text| {
            (
                format!("example.com/l{}", text.replace('.', "-")),
                (*text).into(),
            )
        })
        .chain(["on", "1", "y", "null", "0400"].map(|key| (key.to_owned(), "v".into())))
        .collect();
    let mut annotations: serde_json::Map<String, Value> = AWKWARD
        .iter()
        .filter(is_label)
        .map(|text| (format!("a{}", text.replace('.', "-")), (*text).into()))
        .collect();
    for (number, text) in [
        "two\nlines\n",
        "no end\nhere",
        "\n",
        " leading",
        "trailing ",
        "\ttab",
        "a: b",
        "# none",
        "'",
        "\"",
        "\\",
        "{a: b}",
        "[a]",
        "&a",
        "*a",
        "!a",
        "%a",
        "@a",
        "`a`",
        "| a",
        "> a",
        "- a",
        "? a",
        "---",
        "--- a",
        "...",
        "=",
        "<<",
        "~",
        "\u{2028}",
        "\u{feff}",
        "é🔑",
        "\r\n",
        "a\rb",
        "12:30:00",
        "2020-01-01T00:00:00Z",
        ".inf",
        "+1",
        "a #b",
    ]
    .iter()
    .enumerate()
    {
        annotations.insert(format!("text-{number}"), (*text).into());
    }
    let data: serde_json::Map<String, Value> = AWKWARD
        .iter()
        .filter(|text| !text.is_empty())
        .map(|text| {
            (
                (*text).to_owned(),
                BASE64.encode(format!("value of {text}").as_bytes()).into(),
            )
        })
        .collect();
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "db", "labels": labels, "annotations": annotations},
        "type": "0400",
        "data": data,
    })
}

/// JSON in ASCII: YAML does not allow every character that JSON does.
fn ascii(tree: &Value) -> String {
    let escape = |c: char| match c {
        '\u{20}'..='\u{7e}' => c.to_string(),
        _ => c
            .encode_utf16(&mut [0; 2])
            .iter()
            .map(|unit| format!("\\u{unit:04x}"))
            .collect(),
    };
    tree.to_string().chars().map(escape).collect()
}

/// The same text as three programs read it.
fn readings(desk: &Desk, text: &str) -> [(&'static str, Value); 3] {
    let label = [
        "label",
        "--local",
        "-f",
        "-",
        "read-by=kubectl",
        "-o",
        "json",
    ];
    let read_by_kubectl = |text: &str| {
        let json = says(desk.command(kubectl()).args(label), text).printed();
        let mut tree: Value = serde_json::from_str(&json).unwrap();
        let labels = tree["metadata"]["labels"].as_object_mut().unwrap();
        labels.remove("read-by");
        tree
    };
    desk.write("tree/r.yaml", text);
    desk.write("tree/kustomization.yaml", "resources: [r.yaml]\n");
    let built = printed(
        desk.command(kustomize(Version::V5_8_2))
            .args(["build", "tree"]),
    );
    let code = "import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin.buffer)))";
    let json = says(desk.command(python()).args(["-c", code]), text).printed();
    [
        ("kubectl", read_by_kubectl(text)),
        // What kustomize prints, kubectl reads as it reads ours.
        ("kustomize", read_by_kubectl(&built)),
        ("PyYAML", serde_json::from_str(&json).unwrap()),
    ]
}

#[test]
fn sealed_files_and_opened_secrets_are_one_tree_to_all_readers() {
    let desk = Desk::new();
    let secret = awkward();
    let flags = ["seal", "-R", "recipients.txt", "-n", "0400"];
    let sealed = desk.says(flags, ascii(&awkward())).printed();
    for (who, tree) in readings(&desk, &sealed) {
        assert_eq!(tree["spec"]["type"], "0400", "{who}");
        assert_eq!(
            tree["spec"]["template"]["labels"], secret["metadata"]["labels"],
            "{who}"
        );
        let annotations = &tree["spec"]["template"]["annotations"];
        assert_eq!(*annotations, secret["metadata"]["annotations"], "{who}");
        assert_eq!(
            tree["spec"]["sealedFor"],
            json!({"namespace": "0400", "name": "db"}),
            "{who}"
        );
        let keys = |map: &Value| map.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let items = &tree["spec"]["envelopes"][0]["items"];
        assert_eq!(keys(items), keys(&secret["data"]), "{who}");
        let file = ascii(&tree);
        assert_eq!(desk.open(&file)["data"], secret["data"], "{who}");
    }
    let opened = desk.open(&sealed);
    let yaml = desk.says(["open", "-i", "key.txt"], &sealed).printed();
    assert_eq!(opened["data"], secret["data"]);
    for (who, tree) in readings(&desk, &yaml) {
        assert_eq!(tree, opened, "{who}");
    }
}

#[test]
fn the_cluster_stores_an_opened_secret_as_it_is() {
    let plane = ControlPlane::shared();
    let namespace = plane.namespace();
    let desk = Desk::new();
    let flags = ["seal", "-R", "recipients.txt", "-n", &namespace];
    let sealed = desk.says(flags, ascii(&awkward())).printed();
    let opened = desk.open(&sealed);
    let yaml = desk.says(["open", "-i", "key.txt"], &sealed).printed();
    says(
        &mut plane.kubectl(["apply", "--server-side", "-f", "-"]),
        &yaml,
    )
    .printed();

    let name = opened["metadata"]["name"].as_str().unwrap();
    let get = ["get", "secret", name, "-n", &namespace, "-o", "json"];
    let stored = parse(&printed(&mut plane.kubectl(get)));
    for part in ["data", "type", "immutable"] {
        assert_eq!(stored[part], opened[part], "{part}");
    }
    for part in ["labels", "annotations"] {
        assert_eq!(stored["metadata"][part], opened["metadata"][part], "{part}");
    }
    assert_eq!(stored["immutable"], true);
    let change = [
        "patch",
        "secret",
        name,
        "-n",
        &namespace,
        "-p",
        r#"{"data":{"on":"dg=="}}"#,
    ];
    let said = says(&mut plane.kubectl(change), "");
    assert!(
        said.stderr.contains("field is immutable"),
        "{}",
        said.stderr
    );
}
