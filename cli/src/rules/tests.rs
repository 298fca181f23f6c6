use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use tempfile::TempDir;

use super::{AllRules, Rules, none_at_all};
use crate::error::CommandError;

/// Two keys that guard nothing.
const ALICE: &str = "age14lscf560sey0mp2e0ttra0lcgurf6p97h27l4yafsh047q8vc5ds758827";
const BOB: &str = "age1fpzmn5v22vmkv5u6z43lyhgrjzxjf0kn9x2ck9gm6zhqjkxs95zs2854vc";

/// A repository with these files. `ALICE` and `BOB` stand for their keys.
fn repository(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join(".git")).unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text.replace("ALICE", ALICE).replace("BOB", BOB)).unwrap();
    }
    directory
}

fn printed(error: &CommandError, directory: &Path) -> String {
    let errors = error.messages().iter().cloned();
    let hints = error.hints().iter().map(|hint| format!("hint: {hint}"));
    let lines: Vec<_> = errors.chain(hints).collect();
    let directory = format!("{}/", directory.display());
    lines.join("\n").replace(&directory, "")
}

/// What is wrong with this `.bulla.yaml`.
fn wrong(text: &str) -> String {
    wrong_beside(text, &[])
}

fn wrong_beside(text: &str, files: &[(&str, &str)]) -> String {
    let directory = repository(&[&[(".bulla.yaml", text)], files].concat());
    match Rules::of_directory(directory.path()) {
        Ok(rules) => panic!("nothing is wrong: {}", rules.is_some()),
        Err(error) => printed(&error, directory.path()),
    }
}

/// Who can open a file, by the first letter after `age1`, or why that cannot be told.
fn recipients(directory: &TempDir, file: &str) -> String {
    let file = directory.path().join(file);
    let rules = AllRules::default().of_file(&file);
    let rules = rules.and_then(|rules| rules.ok_or_else(none_at_all));
    match rules.and_then(|rules| rules.require(&file).cloned()) {
        Ok(rule) => {
            let keys: Vec<_> = rule.recipients.iter().map(ToString::to_string).collect();
            keys.join(" ").replace(ALICE, "ALICE").replace(BOB, "BOB")
        }
        Err(error) => printed(&error, directory.path()),
    }
}

