//! `.bulla.yaml`, as somebody at a desk meets it.

use std::fs;

use insta::assert_snapshot;

use crate::desk::{Desk, Said, parse};

const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\n\
                      stringData: {password: hunter2}\n";

/// A repository whose rules name the desk's key `me`, with more than one place in it.
fn repository() -> Desk {
    let desk = Desk::new();
    fs::create_dir(desk.path(".git")).unwrap();
    let rules = format!(
        "recipients:\n  me: {}\n  team: recipients.txt\n\
         rules:\n\
         - {{path: prod/**, recipients: [me], for: shop/acme-db}}\n\
         - {{path: any/*, recipients: [team], scope: cluster}}\n\
         - {{path: '*-db.sealed.yaml', recipients: [me]}}\n",
        desk.recipient
    );
    desk.write(".bulla.yaml", rules);
    desk.write("prod/secret.yaml", SECRET);
    desk.write("any/secret.yaml", SECRET);
    desk.write("secret.yaml", SECRET);
    desk
}

/// The place and the recipients of what was sealed.
fn sealed(said: Said) -> String {
    let file = parse(&said.printed());
    let recipients = file["spec"]["envelopes"][0]["recipients"].as_array();
    let count = recipients.unwrap().len();
    let (place, namespace) = (&file["spec"]["sealedFor"], &file["metadata"]["namespace"]);
    format!("{place}, states {namespace}, {count} recipients")
}

fn refused(said: &Said) -> &str {
    assert_ne!(said.code, 0);
    assert!(said.stdout.is_empty());
    assert!(!said.stderr.contains("hunter2"), "{}", said.stderr);
    &said.stderr
}

