//! What the policy lets the controller's account create.

use serde_json::{Value, json};

use super::{CONTROLLER, NAMESPACE, as_user, installed};
use crate::desk::{Desk, Said, says, secret};

/// A Secret as the controller makes it.
fn right() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": "db-q5m2wz7ck4h3tn6x",
            "namespace": "default",
            "labels": {
                "app.kubernetes.io/managed-by": "bulla",
                "app.kubernetes.io/part-of": "shop",
                "bulla.dev/sealed-secret": "db",
                "team": "shop",
            },
            "annotations": {"bulla.dev/digest": "sha256:00", "bulla.dev/origin": "00"},
        },
        "type": "Opaque",
        "immutable": true,
        "data": {"password": "aHVudGVyMg=="},
    })
}

fn with(pointer: &str, key: &str, value: Value) -> Value {
    let mut secret = right();
    secret.pointer_mut(pointer).unwrap()[key] = value;
    secret
}

pub(super) fn mutable() -> Value {
    with("", "immutable", Value::Null)
}

/// As the user says so, without anything being stored.
pub(super) fn create(user: &str, secret: &Value) -> Said {
    as_user(
        user,
        &["create", "--dry-run=server", "-f", "-"],
        &secret.to_string(),
    )
}

#[test]
fn what_the_controller_makes_is_let_through() {
    installed();
    create(CONTROLLER, &right()).printed();
    for name in [
        "a.b.q5m2wz7ck4h3tn6x",
        "acme-prod-db-q5m2wz7ck4h3tn6x-eu",
        "db-q5m2wz7ck4h3tn6x.eu",
        &format!("{}-q5m2wz7ck4h3tn6x", "a".repeat(236)),
    ] {
        create(CONTROLLER, &with("/metadata", "name", name.into())).printed();
    }
    let types = [
        ("kubernetes.io/tls", vec!["tls.crt", "tls.key"]),
        ("kubernetes.io/basic-auth", vec!["username"]),
        ("kubernetes.io/ssh-auth", vec!["ssh-privatekey"]),
        ("example.com/mine", vec![]),
        ("istio.io/key", vec![]),
    ];
    for (secret_type, keys) in types {
        let mut secret = with("", "type", secret_type.into());
        let data = keys.iter().map(|key| (key.to_string(), "eA==".into()));
        secret["data"] = Value::Object(data.collect());
        create(CONTROLLER, &secret).printed();
    }
    for (secret_type, key) in [
        ("kubernetes.io/dockerconfigjson", ".dockerconfigjson"),
        ("kubernetes.io/dockercfg", ".dockercfg"),
    ] {
        let mut secret = with("", "type", secret_type.into());
        secret["data"] = json!({ key: "e30=" });
        create(CONTROLLER, &secret).printed();
    }
    let owner = with("/metadata/labels", "owner", "shop".into());
    create(CONTROLLER, &owner).printed();
    // Without labels of one's own, and no type at all.
    let mut plain = with("", "type", Value::Null);
    plain["metadata"]["labels"] = json!({"app.kubernetes.io/managed-by": "bulla"});
    plain["metadata"]["annotations"] = Value::Null;
    create(CONTROLLER, &plain).printed();
}

/// What is opened here is what the controller makes of it.
#[test]
fn what_bulla_opens_is_let_through() {
    installed();
    let desk = Desk::new();
    let mut opened = desk.open(&desk.seal(&secret(&[("a".into(), vec![0, 1])])));
    opened["metadata"]["namespace"] = "default".into();
    create(CONTROLLER, &opened).printed();
}

