//! The proxy between the tests' controllers and the API server does what the tests rely on.

use std::process::Command;

use bulla_tests::controller::{Act, Fault};
use bulla_tests::peers;
use serde_json::json;

use super::cluster::Cluster;
use super::rights::HOME;
use super::stage::Stage;
use crate::desk::{Said, says};

#[test]
fn the_proxy_keeps_a_journal_and_makes_faults() {
    let stage = Stage::own();
    let running = stage.prepare();
    let ask = |line: &str| -> Said {
        let mut kubectl = Command::new(peers::kubectl());
        kubectl.env("KUBECONFIG", running.kubeconfig());
        kubectl.env("HOME", running.home());
        says(kubectl.args(line.split(' ')), "")
    };
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "one", "namespace": HOME},
    });
    stage.created(&secret);
    assert!(ask(&format!("get secret one -n {HOME}")).succeeded());
    let seen = running.journal(0);
    let last = seen.last().unwrap();
    let call = (
        &*last.verb,
        &*last.resource,
        &*last.namespace,
        &*last.name,
        last.code,
    );
    assert_eq!(call, ("get", "secrets", HOME, "one", 200));

    // Under the controller's rights, and no others.
    let said = ask(&format!("delete secret one -n {HOME}"));
    assert!(said.stderr.contains("Forbidden"), "{}", said.stderr);
    let refused = running.journal(seen.len());
    let forbidden = super::stage::forbidden(&refused);
    assert_eq!(forbidden.len(), 1);
    assert_eq!(forbidden[0].verb, "delete");
    running.may_be_refused();

    let fault = |act| Fault {
        resources: &["secrets"],
        times: 1,
        act,
        ..Fault::default()
    };
    let answer = Act::Answer {
        code: 409,
        retry_after: 0,
    };
    // What a controller may create.
    let namespace = stage.namespace();
    let two = stage.desk.sealed(&namespace, "two", &[("k", "v")]);
    let two = stage.desk.open(&two.to_string());
    let file = stage.desk.write("two.json", two.to_string());
    let create = format!("create -f {}", file.display());
    let made = || stage.get("Secret", &namespace, super::cluster::name(&two));
    running.faults(&[fault(answer)]);
    assert!(ask(&create).stderr.contains("409 by the tests' proxy"));
    assert_eq!(made(), None);
    running.faults(&[fault(Act::Lose)]);
    assert!(!ask(&create).succeeded());
    assert!(made().is_some());
    assert!(ask(&create).stderr.contains("already exists"));
    running.down();
    assert!(ask("get sealedsecrets -A").stderr.contains("refused"));
    running.up();
    assert!(ask("get sealedsecrets -A").succeeded());
    running.certificate();
    running.cut();
    assert!(ask("get sealedsecrets -A").succeeded());
}
