//! `seal -w`: a tree is sealed as a whole or not at all.

use std::fs;
use std::os::unix::fs::symlink;

use crate::canary::{CANARY, assert_silent};
use crate::desk::{Desk, Said};

/// A Secret with these lines of `stringData`.
pub(crate) fn secret(name: &str, values: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {name}\n  namespace: shop\nstringData:\n  {}\n",
        values.replace('\n', "\n  ")
    )
}

pub(crate) fn seal(desk: &Desk, arguments: &[&str]) -> Said {
    let all = [&["seal", "-R", "recipients.txt"], arguments].concat();
    desk.says(all, "")
}

pub(crate) fn value(desk: &Desk, file: &str, key: &str) -> Option<String> {
    let said = desk.says(["open", file, "-i", "key.txt", "--key", key], "");
    said.succeeded().then(|| said.printed())
}

/// The names of all files but those that the desk came with.
fn names(desk: &Desk) -> Vec<String> {
    let names = desk.files().into_keys();
    names.filter(|name| !name.ends_with(".txt")).collect()
}

/// A call that has to be refused, and to leave everything as it is.
#[track_caller]
pub(crate) fn refused(desk: &Desk, arguments: &[&str], reason: &str) {
    let before = desk.files();
    let said = seal(desk, arguments);
    assert_eq!(said.code, 1, "{arguments:?}: {}", said.stderr);
    assert!(
        said.stderr.contains(reason),
        "{arguments:?}: {}",
        said.stderr
    );
    assert_silent("an error", said.stderr.as_bytes());
    assert!(
        desk.files() == before,
        "{arguments:?}: something was written"
    );
}

pub(crate) fn tree() -> Desk {
    let desk = Desk::new();
    let canary = format!("password: {CANARY:?}");
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n";
    let db = secret("db", &canary);
    desk.write(
        "tree/a/db.yaml",
        format!("{config}---\n{db}---\n{}", secret("cache", &canary)),
    );
    let item = secret("listed", &canary).replace('\n', "\n  ");
    let list = format!("apiVersion: v1\nkind: List\nitems:\n- {item}");
    desk.write("tree/b/list.yml", list);
    desk.write(
        "tree/b/db.json",
        r#"{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db", "namespace": "shop"},
            "stringData": {"password": "x"}}"#,
    );
    desk.write("tree/config.yaml", config);
    desk.write("tree/notes.md", &db);
    desk.write("tree/.git/db.yaml", &db);
    desk.write(
        "tree/templates/db.yaml",
        "kind: Secret\nmetadata: {{ .Values.name }}: {{\n",
    );
    desk.write("tree/broken.yaml", "a: [\n");
    desk
}

#[test]
fn a_tree_is_sealed_beside_its_manifests() {
    let desk = tree();
    let before = desk.files();
    let said = seal(&desk, &["-w", "tree"]);
    assert!(said.succeeded(), "{}", said.stderr);
    assert_silent("what it says", said.stderr.as_bytes());
    let new: Vec<_> = names(&desk)
        .into_iter()
        .filter(|name| !before.contains_key(name))
        .collect();
    let sealed = [
        "tree/a/cache.sealed.yaml",
        "tree/a/db.sealed.yaml",
        "tree/b/db.sealed.yaml",
        "tree/b/listed.sealed.yaml",
    ];
    assert_eq!(new, sealed);
    for (name, bytes) in desk.files() {
        match before.get(&name) {
            Some(old) => assert_eq!(*old, bytes, "{name} was changed"),
            None => assert_silent(&name, &bytes),
        }
    }
    for file in [
        "tree/a/cache.sealed.yaml",
        "tree/a/db.sealed.yaml",
        "tree/b/listed.sealed.yaml",
    ] {
        assert_eq!(
            value(&desk, file, "password").as_deref(),
            Some(CANARY),
            "{file}"
        );
    }
    for line in [
        "warning: tree/templates/db.yaml: is no YAML but a template, passed over",
        "4 sealed, 0 changed, 0 unchanged, 0 failed",
        "warning: plaintext is still in:\n  tree/a/db.yaml\n  tree/b/db.json\n  tree/b/list.yml\n",
    ] {
        assert!(said.stderr.contains(line), "{line}:\n{}", said.stderr);
    }
    assert!(
        !said.stderr.contains('\r'),
        "a progress bar is for terminals"
    );

    // Again, with the same key at hand: nothing to do. The same file is named three times.
    let sealed = desk.files();
    let again = ["-w", "tree", "tree/a", "tree/a/db.yaml", "-i", "key.txt"];
    let said = seal(&desk, &again);
    assert!(
        said.stderr.contains("0 sealed, 0 changed, 4 unchanged"),
        "{}",
        said.stderr
    );
    assert!(desk.files() == sealed);
    desk.write(
        "tree/b/db.json",
        desk.read("tree/b/db.json").replace("\"x\"", "\"y\""),
    );
    let said = seal(&desk, &again);
    assert!(
        said.stderr.contains("0 sealed, 1 changed, 3 unchanged"),
        "{}",
        said.stderr
    );
    assert_eq!(
        value(&desk, "tree/b/db.sealed.yaml", "password").as_deref(),
        Some("y")
    );
}

