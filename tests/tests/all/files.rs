//! Files are written whole or not at all, and stay what they were: their mode, and links to them.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use crate::desk::{Desk, secret};

const SEAL: &str = "bulla seal secret.yaml -R recipients.txt";

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("secret.yaml", secret(&[("k".into(), b"v".to_vec())]));
    desk
}

fn mode(desk: &Desk, name: &str) -> u32 {
    fs::metadata(desk.path(name)).unwrap().permissions().mode() & 0o7777
}

/// The name of every file but those that the desk came with.
fn names(desk: &Desk) -> Vec<String> {
    let own = ["key.txt", "recipients.txt", "secret.yaml"];
    let names = desk.files().into_keys();
    names.filter(|name| !own.contains(&name.as_str())).collect()
}

#[test]
fn a_file_keeps_its_mode() {
    let desk = desk();
    for kept in [0o600, 0o640, 0o664, 0o444] {
        desk.write("db.yaml", "old");
        fs::set_permissions(desk.path("db.yaml"), Permissions::from_mode(kept)).unwrap();
        desk.shell(&format!("{SEAL} --to db.yaml")).printed();
        assert_eq!(mode(&desk, "db.yaml"), kept);
        assert!(desk.read("db.yaml").starts_with("apiVersion: bulla.dev/"));
        fs::remove_file(desk.path("db.yaml")).unwrap();
    }
    assert!(names(&desk).is_empty());
}

#[test]
fn a_new_file_follows_the_umask() {
    let desk = desk();
    for (umask, expected) in [("022", 0o644), ("027", 0o640), ("077", 0o600)] {
        let name = format!("{umask}.yaml");
        desk.shell(&format!("umask {umask}; {SEAL} --to {name}"))
            .printed();
        assert_eq!(mode(&desk, &name), expected);
    }
}

#[test]
fn a_link_keeps_pointing_at_the_file() {
    let desk = desk();
    desk.write("real/db.yaml", "old");
    symlink("real/db.yaml", desk.path("link.yaml")).unwrap();
    desk.shell(&format!("{SEAL} --to link.yaml")).printed();
    let link = fs::read_link(desk.path("link.yaml")).unwrap();
    assert_eq!(link.to_str(), Some("real/db.yaml"));
    assert!(
        desk.read("real/db.yaml")
            .starts_with("apiVersion: bulla.dev/")
    );
    assert_eq!(names(&desk), ["link.yaml", "real/db.yaml"]);
}

#[test]
fn an_input_can_be_its_own_output() {
    let desk = desk();
    desk.shell(&format!("{SEAL} --to secret.yaml")).printed();
    assert_eq!(desk.open(&desk.read("secret.yaml"))["data"]["k"], "dg==");
}

#[test]
fn what_cannot_be_written_whole_is_not_written() {
    let desk = desk();
    desk.write("db.yaml", "old");
    // The file's limit stands for a full disk.
    for call in [
        format!("{SEAL} --to db.yaml"),
        "bulla create generic db -n shop -R recipients.txt --from-literal a=b --to db.yaml".into(),
        "bulla keygen new.txt".into(),
    ] {
        let said = desk.shell(&format!("trap '' XFSZ; ulimit -f 0; {call}"));
        assert_eq!(said.code, 5, "{call}: {}", said.stderr);
        assert!(
            said.stderr.starts_with("error: cannot write "),
            "{}",
            said.stderr
        );
        assert_eq!(desk.read("db.yaml"), "old", "{call}");
        assert_eq!(names(&desk), ["db.yaml"], "{call}");
    }
}

#[test]
fn a_read_only_directory_is_an_error() {
    let desk = desk();
    desk.write("closed/db.yaml", "old");
    fs::set_permissions(desk.path("closed"), Permissions::from_mode(0o555)).unwrap();
    // Root may write everywhere.
    if fs::write(desk.path("closed/probe"), "").is_err() {
        for call in [
            format!("{SEAL} --to closed/db.yaml"),
            "bulla keygen closed/key.txt".into(),
        ] {
            let said = desk.shell(&call);
            assert_eq!(said.code, 5, "{call}: {}", said.stderr);
            assert!(said.stderr.contains("permission denied"), "{}", said.stderr);
        }
        assert_eq!(names(&desk), ["closed/db.yaml"]);
    }
    assert_eq!(desk.read("closed/db.yaml"), "old");
    fs::set_permissions(desk.path("closed"), Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_private_key_is_its_owners_alone_and_is_never_overwritten() {
    let desk = desk();
    desk.shell("umask 000; bulla keygen new.txt").printed();
    assert_eq!(mode(&desk, "new.txt"), 0o600);
    let before = desk.read("new.txt");
    symlink("new.txt", desk.path("link.txt")).unwrap();
    symlink("nowhere.txt", desk.path("dangling.txt")).unwrap();
    for name in ["new.txt", "link.txt", "dangling.txt"] {
        let said = desk.shell(&format!("bulla keygen {name}"));
        assert_eq!(said.code, 1, "{name}: {}", said.stderr);
        assert!(said.stderr.contains("exists already"), "{}", said.stderr);
        assert_eq!(desk.read("new.txt"), before, "{name}");
    }
    assert!(!desk.path("nowhere.txt").exists());
    // Without a file it is data like any other.
    let said = desk.shell("bulla keygen");
    assert!(
        said.stderr.starts_with("Public key: age1"),
        "{}",
        said.stderr
    );
    assert!(said.printed().contains("\nAGE-SECRET-KEY-1"));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let desk = desk();
    let said = desk.shell("bulla completions bash | head -c 1 > one");
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
}

#[test]
fn standard_output_that_is_full_is_an_error() {
    if !std::path::Path::new("/dev/full").exists() {
        return; // Linux has it.
    }
    let said = desk().shell(&format!("{SEAL} > /dev/full"));
    assert_eq!(said.code, 5, "{}", said.stderr);
}