#[test]
fn the_first_rule_that_covers_a_file_counts() {
    let directory = repository(&[
        ("keys/team.txt", "# the team\nALICE\nBOB\n"),
        (
            ".bulla.yaml",
            "recipients:\n  alice: ALICE\n  team: keys/team.txt\nrules:\n\
             - {path: overlays/prod/**, recipients: [alice]}\n\
             - {path: 'overlays/*/db.sealed.yaml', recipients: [BOB, alice, team]}\n\
             - {path: '**/*.sealed.yaml', recipients: [team]}\n",
        ),
    ]);
    assert_snapshot!(recipients(&directory, "overlays/prod/db.sealed.yaml"), @"ALICE");
    assert_snapshot!(recipients(&directory, "overlays/prod/deep/er/x"), @"ALICE");
    assert_snapshot!(recipients(&directory, "overlays/test/db.sealed.yaml"), @"BOB ALICE");
    assert_snapshot!(recipients(&directory, "overlays/a/b/db.sealed.yaml"), @"ALICE BOB");
    assert_snapshot!(recipients(&directory, "db.sealed.yaml"), @"ALICE BOB");
    // As given, not as the file system has it.
    assert_snapshot!(recipients(&directory, "no/such/../../overlays/./prod/x"), @"ALICE");
    assert_snapshot!(recipients(&directory, "db [1].yaml"), @r#"
    no rule of .bulla.yaml covers db [1].yaml
    hint: add one under `rules:`, or extend the glob of another: - {path: "db [[]1[]].yaml", recipients: [NAME]}
    "#);
}

#[test]
fn a_name_can_stand_for_several_keys() {
    let directory = repository(&[
        ("keys/bob.txt", "BOB\n"),
        (
            ".bulla.yaml",
            "recipients:\n  prod:\n  - ALICE\n  - keys/bob.txt\nrules:\n\
             - {path: '**', recipients: [prod]}\n",
        ),
    ]);
    assert_snapshot!(recipients(&directory, "x"), @"ALICE BOB");
    assert_snapshot!(wrong("recipients:\n  prod: []\n"), @".bulla.yaml:2:9: recipients.prod: empty; give at least one public key");
    assert_snapshot!(wrong("recipients:\n  prod: [ALICE, ALICE, age1x, '']\n"), @r"
    .bulla.yaml:2:74: recipients.prod[1]: given twice; remove one of the two
    .bulla.yaml:2:138: recipients.prod[2]: is not an age X25519 recipient (`age1...`)
    .bulla.yaml:2:145: recipients.prod[3]: must be `age1...`, or the path of a file relative to this one
    ");
    assert_snapshot!(wrong("recipients:\n  prod: [ALICE, {a: b}]\n"), @".bulla.yaml:2:74: recipients.prod[1]: a string is expected here");
    assert_snapshot!(wrong("recipients:\n  prod: {a: b}\n"), @".bulla.yaml:2:9: recipients.prod: a string or a list of strings is expected here");
    assert_snapshot!(wrong("recipients:\n  prod:\n"), @".bulla.yaml:2:7: recipients.prod: a string or a list of strings is expected here; put the value in quotes if it is meant as text");
}

#[test]
fn the_nearest_file_counts_and_nothing_above_the_repository() {
    let directory = repository(&[
        (".bulla.yaml", "rules: [{path: '**', recipients: [ALICE]}]"),
        (
            "near/.bulla.yaml",
            "rules: [{path: '*', recipients: [BOB]}]",
        ),
        ("repository/.git", "gitdir: elsewhere"),
        ("yml/.bulla.yml", ""),
    ]);
    assert_snapshot!(recipients(&directory, "a/b/x"), @"ALICE");
    assert_snapshot!(recipients(&directory, "near/x"), @"BOB");
    assert_snapshot!(recipients(&directory, "near/below/x"), @r#"
    no rule of near/.bulla.yaml covers below/x
    hint: add one under `rules:`, or extend the glob of another: - {path: "below/x", recipients: [NAME]}
    "#);
    assert_snapshot!(recipients(&directory, "repository/x"), @r"
    no recipient: whom to seal to?
    hint: name a public key: -r age1..., -r certificate.pem or -R recipients.txt
    hint: make one: bulla keygen key.txt
    hint: or write a .bulla.yaml, which says for each file who can open it
    ");
    assert_snapshot!(recipients(&directory, "yml/x"), @"yml/.bulla.yml: is not read; rename it to .bulla.yaml");
}

#[test]
fn what_is_not_a_file_is_not_passed_over() {
    let directory = repository(&[("directory/.bulla.yaml/x", "")]);
    std::os::unix::fs::symlink("nowhere", directory.path().join(".bulla.yaml")).unwrap();
    assert_snapshot!(recipients(&directory, "x"), @"cannot read .bulla.yaml: No such file or directory (os error 2)");
    assert_snapshot!(recipients(&directory, "directory/x"), @"cannot read directory/.bulla.yaml: not a regular file");
}

#[test]
fn the_shape_is_strict() {
    assert_snapshot!(wrong(""), @".bulla.yaml: must hold one document, and holds 0");
    assert_snapshot!(wrong("rules: []\n---\nrules: []\n"), @".bulla.yaml: must hold one document, and holds 2");
    assert_snapshot!(wrong("[]"), @".bulla.yaml:1:1: a map is expected here");
    assert_snapshot!(wrong("rule: []"), @".bulla.yaml:1:1: rule: unknown field; remove it or correct its spelling");
    assert_snapshot!(wrong("rules: []\nrules: []"), @".bulla.yaml:2:1: rules: duplicate key; remove one of the two");
    assert_snapshot!(wrong("everybody"), @".bulla.yaml:1:1: a map is expected here");
    assert_snapshot!(wrong("rules: [everybody]"), @".bulla.yaml:1:9: rules[0]: a map is expected here");
    assert_snapshot!(wrong("rules:"), @".bulla.yaml:1:6: rules: a sequence is expected here");
    assert_snapshot!(wrong("rules: [{recipients: [ALICE]}]"), @".bulla.yaml:1:9: rules[0].path: required, but missing; add it");
    assert_snapshot!(wrong("rules: [{path: x}]"), @".bulla.yaml:1:9: rules[0].recipients: required, but missing; add it");
    assert_snapshot!(wrong("rules: [{path: x, recipients: ALICE}]"), @".bulla.yaml:1:31: rules[0].recipients: a sequence is expected here");
    assert_snapshot!(wrong("rules: [{path: x, recipients: [ALICE], scope: everywhere}]"), @".bulla.yaml:1:104: rules[0].scope: not one of the allowed values: strict, namespace, cluster");
    assert_snapshot!(wrong("rules: [{path: x, recipients: [ALICE], for: }]"), @".bulla.yaml:1:100: rules[0].for: a string is expected here; put the value in quotes if it is meant as text");
    assert_snapshot!(wrong("rules: [{path: x, recipients: [ALICE], age: x}]"), @".bulla.yaml:1:97: rules[0].age: unknown field; remove it or correct its spelling");
    assert_snapshot!(wrong("recipients: {alice: 12}"), @".bulla.yaml:1:21: recipients.alice: a string or a list of strings is expected here; put the value in quotes if it is meant as text");
    assert_snapshot!(wrong("recipients: {on: ALICE}"), @".bulla.yaml:1:14: recipients.on: a key that not every program reads as the same string; put it in quotes");
    assert_snapshot!(wrong("recipients: {a: &a ALICE, b: *a}"), @r"
    .bulla.yaml:1:20: recipients.a: an anchor (`&`), which has no use here; remove it
    .bulla.yaml:1:87: recipients.b: an alias (`*`), which is not followed here; write the value out
    ");
}

#[test]
fn recipients_are_public_keys() {
    assert_snapshot!(wrong("recipients:\n  a: age1xyz\n  b: AGE-SECRET-KEY-1QQ\n  c: age-secret-key-1qq"), @r"
    .bulla.yaml:2:6: recipients.a: is not an age X25519 recipient (`age1...`)
    .bulla.yaml:3:6: recipients.b: is a private key; give the public one, which `bulla keygen --public FILE` prints
    .bulla.yaml:4:6: recipients.c: is a private key; give the public one, which `bulla keygen --public FILE` prints
    ");
    assert_snapshot!(wrong("recipients: {a: ''}"), @".bulla.yaml:1:17: recipients.a: must be `age1...`, or the path of a file relative to this one");
    assert_snapshot!(wrong("recipients: {a: /etc/passwd}"), @".bulla.yaml:1:17: recipients.a: must be `age1...`, or the path of a file relative to this one");
    assert_snapshot!(wrong("recipients: {a: hunter2}"), @".bulla.yaml:1:17: recipients.a: neither `age1...` nor a file that can be read, relative to this one: No such file or directory (os error 2)");
    assert_snapshot!(wrong("recipients: {a: .git}"), @".bulla.yaml:1:17: recipients.a: neither `age1...` nor a file that can be read, relative to this one: not a regular file");
    assert_snapshot!(wrong("recipients:\n  a: |\n    -----BEGIN PRIVATE KEY-----\n    hunter2\n    -----END PRIVATE KEY-----\n"), @".bulla.yaml:3:5: recipients.a: is PEM itself; put it into a file, and its path here");
    assert_snapshot!(wrong_beside("recipients: {a: x.pem, b: x.txt, c: empty}", &[
        ("x.pem", "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n"),
        ("x.txt", "ALICE\nhunter2\n"),
        ("empty", "# nobody\n"),
    ]), @r"
    .bulla.yaml:1:17: recipients.a: x.pem: is not PEM of an RSA public key or certificate
    .bulla.yaml:1:27: recipients.b: x.txt: line 2 is not an age X25519 recipient (`age1...`)
    .bulla.yaml:1:37: recipients.c: empty: holds no recipient
    ");
    assert_snapshot!(wrong("recipients: {age1alice: ALICE, ./x: ALICE, '': ALICE}"), @r"
    .bulla.yaml:1:25: recipients.age1alice: not a name: letters, digits, `-`, `_`, `.` and `@`, beginning with a letter or digit, and not with `age1`
    .bulla.yaml:1:94: recipients[./x]: not a name: letters, digits, `-`, `_`, `.` and `@`, beginning with a letter or digit, and not with `age1`
    .bulla.yaml:1:162: recipients[]: not a name: letters, digits, `-`, `_`, `.` and `@`, beginning with a letter or digit, and not with `age1`
    ");
}

#[test]
fn rules_name_recipients() {
    assert_snapshot!(wrong("rules: [{path: x, recipients: []}]"), @".bulla.yaml:1:31: rules[0].recipients: empty; name at least one recipient");
    assert_snapshot!(wrong("recipients: {alice: ALICE}\nrules:\n- path: x\n  recipients: [alice, bob]"), @".bulla.yaml:4:23: rules[0].recipients[1]: nobody is called `bob` under `recipients:`; add the name there");
    assert_snapshot!(wrong("rules: [{path: x, recipients: [age1xyz, AGE-SECRET-KEY-1QQ, age-secret-key-1qq, ./x.pem]}]"), @r"
    .bulla.yaml:1:32: rules[0].recipients[0]: is not an age X25519 recipient (`age1...`)
    .bulla.yaml:1:41: rules[0].recipients[1]: is a private key; give the public one, which `bulla keygen --public FILE` prints
    .bulla.yaml:1:61: rules[0].recipients[2]: is a private key; give the public one, which `bulla keygen --public FILE` prints
    .bulla.yaml:1:81: rules[0].recipients[3]: neither a name nor `age1...`; give a key or file a name under `recipients:`, and that name here
    ");
    assert_snapshot!(wrong("recipients: {alice: ALICE}\nrules: [{path: x, recipients: [alice, alice]}]"), @".bulla.yaml:2:39: rules[0].recipients[1]: named twice; remove one of the two");
    // What is wrong with a name is said once.
    assert_snapshot!(wrong("recipients: {alice: nowhere}\nrules: [{path: x, recipients: [alice]}]"), @".bulla.yaml:1:21: recipients.alice: neither `age1...` nor a file that can be read, relative to this one: No such file or directory (os error 2)");
    let many: String = (0..65)
        .map(|_| {
            let key = bulla_envelope::Identity::generate().to_recipient().unwrap();
            format!("{key}\n")
        })
        .collect();
    assert_snapshot!(wrong_beside("recipients: {many: many}\nrules: [{path: x, recipients: [many]}]", &[("many", &many)]), @".bulla.yaml:2:31: rules[0].recipients: more than 64 recipients");
}

#[test]
fn globs_are_checked() {
    let glob = |glob: &str| wrong(&format!("rules: [{{path: '{glob}', recipients: [ALICE]}}]"));
    assert_snapshot!(glob(""), @".bulla.yaml:1:16: rules[0].path: empty; give a glob such as `overlays/prod/**`");
    assert_snapshot!(glob("/overlays/**"), @".bulla.yaml:1:16: rules[0].path: begins with `/`; give it relative to the directory of this file");
    assert_snapshot!(glob("overlays/"), @".bulla.yaml:1:16: rules[0].path: names a directory; add `**` for every file below it");
    assert_snapshot!(glob("./overlays/*"), @".bulla.yaml:1:16: rules[0].path: has an empty part, `.` or `..`, so that it covers nothing; give it relative to the directory of this file, without them");
    assert_snapshot!(glob("../x"), @".bulla.yaml:1:16: rules[0].path: has an empty part, `.` or `..`, so that it covers nothing; give it relative to the directory of this file, without them");
    assert_snapshot!(glob("overlays**"), @".bulla.yaml:1:16: rules[0].path: has `**` beside other characters, where it means no more than `*`; write `*`, or put slashes around `**`");
    assert_snapshot!(glob("overlays/["), @".bulla.yaml:1:16: rules[0].path: not a glob: unclosed character class; missing ']'");
    assert_snapshot!(glob("overlays/{a,b"), @".bulla.yaml:1:16: rules[0].path: not a glob: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)");
    assert_snapshot!(wrong("rules:\n- {path: a/*, recipients: [ALICE]}\n- {path: b, recipients: [ALICE]}\n- {path: a/*, recipients: [BOB]}\n- {path: '**', recipients: [BOB]}\n- {path: c, recipients: [BOB]}\n"), @r"
    .bulla.yaml:4:10: rules[2].path: never reached: rules[0] covers the same files, and the first rule wins; remove one, or put this one before it
    .bulla.yaml:6:10: rules[4].path: never reached: rules[3] covers the same files, and the first rule wins; remove one, or put this one before it
    ");
}

#[test]
fn places_are_checked() {
    let place = |place: &str| {
        wrong(&format!(
            "rules: [{{path: x, recipients: [ALICE], {place}}}]"
        ))
    };
    assert_snapshot!(place("for: ''"), @".bulla.yaml:1:102: rules[0].for: a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')");
    assert_snapshot!(place("for: Shop"), @".bulla.yaml:1:102: rules[0].for: a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')");
    assert_snapshot!(place("for: shop/"), @r#".bulla.yaml:1:102: rules[0].for: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"#);
    assert_snapshot!(place("for: shop/a/b"), @r#".bulla.yaml:1:102: rules[0].for: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"#);
    assert_snapshot!(place("for: shop, scope: cluster"), @".bulla.yaml:1:102: rules[0].for: names a namespace, which `scope: cluster` leaves open; drop one of the two");
    assert_snapshot!(place("for: shop/db, scope: namespace"), @".bulla.yaml:1:102: rules[0].for: names a Secret, which `scope: namespace` leaves open; drop the name or the scope");
}

/// Run with `BULLA_BLESS=1` to write the golden file anew.
#[test]
fn the_golden_schema_is_that_of_the_file() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/bulla.schema.json");
    let schema = schemars::schema_for!(super::written::Written);
    let printed = serde_json::to_string_pretty(&schema).unwrap() + "\n";
    if std::env::var_os("BULLA_BLESS").is_some() {
        fs::write(path, &printed).unwrap();
    }
    assert_eq!(printed, fs::read_to_string(path).unwrap());
}
