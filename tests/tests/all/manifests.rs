//! The same verdict on a Secret as the API server's, with the same field and reason; and where
//! bulla is stricter, that is on purpose and listed here.

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
}

use Verdict::{Accepted, Refused, Stricter, Unreadable};

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

/// `data`, `stringData` and everything else beside the metadata.
const BODIES: &[(&str, Verdict)] = &[
    // Values.
    ("data: {k: dg==}", Accepted),
    ("data: {k: ''}", Accepted),
    ("data: {k: null}", Accepted),
    ("data: {k: ~}", Accepted),
    ("data: {k: }", Accepted),
    ("stringData: {k: v}", Accepted),
    ("stringData: {k: ''}", Accepted),
    ("stringData: {k: null}", Accepted),
    ("data: {k: dg==}\nstringData: {k: other}", Accepted),
    ("data: {k: dg==}\nstringData: {l: other}", Accepted),
    ("data: {k: dg==}\nstringData: {}", Accepted),
    ("data: {k: dg==}\nstringData: null", Accepted),
    ("data: null\nstringData: {k: v}", Accepted),
    ("data: {k: dg==, K: dw==}", Accepted),
    (
        "stringData: {k: \"a\\tb\\nc\\0d\\u00e9\\U0001F511\"}",
        Accepted,
    ),
    ("stringData: {k: 'it''s'}", Accepted),
    ("stringData: {k: é🔑}", Accepted),
    ("stringData:\n  k: |\n    two\n    lines\n", Accepted),
    ("stringData:\n  k: |-\n    two\n    lines\n", Accepted),
    ("stringData:\n  k: |+\n    two\n    lines\n\n", Accepted),
    ("stringData:\n  k: >\n    two\n    lines\n", Accepted),
    ("stringData:\n  k: two\n    lines", Accepted),
    ("stringData:\n  k: \"two\n    lines\"", Accepted),
    ("stringData: {k: 'a: b', l: a#b, m: 'a:b'}", Accepted),
    ("stringData: {k: v} # a comment", Accepted),
    // Base64.
    ("data: {k: YR==}", Accepted),
    ("data: {k: \"aGVs\\r\\nbG8=\\n\"}", Accepted),
    ("data:\n  k: |\n    aGVs\n    bG8=\n", Accepted),
    ("data: {k: YQ}", Unreadable(BASE64_REFUSED, NOT_BASE64)),
    ("data: {k: YQ=}", Unreadable(BASE64_REFUSED, NOT_BASE64)),
    (
        "data: {k: YQ==YQ==}",
        Unreadable(BASE64_REFUSED, NOT_BASE64),
    ),
    (
        "data: {k: aGVs bG8=}",
        Unreadable(BASE64_REFUSED, NOT_BASE64),
    ),
    ("data: {k: -_-_}", Unreadable(BASE64_REFUSED, NOT_BASE64)),
    (
        "data: {k: \"aGVs\\tbG8=\"}",
        Unreadable(BASE64_REFUSED, NOT_BASE64),
    ),
    (
        "data:\n  k: >\n    aGVs\n    bG8=\n",
        Unreadable(BASE64_REFUSED, NOT_BASE64),
    ),
    (
        "data: {k: hunter2!}",
        Unreadable(BASE64_REFUSED, NOT_BASE64),
    ),
    // Keys.
    (
        "data: {a.b: dg==, _: dg==, -a: dg==, .a: dg==, a..: dg==, A-1: dg==}",
        Accepted,
    ),
    (
        "data: {'on': dg==, '1': dg==, 'null': dg==, '0400': dg==}",
        Accepted,
    ),
    ("data: {a b: dg==}", Refused("data[a b]", CONFIG_KEY)),
    ("data: {a/b: dg==}", Refused("data[a/b]", CONFIG_KEY)),
    ("data: {é: dg==}", Refused("data[é]", CONFIG_KEY)),
    ("data: {'': dg==}", Refused("data[]", CONFIG_KEY)),
    (
        "data: {'<<': dg==}",
        Unreadable(CONFIG_KEY, "data[<<]: a merge key"),
    ),
    ("data: {.: dg==}", Refused("data[.]", "must not be '.'")),
    ("data: {..: dg==}", Refused("data[..]", "must not be '..'")),
    (
        "data: {..a: dg==}",
        Refused("data[..a]", "must not start with '..'"),
    ),
    (
        "data: {...: dg==}",
        Refused("data[...]", "must not start with '..'"),
    ),
    ("stringData: {a b: v}", Refused("data[a b]", CONFIG_KEY)),
    // Types of values.
    (
        "stringData: {k: 1}",
        Unreadable(
            NOT_A_STRING,
            "stringData[k]: a string, not a number, is expected",
        ),
    ),
    (
        "stringData: {k: true}",
        Unreadable(
            NOT_A_STRING,
            "stringData[k]: a string, not a boolean, is expected",
        ),
    ),
    ("stringData: {k: [v]}", Unreadable(NOT_A_STRING, A_STRING)),
    (
        "stringData: {k: {l: v}}",
        Unreadable(NOT_A_STRING, A_STRING),
    ),
    (
        "stringData: [v]",
        Unreadable("", "stringData: a map is expected here"),
    ),
    ("data: v", Unreadable("", "data: a map is expected here")),
    (
        "data: {k: 1}",
        Unreadable(
            "of type []uint8",
            "data[k]: a string, not a number, is expected",
        ),
    ),
    ("data: {k: [1]}", Stricter(A_STRING)), // the server takes a list of bytes
    // Scalars that YAML readers disagree on. Go reads these as something else than text, ...
    ("stringData: {k: on}", Unreadable(NOT_A_STRING, AMBIGUOUS)),
    ("stringData: {k: Yes}", Unreadable(NOT_A_STRING, AMBIGUOUS)),
    ("stringData: {k: y}", Unreadable(NOT_A_STRING, AMBIGUOUS)),
    ("stringData: {k: OFF}", Unreadable(NOT_A_STRING, AMBIGUOUS)),
    ("stringData: {k: 0400}", Unreadable(NOT_A_STRING, AMBIGUOUS)),
    ("stringData: {k: 08}", Unreadable(NOT_A_STRING, AMBIGUOUS)),
    ("stringData: {k: 0o17}", Unreadable(NOT_A_STRING, AMBIGUOUS)),
    ("stringData: {k: 0x1F}", Unreadable(NOT_A_STRING, AMBIGUOUS)),
    ("stringData: {k: 0b11}", Unreadable(NOT_A_STRING, AMBIGUOUS)),
    ("stringData: {k: 1e3}", Unreadable(NOT_A_STRING, AMBIGUOUS)),
    (
        "stringData: {k: 1_000}",
        Unreadable(NOT_A_STRING, AMBIGUOUS),
    ),
    ("stringData: {k: 1__0}", Unreadable(NOT_A_STRING, AMBIGUOUS)),
    ("stringData: {k: 1.5}", Unreadable(NOT_A_STRING, AMBIGUOUS)),
    ("stringData: {k: +1}", Unreadable(NOT_A_STRING, AMBIGUOUS)),
    ("stringData: {k: .inf}", Unreadable("", AMBIGUOUS)),
    // ... and these as text, which others do not.
    ("stringData: {k: 2020-01-01}", Stricter(AMBIGUOUS)),
    ("stringData: {k: 12:30:00}", Stricter(AMBIGUOUS)),
    ("stringData: {k: TrUe}", Stricter(AMBIGUOUS)),
    ("stringData: {k: =}", Stricter(AMBIGUOUS)),
    (
        "stringData: {k: 10.0.0.1, l: 1.2.3, m: 5m, g: 10Gi, o: on1, p: v1}",
        Accepted,
    ),
    (
        "stringData: {k: 'on', l: '0400', m: \"1e3\", g: 'null', o: '2020-01-01', p: '~'}",
        Accepted,
    ),
    ("stringData: {on: v}", Stricter(AMBIGUOUS_KEY)),
    ("stringData: {y: v}", Stricter(AMBIGUOUS_KEY)),
    ("stringData: {1: v}", Stricter(AMBIGUOUS_KEY)),
    ("stringData: {0400: v}", Stricter(AMBIGUOUS_KEY)),
    ("stringData: {2020-01-01: v}", Stricter(AMBIGUOUS_KEY)),
    ("stringData: {k: a:b}", Stricter(AMBIGUOUS)), // within braces, `a` is a key to some
    // Tags, anchors, aliases, merge keys.
    ("stringData: {k: !!str 1}", Accepted),
    (
        "data: {k: !!binary dg==}",
        Unreadable(BASE64_REFUSED, "the tag `!!binary`"),
    ),
    (
        "stringData: {k: !!binary dg==}",
        Stricter("the tag `!!binary`"),
    ),
    (
        "stringData: {k: !mine v}",
        Stricter("a tag (`!`) other than `!!str`"),
    ),
    ("stringData: {k: &a v}", Stricter("an anchor (`&`)")),
    ("stringData: {k: &a v, l: *a}", Stricter("an alias (`*`)")),
    ("stringData: {<<: {k: v}}", Stricter("a merge key (`<<`)")),
    // Text that some programs lay out differently.
    (
        "stringData:\n  k: >\n    two\n      indented\n",
        Stricter("a folded block scalar"),
    ),
    (
        "stringData: {k: \"a\u{85}b\"}",
        Stricter("a character that ends a line for some programs"),
    ),
    (
        "stringData: {k: \"a\u{2028}b\"}",
        Stricter("a character that ends a line for some programs"),
    ),
    // Fields.
    (
        "Data: {k: dg==}",
        Unreadable("unknown field \"Data\"", "did you mean \"data\"?"),
    ),
    (
        "data: {k: dg==}\nspec: {}",
        Unreadable("unknown field \"spec\"", "spec: unknown field"),
    ),
    (
        "data: {k: dg==}\nstatus: {}",
        Unreadable("unknown field \"status\"", "status: unknown field"),
    ),
    (
        "data: {k: dg==, k: dw==}",
        Stricter("data[k]: duplicate key"),
    ),
    (
        "data: {k: dg==}\ndata: {l: dg==}",
        Stricter("data: duplicate key"),
    ),
    ("data: {k: dg==}\nimmutable: true", Accepted),
    ("data: {k: dg==}\nimmutable: false", Accepted),
    ("data: {k: dg==}\nimmutable: null", Accepted),
    (
        "data: {k: dg==}\nimmutable: 'true'",
        Unreadable("of type bool", "immutable: "),
    ),
    ("data: {k: dg==}\nimmutable: yes", Stricter("immutable: ")),
    // Types.
    ("data: {k: dg==}\ntype: Opaque", Accepted),
    ("data: {k: dg==}\ntype: ''", Accepted),
    ("data: {k: dg==}\ntype: null", Accepted),
    ("data: {k: dg==}\ntype: example.com/mine", Accepted),
    ("data: {k: dg==}\ntype: opaque", Accepted),
    ("data: {k: dg==}\ntype: 'two words'", Accepted),
    (
        "data: {k: dg==}\ntype: 1",
        Unreadable(
            "of type v1.SecretType",
            "type: a string, not a number, is expected",
        ),
    ),
    (
        "data: {k: dg==}\ntype: bootstrap.kubernetes.io/token",
        Stricter("never from a sealed file"),
    ),
    (
        "data: {k: dg==}\ntype: helm.sh/release.v1",
        Stricter("never from a sealed file"),
    ),
    (
        "data: {k: dg==}\ntype: kubernetes.io/new",
        Stricter("never from a sealed file"),
    ),
    // Nothing to seal.
    (
        "data: {}",
        Stricter("has no data: there is nothing to seal"),
    ),
    (
        "type: Opaque",
        Stricter("has no data: there is nothing to seal"),
    ),
];

