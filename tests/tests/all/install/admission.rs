//! What the policy lets the controller's account create.

use serde_json::{Value, json};

use super::{CONTROLLER, NAMESPACE, as_user, installed};
use crate::desk::{Desk, Said, parse, says, secret};

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

fn mutable() -> Value {
    with("", "immutable", Value::Null)
}

/// One thing for each of the policies to refuse.
pub(super) fn wrong() -> [Value; 3] {
    let signed = changed(event(), "", "reportingController", "kubelet".into());
    let labelled = changed(record(), "/metadata", "labels", Value::Null);
    [mutable(), labelled, signed]
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
fn the_controller_changes_no_secret_and_no_record() {
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
    let mut recorded = record();
    recorded["metadata"]["namespace"] = namespace.clone().into();
    as_user(CONTROLLER, &create, &recorded.to_string()).printed();
    for (kind, object) in [("Secret", made), ("record", recorded)] {
        let name = object["metadata"]["name"].as_str().unwrap();
        let kind_of = object["kind"].as_str().unwrap();
        let label = [
            "label",
            kind_of,
            name,
            "-n",
            &namespace,
            "team=other",
            "--overwrite",
        ];
        let said = as_user(CONTROLLER, &label, "");
        let reason = format!("changes no {kind}");
        assert!(said.stderr.contains(&reason), "{}", said.stderr);
        says(&mut plane.kubectl(label), "").printed();
    }
}

/// The record of a Secret as the controller writes it.
fn record() -> Value {
    let desk = Desk::new();
    let sealed = parse(&desk.seal(&secret(&[("a".into(), vec![0])])));
    let uid = "6d3f2c1e-0000-4000-8000-0123456789ab";
    let secret_name = sealed["spec"]["secretName"].as_str().unwrap();
    json!({
        "apiVersion": "bulla.dev/v1alpha1",
        "kind": "SealedSecretRevision",
        "metadata": {
            "name": format!("{secret_name}.{uid}"),
            "namespace": "default",
            "labels": {
                "app.kubernetes.io/managed-by": "bulla",
                "bulla.dev/sealed-secret": sealed["metadata"]["name"],
            },
        },
        "spec": {
            "sealedSecret": sealed["metadata"]["name"],
            "secretName": secret_name,
            "secretUID": uid,
            "digest": format!("sha256:{}", "0".repeat(64)),
            "spec": sealed["spec"],
        },
    })
}

/// An event as the controller writes it.
fn event() -> Value {
    json!({
        "apiVersion": "events.k8s.io/v1",
        "kind": "Event",
        "metadata": {"name": "db.18a", "namespace": "default"},
        "eventTime": "2026-01-01T00:00:00.000000Z",
        "type": "Normal",
        "reason": "Created",
        "action": "Open",
        "note": "Secret `db` holds what is sealed here",
        "regarding": {
            "apiVersion": "bulla.dev/v1alpha1", "kind": "SealedSecret",
            "name": "db", "namespace": "default", "uid": "u",
        },
        "reportingController": "bulla-controller",
        "reportingInstance": "bulla-controller",
    })
}

fn changed(mut object: Value, pointer: &str, key: &str, value: Value) -> Value {
    object.pointer_mut(pointer).unwrap()[key] = value;
    object
}

#[test]
fn records_and_events_are_the_controllers_own() {
    let plane = installed();
    create(CONTROLLER, &record()).printed();
    create(CONTROLLER, &event()).printed();
    // Of names that are too long for a label, or for a record's name.
    let mut long = record();
    let (sealed_secret, uid) = ("s".repeat(230), "6d3f2c1e-0000-4000-8000-0123456789ab");
    let secret_name = format!("{sealed_secret}-q5m2wz7ck4h3tn6x");
    long["spec"]["sealedSecret"] = sealed_secret.clone().into();
    long["spec"]["secretName"] = secret_name.clone().into();
    long["spec"]["spec"]["secretName"] = secret_name.into();
    long["metadata"]["name"] = format!("{}.{uid}", "s".repeat(216)).into();
    long["metadata"]["labels"]["bulla.dev/sealed-secret"] = "0".repeat(40).into();
    create(CONTROLLER, &long).printed();

    let in_record = |pointer: &str, key: &str, value: Value| changed(record(), pointer, key, value);
    let in_event = |pointer: &str, key: &str, value: Value| changed(event(), pointer, key, value);
    // What a cluster's own policies add.
    for object in [
        in_record("/metadata", "annotations", json!({"a": "b"})),
        in_record("/metadata/labels", "team", "shop".into()),
        in_event("/metadata", "labels", json!({"a": "b"})),
    ] {
        create(CONTROLLER, &object).printed();
    }
    let owner = json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "a", "uid": "b"}]);
    let finalizers = json!(["example.com/f"]);
    let extra = "an owner or a finalizer";
    let (labelled, named) = ("labels its records", "names its records");
    let (told, signed) = ("tells of SealedSecrets only", "in its own name");
    let cases = [
        (
            extra,
            in_record("/metadata", "ownerReferences", owner.clone()),
        ),
        (
            extra,
            in_record("/metadata", "finalizers", finalizers.clone()),
        ),
        (labelled, in_record("/metadata", "labels", Value::Null)),
        (
            labelled,
            in_record(
                "/metadata/labels",
                "bulla.dev/sealed-secret",
                "other".into(),
            ),
        ),
        (
            labelled,
            in_record(
                "/metadata/labels",
                "app.kubernetes.io/managed-by",
                "Helm".into(),
            ),
        ),
        (named, in_record("/metadata", "name", "anything".into())),
        (named, in_record("/spec", "secretUID", "another".into())),
        (named, in_record("/spec", "secretName", "another".into())),
        (
            named,
            in_record("/spec/spec", "secretName", "db-aaaaaaaaaaaaaaaa".into()),
        ),
        (
            named,
            changed(long, "/metadata", "name", format!("t.{uid}").into()),
        ),
        (told, in_event("/regarding", "kind", "Secret".into())),
        (
            told,
            in_event("/regarding", "apiVersion", "example.com/v1".into()),
        ),
        (told, in_event("/regarding", "namespace", Value::Null)),
        (
            told,
            in_event(
                "",
                "related",
                json!({"kind": "Pod", "namespace": "default", "name": "a"}),
            ),
        ),
        (
            signed,
            in_event("", "reportingController", "kubelet".into()),
        ),
        (extra, in_event("/metadata", "ownerReferences", owner)),
        (extra, in_event("/metadata", "finalizers", finalizers)),
    ];
    for (reason, object) in cases {
        let said = create(CONTROLLER, &object);
        assert_ne!(said.code, 0, "{reason}: {object}");
        assert!(said.stderr.contains(reason), "{reason}: {}", said.stderr);
        // Nobody else is concerned.
        let mut kubectl = plane.kubectl(["create", "--dry-run=server", "-f", "-"]);
        says(&mut kubectl, object.to_string()).printed();
    }
}
