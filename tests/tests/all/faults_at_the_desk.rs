//! What goes wrong between `bulla` and the desk: links, full disks, words in the wrong place, and
//! text that wants to be more than text.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use data_encoding::BASE64;

use crate::desk::{Desk, IDENTITY, Said, says, secret};

const PEM: &str =
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEpQIBAAKCAQEA\n-----END RSA PRIVATE KEY-----";

fn some_secret() -> String {
    secret(&[("password".to_owned(), b"hunter2".to_vec())])
}

fn seal_to(desk: &Desk, to: &str) -> Said {
    desk.says(["seal", "-R", "recipients.txt", "--to", to], some_secret())
}

fn temporary_files(desk: &Desk) -> usize {
    let names = desk.files().into_keys();
    names.filter(|name| name.contains(".bulla-")).count()
}

#[test]
fn a_link_to_nothing_stays_a_link() {
    let desk = Desk::new();
    // The last is what /dev/stdout is; the test's standard output is a pipe.
    for (name, target) in [("dangling", "nowhere"), ("stdout", "/proc/self/fd/1")] {
        symlink(target, desk.path(name)).unwrap();
        let said = seal_to(&desk, name);
        assert_eq!(said.code, 5, "{name}: {}", said.stderr);
        let link = fs::read_link(desk.path(name)).unwrap();
        assert_eq!(link.to_str().unwrap(), target);
        fs::remove_file(desk.path(name)).unwrap();
    }
    assert!(!desk.path("nowhere").exists());
    assert_eq!(temporary_files(&desk), 0);
}

#[test]
fn what_is_no_file_is_not_replaced() {
    let desk = Desk::new();
    assert!(desk.shell("mkfifo pipe").succeeded());
    symlink("pipe", desk.path("link")).unwrap();
    for name in ["pipe", "link"] {
        let said = seal_to(&desk, name);
        assert_eq!(said.code, 5, "{}", said.stderr);
        assert!(
            said.stderr.contains("not a regular file"),
            "{}",
            said.stderr
        );
    }
}

#[test]
fn a_private_key_in_the_place_of_a_file_is_not_repeated() {
    let desk = Desk::new();
    let lower = IDENTITY.to_lowercase();
    let file = format!("# created: today\n{IDENTITY}");
    for key in [IDENTITY, &lower, &file, PEM] {
        for arguments in [
            vec!["open", "-i", key],
            vec!["open", key],
            vec!["inspect", key],
            vec!["keygen", "--public", key],
            vec!["seal", "-R", key],
            vec!["create", "generic", "db", key],
            vec![
                "create",
                "generic",
                "db",
                "-R",
                "recipients.txt",
                "--from-literal",
                key,
            ],
            vec![
                "create",
                "generic",
                "db",
                "-R",
                "recipients.txt",
                "--from-file",
                key,
            ],
            vec![
                "create",
                "generic",
                "db",
                "-R",
                "recipients.txt",
                "--from-env-file",
                key,
            ],
            vec!["completions", key],
            vec![key],
        ] {
            not_repeated(&desk.says(&arguments, ""), &arguments);
        }
        let mut command = desk.bulla(["open"]);
        command.env("BULLA_IDENTITY_FILE", key);
        not_repeated(&says(&mut command, ""), &["BULLA_IDENTITY_FILE"]);
    }
    let said = desk.says(["open", "-i", PEM], "");
    assert!(said.stderr.contains("name the file"), "{}", said.stderr);
    let said = desk.says(["open", "-i", IDENTITY], "");
    assert!(
        said.stderr.contains("a private key was given"),
        "{}",
        said.stderr
    );
}

#[track_caller]
fn not_repeated(said: &Said, arguments: &[&str]) {
    let shown = said.stderr.to_uppercase();
    assert_ne!(said.code, 0, "{arguments:?}");
    for part in ["U4PSD7U9DWYZ", "MIIEPQ", "BEGIN RSA"] {
        assert!(!shown.contains(part), "{arguments:?}: {}", said.stderr);
    }
}

