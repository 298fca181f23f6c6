//! From a SealedSecret to a Secret, and all that may happen to either afterwards.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::cluster::{Cluster, condition, eventually, name, uid, within};
use super::rights::{HOME, definitions, role};
use super::stage::{A_WHILE, Shared, Stage, value};
use crate::desk::{parse, secret};

/// The only record of a Secret.
fn record(cluster: &impl Cluster, namespace: &str, secret: &Value) -> Value {
    let mut records = cluster.list("SealedSecretRevision", namespace);
    records.retain(|record| record["spec"]["secretUID"] == secret["metadata"]["uid"]);
    let [record] = records.try_into().unwrap();
    record
}

#[test]
fn a_sealed_secret_becomes_an_immutable_secret_with_a_record_a_status_and_an_event() {
    let shared = Shared::new();
    let namespace = &*shared.namespace;
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/basic-auth",
        "metadata": {
            "name": "db", "namespace": namespace,
            "labels": {"app": "shop"}, "annotations": {"example.com/owner": "team a"},
        },
        "stringData": {"username": "app", "password": "correct horse\n"},
        "data": {"binary": "AP8A/w=="},
    });
    let sealed = parse(&shared.desk.seal(&secret.to_string()));
    shared.created(&sealed);
    let native = shared.native(namespace, "db");

    // What a person gets who opens it at a desk, and what the API server adds.
    let opened = shared.desk.open(&sealed.to_string());
    for field in ["type", "immutable", "data"] {
        assert_eq!(native[field], opened[field], "{field}");
    }
    for field in ["name", "labels", "annotations"] {
        assert_eq!(
            native["metadata"][field], opened["metadata"][field],
            "{field}"
        );
    }
    assert_eq!(value(&native, "binary"), [0, 255, 0, 255]);
    assert_eq!(native["metadata"]["labels"]["app"], "shop");
    assert_eq!(
        native["metadata"]["labels"]["app.kubernetes.io/managed-by"],
        "bulla"
    );
    assert_eq!(native["metadata"]["ownerReferences"], Value::Null);
    assert_eq!(native["metadata"]["finalizers"], Value::Null);

    let stored = shared.get("SealedSecret", namespace, "db").unwrap();
    let digest = &native["metadata"]["annotations"]["bulla.dev/digest"];
    assert_eq!(stored["status"]["digest"], *digest);
    assert_eq!(stored["metadata"]["finalizers"], Value::Null);
    assert_eq!(condition(&stored, "Stalled"), Value::Null);
    assert_eq!(condition(&stored, "Reconciling"), Value::Null);

    let record = record(&*shared, namespace, &native);
    assert_eq!(name(&record), format!("{}.{}", name(&native), uid(&native)));
    assert_eq!(
        record["spec"],
        json!({
            "sealedSecret": "db", "secretName": name(&native), "secretUID": uid(&native),
            "digest": digest, "spec": sealed["spec"],
        })
    );
    assert_eq!(
        record["metadata"]["labels"]["app.kubernetes.io/managed-by"],
        "bulla"
    );

    let event = eventually("an event says so", || {
        let events = shared.list("Event", namespace);
        events
            .into_iter()
            .find(|event| event["regarding"]["uid"] == stored["metadata"]["uid"])
    });
    assert_eq!(
        (&event["type"], &event["regarding"]["name"]),
        (&json!("Normal"), &json!("db"))
    );
    assert_eq!(event["reason"], condition(&stored, "Ready")["reason"]);
}

#[test]
fn a_record_is_never_changed() {
    let shared = Shared::new();
    let namespace = &*shared.namespace;
    shared.created(&shared.desk.sealed(namespace, "db", &[("k", "v")]));
    let record = record(&*shared, namespace, &shared.native(namespace, "db"));
    let path = format!(
        "/apis/bulla.dev/v1alpha1/namespaces/{namespace}/sealedsecretrevisions/{}",
        name(&record)
    );
    let change = json!({"spec": {"digest": format!("sha256:{}", "0".repeat(64))}});
    let answer = shared.ask("PATCH", path, Some(&change));
    assert_eq!(answer.code, 422, "{answer:?}");
}

