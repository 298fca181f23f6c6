//! Names, labels, annotations, and what servers and clients add.

use super::*;

/// Metadata, beside a name and a value.
pub(super) const METADATA: &[(&str, Verdict)] = &[
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
    (
        "generation: -1",
        Dropped("metadata.generation: Invalid value"),
    ),
    ("finalizers: [none]", Dropped("metadata.finalizers")),
    ("ownerReferences: [{}]", Dropped("metadata.ownerReferences")),
    ("managedFields: [{operation: Sing}]", Accepted),
    ("creationTimestamp: now", Dropped("parsing time")),
];

/// Names, places, and metadata that is not all there.
pub(super) fn names(namespace: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |title: &str, manifest, verdict| cases.push(Case::new(title, manifest, verdict));
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
        add(title, format!("{HEAD}{metadata}{data}"), verdict);
    }
    cases
}
