//! No value shows anywhere but in its Secret, whatever happens and however much is logged.

use std::fs;

use bulla_tests::controller::{Act, Fault};
use data_encoding::BASE64;
use serde_json::{Value, json};

use super::cluster::Cluster;
use super::denials::no_more_secrets;
use super::rights::HOME;
use super::stage::{IDENTITIES, Stage, identities, value};
use crate::canary::{CANARY, assert_silent, is_shown};
use crate::desk::IDENTITY;

#[test]
fn no_value_shows_in_any_outcome() {
    let stage = Stage::own();
    let (namespace, full, going) = (stage.namespace(), stage.namespace(), stage.namespace());
    no_more_secrets(&stage, &full);
    let sealed = |namespace: &str, name: &str| stage.desk.sealed(namespace, name, &[("k", CANARY)]);
    // The canary is also what an identity Secret holds beside the identity.
    stage.delete("Secret", HOME, IDENTITIES);
    stage.created(&identities(IDENTITIES, &[IDENTITY, CANARY]));
    let running = stage.prepare();

    let with = |name: &str, edit: &dyn Fn(&mut Value)| {
        let mut sealed = sealed(&namespace, name);
        edit(&mut sealed);
        sealed
    };
    let foreign = |sealed: &Value, value: &str| {
        stage.created(&json!({
            "apiVersion": "v1", "kind": "Secret", "immutable": true,
            "metadata": {"name": sealed["spec"]["secretName"], "namespace": namespace},
            "data": {"k": BASE64.encode(value.as_bytes())},
        }));
    };
    let right = with("right", &|_| {});
    foreign(&right, CANARY);
    let wrong = with("wrong", &|_| {});
    foreign(&wrong, "another");
    let stale = with("stale", &|s| {
        s["spec"]["secretName"] = "stale-aaaaaaaaaaaaaaaa".into();
    });
    let label = with("label", &|s| {
        s["spec"]["template"] = json!({"labels": {"app": "not a label's value"}});
    });
    let moved = with("moved", &|s| s["spec"]["sealedFor"] = json!({}));
    let tls = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/dockerconfigjson",
        "metadata": {"name": "docker", "namespace": namespace},
        "stringData": {".dockerconfigjson": json!({"auths": {"a": {"auth": CANARY}}}).to_string()},
    });
    let docker = crate::desk::parse(&stage.desk.seal(&tls.to_string()));
    let outcomes = [
        ("good", "", with("good", &|_| {})),
        ("docker", "", docker),
        ("right", "NameConflict", right),
        ("wrong", "NameConflict", wrong),
        ("stale", "StaleName", stale),
        ("label", "RuleRefused", stage.desk.renamed(label)),
        ("moved", "DecryptFailed", stage.desk.renamed(moved)),
    ];
    for (_, _, sealed) in &outcomes {
        stage.created(sealed);
    }
    stage.created(&sealed(&full, "denied"));
    let hold = json!({"metadata": {"finalizers": ["example.com/hold"]}});
    stage.created(&sealed(&going, "going"));
    stage.patch("SealedSecret", &going, "going", hold);
    stage.delete("Namespace", "", &going);
    // Some of the writes meet faults first.
    running.faults(&[
        Fault {
            verbs: &["write"],
            times: 3,
            act: Act::Lose,
            ..Fault::default()
        },
        Fault {
            verbs: &["write"],
            times: 3,
            act: Act::Answer {
                code: 500,
                retry_after: 0,
            },
            ..Fault::default()
        },
    ]);
    running.start(["--log-level=trace", "--resync=1s", "--key-interval=1s"]);
    for (name, reason, _) in &outcomes {
        match *reason {
            "" => drop(stage.native(&namespace, name)),
            reason => drop(stage.fails(&namespace, name, reason)),
        }
    }
    stage.fails(&full, "denied", "CreateDenied");
    stage.fails(&going, "going", "NamespaceTerminating");
    // A Secret is deleted and made again; keys go.
    let good = stage.native(&namespace, "good");
    assert_eq!(value(&good, "k"), CANARY.as_bytes());
    stage.delete("Secret", &namespace, super::cluster::name(&good));
    super::cluster::eventually("it comes back", || {
        stage.get("Secret", &namespace, super::cluster::name(&good))
    });
    stage.delete("Secret", HOME, IDENTITIES);
    running.until_identities(0);
    stage.created(&sealed(&namespace, "later"));
    stage.fails(&namespace, "later", "NoIdentity");

    for path in ["/metrics", "/healthz", "/readyz", "/", "/debug"] {
        let body = running.fetch(path).body.to_string();
        assert_silent(path, body.as_bytes());
    }
    for kind in ["SealedSecret", "SealedSecretRevision", "Event"] {
        let all = Value::from(stage.list(kind, "")).to_string();
        assert!(all.contains(&namespace), "{kind}");
        assert_silent(kind, all.as_bytes());
    }
    running.signal("TERM");
    running.wait(std::time::Duration::from_secs(30));
    let log = fs::read(running.log()).unwrap();
    assert!(
        running.logged().contains(&namespace),
        "the log is of something else"
    );
    assert_silent("the log", &log);
    let identity = IDENTITY.split_at(20).1;
    assert!(
        !running.logged().contains(identity),
        "the log has the identity"
    );
    let bodies = fs::read(running.bodies()).unwrap();
    assert!(String::from_utf8_lossy(&bodies).contains(&namespace));
    assert_silent("the wire", &bodies);
    // Where it ran there is what the tests have put there, and no core dump.
    for entry in fs::read_dir(running.home()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        assert!(!name.contains("core"), "{name}");
        if entry.file_type().unwrap().is_file() {
            assert_silent(&name, &fs::read(entry.path()).unwrap());
        }
    }
    // It would have been found.
    assert!(is_shown(good.to_string().as_bytes()));
    let let_go = json!({"metadata": {"finalizers": null}});
    stage.patch("SealedSecret", &going, "going", let_go);
}
