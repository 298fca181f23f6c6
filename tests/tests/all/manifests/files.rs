//! How a file is written, and how large things may be.

use super::*;

/// JSON, line breaks, markers, and the limits.
pub(super) fn files() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |title: &str, manifest, verdict| cases.push(Case::new(title, manifest, verdict));
    let data = "data: {k: dg==}\n";
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
            format!("{HEAD}metadata: {{name: s}}\nstringData:\n  k: |\n    two\n    lines\n")
                .replace('\n', "\r\n"),
            Accepted,
        ),
        (
            "a block without an end",
            format!("{HEAD}metadata: {{name: s}}\nstringData:\n  k: |\n    a"),
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
            format!("{HEAD}metadata:\n\tname: s\n{data}"),
            Unreadable("", ""),
        ),
        (
            "an open quote",
            format!("{HEAD}metadata: {{name: s}}\nstringData: {{k: 'v}}\n"),
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
                "{HEAD}metadata: {{name: s}}\nstringData: {{k: {}}}\n",
                long(1 << 20)
            ),
            Accepted,
        ),
        (
            "1 MiB and a byte",
            format!(
                "{HEAD}metadata: {{name: s}}\nstringData: {{k: {}, l: m}}\n",
                long(1 << 20)
            ),
            Refused("data", "may not be more than 1048576 bytes"),
        ),
        (
            "256 KiB of annotations",
            format!(
                "{HEAD}metadata: {{name: s, annotations: {{a: {}}}}}\n{data}",
                long((256 << 10) - 1)
            ),
            Accepted,
        ),
        (
            "256 KiB of annotations and a byte",
            format!(
                "{HEAD}metadata: {{name: s, annotations: {{a: {}}}}}\n{data}",
                long(256 << 10)
            ),
            Refused("metadata.annotations", "may not be more than 262144 bytes"),
        ),
        (
            "a key of 253",
            format!(
                "{HEAD}metadata: {{name: s}}\ndata: {{{}: dg==}}\n",
                long(253)
            ),
            Accepted,
        ),
        (
            "a key of 254",
            format!(
                "{HEAD}metadata: {{name: s}}\ndata: {{{}: dg==}}\n",
                long(254)
            ),
            Refused("data[", "must be no more than 253 characters"),
        ),
        (
            "a label of 63",
            format!(
                "{HEAD}metadata: {{name: s, labels: {{a: {}}}}}\n{data}",
                long(63)
            ),
            Accepted,
        ),
        (
            "a label of 64",
            format!(
                "{HEAD}metadata: {{name: s, labels: {{a: {}}}}}\n{data}",
                long(64)
            ),
            Refused("metadata.labels", "must be no more than 63"),
        ),
        (
            "a label's key of 64",
            format!(
                "{HEAD}metadata: {{name: s, labels: {{{}: a}}}}\n{data}",
                long(64)
            ),
            Refused("metadata.labels", "name part must be no more than 63"),
        ),
        (
            "256 keys",
            format!("{HEAD}metadata: {{name: s}}\ndata:\n{}", keys(256)),
            Accepted,
        ),
        (
            "257 keys",
            format!("{HEAD}metadata: {{name: s}}\ndata:\n{}", keys(257)),
            Stricter("there are more than 256 values"),
        ),
        (
            "two faults",
            format!("{HEAD}metadata: {{name: S}}\ndata: {{a b: dg==}}\n"),
            Refused("data[a b]", CONFIG_KEY),
        ),
        (
            "two faults, the other",
            format!("{HEAD}metadata: {{name: S}}\ndata: {{a b: dg==}}\n"),
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