/// Metadata, beside a name and a value.
const METADATA: &[(&str, Verdict)] = &[
    (
        "labels: {app: shop, example.com/a_b.c: '', 'on': 'on'}",
        Accepted,
    ),
    ("labels: null", Accepted),
    ("labels: {a b: v}", Refused("metadata.labels", NAME_PART)),
    (
        "labels: {'': v}",
        Refused("metadata.labels", "name part must be non-empty"),
    ),
    (
        "labels: {/a: v}",
        Refused("metadata.labels", "prefix part must be non-empty"),
    ),
    (
        "labels: {Example.com/a: v}",
        Refused("metadata.labels", "prefix part"),
    ),
    (
        "labels: {a/b/c: v}",
        Refused("metadata.labels", "a valid label key must consist of"),
    ),
    ("labels: {a: -v}", Refused("metadata.labels", LABEL_VALUE)),
    (
        "labels: {a: 'v w'}",
        Refused("metadata.labels", LABEL_VALUE),
    ),
    (
        "labels: {a: 1}",
        Unreadable(
            NOT_A_STRING,
            "metadata.labels[a]: a string, not a number, is expected",
        ),
    ),
    ("labels: {a: on}", Unreadable(NOT_A_STRING, AMBIGUOUS)),
    (
        "labels: {a: b, a: c}",
        Stricter("metadata.labels[a]: duplicate key"),
    ),
    (
        "labels: [a]",
        Unreadable("", "metadata.labels: a map is expected here"),
    ),
    (
        "annotations: {a: 'anything: \"at\" all', Example.com/a: v}",
        Accepted,
    ),
    (
        "annotations: {a b: v}",
        Refused("metadata.annotations", NAME_PART),
    ),
    (
        "annotations: {a/b/c: v}",
        Refused("metadata.annotations", "a valid label key must consist of"),
    ),
    ("annotations: {a: 2020-01-01}", Stricter(AMBIGUOUS)),
    (
        "annotations: {a: null}",
        Stricter("metadata.annotations[a]: "),
    ),
    (
        "Labels: {}",
        Unreadable(
            "unknown field \"metadata.Labels\"",
            "did you mean \"labels\"?",
        ),
    ),
    (
        "finalisers: []",
        Unreadable("unknown field \"metadata.finalisers\"", "unknown field"),
    ),
    // What makes others act, or shows a value.
    (
        "labels: {argocd.argoproj.io/secret-type: cluster}",
        Stricter("makes Argo CD act"),
    ),
    (
        "annotations: {kubernetes.io/service-account.name: default}",
        Stricter("makes Kubernetes act"),
    ),
    (
        "annotations: {note: it is hunter2hunter2}",
        Stricter("shows the value of `k`"),
    ),
    (
        "annotations: {note: aHVudGVyMmh1bnRlcjI=}",
        Stricter("shows the value of `k`"),
    ),
    // What servers and clients add.
    ("creationTimestamp: null", Accepted),
    ("uid: 8c1c7a4a-0000-4000-8000-000000000000", Accepted),
    ("generation: 4", Accepted),
    ("selfLink: /api/v1/s", Accepted),
    ("finalizers: [example.com/f]", Accepted),
    (
        "ownerReferences: [{apiVersion: v1, kind: Pod, name: p, uid: u}]",
        Accepted,
    ),
    (
        "annotations: {kubectl.kubernetes.io/last-applied-configuration: '{}'}",
        Accepted,
    ),
    ("resourceVersion: '5'", Accepted),
    ("managedFields: [{manager: m, operation: Update}]", Accepted),
];

