//! A namespace comes back from a backup: other UIDs, labels of the tool's own, no status.

use serde_json::{Value, json};

use super::cluster::{Cluster, name, uid};
use super::stage::Stage;

/// The object as backup tools write it again (Velero: no status, no UID, labels of its own).
fn restored(object: &Value) -> Value {
    let mut object = object.clone();
    let fields = object.as_object_mut().unwrap();
    fields.remove("status");
    let metadata = object["metadata"].as_object_mut().unwrap();
    for field in [
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "managedFields",
        "generation",
    ] {
        metadata.remove(field);
    }
    object["metadata"]["labels"]["velero.io/restore-name"] = "of-today".into();
    object
}

#[test]
fn after_a_restore_everything_is_ready_and_nothing_is_made_twice() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    let running = stage.run(&[]);
    for n in 0..5 {
        let sealed = stage
            .desk
            .sealed(&namespace, &format!("s{n}"), &[("k", &format!("v{n}"))]);
        stage.created(&sealed);
    }
    for n in 0..5 {
        stage.native(&namespace, &format!("s{n}"));
    }
    running.signal("KILL");
    let kinds = ["Secret", "SealedSecretRevision", "SealedSecret"];
    let backup = kinds.map(|kind| {
        let objects = stage.list(kind, &namespace);
        let of_kind = |mut object: Value| {
            // Items of a list do not say what they are.
            object["kind"] = kind.into();
            object["apiVersion"] = match kind {
                "Secret" => "v1".into(),
                _ => "bulla.dev/v1alpha1".into(),
            };
            object
        };
        objects.into_iter().map(of_kind).collect::<Vec<_>>()
    });
    assert_eq!(backup.each_ref().map(Vec::len), [5, 5, 5]);
    for kind in kinds {
        stage.delete_all(kind, &namespace);
    }
    for object in backup.iter().flatten() {
        stage.created(&restored(object));
    }
    let secrets = stage.list("Secret", &namespace);
    assert_ne!(uid(&secrets[0]), uid(&backup[0][0]));

    let seen = running.calls();
    running.start([] as [&str; 0]);
    for n in 0..5 {
        let native = stage.native(&namespace, &format!("s{n}"));
        assert_eq!(
            native["metadata"]["labels"]["velero.io/restore-name"],
            "of-today"
        );
        let record = format!("{}.{}", name(&native), uid(&native));
        assert!(
            stage
                .get("SealedSecretRevision", &namespace, &record)
                .is_some()
        );
    }
    assert_eq!(stage.list("Secret", &namespace), secrets);
    let made: Vec<_> = running.writes(&namespace, seen);
    let made = made
        .iter()
        .filter(|call| call.resource == "secrets" && call.code < 400);
    assert_eq!(made.count(), 0);
    // Five of before, as history, and five of these Secrets.
    assert_eq!(stage.list("SealedSecretRevision", &namespace).len(), 10);
}

#[test]
fn sealed_secrets_alone_bring_their_secrets_back() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    let running = stage.run(&[]);
    stage.created(&stage.desk.sealed(&namespace, "db", &[("k", "v")]));
    let before = stage.native(&namespace, "db");
    running.signal("KILL");
    let mut backup = stage.get("SealedSecret", &namespace, "db").unwrap();
    for kind in ["Secret", "SealedSecretRevision", "SealedSecret"] {
        stage.delete_all(kind, &namespace);
    }
    // A tool that restores the status too: it tells of a UID that is no more.
    let status = backup["status"].clone();
    backup = restored(&backup);
    stage.created(&backup);
    stage.patch(
        "SealedSecret",
        &namespace,
        "db/status",
        json!({"status": status}),
    );
    running.start([] as [&str; 0]);
    let after = super::cluster::eventually("the Secret is back", || {
        stage.get("Secret", &namespace, name(&before))
    });
    assert_eq!(after["data"], before["data"]);
    super::cluster::eventually("the status has the new UID", || {
        let stored = stage.get("SealedSecret", &namespace, "db")?;
        (stored["status"]["secretUID"] == *uid(&after)).then_some(())
    });
}