#[test]
fn another_value_makes_another_secret_and_leaves_the_old_one() {
    let shared = Shared::new();
    let namespace = &*shared.namespace;
    shared.created(
        &shared
            .desk
            .sealed(namespace, "db", &[("k", "one"), ("l", "two")]),
    );
    let old = shared.native(namespace, "db");
    let stored = shared.get("SealedSecret", namespace, "db").unwrap();
    shared.desk.write(
        "db.json",
        json!({
            "apiVersion": stored["apiVersion"], "kind": stored["kind"], "spec": stored["spec"],
            "metadata": {"name": "db", "namespace": namespace},
        })
        .to_string(),
    );
    shared
        .desk
        .prints(["set", "db.json", "k=other", "-R", "recipients.txt"]);
    let changed = parse(&shared.desk.read("db.json"));
    shared.patch(
        "SealedSecret",
        namespace,
        "db",
        json!({"spec": changed["spec"]}),
    );
    let new = shared.native(namespace, "db");
    assert_ne!(name(&new), name(&old));
    assert_eq!(
        (value(&new, "k"), value(&new, "l")),
        (b"other".to_vec(), b"two".to_vec())
    );
    assert_eq!(
        shared.get("Secret", namespace, name(&old)),
        Some(old.clone())
    );

    // Back to the old one: nothing is to be made.
    shared.patch(
        "SealedSecret",
        namespace,
        "db",
        json!({"spec": stored["spec"]}),
    );
    assert_eq!(shared.native(namespace, "db"), old);
    assert_eq!(shared.list("Secret", namespace).len(), 2);
    assert_eq!(shared.list("SealedSecretRevision", namespace).len(), 2);
}

#[test]
fn a_restart_with_everything_in_place_writes_nothing() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    for n in 0..10 {
        stage.created(
            &stage
                .desk
                .sealed(&namespace, &format!("s{n}"), &[("k", "v")]),
        );
    }
    let running = stage.run(&[]);
    let before: Vec<_> = (0..10)
        .map(|n| stage.native(&namespace, &format!("s{n}")))
        .collect();
    running.signal("KILL");
    let seen = running.calls();
    running.start(["--resync=1s"]);
    // Every Secret was looked at twice: at the start, and at the resync.
    eventually("all Secrets are looked at twice", || {
        let calls = running.journal(seen);
        let looks = |secret: &Value| calls.iter().filter(|c| c.name == name(secret)).count();
        before.iter().all(|secret| looks(secret) >= 2).then_some(())
    });
    let calls = running.journal(seen);
    let writes: Vec<_> = calls.iter().filter(|call| call.writes()).collect();
    assert!(writes.is_empty(), "{writes:#?}");
    for (n, secret) in before.iter().enumerate() {
        assert_eq!(stage.native(&namespace, &format!("s{n}")), *secret);
    }
}

#[test]
fn a_deleted_secret_comes_back_within_the_resync_period() {
    let shared = Shared::new();
    let namespace = &*shared.namespace;
    shared.created(&shared.desk.sealed(namespace, "db", &[("k", "v")]));
    let first = shared.native(namespace, "db");
    shared.delete("Secret", namespace, name(&first));
    let second = eventually("the Secret comes back", || {
        shared.get("Secret", namespace, name(&first))
    });
    assert_ne!(uid(&second), uid(&first));
    assert_eq!(second["data"], first["data"]);
    eventually("the status has the new UID", || {
        let stored = shared.get("SealedSecret", namespace, "db")?;
        (stored["status"]["secretUID"] == *uid(&second)).then_some(())
    });
    record(&*shared, namespace, &second);
    assert_eq!(shared.native(namespace, "db"), second);
}

#[test]
fn a_deleted_secret_comes_back_at_once_when_its_sealed_secret_is_touched() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    stage.created(&stage.desk.sealed(&namespace, "db", &[("k", "v")]));
    let _running = stage.run(&["--resync=24h"]);
    let first = stage.native(&namespace, "db");
    stage.delete("Secret", &namespace, name(&first));
    let touch = json!({"metadata": {"annotations": {"example.com/touched": "yes"}}});
    stage.patch("SealedSecret", &namespace, "db", touch);
    eventually("the Secret comes back", || {
        stage.get("Secret", &namespace, name(&first))
    });
}

