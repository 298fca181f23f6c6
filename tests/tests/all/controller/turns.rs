//! Objects that wait for their turn.

use std::collections::BTreeSet;

use bulla_tests::controller::{Act, Fault};

use super::cluster::{Cluster, eventually, name};
use super::stage::Stage;

#[test]
fn of_many_new_objects_all_secrets_come_before_the_first_record() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    let running = stage.prepare();
    let names = (0..10).map(|n| format!("s{n}")).collect::<Vec<_>>();
    for name in &names {
        stage.created(&stage.desk.sealed(&namespace, name, &[("k", "v")]));
    }
    running.start(["--concurrency=1"]);
    for name in &names {
        stage.ready(&namespace, name);
    }
    let calls = running.journal(0);
    let creates = calls.iter().filter(|call| call.verb == "create");
    let resources = creates.map(|call| call.resource.as_str());
    let resources = resources.filter(|resource| *resource != "events");
    let expected = [["secrets"; 10], ["sealedsecretrevisions"; 10]].concat();
    assert_eq!(resources.collect::<Vec<_>>(), expected);
}

/// One object's Secret is made, and it waits to be recorded; then it is changed, or deleted.
fn changed_while_it_waits(
    change: impl Fn(&Stage, &str, &str),
) -> (BTreeSet<String>, BTreeSet<String>) {
    let stage = Stage::own();
    let (namespace, elsewhere) = (stage.namespace(), stage.namespace());
    let running = stage.prepare();
    for name in ["one", "two"] {
        stage.created(&stage.desk.sealed(&namespace, name, &[("k", "v")]));
    }
    running.faults(&[Fault {
        verbs: &["create"],
        resources: &["secrets"],
        namespaces: vec![namespace.clone()],
        skip: 1,
        act: Act::Hold,
        ..Fault::default()
    }]);
    running.start(["--concurrency=1"]);
    eventually("the second Secret's turn", || {
        let creates = running.writes(&namespace, 0);
        let creates = creates.iter().filter(|call| call.resource == "secrets");
        (creates.count() == 2).then_some(())
    });
    let secrets = stage.list("Secret", &namespace);
    assert_eq!(secrets.len(), 1);
    let first = ["one", "two"].into_iter();
    let first = first.filter(|first| name(&secrets[0]).starts_with(first));
    let first = first.collect::<String>();
    change(&stage, &namespace, &first);
    // What the watch brings last.
    stage.created(&stage.desk.sealed(&elsewhere, "last", &[("k", "v")]));
    eventually("the watch has brought it", || {
        let metrics = running.metrics();
        let is_there = |object: &str| metrics.contains(object);
        let waiting = stage.list("SealedSecret", &namespace).len() + 1;
        is_there(&format!(
            "bulla_sealed_secrets{{reason=\"Pending\"}} {waiting}\n"
        ))
        .then_some(())
    });
    running.faults(&[]);
    stage.native(&elsewhere, "last");
    let objects = stage.list("SealedSecret", &namespace);
    for object in &objects {
        stage.native(&namespace, name(object));
    }
    let secrets = stage.list("Secret", &namespace);
    let records = stage.list("SealedSecretRevision", &namespace);
    let recorded = records.iter().map(|record| &record["spec"]["secretName"]);
    let recorded = recorded.map(|name| name.as_str().unwrap().to_owned());
    (
        secrets
            .iter()
            .map(|secret| name(secret).to_owned())
            .collect(),
        recorded.collect(),
    )
}

#[test]
fn what_is_changed_while_it_waits_is_recorded_as_it_was_and_looked_at_again() {
    let (secrets, recorded) = changed_while_it_waits(|stage, namespace, name| {
        stage.apply(&stage.desk.sealed(namespace, name, &[("k", "another")]));
    });
    assert_eq!(secrets.len(), 3);
    assert_eq!(recorded, secrets);
}

#[test]
fn what_is_deleted_while_it_waits_is_recorded_all_the_same() {
    let (secrets, recorded) = changed_while_it_waits(|stage, namespace, name| {
        stage.delete("SealedSecret", namespace, name);
    });
    assert_eq!(secrets.len(), 2);
    assert_eq!(recorded, secrets);
}
