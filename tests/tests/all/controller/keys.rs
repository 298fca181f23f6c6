//! Keys come, go and come back while the controller runs.

use serde_json::json;

use super::cluster::{Cluster, condition, name};
use super::rights::HOME;
use super::stage::{A_WHILE, IDENTITIES, Stage, identities};
use crate::desk::{Desk, IDENTITY};

const LOOK_OFTEN: &str = "--key-interval=1s";

/// Another identity, and a desk whose recipient is its public key.
fn other() -> (Desk, String) {
    let mut desk = Desk::new();
    desk.prints(["keygen", "other.txt"]);
    let recipient = desk.prints(["keygen", "--public", "other.txt"]);
    desk.write("recipients.txt", &recipient);
    desk.recipient = recipient.trim_end().to_owned();
    let identity = desk.read("other.txt");
    (desk, identity)
}

#[test]
fn keys_that_come_after_the_sealed_secrets_open_them() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    let (desk, identity) = other();
    let second = format!("--identities={IDENTITIES},second");
    let running = stage.run(&[&second, LOOK_OFTEN]);
    stage.created(&desk.sealed(&namespace, "db", &[("k", "v")]));
    stage.fails(&namespace, "db", "DecryptFailed");
    stage.created(&identities("second", &[&identity]));
    stage.native(&namespace, "db");

    // A restore, in the worst order: every object is there before the first key.
    stage.delete("Secret", HOME, IDENTITIES);
    stage.delete("Secret", HOME, "second");
    running.signal("KILL");
    stage.delete("Secret", &namespace, name(&stage.native(&namespace, "db")));
    stage.delete("SealedSecret", &namespace, "db");
    stage.created(&desk.sealed(&namespace, "db", &[("k", "v")]));
    running.start([&*second, LOOK_OFTEN]);
    stage.fails(&namespace, "db", "NoIdentity");
    stage.created(&identities("second", &[&identity]));
    stage.native(&namespace, "db");
}

#[test]
fn a_malformed_key_among_three_is_reported_and_the_others_work() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    let (desk, identity) = other();
    stage.delete("Secret", HOME, IDENTITIES);
    let garbage = "AGE-SECRET-KEY-1THISISNOTAKEY";
    stage.created(&identities(IDENTITIES, &[garbage, &identity, IDENTITY]));
    let running = stage.run(&[LOOK_OFTEN]);
    stage.created(&desk.sealed(&namespace, "second", &[("k", "v")]));
    stage.created(&stage.desk.sealed(&namespace, "third", &[("k", "v")]));
    stage.native(&namespace, "second");
    stage.native(&namespace, "third");
    let logged = running.logged();
    assert!(logged.contains(IDENTITIES), "{logged}");
    assert!(logged.contains("identity.txt"), "{logged}");
    assert!(!logged.contains("THISISNOTAKEY"), "{logged}");
}

#[test]
fn without_any_key_the_controller_says_so_and_touches_nothing() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    stage.created(&stage.desk.sealed(&namespace, "old", &[("k", "v")]));
    let running = stage.run(&[LOOK_OFTEN]);
    let old = stage.native(&namespace, "old");
    running.signal("KILL");
    stage.delete("Secret", HOME, IDENTITIES);
    stage.created(&stage.desk.sealed(&namespace, "new", &[("k", "v")]));

    running.start([LOOK_OFTEN]);
    let waiting = stage.fails(&namespace, "new", "NoIdentity");
    assert_eq!(condition(&waiting, "Reconciling")["status"], "True");
    assert_ne!(running.fetch("/readyz").code, 200);
    assert_eq!(running.fetch("/healthz").code, 200);
    assert_eq!(stage.native(&namespace, "old"), old);
    assert_eq!(stage.list("Secret", &namespace).len(), 1);
    // It never makes a key.
    assert_eq!(stage.list("Secret", HOME), Vec::<serde_json::Value>::new());

    stage.created(&identities(IDENTITIES, &[IDENTITY]));
    stage.native(&namespace, "new");
    running.until_ready();
}

#[test]
fn a_key_that_is_removed_and_restored_takes_no_secret_with_it() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    let running = stage.run(&[LOOK_OFTEN, "--resync=1s"]);
    stage.created(&stage.desk.sealed(&namespace, "old", &[("k", "v")]));
    let old = stage.native(&namespace, "old");
    stage.delete("Secret", HOME, IDENTITIES);
    running.until_identities(0);
    stage.created(&stage.desk.sealed(&namespace, "probe", &[("k", "v")]));
    stage.fails(&namespace, "probe", "NoIdentity");
    // What is there needs no key.
    assert_eq!(running.wait(A_WHILE), None);
    assert_eq!(stage.native(&namespace, "old"), old);
    stage.created(&identities(IDENTITIES, &[IDENTITY]));
    stage.native(&namespace, "probe");
    let touched = json!({"metadata": {"annotations": {"example.com/touched": "yes"}}});
    stage.patch("SealedSecret", &namespace, "old", touched);
    assert_eq!(stage.native(&namespace, "old"), old);
}
