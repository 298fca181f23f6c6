//! Namespaces in which the controller may not do what it is to do: others go on.

use std::time::Duration;

use bulla_tests::ControlPlane;
use bulla_tests::controller::{Act, Call, Fault};
use serde_json::json;

use super::cluster::{Cluster, condition, eventually, within};
use super::rights::{ACCOUNT, HOME, role};
use super::stage::{A_WHILE, Stage};

/// A quota that no Secret fits into. Its usage is what the controller manager would write.
pub(crate) fn no_more_secrets(plane: &ControlPlane, namespace: &str) {
    let hard = json!({"secrets": "0"});
    plane.created(&json!({
        "apiVersion": "v1", "kind": "ResourceQuota",
        "metadata": {"name": "none", "namespace": namespace}, "spec": {"hard": hard},
    }));
    let status = json!({"status": {"hard": hard, "used": {"secrets": "0"}}});
    plane.patch("ResourceQuota", namespace, "none/status", status);
    // The API server looks at a quota that it may have known for a moment.
    eventually("the quota counts", || {
        let probe = json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": "probe", "namespace": namespace},
        });
        match plane.create(&probe).code {
            403 => Some(()),
            _ => {
                plane.delete("Secret", namespace, "probe");
                None
            }
        }
    });
}

fn attempts(calls: &[Call], namespace: &str) -> usize {
    let is_attempt = |call: &&Call| {
        call.verb == "create" && call.resource == "secrets" && call.namespace == namespace
    };
    calls.iter().filter(is_attempt).count()
}

#[test]
fn a_quota_denies_until_it_is_lifted_and_says_nothing_of_values() {
    let stage = Stage::own();
    let (full, free) = (stage.namespace(), stage.namespace());
    no_more_secrets(&stage, &full);
    stage.created(
        &stage
            .desk
            .sealed(&full, "db", &[("k", crate::canary::CANARY)]),
    );
    let _running = stage.run(&[]);
    let denied = stage.fails(&full, "db", "CreateDenied");
    assert_eq!(condition(&denied, "Reconciling")["status"], "True");
    assert_ne!(condition(&denied, "Stalled")["status"], "True");
    crate::canary::assert_silent("the status", denied.to_string().as_bytes());
    // The server's words are not repeated: they could hold anything.
    let message = condition(&denied, "Ready")["message"].to_string();
    assert!(!message.contains("exceeded quota"), "{message}");

    stage.created(&stage.desk.sealed(&free, "db", &[("k", "v")]));
    stage.native(&free, "db");
    stage.delete("ResourceQuota", &full, "none");
    stage.native(&full, "db");
}

#[test]
fn a_namespace_whose_creates_hang_holds_up_no_other() {
    let stage = Stage::own();
    let (hanging, free) = (stage.namespace(), stage.namespace());
    let running = stage.prepare();
    running.faults(&[Fault {
        verbs: &["create"],
        resources: &["secrets"],
        namespaces: vec![hanging.clone()],
        act: Act::Hold,
        ..Fault::default()
    }]);
    for n in 0..40 {
        stage.created(&stage.desk.sealed(&hanging, &format!("s{n}"), &[("k", "v")]));
    }
    running.start([] as [&str; 0]);
    eventually("creates hang", || {
        (attempts(&running.journal(0), &hanging) >= 4).then_some(())
    });
    stage.created(&stage.desk.sealed(&free, "db", &[("k", "v")]));
    stage.native(&free, "db");
    running.faults(&[]);
    for n in 0..40 {
        stage.native(&hanging, &format!("s{n}"));
    }
}

#[test]
fn two_namespaces_whose_creates_hang_hold_up_no_other() {
    let stage = Stage::own();
    let (one, two, free) = (stage.namespace(), stage.namespace(), stage.namespace());
    let running = stage.prepare();
    running.faults(&[Fault {
        verbs: &["create"],
        resources: &["secrets"],
        namespaces: vec![one.clone(), two.clone()],
        act: Act::Hold,
        ..Fault::default()
    }]);
    for namespace in [&one, &two] {
        for n in 0..20 {
            stage.created(
                &stage
                    .desk
                    .sealed(namespace, &format!("s{n}"), &[("k", "v")]),
            );
        }
    }
    running.start([] as [&str; 0]);
    eventually("creates hang in both", || {
        let calls = running.journal(0);
        (attempts(&calls, &one) + attempts(&calls, &two) >= 12).then_some(())
    });
    stage.created(&stage.desk.sealed(&free, "db", &[("k", "v")]));
    // Before the first of them is given up.
    within(Duration::from_secs(25), "the Secret of the third", || {
        let made = stage.list("Secret", &free);
        (!made.is_empty()).then_some(())
    });
}

