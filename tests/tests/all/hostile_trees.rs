//! `seal -w` in trees with links, pipes and names that lead elsewhere, on full disks, and two at
//! once.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use crate::canary::CANARY;
use crate::desk::Desk;
use crate::sealing_in_place::{refused, seal, secret, tree, value};

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
    assert!(desk.shell("mkfifo a-pipe").succeeded());
    for arguments in [
        &["seal", "tree/a/db.yaml", "--into", "a-pipe"][..],
        &["set", "a-pipe", "a=b"],
        &["reseal", "a-pipe", "-i", "key.txt"],
    ] {
        let said = desk.says([arguments, &["-R", "recipients.txt"]].concat(), "");
        assert!(
            said.stderr.contains("a-pipe: not a regular file"),
            "{}",
            said.stderr
        );
    }
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

/// What PowerShell's `>` writes. In silence a Secret would stay in the tree as it is.
#[test]
fn a_secret_in_utf_16_or_utf_32_is_not_passed_over() {
    let desk = Desk::new();
    // Without a backslash, which is looked for, too.
    let manifest = secret("db", "password: hunter2");
    let utf_16 = |unit: fn(u16) -> [u8; 2], mark: &str| -> Vec<u8> {
        let text = format!("{mark}{manifest}");
        text.encode_utf16().flat_map(unit).collect()
    };
    let utf_32 = |unit: fn(u32) -> [u8; 4], mark: &str| -> Vec<u8> {
        let text = format!("{mark}{manifest}");
        text.chars().map(u32::from).flat_map(unit).collect()
    };
    let mut encoded = Vec::new();
    for mark in ["\u{feff}", ""] {
        encoded.push(("UTF-16", utf_16(u16::to_le_bytes, mark)));
        encoded.push(("UTF-16", utf_16(u16::to_be_bytes, mark)));
        encoded.push(("UTF-32", utf_32(u32::to_le_bytes, mark)));
        encoded.push(("UTF-32", utf_32(u32::to_be_bytes, mark)));
    }
    for (name, bytes) in encoded {
        for file in ["t/secret.yaml", "t/secret.yml", "t/secret.json"] {
            desk.write(file, &bytes);
            let why = format!("{file}:1:1: {name}, as a `>` in PowerShell can write it; save");
            refused(&desk, &["-w", "t"], &why);
            refused(&desk, &[file], &why);
            fs::remove_file(desk.path(file)).unwrap();
        }
    }
    // What holds no Secret is nobody's business, however it is written.
    let other: Vec<u8> = "{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    desk.write("t/other.json", other);
    seal(&desk, &["-w", "t"]).printed();
}

/// Whoever may commit could else have production's values sealed again for those who read another
/// directory, or a file outside the repository changed.
#[test]
fn no_sealed_file_is_changed_through_a_link() {
    let desk = Desk::new();
    desk.write(
        "other.txt",
        "AGE-SECRET-KEY-1XRXNVWWU7NA84RR0NE5YLC4KYGC8TTM0ZDAE78W6CFFNQ65K6TTSZFM2T0\n",
    );
    let other = desk.prints(["keygen", "--public", "other.txt"]);
    let rules = format!(
        "rules:\n- {{path: prod/**, recipients: [{}]}}\n- {{path: '**', recipients: [{}]}}\n",
        desk.recipient,
        other.trim()
    );
    desk.write("r/.bulla.yaml", rules);
    desk.write(
        "r/prod/db.yaml",
        secret("db", &format!("password: {CANARY:?}")),
    );
    desk.shell("cd r && bulla seal prod/db.yaml --to prod/db.sealed.yaml")
        .printed();
    desk.shell("cp r/prod/db.sealed.yaml outside.sealed.yaml")
        .printed();
    desk.shell("mkdir r/test && ln -s ../prod r/test/all && ln -s ../prod/db.sealed.yaml r/test/db.sealed.yaml && ln -s ../../outside.sealed.yaml r/test/out.sealed.yaml && ln -s nowhere r/test/none.sealed.yaml").printed();
    let sealed = desk.read("r/prod/db.sealed.yaml");
    let mut text = String::new();
    for file in ["db", "out", "none", "all/db"].map(|name| format!("test/{name}.sealed.yaml")) {
        for call in [
            format!("bulla set {file} password=x"),
            format!("EDITOR='sed -i s/d1es/x/' bulla edit {file} -i ../key.txt"),
            format!("bulla reseal {file} -i ../key.txt"),
            format!("bulla rewrap {file} -i ../key.txt"),
            format!("bulla seal prod/db.yaml --into {file}"),
            format!(
                "sed -i 's/secretName: .*/secretName: db-aaaaaaaaaaaaaaaa/' prod/db.sealed.yaml ../outside.sealed.yaml; bulla name -w {file}"
            ),
        ] {
            let is_naming = call.contains("name -w");
            if is_naming && file.contains("all") {
                // Nobody can read more for it.
                continue;
            }
            let said = desk.shell(&format!("cd r && {call}"));
            assert_ne!(said.code, 0, "{call}");
            let here = fs::canonicalize(desk.path("")).unwrap();
            let stderr = said.stderr.replace(here.to_str().unwrap(), "<desk>");
            text += &format!("$ {}\n{stderr}\n", call.rsplit("; ").next().unwrap());
            if is_naming {
                desk.write("r/prod/db.sealed.yaml", &sealed);
                desk.write("outside.sealed.yaml", &sealed);
            }
            assert_eq!(desk.read("r/prod/db.sealed.yaml"), sealed);
            assert_eq!(desk.read("outside.sealed.yaml"), sealed);
        }
    }
    // Where there is no sealed file yet, none is made.
    desk.shell("mkdir r/prod/new && cp r/prod/db.yaml r/prod/new")
        .printed();
    for call in [
        "bulla seal -w test/all/",
        "bulla seal -w test/all/new",
        "bulla seal prod/db.yaml --to test/all/db.sealed.yaml",
        "bulla seal prod/db.yaml --to test/all/other.sealed.yaml",
    ] {
        let said = desk.shell(&format!("cd r && {call}"));
        assert_ne!(said.code, 0, "{call}");
        let here = fs::canonicalize(desk.path("")).unwrap();
        let stderr = said.stderr.replace(here.to_str().unwrap(), "<desk>");
        text += &format!("$ {call}\n{stderr}\n");
        assert_eq!(desk.read("r/prod/db.sealed.yaml"), sealed);
        assert!(!desk.path("r/prod/new/db.sealed.yaml").exists());
        assert!(!desk.path("r/prod/other.sealed.yaml").exists());
    }
    insta::assert_snapshot!(text);
    // A link above the rules changes nothing about what they are for.
    desk.shell("ln -s r here && cd here && bulla set prod/db.sealed.yaml password=x")
        .printed();
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
