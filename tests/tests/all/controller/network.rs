//! Between the controller and the API server things go wrong, and it comes through.

use bulla_tests::controller::{Act, Call, Fault};
use serde_json::{Value, json};

use super::cluster::{Cluster, eventually, name};
use super::rights::HOME;
use super::stage::{A_WHILE, Stage, token, value};

const NO_FLAGS: [&str; 0] = [];

fn sealed(stage: &Stage, namespace: &str, name: &str) -> Value {
    stage.desk.sealed(namespace, name, &[("k", name)])
}

fn made(calls: &[Call], resource: &str) -> usize {
    let is_made =
        |call: &&Call| call.verb == "create" && call.resource == resource && call.code == 201;
    calls.iter().filter(is_made).count()
}

fn count(calls: &[Call], verb: &str, resource: &str) -> usize {
    let fits = |call: &&Call| call.verb == verb && call.resource == resource;
    calls.iter().filter(fits).count()
}

/// The times between calls that fit, in milliseconds.
fn gaps(calls: &[Call], fits: impl Fn(&Call) -> bool) -> Vec<u64> {
    let times: Vec<u64> = calls
        .iter()
        .filter(|call| fits(call))
        .map(|call| call.millis)
        .collect();
    times.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

#[test]
fn what_happened_while_the_network_was_cut_is_made_up_for() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    let running = stage.run(&[]);
    for name in ["a", "b", "c"] {
        stage.created(&sealed(&stage, &namespace, name));
    }
    let before = ["a", "b", "c"].map(|name| stage.native(&namespace, name));
    let watches = || count(&running.journal(0), "watch", "sealedsecrets");
    // First the watch alone, then everything.
    for round in 0..2 {
        let seen = watches();
        match round {
            0 => {
                running.faults(&[Fault {
                    verbs: &["watch"],
                    ..Fault::default()
                }]);
                running.cut();
                eventually("the watch fails", || (watches() > seen).then_some(()));
            }
            _ => running.down(),
        }
        for name in ["d", "e", "f"] {
            stage.created(&sealed(&stage, &namespace, &format!("{name}{round}")));
        }
        stage.delete("SealedSecret", &namespace, ["a", "b"][round]);
        assert_eq!(running.wait(A_WHILE), None);
        running.faults(&[]);
        if round == 1 {
            running.up();
        }
        for name in ["d", "e", "f"] {
            stage.native(&namespace, &format!("{name}{round}"));
        }
    }
    for secret in before {
        assert_eq!(stage.get("Secret", &namespace, name(&secret)), Some(secret));
    }
    assert_eq!(made(&running.writes(&namespace, 0), "secrets"), 9);
}

#[test]
fn a_watch_that_always_expires_is_no_hot_loop() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    let running = stage.prepare();
    running.faults(&[Fault {
        verbs: &["watch"],
        act: Act::Expire,
        ..Fault::default()
    }]);
    running.start(NO_FLAGS);
    let is_list = |call: &Call| call.verb == "list" && call.resource == "sealedsecrets";
    let calls = eventually("it lists five times", || {
        let calls = running.journal(0);
        (calls.iter().filter(|call| is_list(call)).count() >= 5).then_some(calls)
    });
    // A lower bound: a slow machine only makes it longer.
    let gaps = gaps(&calls, is_list);
    assert!(gaps.iter().sum::<u64>() > 2000, "{gaps:?}");
    stage.created(&sealed(&stage, &namespace, "db"));
    stage.native(&namespace, "db");
    running.faults(&[]);
    stage.created(&sealed(&stage, &namespace, "other"));
    stage.native(&namespace, "other");
}

#[test]
fn an_api_server_that_is_down_is_waited_for() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    stage.created(&sealed(&stage, &namespace, "first"));
    let running = stage.prepare();
    running.down();
    running.start(NO_FLAGS);
    eventually("the controller is alive", || {
        (running.fetch("/healthz").code == 200).then_some(())
    });
    assert_eq!(running.wait(A_WHILE), None, "{}", running.logged());
    assert_ne!(running.fetch("/readyz").code, 200);
    running.up();
    stage.native(&namespace, "first");
    running.until_ready();

    running.down();
    stage.created(&sealed(&stage, &namespace, "second"));
    assert_eq!(running.wait(A_WHILE), None, "{}", running.logged());
    for path in ["/healthz", "/readyz"] {
        assert_eq!(running.fetch(path).code, 200, "{path}");
    }
    running.up();
    stage.native(&namespace, "second");
}

