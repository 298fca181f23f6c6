//! What the real kstatus library says of a SealedSecret: by it Flux and others know when to go on.

use bulla_tests::peers;
use serde_json::{Value, json};
use std::process::Command;

use super::cluster::{Cluster, name};
use super::denials::no_more_secrets;
use super::stage::Stage;
use crate::desk::says;

/// One of kstatus's words for the object.
fn kstatus(object: &Value) -> String {
    let said = says(&mut Command::new(peers::kstatus()), object.to_string());
    said.printed().trim_end().to_owned()
}

#[test]
fn kstatus_knows_what_is_in_progress_what_is_done_and_what_has_failed() {
    let stage = Stage::own();
    let (namespace, full) = (stage.namespace(), stage.namespace());
    no_more_secrets(&stage, &full);
    let sealed = |namespace: &str, name: &str| stage.desk.sealed(namespace, name, &[("k", "v")]);
    let unseen = stage.created(&sealed(&namespace, "good"));
    assert_eq!(kstatus(&unseen), "InProgress");
    let mut stale = sealed(&namespace, "stale");
    stale["spec"]["secretName"] = "stale-aaaaaaaaaaaaaaaa".into();
    stage.created(&stale);
    stage.created(&sealed(&full, "denied"));

    let _running = stage.run(&[]);
    assert_eq!(kstatus(&stage.ready(&namespace, "good")), "Current");
    assert_eq!(
        kstatus(&stage.fails(&namespace, "stale", "StaleName")),
        "Failed"
    );
    assert_eq!(
        kstatus(&stage.fails(&full, "denied", "CreateDenied")),
        "InProgress"
    );

    // A new generation is in progress until it was looked at.
    let mut old = stage.get("SealedSecret", &namespace, "good").unwrap();
    old["metadata"]["generation"] = json!(2);
    assert_eq!(kstatus(&old), "InProgress");

    let hold = json!({"metadata": {"finalizers": ["example.com/hold"]}});
    stage.patch("SealedSecret", &namespace, "good", hold);
    stage.delete("SealedSecret", &namespace, "good");
    let going = stage.get("SealedSecret", &namespace, "good").unwrap();
    assert_eq!(name(&going), "good");
    assert_eq!(kstatus(&going), "Terminating");
    let let_go = json!({"metadata": {"finalizers": null}});
    stage.patch("SealedSecret", &namespace, "good", let_go);
}
