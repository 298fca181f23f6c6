//! `seal --into`: what is sealed already gains and changes, and loses nothing.

use crate::canary::{CANARY, assert_silent};
use crate::desk::{Desk, parse};
use crate::sealing_in_place::{refused, seal, secret, value};

#[test]
fn into_adds_and_replaces_and_never_removes() {
    let desk = Desk::new();
    desk.write("old.yaml", secret("db", "password: old\nurl: here"));
    seal(&desk, &["old.yaml", "--to", "db.sealed.yaml"]).printed();
    let commented = desk
        .read("db.sealed.yaml")
        .replace("spec:", "# ours\nspec: # of shop");
    desk.write("db.sealed.yaml", commented.replace('\n', "\r\n"));
    let before = desk.read("db.sealed.yaml");

    desk.write(
        "new.yaml",
        secret("db", &format!("password: {CANARY:?}\nuser: app")),
    );
    let said = seal(&desk, &["new.yaml", "--into", "db.sealed.yaml"]);
    assert!(
        said.stderr.contains("changed password, user: db-"),
        "{}",
        said.stderr
    );
    assert!(said.stderr.contains("keeps url"), "{}", said.stderr);
    assert_silent("what it says", said.stderr.as_bytes());
    let after = desk.read("db.sealed.yaml");
    assert_silent("the file", after.as_bytes());
    assert_eq!(
        value(&desk, "db.sealed.yaml", "password").as_deref(),
        Some(CANARY)
    );
    assert_eq!(
        value(&desk, "db.sealed.yaml", "user").as_deref(),
        Some("app")
    );
    assert_eq!(
        value(&desk, "db.sealed.yaml", "url").as_deref(),
        Some("here")
    );

    let is_lost = |line: &&str| after.lines().all(|other| other != *line);
    let lost = before.lines().filter(is_lost).count();
    assert_eq!(lost, 2, "the item and the name");
    assert_eq!(after.matches('\n').count(), after.matches("\r\n").count());
}

#[test]
fn into_with_an_identity_writes_only_what_changed() {
    let desk = Desk::new();
    desk.write("db.yaml", secret("db", "password: old\nurl: here"));
    seal(&desk, &["db.yaml", "--to", "db.sealed.yaml"]).printed();
    let before = desk.read("db.sealed.yaml");
    let into = ["db.yaml", "--into", "db.sealed.yaml", "-i", "key.txt"];
    let said = seal(&desk, &into);
    assert_eq!(said.stderr, "db.sealed.yaml: nothing changed\n");
    assert_eq!(desk.read("db.sealed.yaml"), before);

    desk.write("db.yaml", secret("db", "password: new\nurl: here"));
    let said = seal(&desk, &into);
    assert!(
        said.stderr.starts_with("changed password: "),
        "{}",
        said.stderr
    );
    // Without an identity nobody can tell.
    let said = seal(&desk, &into[..3]);
    assert!(
        said.stderr.starts_with("changed password, url: "),
        "{}",
        said.stderr
    );
}

