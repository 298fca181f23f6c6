//! A thousand files at once.

use std::collections::BTreeMap;

use crate::desk::Desk;
use crate::sealing_in_place::{seal, secret};

const FILES: usize = 1000;

fn sealed(desk: &Desk) -> BTreeMap<String, String> {
    let files = desk.files().into_iter();
    let files = files.filter(|(name, _)| name.ends_with(".sealed.yaml"));
    files
        .map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap()))
        .collect()
}

/// Whatever a file says beside whom it is wrapped for.
fn beside_the_wrapping(text: &str) -> Vec<&str> {
    let is_armor = |line: &str| !line.contains([':', ' ']) && !line.is_empty();
    let lines = text.lines().filter(|line| {
        let line = line.trim();
        !(line.starts_with("- age1") || line.contains("AGE ENCRYPTED FILE") || is_armor(line))
    });
    lines.collect()
}

#[test]
fn of_a_thousand_files_a_rewrap_changes_the_envelopes_only() {
    let desk = Desk::new();
    for n in 0..FILES {
        let name = format!("tree/{}/{n}/secret.yaml", n % 10);
        desk.write(
            &name,
            secret(&format!("db-{n}"), &format!("a: value-{n}\nb: other")),
        );
    }
    let said = seal(&desk, &["-w", "tree"]);
    assert!(
        said.stderr.contains("1000 sealed, 0 changed"),
        "{}",
        said.stderr
    );
    desk.prints(["keygen", "other.txt"]);
    let other = desk
        .prints(["keygen", "--public", "other.txt"])
        .trim()
        .to_owned();
    let before = sealed(&desk);
    assert_eq!(before.len(), FILES);
    desk.git("init --quiet");
    desk.git("add tree");
    desk.git("commit --quiet --message=sealed");

    let replace = format!("{}={other}", desk.recipient);
    let rewrap = ["rewrap", "--replace", &replace, "-i", "key.txt", "tree"];
    let said = desk.says(rewrap, "");
    assert!(
        said.stderr.ends_with("1000 rewrapped, 0 failed\n"),
        "{}",
        said.stderr
    );
    let after = sealed(&desk);
    for (name, before) in &before {
        let after = &after[name];
        assert_ne!(before, after, "{name}");
        assert_eq!(
            beside_the_wrapping(before),
            beside_the_wrapping(after),
            "{name}"
        );
    }
    let diff = desk.git("diff --unified=0");
    assert_eq!(diff.matches("\ndiff --git ").count() + 1, FILES);
    let changed = diff.lines().filter(|line| {
        let is_header = line.starts_with("+++") || line.starts_with("---");
        !is_header && line.starts_with(['+', '-'])
    });
    // A recipient or a line of armor: no key of any map, and so neither a name nor an item.
    let others: Vec<_> = changed.filter(|line| line.contains(':')).collect();
    assert!(others.is_empty(), "{others:#?}");

    // Whom it is wrapped for now opens all; whom it was, none. Again, it is right already.
    let sealed: Vec<&str> = after.keys().map(String::as_str).collect();
    let open = |key| desk.says([&["open", "-i", key][..], &sealed].concat(), "");
    assert_eq!(
        open("other.txt").printed().matches("kind: Secret").count(),
        FILES
    );
    assert_eq!(open("key.txt").code, 3);
    let said = desk.says(
        ["rewrap", "--replace", &replace, "-i", "other.txt", "tree"],
        "",
    );
    assert_eq!(said.code, 7, "{}", said.stderr);
    assert!(
        said.stderr.ends_with("0 rewrapped, 0 failed\n"),
        "{}",
        said.stderr
    );
    let said = desk.says(["reseal", "-r", &other, "-i", "other.txt", "tree"], "");
    assert_eq!(said.stderr, "0 resealed, 0 failed\n");
}

#[test]
fn one_file_that_fails_keeps_no_other_from_being_rewrapped() {
    let desk = Desk::new();
    for n in 0..20 {
        desk.write(
            &format!("tree/{n}/secret.yaml"),
            secret(&format!("db-{n}"), "a: b"),
        );
    }
    seal(&desk, &["-w", "tree"]).printed();
    let damaged = desk
        .read("tree/7/db-7.sealed.yaml")
        .replace("namespace: shop", "namespace: test");
    desk.write("tree/7/db-7.sealed.yaml", &damaged);
    desk.prints(["keygen", "other.txt"]);
    let other = desk.prints(["keygen", "--public", "other.txt"]);
    let replace = format!("{}={}", desk.recipient, other.trim());
    let said = desk.says(
        ["rewrap", "--replace", &replace, "-i", "key.txt", "tree"],
        "",
    );
    assert_eq!(said.code, 4, "{}", said.stderr);
    assert!(
        said.stderr.contains("19 rewrapped, 1 failed"),
        "{}",
        said.stderr
    );
    assert_eq!(desk.read("tree/7/db-7.sealed.yaml"), damaged);
    // One by one, because they gain a reader.
    let names: Vec<_> = (0..20)
        .map(|n| format!("tree/{n}/db-{n}.sealed.yaml"))
        .collect();
    let mut reseal = vec!["reseal", "-R", "recipients.txt", "-i", "other.txt"];
    reseal.extend(names.iter().map(String::as_str));
    let said = desk.says(reseal, "");
    assert_eq!(said.code, 4, "{}", said.stderr);
    assert!(
        said.stderr.contains("19 resealed, 1 failed"),
        "{}",
        said.stderr
    );
    assert_eq!(desk.read("tree/7/db-7.sealed.yaml"), damaged);
}

#[test]
fn a_file_that_is_named_twice_is_changed_once() {
    let desk = Desk::new();
    desk.write("tree/secret.yaml", secret("db", "a: b"));
    seal(&desk, &["-w", "tree"]).printed();
    desk.prints(["keygen", "other.txt"]);
    let other = desk.prints(["keygen", "--public", "other.txt"]);
    let replace = format!("{}={}", desk.recipient, other.trim());
    let paths = [
        "tree",
        "tree/db.sealed.yaml",
        "./tree/../tree/db.sealed.yaml",
    ];
    let rewrap = ["rewrap", "--replace", &replace, "-i", "key.txt"];
    let said = desk.says([&rewrap[..], &paths].concat(), "");
    assert!(
        said.stderr.ends_with("1 rewrapped, 0 failed\n"),
        "{}",
        said.stderr
    );
    let reseal = ["reseal", "-R", "recipients.txt", "-i", "other.txt"];
    let said = desk.says([&reseal[..], &paths].concat(), "");
    assert!(
        said.stderr.ends_with("1 resealed, 0 failed\n"),
        "{}",
        said.stderr
    );
}