#[test]
fn a_thousand_touches_open_nothing_and_write_nothing() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    stage.created(&stage.desk.sealed(&namespace, "db", &[("k", "v")]));
    let running = stage.run(&["--resync=24h"]);
    let secret = stage.native(&namespace, "db");
    stage.created(&stage.desk.sealed(&namespace, "other", &[("k", "v")]));
    stage.ready(&namespace, "other");
    let seen = running.calls();
    assert_eq!(running.opened(), 2);
    for n in 0..1000 {
        let touch = json!({"metadata": {"annotations": {"example.com/touched": n.to_string()}}});
        stage.patch("SealedSecret", &namespace, "db", touch);
    }
    // What comes after the touches is done after them.
    let last = stage.desk.sealed(&namespace, "last", &[("k", "v")]);
    stage.created(&last);
    stage.ready(&namespace, "last");
    let of_it = [name(&secret), "db"];
    let calls = running.journal(seen);
    let about_it: Vec<_> = calls.iter().filter(|c| of_it.contains(&&*c.name)).collect();
    assert!(
        about_it.iter().any(|call| call.verb == "get"),
        "it was not looked at"
    );
    let writes: Vec<_> = about_it.iter().filter(|call| call.writes()).collect();
    assert!(writes.is_empty(), "{writes:#?}");
    assert_eq!(running.opened(), 3);
    assert_eq!(stage.native(&namespace, "db"), secret);
}

#[test]
fn a_sealed_secret_that_is_deleted_and_made_again_keeps_its_secret() {
    let shared = Shared::new();
    let namespace = &*shared.namespace;
    let sealed = shared.desk.sealed(namespace, "db", &[("k", "v")]);
    let first = shared.created(&sealed);
    let secret = shared.native(namespace, "db");
    shared.delete("SealedSecret", namespace, "db");
    let second = shared.created(&sealed);
    assert_ne!(uid(&first), uid(&second));
    assert_eq!(shared.native(namespace, "db"), secret);
    assert_eq!(shared.list("SealedSecretRevision", namespace).len(), 1);

    // The other way to replace: the whole object is put again, without its status.
    let path = format!("/apis/bulla.dev/v1alpha1/namespaces/{namespace}/sealedsecrets/db");
    let stored = shared.get("SealedSecret", namespace, "db").unwrap();
    let mut put = sealed.clone();
    put["metadata"]["resourceVersion"] = stored["metadata"]["resourceVersion"].clone();
    let seen = shared.controller().journal(0).len();
    let answer = shared.ask("PUT", path, Some(&put));
    assert_eq!(answer.code, 200, "{answer:?}");
    assert_eq!(shared.native(namespace, "db"), secret);
    assert_eq!(shared.writes(seen), []);

    // For good: what runs may still need it.
    shared.delete("SealedSecret", namespace, "db");
    let lives = || shared.get("Secret", namespace, name(&secret)).is_some();
    let gone = std::panic::catch_unwind(|| within(A_WHILE, "", || (!lives()).then_some(())));
    assert!(gone.is_err(), "the Secret went with its SealedSecret");
}

#[test]
fn no_secret_is_lost_with_the_definitions() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    // The garbage collector is what would take them away.
    stage.controllers();
    let sealed = stage.desk.sealed(&namespace, "db", &[("k", "v")]);
    stage.created(&sealed);
    let running = stage.run(&[]);
    let secret = stage.native(&namespace, "db");
    for definition in definitions() {
        stage.delete("CustomResourceDefinition", "", name(&definition));
    }
    eventually("the definitions are gone", || {
        let left = stage.list("CustomResourceDefinition", "");
        left.is_empty().then_some(())
    });
    eventually("the controller says that they are missing", || {
        let ready = running.fetch("/readyz");
        let text = ready.body.as_str().unwrap_or_default().to_owned();
        (ready.code == 503 && text.contains("CustomResourceDefinition")).then_some(())
    });
    assert_eq!(running.fetch("/healthz").code, 200);
    assert_eq!(running.wait(A_WHILE), None);
    assert_eq!(
        stage.get("Secret", &namespace, name(&secret)),
        Some(secret.clone())
    );

    for definition in definitions() {
        stage.apply(&definition);
    }
    running.until_ready();
    eventually("the definition is back", || {
        (stage.create(&sealed).code == 201).then_some(())
    });
    assert_eq!(stage.native(&namespace, "db"), secret);
    let creates = running.writes(&namespace, 0);
    let made = |resource: &str| {
        let made = |c: &&_| made_one(c, resource);
        creates.iter().filter(made).count()
    };
    // The records went with their definition, so one is written again; no Secret is.
    assert_eq!((made("secrets"), made("sealedsecretrevisions")), (1, 2));
}

