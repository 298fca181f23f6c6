//! Secrets as the API server reads them.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "clippy.toml allows these in tests, but not in what tests call"
)]

use bulla_manifest::rules::{self, Field, Violation};
use bulla_manifest::secret::{self, Item, Secret};
use bulla_manifest::{Kind, Stream};

fn read(source: &str) -> Secret {
    let stream = Stream::read("f", source.as_bytes()).expect("is a stream");
    match secret::read(&stream.documents()[0]) {
        Ok(secret) => secret,
        Err(problems) => panic!("{problems}"),
    }
}

fn value(secret: &Secret, key: &str) -> Vec<u8> {
    secret.data[key].expose().to_vec()
}

const HEAD: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\n";

#[test]
fn every_field_is_read() {
    let secret = read(concat!(
        "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/basic-auth\nimmutable: true\n",
        "metadata:\n  name: db\n  namespace: shop\n  labels: {app: web}\n",
        "  annotations: {note: 'a: b'}\n",
        "data: {username: dXNlcg==, empty: , password: b2xk}\n",
        "stringData: {password: hunter2, 'null': null}\n",
    ));
    assert_eq!(secret.name, "db");
    assert_eq!(secret.namespace.as_deref(), Some("shop"));
    assert_eq!(secret.type_, "kubernetes.io/basic-auth");
    assert_eq!(secret.immutable, Some(true));
    assert_eq!(secret.labels["app"].as_str(), "web");
    assert_eq!(secret.annotations["note"].as_str(), "a: b");
    assert_eq!(value(&secret, "username"), b"user");
    assert_eq!(value(&secret, "empty"), b"");
    assert_eq!(value(&secret, "password"), b"hunter2");
    assert_eq!(value(&secret, "null"), b"");
    assert_eq!(secret.data.len(), 4);
}

#[test]
fn what_is_absent_has_the_server_s_default() {
    for more in [
        "",
        "type:\ndata:\nstringData: null\nimmutable: ~\n",
        "type: ''\ndata: {}\n",
    ] {
        let secret = read(&format!("{HEAD}{more}"));
        assert_eq!(secret.type_, secret::OPAQUE);
        assert_eq!(secret.immutable, None);
        assert_eq!(secret.namespace, None);
        assert!(secret.data.is_empty());
    }
    let secret =
        read("apiVersion: v1\nkind: Secret\nmetadata: {name: x, namespace: '', labels: }\n");
    assert_eq!(secret.namespace, None);
}

#[test]
fn what_servers_add_is_dropped() {
    let secret = read(concat!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n  creationTimestamp: null\n",
        "  uid: 3f0c\n  resourceVersion: \"12\"\n  generation: 1\n  selfLink: /x\n",
        "  generateName: d\n  finalizers: [a/b]\n  deletionTimestamp: 2020-01-01T00:00:00Z\n",
        "  deletionGracePeriodSeconds: 0\n  ownerReferences: [{kind: Pod}]\n",
        "  managedFields:\n  - fieldsV1:\n      f:data:\n        .: {}\n        f:a: {}\n",
    ));
    assert!(secret.annotations.is_empty() && secret.labels.is_empty());
}

#[test]
fn every_style_on_which_readers_agree_is_read() {
    let secret = read(&format!(
        "{HEAD}stringData:\n  a: it's\n  b: 'it''s'\n  c: \"\\ttab\\u00e9\"\n  d: |\n    x\n      y\n\n  e: |-\n    x\n  f: |+\n    x\n\n  g: >\n    x\n    y\n  h: !!str 0400\n  i: x\n    y\n  j: 10.0.0.1\n  k: 1.2.3\n  l: postgres://u:p@h:5432/d?x=y\n"
    ));
    let expected: [(&str, &str); 12] = [
        ("a", "it's"),
        ("b", "it's"),
        ("c", "\ttabé"),
        ("d", "x\n  y\n"),
        ("e", "x"),
        ("f", "x\n\n"),
        ("g", "x y\n"),
        ("h", "0400"),
        ("i", "x y"),
        ("j", "10.0.0.1"),
        ("k", "1.2.3"),
        ("l", "postgres://u:p@h:5432/d?x=y"),
    ];
    for (key, text) in expected {
        assert_eq!(value(&secret, key), text.as_bytes(), "{key}");
    }
}

#[test]
fn line_ends_of_windows_are_line_feeds() {
    let source = format!("{HEAD}stringData:\n  a: |\n    x\n    y\n").replace('\n', "\r\n");
    assert_eq!(value(&read(&source), "a"), b"x\ny\n");
}

#[test]
fn json_may_be_indented_with_tabs() {
    let secret = read(
        "{\n\t\"apiVersion\": \"v1\",\n\t\"kind\": \"Secret\",\n\t\"metadata\": {\"name\": \"db\"},\n\t\"data\": {\n\t\t\"a\": \"aGk=\"\n\t},\n\t\"stringData\": {\"b\": \"\\u00e9\\/\\ud83c\\udfb5\"}\n}\n",
    );
    assert_eq!(value(&secret, "a"), b"hi");
    assert_eq!(value(&secret, "b"), "é/🎵".as_bytes());
}