#[test]
fn a_server_that_asks_for_patience_gets_it() {
    for code in [429, 503] {
        let stage = Stage::own();
        let namespace = stage.namespace();
        let running = stage.prepare();
        running.faults(&[Fault {
            verbs: &["create"],
            resources: &["secrets"],
            times: 2,
            act: Act::Answer {
                code,
                retry_after: 2,
            },
            ..Fault::default()
        }]);
        stage.created(&sealed(&stage, &namespace, "db"));
        running.start(NO_FLAGS);
        stage.native(&namespace, "db");
        let calls = running.journal(0);
        let gaps = gaps(&calls, |call| {
            call.verb == "create" && call.resource == "secrets"
        });
        assert_eq!(gaps.len(), 2, "{code}");
        assert!(gaps.iter().all(|gap| *gap >= 1900), "{code}: {gaps:?}");
    }
}

#[test]
fn a_server_that_refuses_everything_for_a_time_is_not_stormed() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    for n in 0..20 {
        stage.created(&sealed(&stage, &namespace, &format!("s{n}")));
    }
    let running = stage.prepare();
    running.faults(&[Fault {
        verbs: &["write"],
        act: Act::Answer {
            code: 503,
            retry_after: 0,
        },
        ..Fault::default()
    }]);
    running.start(NO_FLAGS);
    let writes = |calls: &[Call]| calls.iter().filter(|call| call.writes()).count();
    eventually("every object is tried", || {
        (writes(&running.journal(0)) >= 20).then_some(())
    });
    let seen = running.calls();
    assert_eq!(running.wait(A_WHILE), None);
    // Three seconds: no object was tried more often than once in 200 milliseconds.
    let tried = writes(&running.journal(seen));
    assert!(tried < 20 * 15, "{tried} writes");
    running.faults(&[]);
    for n in 0..20 {
        stage.native(&namespace, &format!("s{n}"));
    }
}

#[test]
fn an_answer_that_is_lost_after_the_commit_makes_nothing_twice() {
    let stage = Stage::own();
    let running = stage.prepare();
    running.start(["--concurrency=1"]);
    for resources in [
        ["secrets"].as_slice(),
        &["sealedsecretrevisions"],
        &["sealedsecrets/status"],
        &["events"],
        &[
            "secrets",
            "sealedsecretrevisions",
            "sealedsecrets/status",
            "events",
        ],
    ] {
        let namespace = stage.namespace();
        running.faults(&[Fault {
            verbs: &["write"],
            resources,
            namespaces: vec![namespace.clone()],
            times: resources.len() + 1,
            act: Act::Lose,
            ..Fault::default()
        }]);
        stage.created(&sealed(&stage, &namespace, "db"));
        stage.native(&namespace, "db");
        let calls = running.writes(&namespace, 0);
        assert!(
            calls.iter().any(|call| call.fault == "lose"),
            "{resources:?}"
        );
        assert_eq!(made(&calls, "secrets"), 1, "{resources:?}: {calls:#?}");
        assert_eq!(
            made(&calls, "sealedsecretrevisions"),
            1,
            "{resources:?}: {calls:#?}"
        );
        assert_eq!(stage.list("Secret", &namespace).len(), 1);
    }
}

#[test]
fn a_slow_server_is_only_slow() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    let running = stage.prepare();
    running.faults(&[Fault {
        act: Act::Delay { millis: 1000 },
        ..Fault::default()
    }]);
    running.start(NO_FLAGS);
    for n in 0..10 {
        stage.created(&sealed(&stage, &namespace, &format!("s{n}")));
    }
    for n in 0..10 {
        stage.native(&namespace, &format!("s{n}"));
    }
    let calls = running.writes(&namespace, 0);
    assert_eq!(count(&calls, "create", "secrets"), 10);
}

