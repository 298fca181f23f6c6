//! The control plane is a real one.

use bulla_tests::ControlPlane;
use serde_json::Value;

use crate::support::{printed, run_with};

#[test]
fn the_api_server_answers() {
    let plane = ControlPlane::shared();
    let versions = printed(&mut plane.kubectl(["version", "--output=json"]));
    let versions: Value = serde_json::from_str(&versions).unwrap();
    assert_eq!(versions["serverVersion"]["gitVersion"], "v1.36.3");
    assert_eq!(versions["clientVersion"]["gitVersion"], "v1.36.3");
}

#[test]
fn every_test_has_a_namespace_of_its_own() {
    let plane = ControlPlane::shared();
    let (one, other) = (plane.namespace(), plane.namespace());
    assert_ne!(one, other);
    printed(&mut plane.kubectl(["create", "secret", "generic", "mine", "--namespace", &one]));
    let found =
        printed(&mut plane.kubectl(["get", "secrets", "-o", "name", "--namespace", &other]));
    assert_eq!(found, "");
}

#[test]
fn the_api_server_refuses_a_secret_with_a_bad_key() {
    let plane = ControlPlane::shared();
    let namespace = plane.namespace();
    let secret =
        r#"{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {"a key": dmFsdWU=}}"#;
    let output = run_with(
        &mut plane.kubectl([
            "create",
            "--dry-run=server",
            "-f",
            "-",
            "--namespace",
            &namespace,
        ]),
        secret,
    );
    assert!(!output.status.success());
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.contains(
            "data[a key]: Invalid value: \"a key\": a valid config key must consist of \
             alphanumeric characters, '-', '_' or '.'"
        ),
        "{message}"
    );
}

#[test]
fn the_controllers_make_service_accounts() {
    let plane = ControlPlane::shared();
    plane.controllers();
    plane.controllers();
    let namespace = plane.namespace();
    printed(&mut plane.kubectl([
        "wait",
        "--for=create",
        "serviceaccount/default",
        "--timeout=30s",
        "--namespace",
        &namespace,
    ]));
}
