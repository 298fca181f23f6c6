//! A thousand random changes of files that people have commented: every byte that the change does
//! not concern stays, and kubectl reads what was meant.

use std::collections::{BTreeMap, BTreeSet};

use bulla_tests::peers::kubectl;
use data_encoding::BASE64;
use fastrand::Rng;
use serde_json::{Value, json};

use crate::desk::{Desk, says};
use crate::support::printed;

const FILES: usize = 50;
const ROUNDS: usize = 20;

/// Few, so that changes meet; some that YAML could take for something else.
const KEYS: [&str; 9] = [
    "on", "y", "1", "null", "0400", "a.b", "password", "token-x", "_",
];

/// Documents that are none of bulla's.
const OTHERS: [&str; 3] = [
    "# not ours\nkind: ConfigMap # at all\napiVersion: v1\nmetadata: {name: c}\n\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  a: |\n    # text\n      b\n",
    "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {\"name\": \"c\"}}\n",
];

/// A file, and what it is meant to hold.
struct Meant {
    name: String,
    values: BTreeMap<String, Vec<u8>>,
    is_for_other: bool,
}

/// What a change may touch.
enum Concerned {
    Items(BTreeSet<String>),
    Wrapping,
}

#[test]
fn a_thousand_changes_touch_nothing_else_and_read_as_meant() {
    let desk = Desk::new();
    desk.prints(["keygen", "other.txt"]);
    let other = desk
        .prints(["keygen", "--public", "other.txt"])
        .trim()
        .to_owned();
    let mut random = Rng::with_seed(20_261_122);
    let mut files: Vec<Meant> = (0..FILES)
        .map(|n| new_file(&desk, &mut random, n))
        .collect();
    for round in 0..ROUNDS {
        for file in &mut files {
            let path = format!("tree/{}.sealed.yaml", file.name);
            let before = comment(&desk.read(&path), &mut random);
            desk.write(&path, &before);
            let (said, concerned) = change(&desk, &mut random, file, &path, &other);
            let what = format!("round {round}: {path}: {said}");
            assert_kept(&before, &desk.read(&path), &concerned, &what);
        }
        assert_reads_as_meant(&desk, &files, round);
    }
}

fn new_file(desk: &Desk, random: &mut Rng, n: usize) -> Meant {
    let mut file = Meant {
        name: format!("db-{n}"),
        values: BTreeMap::new(),
        is_for_other: false,
    };
    for _ in 0..random.usize(1..6) {
        file.values.insert(key(random), bytes(random));
    }
    let sealed = desk.seal(&manifest(&file.name, &file.values));
    let mut documents = vec![sealed];
    for _ in 0..random.usize(0..3) {
        let at = random.usize(0..=documents.len());
        documents.insert(at, random.choice(OTHERS).unwrap().to_owned());
    }
    let mut text = documents.join("--- # next\n");
    if random.bool() {
        text = text.replace('\n', "\r\n");
    }
    desk.write(&format!("tree/{}.sealed.yaml", file.name), text);
    file
}

fn key(random: &mut Rng) -> String {
    random.choice(KEYS).unwrap().to_owned()
}

fn bytes(random: &mut Rng) -> Vec<u8> {
    let len = random.usize(0..100);
    (0..len).map(|_| random.u8(..)).collect()
}

fn manifest(name: &str, values: &BTreeMap<String, Vec<u8>>) -> String {
    let data: serde_json::Map<String, Value> = values
        .iter()
        .map(|(key, value)| (key.clone(), BASE64.encode(value).into()))
        .collect();
    let metadata = json!({"name": name, "namespace": "shop"});
    json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data}).to_string()
}

/// A person at work: a comment behind some line, or above it. Not within what is text to the last
/// space.
fn comment(text: &str, random: &mut Rng) -> String {
    let mut in_block: Option<usize> = None;
    let mut commented = String::new();
    for line in text.split_inclusive('\n') {
        let content = line.trim_end();
        let indent = content.len() - content.trim_start().len();
        if in_block.is_some_and(|block| indent > block || content.is_empty()) {
            commented.push_str(line);
            continue;
        }
        let (spaces, end) = (&content[..indent], &line[content.len()..]);
        in_block = content.ends_with('|').then_some(indent);
        match random.u8(..100) {
            0..2 if !content.starts_with("---") => {
                commented.push_str(&format!("{spaces}# above {}{end}{line}", random.u16(..)));
            }
            2..4 if in_block.is_none() && !content.is_empty() => {
                commented.push_str(&format!("{content} # behind {}{end}", random.u16(..)));
            }
            _ => commented.push_str(line),
        }
    }
    commented
}

