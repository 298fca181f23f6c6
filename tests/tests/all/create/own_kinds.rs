//! `bulla create basic-auth` and `ssh-auth`, which kubectl does not have: the API server takes what
//! they make.

use bulla_tests::ControlPlane;
use data_encoding::BASE64;
use serde_json::{Value, json};

use super::type_at_a_terminal;
use crate::desk::{Desk, says};

/// What a call of `bulla create` makes, after the API server has taken it.
fn created(desk: &Desk, arguments: &[&str], input: &str) -> Value {
    let end = ["-n", "shop", "-R", "recipients.txt"];
    let said = desk.says([&["create"], arguments, &end].concat(), input);
    assert_eq!(said.stderr, "");
    taken_by_the_server(desk, &said.printed())
}

fn taken_by_the_server(desk: &Desk, sealed: &str) -> Value {
    let mut secret = desk.open(sealed);
    let plane = ControlPlane::shared();
    secret["metadata"]["namespace"] = plane.namespace().into();
    let mut create = plane.kubectl(["create", "--dry-run=server", "-o", "json", "-f", "-"]);
    let printed = says(&mut create, secret.to_string()).printed();
    let object: Value = serde_json::from_str(&printed).unwrap();
    json!([object["type"], object["data"]])
}

#[test]
fn a_user_name_and_a_password() {
    let desk = Desk::new();
    let type_ = "kubernetes.io/basic-auth";
    let both = json!([type_, {"username": "YXBw", "password": "aHVudGVyMg=="}]);
    let app = ["basic-auth", "db", "--username", "app"];
    let given = [&app[..], &["--password", "hunter2"]].concat();
    assert_eq!(created(&desk, &given, ""), both);
    assert_eq!(created(&desk, &app, "hunter2"), both);
    assert_eq!(
        created(&desk, &["basic-auth", "db"], "-é"),
        json!([type_, {"password": BASE64.encode("-é".as_bytes())}])
    );
    assert_eq!(
        created(&desk, &["basic-auth", "db", "--password", "-"], ""),
        json!([type_, {"password": "LQ=="}])
    );

    let end = ["-n=shop", "-R=recipients.txt", "--to=sealed.yaml"];
    let arguments = [&["create"], &app[..], &end].concat();
    let said = type_at_a_terminal(&desk, "hunter2|hunter2", arguments);
    let shown = String::from_utf8_lossy(&said.stdout).into_owned();
    assert_eq!(said.code, 0, "{shown}");
    assert!(shown.contains("password: ") && !shown.contains("hunter"));
    assert_eq!(taken_by_the_server(&desk, &desk.read("sealed.yaml")), both);
}

#[test]
fn an_ssh_key() {
    let desk = Desk::new();
    bulla_tests::ssh_keygen();
    let make = "ssh-keygen -q -t ed25519 -N '' -C '' -f deploy-key";
    assert_eq!(desk.shell(make).code, 0);
    let base64 = |file: &str| BASE64.encode(desk.read(file).as_bytes());
    let type_ = "kubernetes.io/ssh-auth";
    let private = ["ssh-auth", "deploy", "--ssh-privatekey", "deploy-key"];
    assert_eq!(
        created(&desk, &private, ""),
        json!([type_, {"ssh-privatekey": base64("deploy-key")}])
    );
    let both = [&private[..], &["--ssh-publickey", "deploy-key.pub"]].concat();
    assert_eq!(
        created(&desk, &both, ""),
        json!([type_, {
            "ssh-privatekey": base64("deploy-key"),
            "ssh-publickey": base64("deploy-key.pub"),
        }])
    );
    // Keys of other shapes are not looked into.
    desk.write("odd", "anything");
    let odd = ["ssh-auth", "deploy", "--ssh-privatekey", "odd"];
    assert_eq!(
        created(&desk, &odd, "")[1],
        json!({"ssh-privatekey": "YW55dGhpbmc="})
    );
}
