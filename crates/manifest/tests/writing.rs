//! What we write, read back by the strict reader: the same, whatever it holds.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "clippy.toml allows these in tests, but not in what tests call"
)]

use bulla_manifest::{Stream, typed, write};
use proptest::prelude::*;
use serde_json::{Value, json};

fn again(text: &str) -> Value {
    let stream = Stream::read("f", text.as_bytes()).unwrap_or_else(|p| panic!("{p}\n{text}"));
    typed::from_document(&stream.documents()[0]).unwrap_or_else(|p| panic!("{p}\n{text}"))
}

#[test]
fn an_armor_is_a_block_and_base64_is_one_line() {
    #[derive(serde::Serialize)]
    struct Envelope {
        format: u32,
        commitment: String,
        recipients: Vec<String>,
        age: String,
        items: Value,
    }
    let text = write::to_yaml(&[Envelope {
        format: 1,
        commitment: "QUJD".repeat(40),
        recipients: vec!["age1abc".to_owned()],
        age: "-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n-----END AGE ENCRYPTED FILE-----\n"
            .to_owned(),
        items: json!({"on": "0400", "tls.crt": "1e3=", "x": "2020-01-01", "y": "<<", "z": ""}),
    }]);
    insta::assert_snapshot!(text.expect("writes"), @r#"
    - format: 1
      commitment: QUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJD
      recipients:
      - age1abc
      age: |
        -----BEGIN AGE ENCRYPTED FILE-----
        YWdl
        -----END AGE ENCRYPTED FILE-----
      items:
        "on": "0400"
        tls.crt: 1e3=
        x: "2020-01-01"
        "y": "<<"
        z: ""
    "#);
}

#[test]
fn fractions_and_odd_keys_cannot_be_written() {
    assert_eq!(write::to_yaml(&1.5), Err(write::Error::Unsupported));
    let key = std::collections::BTreeMap::from([((1, 2), 3)]);
    assert_eq!(write::to_yaml(&key), Err(write::Error::Unsupported));
    assert_eq!(
        write::to_yaml(&json!({"<<": {}})),
        Err(write::Error::MergeKey)
    );
    assert!(write::to_yaml(&json!({"k".repeat(1000): 1})).is_ok());
    let long = json!({"k".repeat(1001): 1});
    assert_eq!(write::to_yaml(&long), Err(write::Error::LongKey));
}

/// Strings that some reader takes for something else, pieces of which trouble is made, and any
/// characters at all.
fn text() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        "on",
        "y",
        "N",
        "0400",
        "08",
        "0x1F",
        "1e3",
        "1_000",
        "12:30:00",
        "2020-01-01",
        ".inf",
        "=",
        "<<",
        "~",
        "null",
        "true",
        "---",
        "...",
        "--- a",
        "- a",
        "? a",
        ": a",
        "a: b",
        "a #b",
        "#",
        "!x",
        "&x",
        "*x",
        "|",
        ">",
        "%",
        "@",
        "`",
        "{}",
        "[]",
        "",
        " ",
        "1.",
        "0_1",
        "+1",
        "0o7",
        "inf",
    ]);
    let piece = prop::sample::select(vec![
        "\n", "\n", "\n", " ", "  ", "\t", "a", "b c", "#", ": ", "- ", "---", "...", "\"", "'",
        "\\", "\r", "\u{85}", "\u{2028}", "\u{feff}", "\u{7f}", "\0", "é", "🎵", "0", "-", ".",
    ]);
    prop_oneof![
        odd.prop_map(str::to_owned),
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat()),
        any::<String>(),
    ]
}

fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => text().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(
                text().prop_filter("a merge key", |k| k != "<<"),
                inner,
                0..5
            )
            .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 3000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_written_reads_the_same(value in tree()) {
        let text = write::to_yaml(&value).expect("writes");
        prop_assert_eq!(again(&text), value, "{}", text);
    }
}