/// Changes a file in one of the ways that there are, in truth and as it is meant.
fn change(
    desk: &Desk,
    random: &mut Rng,
    file: &mut Meant,
    path: &str,
    other: &str,
) -> (String, Concerned) {
    let to = ["-R", "recipients.txt"];
    let mut concerned = BTreeSet::new();
    let arguments = match random.u8(..10) {
        0..3 => {
            let (key, value) = (key(random), bytes(random));
            concerned.insert(key.clone());
            desk.write("value", &value);
            file.values.insert(key.clone(), value);
            vec![
                "set".to_owned(),
                path.into(),
                key,
                "--from-file=value".into(),
            ]
        }
        3..6 if file.values.len() > 1 => {
            let keys: Vec<_> = file.values.keys().cloned().collect();
            let key = random.choice(keys).unwrap();
            file.values.remove(&key);
            concerned.insert(key.clone());
            vec!["set".to_owned(), path.into(), format!("--remove={key}")]
        }
        6..8 => {
            let sign = if file.is_for_other {
                "--remove"
            } else {
                "--add"
            };
            file.is_for_other = !file.is_for_other;
            let rewrap = ["rewrap", path, sign, other, "-i", "key.txt"];
            let said = desk.says(rewrap, "");
            assert!(said.succeeded(), "{rewrap:?}: {}", said.stderr);
            return (format!("{rewrap:?}"), Concerned::Wrapping);
        }
        _ => {
            let keys = 0..random.usize(1..4);
            let new: BTreeMap<_, _> = keys.map(|_| (key(random), bytes(random))).collect();
            desk.write("manifest", manifest(&file.name, &new));
            concerned.extend(new.keys().cloned());
            file.values.extend(new);
            vec![
                "seal".to_owned(),
                "manifest".into(),
                "--into".into(),
                path.into(),
            ]
        }
    };
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).chain(to).collect();
    let said = desk.says(&arguments, "");
    assert!(said.succeeded(), "{arguments:?}: {}", said.stderr);
    // What is new is for `recipients.txt` alone.
    file.is_for_other &= arguments[0] == "set" && said.stderr.contains("nothing");
    (format!("{arguments:?}"), Concerned::Items(concerned))
}

/// All lines that the change does not concern are there, in their order, line breaks included; and
/// what stands behind the name still does.
#[track_caller]
fn assert_kept(before: &str, after: &str, concerned: &Concerned, what: &str) {
    let lines: Vec<&str> = before.split_inclusive('\n').collect();
    let may_go = may_go(&lines, concerned);
    let mut rest = after.split_inclusive('\n');
    for (line, may_go) in lines.iter().zip(may_go) {
        if !may_go {
            let is_there = rest.by_ref().any(|other| other == *line);
            assert!(
                is_there,
                "{what}: {line:?} is gone or elsewhere\n{before}\n{after}"
            );
        }
    }
    let behind = |text: &str| {
        let line = text
            .lines()
            .find(|line| line.trim_start().starts_with("secretName: "));
        line.and_then(|line| line.split_once(" #"))
            .map(|(_, comment)| comment.to_owned())
    };
    assert_eq!(behind(before), behind(after), "{what}");
    let crlf = before.contains("\r\n");
    let breaks = after.matches('\n').count();
    assert_eq!(
        after.matches("\r\n").count(),
        if crlf { breaks } else { 0 },
        "{what}"
    );
}

/// For each line whether the change may take it away: the name, the items, envelopes all of whose
/// items go, and with a rewrap what is wrapped.
fn may_go(lines: &[&str], concerned: &Concerned) -> Vec<bool> {
    let mut may_go = vec![false; lines.len()];
    let is_envelope = |line: &&str| line.starts_with("  - format:");
    let first = lines.iter().position(is_envelope).unwrap();
    let name = lines
        .iter()
        .position(|line| line.starts_with("  secretName:"));
    may_go[name.unwrap()] = matches!(concerned, Concerned::Items(_));
    // Until something is indented less.
    let is_within = |line: &&str| line.starts_with("  ") || line.trim().is_empty();
    let len = lines[first..].iter().position(|line| !is_within(line));
    let end = len.map_or(lines.len(), |len| first + len);
    let starts: Vec<usize> = (first..end).filter(|&at| is_envelope(&lines[at])).collect();
    for (index, &start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(end);
        let items = (start..end)
            .find(|&at| lines[at].starts_with("    items:"))
            .unwrap();
        match concerned {
            Concerned::Wrapping => {
                let is_wrapping =
                    |line: &str| line.starts_with("    - age1") || line.starts_with("      ");
                for at in start..items {
                    may_go[at] = is_wrapping(lines[at]);
                }
            }
            Concerned::Items(keys) => {
                let is_item =
                    |line: &str| line.starts_with("      ") && !line.trim().starts_with('#');
                let goes = |line: &str| {
                    let key = line.trim().split(": ").next().unwrap();
                    keys.contains(key.trim_matches(['"', '\'']))
                };
                let all: Vec<usize> = (items..end).filter(|&at| is_item(lines[at])).collect();
                all.iter().for_each(|&at| may_go[at] = goes(lines[at]));
                if all.iter().all(|&at| may_go[at]) {
                    may_go[start..end].fill(true);
                }
            }
        }
    }
    may_go
}

/// One kubectl reads all files; what it read is opened.
fn assert_reads_as_meant(desk: &Desk, files: &[Meant], round: usize) {
    let label = [
        "label",
        "--local",
        "-f",
        "tree",
        "read-by=kubectl",
        "-o",
        "json",
    ];
    let read = printed(desk.command(kubectl()).args(label));
    let read: Vec<Value> = serde_json::Deserializer::from_str(&read)
        .into_iter()
        .collect::<Result<_, _>>()
        .unwrap();
    let sealed = read
        .iter()
        .filter(|object| object["kind"] == "SealedSecret");
    let sealed: Vec<String> = sealed.map(ToString::to_string).collect();
    assert_eq!(sealed.len(), files.len());
    let mut open = desk.bulla(["open", "-i", "key.txt", "-o", "json"]);
    let opened = says(&mut open, sealed.join("\n---\n")).printed();
    let opened: Vec<Value> = serde_json::Deserializer::from_str(&opened)
        .into_iter()
        .collect::<Result<_, _>>()
        .unwrap();
    for file in files {
        let is_its =
            |secret: &&Value| secret["metadata"]["labels"]["bulla.dev/sealed-secret"] == *file.name;
        let secret = opened.iter().find(is_its).unwrap();
        let meant = manifest(&file.name, &file.values);
        let meant: Value = serde_json::from_str(&meant).unwrap();
        assert_eq!(
            secret["data"], meant["data"],
            "round {round}: {}",
            file.name
        );
    }
}