#[test]
fn a_secret_hides_behind_no_spelling() {
    let desk = Desk::new();
    let canary = serde_json::to_string(CANARY).unwrap();
    let secret = |name: &str, kind: &str| {
        let metadata = format!("{{\"name\": \"{name}\", \"namespace\": \"shop\"}}");
        let data = format!("{{\"password\": {canary}}}");
        format!(
            "{{\"apiVersion\": \"v1\", \"kind\": {kind}, \"metadata\": {metadata}, \"stringData\": {data}}}\n"
        )
    };
    desk.write("t/a.json", secret("a", "\"Secr\\u0065t\""));
    desk.write("t/b.yaml", secret("b", "\"S\\x65cret\""));
    desk.write("t/c.yml", secret("c", "\"Sec\\\n  ret\""));
    desk.write("t/.d.yaml", secret("d", "'Secret'"));
    let list = format!(
        "{{\"apiVersion\": \"v1\", \"kind\": \"SecretList\", \"items\": [{}]}}",
        secret("e", "\"Secret\"")
    );
    desk.write("t/deep/er/e.yaml", list);
    let said = seal(&desk, &["-w", "t"]);
    assert!(said.stderr.contains("5 sealed"), "{}", said.stderr);
    // Misspelt, it holds plaintext all the same.
    desk.write(
        "t/f.yaml",
        secret("f", "Secret").replace("\"v1\"", "\"V1\""),
    );
    refused(&desk, &["-w", "t"], "t/f.yaml:1:16: document 1: apiVersion");
}

#[test]
fn one_that_is_refused_stops_all() {
    let desk = tree();
    let canary = format!("password: {CANARY:?}");
    desk.write("tree/c/on.yaml", secret("c", "enabled: on"));
    refused(&desk, &["-w", "tree"], "tree/c/on.yaml:7:12");
    desk.write("tree/c/on.yaml", "kind: Secret\n\tname: x\n");
    refused(&desk, &["-w", "tree"], "tree/c/on.yaml:1:7");
    desk.write("tree/c/on.yaml", secret("db", &canary));
    desk.write("tree/c/second.yaml", secret("db", &canary));
    refused(
        &desk,
        &["-w", "tree"],
        "tree/c/second.yaml: its Secret is for tree/c/db.sealed.yaml, as is that of tree/c/on.yaml",
    );
    fs::remove_file(desk.path("tree/c/second.yaml")).unwrap();
    for (there, reason) in [
        (
            secret("db", &canary),
            "tree/c/db.sealed.yaml: holds no SealedSecret",
        ),
        ("a: [\n".to_owned(), "tree/c/db.sealed.yaml:1:4"),
    ] {
        desk.write("tree/c/db.sealed.yaml", there);
        refused(&desk, &["-w", "tree"], reason);
    }
    desk.write(
        "tree/c/typed.yaml",
        secret("db", &canary) + "type: example.com/x\n",
    );
    seal(
        &desk,
        &["tree/c/typed.yaml", "--to", "tree/c/db.sealed.yaml"],
    )
    .printed();
    fs::remove_file(desk.path("tree/c/typed.yaml")).unwrap();
    refused(&desk, &["-w", "tree"], "of type `example.com/x`");
    // What is refused is all of it at once.
    desk.write("tree/d/on.yaml", secret("c", "enabled: on"));
    symlink("/dev/null", desk.path("tree/d/null.yaml")).unwrap();
    let said = seal(&desk, &["-w", "tree"]);
    for reason in [
        "of type `example.com/x`",
        "tree/d/on.yaml:7:12",
        "tree/d/null.yaml",
    ] {
        assert!(said.stderr.contains(reason), "{reason}: {}", said.stderr);
    }
    assert!(
        said.stderr.ends_with("nothing was written\n"),
        "{}",
        said.stderr
    );
}

#[test]
fn rules_say_whom_each_directory_is_for() {
    let desk = tree();
    desk.prints(["keygen", "other.txt"]);
    let other = desk.prints(["keygen", "--public", "other.txt"]);
    let rules = |key: &str, more: &str| {
        let key = key.trim();
        format!("recipients: {{me: {key}}}\nrules:\n- {{path: '**', recipients: [me]{more}}}\n")
    };
    desk.write("tree/.bulla.yaml", rules(&desk.recipient, ""));
    desk.write("tree/b/.bulla.yaml", rules(&other, ", scope: cluster"));
    let said = desk.says(["seal", "-w", "tree"], "");
    assert!(said.succeeded(), "{}", said.stderr);
    let opens = |file: &str, key: &str| {
        desk.says(["open", file, "-i", key, "--key", "password"], "")
            .succeeded()
    };
    assert!(opens("tree/a/db.sealed.yaml", "key.txt"));
    assert!(!opens("tree/a/db.sealed.yaml", "other.txt"));
    assert!(opens("tree/b/db.sealed.yaml", "other.txt"));
    assert!(!opens("tree/b/db.sealed.yaml", "key.txt"));
    assert!(desk.read("tree/b/db.sealed.yaml").contains("sealedFor: {}"));

    // A rule that names a place is for one Secret.
    desk.write(
        "tree/a/.bulla.yaml",
        rules(&desk.recipient, ", for: shop/cache-db"),
    );
    for file in ["tree/a/db.sealed.yaml", "tree/a/cache.sealed.yaml"] {
        fs::remove_file(desk.path(file)).unwrap();
    }
    let said = desk.says(["seal", "-w", "tree"], "");
    assert_eq!(said.code, 1);
    let reason = "(for: shop/cache-db) names one place, but what is sealed here holds 2 Secrets";
    assert!(said.stderr.contains(reason), "{}", said.stderr);
    // A wrong rule is said once, however many Secrets it is for.
    desk.write(
        "tree/a/.bulla.yaml",
        "rules: [{path: x, recipients: [nobody]}]\n",
    );
    let said = desk.says(["seal", "-w", "tree"], "");
    assert_eq!(
        said.stderr.matches("nobody is called `nobody`").count(),
        1,
        "{}",
        said.stderr
    );
}