#[test]
fn a_value_that_went_astray_is_not_repeated() {
    let desk = Desk::new();
    for astray in [
        "k2=hunter2",
        "hunter2",
        "-phunter2",
        "--x=hunter2",
        "--hunter2",
    ] {
        let arguments = ["create", "generic", "db", "--from-literal=k=A", astray];
        let said = desk.says(arguments, "");
        assert_eq!(said.code, 2, "{}", said.stderr);
        assert!(!said.stderr.contains("hunter2"), "{}", said.stderr);
    }
    let said = desk.says(["seal", "--recipient-file", "x"], "");
    assert!(
        said.stderr.contains("'--recipient-file'"),
        "{}",
        said.stderr
    );
}

#[test]
fn content_in_the_place_of_a_file_is_not_repeated() {
    let desk = Desk::new();
    let sealed = desk.seal(&some_secret());
    desk.write("db.sealed.yaml", sealed);
    let base64 = BASE64.encode(&[0xfb; 64]);
    let generic = ["create", "generic", "db", "-R", "recipients.txt"];
    let set = ["set", "db.sealed.yaml", "k", "-R", "recipients.txt"];
    let long = "hunter2".repeat(100);
    for content in [
        "hunter2",
        "hunter 2!",
        "/hunter2",
        "Hunter2.Horse",
        &base64,
        &long,
    ] {
        let as_key = format!("k={content}");
        for (flag, arguments) in [
            ("-i", &["open", "db.sealed.yaml", "-i", content][..]),
            (
                "--unwrapped",
                &["open", "db.sealed.yaml", "--unwrapped", content],
            ),
            ("--public", &["keygen", "--public", content]),
            (
                "--from-file",
                &[&generic[..], &["--from-file", content]].concat(),
            ),
            (
                "--from-file",
                &[&generic[..], &["--from-file", &as_key]].concat(),
            ),
            (
                "--from-env-file",
                &[&generic[..], &["--from-env-file", content]].concat(),
            ),
            (
                "--from-file",
                &[&set[..], &["--from-file", content]].concat(),
            ),
            (
                "--cert",
                &[
                    "create",
                    "tls",
                    "db",
                    "-R",
                    "recipients.txt",
                    "--cert",
                    content,
                    "--key",
                    "x",
                ],
            ),
            (
                "--ssh-privatekey",
                &[
                    "create",
                    "ssh-auth",
                    "db",
                    "-R",
                    "recipients.txt",
                    "--ssh-privatekey",
                    content,
                ],
            ),
        ] {
            let said = desk.says(arguments, "");
            // `=` stands in base64, and between key and path.
            let is_usage = said.code == 2 && content == base64 && flag == "--from-file";
            assert!(said.code == 5 || is_usage, "{arguments:?}: {}", said.stderr);
            assert!(!said.stderr.contains(&content[1..]), "{}", said.stderr);
            assert!(said.stderr.contains(flag) || is_usage, "{}", said.stderr);
        }
    }
    // And what looks like a path is, so that a slip is found.
    desk.write("keys/team.txt", "");
    for path in ["kye.txt", "keys/taem", "nowhere/key.pem"] {
        let said = desk.says(["open", "db.sealed.yaml", "-i", path], "");
        let why = format!("error: cannot read {path}: No such file");
        assert!(said.stderr.starts_with(&why), "{}", said.stderr);
    }
}

#[test]
fn errors_that_nobody_can_read_keep_their_exit_code() {
    let desk = Desk::new();
    for elsewhere in ["/dev/full", "&-"] {
        let said = desk.shell(&format!("bulla inspect nowhere.yaml 2>{elsewhere}"));
        assert_eq!(said.code, 5, "{elsewhere}");
        let said = desk.shell(&format!("bulla keygen new.txt 2>{elsewhere} && rm new.txt"));
        assert_eq!(said.code, 0, "{elsewhere}");
    }
}