#[test]
fn a_rule_says_whom_for_and_where() {
    let desk = repository();
    let seal = |arguments: &[&str]| sealed(desk.says([&["seal"], arguments].concat(), SECRET));
    assert_snapshot!(seal(&["prod/secret.yaml"]), @r#"{"name":"acme-db","namespace":"shop"}, states null, 1 recipients"#);
    assert_snapshot!(seal(&["any/secret.yaml"]), @r#"{}, states "shop", 1 recipients"#);
    // The command line goes before the rule, and other recipients leave the place alone.
    assert_snapshot!(seal(&["prod/secret.yaml", "--for", "shop"]), @r#"{"name":"db","namespace":"shop"}, states null, 1 recipients"#);
    assert_snapshot!(seal(&["any/secret.yaml", "--scope", "strict"]), @r#"{"name":"db","namespace":"shop"}, states "shop", 1 recipients"#);
    assert_snapshot!(seal(&["prod/secret.yaml", "-r", &other(&desk), "-r", "me"]), @r#"{"name":"acme-db","namespace":"shop"}, states null, 2 recipients"#);
    // No rule covers these, and none is needed.
    assert_snapshot!(seal(&["-r", "team"]), @r#"{"name":"db","namespace":"shop"}, states "shop", 1 recipients"#);

    let create = [
        "create",
        "generic",
        "a-db",
        "-n",
        "shop",
        "--from-literal",
        "a=b",
    ];
    assert_snapshot!(sealed(desk.says(create, "")), @r#"{"name":"a-db","namespace":"shop"}, states "shop", 1 recipients"#);
    desk.says(["seal", "secret.yaml", "--to", "prod/db.sealed.yaml"], "")
        .printed();
    let open = [
        "open",
        "prod/db.sealed.yaml",
        "-i",
        "key.txt",
        "--ignore-place",
        "--key",
        "password",
    ];
    assert_eq!(desk.prints(open), "hunter2");
}

fn other(desk: &Desk) -> String {
    desk.prints(["keygen", "other.txt"]);
    desk.prints(["keygen", "--public", "other.txt"])
        .trim_end()
        .to_owned()
}

#[test]
fn what_no_rule_covers_is_refused() {
    let desk = repository();
    let says = |arguments: &[&str]| refused(&desk.says(arguments, SECRET)).to_owned();
    assert_snapshot!(says(&["seal"]), @r#"
    error: <stdin>:1:1: document 1: no rule of .bulla.yaml covers db.sealed.yaml
    hint: add one under `rules:`, or extend the glob of another: - {path: "db.sealed.yaml", recipients: [NAME]}
    0 sealed, 0 passed through, 1 failed; nothing was written
    "#);
    assert_snapshot!(says(&["create", "generic", "db", "-n", "shop", "--from-literal", "a=b"]), @r#"
    error: no rule of .bulla.yaml covers db.sealed.yaml
    hint: add one under `rules:`, or extend the glob of another: - {path: "db.sealed.yaml", recipients: [NAME]}
    "#);
    assert_snapshot!(says(&["seal", "-r", "nobody"]), @r"
    error: what -r names is not an age X25519 recipient (`age1...`)
    hint: it is neither a file that exists nor a name in .bulla.yaml
    ");
    assert_snapshot!(says(&["seal", "-r", "hunter2"]), @r"
    error: what -r names is not an age X25519 recipient (`age1...`)
    hint: it is neither a file that exists nor a name in .bulla.yaml
    ");

    fs::remove_file(desk.path(".bulla.yaml")).unwrap();
    assert_snapshot!(says(&["seal"]), @r"
    error: no recipient: whom to seal to?
    hint: name a public key: -r age1..., -r certificate.pem or -R recipients.txt
    hint: make one: bulla keygen key.txt
    hint: or write a .bulla.yaml, which says for each file who can open it
    ");
}

/// Secrets of one stream are each covered by a rule of their own, or the whole is refused.
#[test]
fn every_secret_of_a_stream_has_its_own_rule() {
    let desk = repository();
    let stream = |names: &[&str]| {
        let documents: Vec<_> = names
            .iter()
            .map(|name| SECRET.replace("db", name))
            .collect();
        documents.join("---\n")
    };
    assert_snapshot!(refused(&desk.says(["seal"], stream(&["a-db", "b", "c"]))), @r#"
    error: <stdin>:6:1: document 2: no rule of .bulla.yaml covers b.sealed.yaml
    error: <stdin>:11:1: document 3: no rule of .bulla.yaml covers c.sealed.yaml
    hint: add one under `rules:`, or extend the glob of another: - {path: "b.sealed.yaml", recipients: [NAME]}
    hint: add one under `rules:`, or extend the glob of another: - {path: "c.sealed.yaml", recipients: [NAME]}
    0 sealed, 0 passed through, 2 failed; nothing was written
    "#);
    let both = desk.says(["seal"], stream(&["a-db", "b-db"])).printed();
    assert_eq!(both.matches("kind: SealedSecret").count(), 2);
    desk.write("prod/secret.yaml", stream(&["db", "acme-db"]));
    assert_snapshot!(refused(&desk.says(["seal", "prod/secret.yaml"], "")), @r"
    error: the rule at .bulla.yaml:5:3 (for: shop/acme-db) names one place, but prod/secret.yaml holds 2 Secrets
    0 sealed, 0 passed through, 1 failed; nothing was written
    ");
}

#[test]
fn a_rule_and_the_rest_do_not_contradict() {
    let desk = repository();
    let says = |arguments: &[&str]| refused(&desk.says(arguments, SECRET)).to_owned();
    let create = [
        "create",
        "generic",
        "x",
        "--from-literal",
        "a=b",
        "--to",
        "prod/x.yaml",
    ];
    assert_snapshot!(says(&[&create[..], &["-n", "test"]].concat()), @r"
    error: -n says `test`, and the rule at .bulla.yaml:5:3 `for: shop`
    hint: drop -n, or say --for instead of it, which goes before the rule
    ");
    assert_snapshot!(says(&["seal", "prod/secret.yaml", "--scope", "cluster"]), @r"
    error: prod/secret.yaml:1:1: document 1: --scope and the rule's `for` at .bulla.yaml:5:3 contradict
    hint: say both --scope and --for, or neither
    0 sealed, 0 passed through, 1 failed; nothing was written
    ");
    assert_snapshot!(says(&["seal", "any/secret.yaml", "--for", "shop"]), @r"
    error: any/secret.yaml:1:1: document 1: --for and the rule's `scope` at .bulla.yaml:6:3 contradict
    hint: say both --scope and --for, or neither
    0 sealed, 0 passed through, 1 failed; nothing was written
    ");
    desk.write("prod/secret.yaml", SECRET.replace("shop", "test"));
    assert_snapshot!(says(&["seal", "prod/secret.yaml"]), @r"
    error: prod/secret.yaml:3:33: document 1: metadata.namespace: the manifest says namespace `test`, the command line `shop`; drop one of the two
    hint: the place is from the rule at .bulla.yaml:5:3
    0 sealed, 0 passed through, 1 failed; nothing was written
    ");
    fs::remove_file(desk.path("prod/secret.yaml")).unwrap();
    desk.write("me", "");
    assert_snapshot!(says(&["seal", "secret.yaml", "-r", "me"]), @r"
    error: -r me is both a name in .bulla.yaml and a file
    hint: for the file, say -r ./me; for the name, rename the file
    ");
    // Wrong rules are wrong also for whom they do not concern.
    desk.write(".bulla.yaml", "rules: [{path: x, recipients: [bbo]}]\n");
    assert_snapshot!(says(&["seal", "secret.yaml", "-R", "recipients.txt"]), @"error: .bulla.yaml:1:32: rules[0].recipients[0]: nobody is called `bbo` under `recipients:`; add the name there");
}

/// What a reader copies from there works as it stands.
#[test]
fn the_example_of_the_documentation() {
    let desk = Desk::new();
    let page = include_str!("../../../docs/rules.md");
    let rules = page.split("```yaml\n").nth(1).unwrap();
    desk.write(".bulla.yaml", rules.split("```").next().unwrap());
    desk.write(".git/HEAD", "");
    desk.write("secret.yaml", SECRET);
    let lines = page.lines().filter_map(|line| line.strip_prefix("    "));
    let keys: Vec<&str> = lines
        .clone()
        .take_while(|line| !line.starts_with('$'))
        .collect();
    assert!(keys.len() > 4, "{keys:?}");
    // The desk has a key already.
    fs::remove_file(desk.path("key.txt")).unwrap();
    desk.shell(&format!("set -e\n{}", keys.join("\n")))
        .printed();
    let sealing: Vec<_> = lines
        .filter_map(|line| line.strip_prefix("$ bulla seal "))
        .collect();
    for line in &sealing[..2] {
        desk.shell(&format!("bulla seal {line}")).printed();
    }
    assert!(desk.path("overlays/prod/db.sealed.yaml").exists());
}