fn cases(namespace: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |title: &str, manifest: String, verdict| {
        let title = title.to_owned();
        cases.push(Case {
            title,
            manifest,
            verdict,
        });
    };
    let head = "apiVersion: v1\nkind: Secret\n";
    for (body, verdict) in BODIES {
        let end = if body.ends_with('\n') { "" } else { "\n" };
        add(
            body,
            format!("{head}metadata: {{name: s}}\n{body}{end}"),
            *verdict,
        );
    }
    for (metadata, verdict) in METADATA {
        let value = "data: {k: aHVudGVyMmh1bnRlcjI=}";
        add(
            metadata,
            format!("{head}metadata:\n  name: s\n  {metadata}\n{value}\n"),
            *verdict,
        );
    }

    let named = |name: &str| format!("{head}metadata: {{name: {name}}}\nstringData: {{k: v}}\n");
    let long = |length: usize| "n".repeat(length);
    for (name, verdict) in [
        ("a.b-c.1".to_owned(), Accepted),
        ("'1'".to_owned(), Accepted),
        (long(236), Accepted),
        (
            long(237),
            Stricter("must be no more than 236 characters, because the Secret's name gets"),
        ),
        (
            long(254),
            Refused("metadata.name", "must be no more than 253 characters"),
        ),
        ("A".to_owned(), Refused("metadata.name", SUBDOMAIN)),
        ("a_b".to_owned(), Refused("metadata.name", SUBDOMAIN)),
        ("-a".to_owned(), Refused("metadata.name", SUBDOMAIN)),
        ("a..b".to_owned(), Refused("metadata.name", SUBDOMAIN)),
        ("é".to_owned(), Refused("metadata.name", SUBDOMAIN)),
        (
            "''".to_owned(),
            Unreadable(
                "name or generateName is required",
                "metadata.name: required, but missing",
            ),
        ),
        (
            "null".to_owned(),
            Unreadable(
                "name or generateName is required",
                "metadata.name: required, but missing",
            ),
        ),
        (
            "1".to_owned(),
            Unreadable(
                NOT_A_STRING,
                "metadata.name: a string, not a number, is expected",
            ),
        ),
        (
            "on".to_owned(),
            Unreadable(NOT_A_STRING, "metadata.name: not every program"),
        ),
    ] {
        add(&format!("name: {:.20}", name), named(&name), verdict);
    }

    let data = "data: {k: dg==}\n";
    for (title, metadata, verdict) in [
        (
            "no metadata",
            String::new(),
            Unreadable(
                "name or generateName is required",
                "metadata: required, but missing",
            ),
        ),
        (
            "no name",
            "metadata: {}\n".into(),
            Unreadable(
                "name or generateName is required",
                "metadata.name: required",
            ),
        ),
        (
            "generateName",
            "metadata: {generateName: s-}\n".into(),
            Stricter("a sealed Secret needs a fixed name"),
        ),
        (
            "its namespace",
            format!("metadata: {{name: s, namespace: {namespace}}}\n"),
            Accepted,
        ),
        (
            "an empty namespace",
            "metadata: {name: s, namespace: ''}\n".into(),
            Accepted,
        ),
    ] {
        add(title, format!("{head}{metadata}{data}"), verdict);
    }

    let json = |values: &str| {
        format!(r#"{{"apiVersion":"v1","kind":"Secret","metadata":{{"name":"s"}},{values}}}"#)
    };
    for (title, manifest, verdict) in [
        ("JSON", json(r#""data":{"k":"dg=="}"#), Accepted),
        (
            "JSON, escapes",
            json(r#""stringData":{"k":"\u00e9\"\\\b\f\n"}"#),
            Accepted,
        ),
        (
            "JSON, a key twice",
            json(r#""data":{"k":"dg==","k":"dw=="}"#),
            Stricter("data[k]: duplicate key"),
        ),
        (
            "JSON, a number",
            json(r#""stringData":{"k":1}"#),
            Unreadable(
                NOT_A_STRING,
                "stringData[k]: a string, not a number, is expected",
            ),
        ),
        (
            "JSON, truncated",
            json(r#""data":{"k":"dg=="}"#).replace("}}", "}"),
            Unreadable("", "1:"),
        ),
        (
            "a byte order mark",
            format!("\u{feff}{}", named("s")),
            Accepted,
        ),
        ("CRLF", named("s").replace('\n', "\r\n"), Accepted),
        (
            "CRLF in a block",
            format!("{head}metadata: {{name: s}}\nstringData:\n  k: |\n    two\n    lines\n")
                .replace('\n', "\r\n"),
            Accepted,
        ),
        (
            "a block without an end",
            format!("{head}metadata: {{name: s}}\nstringData:\n  k: |\n    a"),
            Stricter("a block scalar at the end of a file"),
        ),
        (
            "document markers",
            format!("# a comment\n---\n{}---\n", named("s")),
            Accepted,
        ),
        (
            "a directive",
            format!("%YAML 1.1\n---\n{}", named("s")),
            Unreadable("did not find expected <document start>", "a YAML directive"),
        ),
        (
            "a tab for indentation",
            format!("{head}metadata:\n\tname: s\n{data}"),
            Unreadable("", ""),
        ),
        (
            "an open quote",
            format!("{head}metadata: {{name: s}}\nstringData: {{k: 'v}}\n"),
            Unreadable("", "quote"),
        ),
        (
            "a misspelt version",
            named("s").replace("v1", "V1"),
            Unreadable("no matches for kind", "apiVersion: `v1` is expected here"),
        ),
        (
            "no version",
            named("s").replace("apiVersion: v1\n", ""),
            Unreadable("apiVersion not set", "apiVersion: required, but missing"),
        ),
        (
            "1 MiB",
            format!(
                "{head}metadata: {{name: s}}\nstringData: {{k: {}}}\n",
                long(1 << 20)
            ),
            Accepted,
        ),
        (
            "1 MiB and a byte",
            format!(
                "{head}metadata: {{name: s}}\nstringData: {{k: {}, l: m}}\n",
                long(1 << 20)
            ),
            Refused("data", "may not be more than 1048576 bytes"),
        ),
        (
            "256 KiB of annotations",
            format!(
                "{head}metadata: {{name: s, annotations: {{a: {}}}}}\n{data}",
                long((256 << 10) - 1)
            ),
            Accepted,
        ),
        (
            "256 KiB of annotations and a byte",
            format!(
                "{head}metadata: {{name: s, annotations: {{a: {}}}}}\n{data}",
                long(256 << 10)
            ),
            Refused("metadata.annotations", "may not be more than 262144 bytes"),
        ),
        (
            "a key of 253",
            format!(
                "{head}metadata: {{name: s}}\ndata: {{{}: dg==}}\n",
                long(253)
            ),
            Accepted,
        ),
        (
            "a key of 254",
            format!(
                "{head}metadata: {{name: s}}\ndata: {{{}: dg==}}\n",
                long(254)
            ),
            Refused("data[", "must be no more than 253 characters"),
        ),
        (
            "a label of 63",
            format!(
                "{head}metadata: {{name: s, labels: {{a: {}}}}}\n{data}",
                long(63)
            ),
            Accepted,
        ),
        (
            "a label of 64",
            format!(
                "{head}metadata: {{name: s, labels: {{a: {}}}}}\n{data}",
                long(64)
            ),
            Refused("metadata.labels", "must be no more than 63"),
        ),
        (
            "a label's key of 64",
            format!(
                "{head}metadata: {{name: s, labels: {{{}: a}}}}\n{data}",
                long(64)
            ),
            Refused("metadata.labels", "name part must be no more than 63"),
        ),
        (
            "256 keys",
            format!("{head}metadata: {{name: s}}\ndata:\n{}", keys(256)),
            Accepted,
        ),
        (
            "257 keys",
            format!("{head}metadata: {{name: s}}\ndata:\n{}", keys(257)),
            Stricter("there are more than 256 values"),
        ),
        (
            "two faults",
            format!("{head}metadata: {{name: S}}\ndata: {{a b: dg==}}\n"),
            Refused("data[a b]", CONFIG_KEY),
        ),
        (
            "two faults, the other",
            format!("{head}metadata: {{name: S}}\ndata: {{a b: dg==}}\n"),
            Refused("metadata.name", SUBDOMAIN),
        ),
    ] {
        add(title, manifest, verdict);
    }
    cases
}

fn keys(count: usize) -> String {
    (0..count).map(|n| format!("  k{n}: dg==\n")).collect()
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
            match ["data", "type"]
                .iter()
                .find(|part| stored[part] != opened[part])
            {
                Some(part) => Err(format!("its {part} differ")),
                None => Ok(()),
            }
        }
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