#[test]
fn everything_else_is_refused_with_its_reason() {
    let plane = installed();
    let metadata = |key: &str, value: Value| with("/metadata", key, value);
    let label = |key: &str, value: &str| with("/metadata/labels", key, value.into());
    let annotation = |key: &str| with("/metadata/annotations", key, "x".into());
    let token = {
        let account = "kubernetes.io/service-account.name";
        let mut secret = with("", "type", "kubernetes.io/service-account-token".into());
        secret["metadata"]["annotations"] = json!({ account: "default" });
        secret
    };
    let acts = "makes another controller act";
    let owner = json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "a", "uid": "b"}]);
    let cases = [
        ("mutable", mutable(), "immutable Secrets only"),
        (
            "not immutable",
            with("", "immutable", false.into()),
            "immutable Secrets only",
        ),
        (
            "no labels",
            metadata("labels", Value::Null),
            "labels its Secrets",
        ),
        (
            "another's label",
            label("app.kubernetes.io/managed-by", "Helm"),
            "labels its Secrets",
        ),
        (
            "a token",
            token,
            "a type that the cluster or a tool acts on",
        ),
        (
            "a bootstrap token",
            with("", "type", "bootstrap.kubernetes.io/token".into()),
            "a type that the cluster or a tool acts on",
        ),
        (
            "a release",
            with("", "type", "helm.sh/release.v1".into()),
            "a type that the cluster or a tool acts on",
        ),
        (
            "a new type",
            with("", "type", "kubernetes.io/new".into()),
            "a type that the cluster or a tool acts on",
        ),
        (
            "a plain name",
            metadata("name", "db".into()),
            "a digest's suffix",
        ),
        (
            "a generated name",
            {
                let mut secret = metadata("generateName", "db-".into());
                secret["metadata"].as_object_mut().unwrap().remove("name");
                secret
            },
            "a digest's suffix",
        ),
        (
            "an identity",
            metadata("namespace", NAMESPACE.into()),
            "where the private keys are",
        ),
        (
            "for Argo CD",
            label("argocd.argoproj.io/secret-type", "cluster"),
            acts,
        ),
        (
            "for a replicator",
            annotation("replicator.v1.mittwald.de/replicate-to"),
            acts,
        ),
        ("for Kubernetes", annotation("kubernetes.io/anything"), acts),
        (
            "for Cluster API",
            label("cluster.x-k8s.io/cluster-name", "c"),
            acts,
        ),
        (
            "for Config Syncer",
            annotation("kubed.appscode.com/sync"),
            acts,
        ),
        (
            "for secretgen-controller",
            annotation("secretgen.carvel.dev/secret"),
            acts,
        ),
        ("for kapp", label("kapp.k14s.io/app", "1"), acts),
        ("for Rancher", annotation("field.cattle.io/projectId"), acts),
        ("for Istio", label("istio/multiCluster", "true"), acts),
        ("for Grafana", label("grafana_dashboard", "1"), acts),
        ("for Helm", label("owner", "helm"), acts),
        ("of bulla's own", annotation("bulla.dev/anything"), acts),
        (
            "with an owner",
            metadata("ownerReferences", owner),
            "an owner or a finalizer",
        ),
        (
            "with a finalizer",
            metadata("finalizers", json!(["example.com/f"])),
            "an owner or a finalizer",
        ),
    ];
    for (what, secret, reason) in cases {
        let said = create(CONTROLLER, &secret);
        assert_ne!(said.code, 0, "{what}");
        assert!(
            said.stderr.contains("bulla's controller"),
            "{what}: {}",
            said.stderr
        );
        assert!(said.stderr.contains(reason), "{what}: {}", said.stderr);
        // Nobody else is concerned.
        let mut kubectl = plane.kubectl(["create", "--dry-run=server", "-f", "-"]);
        let admin = says(&mut kubectl, secret.to_string());
        assert!(!admin.stderr.contains("bulla"), "{what}: {}", admin.stderr);
    }
}

/// Even if a role is widened one day.
#[test]
fn the_controller_changes_no_secret() {
    let plane = installed();
    let namespace = plane.namespace();
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "too-much", "namespace": namespace},
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": "cluster-admin",
        },
        "subjects": [{
            "kind": "ServiceAccount", "name": "bulla-controller", "namespace": NAMESPACE,
        }],
    });
    let create = ["create", "-f", "-"];
    says(&mut plane.kubectl(create), role.to_string()).printed();
    let mut made = right();
    made["metadata"]["namespace"] = namespace.clone().into();
    as_user(CONTROLLER, &create, &made.to_string()).printed();
    let name = made["metadata"]["name"].as_str().unwrap();
    let label = [
        "label",
        "secret",
        name,
        "-n",
        &namespace,
        "team=other",
        "--overwrite",
    ];
    let said = as_user(CONTROLLER, &label, "");
    assert!(said.stderr.contains("changes no Secret"), "{}", said.stderr);
    says(&mut plane.kubectl(label), "").printed();
}