fn made_one(call: &bulla_tests::controller::Call, resource: &str) -> bool {
    call.verb == "create" && call.resource == resource && call.code == 201
}

#[test]
fn two_controllers_at_once_do_no_harm() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    let (one, other) = (stage.run(&["--resync=1s"]), stage.run(&["--resync=1s"]));
    one.until_ready();
    other.until_ready();
    for n in 0..20 {
        stage.created(
            &stage
                .desk
                .sealed(&namespace, &format!("s{n}"), &[("k", "v")]),
        );
    }
    for n in 0..20 {
        stage.native(&namespace, &format!("s{n}"));
    }
    let calls = [one.writes(&namespace, 0), other.writes(&namespace, 0)].concat();
    for resource in ["secrets", "sealedsecretrevisions"] {
        let made = calls.iter().filter(|call| made_one(call, resource)).count();
        assert_eq!(made, 20, "{resource}");
    }
    // Who comes second finds what it wanted.
    for event in stage.list("Event", &namespace) {
        assert_eq!(event["type"], "Normal", "{event:#}");
    }
    // And they do not answer each other's status for ever.
    let settled = |running: &super::stage::Running<'_>| {
        let seen = running.calls();
        eventually("it looks at everything twice more", || {
            let looks = running.journal(seen);
            let looks = looks
                .iter()
                .filter(|c| c.resource == "secrets" && c.namespace == namespace);
            (looks.count() >= 40).then_some(())
        });
        let mut writes = running.writes(&namespace, seen);
        // Those of the start are still being published, one after the other.
        writes.retain(|call| call.resource != "events");
        writes
    };
    assert_eq!(settled(&one), []);
    assert_eq!(settled(&other), []);
}

#[test]
fn the_largest_secrets_come_through_to_the_byte() {
    let shared = Shared::new();
    let namespace = &*shared.namespace;
    let all_bytes: Vec<u8> = (0..1 << 20).map(|n: u32| (n % 251) as u8).collect();
    let many = (0..=255).map(|n: u8| (format!("{n:0253}"), vec![n; usize::from(n)]));
    for (name, values) in [
        ("a-mebibyte", vec![("k".to_owned(), all_bytes)]),
        ("many", many.collect()),
    ] {
        let mut secret = parse(&secret(&values));
        secret["metadata"] = json!({"name": name, "namespace": namespace});
        shared.created(&parse(&shared.desk.seal(&secret.to_string())));
        assert!(
            shared.native(namespace, name)["data"] == secret["data"],
            "{name}"
        );
    }
}

/// What the controller asks of the API server is what its role grants.
#[test]
fn it_uses_the_rights_that_it_has_and_never_lists_secrets() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    for n in 0..20 {
        stage.created(&json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": format!("foreign{n}"), "namespace": namespace},
            "stringData": {"k": "x".repeat(32 << 10)},
        }));
    }
    let running = stage.run(&["--resync=1s", "--key-interval=1s"]);
    stage.created(&stage.desk.sealed(&namespace, "db", &[("k", "v")]));
    let secret = stage.native(&namespace, "db");
    stage.delete("Secret", &namespace, name(&secret));
    eventually("the Secret comes back", || {
        stage.get("Secret", &namespace, name(&secret))
    });
    running.signal("KILL");
    running.start([] as [&str; 0]);
    stage.created(&stage.desk.sealed(&namespace, "other", &[("k", "v")]));
    stage.native(&namespace, "other");
    let used = eventually("an event is written", || {
        let calls = running.journal(0);
        let used: BTreeSet<_> = calls.into_iter().map(|c| (c.resource, c.verb)).collect();
        used.contains(&("events".to_owned(), "create".to_owned()))
            .then_some(used)
    });
    let role = role();
    let mut granted = BTreeSet::new();
    for rule in role["rules"].as_array().unwrap() {
        for resource in rule["resources"].as_array().unwrap() {
            for verb in rule["verbs"].as_array().unwrap() {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                granted.insert((text(resource), text(verb)));
            }
        }
    }
    // No right is missing, and none is idle.
    assert_eq!(used, granted);
    // It never read a Secret that it did not make, but its own identities.
    let calls = running.journal(0);
    let read = calls
        .iter()
        .filter(|c| c.resource == "secrets" && c.verb == "get");
    for call in read {
        assert!(
            call.namespace == HOME || !call.name.starts_with("foreign"),
            "{call:?}"
        );
    }
}
