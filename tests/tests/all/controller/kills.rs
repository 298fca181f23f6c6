//! The controller is killed at every step, and nothing is lost, doubled or half made.

use std::time::Duration;

use bulla_tests::controller::{Act, Call, Fault};

use super::cluster::{Cluster, eventually, name, uid};
use super::stage::{Running, Stage, value};

const ONE_AT_A_TIME: [&str; 2] = ["--concurrency=1", "--resync=24h"];

/// The calls that change something for one new SealedSecret, from the first to the last.
fn steps(stage: &Stage, running: &Running<'_>) -> Vec<Call> {
    let namespace = stage.namespace();
    running.start(ONE_AT_A_TIME);
    stage.created(&stage.desk.sealed(&namespace, "db", &[("k", "v")]));
    stage.native(&namespace, "db");
    let steps = eventually("the event is written", || {
        let writes = running.writes(&namespace, 0);
        let is_told = writes
            .iter()
            .any(|c| c.resource == "events" && c.code == 201);
        is_told.then_some(writes)
    });
    running.signal("KILL");
    steps
}

#[test]
fn killed_at_any_write_it_converges() {
    let stage = Stage::own();
    let running = stage.prepare();
    let steps = steps(&stage, &running);
    let resources: Vec<_> = steps.iter().map(|call| &*call.resource).collect();
    for resource in [
        "secrets",
        "sealedsecretrevisions",
        "sealedsecrets/status",
        "events",
    ] {
        assert!(resources.contains(&resource), "{resources:?}");
    }
    for act in [Act::Kill, Act::KillFirst] {
        for step in 0..steps.len() {
            let what = format!("{act:?} at step {step}");
            let namespace = stage.namespace();
            stage.created(&stage.desk.sealed(&namespace, "db", &[("k", "v")]));
            running.faults(&[Fault {
                verbs: &["write"],
                namespaces: vec![namespace.clone()],
                skip: step,
                times: 1,
                act,
                ..Fault::default()
            }]);
            running.start(ONE_AT_A_TIME);
            assert_eq!(running.wait(Duration::from_secs(60)), Some(-1), "{what}");
            running.faults(&[]);
            running.start(ONE_AT_A_TIME);
            let native = stage.native(&namespace, "db");
            assert_eq!(value(&native, "k"), b"v", "{what}");
            assert_eq!(stage.list("Secret", &namespace).len(), 1, "{what}");
            let records = stage.list("SealedSecretRevision", &namespace);
            assert_eq!(records.len(), 1, "{what}");
            assert_eq!(records[0]["spec"]["secretUID"], *uid(&native), "{what}");
            // What was interrupted may be done again; what was done is found.
            let writes = running.writes(&namespace, 0);
            let done = writes
                .iter()
                .filter(|call| (200..300).contains(&call.code))
                .count();
            assert!(done <= steps.len() + 1, "{what}: {writes:#?}");
            running.signal("KILL");
        }
    }
}

#[test]
fn killed_again_and_again_with_much_to_do_it_converges() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    let running = stage.prepare();
    for n in 0..30 {
        let sealed = stage
            .desk
            .sealed(&namespace, &format!("s{n}"), &[("k", &format!("v{n}"))]);
        stage.created(&sealed);
    }
    for kill in 0..6 {
        running.faults(&[Fault {
            verbs: &["write"],
            skip: 9 + kill,
            times: 1,
            act: Act::Kill,
            ..Fault::default()
        }]);
        running.start([] as [&str; 0]);
        assert_eq!(running.wait(Duration::from_secs(60)), Some(-1));
    }
    running.faults(&[]);
    running.start([] as [&str; 0]);
    for n in 0..30 {
        let native = stage.native(&namespace, &format!("s{n}"));
        assert_eq!(value(&native, "k"), format!("v{n}").as_bytes());
    }
    let mut secrets = stage.list("Secret", &namespace);
    assert_eq!(secrets.len(), 30);
    secrets.dedup_by(|a, b| name(a) == name(b));
    assert_eq!(secrets.len(), 30);
    assert_eq!(stage.list("SealedSecretRevision", &namespace).len(), 30);
}
