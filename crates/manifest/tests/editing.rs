//! Changing files in place.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "clippy.toml allows these in tests, but not in what tests call"
)]

use bulla_manifest::Step::{Index, Key};
use bulla_manifest::edit::Editor;
use bulla_manifest::{Step, Stream, typed};
use proptest::prelude::*;
use serde_json::{Value, json};

type Done = Result<(), bulla_manifest::Problems>;

fn edited(text: &str, change: impl FnOnce(&mut Editor) -> Done) -> String {
    let mut editor = Editor::new("f.yaml", text);
    change(&mut editor).unwrap_or_else(|problem| panic!("{problem}\n{text}"));
    editor.into_text()
}

fn refused(text: &str, change: impl FnOnce(&mut Editor) -> Done) -> String {
    let mut editor = Editor::new("f.yaml", text);
    let problem = change(&mut editor).expect_err("is refused").to_string();
    assert_eq!(editor.text(), text);
    problem
}

#[test]
fn a_scalar_changes_and_nothing_around_it() {
    let text = "# top\r\nspec:   # the spec\r\n    secretName: 'old'   # ours\r\n    # end\r\n";
    let new = edited(text, |e| e.set(1, &[Key("spec"), Key("secretName")], "new"));
    assert_eq!(new, text.replace("'old'", "new"));
    let new = edited(text, |e| e.set(1, &[Key("spec"), Key("secretName")], "on"));
    assert_eq!(new, text.replace("'old'", "\"on\""));
}

#[test]
fn an_envelope_is_added_behind_the_last_one() {
    let text = "spec:\n  envelopes:\n    - format: 1 # first\n      age: |\n        a\n        b\n\n    # more?\nstatus: {}\n";
    let new = edited(text, |e| {
        let envelope = json!({"age": "x\ny\n", "items": {"k": "v"}});
        e.append(1, &[Key("spec"), Key("envelopes")], &[envelope])
    });
    assert_eq!(
        new,
        "spec:\n  envelopes:\n    - format: 1 # first\n      age: |\n        a\n        b\n    - age: |\n        x\n        y\n      items:\n        k: v\n\n    # more?\nstatus: {}\n"
    );
}

#[test]
fn an_item_is_taken_out_with_its_line() {
    let text = "e:\n- items:\n    a: x # about a\n    # about b\n    b: |\n      y\n\n    c: z\n";
    let path = |key| [Key("e"), Index(0), Key("items"), Key(key)];
    let new = edited(text, |e| e.remove(1, &path("b")));
    assert_eq!(
        new,
        "e:\n- items:\n    a: x # about a\n    # about b\n\n    c: z\n"
    );
    let new = edited(&new, |e| e.remove(1, &path("a")));
    let new = edited(&new, |e| e.remove(1, &path("c")));
    assert_eq!(new, "e:\n- items: {}\n    # about b\n\n");
}

#[test]
fn the_first_key_behind_a_dash_makes_room_for_the_next() {
    let text = "- a: 1 # one\n  b: 2\n- a: 1\n  # two\n  b: 2\n";
    let new = edited(text, |e| e.remove(1, &[Index(0), Key("a")]));
    assert_eq!(new, "- b: 2\n- a: 1\n  # two\n  b: 2\n");
    let new = edited(&new, |e| e.remove(1, &[Index(1), Key("a")]));
    assert_eq!(new, "- b: 2\n-\n  # two\n  b: 2\n");
}

#[test]
fn brackets_stay_brackets() {
    let text = "resources: [a.yaml, b.yaml, ] # mine\n";
    let new = edited(text, |e| {
        e.append(1, &[Key("resources")], &["c.yaml", "on"])
    });
    assert_eq!(
        new,
        "resources: [a.yaml, b.yaml, c.yaml, \"on\", ] # mine\n"
    );
    let new = edited(&new, |e| e.remove(1, &[Key("resources"), Index(0)]));
    assert_eq!(new, "resources: [b.yaml, c.yaml, \"on\", ] # mine\n");
    let new = edited(&new, |e| e.remove(1, &[Key("resources"), Index(2)]));
    assert_eq!(new, "resources: [b.yaml, c.yaml, ] # mine\n");
    let map = edited("{a: 1}\n", |e| e.set(1, &[Key("b")], &json!({"c": [1]})));
    assert_eq!(map, "{a: 1, b: {\"c\":[1]}}\n");
    let map = edited(&map, |e| e.remove(1, &[Key("a")]));
    assert_eq!(map, "{b: {\"c\":[1]}}\n");
}