#[test]
fn into_brings_labels_and_annotations_along() {
    let desk = Desk::new();
    let labelled = |labels: &str, password: &str| {
        let metadata = format!("namespace: shop\n  {labels}");
        secret("db", &format!("password: {password}")).replace("namespace: shop", &metadata)
    };
    desk.write("db.yaml", secret("db", "password: hunter2hunter2"));
    seal(&desk, &["db.yaml", "--to", "db.sealed.yaml"]).printed();
    let into = ["db.yaml", "--into", "db.sealed.yaml", "-i", "key.txt"];
    let template = |desk: &Desk| {
        let file = parse(&desk.read("db.sealed.yaml"));
        file["spec"]["template"].to_string()
    };
    // There is no template, then no annotations, then both.
    desk.write("db.yaml", labelled("labels: {app: shop}", "hunter2hunter2"));
    let said = seal(&desk, &into);
    assert!(said.stderr.starts_with("changed app: "), "{}", said.stderr);
    assert_eq!(template(&desk), r#"{"labels":{"app":"shop"}}"#);
    desk.write(
        "db.yaml",
        labelled("annotations: {note: x}", "hunter2hunter2"),
    );
    seal(&desk, &into).printed();
    desk.write(
        "db.yaml",
        labelled("labels: {app: 'on', tier: db}", "hunter2hunter2"),
    );
    let said = seal(&desk, &into);
    assert!(
        said.stderr.starts_with("changed app, tier: "),
        "{}",
        said.stderr
    );
    let all = r#"{"annotations":{"note":"x"},"labels":{"app":"on","tier":"db"}}"#;
    assert_eq!(template(&desk), all);
    assert!(
        value(&desk, "db.sealed.yaml", "password").is_some(),
        "the name follows"
    );
    // A value that the template shows already is refused, too.
    desk.write(
        "db.yaml",
        labelled("annotations: {note: secretive}", "hunter2hunter2"),
    );
    seal(&desk, &into).printed();
    desk.write("db.yaml", secret("db", "password: secretive"));
    refused(&desk, &into, "shows the value of `password`");
}

#[test]
fn into_another_file_is_refused() {
    let desk = Desk::new();
    let canary = format!("password: {CANARY:?}");
    desk.write("db.yaml", secret("db", &canary));
    seal(&desk, &["db.yaml", "--to", "db.sealed.yaml"]).printed();
    let (db, into) = (
        desk.read("db.yaml"),
        ["other.yaml", "--into", "db.sealed.yaml"],
    );
    for (other, reason) in [
        (
            db.replace("name: db", "name: cache"),
            "metadata.name: the sealed file is called `db`",
        ),
        (
            db.replace("namespace: shop", "namespace: test"),
            "metadata.namespace: the sealed file is for shop/db",
        ),
        (
            format!("{db}type: example.com/x\n"),
            "type: the sealed file is of type `Opaque`",
        ),
        (
            format!("{db}---\n{db}"),
            "holds 2 Secrets, where one is wanted",
        ),
        ("kind: ConfigMap\n".to_owned(), "holds no Secret"),
    ] {
        desk.write("other.yaml", other);
        refused(&desk, &into, reason);
    }
    desk.write("other.yaml", db.replace("  namespace: shop\n", ""));
    for (flags, reason) in [
        (["-n", "test"], "and this Secret for namespace test"),
        (["--for", "test"], "and this Secret for namespace test"),
        (["--for", "shop/eu-db"], "and this Secret for shop/eu-db"),
        (
            ["--scope", "namespace"],
            "and this Secret for any name in its namespace",
        ),
        (["--scope", "cluster"], "and this Secret for anywhere"),
    ] {
        refused(&desk, &[&into[..], &flags].concat(), reason);
    }
    // What is not stated is as the file has it.
    for flags in [
        &[][..],
        &["-n", "shop"],
        &["--for", "shop/db"],
        &["--scope", "strict"],
    ] {
        seal(&desk, &[&into[..], flags].concat()).printed();
    }
}

#[test]
fn into_a_place_that_kustomize_makes_has_to_be_said() {
    let desk = Desk::new();
    let homeless = secret("db", "password: old").replace("  namespace: shop\n", "");
    desk.write("db.yaml", &homeless);
    let place = ["--for", "shop/acme-db"];
    seal(
        &desk,
        &[&["db.yaml", "--to", "db.sealed.yaml"], &place[..]].concat(),
    )
    .printed();
    let into = ["db.yaml", "--into", "db.sealed.yaml"];
    refused(&desk, &into, "say `--for shop/acme-db`");
    seal(&desk, &[&into[..], &place].concat()).printed();
    let sealed = parse(&desk.read("db.sealed.yaml"));
    assert_eq!(sealed["spec"]["sealedFor"]["name"], "acme-db");
}

/// Whoever may commit could put a wider file there, and wait for the next value.
#[test]
fn into_a_wider_place_has_to_be_said() {
    let desk = Desk::new();
    desk.write("db.yaml", secret("db", &format!("password: {CANARY:?}")));
    for scope in ["namespace", "cluster"] {
        let wide = ["--scope", scope];
        seal(
            &desk,
            &[&["db.yaml", "--to", "db.sealed.yaml"], &wide[..]].concat(),
        )
        .printed();
        let into = ["db.yaml", "--into", "db.sealed.yaml"];
        refused(
            &desk,
            &into,
            &format!("say `--scope {scope}`, or `scope: {scope}` in the rule"),
        );
        refused(&desk, &["db.yaml", "-w"], &format!("say `--scope {scope}`"));
        seal(&desk, &[&into[..], &wide].concat()).printed();
        let rule = format!(
            "{{path: '**', recipients: [{}], scope: {scope}}}",
            desk.recipient
        );
        desk.write(".bulla.yaml", format!("rules: [{rule}]\n"));
        seal(&desk, &["db.yaml", "-w"]).printed();
        std::fs::remove_file(desk.path(".bulla.yaml")).unwrap();
    }
}