#[test]
fn a_full_disk_does_not_name_the_temporary_file() {
    let desk = Desk::new();
    desk.write("db.json", some_secret());
    for line in [
        "bulla seal -R recipients.txt db.json --to db.yaml",
        "bulla keygen new.txt",
    ] {
        // The file's limit stands for a full disk.
        let said = desk.shell(&format!("trap '' XFSZ; ulimit -f 0; {line}"));
        assert_eq!(said.code, 5, "{}", said.stderr);
        assert!(!said.stderr.contains(".bulla-"), "{}", said.stderr);
    }
    assert_eq!(temporary_files(&desk), 0);
}

/// Of a folder that can be written but not read, only the entry is certain, not its sync.
#[test]
fn a_folder_that_cannot_be_synced_is_no_error() {
    let desk = Desk::new();
    let folder = desk.path("folder");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o300)).unwrap();
    let key = desk.says(["keygen", "folder/key.txt"], "");
    let sealed = seal_to(&desk, "folder/db.yaml");
    fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
    assert!(key.succeeded(), "{}", key.stderr);
    assert!(sealed.succeeded(), "{}", sealed.stderr);
}

#[test]
fn a_new_key_is_complete_and_its_owners() {
    let desk = Desk::new();
    assert!(desk.says(["keygen", "new.txt"], "").succeeded());
    let mode = fs::metadata(desk.path("new.txt")).unwrap().permissions();
    assert_eq!(mode.mode() & 0o777, 0o600);
    assert!(desk.read("new.txt").contains("AGE-SECRET-KEY-1"));
    let before = desk.read("new.txt");
    assert_eq!(desk.says(["keygen", "new.txt"], "").code, 1);
    assert_eq!(desk.read("new.txt"), before);
    assert_eq!(temporary_files(&desk), 0);
}

#[test]
fn an_empty_variable_is_none() {
    let desk = Desk::new();
    let sealed = desk.seal(&some_secret());
    let mut command = desk.bulla(["open"]);
    command.env("BULLA_IDENTITY", "");
    command.env("BULLA_IDENTITY_FILE", "key.txt");
    assert!(says(&mut command, &sealed).succeeded());
    let mut command = desk.bulla(["open"]);
    command.env("BULLA_IDENTITY", "");
    command.env("BULLA_IDENTITY_FILE", "");
    assert_eq!(says(&mut command, &sealed).code, 3);
}

#[test]
fn an_env_file_says_which_variable_is_not_there() {
    let desk = Desk::new();
    desk.write("env", "A=1\nBULLA_TEST_NOT_SET\nHOME\n");
    let said = desk.says(
        [
            "create",
            "generic",
            "db",
            "-n",
            "shop",
            "-R",
            "recipients.txt",
            "--from-env-file",
            "env",
        ],
        "",
    );
    assert!(said.stderr.contains("env:2: has no `=`"), "{}", said.stderr);
    assert!(!said.stderr.contains("NOT_SET"), "{}", said.stderr);
    assert!(!said.stderr.contains("env:3"), "{}", said.stderr);
    assert!(said.succeeded());
}

#[test]
fn text_from_files_forges_no_lines() {
    let desk = Desk::new();
    let manifest = r#"{"apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {"name": "db", "namespace": "shop", "annotations":
            {"a": "x\nsealed for  nowhere\u001b[2K\u009b\u202e"}},
        "data": {"password": "aHVudGVyMg=="}}"#;
    let sealed = desk.seal(manifest);
    let shown = desk.says(["inspect"], &sealed).printed();
    let line = r"annotations a=x\nsealed for  nowhere\u{1b}[2K\u{9b}\u{202e}";
    assert!(shown.lines().any(|shown| shown == line), "{shown}");

    // JSON escapes no more than it has to.
    for call in [
        &["inspect", "-o", "json"][..],
        &["open", "-i", "key.txt", "-o", "json"],
    ] {
        let json = desk.says(call, &sealed).printed();
        let text = r"x\nsealed for  nowhere\u001b[2K\u009b\u202e";
        assert!(json.contains(text), "{json}");
    }

    let said = desk.says(["inspect", "no\u{1b}[2K\rwhere.yaml"], "");
    assert!(
        said.stderr.contains(r"no\u{1b}[2K\rwhere.yaml"),
        "{}",
        said.stderr
    );
}
