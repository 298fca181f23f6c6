//! `bulla diff`, alone and within git.

use data_encoding::BASE64;
use insta::assert_snapshot;

use crate::canary::{CANARY, assert_silent, is_shown};
use crate::desk::{Desk, damaged};

const IDENTITY: [&str; 2] = ["-i", "key.txt"];

/// `db.sealed.yaml`, committed, and `other.txt` beside `key.txt`.
fn desk() -> (Desk, String) {
    let desk = Desk::new();
    desk.prints(["keygen", "other.txt"]);
    let other = desk.prints(["keygen", "--public", "other.txt"]);
    let create = [
        "create",
        "generic",
        "db",
        "-n",
        "shop",
        "-R",
        "recipients.txt",
    ];
    let password = format!("--from-literal=password={CANARY}");
    let values = [
        password.as_str(),
        "--from-literal=host=a",
        "--from-literal=user=app",
    ];
    desk.prints(
        create
            .iter()
            .chain(&values)
            .chain(&["--to", "db.sealed.yaml"]),
    );
    desk.git("init --quiet");
    desk.git("add db.sealed.yaml");
    desk.git("commit --quiet --message=sealed");
    (desk, other.trim_end().to_owned())
}

fn set(desk: &Desk, arguments: &[&str]) {
    let set = ["set", "db.sealed.yaml", "-R", "recipients.txt"];
    desk.prints(set.iter().chain(arguments));
}

/// What differs from the last commit, with what is random masked.
fn diff(desk: &Desk, arguments: &[&str]) -> String {
    mask(&desk.prints(["diff", "db.sealed.yaml"].iter().chain(arguments)))
}

