//! `seal -w`: a tree is sealed as a whole or not at all.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

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

fn tree() -> Desk {
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
fn links_pipes_and_devices_are_no_manifests() {
    let desk = tree();
    desk.write(
        "outside/db.yaml",
        secret("db", &format!("password: {CANARY:?}")),
    );
    // What is within the tree is met there; a link to nothing holds nothing.
    symlink("a/db.yaml", desk.path("tree/inside.yaml")).unwrap();
    symlink("nowhere", desk.path("tree/dangling.yaml")).unwrap();
    symlink("..", desk.path("tree/loop")).unwrap();
    symlink("../outside", desk.path("tree/out")).unwrap();
    let said = seal(&desk, &["-w", "tree"]);
    assert!(said.stderr.contains("4 sealed"), "{}", said.stderr);
    assert!(
        said.stderr.contains("tree/out: a link out of the tree"),
        "{}",
        said.stderr
    );
    assert!(!desk.path("outside/db.sealed.yaml").exists());

    for (name, make, reason) in [
        (
            "link.yaml",
            "ln -s ../outside/db.yaml",
            "is a symbolic link out of the tree",
        ),
        ("pipe.yaml", "mkfifo", "is a pipe, and no file"),
    ] {
        assert!(desk.shell(&format!("{make} tree/{name}")).succeeded());
        let before = names_and_links(&desk);
        for path in ["tree", &format!("tree/{name}")] {
            let said = seal(&desk, &["-w", path]);
            assert_eq!(said.code, 1, "{}", said.stderr);
            let is_named = path != "tree" && name == "link.yaml";
            let reason = if is_named {
                "is a symbolic link"
            } else {
                reason
            };
            assert!(said.stderr.contains(reason), "{}", said.stderr);
        }
        assert_eq!(names_and_links(&desk), before);
        fs::remove_file(desk.path(&format!("tree/{name}"))).unwrap();
    }
    let said = seal(&desk, &["-w", "/dev/null"]);
    assert!(
        said.stderr.contains("/dev/null: is a device"),
        "{}",
        said.stderr
    );
    let said = seal(&desk, &["-w", "missing.yaml"]);
    assert_eq!(said.code, 5, "{}", said.stderr);

    // 10 GB, of which none is there.
    desk.write("tree/huge.yaml", "");
    let huge = fs::File::options()
        .write(true)
        .open(desk.path("tree/huge.yaml"))
        .unwrap();
    huge.set_len(10_000_000_000).unwrap();
    // In less memory than the most that is read of any file.
    let said = desk.shell("ulimit -v 240000; bulla seal -w tree -R recipients.txt");
    assert_eq!(said.code, 5, "{}", said.stderr);
    assert!(
        said.stderr
            .contains("cannot read tree/huge.yaml: file too large"),
        "{}",
        said.stderr
    );
}

/// Pipes cannot be read here.
fn names_and_links(desk: &Desk) -> Vec<String> {
    let listed = desk.shell("find tree outside | sort").printed();
    listed.lines().map(str::to_owned).collect()
}

#[test]
fn what_stands_where_a_sealed_file_belongs_stays() {
    let desk = Desk::new();
    desk.write("t/db.yaml", secret("db", &format!("password: {CANARY:?}")));
    desk.write("elsewhere/db.yaml", secret("db", "password: x"));
    seal(&desk, &["-w", "elsewhere"]).printed();
    fs::remove_file(desk.path("elsewhere/db.yaml")).unwrap();
    for target in ["../elsewhere/db.sealed.yaml", "nowhere", "../key.txt"] {
        symlink(target, desk.path("t/db.sealed.yaml")).unwrap();
        let said = seal(&desk, &["-w", "t"]);
        assert_eq!(said.code, 1, "{}", said.stderr);
        assert!(
            said.stderr.contains("is a symbolic link, where"),
            "{}",
            said.stderr
        );
        fs::remove_file(desk.path("t/db.sealed.yaml")).unwrap();
    }
    assert!(!desk.path("t/nowhere").exists());
    assert_eq!(
        value(&desk, "elsewhere/db.sealed.yaml", "password").as_deref(),
        Some("x")
    );
    fs::create_dir(desk.path("t/db.sealed.yaml")).unwrap();
    refused(
        &desk,
        &["-w", "t"],
        "is a directory, where the sealed file belongs",
    );
    fs::remove_dir(desk.path("t/db.sealed.yaml")).unwrap();
    assert!(desk.shell("mkfifo t/db.sealed.yaml").succeeded());
    let said = seal(&desk, &["-w", "t"]);
    assert!(
        said.stderr.contains("is no regular file, where"),
        "{}",
        said.stderr
    );
}

#[test]
fn a_name_is_no_path() {
    let desk = Desk::new();
    for name in [
        "..", "../db", "a/b", "/etc/db", ".", "a..b", "'db\\0'", "-x", "Db",
    ] {
        desk.write("t/db.yaml", secret(name, &format!("password: {CANARY:?}")));
        refused(&desk, &["-w", "t"], "metadata.name");
        desk.write(
            "t/db.yaml",
            secret("db", "a: b").replace("namespace: shop", &format!("namespace: {name}")),
        );
        if !["'db\\0'", "Db", "-x"].contains(&name) {
            refused(&desk, &["-w", "t"], "metadata.namespace");
        }
    }
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
        rules(&desk.recipient, ", for: shop/acme-db"),
    );
    for file in ["tree/a/db.sealed.yaml", "tree/a/cache.sealed.yaml"] {
        fs::remove_file(desk.path(file)).unwrap();
    }
    let said = desk.says(["seal", "-w", "tree"], "");
    assert_eq!(said.code, 1);
    let reason = "(for: shop/acme-db) names one place, but what is sealed here holds 2 Secrets";
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

#[test]
fn a_tree_that_cannot_be_written_says_which_files_were_not() {
    let desk = Desk::new();
    for folder in ["a", "b"] {
        desk.write(
            &format!("t/{folder}/db.yaml"),
            secret("db", &format!("password: {CANARY:?}")),
        );
    }
    // The file's limit stands for a full disk.
    let before = desk.files();
    let said = desk.shell("trap '' XFSZ; ulimit -f 0; bulla seal -w t -R recipients.txt");
    assert_eq!(said.code, 5, "{}", said.stderr);
    assert!(
        said.stderr
            .contains("0 sealed, 0 changed, 0 unchanged, 2 failed"),
        "{}",
        said.stderr
    );
    assert!(desk.files() == before);

    seal(&desk, &["-w", "t"]).printed();
    let before = desk.files();
    let said = desk.shell("trap '' XFSZ; ulimit -f 0; bulla seal -w t -R recipients.txt");
    assert_eq!(said.code, 5, "{}", said.stderr);
    assert!(
        desk.files() == before,
        "old files stay whole, and nothing is left beside them"
    );

    fs::set_permissions(desk.path("t/b"), Permissions::from_mode(0o555)).unwrap();
    // Root may write everywhere.
    let is_root = fs::write(desk.path("t/b/probe"), "").is_ok();
    let said = seal(&desk, &["-w", "t"]);
    fs::set_permissions(desk.path("t/b"), Permissions::from_mode(0o755)).unwrap();
    if !is_root {
        assert_eq!(said.code, 5, "{}", said.stderr);
        assert!(
            said.stderr
                .contains("0 sealed, 1 changed, 0 unchanged, 1 failed"),
            "{}",
            said.stderr
        );
        assert_eq!(
            Some(&desk.files()["t/b/db.sealed.yaml"]),
            before.get("t/b/db.sealed.yaml")
        );
    }
}

#[test]
fn of_two_trees_at_once_none_is_lost_unseen() {
    let desk = Desk::new();
    let folders: Vec<String> = (0..20).map(|n| format!("t/{n}")).collect();
    for folder in &folders {
        desk.write(&format!("{folder}/db.yaml"), secret("db", "kept: x"));
    }
    seal(&desk, &["-w", "t"]).printed();
    for folder in &folders {
        desk.write(&format!("{folder}/db.yaml"), secret("db", "one: x"));
        desk.write(&format!("other/{folder}/db.yaml"), secret("db", "two: x"));
    }
    let start = |arguments: &[&str]| {
        let mut command = desk.bulla([&["seal", "-R", "recipients.txt"], arguments].concat());
        command
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap()
    };
    let tree = start(&["-w", "t"]);
    let mut done = Vec::new();
    for folder in &folders {
        let (from, into) = (
            format!("other/{folder}/db.yaml"),
            format!("{folder}/db.sealed.yaml"),
        );
        let said = start(&[&from, "--into", &into]).wait_with_output().unwrap();
        done.extend(said.status.success().then_some((into, "two")));
    }
    let said = tree.wait_with_output().unwrap();
    let said = String::from_utf8(said.stderr).unwrap();
    for folder in &folders {
        let into = format!("{folder}/db.sealed.yaml");
        if said.contains(&format!("{into}: changed one")) {
            done.push((into, "one"));
        }
    }
    assert!(!done.is_empty());
    for (file, key) in done {
        assert!(
            value(&desk, &file, key).is_some(),
            "{file}: {key} was said to be there\n{said}"
        );
        assert!(value(&desk, &file, "kept").is_some(), "{file}");
    }
}
