//! Documents by byte ranges: found, replaced, and everything else kept.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "clippy.toml allows these in tests, but not in what tests call"
)]

use bulla_manifest::{Document, Kind, Spliced, Stream};
use proptest::prelude::*;

fn kinds(source: &str) -> Vec<Kind> {
    let stream = Stream::read("f", source.as_bytes()).expect("is a stream");
    let documents = stream.documents().iter();
    documents.map(|d| d.kind().expect("is clear")).collect()
}

fn texts(source: &str) -> Vec<&str> {
    let stream = Stream::read("f", source.as_bytes()).expect("is a stream");
    stream.documents().iter().map(Document::text).collect()
}

#[test]
fn documents_are_what_stands_between_markers() {
    assert_eq!(texts("a: b\n---\nc: d\n"), ["a: b\n", "c: d\n"]);
    assert_eq!(texts("# licence\n--- # first\na: b\n"), ["a: b\n"]);
    assert_eq!(texts("\u{feff}---\r\na: b\r\n---\t\r\n"), ["a: b\r\n", ""]);
    assert_eq!(
        texts("a: b\n...\n# c\n---\nc: d"),
        ["a: b\n...\n# c\n", "c: d"]
    );
    assert_eq!(texts(""), [""]);
    assert_eq!(texts("a: |\n  ---\n  b\n"), ["a: |\n  ---\n  b\n"]);
}

#[test]
fn kinds_that_concern_us_are_told_apart() {
    use Kind::{Empty, Other, SealedSecret, Secret};
    assert_eq!(kinds("# c\n---\n---\n# d\n"), [Empty, Empty]);
    assert_eq!(kinds("apiVersion: v1\nkind: Secret\n"), [Secret]);
    assert_eq!(
        kinds("{\"apiVersion\": \"v1\",\n\t\"kind\": \"Secret\"}"),
        [Secret]
    );
    assert_eq!(kinds("apiVersion: v1\nkind: \"Se\\x63ret\"\n"), [Secret]);
    assert_eq!(kinds("kind: Secret\n"), [Secret]);
    for version in ["V1", "' v1'", "/v1", "/", "//v1"] {
        assert_eq!(
            kinds(&format!("apiVersion: {version}\nkind: Secret\n")),
            [Secret]
        );
    }
    assert_eq!(kinds("APIVERSION: v1\nkind: Secret\n"), [Secret]);
    assert_eq!(kinds("apiVersion: example.com/v1\nkind: Secret\n"), [Other]);
    assert_eq!(
        kinds("apiVersion: bulla.dev/v1alpha1\nkind: SealedSecret\n"),
        [SealedSecret]
    );
    assert_eq!(
        kinds("apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\n"),
        [Other]
    );
    assert_eq!(kinds("- kind: Secret\n"), [Other]);
    assert_eq!(kinds("text\n"), [Other]);
}

#[test]
fn secrets_hide_in_no_list() {
    let item = "{apiVersion: v1, kind: Secret}";
    for list in ["List", "SecretList", "FooList", "Foo"] {
        let list = format!("apiVersion: v1\nkind: {list}\nitems: [{item}]\n");
        assert_eq!(kinds(&list), [Kind::List]);
    }
    let nested = format!("kind: List\nitems: [{{kind: List, items: [{item}]}}]\n");
    assert_eq!(kinds(&nested), [Kind::List]);
    // kustomize takes both apart, and the API server takes the Secret.
    let nested = "kind: List\nitems: [{kind: FooList, items: [{apiVersion: /v1, kind: Secret}]}]\n";
    assert_eq!(kinds(nested), [Kind::List]);
    // kubectl makes the first a Secret; the others are meant as some.
    for item in ["{}", "{apiVersion: v1}", "{apiVersion: /v1}"] {
        let list = format!("apiVersion: v1\nkind: SecretList\nitems: [{item}]\n");
        assert_eq!(kinds(&list), [Kind::List], "{item}");
    }
    assert_eq!(
        kinds("apiVersion: v1\nkind: SecretListList\nitems: [{items: [{}]}]\n"),
        [Kind::List]
    );
    assert_eq!(
        kinds("apiVersion: v1\nkind: List\nitems: [{kind: Pod}]\n"),
        [Kind::Other]
    );
}

#[test]
fn what_does_not_concern_us_may_be_any_yaml() {
    for source in [
        "a: 1\na: 2\n",
        "a: !Ref b\nc: !!binary aGk=\n",
        "base: &base {a: b}\nother: {<<: *base}\n",
        "? [a]\n: b\n",
        "a: \"x\u{2028}y\"\n",
        "a: |\n  x",
        "{a: b:c, items: [d:e, {f: http://g}]}\n",
        "on: 1\n2: 3\n",
    ] {
        assert_eq!(kinds(source), [Kind::Other], "{source:?}");
    }
}

#[test]
fn an_alias_bomb_is_never_expanded() {
    let mut bomb = "a0: &a0 [x]\n".to_owned();
    for n in 1..1000 {
        let references = vec![format!("*a{}", n - 1); 9].join(", ");
        bomb.push_str(&format!("a{n}: &a{n} [{references}]\n"));
    }
    assert_eq!(kinds(&bomb), [Kind::Other]);
}

#[test]
fn only_the_replaced_documents_change() {
    let source = "\u{feff}# licence\n---\na: b # x\r\n--- # y\nc: d\n---\ne: f";
    let stream = Stream::read("f", source.as_bytes()).expect("is a stream");
    let splice = |document, text| stream.splice(&[Spliced { document, text }]).to_string();
    let expected = "\u{feff}# licence\n---\nNEW\n--- # y\nc: d\n---\ne: f";
    assert_eq!(splice(1, "NEW"), expected);
    assert_eq!(splice(1, "NEW\n"), expected);
    assert_eq!(
        splice(3, "NEW"),
        "\u{feff}# licence\n---\na: b # x\r\n--- # y\nc: d\n---\nNEW"
    );
    assert_eq!(
        splice(2, ""),
        "\u{feff}# licence\n---\na: b # x\r\n--- # y\n---\ne: f"
    );
    assert_eq!(splice(0, "NEW"), source);
    assert_eq!(splice(4, "NEW"), source);
}

/// Pieces of which streams and trouble are made.
fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "---",
        "...",
        "\n",
        "\n",
        "\n",
        "\r\n",
        "\r",
        " ",
        "  ",
        "\t",
        "a",
        "a: b",
        "- ",
        "# c",
        "%",
        "kind: Secret",
        "apiVersion: v1",
        "items:",
        "\"",
        "'",
        "|",
        ">",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "? ",
        "&a ",
        "*a",
        "!x ",
        "<<: ",
        "\u{2028}",
        "\u{feff}",
        "\u{85}",
        "é",
        "\\",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4000,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_text_is_refused_or_kept_to_the_byte(pieces in prop::collection::vec(piece(), 0..40)) {
        let source = pieces.concat();
        let Ok(stream) = Stream::read("f", source.as_bytes()) else { return Ok(()) };
        let mut end = 0;
        for document in stream.documents() {
            let range = document.range();
            prop_assert!(end <= range.start && range.start <= range.end);
            end = range.end;
            prop_assert_eq!(document.text(), &source[range]);
            let _ = document.kind();
        }
        prop_assert_eq!(end, source.len());
        let same: Vec<_> = stream
            .documents()
            .iter()
            .map(|d| Spliced { document: d.number(), text: d.text() })
            .collect();
        let again = stream.splice(&same);
        prop_assert_eq!(again.as_str(), source.as_str());
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Stream::read("f", &bytes);
    }
}