#[test]
fn a_list_of_the_past_takes_nothing_back() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    let first = stage.created(&sealed(&stage, &namespace, "db"));
    let running = stage.run(&[]);
    let old = stage.native(&namespace, "db");
    let newer = stage.desk.sealed(&namespace, "db", &[("k", "newer")]);
    let stored = stage.patch(
        "SealedSecret",
        &namespace,
        "db",
        json!({"spec": newer["spec"]}),
    );
    assert_ne!(
        stored["metadata"]["generation"],
        first["metadata"]["generation"]
    );
    let new = stage.native(&namespace, "db");

    // A replica that lags behind: the watch has expired, and the list is the very first one.
    let seen = running.calls();
    let expired = Fault {
        verbs: &["watch"],
        times: 1,
        act: Act::Expire,
        ..Fault::default()
    };
    let replay = Fault {
        verbs: &["list"],
        resources: &["sealedsecrets"],
        times: 1,
        act: Act::Replay,
        ..Fault::default()
    };
    running.faults(&[expired, replay]);
    running.cut();
    eventually("it reads the old list", || {
        let calls = running.journal(seen);
        calls
            .iter()
            .any(|call| call.fault == "replay")
            .then_some(())
    });
    let last = sealed(&stage, &namespace, "last");
    stage.created(&last);
    stage.native(&namespace, "last");
    assert_eq!(stage.native(&namespace, "db"), new);
    assert_eq!(value(&new, "k"), b"newer");
    assert_eq!(stage.get("Secret", &namespace, name(&old)), Some(old));
    let reports = running.journal(seen);
    let reports = reports
        .iter()
        .filter(|c| c.resource == "sealedsecrets/status" && c.name == "db");
    for report in reports {
        assert!(
            report.code >= 400 || report.body["status"]["observedGeneration"] == 2,
            "the status went back: {report:#?}"
        );
    }
}

#[test]
fn twenty_conflicts_on_the_status_are_overcome_without_a_busy_loop() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    let running = stage.prepare();
    running.faults(&[Fault {
        verbs: &["patch", "update"],
        resources: &["sealedsecrets/status"],
        times: 20,
        act: Act::Answer {
            code: 409,
            retry_after: 0,
        },
        ..Fault::default()
    }]);
    for n in 0..10 {
        stage.created(&sealed(&stage, &namespace, &format!("s{n}")));
    }
    running.start(NO_FLAGS);
    for n in 0..10 {
        stage.native(&namespace, &format!("s{n}"));
    }
    let calls = running.writes(&namespace, 0);
    let reports = calls
        .iter()
        .filter(|call| call.resource == "sealedsecrets/status")
        .count();
    assert_eq!(reports, 30);
    assert_eq!(made(&calls, "secrets"), 10);
}

/// As in a Pod, because that is where tokens and authorities change. It takes a minute: clients
/// look at the files no more often.
#[test]
fn a_new_token_and_a_new_certificate_authority_are_taken_up_without_a_restart() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    let holder = stage.created(&json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "holder", "namespace": HOME},
    }));
    let bound = json!({"boundObjectRef": {
        "apiVersion": "v1", "kind": "Secret", "name": "holder", "uid": holder["metadata"]["uid"],
    }});
    let running = stage.prepare();
    running.token(&token(&stage, &bound));
    running.start_in_pod(HOME, NO_FLAGS);
    stage.created(&sealed(&stage, &namespace, "first"));
    stage.native(&namespace, "first");
    // The token ends with the object that it is bound to.
    stage.delete("Secret", HOME, "holder");
    stage.created(&sealed(&stage, &namespace, "second"));
    eventually("the old token is refused", || {
        let calls = running.journal(0);
        calls.iter().any(|call| call.code == 401).then_some(())
    });
    running.certificate();
    running.cut();
    running.token(&token(&stage, &json!({})));
    stage.native(&namespace, "second");
    let refused = running
        .journal(0)
        .iter()
        .filter(|call| call.code == 401)
        .count();
    assert!(
        refused < 200,
        "{refused} calls with a token that has expired"
    );
}
