//! Who can read what after a change: a rule that still names a colleague who left, and values of one
//! file that not the same people can read.

use crate::desk::Desk;

const SECRET: &str = "\
apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
stringData: {password: hunter2, url: postgres}
";

/// A file for `key.txt` and `other.txt`, and the public key of the latter.
fn desk() -> (Desk, String) {
    let desk = Desk::new();
    desk.prints(["keygen", "other.txt"]);
    let other = desk.prints(["keygen", "--public", "other.txt"]);
    let other = other.trim().to_owned();
    desk.write("db.yaml", SECRET);
    let seal = ["seal", "db.yaml", "-r", &other, "-r", &desk.recipient];
    desk.prints(seal.iter().chain(&["--to", "db.sealed.yaml"]));
    (desk, other)
}

#[test]
fn a_rule_that_still_names_who_was_taken_out_is_a_warning() {
    let (desk, other) = desk();
    let rule = |recipients: &str| {
        let rule = format!("rules: [{{path: '**', recipients: [{recipients}]}}]\n");
        desk.write(".bulla.yaml", rule);
    };
    rule(&format!("{}, {other}", desk.recipient));
    let before = desk.read("db.sealed.yaml");
    let rewrap = ["rewrap", "--remove", &other, ".", "-i", "key.txt"];
    let said = desk.says(rewrap, "");
    assert!(said.succeeded(), "{}", said.stderr);
    let why = format!("warning: the rule at .bulla.yaml:1:9 still names {other}");
    assert!(said.stderr.contains(&why), "{}", said.stderr);

    desk.write("db.sealed.yaml", before);
    rule(&desk.recipient);
    let said = desk.says(rewrap, "");
    assert!(said.succeeded(), "{}", said.stderr);
    assert!(!said.stderr.contains("still names"), "{}", said.stderr);
}

#[test]
fn values_that_not_the_same_people_can_read_are_a_warning() {
    let (desk, other) = desk();
    let set = |value: &str, recipients: &[&str]| {
        let recipients = recipients.iter().flat_map(|one| ["-r", one]);
        let said = desk.says(
            ["set", "db.sealed.yaml", value]
                .into_iter()
                .chain(recipients),
            "",
        );
        assert!(said.succeeded(), "{}", said.stderr);
        said.stderr
    };
    let both = [desk.recipient.as_str(), &other];
    assert!(!set("url=one", &both).contains("warning:"));

    let said = set("url=two", &[&desk.recipient]);
    let why = format!("not for url, and named by the file for other values: {other}\n");
    assert!(said.contains(&why), "{said}");
    assert!(!said.contains("nobody can open"), "{said}");

    desk.prints(["keygen", "new.txt"]);
    let new = desk.prints(["keygen", "--public", "new.txt"]);
    let said = set("url=three", &[new.trim()]);
    let why =
        "nobody can open the whole file: url and the other values have no recipient in common";
    assert!(said.contains(why), "{said}");
    let why =
        format!("for url, and not for all other values (`bulla rewrap` can mend that): {new}");
    assert!(said.contains(&why), "{said}");
}

#[test]
fn to_take_a_value_out_nobody_has_to_be_named() {
    let (desk, _) = desk();
    let said = desk.says(["set", "db.sealed.yaml", "--remove", "url"], "");
    assert!(said.succeeded(), "{}", said.stderr);
    let values = desk.prints(["open", "db.sealed.yaml", "-i", "key.txt"]);
    assert!(!values.contains("url"), "{values}");

    let before = desk.read("db.sealed.yaml");
    let said = desk.says(["set", "db.sealed.yaml", "--remove", "nothing"], "");
    insta::assert_snapshot!(said.stderr);
    let said = desk.says(["set", "db.sealed.yaml", "password=other"], "");
    insta::assert_snapshot!(said.stderr);
    assert_eq!(desk.read("db.sealed.yaml"), before);
}

#[test]
fn a_place_is_for_the_secret_of_its_name() {
    let desk = Desk::new();
    let rule = |place: &str| {
        let recipient = &desk.recipient;
        let rule = format!("rules: [{{path: '**', recipients: [{recipient}], for: {place}}}]\n");
        desk.write(".bulla.yaml", rule);
    };
    let create = [
        "create",
        "generic",
        "api",
        "--from-literal",
        "k=v",
        "--to",
        "api.sealed.yaml",
    ];
    rule("shop/acme-db");
    let said = desk.says(create, "");
    assert!(!said.succeeded());
    insta::assert_snapshot!(said.stderr);

    rule("shop/acme-api");
    desk.prints(create);
    rule("shop");
    let said = desk.says(["set", "api.sealed.yaml", "k=other"], "");
    assert!(!said.succeeded());
    insta::assert_snapshot!(said.stderr);
}
