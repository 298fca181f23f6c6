//! A `bulla` that is killed at any system call that writes, or whose call fails, leaves the old file
//! or the new one, no plaintext, and beside them nothing but sealed bytes.

use std::collections::BTreeMap;
use std::fs;

use crate::canary::{CANARY, assert_silent};
use crate::desk::{Desk, Said, says};
use crate::sealing_in_place::{seal, secret, value};

/// What changes a file, and how it fails on a full disk.
const FILLING: [&str; 7] = [
    "write",
    "pwrite64",
    "writev",
    "copy_file_range",
    "ftruncate",
    "fsync",
    "fdatasync",
];

/// What changes a directory, a mode or a lock, and how it fails where nothing may be written. Not
/// every machine has all of them.
const NAMING: [&str; 13] = [
    "openat",
    "open",
    "creat",
    "fchmod",
    "fchmodat",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "unlink",
    "unlinkat",
    "flock",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    Kill,
    Error,
}

/// Has the first, second, ... call of each kind go wrong, until there is none. Before each, all
/// files are as they were; after each, `check` is told how the command ended.
fn everywhere(desk: &Desk, fault: Fault, arguments: &[&str], input: &str, check: impl Fn(&Said)) {
    let before = desk.files();
    let mut faults = 0;
    let filling = FILLING.map(|call| (call, "ENOSPC"));
    for (call, error) in filling
        .into_iter()
        .chain(NAMING.map(|call| (call, "EROFS")))
    {
        for number in 1.. {
            let what = match fault {
                Fault::Kill => "signal=KILL".to_owned(),
                Fault::Error => format!("error={error}"),
            };
            let inject = format!("inject=?{call}:{what}:when={number}");
            let said = strace(desk, call, &inject, arguments, input);
            let log = fs::read_to_string(desk.path("home/strace")).unwrap();
            fs::remove_dir_all(desk.path("home")).unwrap();
            // Who is killed does not get as far as the log.
            let is_over = match fault {
                Fault::Kill => said.succeeded(),
                Fault::Error => !log.contains("(INJECTED)"),
            };
            if is_over {
                assert!(said.succeeded(), "{call} {number}: {}", said.stderr);
                put_back(desk, &before);
                break;
            }
            faults += 1;
            if fault == Fault::Kill {
                assert_eq!(said.code, -1, "{call} {number}: killed: {}", said.stderr);
            }
            check(&said);
            assert_silent(call, said.stderr.as_bytes());
            let is_cleaned_up = fault == Fault::Error && !call.starts_with("unlink");
            only_sealed(&before, &desk.files(), is_cleaned_up, &inject);
            put_back(desk, &before);
        }
    }
    assert!(faults > 10, "{faults}: strace reaches what it should");
}

fn strace(desk: &Desk, call: &str, inject: &str, arguments: &[&str], input: &str) -> Said {
    // Not among the files that are looked at.
    fs::create_dir(desk.path("home")).unwrap();
    let mut strace = desk.command(bulla_tests::strace());
    let trace = format!("trace=?{call}");
    strace.args(["-f", "-qq", "-o", "home/strace", "-e", &trace, "-e", inject]);
    strace.arg(bulla_tests::bulla()).args(arguments);
    // The order of threads must not decide which call is which.
    says(strace.env("RAYON_NUM_THREADS", "1"), input)
}

/// What is new or changed shows nothing; and what is left over is the beginning of a sealed file.
fn only_sealed(
    before: &BTreeMap<String, Vec<u8>>,
    after: &BTreeMap<String, Vec<u8>>,
    is_cleaned_up: bool,
    what: &str,
) {
    for (name, bytes) in after
        .iter()
        .filter(|(name, bytes)| before.get(*name) != Some(bytes))
    {
        assert_silent(name, bytes);
        if name.contains(".bulla-") {
            let head = b"apiVersion: bulla.dev/";
            assert!(
                bytes.is_empty() || bytes.starts_with(head),
                "{what}: {name}"
            );
            assert!(!is_cleaned_up, "{what}: {name} is left over");
        }
    }
}

fn put_back(desk: &Desk, before: &BTreeMap<String, Vec<u8>>) {
    for name in desk
        .files()
        .keys()
        .filter(|name| !before.contains_key(*name))
    {
        fs::remove_file(desk.path(name)).unwrap();
    }
    for (name, bytes) in before {
        desk.write(name, bytes);
    }
}

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("secret.yaml", secret("db", "password: old\nuser: app"));
    seal(&desk, &["secret.yaml", "--to", "db.sealed.yaml"]).printed();
    fs::remove_file(desk.path("secret.yaml")).unwrap();
    desk
}

/// The file is there as it was, or else opens with this value; and this it does if the command said
/// that all is well.
#[track_caller]
fn is_old_or_new(desk: &Desk, said: &Said, before: Option<&[u8]>, file: &str, new: &str) {
    let is_old = match before {
        Some(old) => fs::read(desk.path(file)).unwrap() == old,
        None => !desk.path(file).exists(),
    };
    let is_new = || value(desk, file, "password").as_deref() == Some(new);
    assert!(
        (is_old && !said.succeeded()) || is_new(),
        "{file}: {}",
        said.stderr
    );
}

fn set(fault: Fault) {
    let desk = desk();
    let old = desk.read("db.sealed.yaml");
    let set = ["set", "db.sealed.yaml", "password", "-R", "recipients.txt"];
    everywhere(&desk, fault, &set, CANARY, |said| {
        is_old_or_new(&desk, said, Some(old.as_bytes()), "db.sealed.yaml", CANARY);
    });
}

fn rewrap(fault: Fault) {
    let desk = desk();
    desk.prints(["keygen", "other.txt"]);
    let other = desk.prints(["keygen", "--public", "other.txt"]);
    let (old, other) = (desk.read("db.sealed.yaml"), other.trim());
    let rewrap = ["rewrap", "db.sealed.yaml", "--add", other, "-i", "key.txt"];
    everywhere(&desk, fault, &rewrap, "", |said| {
        let now = desk.read("db.sealed.yaml");
        let is_old = now == old && !said.succeeded();
        assert!(is_old || now.contains(other), "the old list or the new one");
        assert_eq!(
            value(&desk, "db.sealed.yaml", "password").as_deref(),
            Some("old")
        );
    });
}

fn tree(fault: Fault) {
    let desk = desk();
    let password = format!("password: {CANARY:?}");
    let manifests = [secret("db", &password), secret("cache", &password)];
    desk.write("manifest.yaml", manifests.join("---\n"));
    let old = desk.read("db.sealed.yaml");
    let seal = ["seal", "-w", ".", "-R", "recipients.txt"];
    everywhere(&desk, fault, &seal, "", |said| {
        is_old_or_new(&desk, said, Some(old.as_bytes()), "db.sealed.yaml", CANARY);
        is_old_or_new(&desk, said, None, "cache.sealed.yaml", CANARY);
    });
}

#[test]
fn a_set_that_is_killed() {
    set(Fault::Kill);
}

#[test]
fn a_set_on_a_disk_that_is_full_or_read_only() {
    set(Fault::Error);
}

#[test]
fn a_rewrap_that_is_killed() {
    rewrap(Fault::Kill);
}

#[test]
fn a_rewrap_on_a_disk_that_is_full_or_read_only() {
    rewrap(Fault::Error);
}

#[test]
fn a_tree_whose_sealing_is_killed() {
    tree(Fault::Kill);
}

#[test]
fn a_tree_on_a_disk_that_is_full_or_read_only() {
    tree(Fault::Error);
}
