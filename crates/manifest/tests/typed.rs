//! Documents read into types: the same strictness, and errors with a place but no value.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "clippy.toml allows these in tests, but not in what tests call"
)]

use std::collections::BTreeMap;

use bulla_manifest::{Step, Stream, typed};
use insta::assert_snapshot;
use serde::Deserialize;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Config {
    name: String,
    #[serde(default)]
    size: u32,
    #[serde(default)]
    offset: Option<i64>,
    #[serde(default)]
    on: Option<bool>,
    #[serde(default)]
    mode: Option<Mode>,
    #[serde(default)]
    items: Vec<BTreeMap<String, String>>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Mode {
    Strict,
    For(String),
    In { namespace: String },
}

fn read(source: &str) -> Result<Config, String> {
    let stream = Stream::read("f.yaml", source.as_bytes()).expect("is a stream");
    typed::from_document(&stream.documents()[0]).map_err(|problems| {
        let text = problems.to_string();
        assert!(!text.contains("hunter"), "a value is in the message");
        text
    })
}

fn refused(source: &str) -> String {
    read(source).expect_err("is refused")
}

#[test]
fn types_are_read() {
    let config = read(
        "name: \"on\"\nsize: 4294967295\noffset: -1\n\"on\": true\nmode: {for: x}\nitems: [{a: b, c: d}]\n",
    );
    let items = [("a", "b"), ("c", "d")];
    let items = items.map(|(k, v)| (k.to_owned(), v.to_owned()));
    assert_eq!(
        config,
        Ok(Config {
            name: "on".to_owned(),
            size: u32::MAX,
            offset: Some(-1),
            on: Some(true),
            mode: Some(Mode::For("x".to_owned())),
            items: vec![BTreeMap::from(items)],
        })
    );
    assert_eq!(
        read("name: x\nmode: strict\noffset:\n").map(|c| (c.mode, c.offset)),
        Ok((Some(Mode::Strict), None))
    );
    let mode = Mode::In {
        namespace: "z".to_owned(),
    };
    assert_eq!(
        read("name: x\nmode: {in: {namespace: z}}\n").map(|c| c.mode),
        Ok(Some(mode))
    );
}

#[test]
fn errors_have_places_and_no_values() {
    assert_snapshot!(refused("# nothing\n"), @r#"f.yaml: document 1: a document is expected here"#);
    assert_snapshot!(refused("size: 1\n"), @r#"f.yaml:1:1: document 1: name: required, but missing; add it"#);
    assert_snapshot!(refused("name: 1\n"), @r#"f.yaml:1:7: document 1: name: a string is expected here; put the value in quotes if it is meant as text"#);
    assert_snapshot!(refused("name: yes\n"), @r#"f.yaml:1:7: document 1: name: not every program reads this as the same value; put text in quotes, and write numbers as decimal integers, booleans as `true` or `false`"#);
    assert_snapshot!(refused("name: x\nsize: \"hunter2\"\n"), @r#"f.yaml:2:7: document 1: size: u32 is expected here"#);
    assert_snapshot!(refused("name: x\nsize: -1\n"), @r#"f.yaml:2:7: document 1: size: u32 is expected here"#);
    assert_snapshot!(refused("name: x\nsize: 4294967296\n"), @r#"f.yaml:2:7: document 1: size: u32 is expected here"#);
    assert_snapshot!(refused("name: x\nsize: 1.5\n"), @r#"f.yaml:2:7: document 1: size: not every program reads this as the same value; put text in quotes, and write numbers as decimal integers, booleans as `true` or `false`"#);
    assert_snapshot!(refused("name: x\nsize: 18446744073709551616\n"), @r#"f.yaml:2:7: document 1: size: a number other than a decimal integer of at most 64 bits; write it so, or in quotes if it is text"#);
    assert_snapshot!(refused("name: x\nSize: 1\n"), @r#"f.yaml:2:1: document 1: Size: unknown field (did you mean "size"?); remove it or correct its spelling"#);
    assert_snapshot!(refused("name: x\nfoo: 1\n"), @r#"f.yaml:2:1: document 1: foo: unknown field; remove it or correct its spelling"#);
    assert_snapshot!(refused("name: x\nmode: hunter2\n"), @r#"f.yaml:2:7: document 1: mode: not one of the allowed values: strict, for, in"#);
    assert_snapshot!(refused("name: x\nmode: {in: {}}\n"), @r#"f.yaml:2:12: document 1: mode.in.namespace: required, but missing; add it"#);
    assert_snapshot!(refused("name: x\nmode: {in: {}, for: x}\n"), @r#"f.yaml:2:7: document 1: mode: a map with one key is expected here"#);
    assert_snapshot!(refused("name: x\nitems:\n- {a: b}\n- {a.b: [hunter2]}\n"), @r#"f.yaml:4:9: document 1: items[1][a.b]: a string is expected here"#);
    assert_snapshot!(refused("name: x\nname: y\nsize: &a 1\nitems: *a\n<<: {}\n"), @r#"
    f.yaml:2:1: document 1: name: duplicate key; remove one of the two
    f.yaml:3:10: document 1: size: an anchor (`&`), which has no use here; remove it
    f.yaml:4:8: document 1: items: an alias (`*`), which is not followed here; write the value out
    f.yaml:5:1: document 1: [<<]: a merge key (`<<`), which programs read differently; write the fields out
    "#);
    assert_snapshot!(refused("hunter2\n"), @r#"f.yaml:1:1: document 1: a map is expected here"#);
    assert_snapshot!(refused("name: x\nmode: {in: hunter2}\n"), @"f.yaml:2:12: document 1: mode.in: a map is expected here");
    assert_snapshot!(refused("[hunter2]\n"), @r#"f.yaml:1:1: document 1: a map is expected here"#);
}

#[test]
fn a_caller_can_point_at_a_place() {
    let stream = Stream::read("f.yaml", b"a:\n- {b.c: d}\n").expect("is a stream");
    let document = &stream.documents()[0];
    let problem = |path: &[Step<'_>]| document.problem(path, "is odd".to_owned()).to_string();
    let path = [Step::Key("a"), Step::Index(0), Step::Key("b.c")];
    assert_snapshot!(problem(&path), @r#"f.yaml:2:9: document 1: a[0][b.c]: is odd"#);
    assert_snapshot!(problem(&[Step::Key("a"), Step::Key("x")]), @r#"f.yaml:2:3: document 1: a.x: is odd"#);
    assert_snapshot!(problem(&[]), @r#"f.yaml:1:1: document 1: is odd"#);
}