#[test]
fn a_missing_or_empty_list_comes_to_be() {
    for (text, new) in [
        ("a: 1\n", "a: 1\nr:\n- x\n"),
        ("r:\na: 1\n", "r:\n- x\na: 1\n"),
        ("r: # none\na: 1\n", "r: # none\n- x\na: 1\n"),
        ("r: [] # none\na: 1\n", "r: # none\n- x\na: 1\n"),
        ("# nothing yet\n", "# nothing yet\nr:\n- x\n"),
        ("", "r:\n- x\n"),
        ("a: 1", "a: 1\nr:\n- x\n"),
        ("---\na: 1\n---\nb: 2\n", "---\na: 1\nr:\n- x\n---\nb: 2\n"),
    ] {
        assert_eq!(edited(text, |e| e.append(1, &[Key("r")], &["x"])), new);
    }
}

#[test]
fn one_kind_of_value_gives_way_to_another() {
    for (text, new) in [
        ("k: v # c\nz: 1\n", "k: # c\n  a: 1\nz: 1\n"),
        ("k: |- # c\n  v\n\nz: 1\n", "k: # c\n  a: 1\n\nz: 1\n"),
        (
            "k: # c\n# d\n- x # e\n# f\n- y\nz: 1\n",
            "k: # c\n  a: 1\nz: 1\n",
        ),
        ("k:\n  - x\nz: 1\n", "k:\n  a: 1\nz: 1\n"),
        ("k: {x: [1,\n  2]} # c\nz: 1\n", "k: # c\n  a: 1\nz: 1\n"),
    ] {
        assert_eq!(
            edited(text, |e| e.set(1, &[Key("k")], &json!({"a": 1}))),
            new
        );
    }
    let new = edited("k:\n  a: 1\nz: 1\n", |e| e.set(1, &[Key("k")], "x\ny\n"));
    assert_eq!(new, "k: |\n  x\n  y\nz: 1\n");
    let new = edited("- - a\n  - b # c\n- d\n", |e| {
        e.set(1, &[Index(0)], &json!({"k": 1}))
    });
    assert_eq!(new, "- k: 1 # c\n- d\n");
}

#[test]
fn what_cannot_be_changed_in_place_is_refused_and_left() {
    let remove = |path: &'static [Step<'static>]| move |e: &mut Editor| e.remove(1, path);
    insta::assert_snapshot!(
        [
            refused("a: &x 1\n", remove(&[Key("a")])),
            refused("a: &x {b: 1}\nc: *x\n", remove(&[Key("a"), Key("b")])),
            refused("a: 1\na: 2\n", remove(&[Key("a")])),
            refused("a: 1\n", remove(&[Key("b")])),
            refused("a: 1\n", remove(&[])),
            refused("a: 1\n", |e| e.remove(2, &[Key("a")])),
            refused("a: [b, # c\n d]\n", remove(&[Key("a"), Index(0)])),
            refused("a: 1\n", |e| e.append(1, &[Key("a")], &["b"])),
            refused("a: 1\n", |e| e.set(1, &[Key("b"), Key("c")], "d")),
            refused("a: 1\n", |e| e.set(1, &[Key("b")], &1.5)),
            refused("a:\n  b\n", |e| e.set(1, &[Key("a")], "c")),
            refused("? a\n: b\n", |e| e.set(1, &[Key("a")], "c")),
            // The comment would become a line of the text.
            refused("a:\n- b\n    # c\n", |e| e.set(1, &[Key("a")], "d\ne\n")),
        ]
        .join("\n"),
        @r"
    f.yaml:1:7: document 1: a: an anchor or a tag, whose meaning a change could move; write the value without it
    f.yaml:1:11: document 1: a.b: an anchor or a tag, whose meaning a change could move; write the value without it
    f.yaml:1:4: document 1: a: duplicate key; remove one of the two
    f.yaml:1:1: document 1: b: there is nothing at this place; add what it belongs to first
    f.yaml:1:1: document 1: a document as a whole is not changed in place; write a new file
    f.yaml: document 2: there is no such document
    f.yaml:1:5: document 1: a[0]: there are comments between the brackets; write it as a plain block, one key or item to a line
    f.yaml:1:4: document 1: a: not a list; make it one
    f.yaml:1:1: document 1: b.c: there is nothing at this place; add what it belongs to first
    f.yaml:1:1: document 1: b: only maps with string keys, lists, strings, booleans and integers can be written
    f.yaml:2:3: document 1: a: cannot be changed in place in the way it is laid out; write it as a plain block, one key or item to a line, or change it by hand
    f.yaml:2:3: document 1: a: cannot be changed in place in the way it is laid out; write it as a plain block, one key or item to a line, or change it by hand
    f.yaml:2:3: document 1: a: cannot be changed in place in the way it is laid out; write it as a plain block, one key or item to a line, or change it by hand
    "
    );
}