#[test]
fn the_events_of_one_namespace_drop_no_other_s() {
    let stage = Stage::own();
    let (loud, quiet) = (stage.namespace(), stage.namespace());
    let running = stage.prepare();
    // While the first of them is written, all others wait.
    running.faults(&[Fault {
        verbs: &["create"],
        resources: &["events"],
        namespaces: vec![loud.clone()],
        act: Act::Hold,
        ..Fault::default()
    }]);
    let sealed = stage.desk.sealed(&loud, "db", &[("k", "v")]);
    let name = |n: usize| format!("s{n}");
    for n in 0..300 {
        let mut misplaced = sealed.clone();
        misplaced["metadata"]["name"] = name(n).into();
        stage.created(&misplaced);
    }
    running.start([] as [&str; 0]);
    for n in 0..300 {
        stage.fails(&loud, &name(n), "Misplaced");
    }
    stage.created(&stage.desk.sealed(&quiet, "db", &[("k", "v")]));
    stage.native(&quiet, "db");
    running.faults(&[]);
    eventually("the event of the quiet one", || {
        let events = stage.list("Event", &quiet);
        (!events.is_empty()).then_some(())
    });
}

#[test]
fn in_a_namespace_that_is_being_removed_nothing_is_tried_again_and_again() {
    let stage = Stage::own();
    let (going, staying) = (stage.namespace(), stage.namespace());
    let hold = json!({"metadata": {"finalizers": ["example.com/hold"]}});
    stage.created(&stage.desk.sealed(&going, "db", &[("k", "v")]));
    stage.patch("SealedSecret", &going, "db", hold);
    stage.delete("Namespace", "", &going);
    let running = stage.run(&[]);
    stage.fails(&going, "db", "NamespaceTerminating");
    stage.created(&stage.desk.sealed(&staying, "db", &[("k", "v")]));
    stage.native(&staying, "db");
    assert_eq!(running.wait(A_WHILE), None);
    let calls = running.journal(0);
    assert!(
        attempts(&calls, &going) <= 5,
        "{}",
        attempts(&calls, &going)
    );
    let stored = stage.get("SealedSecret", &going, "db").unwrap();
    assert_eq!(
        stored["metadata"]["finalizers"],
        json!(["example.com/hold"])
    );
    let let_go = json!({"metadata": {"finalizers": null}});
    stage.patch("SealedSecret", &going, "db", let_go);
}

#[test]
fn a_right_that_is_missing_in_one_namespace_is_missing_there_only() {
    let stage = Stage::own();
    let (without, with) = (stage.namespace(), stage.namespace());
    let mut role = role();
    let rules = role["rules"].as_array_mut().unwrap();
    rules.retain(|rule| rule["resources"] != json!(["secrets"]));
    stage.apply(&role);
    let grant = |namespace: &str| {
        let rbac = "rbac.authorization.k8s.io/v1";
        let metadata = json!({"name": "bulla-secrets", "namespace": namespace});
        stage.apply(&json!({
            "apiVersion": rbac, "kind": "Role", "metadata": metadata,
            "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["create", "get"]}],
        }));
        stage.apply(&json!({
            "apiVersion": rbac, "kind": "RoleBinding", "metadata": metadata,
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "bulla-secrets"},
            "subjects": [{"kind": "ServiceAccount", "name": ACCOUNT, "namespace": HOME}],
        }));
    };
    grant(HOME);
    grant(&with);
    let sealed = |namespace: &str, name: &str| stage.desk.sealed(namespace, name, &[("k", "v")]);
    stage.created(&sealed(&without, "db"));
    stage.created(&sealed(&with, "db"));
    let running = stage.run(&[]);
    running.may_be_refused();
    stage.native(&with, "db");
    stage.fails(&without, "db", "CreateDenied");
    stage.created(&sealed(&with, "other"));
    stage.native(&with, "other");
    grant(&without);
    stage.native(&without, "db");
    stage.delete("RoleBinding", HOME, "bulla-secrets");
}
