//! Every message that a user can meet, word for word. None may hold a value.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "clippy.toml allows these in tests, but not in what tests call"
)]

use bulla_manifest::{Problems, Stream, secret};
use insta::assert_snapshot;

fn text(problems: Option<Problems>) -> String {
    let text = problems.expect("is refused").to_string();
    assert!(!text.contains("hunter"), "a value is in the message");
    text
}

fn stream(source: impl AsRef<[u8]>) -> String {
    text(Stream::read("f.yaml", source.as_ref()).err())
}

fn kind(source: &str) -> String {
    let stream = Stream::read("f.yaml", source.as_bytes()).expect("is a stream");
    text(stream.documents()[0].kind().err())
}

fn secret(source: &str) -> String {
    let stream = Stream::read("f.yaml", source.as_bytes()).expect("is a stream");
    text(secret::read(&stream.documents()[0]).err())
}

fn values(source: &str) -> String {
    let stream = Stream::read("f.yaml", source.as_bytes()).expect("is a stream");
    text(secret::read_values(&stream.documents()[0]).err())
}

fn items(source: &str) -> String {
    let stream = Stream::read("f.yaml", source.as_bytes()).expect("is a stream");
    text(secret::items(&stream.documents()[0]).err())
}

#[test]
fn stream_content_on_a_marker() {
    assert_snapshot!(stream("--- foo\na: b\n"), @r#"f.yaml:1:1: content after `---` on the same line, which kubectl drops; move it to the next line"#);
}

#[test]
fn stream_a_false_marker() {
    assert_snapshot!(stream("---a\n"), @r#"f.yaml:1:1: a line that begins with `---` but does not start a document; indent or quote it"#);
}

#[test]
fn stream_content_after_the_end() {
    assert_snapshot!(stream("a: b\n...\nc: d\n"), @r#"f.yaml:3:1: content after `...`, which kubectl drops; begin a new document with a line `---`"#);
}

#[test]
fn stream_a_directive() {
    assert_snapshot!(stream("%YAML 1.2\n---\na: b\n"), @r#"f.yaml:1:1: document 1: a YAML directive (`%`); remove it"#);
}

#[test]
fn stream_not_utf8() {
    assert_snapshot!(stream(b"a: b\nc: \xff\n"), @r#"f.yaml:2:4: not UTF-8; save the file as UTF-8"#);
}

#[test]
fn stream_nul() {
    assert_snapshot!(stream("a: \u{0}\n"), @r#"f.yaml:1:4: a control character, which YAML does not allow; write it as an escape in double quotes"#);
}

#[test]
fn stream_a_control_character() {
    assert_snapshot!(stream("a: \u{7f}\n"), @r#"f.yaml:1:4: a control character, which YAML does not allow; write it as an escape in double quotes"#);
}

#[test]
fn stream_a_lone_carriage_return() {
    assert_snapshot!(stream("a: b # c\r  d: e\n"), @r#"f.yaml:1:9: document 1: a character that ends a line for some programs and not for others (CR without LF, U+0085, U+2028 or U+2029); remove it, or write it as an escape in double quotes"#);
}

#[test]
fn stream_a_line_separator_in_a_comment() {
    assert_snapshot!(stream("a: b # c\u{2028}d: e\n"), @r#"f.yaml:1:9: document 1: a character that ends a line for some programs and not for others (CR without LF, U+0085, U+2028 or U+2029); remove it, or write it as an escape in double quotes"#);
}

#[test]
fn stream_a_line_separator_on_a_marker() {
    assert_snapshot!(stream("--- # c\u{2028}kind: Secret\n"), @r#"f.yaml:1:8: a character that ends a line for some programs and not for others (CR without LF, U+0085, U+2028 or U+2029); remove it, or write it as an escape in double quotes"#);
}

#[test]
fn stream_a_byte_order_mark_inside() {
    assert_snapshot!(stream("a: b\n---\n\u{feff}c: d\n"), @r#"f.yaml:3:1: document 2: a byte order mark (U+FEFF) inside the file; remove it, or write it as an escape in double quotes"#);
}

#[test]
fn stream_json_objects_in_a_row() {
    assert_snapshot!(stream("{\"a\":1}\n{\"b\":2}\n"), @r#"f.yaml:2:1: document 1: content after the end of the document; put a line `---` between documents"#);
}

#[test]
fn stream_too_deep() {
    assert_snapshot!(stream("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n"), @r#"f.yaml:1:121: document 1: nested more than 120 levels deep; flatten it"#);
}

#[test]
fn stream_syntax_of_several_documents() {
    assert_snapshot!(stream("a: [\n---\nb: \"\n---\nc: d\n---\n\te: f\n"), @r#"
    f.yaml:1:4: document 1: brackets do not match; close every `[` with `]` and every `{` with `}`
    f.yaml:3:4: document 2: a quote is not closed; close it on the same level of indentation
    "#);
}

#[test]
fn stream_syntax_key() {
    assert_snapshot!(stream("a: b: c\n"), @r#"f.yaml:1:5: document 1: a key or `:` is not allowed here; quote the text if `:` is part of it"#);
}

#[test]
fn stream_syntax_after_quote() {
    assert_snapshot!(stream("a: \"b\" c\n"), @r#"f.yaml:1:8: document 1: text after a closing quote; quote the whole value"#);
}

#[test]
fn stream_syntax_escape() {
    assert_snapshot!(stream("a: \"\\q\"\n"), @r#"f.yaml:1:4: document 1: an unknown or incomplete escape in double quotes; write `\\` for a backslash"#);
}

#[test]
fn stream_syntax_separator() {
    assert_snapshot!(stream("{a: b c: d}\n"), @r#"f.yaml:1:8: document 1: a `,` or a closing bracket is missing"#);
}

#[test]
fn stream_syntax_block() {
    assert_snapshot!(stream("a: |0\n  x\n"), @r#"f.yaml:1:4: document 1: a malformed block scalar; indent its lines with spaces, deeper than its key"#);
}

#[test]
fn stream_syntax_list() {
    assert_snapshot!(stream("a: - b\n"), @r#"f.yaml:1:4: document 1: a list item is not allowed here; begin the list on a line of its own"#);
}

#[test]
fn stream_syntax_tag() {
    assert_snapshot!(stream("a: !x!y z\n"), @r#"f.yaml:1:4: document 1: a malformed tag; quote the text if `!` is part of it"#);
}

#[test]
fn stream_syntax_alias() {
    assert_snapshot!(stream("a: *b\n"), @r#"f.yaml:1:4: document 1: an alias without its anchor; quote the text if `*` or `&` is part of it"#);
}

#[test]
fn stream_syntax_character() {
    assert_snapshot!(stream("a: @b\n"), @r#"f.yaml:1:4: document 1: a character that cannot begin a value; quote the text"#);
}

#[test]
fn stream_syntax_indentation() {
    assert_snapshot!(stream("a: b\n  - c\n d: e\n"), @r#"f.yaml:3:3: document 1: a key or `:` is not allowed here; quote the text if `:` is part of it"#);
}

#[test]
fn stream_syntax_comment() {
    assert_snapshot!(stream("a: \"b\"#c\n"), @r#"f.yaml:1:7: document 1: a comment is not allowed here; put white space before `#`, or quote the text"#);
}

#[test]
fn kind_kind_twice() {
    assert_snapshot!(kind("kind: Secret\nkind: Pod\napiVersion: v1\n"), @r#"f.yaml:2:1: document 1: kind: duplicate key; remove one of the two"#);
}

#[test]
fn kind_a_merge_key() {
    assert_snapshot!(kind("<<: {kind: Secret}\n"), @r#"f.yaml:1:1: document 1: a merge key (`<<`), which programs read differently; write the fields out"#);
}

#[test]
fn kind_an_alias_as_key() {
    assert_snapshot!(kind("a: &k kind\n*k : Secret\n"), @r#"f.yaml:2:1: document 1: an alias (`*`), which is not followed here; write the value out"#);
}

#[test]
fn kind_an_alias_as_value() {
    assert_snapshot!(kind("a: &s Secret\nkind: *s\n"), @r#"f.yaml:2:7: document 1: kind: an alias (`*`), which is not followed here; write the value out"#);
}

#[test]
fn kind_a_binary_key() {
    assert_snapshot!(kind("? !!binary a2luZA==\n: Secret\n"), @r#"f.yaml:1:12: document 1: the tag `!!binary`, which programs decode differently; put base64 without a tag under `data:`"#);
}

#[test]
fn kind_a_tagged_kind() {
    assert_snapshot!(kind("kind: !x Secret\n"), @r#"f.yaml:1:10: document 1: kind: a tag (`!`) other than `!!str`; remove it, or quote the text if `!` is part of it"#);
}

#[test]
fn kind_an_alias_as_item() {
    assert_snapshot!(kind("a: &s {kind: Secret}\nkind: List\nitems: [*s]\n"), @r#"f.yaml:3:9: document 1: items[0]: an alias (`*`), which is not followed here; write the value out"#);
}

#[test]
fn kind_no_string() {
    assert_snapshot!(kind("apiVersion:\nkind: Secret\n"), @r#"f.yaml:1:11: document 1: apiVersion: a string is expected here; put the value in quotes if it is meant as text"#);
    assert_snapshot!(kind("apiVersion: v1\nkind: [hunter2]\n"), @r#"f.yaml:2:7: document 1: kind: a string is expected here"#);
    assert_snapshot!(kind("apiVersion: 1\nkind: on\n"), @r#"
    f.yaml:1:13: document 1: apiVersion: a string, not a number, is expected here; put the value in quotes if it is meant as text
    f.yaml:2:7: document 1: kind: not every program reads this as the same string; put it in quotes
    "#);
}

#[test]
fn kind_no_string_in_an_item() {
    // To kubectl, items without a kind: Secrets.
    assert_snapshot!(kind("apiVersion: v1\nkind: SecretList\nitems: [{apiVersion: '', kind: '', stringData: {p: hunter2}}]\n"), @r#"
    f.yaml:3:22: document 1: items[0].apiVersion: a string that is not empty is expected here
    f.yaml:3:32: document 1: items[0].kind: a string that is not empty is expected here
    "#);
    assert_snapshot!(kind("apiVersion: v1\nkind: SecretList\nitems: [{kind: 5, stringData: {p: hunter2}}]\n"), @r#"f.yaml:3:16: document 1: items[0].kind: a string, not a number, is expected here; put the value in quotes if it is meant as text"#);
}

#[test]
fn kind_unterminated() {
    // A Secret to kustomize and PyYAML, not to kubectl.
    assert_snapshot!(kind("apiVersion: v1\nkind: |\n  Secret"), @r#"f.yaml:3:3: document 1: kind: a block scalar at the end of a file without a line break, which programs read differently; end the file with a line break"#);
}

#[test]
fn kind_a_sealed_secret_with_items() {
    assert_snapshot!(kind("apiVersion: bulla.dev/v1alpha1\nkind: SealedSecret\nitems: [{apiVersion: v1, kind: Secret}]\n"), @r#"f.yaml:3:8: document 1: items: unknown field; remove it or correct its spelling"#);
    assert_snapshot!(kind("apiVersion: v1\nkind: List\nitems: [{apiVersion: bulla.dev/v1alpha1, kind: SealedSecret, items: []}]\n"), @r#"f.yaml:3:69: document 1: items[0].items: unknown field; remove it or correct its spelling"#);
}

#[test]
fn kind_keys_that_end_elsewhere() {
    assert_snapshot!(kind("{?kind: Secret, apiVersion: v1}\n"), @r#"f.yaml:1:2: document 1: a key that not every program reads as the same string; put it in quotes"#);
    assert_snapshot!(kind("{kind: Secret, ?apiVersion: v1}\n"), @r#"f.yaml:1:16: document 1: a key that not every program reads as the same string; put it in quotes"#);
    assert_snapshot!(kind("{kind: List, ?items: [{apiVersion: v1, kind: Secret}]}\n"), @r#"f.yaml:1:14: document 1: a key that not every program reads as the same string; put it in quotes"#);
    assert_snapshot!(kind("kind: List\nitems: [{?kind: Secret, apiVersion: v1}]\n"), @r#"f.yaml:2:10: document 1: items[0]: a key that not every program reads as the same string; put it in quotes"#);
    assert_snapshot!(kind("{kind: Pod, password:hunter2}\n"), @r#"f.yaml:1:13: document 1: a key that not every program reads as the same string; put it in quotes"#);
}

#[test]
fn kind_values_that_end_elsewhere() {
    assert_snapshot!(kind("{kind: ?Secret, apiVersion: v1, items: ?a}\n"), @r#"
    f.yaml:1:8: document 1: kind: not every program reads this as the same string; put it in quotes
    f.yaml:1:40: document 1: items: not every program reads this as the same string; put it in quotes
    "#);
}

#[test]
fn secret_a_version_without_a_group() {
    assert_snapshot!(secret("apiVersion: /v1\nkind: Secret\nmetadata: {name: x}\n"), @r#"f.yaml:1:13: document 1: apiVersion: `v1` is expected here"#);
    assert_snapshot!(secret("apiVersion: /\nkind: Secret\nmetadata: {name: x}\n"), @r#"f.yaml:1:13: document 1: apiVersion: `v1` is expected here"#);
}

#[test]
fn secret_a_value_in_a_key() {
    assert_snapshot!(secret("apiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData: {password:hunter2, password:hunter2}\n"), @r#"
    f.yaml:4:14: document 1: stringData[password]: a key that not every program reads as the same string; put it in quotes
    f.yaml:4:32: document 1: stringData[password]: duplicate key; remove one of the two
    f.yaml:4:32: document 1: stringData[password]: a key that not every program reads as the same string; put it in quotes
    "#);
}

#[test]
fn items_a_list_of_another_kind_in_a_list() {
    assert_snapshot!(items("apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: FooList, items: [{apiVersion: /v1, kind: Secret}]}]\n"), @r#"f.yaml:3:9: document 1: items[0]: Secrets in `items` of something that is not a v1 List or SecretList, or in a list within a list; make each a document of its own"#);
}

#[test]
fn items_an_item_without_a_kind_but_a_version() {
    assert_snapshot!(items("apiVersion: v1\nkind: SecretList\nitems: [{apiVersion: v1, metadata: {name: x}}]\n"), @r#"f.yaml:3:9: document 1: items[0].kind: required, but missing; add it"#);
}

#[test]
fn secret_another_kind() {
    assert_snapshot!(secret("kind: Pod\n"), @r#"f.yaml:1:1: document 1: not a v1 Secret; give a document with `apiVersion: v1` and `kind: Secret`"#);
}

#[test]
fn secret_nothing() {
    assert_snapshot!(secret("# c\n"), @r#"f.yaml: document 1: not a v1 Secret; give a document with `apiVersion: v1` and `kind: Secret`"#);
}

#[test]
fn secret_fields_missing() {
    assert_snapshot!(secret("kind: Secret\n"), @r#"
    f.yaml:1:1: document 1: apiVersion: required, but missing; add it
    f.yaml:1:1: document 1: metadata: required, but missing; add it
    "#);
}

#[test]
fn secret_name_missing() {
    assert_snapshot!(secret("apiVersion: v1\nkind: Secret\nmetadata: {}\n"), @r#"f.yaml:3:11: document 1: metadata.name: required, but missing; add it"#);
}

#[test]
fn secret_generated_name() {
    assert_snapshot!(secret("apiVersion: v1\nkind: Secret\nmetadata: {generateName: a-}\n"), @r#"f.yaml:3:11: document 1: metadata: a sealed Secret needs a fixed name, because it is part of what is sealed; set metadata.name instead of generateName"#);
}

#[test]
fn secret_unknown_fields() {
    assert_snapshot!(secret("apiVersion: v1\nkind: Secret\nmetadata: {name: x, Namespace: y, foo: z}\nData: {}\nstringdata: {}\nstatus: {}\n"), @r#"
    f.yaml:3:21: document 1: metadata.Namespace: unknown field (did you mean "namespace"?); remove it or correct its spelling
    f.yaml:3:35: document 1: metadata.foo: unknown field; remove it or correct its spelling
    f.yaml:4:1: document 1: Data: unknown field (did you mean "data"?); remove it or correct its spelling
    f.yaml:5:1: document 1: stringdata: unknown field (did you mean "stringData"?); remove it or correct its spelling
    f.yaml:6:1: document 1: status: unknown field; remove it or correct its spelling
    "#);
}

#[test]
fn secret_wrong_types() {
    assert_snapshot!(secret("apiVersion: v1\nkind: Secret\nmetadata: {name: x}\ndata: [hunter2]\nimmutable: \"true\"\ntype: [hunter2]\n"), @r#"
    f.yaml:4:7: document 1: data: a map is expected here
    f.yaml:5:12: document 1: immutable: `true` or `false` is expected here
    f.yaml:6:7: document 1: type: a string is expected here
    "#);
}

#[test]
fn secret_base64() {
    assert_snapshot!(secret("apiVersion: v1\nkind: Secret\nmetadata: {name: x}\ndata: {a: aHVudGVyMg, b: hunter-2}\n"), @r#"
    f.yaml:4:11: document 1: data[a]: not base64 (standard alphabet, with padding); encode the value, or put it under stringData as it is
    f.yaml:4:26: document 1: data[b]: not base64 (standard alphabet, with padding); encode the value, or put it under stringData as it is
    "#);
}

#[test]
fn secret_duplicates() {
    assert_snapshot!(secret("apiVersion: v1\nkind: Secret\nmetadata: {name: x}\ndata: {a: \"\", a: \"\"}\ndata: {}\n"), @r#"
    f.yaml:4:15: document 1: data[a]: duplicate key; remove one of the two
    f.yaml:5:1: document 1: data: duplicate key; remove one of the two
    "#);
}

#[test]
fn secret_ambiguous_values() {
    assert_snapshot!(secret("apiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData:\n  a: on\n  b: 0400\n  c: 1e3\n  d: 12:30:00\n  e: 2020-01-01\n  f: 1\n  g: {h: i}\n"), @r#"
    f.yaml:5:6: document 1: stringData[a]: not every program reads this as the same string; put it in quotes
    f.yaml:6:6: document 1: stringData[b]: not every program reads this as the same string; put it in quotes
    f.yaml:7:6: document 1: stringData[c]: not every program reads this as the same string; put it in quotes
    f.yaml:8:6: document 1: stringData[d]: not every program reads this as the same string; put it in quotes
    f.yaml:9:6: document 1: stringData[e]: not every program reads this as the same string; put it in quotes
    f.yaml:10:6: document 1: stringData[f]: a string, not a number, is expected here; put the value in quotes if it is meant as text
    f.yaml:11:6: document 1: stringData[g]: a string is expected here
    "#);
}

#[test]
fn secret_ambiguous_keys() {
    assert_snapshot!(secret("apiVersion: v1\nkind: Secret\nmetadata: {name: x}\ndata:\n  on: \"\"\n  1: \"\"\n  ~: \"\"\n  [a]: \"\"\n  <<: \"\"\n"), @r#"
    f.yaml:5:3: document 1: data[on]: a key that not every program reads as the same string; put it in quotes
    f.yaml:6:3: document 1: data[1]: a key that not every program reads as the same string; put it in quotes
    f.yaml:7:3: document 1: data[~]: a key that not every program reads as the same string; put it in quotes
    f.yaml:8:3: document 1: data[]: a key that is not a string; use a string
    f.yaml:9:3: document 1: data[<<]: a merge key (`<<`), which programs read differently; write the fields out
    "#);
}

#[test]
fn secret_flow_scalars() {
    assert_snapshot!(secret("apiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData: {a: b:c, d:}\n"), @r#"
    f.yaml:4:17: document 1: stringData[a]: not every program reads this as the same string; put it in quotes
    f.yaml:4:22: document 1: stringData[d]: a key that not every program reads as the same string; put it in quotes
    "#);
}

#[test]
fn secret_tags() {
    assert_snapshot!(secret("apiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData:\n  a: !!binary aHVudGVyMg==\n  b: !secret hunter2\n  c: !!int 2\n"), @r#"
    f.yaml:5:15: document 1: stringData[a]: the tag `!!binary`, which programs decode differently; put base64 without a tag under `data:`
    f.yaml:6:14: document 1: stringData[b]: a tag (`!`) other than `!!str`; remove it, or quote the text if `!` is part of it
    f.yaml:7:12: document 1: stringData[c]: a tag (`!`) other than `!!str`; remove it, or quote the text if `!` is part of it
    "#);
}

#[test]
fn secret_anchors() {
    assert_snapshot!(secret("apiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData:\n  a: &a hunter2\n  b: *a\n"), @r#"
    f.yaml:5:9: document 1: stringData[a]: an anchor (`&`), which has no use here; remove it
    f.yaml:6:6: document 1: stringData[b]: an alias (`*`), which is not followed here; write the value out
    "#);
}

#[test]
fn secret_unterminated() {
    assert_snapshot!(secret("apiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData:\n  a: |\n    hunter2"), @r#"f.yaml:6:5: document 1: stringData[a]: a block scalar at the end of a file without a line break, which programs read differently; end the file with a line break"#);
}

#[test]
fn secret_folded() {
    assert_snapshot!(secret("apiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData:\n  a: >\n    hunter\n     2\n"), @r#"f.yaml:6:5: document 1: stringData[a]: a folded block scalar (`>`) with further indented lines or empty lines at its end, which programs read differently; use `|` or quotes"#);
}

#[test]
fn secret_line_separator_in_quotes() {
    assert_snapshot!(secret("apiVersion: v1\nkind: Secret\nmetadata: {name: x}\nstringData: {a: \"hunter\u{2028}2\"}\n"), @r#"f.yaml:4:24: document 1: a character that ends a line for some programs and not for others (CR without LF, U+0085, U+2028 or U+2029); remove it, or write it as an escape in double quotes"#);
}

#[test]
fn secret_null_label() {
    assert_snapshot!(secret("apiVersion: v1\nkind: Secret\nmetadata: {name: x, labels: {a: null, b: 1}}\n"), @r#"
    f.yaml:3:33: document 1: metadata.labels[a]: a string is expected here; put the value in quotes if it is meant as text
    f.yaml:3:42: document 1: metadata.labels[b]: a string, not a number, is expected here; put the value in quotes if it is meant as text
    "#);
}

#[test]
fn secret_rule_names() {
    assert_snapshot!(secret("apiVersion: v1\nkind: Secret\nmetadata: {name: A_b, namespace: N.s}\n"), @r#"
    f.yaml:3:18: document 1: metadata.name: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')
    f.yaml:3:34: document 1: metadata.namespace: a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')
    "#);
}

#[test]
fn secret_rule_lengths() {
    assert_snapshot!(secret("apiVersion: v1\nkind: Secret\nmetadata: {name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, namespace: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, labels: {cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc: dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd}}\n"), @r#"
    f.yaml:3:18: document 1: metadata.name: must be no more than 253 characters
    f.yaml:3:285: document 1: metadata.namespace: must be no more than 63 characters
    f.yaml:3:360: document 1: metadata.labels[cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc]: name part must be no more than 63 characters
    f.yaml:3:360: document 1: metadata.labels[cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc]: must be no more than 63 characters
    "#);
}

#[test]
fn secret_rule_labels() {
    assert_snapshot!(secret("apiVersion: v1\nkind: Secret\nmetadata: {name: x, labels: {a/b/c: x, /d: x, A/e: x, f/: x, g: hunter-}, annotations: {A/e: x, h i: x}}\n"), @r#"
    f.yaml:3:30: document 1: metadata.labels[a/b/c]: a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')
    f.yaml:3:40: document 1: metadata.labels[/d]: prefix part must be non-empty
    f.yaml:3:47: document 1: metadata.labels[A/e]: prefix part must be a lowercase RFC 1123 subdomain of at most 253 characters
    f.yaml:3:55: document 1: metadata.labels[f/]: name part must be non-empty
    f.yaml:3:55: document 1: metadata.labels[f/]: name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')
    f.yaml:3:62: document 1: metadata.labels[g]: a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')
    f.yaml:3:97: document 1: metadata.annotations[h i]: name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')
    "#);
}

#[test]
fn secret_rule_keys() {
    assert_snapshot!(secret("apiVersion: v1\nkind: Secret\nmetadata: {name: x}\ndata: {a b: \"\", .: \"\", ..: \"\", ...: \"\", kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk: \"\"}\n"), @r#"
    f.yaml:4:8: document 1: data[a b]: a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')
    f.yaml:4:17: document 1: data[.]: must not be '.'
    f.yaml:4:24: document 1: data[..]: must not be '..'
    f.yaml:4:32: document 1: data[...]: must not start with '..'
    f.yaml:4:41: document 1: data[kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk...]: must be no more than 253 characters
    "#);
}

#[test]
fn secret_types() {
    let of_type = |type_: &str, values: &str| {
        secret(&format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: x}}\ntype: {type_}\n{values}\n"
        ))
    };
    assert_snapshot!(of_type("kubernetes.io/basic-auth", "stringData: {user: hunter}"), @r#"
    f.yaml:5:13: document 1: data[username]: Required value: a Secret of type `kubernetes.io/basic-auth` has `username`, `password` or both
    f.yaml:5:13: document 1: data[password]: Required value: a Secret of type `kubernetes.io/basic-auth` has `username`, `password` or both
    "#);
    assert_snapshot!(of_type("kubernetes.io/ssh-auth", "data: {ssh-privatekey: ''}"), @r#"f.yaml:5:8: document 1: data[ssh-privatekey]: Required value: a Secret of type `kubernetes.io/ssh-auth` has this key, with a value"#);
    assert_snapshot!(of_type("kubernetes.io/tls", "immutable: true"), @r#"
    f.yaml:1:1: document 1: data[tls.crt]: Required value: a Secret of type `kubernetes.io/tls` has this key
    f.yaml:1:1: document 1: data[tls.key]: Required value: a Secret of type `kubernetes.io/tls` has this key
    "#);
    assert_snapshot!(of_type("kubernetes.io/dockercfg", "data: {}"), @r#"f.yaml:5:7: document 1: data[.dockercfg]: Required value: a Secret of type `kubernetes.io/dockercfg` has this key"#);
    assert_snapshot!(of_type("kubernetes.io/dockerconfigjson", "stringData: {a: hunter}"), @r#"f.yaml:5:13: document 1: data[.dockerconfigjson]: Required value: a Secret of type `kubernetes.io/dockerconfigjson` has this key"#);
    assert_snapshot!(of_type("kubernetes.io/service-account-token", "data: {}"), @r#"f.yaml:1:1: document 1: metadata.annotations[kubernetes.io/service-account.name]: Required value: the name of the service account; even so only a token without data is left as it is"#);
    for json in ["hunter2", "[\\\"hunter2\\\"]", "{\\\"hunter\\\":1e999}"] {
        of_type(
            "kubernetes.io/dockercfg",
            &format!("stringData: {{.dockercfg: \"{json}\"}}"),
        );
    }
    assert_snapshot!(of_type("kubernetes.io/dockercfg", "stringData: {.dockercfg: '{\"hunter\":}'}"), @r#"f.yaml:5:14: document 1: data[.dockercfg]: not JSON; the content of a registry's credentials file belongs here as it is"#);
    assert_snapshot!(of_type("kubernetes.io/dockercfg", "stringData: {.dockercfg: '[\"hunter\"]'}"), @r#"f.yaml:5:14: document 1: data[.dockercfg]: JSON, but not an object; the content of a registry's credentials file belongs here as it is"#);
    assert_snapshot!(of_type("kubernetes.io/dockercfg", "stringData: {.dockercfg: '{\"hunter\":1e999}'}"), @r#"f.yaml:5:14: document 1: data[.dockercfg]: JSON with a number that is out of range; the content of a registry's credentials file belongs here as it is"#);
    let deep = format!(
        "stringData: {{.dockercfg: '{{\"hunter\":{}{}}}'}}",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    assert_snapshot!(of_type("kubernetes.io/dockercfg", &deep), @r#"f.yaml:5:14: document 1: data[.dockercfg]: JSON that is nested more than 10000 levels deep; the content of a registry's credentials file belongs here as it is"#);
}

#[test]
fn items_a_secret_without_the_keys_of_its_type() {
    let list = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: x}, type: kubernetes.io/tls, data: {tls.crt: ''}}\n";
    let stream = Stream::read("f.yaml", list.as_bytes()).expect("is a stream");
    let items = secret::items(&stream.documents()[0]).expect("is a list");
    assert_snapshot!(text(items[0].secret().err()), @r#"f.yaml:4:86: document 1: items[0].data[tls.key]: Required value: a Secret of type `kubernetes.io/tls` has this key"#);
}

#[test]
fn items_another_kind() {
    assert_snapshot!(items("apiVersion: v1\nkind: FooList\nitems: [{apiVersion: v1, kind: Secret}]\n"), @r#"f.yaml:1:1: document 1: Secrets in `items` of something that is not a v1 List or SecretList, or in a list within a list; make each a document of its own"#);
}

#[test]
fn items_a_list_in_a_list() {
    assert_snapshot!(items("apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Secret}]}]\n"), @r#"f.yaml:3:9: document 1: items[0]: Secrets in `items` of something that is not a v1 List or SecretList, or in a list within a list; make each a document of its own"#);
}

#[test]
fn items_an_item_without_a_kind() {
    assert_snapshot!(items("apiVersion: v1\nkind: SecretList\nitems: [{metadata: {name: x}}]\n"), @r#"f.yaml:3:9: document 1: items[0].kind: required, but missing; add it"#);
}

#[test]
fn items_aliases_between_items() {
    assert_snapshot!(items("apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  a: &x y\n- apiVersion: v1\n  kind: Pod\n  a: *x\n"), @r#"f.yaml:7:3: document 1: items[1]: this item cannot be cut out of its list unchanged; make it a document of its own"#);
}

#[test]
fn items_an_under_indented_item() {
    assert_snapshot!(items("apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  data: {a:\n \"\"}\n"), @r#"f.yaml:4:3: document 1: items[0]: this item cannot be cut out of its list unchanged; make it a document of its own"#);
}

#[test]
fn items_a_marker_without_its_indentation() {
    assert_snapshot!(items("apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  ---a: b\n"), @r#"f.yaml:4:3: document 1: items[0]: this item cannot be cut out of its list unchanged; make it a document of its own"#);
}

#[test]
fn values_alone() {
    assert_snapshot!(values("data: {a: aHVudGVy}\nstringData:\n  a: hunter\n"), @"f.yaml:3:3: document 1: stringData[a]: under `data`, too; remove one of the two");
    assert_snapshot!(values("kind: Secret\nstringData: {a: hunter}\n"), @"f.yaml:1:1: document 1: kind: unknown field; remove it or correct its spelling");
    assert_snapshot!(values("stringData: {'a b': hunter}\n"), @"f.yaml:1:14: document 1: data[a b]: a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')");
    assert_snapshot!(values("[hunter]\n"), @"f.yaml:1:1: document 1: a map is expected here");
}