/// A line of a generated file, and the paths of the nodes that it belongs to: changing any of
/// them, or what they are in, may change the line.
struct Line {
    text: String,
    owner: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Key(String),
    Index(usize),
}

/// Writes a tree with comments everywhere, in a layout that the choices decide.
struct Layout<'c> {
    lines: Vec<Line>,
    choices: &'c [u8],
    at: usize,
}

impl Layout<'_> {
    fn choose(&mut self, below: u8) -> u8 {
        self.at += 1;
        self.choices[self.at % self.choices.len()] % below
    }

    fn line(&mut self, text: &str, owner: &[Part]) {
        let comment = match self.choose(3) {
            0 => format!(" # {}", self.lines.len()),
            _ => String::new(),
        };
        let text = format!("{text}{comment}");
        let owner = owner.to_vec();
        self.lines.push(Line { text, owner });
    }

    fn comment(&mut self, indent: usize, owner: &[Part]) {
        let text = match self.choose(4) {
            0 => format!("{}# note {}: [x", " ".repeat(indent), self.lines.len()),
            1 => String::new(),
            _ => return,
        };
        let owner = owner.to_vec();
        self.lines.push(Line { text, owner });
    }

    fn scalar(value: &Value) -> String {
        match value {
            Value::String(text) => format!("{text:?}"),
            other => other.to_string(),
        }
    }

    fn tree(&mut self, head: &str, indent: usize, value: &Value, path: &mut Vec<Part>) {
        let space = if head.trim().is_empty() { "" } else { " " };
        match value {
            Value::Object(map) if !map.is_empty() && self.choose(5) > 0 => {
                let dash = head.trim_end().ends_with('-') && self.choose(3) > 0;
                if !dash && !head.is_empty() {
                    self.line(head, path);
                }
                let indent = match (head.is_empty(), dash) {
                    (true, _) => indent,
                    (_, true) => head.len() + 1,
                    _ => indent + 1 + usize::from(self.choose(3)),
                };
                for (index, (key, value)) in map.iter().enumerate() {
                    let first = dash && index == 0;
                    if !first {
                        self.comment(indent, path);
                    }
                    let before = if first {
                        format!("{head} ")
                    } else {
                        " ".repeat(indent)
                    };
                    path.push(Part::Key(key.clone()));
                    self.tree(&format!("{before}{key}:"), indent, value, path);
                    path.pop();
                }
            }
            Value::Array(items) if !items.is_empty() && self.choose(5) > 0 => {
                let dash = head.trim_end().ends_with('-') && self.choose(2) > 0;
                if !dash && !head.is_empty() {
                    self.line(head, path);
                }
                let key = head.ends_with(':');
                let indent = match (head.is_empty(), dash) {
                    (true, _) => indent,
                    (_, true) => head.len() + 1,
                    _ if key => indent + usize::from(self.choose(3)),
                    _ => indent + 1 + usize::from(self.choose(3)),
                };
                for (index, value) in items.iter().enumerate() {
                    let first = dash && index == 0;
                    if !first {
                        self.comment(indent, path);
                    }
                    let before = if first {
                        format!("{head} ")
                    } else {
                        " ".repeat(indent)
                    };
                    path.push(Part::Index(index));
                    self.tree(&format!("{before}-"), indent, value, path);
                    path.pop();
                }
            }
            Value::String(text) if !head.is_empty() && text.ends_with('\n') => {
                self.line(&format!("{head} |"), path);
                for line in text.lines() {
                    let text = format!("{}{line}", " ".repeat(indent + 2));
                    let owner = path.clone();
                    self.lines.push(Line { text, owner });
                }
            }
            other => self.line(&format!("{head}{space}{}", Self::scalar(other)), path),
        }
    }
}

fn tree() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "a", "b", "on", "x y", "é", "- z", "#", "", "k: v", "l\nm\n", "n\n",
    ]);
    let leaf = prop_oneof![
        5 => word.prop_map(Value::from),
        1 => any::<u8>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let key = prop::sample::select(vec!["alpha", "beta", "gamma.x", "d-e"]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.prop_map(str::to_owned), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Every place in a tree.
fn places(value: &Value, path: &mut Vec<Part>, out: &mut Vec<Vec<Part>>) {
    out.push(path.clone());
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                path.push(Part::Key(key.clone()));
                places(value, path, out);
                path.pop();
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                path.push(Part::Index(index));
                places(value, path, out);
                path.pop();
            }
        }
        _ => {}
    }
}

fn at<'v>(value: &'v mut Value, path: &[Part]) -> &'v mut Value {
    path.iter().fold(value, |value, part| match part {
        Part::Key(key) => &mut value[key.as_str()],
        Part::Index(index) => &mut value[*index],
    })
}

