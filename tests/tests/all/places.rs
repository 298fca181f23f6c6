//! For which place new values are sealed: what the rules, the command line and the object's own
//! name say, and never what a sealed file says alone. Whoever may commit could put a file for
//! another place there, and wait.

use insta::assert_snapshot;

use crate::canary::CANARY;
use crate::desk::Desk;
use crate::errors::failures;

/// Files for several places, each beside what it takes to change it.
fn desk() -> Desk {
    let desk = Desk::new();
    let secret = |namespace: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: db{namespace}}}\nstringData: {{a: b}}\n"
        )
    };
    desk.write("shop.yaml", secret(", namespace: shop"));
    desk.write("homeless.yaml", secret(""));
    for (from, to, flags) in [
        ("shop", "own", ""),
        ("shop", "namespace", "--scope namespace"),
        ("shop", "anywhere", "--scope cluster"),
        ("homeless", "evil", "--for evil"),
        ("homeless", "moved", "--for shop"),
        ("homeless", "renamed", "--for shop/acme-db"),
    ] {
        let line =
            format!("bulla seal {from}.yaml -R recipients.txt --to {to}.sealed.yaml {flags}");
        desk.shell(&line).printed();
    }
    desk.write(
        "other.txt",
        "AGE-SECRET-KEY-1XRXNVWWU7NA84RR0NE5YLC4KYGC8TTM0ZDAE78W6CFFNQ65K6TTSZFM2T0\n",
    );
    let other = desk.prints(["keygen", "--public", "other.txt"]);
    desk.write("other.pub", other);
    desk.write("value", CANARY);
    desk
}

fn rule(desk: &Desk, place: &str) {
    let recipient = &desk.recipient;
    let rule = format!("rules:\n- {{path: '**', recipients: [{recipient}]{place}}}\n");
    desk.write(".bulla.yaml", rule);
}

/// Every command that seals values into a file that is there.
fn changes(file: &str, flags: &str) -> Vec<String> {
    let file = format!("{file}.sealed.yaml");
    vec![
        format!("bulla set {file} a=\"$(cat value)\" {flags}"),
        format!("EDITOR='sed -i s/b$/c/' bulla edit {file} -i key.txt {flags}"),
        // For other recipients, because else there would be nothing to do.
        format!("bulla reseal {file} -i key.txt -R other.pub -R recipients.txt {flags}"),
        format!("bulla seal homeless.yaml --into {file} {flags}"),
    ]
}

fn refused(desk: &Desk, files: &[&str], flags: &str) -> String {
    let calls: Vec<_> = files.iter().flat_map(|file| changes(file, flags)).collect();
    let calls: Vec<_> = calls.iter().map(String::as_str).collect();
    failures(desk, &calls)
}

#[track_caller]
fn allowed(desk: &Desk, files: &[&str], flags: &str) {
    for file in files {
        let name = format!("{file}.sealed.yaml");
        let before = desk.read(&name);
        for call in changes(file, flags) {
            let said = desk.shell(&call);
            assert!(said.succeeded(), "{call}: {}", said.stderr);
        }
        assert_ne!(desk.read(&name), before);
        desk.write(&name, before);
    }
}

#[test]
fn without_a_rule_it_is_the_objects_own_name_and_namespace() {
    let desk = desk();
    let to = "-R recipients.txt";
    allowed(&desk, &["own"], to);
    allowed(&desk, &["own"], "-R recipients.txt --scope strict");
    allowed(&desk, &["own"], "-R recipients.txt --for shop/db");
    allowed(&desk, &["namespace"], "-R recipients.txt --scope namespace");
    allowed(&desk, &["anywhere"], "-R recipients.txt --scope cluster");
    allowed(&desk, &["moved", "own"], "-R recipients.txt --for shop");
    allowed(&desk, &["renamed"], "-R recipients.txt --for shop/acme-db");
    assert_snapshot!(refused(&desk, &["namespace"], to));
    for file in ["anywhere", "evil", "moved", "renamed"] {
        let text = refused(&desk, &[file], to);
        assert_eq!(text.matches("error: ").count(), 4, "{text}");
    }
    assert_snapshot!(failures(
        &desk,
        &[
            "bulla set anywhere.sealed.yaml a=b -R recipients.txt",
            "bulla set evil.sealed.yaml a=b -R recipients.txt",
            "bulla set renamed.sealed.yaml a=b -R recipients.txt",
            "bulla seal homeless.yaml --into evil.sealed.yaml -R recipients.txt",
            "bulla seal homeless.yaml --into renamed.sealed.yaml -n shop -R recipients.txt",
            "bulla set evil.sealed.yaml a=b -R recipients.txt --for shop",
            "bulla set renamed.sealed.yaml a=b -R recipients.txt --for shop",
            "bulla set own.sealed.yaml a=b -R recipients.txt --scope namespace",
            "bulla set own.sealed.yaml a=b -R recipients.txt --for 'sh op'",
        ]
    ));
}

#[test]
fn a_rule_says_it_and_a_narrower_place_will_do() {
    let desk = desk();
    rule(&desk, "");
    allowed(&desk, &["own"], "");
    allowed(&desk, &["evil"], "--for evil");
    for file in ["namespace", "anywhere", "evil", "moved", "renamed"] {
        refused(&desk, &[file], "");
    }
    rule(&desk, ", for: shop");
    allowed(&desk, &["own", "moved"], "");
    for file in ["namespace", "anywhere", "renamed"] {
        refused(&desk, &[file], "");
    }
    assert_snapshot!(refused(&desk, &["evil"], ""));
    rule(&desk, ", for: shop/acme-db");
    allowed(&desk, &["renamed"], "");
    allowed(&desk, &["own", "moved"], "--for shop");
    for file in ["own", "namespace", "anywhere", "evil", "moved"] {
        refused(&desk, &[file], "");
    }
    rule(&desk, ", scope: namespace, for: shop");
    allowed(&desk, &["own", "namespace", "moved", "renamed"], "");
    for file in ["anywhere", "evil"] {
        refused(&desk, &[file], "");
    }
    rule(&desk, ", scope: cluster");
    allowed(
        &desk,
        &["own", "namespace", "anywhere", "moved", "renamed"],
        "",
    );
}

#[test]
fn a_whole_tree_is_looked_at_too() {
    let desk = desk();
    rule(&desk, "");
    std::fs::remove_file(desk.path("renamed.sealed.yaml")).unwrap();
    desk.write("db.sealed.yaml", desk.read("evil.sealed.yaml"));
    assert_snapshot!(failures(
        &desk,
        &["bulla seal -w homeless.yaml", "bulla reseal . -i key.txt",]
    ));
}
