//! Changing a file that a person has commented: only what must change does, and what is written
//! reads as what was meant.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test may panic"
)]

use std::collections::{BTreeMap, BTreeSet};

use bulla_envelope::{Identity, Recipients};
use bulla_manifest::Stream;
use bulla_manifest::edit::Editor;
use bulla_manifest::secret::Secret;
use bulla_plaintext::Plaintext;
use bulla_sealing::{Content, Scope, SealedFile, Target, seal, write_changes};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;

fn plaintexts(values: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Plaintext> {
    let values = values.iter();
    values
        .map(|(key, value)| (key.clone(), Plaintext::from(value.clone())))
        .collect()
}

fn to(identities: &[&Identity]) -> Recipients {
    Recipients::new(
        identities
            .iter()
            .map(|identity| identity.to_recipient().unwrap()),
    )
    .unwrap()
}

/// A sealed file with a comment behind or above every line.
fn commented(values: &BTreeMap<String, Vec<u8>>, recipients: &Recipients) -> String {
    let secret = Secret {
        name: "db".into(),
        namespace: Some("shop".into()),
        type_: "Opaque".into(),
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
        immutable: None,
        data: plaintexts(values),
    };
    let target = Target {
        scope: Scope::Strict,
        ..Target::default()
    };
    let sealed = seal(&secret, &target, recipients).unwrap();
    let yaml = sealed.file.to_yaml().unwrap();
    let mut in_armor = false;
    let lines = yaml.lines().map(|line| {
        in_armor |= line.contains("age: |");
        let commented = match in_armor {
            true => format!("{line}\n"),
            false => format!("{line} # of {}\n", line.trim().len()),
        };
        in_armor &= !line.contains("-----END");
        commented
    });
    lines.collect()
}

fn read(text: &str) -> (SealedFile, Content) {
    let stream = Stream::read("db.sealed.yaml", text.as_bytes()).unwrap();
    let file = SealedFile::read(&stream.documents()[0]).unwrap();
    let content = Content::parse(&file.spec).unwrap();
    (file, content)
}

fn write(text: &str, file: &SealedFile, content: &Content) -> String {
    let mut editor = Editor::new("db.sealed.yaml", text);
    write_changes(&mut editor, 1, &file.spec, content).unwrap();
    editor.into_text()
}

fn open(text: &str, identity: &Identity) -> BTreeMap<String, Vec<u8>> {
    let (file, content) = read(text);
    let secret = content.open(
        &file.metadata.name,
        file.metadata.namespace.as_deref(),
        std::slice::from_ref(identity),
        false,
    );
    let secret = secret.expect("opens in its place, under its name");
    let values = secret.values().iter();
    values
        .map(|(key, value)| (key.clone(), value.expose().to_vec()))
        .collect()
}

fn item_lines(text: &str) -> BTreeMap<&str, &str> {
    let lines = text.lines().filter_map(|line| line.split_once(": "));
    lines
        .filter(|(key, _)| key.starts_with("      "))
        .map(|(key, value)| (key.trim(), value))
        .collect()
}

#[test]
fn one_value_of_twenty_changes_a_few_lines() {
    let me = Identity::generate();
    let values: BTreeMap<_, _> = (10..30)
        .map(|n| (format!("key-{n}"), vec![n; 20]))
        .collect();
    let before = commented(&values, &to(&[&me]));
    let (file, content) = read(&before);
    let new = plaintexts(&[("key-20".to_owned(), b"new".to_vec())].into());
    let content = content
        .change("db", &new, &BTreeSet::new(), &to(&[&me]))
        .unwrap();
    let after = write(&before, &file, &content);

    let kept: BTreeSet<&str> = after.lines().collect();
    let lost: Vec<&str> = before.lines().filter(|line| !kept.contains(line)).collect();
    assert_eq!(lost.len(), 2, "the name and the item: {lost:#?}");
    assert_eq!(open(&after, &me)["key-20"], b"new");
    assert_eq!(open(&after, &me).len(), 20);
}

#[test]
fn a_name_that_kustomize_has_changed_follows() {
    let me = Identity::generate();
    let values = [("k".to_owned(), b"v".to_vec())].into();
    let text = commented(&values, &to(&[&me]));
    let (mut file, content) = read(&text);
    file.spec.secret_name = format!("acme-{}-eu", content.secret_name());
    let content = Content::parse(&file.spec).unwrap();
    let suffix = content.digest().suffix();
    let new = plaintexts(&[("k".to_owned(), b"w".to_vec())].into());
    let after = content
        .change("acme-db-eu", &new, &BTreeSet::new(), &to(&[&me]))
        .unwrap();
    assert_ne!(after.digest().suffix(), suffix);
    assert_eq!(
        after.secret_name(),
        format!("acme-db-{}-eu", after.digest().suffix())
    );
}

#[test]
fn a_stale_name_is_mended_without_a_key() {
    let me = Identity::generate();
    let values = [("k".to_owned(), b"v".to_vec())].into();
    let text = commented(&values, &to(&[&me]));
    let (file, content) = read(&text);
    let right = content.secret_name().to_owned();
    let stale = text.replace(&right, "db-aaaaaaaaaaaaaaaa");
    let (stale_file, content) = read(&stale);
    assert!(content.check_name("db").is_err());
    let (content, is_mended) = content.mend_name("db");
    assert!(is_mended);
    assert_eq!(write(&stale, &stale_file, &content), text);
    let (content, is_mended) = read(&text).1.mend_name("db");
    assert!(!is_mended);
    assert_eq!(write(&text, &file, &content), text);
}

#[test]
fn a_rewrap_changes_the_recipients_and_no_item() {
    let [me, you] = [Identity::generate(), Identity::generate()];
    let values = [("k".to_owned(), b"v".to_vec())].into();
    let text = commented(&values, &to(&[&me]));
    let (file, content) = read(&text);
    let choose = |_: &[String]| Ok::<_, ()>(Some(to(&[&you])));
    let content = content
        .rewrap(std::slice::from_ref(&me), choose)
        .unwrap()
        .unwrap();
    let after = write(&text, &file, &content);
    assert_eq!(item_lines(&after), item_lines(&text));
    assert_eq!(read(&after).0.spec.secret_name, file.spec.secret_name);
    assert_eq!(open(&after, &you)["k"], b"v");
}

#[test]
fn who_stays_keeps_the_comment_that_says_who_it_is() {
    let [me, you, other] = [(); 3].map(|()| Identity::generate());
    let values = [("k".to_owned(), b"v".to_vec())].into();
    let mut text = commented(&values, &to(&[&me, &you]));
    for (identity, name) in [(&me, "me"), (&you, "you")] {
        let entry = format!("- {} #", identity.to_recipient().unwrap());
        text = text.replace(&entry, &format!("{entry} {name}"));
    }
    let rewrapped = |recipients: &[&Identity]| {
        let (file, content) = read(&text);
        let choose = |_: &[String]| Ok::<_, ()>(Some(to(recipients)));
        let content = content.rewrap(std::slice::from_ref(&me), choose);
        let after = write(&text, &file, &content.unwrap().unwrap());
        assert_eq!(open(&after, recipients[0])["k"], b"v");
        ["me", "you"].map(|name| after.contains(&format!("# {name}")))
    };
    assert_eq!(rewrapped(&[&me, &you, &other]), [true, true]);
    assert_eq!(rewrapped(&[&you]), [false, true]);
    assert_eq!(rewrapped(&[&me, &other]), [true, false]);
    // Nobody's comment stands beside another key.
    assert_eq!(rewrapped(&[&other, &you]), [false, false]);
}

#[test]
fn a_reseal_leaves_one_envelope_under_a_new_name() {
    let me = Identity::generate();
    let values = [("k".to_owned(), b"v".to_vec())].into();
    let text = commented(&values, &to(&[&me]));
    let (file, content) = read(&text);
    let new = plaintexts(&[("l".to_owned(), b"w".to_vec())].into());
    let content = content
        .change("db", &new, &BTreeSet::new(), &to(&[&me]))
        .unwrap();
    let two = write(&text, &file, &content);
    let (file, content) = read(&two);
    let values = content.values(std::slice::from_ref(&me)).unwrap();
    let content = content.reseal("db", &values, &to(&[&me])).unwrap();
    let one = write(&two, &file, &content);
    assert_eq!(read(&one).0.spec.envelopes.len(), 1);
    assert_ne!(read(&one).0.spec.secret_name, file.spec.secret_name);
    assert_eq!(open(&one, &me), open(&two, &me));
}

/// Values to set, and keys to remove.
type Change = (BTreeMap<String, Vec<u8>>, BTreeSet<String>);

fn key() -> impl Strategy<Value = String> {
    // Few, so that changes meet; some that YAML could take for something else.
    prop::sample::select(vec![
        "on", "y", "1", "null", "0400", "a.b", "password", "token-x",
    ])
    .prop_map(str::to_owned)
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let set = btree_map(key(), vec(any::<u8>(), 0..100), 0..4);
    vec((set, btree_set(key(), 0..3)), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn many_changes_read_as_meant(changes in changes()) {
        let me = Identity::generate();
        let mut meant: BTreeMap<_, _> = [("first".to_owned(), b"1".to_vec())].into();
        let mut text = commented(&meant, &to(&[&me]));
        for (set, remove) in changes {
            let removed: BTreeSet<String> = remove
                .into_iter()
                .filter(|key| meant.contains_key(key) && !set.contains_key(key))
                .collect();
            let (file, content) = read(&text);
            let content = content.change("db", &plaintexts(&set), &removed, &to(&[&me])).unwrap();
            let before = text.clone();
            text = write(&text, &file, &content);
            meant.retain(|key, _| !removed.contains(key));
            meant.extend(set.clone());
            prop_assert_eq!(&open(&text, &me), &meant);
            let (before, after) = (item_lines(&before), item_lines(&text));
            for key in meant.keys().filter(|key| !set.contains_key(*key)) {
                let find = |lines: &BTreeMap<&str, &str>| {
                    let line = lines.get(key.as_str()).or(lines.get(format!("\"{key}\"").as_str()));
                    line.map(ToString::to_string)
                };
                prop_assert!(find(&before).is_some(), "{} is an item", key);
                prop_assert_eq!(find(&before), find(&after), "{} keeps its bytes", key);
            }
        }
    }
}