/// Suffixes and recipients.
fn mask(text: &str) -> String {
    let is_base32 = |c: &char| matches!(c, 'a'..='z' | '2'..='7');
    let mut masked = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let run = |from: &str| from.chars().take_while(is_base32).count();
        if c == '-' && run(&rest[1..]) == 16 {
            masked += "-SUFFIX";
            rest = &rest[17..];
        } else if rest.starts_with("age1") {
            masked += "age1RECIPIENT";
            rest = &rest[62..];
        } else {
            masked.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    masked
}

#[test]
fn items_come_change_and_go() {
    let (desk, _) = desk();
    assert_eq!(diff(&desk, &[]), "");
    set(&desk, &["host=b", "user=app", "url=x", "--remove=password"]);
    assert_snapshot!(diff(&desk, &[]), @r##"
    shop/db: db-SUFFIX becomes db-SUFFIX
      resealed    host (a new value, or the same again)
      removed     password
      added       url
      resealed    user (a new value, or the same again)
    "##);
    assert_snapshot!(diff(&desk, &IDENTITY), @r##"
    shop/db: db-SUFFIX becomes db-SUFFIX
      changed     host
      removed     password
      added       url
      resealed    user (the same value)
    "##);
    assert_snapshot!(diff(&desk, &["-o", "json", "-i", "key.txt"]), @r##"{"name":"db","namespace":"shop","oldSecretName":"db-SUFFIX","newSecretName":"db-SUFFIX","items":{"host":"changed","password":"removed","url":"added","user":"same"},"recipients":[],"fields":[],"warnings":[]}"##);
    let shown = diff(&desk, &["--show-values", "-i", "key.txt"]);
    assert!(is_shown(shown.as_bytes()));
    assert_snapshot!(shown, @r##"
    shop/db: db-SUFFIX becomes db-SUFFIX
      changed     host
        - "a"
        + "b"
      removed     password
        - "c4n4ryB1rd \"<&>é\n"
        - "\\ d1esF1rst"
      added       url
        + "x"
      resealed    user (the same value)
    "##);
    assert_silent("diff", diff(&desk, &IDENTITY).as_bytes());
    let json = diff(&desk, &["-o", "json", "-i", "key.txt"]);
    assert_silent("JSON", json.as_bytes());
}

#[test]
fn recipients_come_and_go() {
    let (desk, other) = desk();
    desk.prints(["rewrap", "--add", &other, "db.sealed.yaml", "-i", "key.txt"]);
    let shown = desk.prints(["diff", "db.sealed.yaml"]);
    assert!(shown.contains(&format!("+ {other}")), "{shown}");
    assert_snapshot!(mask(&shown), @r##"
    shop/db: db-SUFFIX stays
      readers     host, password, user: + age1RECIPIENT
    "##);
    desk.git("commit --quiet --all --message=added");
    // A new reader of one item, and one less.
    desk.prints(["set", "db.sealed.yaml", "host=b", "new=c", "-r", &other]);
    let shown = diff(&desk, &[]);
    assert_snapshot!(shown, @r##"
    shop/db: db-SUFFIX becomes db-SUFFIX
      resealed    host (a new value, or the same again)
      added       new
      readers     host: - age1RECIPIENT
    "##);
    let reseal = [
        "reseal",
        "db.sealed.yaml",
        "-R",
        "recipients.txt",
        "-i",
        "key.txt",
    ];
    desk.git("checkout --quiet db.sealed.yaml");
    desk.prints(reseal);
    assert_snapshot!(diff(&desk, &IDENTITY), @r##"
    shop/db: db-SUFFIX becomes db-SUFFIX
      resealed    host (the same value)
      resealed    password (the same value)
      resealed    user (the same value)
      readers     host, password, user: - age1RECIPIENT
    "##);
    // The same recipients: wrapped again.
    desk.git("commit --quiet --all --message=resealed");
    let replace = format!("{}={other}", desk.recipient);
    let back = format!("{other}={}", desk.recipient);
    desk.prints([
        "rewrap",
        "--replace",
        &replace,
        "db.sealed.yaml",
        "-i",
        "key.txt",
    ]);
    desk.prints([
        "rewrap",
        "--replace",
        &back,
        "db.sealed.yaml",
        "-i",
        "other.txt",
    ]);
    assert_snapshot!(diff(&desk, &[]), @r##"
    shop/db: db-SUFFIX stays
      rewrapped   host, password, user: for the same recipients
    "##);
}

#[test]
fn a_side_that_does_not_open_is_said() {
    let (desk, other) = desk();
    let to_both = [
        "reseal",
        "db.sealed.yaml",
        "-r",
        &other,
        "-r",
        &desk.recipient,
    ];
    desk.prints(to_both.iter().chain(&["-i", "key.txt"]));
    desk.prints(["set", "db.sealed.yaml", "host=b", "-r", &other]);
    assert_snapshot!(diff(&desk, &["--show-values", "-i", "other.txt"]), @r##"
    shop/db: db-SUFFIX becomes db-SUFFIX
      resealed    host (a new value, or the same again)
        - does not open
        + "b"
      resealed    password (a new value, or the same again)
        - does not open
        + "c4n4ryB1rd \"<&>é\n"
        + "\\ d1esF1rst"
      resealed    user (a new value, or the same again)
        - does not open
        + "app"
      readers     host: - age1RECIPIENT, + age1RECIPIENT
      readers     password, user: + age1RECIPIENT
    "##);
}

#[test]
fn a_new_item_for_a_stranger_is_seen() {
    let (desk, other) = desk();
    desk.prints(["set", "db.sealed.yaml", "url=x", "-r", &other]);
    let shown = desk.prints(["diff", "db.sealed.yaml"]);
    assert!(
        shown.contains(&format!("readers     url: + {other}")),
        "{shown}"
    );
}

#[test]
fn an_item_that_changed_under_its_commitment_is_not_ours() {
    let (desk, _) = desk();
    let sealed = desk.read("db.sealed.yaml");
    desk.write("db.sealed.yaml", damaged(&sealed, "host"));
    assert_snapshot!(diff(&desk, &[]), @r##"
    shop/db: db-SUFFIX stays
      ALTERED     host (not by bulla)
      warning     stale: `db-SUFFIX` is not the name of what is sealed here, which is `db-SUFFIX`: the name is stale, or something else in the file was changed after sealing
      warning     host: other bytes under an unchanged commitment; bulla never seals twice under one data key, so something else has changed them
    "##);
    assert_snapshot!(diff(&desk, &IDENTITY), @r##"
    shop/db: db-SUFFIX stays
      ALTERED     host (not by bulla)
      warning     stale: `db-SUFFIX` is not the name of what is sealed here, which is `db-SUFFIX`: the name is stale, or something else in the file was changed after sealing
      warning     the new side does not open: item `host` is damaged, or was moved here from another key, type, place or file
      warning     host: other bytes under an unchanged commitment; bulla never seals twice under one data key, so something else has changed them
    "##);
}

#[test]
fn what_a_revert_brings_back_is_no_alarm() {
    let (desk, _) = desk();
    set(&desk, &["host=b", "--remove=user"]);
    desk.git("commit --quiet --all --message=changed");
    desk.git("revert --no-commit HEAD");
    let shown = diff(&desk, &IDENTITY);
    assert!(
        !shown.contains("warning") && !shown.contains("ALTERED"),
        "{shown}"
    );
    assert_snapshot!(shown, @r##"
    shop/db: db-SUFFIX becomes db-SUFFIX
      changed     host
      added       user
    "##);
}

#[test]
fn type_place_and_metadata() {
    let (desk, _) = desk();
    let secret = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n  namespace: test\n  labels: {app: a}\n  \
                  annotations: {note: \"x\\e[2J\\u202Ey\\nerror: z\"}\ntype: example.com/x\nstringData: {host: a}\n";
    desk.write("db.sealed.yaml", desk.seal(secret));
    assert_snapshot!(diff(&desk, &[]), @r##"
    test/db: db-SUFFIX becomes db-SUFFIX
      resealed    host (a new value, or the same again)
      removed     password
      removed     user
      annotation note  x\u{1b}[2J\u{202e}y\nerror: z
      label app   a
      namespace   shop becomes test
      sealed for  shop/db becomes test/db
      type        Opaque becomes example.com/x
    "##);
    let json = desk.prints(["diff", "db.sealed.yaml", "-o", "json"]);
    assert!(
        json.contains(r#""new":"x\u001b[2J\u202ey\nerror: z""#),
        "{json}"
    );
    // The other way round, by hand: what is stale or misplaced is said.
    let moved = desk
        .read("db.sealed.yaml")
        .replacen("namespace: test", "namespace: prod", 1);
    desk.write("db.sealed.yaml", moved.replace("app: a", "app: b"));
    let shown = diff(&desk, &IDENTITY);
    assert!(
        shown.contains("misplaced") && shown.contains("stale"),
        "{shown}"
    );
}

#[test]
fn streams_are_matched_by_name() {
    let desk = Desk::new();
    let one = |name: &str, value: &str| {
        desk.seal(&format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: shop}}\nstringData: {{a: {value}}}\n"
        ))
    };
    let (a, b, c) = (one("a", "x"), one("b", "x"), one("c", "x"));
    let other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    desk.write("old.yaml", format!("{a}---\n{other}---\n{b}"));
    desk.write("new.yaml", format!("{}---\n{c}", one("b", "z")));
    desk.write("b.yaml", &b);
    desk.write("c.yaml", &c);
    assert_snapshot!(mask(&desk.prints(["diff", "old.yaml", "new.yaml"])), @r##"
    shop/a: a-SUFFIX is gone
      removed     a
    shop/b: b-SUFFIX becomes b-SUFFIX
      resealed    a (a new value, or the same again)
    shop/c: c-SUFFIX is new
      added       a
      readers     a: + age1RECIPIENT
      sealed for  shop/c
      type        Opaque
    "##);
    // One alone is the same one under another name.
    assert_snapshot!(mask(&desk.prints(["diff", "b.yaml", "c.yaml", "-i", "key.txt"])), @r##"
    shop/c: b-SUFFIX becomes c-SUFFIX
      resealed    a (the same value)
      name        b becomes c
      sealed for  shop/b becomes shop/c
    "##);
    assert_snapshot!(mask(&desk.prints(["diff", "/dev/null", "c.yaml"])), @r##"
    shop/c: c-SUFFIX is new
      added       a
      readers     a: + age1RECIPIENT
      sealed for  shop/c
      type        Opaque
    "##);
    let said = desk.says(["diff", "-", "b.yaml", "--exit-code"], &b);
    assert_eq!(
        (said.code, said.stdout.len(), said.stderr.as_str()),
        (0, 0, "")
    );
    let said = desk.says(["diff", "-", "c.yaml", "--exit-code"], &b);
    assert_eq!((said.code, said.stderr.as_str()), (6, ""));
}

/// A file of this size is not read, and neither is what a commit has under its name.
#[test]
fn a_blob_is_no_larger_than_a_file_may_be() {
    let (desk, _) = desk();
    let made = desk.shell(
        "truncate -s 257M big.yaml && git -c core.compression=1 add big.yaml && echo > big.yaml",
    );
    made.printed();
    let said = desk.says(["diff", ":big.yaml", "db.sealed.yaml"], "");
    assert_snapshot!(said.stderr, @"error: cannot read :big.yaml: file too large");
    assert_eq!(said.code, 5);
}

#[test]
fn revisions() {
    let (desk, _) = desk();
    desk.write("sub/db.sealed.yaml", desk.read("db.sealed.yaml"));
    desk.git("add sub");
    set(&desk, &["host=b"]);
    desk.git("commit --quiet --all --message=two");
    let changed = |arguments: &[&str]| {
        desk.prints(["diff"].iter().chain(arguments))
            .contains("host")
    };
    assert!(changed(&["HEAD~1:db.sealed.yaml", "HEAD:db.sealed.yaml"]));
    assert!(changed(&["HEAD~1:db.sealed.yaml", "db.sealed.yaml"]));
    assert!(changed(&["sub/db.sealed.yaml", "db.sealed.yaml"]));
    assert!(!changed(&["db.sealed.yaml"]));
    assert!(!changed(&["sub/db.sealed.yaml"]));
    assert!(!changed(&[
        "HEAD~1:db.sealed.yaml",
        "HEAD:sub/db.sealed.yaml"
    ]));
    // A file goes before a revision of the same spelling.
    desk.write("HEAD~1:db.sealed.yaml", desk.read("db.sealed.yaml"));
    assert!(!changed(&["HEAD~1:db.sealed.yaml", "db.sealed.yaml"]));
}

/// A desk whose git knows the textconv.
fn with_textconv() -> Desk {
    let (desk, _) = desk();
    desk.write(".gitattributes", "*.sealed.yaml diff=bulla\n");
    desk.git("config diff.bulla.textconv 'bulla diff --textconv'");
    desk
}

#[test]
fn git_shows_which_items_changed() {
    let desk = with_textconv();
    set(&desk, &["host=b"]);
    let shown = desk.git("diff");
    let changed = |mark: char| {
        let lines = shown.lines().filter(|line| line.starts_with(mark));
        let lines = lines.filter(|line| !line.starts_with("+++") && !line.starts_with("---"));
        let lines = lines.map(|line| line.split_once(':').map_or(line, |(key, _)| key).to_owned());
        lines.collect::<Vec<_>>()
    };
    assert_eq!(changed('-'), ["-  secretName", "-      host"], "{shown}");
    assert_eq!(
        changed('+'),
        [
            "+  secretName",
            "+  - format",
            "+    commitment",
            "+    recipients",
            "+    - age1RECIPIENT",
            "+    age",
            "+      <sealed sha256",
            "+    items",
            "+      host"
        ]
        .map(|line| line.replace("age1RECIPIENT", &desk.recipient)),
        "{shown}"
    );
    assert!(!shown.contains("BEGIN AGE"), "{shown}");
    desk.git("commit --quiet --all --message=two");
    let log = desk.git("log --patch");
    assert!(log.contains("      host: <sealed sha256:"), "{log}");
    assert_silent("git log", log.as_bytes());
}

#[test]
fn git_hides_no_change() {
    let desk = with_textconv();
    let before = desk.read("db.sealed.yaml");
    let age = before.split_once("FILE-----\n").unwrap().1.trim_start();
    let item = before.split_once("host: ").unwrap().1;
    for (what, changed) in [
        ("a comment", before.replace("spec:", "spec: # mine")),
        ("an unknown field", format!("{before}mine: 1\n")),
        (
            "metadata",
            before.replace("metadata:", "metadata:\n  labels: {a: b}"),
        ),
        ("an item", before.replace(&item[..9], "AAAAAAAAA")),
        (
            "the style of an item",
            before.replace(&item[..9], &format!("!!str {}", &item[..9])),
        ),
        ("a wrapped key", before.replace(&age[..9], "AAAAAAAAA")),
        ("the end", format!("{before}\n# mine\n")),
        ("broken", before.replace("spec:", "spec: {")),
        ("not UTF-8", before.replace("spec:", "spec: # \u{fffd}")),
        ("a document more", format!("{before}---\na: b\n")),
        (
            "one item more",
            before.replace("      host: ", "      mine: x\n      host: "),
        ),
        (
            "an item twice",
            before.replace("      host: ", "      host: x\n      host: "),
        ),
        ("items twice", format!("{before}    items: {{host: x}}\n")),
    ] {
        assert_ne!(before, changed, "{what}");
        desk.write("db.sealed.yaml", changed.replace('\u{fffd}', "x"));
        if what == "not UTF-8" {
            desk.write("db.sealed.yaml", [changed.as_bytes(), b"# \xff\n"].concat());
        }
        let said = desk.shell("git diff");
        assert_eq!(said.code, 0, "{what}: {}", said.stderr);
        assert!(
            said.stdout.windows(3).any(|three| three == b"\n@@"),
            "{what}"
        );
    }
    // And what is no sealed file at all is shown as it is.
    for content in ["", "a: b\n", "a\0b", "apiVersion: v1\nkind: Secret\n"] {
        let file = desk.write("x.sealed.yaml", content);
        let said = desk.says(["diff", "--textconv", file.to_str().unwrap()], "");
        assert_eq!((said.code, said.stdout), (0, content.as_bytes().to_vec()));
    }
}

#[test]
fn the_textconv_of_any_layout() {
    let (desk, _) = desk();
    let yaml = desk.read("db.sealed.yaml");
    desk.write("db.json", crate::desk::parse(&yaml).to_string());
    desk.write("crlf.yaml", yaml.replace('\n', "\r\n"));
    desk.write("cut.yaml", yaml.trim_end());
    let (before, items) = yaml.split_once("items:\n").unwrap();
    let items: Vec<&str> = items.lines().map(str::trim).collect();
    let quoted = items.iter().map(|item| item.replacen(": ", ": '", 1));
    let quoted: String = quoted.map(|item| format!("      {item}'\n")).collect();
    desk.write("single.yaml", format!("{before}items:\n{quoted}"));
    desk.write(
        "flow.yaml",
        format!("{before}items: {{{}}}\n", items.join(", ")),
    );
    for file in [
        "db.sealed.yaml",
        "db.json",
        "crlf.yaml",
        "cut.yaml",
        "single.yaml",
        "flow.yaml",
    ] {
        let shown = desk.prints(["diff", "--textconv", file]);
        assert_eq!(
            shown.matches("<sealed sha256:").count(),
            4,
            "{file}: {shown}"
        );
        assert!(!shown.contains("BEGIN AGE"), "{shown}");
        // No file that is broken on purpose passes for this one.
        desk.write("shown", &shown);
        assert_ne!(
            desk.prints(["diff", "--textconv", "shown"]),
            shown,
            "{file}"
        );
        assert_eq!(
            shown.ends_with('\n'),
            desk.read(file).ends_with('\n'),
            "{file}"
        );
    }
}

/// A file that was written by hand, or that a careless tool has made.
#[test]
fn plaintext_in_the_place_of_sealed_bytes_is_shown_to_whoever_reviews() {
    let desk = with_textconv();
    let before = desk.read("db.sealed.yaml");
    let item = before.split_once("host: ").unwrap().1;
    let item = item.lines().next().unwrap();
    let armor = before.split_once("age: ").unwrap().1;
    let armor = armor.split_once("    items:").unwrap().0;
    let text = "hunter2 ".repeat(40);
    // As long as an item with 64 bytes, and as an RSA ciphertext.
    let as_item = BASE64.encode(&text.as_bytes()[..92]);
    let as_rsa = BASE64.encode(&text.as_bytes()[..256]);
    let short = BASE64.encode(b"hunter2");
    for (plain, changed) in [
        ("hunter2", before.replace(item, "hunter2")),
        (&*short, before.replace(item, &short)),
        (&as_item, before.replace(item, &as_item)),
        ("hunter2", before.replace(item, &format!("{item}hunter2"))),
        ("hunter2", before.replace(item, "<sealed sha256:hunter2>")),
        ("hunter2", before.replace(armor, "hunter2\n")),
        ("hunter2", before.replace("END AGE", "hunter2")),
        ("hunter2", format!("{before}    rsa: {{a: hunter2}}\n")),
        (&as_rsa, format!("{before}    rsa: {{a: {as_rsa}}}\n")),
    ] {
        assert_ne!(before, changed, "{plain}");
        desk.write("db.sealed.yaml", &changed);
        let shown = desk.git("diff");
        assert!(shown.contains(plain), "{plain}: {shown}");
    }
    // What is damaged is no plaintext.
    desk.write("db.sealed.yaml", before.replace(&item[..9], "AAAAAAAAA"));
    assert!(!desk.git("diff").contains("AAAAAAAAA"));
}
