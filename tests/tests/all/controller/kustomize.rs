//! The example for kustomize, applied to a cluster.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::cluster::{Cluster, name};
use super::rights::HOME;
use super::stage::{IDENTITIES, Stage, identities, value};
use crate::desk::{Desk, parse, says};
use crate::support::printed;

fn copy(from: &Path, desk: &Desk, to: &str) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = format!("{to}/{}", entry.file_name().to_str().unwrap());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), desk, &to),
            false => {
                desk.write(&to, fs::read(entry.path()).unwrap());
            }
        }
    }
}

/// The names of the Secrets that a workload refers to.
fn references(workload: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = vec![workload];
    while let Some(value) = rest.pop() {
        if let Some(fields) = value.as_object() {
            let named = |name: &Value| name.as_str().map(str::to_owned);
            for (field, value) in fields {
                match field.as_str() {
                    "secret" => found.extend(named(&value["secretName"])),
                    "secretKeyRef" | "secretRef" => found.extend(named(&value["name"])),
                    "imagePullSecrets" => {
                        found.extend(
                            value
                                .as_array()
                                .unwrap()
                                .iter()
                                .filter_map(|v| named(&v["name"])),
                        );
                    }
                    _ => {}
                }
                rest.push(value);
            }
        }
        rest.extend(value.as_array().into_iter().flatten());
    }
    found
}

/// Opens the rendered overlay at the desk, and compares every Secret with the cluster's.
fn compare(stage: &Stage, overlay: &str, namespace: &str) {
    let rendered =
        printed(&mut stage.kubectl(["kustomize".as_ref(), stage.desk.path(overlay).as_os_str()]));
    let key = format!(
        "throw-away-keys/{}.txt",
        overlay.rsplit('/').next().unwrap()
    );
    let opened = stage
        .desk
        .says(["open", "-", "-i", &key, "-o", "json"], &rendered)
        .printed();
    let mut secrets = 0;
    let mut rest = serde_json::Deserializer::from_str(&opened).into_iter::<Value>();
    while let Some(Ok(opened)) = rest.next() {
        if opened["kind"] == "Secret" {
            secrets += 1;
            let native = stage.get("Secret", namespace, name(&opened)).unwrap();
            assert_eq!(native["data"], opened["data"]);
            assert_eq!(native["type"], opened["type"]);
        }
    }
    assert_eq!(secrets, 2, "{opened}");
}

#[test]
fn the_example_is_applied_and_only_what_uses_a_changed_value_rolls() {
    let stage = Stage::own();
    stage.controllers(); // Deployments make ReplicaSets
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/kustomize");
    copy(&example, &stage.desk, "example");
    copy(
        &example.join("throw-away-keys"),
        &stage.desk,
        "throw-away-keys",
    );
    let keys = ["dev", "prod"].map(|who| stage.desk.read(&format!("throw-away-keys/{who}.txt")));
    stage.delete("Secret", HOME, IDENTITIES);
    stage.created(&identities(IDENTITIES, &[&keys[0], &keys[1]]));
    let _running = stage.run(&[]);
    let apply = |overlay: &str| {
        let path = stage.desk.path(overlay);
        says(stage.kubectl(["apply", "-k"]).arg(path), "").printed();
    };
    let overlays = [("dev", "dev-", ""), ("prod", "acme-", "-eu")];
    for (overlay, prefix, suffix) in overlays {
        let namespace = format!("shop-{overlay}");
        stage.created(
            &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}),
        );
        apply(&format!("example/overlays/{overlay}"));
        for base in ["db", "registry"] {
            stage.native(&namespace, &format!("{prefix}{base}{suffix}"));
        }
        compare(&stage, &format!("example/overlays/{overlay}"), &namespace);
        let workloads = [
            stage.list("Deployment", &namespace),
            stage.list("CronJob", &namespace),
        ];
        let referred: Vec<_> = workloads.iter().flatten().flat_map(references).collect();
        assert_eq!(referred.len(), 3, "{referred:?}");
        for secret in referred {
            assert!(
                stage.get("Secret", &namespace, &secret).is_some(),
                "{secret}"
            );
        }
    }

    // One value changes: by `bulla set`, with the public key alone.
    let workloads = || {
        let shop = stage
            .get("Deployment", "shop-prod", "acme-shop-eu")
            .unwrap();
        let report = stage.get("CronJob", "shop-prod", "acme-report-eu").unwrap();
        (shop, report)
    };
    let template = |workload: &Value| {
        let spec = &workload["spec"];
        let job = &spec["jobTemplate"];
        if job.is_null() {
            spec["template"].clone()
        } else {
            job.clone()
        }
    };
    let public = stage
        .desk
        .prints(["keygen", "--public", "throw-away-keys/prod.txt"]);
    let before = workloads();
    let db = stage.native("shop-prod", "acme-db-eu");
    let registry = stage.native("shop-prod", "acme-registry-eu");
    let set = |file: &str, key: &str, value: &str| {
        let place = format!("shop-prod/acme-{file}-eu");
        let file = format!("example/overlays/prod/sealed/files/{file}.sealed.yaml");
        let set = ["set", &file, key, "-r", public.trim(), "--for", &place];
        stage.desk.says(set, value).printed();
        apply("example/overlays/prod");
    };
    let login = r#"{"auths":{"registry.example.com":{"auth":"bmV3OmxvZ2lu"}}}"#;
    set("registry", ".dockerconfigjson", login);
    let new = stage.native("shop-prod", "acme-registry-eu");
    assert_eq!(value(&new, ".dockerconfigjson"), login.as_bytes());
    let after = workloads();
    assert_ne!(
        template(&after.0),
        template(&before.0),
        "shop uses registry"
    );
    assert_eq!(
        after.1["metadata"]["generation"],
        before.1["metadata"]["generation"]
    );
    assert_eq!(template(&after.1), template(&before.1), "report does not");
    assert_eq!(
        stage.get("Secret", "shop-prod", name(&registry)),
        Some(registry)
    );
    assert_eq!(stage.native("shop-prod", "acme-db-eu"), db);
    assert!(references(&after.0).contains(&name(&new).to_owned()));

    set("db", "password", "another\n");
    assert_eq!(
        value(&stage.native("shop-prod", "acme-db-eu"), "password"),
        b"another\n"
    );
    assert_eq!(stage.get("Secret", "shop-prod", name(&db)), Some(db));
    let last = workloads();
    assert_ne!(template(&last.0), template(&after.0), "shop uses db");
    assert_ne!(template(&last.1), template(&after.1), "report uses db");

    // The same once more changes nothing.
    apply("example/overlays/prod");
    let again = workloads();
    assert_eq!(
        again.0["metadata"]["generation"],
        last.0["metadata"]["generation"]
    );
    compare(&stage, "example/overlays/prod", "shop-prod");
    // Nothing was made of the stand-ins.
    let of_prod: Vec<_> = stage.list("Secret", "shop-prod");
    assert_eq!(of_prod.len(), 4);
    let rendered = stage
        .desk
        .read("example/overlays/prod/sealed/files/db.sealed.yaml");
    assert_eq!(parse(&rendered)["metadata"]["name"], "db");
}