fn steps(path: &[Part]) -> Vec<Step<'_>> {
    path.iter()
        .map(|part| match part {
            Part::Key(key) => Key(key),
            Part::Index(index) => Index(*index),
        })
        .collect()
}

fn read(text: &str) -> Value {
    let stream = Stream::read("f", text.as_bytes()).unwrap_or_else(|p| panic!("{p}\n{text}"));
    typed::from_document(&stream.documents()[1]).unwrap_or_else(|p| panic!("{p}\n{text}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]
    #[test]
    fn a_change_changes_what_it_names_and_no_other_line(
        value in tree(),
        new in tree(),
        choices in prop::collection::vec(any::<u8>(), 1..40),
        place in any::<prop::sample::Index>(),
        kind in 0..4u8,
        crlf in any::<bool>(),
    ) {
        let mut layout = Layout { lines: Vec::new(), choices: &choices, at: 0 };
        layout.tree("", 0, &value, &mut Vec::new());
        let line_break = if crlf { "\r\n" } else { "\n" };
        let body: Vec<&str> = layout.lines.iter().map(|line| line.text.as_str()).collect();
        let text = format!("# one{line_break}a: b{line_break}---{line_break}{}{line_break}---{line_break}c: d # three{line_break}", body.join(line_break));
        prop_assert_eq!(&read(&text), &value, "{}", text);

        let mut all = Vec::new();
        places(&value, &mut Vec::new(), &mut all);
        let mut path = all[place.index(all.len())].clone();
        let mut meant = value.clone();
        let mut editor = Editor::new("f", &text);
        let target = at(&mut meant, &path);
        let done = match kind {
            0 => {
                *target = new.clone();
                editor.set(2, &steps(&path), &new)
            }
            1 if target.is_object() => {
                target["new"] = new.clone();
                path.push(Part::Key("new".to_owned()));
                editor.set(2, &steps(&path), &new)
            }
            2 if target.is_array() => {
                let list = target.as_array_mut().expect("a list");
                list.push(new.clone());
                list.push(Value::from("x"));
                let index = list.len();
                let done = editor.append(2, &steps(&path), &[new, Value::from("x")]);
                path.push(Part::Index(index));
                done
            }
            3 if !path.is_empty() => {
                let (last, above) = path.split_last().expect("not the root");
                match (at(&mut meant, above), last) {
                    (Value::Object(map), Part::Key(key)) => { map.remove(key); }
                    (Value::Array(list), Part::Index(index)) => { list.remove(*index); }
                    _ => unreachable!(),
                }
                editor.remove(2, &steps(&path))
            }
            _ => return Ok(()),
        };
        if let Err(problem) = done {
            // A whole document is not replaced; everything else in this layout can be done.
            let shown = problem.to_string();
            let known = path.is_empty() || shown.contains("between the brackets");
            prop_assert!(known, "{} at {:?}, kind {}\n{}", shown, path, kind, text);
            return Ok(());
        }
        let after = editor.into_text();
        prop_assert_eq!(read(&after), meant, "{}\n=>\n{}", text, after);
        let start = format!("# one{line_break}a: b{line_break}---{line_break}");
        prop_assert!(after.starts_with(&start));
        let end = format!("---{line_break}c: d # three{line_break}");
        prop_assert!(after.ends_with(&end));
        let is_crlf = |text: &str| text.matches('\n').count() == text.matches("\r\n").count();
        prop_assert!(!crlf || is_crlf(&after));

        // Lines that belong to nothing that was changed are all there, in order. Of the node
        // around the place, the line with the key or dash may change.
        let mut rest = after.lines();
        for line in &layout.lines {
            let touched = line.owner.starts_with(&path)
                || path.starts_with(&line.owner) && shares_line(line, &path, &value);
            if !touched {
                // What stood behind a dash makes room for the next: that line moves up.
                let moved = |text: &str| text.trim_start_matches([' ', '-']).to_owned();
                prop_assert!(
                    rest.any(|other| other == line.text || kind == 3 && moved(other) == moved(&line.text)),
                    "lost {:?}, changing {:?} by {}\n{}\n=>\n{}", line.text, path, kind, text, after
                );
            }
        }
    }
}

/// Whether a line of something around the place can hold a part of it: it is not a comment, or
/// all that it is in becomes empty or was written in brackets.
fn shares_line(line: &Line, path: &[Part], value: &Value) -> bool {
    let mut value = value.clone();
    let above = &path[..path.len().saturating_sub(1)];
    let single = match at(&mut value, above) {
        Value::Object(map) => map.len() <= 1,
        Value::Array(list) => list.len() <= 1,
        _ => true,
    };
    single || !line.text.trim_start().starts_with('#') && !line.text.is_empty()
}
