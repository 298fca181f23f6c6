//! A `bulla` that is killed at any system call that writes leaves the old file or the new one, no
//! plaintext, and beside them nothing but sealed bytes.

use std::collections::BTreeMap;
use std::fs;

use crate::canary::{CANARY, assert_silent};
use crate::desk::{Desk, says};
use crate::sealing_in_place::{seal, secret, value};

/// What can change a file, a directory or a lock. Not every machine has all of them.
const WRITING: [&str; 20] = [
    "openat",
    "open",
    "creat",
    "write",
    "pwrite64",
    "writev",
    "copy_file_range",
    "fsync",
    "fdatasync",
    "fchmod",
    "fchmodat",
    "ftruncate",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "unlink",
    "unlinkat",
    "flock",
];

/// Kills the command at the first, second, ... call of each kind, until it lives. Before each, all
/// files are as they were; after each, `check` is told which files there are.
fn kill_everywhere(
    desk: &Desk,
    arguments: &[&str],
    input: &str,
    check: impl Fn(&BTreeMap<String, Vec<u8>>),
) {
    let before = desk.files();
    let mut kills = 0;
    for call in WRITING {
        for number in 1.. {
            let inject = format!("inject=?{call}:signal=KILL:when={number}");
            let mut strace = desk.command(bulla_tests::strace());
            strace.args(["-f", "-qq", "-o", "/dev/null", "-e", &inject]);
            strace.arg(bulla_tests::bulla()).args(arguments);
            // The order of threads must not decide which call is which.
            let said = says(strace.env("RAYON_NUM_THREADS", "1"), input);
            let after = desk.files();
            check(&after);
            assert_silent(call, said.stderr.as_bytes());
            for (name, bytes) in &after {
                let is_new = !before.contains_key(name);
                if is_new && name.contains(".bulla-") {
                    let head = b"apiVersion: bulla.dev/";
                    assert!(
                        bytes.is_empty() || bytes.starts_with(head),
                        "{call} {number}: {name}"
                    );
                }
                if before.get(name) != Some(bytes) {
                    assert_silent(name, bytes);
                }
            }
            for name in after.keys().filter(|name| !before.contains_key(*name)) {
                fs::remove_file(desk.path(name)).unwrap();
            }
            for (name, bytes) in &before {
                desk.write(name, bytes);
            }
            if said.succeeded() {
                break;
            }
            assert_eq!(
                said.code, -1,
                "{call} {number}: killed, and by nothing else: {}",
                said.stderr
            );
            kills += 1;
        }
    }
    assert!(kills > 10, "{kills}: strace reaches what it should");
}

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("secret.yaml", secret("db", "password: old\nuser: app"));
    seal(&desk, &["secret.yaml", "--to", "db.sealed.yaml"]).printed();
    fs::remove_file(desk.path("secret.yaml")).unwrap();
    desk
}

/// Whether the file is there as it was, or else opens with this value.
#[track_caller]
fn is_old_or_new(desk: &Desk, before: Option<&[u8]>, file: &str, key: &str, new: &str) {
    let is_old = match before {
        Some(old) => fs::read(desk.path(file)).unwrap() == old,
        None => !desk.path(file).exists(),
    };
    assert!(
        is_old || value(desk, file, key).as_deref() == Some(new),
        "{file}"
    );
}

#[test]
fn a_set_that_is_killed() {
    let desk = desk();
    let old = desk.read("db.sealed.yaml");
    let set = ["set", "db.sealed.yaml", "password", "-R", "recipients.txt"];
    kill_everywhere(&desk, &set, CANARY, |_| {
        is_old_or_new(
            &desk,
            Some(old.as_bytes()),
            "db.sealed.yaml",
            "password",
            CANARY,
        );
    });
}

#[test]
fn a_rewrap_that_is_killed() {
    let desk = desk();
    desk.prints(["keygen", "other.txt"]);
    let other = desk.prints(["keygen", "--public", "other.txt"]);
    let (old, other) = (desk.read("db.sealed.yaml"), other.trim());
    let rewrap = ["rewrap", "db.sealed.yaml", "--add", other, "-i", "key.txt"];
    kill_everywhere(&desk, &rewrap, "", |_| {
        let now = desk.read("db.sealed.yaml");
        assert!(
            now == old || now.contains(other),
            "the old list or the new one"
        );
        assert_eq!(
            value(&desk, "db.sealed.yaml", "password").as_deref(),
            Some("old")
        );
    });
}

#[test]
fn a_tree_whose_sealing_is_killed() {
    let desk = desk();
    let password = format!("password: {CANARY:?}");
    let manifests = [secret("db", &password), secret("cache", &password)];
    desk.write("manifest.yaml", manifests.join("---\n"));
    let old = desk.read("db.sealed.yaml");
    let seal = ["seal", "-w", ".", "-R", "recipients.txt"];
    kill_everywhere(&desk, &seal, "", |_| {
        is_old_or_new(
            &desk,
            Some(old.as_bytes()),
            "db.sealed.yaml",
            "password",
            CANARY,
        );
        is_old_or_new(&desk, None, "cache.sealed.yaml", "password", CANARY);
    });
}
