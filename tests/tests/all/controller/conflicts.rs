//! Another Secret has the name: it is left alone, and nothing tells what is in it.

use bulla_tests::ControlPlane;
use data_encoding::BASE64;
use serde_json::{Value, json};

use super::cluster::{Cluster, condition, eventually, name, uid};
use super::stage::{Shared, Stage};

/// A Secret that somebody made under the name that a SealedSecret wants.
fn foreign(sealed: &Value, value: &[u8]) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "Opaque", "immutable": true,
        "metadata": {
            "name": sealed["spec"]["secretName"], "namespace": sealed["metadata"]["namespace"],
        },
        "data": {"k": BASE64.encode(value)},
    })
}

#[test]
fn a_foreign_secret_is_left_alone_until_it_is_gone() {
    let shared = Shared::new();
    let namespace = &*shared.namespace;
    let sealed = shared.desk.sealed(namespace, "db", &[("k", "v")]);
    let theirs = shared.created(&foreign(&sealed, b"theirs"));
    shared.created(&sealed);
    let stored = shared.fails(namespace, "db", "NameConflict");
    assert_eq!(condition(&stored, "Stalled")["status"], "True");
    assert_eq!(
        shared.get("Secret", namespace, name(&theirs)),
        Some(theirs.clone())
    );
    assert_eq!(
        shared.list("SealedSecretRevision", namespace),
        Vec::<Value>::new()
    );
    // The shared controller looks again every other second.
    shared.delete("Secret", namespace, name(&theirs));
    shared.native(namespace, "db");
}

#[test]
fn a_status_that_somebody_forges_hides_no_conflict() {
    let shared = Shared::new();
    let namespace = &*shared.namespace;
    let sealed = shared.desk.sealed(namespace, "db", &[("k", "v")]);
    let theirs = shared.created(&foreign(&sealed, b"theirs"));
    shared.created(&sealed);
    shared.fails(namespace, "db", "NameConflict");
    forge(&shared, &sealed, &theirs);
    shared.fails(namespace, "db", "NameConflict");
}

/// As `docs/operations.md` tells how to have an object looked at anew.
#[test]
fn after_a_restart_a_forged_status_is_found_out_when_it_is_taken_away() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    let sealed = stage.desk.sealed(&namespace, "db", &[("k", "v")]);
    let theirs = stage.created(&foreign(&sealed, b"theirs"));
    stage.created(&sealed);
    forge(&stage, &sealed, &theirs);
    let running = stage.run(&[]);
    running.until_ready();
    let anew = json!({"status": {"observedGeneration": -1}});
    stage.patch("SealedSecret", &namespace, "db/status", anew);
    stage.fails(&namespace, "db", "NameConflict");
}

/// Lets the status say Ready of this Secret.
fn forge(plane: &ControlPlane, sealed: &Value, secret: &Value) {
    let ready = json!({
        "type": "Ready", "status": "True", "reason": "Created", "message": "",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    });
    let forged = json!({"status": {
        "observedGeneration": 1, "conditions": [ready],
        "secretName": name(secret), "secretUID": uid(secret),
    }});
    let namespace = sealed["metadata"]["namespace"].as_str().unwrap();
    let stored = plane.patch("SealedSecret", namespace, "db/status", forged);
    assert_eq!(condition(&stored, "Ready")["status"], "True");
}

type Forge = fn(&mut Value);

#[test]
fn labels_and_annotations_prove_nothing() {
    let shared = Shared::new();
    let namespace = &*shared.namespace;
    // What the real one looks like, in another place.
    let sealed = shared.desk.sealed(namespace, "db", &[("k", "v")]);
    let opened = shared.desk.open(&sealed.to_string());
    let forgeries: [(&str, Forge); 5] = [
        ("another value", |s| {
            s["data"]["k"] = BASE64.encode(b"w").into();
        }),
        ("one key more", |s| {
            s["data"]["l"] = BASE64.encode(b"w").into();
        }),
        ("not immutable", |s| s["immutable"] = false.into()),
        ("another type", |s| s["type"] = "example.com/other".into()),
        ("no origin", |s| {
            let annotations = s["metadata"]["annotations"].as_object_mut().unwrap();
            assert!(annotations.remove("bulla.dev/origin").is_some());
        }),
    ];
    for (what, forge) in forgeries {
        let mut forged = opened.clone();
        // The desk does not know the namespace; origin and all the rest are the real ones.
        forged["metadata"]["namespace"] = namespace.into();
        forge(&mut forged);
        let forged = shared.created(&forged);
        shared.created(&sealed);
        shared.fails(namespace, "db", "NameConflict");
        assert_eq!(
            shared.get("Secret", namespace, name(&forged)),
            Some(forged.clone()),
            "{what}"
        );
        shared.delete("SealedSecret", namespace, "db");
        shared.delete("Secret", namespace, name(&forged));
    }
    // The same without a forgery is taken for what it is.
    let made = shared.created(&opened);
    shared.created(&sealed);
    assert_eq!(uid(&shared.native(namespace, "db")), uid(&made));
}