fn all(source: &str, check: impl FnOnce(Vec<Item<'_>>)) {
    let stream = Stream::read("f", source.as_bytes()).expect("is a stream");
    match secret::items(&stream.documents()[0]) {
        Ok(items) => check(items),
        Err(problems) => panic!("{problems}"),
    }
}

#[test]
fn the_items_of_a_block_list_become_documents() {
    let source = "apiVersion: v1\nitems:\n  - apiVersion: v1\n    kind: Secret\n    metadata:\n      # note\n      name: db\n# low\n    stringData:\n      a: |\n\n        x\n          y\n  -\n    kind: Pod\n    apiVersion: v1\n  - {apiVersion: v1, kind: Secret, metadata: {name: e}}\nkind: List\n";
    all(source, |items| {
        let texts: Vec<_> = items.iter().map(Item::text).collect();
        assert_eq!(
            texts,
            [
                "apiVersion: v1\nkind: Secret\nmetadata:\n  # note\n  name: db\nstringData:\n  a: |\n\n    x\n      y\n",
                "kind: Pod\napiVersion: v1\n",
                "{apiVersion: v1, kind: Secret, metadata: {name: e}}\n",
            ]
        );
        let kinds: Vec<_> = items.iter().map(Item::kind).collect();
        assert_eq!(kinds, [Kind::Secret, Kind::Other, Kind::Secret]);
        match items[0].secret() {
            Ok(secret) => assert_eq!(value(&secret, "a"), b"\nx\n  y\n"),
            Err(problems) => panic!("{problems}"),
        }
        assert!(items[1].secret().is_err());
        for item in &items {
            let again = Stream::read("g", item.text().as_bytes()).expect("is a stream");
            assert_eq!(again.documents()[0].kind().ok(), Some(item.kind()));
        }
    });
}

#[test]
fn problems_of_items_carry_the_place_in_the_list() {
    let source = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: X}\n  data: {'a b': ''}\n";
    all(source, |items| {
        let problems = items[0].secret().err().expect("is refused");
        let places: Vec<_> = problems
            .iter()
            .map(|p| (p.path(), p.position().map(|at| (at.line, at.column))))
            .collect();
        assert_eq!(
            places,
            [
                ("items[0].metadata.name", Some((6, 20))),
                ("items[0].data[a b]", Some((7, 10))),
            ]
        );
    });
}

#[test]
fn sizes_are_counted_as_the_server_counts_them() {
    let mut secret = read(HEAD);
    let half = rules::MAX_SECRET_BYTES / 2;
    secret.data.insert("a".to_owned(), vec![0; half].into());
    secret.data.insert("b".to_owned(), vec![0; half].into());
    secret.annotations.insert(
        "k".to_owned(),
        "v".repeat(rules::MAX_ANNOTATION_BYTES - 1).into(),
    );
    assert!(rules::check(&secret).is_empty());
    secret.data.insert("c".to_owned(), vec![0].into());
    secret
        .annotations
        .insert("l".to_owned(), String::new().into());
    let found: Vec<_> = rules::check(&secret)
        .into_iter()
        .map(|f| (f.field, f.violation))
        .collect();
    assert_eq!(
        found,
        [
            (Field::Annotations, Violation::TooManyBytes(262_144)),
            (Field::Data, Violation::TooManyBytes(1_048_576)),
        ]
    );
}

#[test]
fn names_at_the_edge_of_the_rules() {
    let none: Vec<Violation> = Vec::new();
    for good in ["a", "0", "a-b.c-d", &"a".repeat(253), "a.b"] {
        assert_eq!(rules::name(good), none, "{good}");
    }
    for bad in ["", "-a", "a-", "a..b", ".a", "a.", "A", "a_b", "é"] {
        assert_eq!(rules::name(bad), [Violation::Subdomain], "{bad}");
    }
    assert_eq!(rules::namespace(&"a".repeat(63)), none);
    assert_eq!(rules::namespace("a.b"), [Violation::Label]);
    for good in ["a", ".a", "A_b-c.d", "...a"].iter().take(3) {
        assert_eq!(rules::secret_key(good), none, "{good}");
    }
    assert_eq!(rules::secret_key(""), [Violation::ConfigKey]);
    assert_eq!(rules::secret_key("...a"), [Violation::StartsWithDotDot]);
    assert_eq!(rules::label_key("example.com/My_name.x"), none);
    assert_eq!(rules::annotation_key("Example.com/My_name.x"), none);
    assert_eq!(
        rules::label_key(""),
        [Violation::NamePartEmpty, Violation::NamePart]
    );
    assert_eq!(rules::label_value(""), none);
    assert_eq!(rules::label_value(&"a".repeat(63)), none);
}

#[test]
fn values_are_read_without_a_secret_around_them() {
    let read = |source: &str| {
        let stream = Stream::read("f.yaml", source.as_bytes()).expect("is a stream");
        let values = secret::read_values(&stream.documents()[0]).expect("are values");
        let values = values.into_iter();
        let values = values.map(|(key, value)| (key, value.expose().to_vec()));
        values.collect::<Vec<_>>()
    };
    let value = |key: &str, value: &[u8]| (key.to_owned(), value.to_vec());
    assert_eq!(
        read("stringData:\n  b: x\ndata: {a: /w==}\n"),
        [value("a", b"\xff"), value("b", b"x")]
    );
    assert_eq!(read("stringData: {}\n"), []);
    assert_eq!(read("# nothing\n"), []);
}
