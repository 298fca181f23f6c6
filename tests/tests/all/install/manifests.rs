//! The manifests themselves.

use std::path::Path;

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{IMAGE, NAMESPACE, documents, install, installed};
use crate::desk::{Desk, parse, says};

#[test]
fn the_manifests_are_these() {
    let shown = install();
    let shown: Vec<_> = shown
        .split("\n---\n")
        .map(|text| {
            let document = parse(text);
            if document["kind"] != "CustomResourceDefinition" {
                return text.to_owned();
            }
            // They have a golden file of their own.
            let path = "crates/resource/crd.yaml";
            let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
            let golden = std::fs::read_to_string(golden).unwrap();
            assert!(golden.split("\n---\n").any(|text| parse(text) == document));
            let name = document["metadata"]["name"].as_str().unwrap();
            format!("({name}, from {path})")
        })
        .collect();
    let shown = shown.join("\n---\n");
    assert_snapshot!(shown.replace(env!("CARGO_PKG_VERSION"), "VERSION"));
}

#[test]
fn another_namespace_is_meant_everywhere() {
    let desk = Desk::new();
    let flags = ["install", "--image", IMAGE, "--namespace", "elsewhere"];
    let other = desk.prints(flags);
    assert!(!other.contains(NAMESPACE), "{other}");
    assert_eq!(other.replace("elsewhere", NAMESPACE), install());
    let two = desk.prints(["install", "--image", IMAGE, "--identities", "a,b"]);
    assert!(two.contains("value: \"a,b\"\n"), "{two}");
}

/// The Pod that the Deployment makes, where nothing can run that is not "restricted".
#[test]
fn the_pod_is_restricted() {
    let plane = installed();
    let documents = documents(&install());
    let deployment = documents.iter().find(|d| d["kind"] == "Deployment");
    let template = &deployment.unwrap()["spec"]["template"];
    let create = |spec: &Value| {
        let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "spec": spec});
        pod["metadata"] = template["metadata"].clone();
        pod["metadata"]["name"] = "controller".into();
        let flags = ["create", "--dry-run=server", "-f", "-", "-n", NAMESPACE];
        says(&mut plane.kubectl(flags), pod.to_string())
    };
    create(&template["spec"]).printed();

    // It is the namespace that asks for it.
    for (pointer, value) in [
        ("/securityContext/runAsNonRoot", json!(false)),
        ("/securityContext/seccompProfile", Value::Null),
        ("/containers/0/securityContext/capabilities", Value::Null),
        (
            "/containers/0/securityContext/allowPrivilegeEscalation",
            json!(true),
        ),
    ] {
        let mut spec = template["spec"].clone();
        *spec.pointer_mut(pointer).unwrap() = value;
        let said = create(&spec);
        assert!(
            said.stderr.contains("restricted"),
            "{pointer}: {}",
            said.stderr
        );
    }
}