#[test]
fn a_secret_that_somebody_makes_again_with_other_content_is_not_ready() {
    let shared = Shared::new();
    let namespace = &*shared.namespace;
    shared.created(&shared.desk.sealed(namespace, "db", &[("k", "v")]));
    let mut forged = shared.native(namespace, "db");
    let real = name(&forged).to_owned();
    let metadata = forged["metadata"].as_object_mut().unwrap();
    for field in [
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "managedFields",
    ] {
        metadata.remove(field);
    }
    forged["data"]["k"] = BASE64.encode(b"forged").into();
    // The controller may be quicker with the right one; then once more.
    let forged = eventually("the forged Secret is there", || {
        shared.delete("Secret", namespace, &real);
        let answer = shared.create(&forged);
        (answer.code == 201).then_some(answer.body)
    });
    shared.fails(namespace, "db", "NameConflict");
    assert_eq!(shared.get("Secret", namespace, &real), Some(forged));
}

/// All that a conflict shows to anybody but the owner of the Secret.
#[derive(Debug, PartialEq)]
struct Shown {
    status: Value,
    events: Vec<Value>,
    calls: Vec<(String, String, u16)>,
    log: Vec<Value>,
    metrics: Vec<String>,
}

fn shown(stage: &Stage, value: &str) -> Shown {
    let namespace = stage.namespace();
    let sealed = stage
        .desk
        .sealed(&namespace, "db", &[("k", "the right value")]);
    stage.created(&foreign(&sealed, value.as_bytes()));
    stage.created(&sealed);
    let running = stage.run(&["--resync=1s", "--log-level=trace"]);
    let stored = stage.fails(&namespace, "db", "NameConflict");
    let stored_uid = uid(&stored).to_owned();
    let secret = sealed["spec"]["secretName"].as_str().unwrap().to_owned();
    eventually("it is looked at again", || {
        let calls = running.journal(0);
        let looks = calls
            .iter()
            .filter(|call| call.name == secret && call.verb == "get");
        (looks.count() >= 3).then_some(())
    });
    let metrics = running.fetch("/metrics").body;
    running.signal("TERM");
    assert_eq!(running.wait(std::time::Duration::from_secs(30)), Some(0));

    let plain = |text: &str| {
        let digest = sealed["spec"]["envelopes"][0]["commitment"]
            .as_str()
            .unwrap();
        text.replace(&secret, "SECRET")
            .replace(&namespace, "NAMESPACE")
            .replace(&stored_uid, "UID")
            .replace(digest, "COMMITMENT")
    };
    let without_times = |value: &Value| -> Value {
        let mut value: Value = serde_json::from_str(&plain(&value.to_string())).unwrap();
        strip(&mut value);
        value
    };
    // The order of calls of one object is what counts; how many resyncs there were is chance.
    let mut calls: Vec<_> = running
        .journal(0)
        .into_iter()
        .filter(|call| call.namespace == namespace)
        .map(|call| (call.verb, plain(&call.resource), call.code))
        .collect();
    calls.dedup();
    let mut log: Vec<_> = running
        .logged()
        .lines()
        .filter(|line| line.contains(&namespace) && line.contains("NameConflict"))
        .map(|line| without_times(&serde_json::from_str(line).unwrap()))
        .collect();
    log.dedup();
    let is_of_time = |line: &&str| line.contains("seconds") || line.contains("_bytes");
    Shown {
        status: without_times(&stored["status"]),
        events: stage
            .list("Event", &namespace)
            .iter()
            .map(without_times)
            .collect(),
        calls,
        log,
        metrics: metrics
            .as_str()
            .unwrap()
            .lines()
            .filter(|line| line.contains("NameConflict") && !is_of_time(line))
            .map(str::to_owned)
            .collect(),
    }
}

/// Takes out what differs from one moment to the next.
fn strip(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for field in [
                "lastTransitionTime",
                "timestamp",
                "metadata",
                "eventTime",
                "resourceVersion",
                "deprecatedCount",
                "deprecatedFirstTimestamp",
                "deprecatedLastTimestamp",
                "series",
                "reportingInstance",
                "digest",
                "elapsed",
                "duration",
            ] {
                fields.remove(field);
            }
            fields.values_mut().for_each(strip);
        }
        Value::Array(values) => values.iter_mut().for_each(strip),
        _ => {}
    }
}

#[test]
fn nothing_tells_whether_the_data_of_a_foreign_secret_were_right() {
    let stage = Stage::own();
    let right = shown(&stage, "the right value");
    for namespace in stage.list("Namespace", "") {
        stage.delete_all("SealedSecret", name(&namespace));
    }
    let wrong = shown(&stage, "another value!!");
    assert!(!right.log.is_empty());
    assert!(!right.metrics.is_empty());
    assert!(!right.events.is_empty());
    assert_eq!(right, wrong);
}
