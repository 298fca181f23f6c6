//! `bulla keys init`: the keys of a cluster, on a real API server.

use std::os::unix::fs::PermissionsExt as _;

use bulla_tests::ControlPlane;
use data_encoding::BASE64;
use serde_json::Value;

use crate::desk::{Desk, IDENTITY, Said, parse, says};
use crate::support::printed;

/// `bulla keys init` for a namespace of the shared control plane.
fn init(desk: &Desk, namespace: &str, flags: &[&str]) -> Said {
    let arguments = [&["keys", "init", "-n", namespace], flags].concat();
    let mut bulla = desk.bulla(arguments);
    bulla.env("KUBECONFIG", ControlPlane::shared().kubeconfig());
    says(&mut bulla, "")
}

fn get(namespace: &str, object: &str) -> Value {
    let get = ["get", object, "-n", namespace, "-o", "json"];
    parse(&printed(&mut ControlPlane::shared().kubectl(get)))
}

fn identity_of(secret: &Value) -> String {
    let text = secret["data"]["identity.txt"].as_str().unwrap();
    String::from_utf8(BASE64.decode(text.as_bytes()).unwrap()).unwrap()
}

const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\n\
                      stringData: {password: hunter2}\n";

#[test]
fn what_is_sealed_for_a_cluster_opens_with_its_key_and_with_the_escrow() {
    let plane = ControlPlane::shared();
    let (desk, namespace) = (Desk::new(), plane.namespace());
    let said = init(&desk, &namespace, &["--escrow", &desk.recipient]);
    let public = said.stderr.clone();
    let manifests = said.printed();
    says(&mut plane.kubectl(["create", "-f", "-"]), &manifests).printed();

    let secret = get(&namespace, "secret/bulla-identity");
    assert_eq!(secret["type"], "Opaque");
    assert_eq!(secret["immutable"], true);
    assert_eq!(secret["data"].as_object().unwrap().len(), 1);
    desk.write("cluster.txt", identity_of(&secret));
    let own = desk.prints(["keygen", "--public", "cluster.txt"]);
    assert_eq!(public, format!("Public key: {own}"));

    let recipients =
        get(&namespace, "configmap/bulla-recipients")["data"]["recipients.txt"].clone();
    let recipients = recipients.as_str().unwrap();
    let lines: Vec<_> = recipients.lines().collect();
    assert_eq!(
        lines[0],
        format!("# the controller, Secret {namespace}/bulla-identity")
    );
    assert_eq!(lines[1], own.trim());
    assert_eq!(
        lines[2],
        "# escrow: opens what is sealed for this cluster without it"
    );
    assert_eq!(lines[3..], [&desk.recipient]);
    desk.write("both.txt", recipients);
    let sealed = desk.says(["seal", "-R", "both.txt"], SECRET).printed();
    for key in ["cluster.txt", "key.txt"] {
        let opened = desk.says(["open", "-i", key, "--key", "password"], &sealed);
        assert_eq!(opened.printed(), "hunter2");
    }
}

#[test]
fn a_key_in_the_cluster_is_never_overwritten() {
    let plane = ControlPlane::shared();
    let (desk, namespace) = (Desk::new(), plane.namespace());
    let apply = ["--escrow", &desk.recipient, "--apply"];
    let first = init(&desk, &namespace, &apply);
    assert!(first.stdout.is_empty());
    assert!(first.succeeded(), "{}", first.stderr);
    let objects = || {
        (
            get(&namespace, "secret/bulla-identity"),
            get(&namespace, "configmap/bulla-recipients"),
        )
    };
    let before = objects();
    let own = first
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("Public key: "));
    let own = own.unwrap();
    assert!(before.1.to_string().contains(own));
    assert!(!first.stderr.contains("SECRET"));

    let again = init(&desk, &namespace, &apply);
    assert_eq!(again.code, 1, "{}", again.stderr);
    assert!(again.stderr.contains("exists already"), "{}", again.stderr);
    assert!(objects() == before);

    // A further key is another Secret; it is published when the controller holds it, not before.
    let name = [&apply[..], &["--name", "bulla-identity-2"]].concat();
    let further = init(&desk, &namespace, &name);
    assert!(
        further.stderr.contains("warning: ConfigMap"),
        "{}",
        further.stderr
    );
    assert!(further.succeeded(), "{}", further.stderr);
    assert!(objects() == before);
    let further = get(&namespace, "secret/bulla-identity-2");
    assert_ne!(identity_of(&further), identity_of(&before.0));
}

#[test]
fn a_key_from_the_safe_comes_into_a_new_cluster() {
    let plane = ControlPlane::shared();
    let (desk, namespace) = (Desk::new(), plane.namespace());
    let flags = ["--identity", "key.txt", "--no-escrow", "--apply"];
    let said = init(&desk, &namespace, &flags);
    assert!(said.succeeded(), "{}", said.stderr);
    let secret = get(&namespace, "secret/bulla-identity");
    assert_eq!(identity_of(&secret), format!("{IDENTITY}\n"));
    let public = get(&namespace, "configmap/bulla-recipients");
    let public = public["data"]["recipients.txt"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        public.ends_with(&format!("{}\n", desk.recipient)),
        "{public}"
    );
    assert!(!public.contains("escrow"));
}

#[test]
fn an_escrow_can_be_an_rsa_key() {
    let (desk, namespace) = (Desk::new(), ControlPlane::shared().namespace());
    let openssl = bulla_tests::openssl();
    printed(
        desk.command(&openssl)
            .args(["genrsa", "-out", "safe.pem", "2048"]),
    );
    let public = ["rsa", "-in", "safe.pem", "-pubout", "-out", "safe.pub"];
    printed(desk.command(&openssl).args(public));
    let said = init(&desk, &namespace, &["--escrow", "safe.pub", "--apply"]);
    assert!(said.succeeded(), "{}", said.stderr);
    let public = get(&namespace, "configmap/bulla-recipients")["data"].clone();
    let public = public.as_object().unwrap();
    assert_eq!(public.len(), 2);
    let (name, pem) = public
        .iter()
        .find(|(name, _)| name.ends_with(".pem"))
        .unwrap();
    assert_eq!(name.len(), "0123456789abcdef.pem".len());
    desk.write("published.pem", pem.as_str().unwrap());
    let sealed = desk.says(["seal", "-r", "published.pem"], SECRET).printed();
    let opened = desk.says(["open", "-i", "safe.pem", "--key", "password"], &sealed);
    assert_eq!(opened.printed(), "hunter2");
}

/// A key that nobody knows the public side of would be of no use.
#[test]
fn the_public_key_is_told_even_if_it_cannot_be_published() {
    let plane = ControlPlane::shared();
    let (desk, namespace) = (Desk::new(), plane.namespace());
    let may = [
        "create",
        "role",
        "half",
        "--verb=create",
        "--resource=secrets",
        "-n",
        &namespace,
    ];
    printed(&mut plane.kubectl(may));
    let bind = [
        "create",
        "rolebinding",
        "half",
        "--role=half",
        "--user=jane",
        "-n",
        &namespace,
    ];
    printed(&mut plane.kubectl(bind));
    let mut kubeconfig = parse(&std::fs::read_to_string(plane.kubeconfig()).unwrap());
    kubeconfig["users"][0]["user"]["as"] = "jane".into();
    desk.write("jane", kubeconfig.to_string());
    let flags = ["keys", "init", "--no-escrow", "--apply", "-n", &namespace];
    let said = says(desk.bulla(flags).env("KUBECONFIG", "jane"), "");
    assert_eq!(said.code, 5, "{}", said.stderr);
    desk.write(
        "cluster.txt",
        identity_of(&get(&namespace, "secret/bulla-identity")),
    );
    let own = desk.prints(["keygen", "--public", "cluster.txt"]);
    assert!(
        said.stderr.contains(&format!("Public key: {own}")),
        "{}",
        said.stderr
    );
    assert!(
        said.stderr.contains("hint: the Secret is there"),
        "{}",
        said.stderr
    );
}

#[test]
fn a_file_with_the_key_is_private() {
    let desk = Desk::new();
    let flags = ["keys", "init", "--no-escrow", "--to", "keys.yaml"];
    let said = desk.says(flags, "");
    assert!(said.succeeded(), "{}", said.stderr);
    assert!(said.stdout.is_empty());
    let mode = desk
        .path("keys.yaml")
        .metadata()
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(desk.read("keys.yaml").contains("kind: ConfigMap"));
}

/// A terminal of its own, which Python has at hand.
#[test]
fn no_key_is_shown_on_a_terminal() {
    let desk = Desk::new();
    let spawn = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
    let mut python = desk.command(bulla_tests::python());
    python.args(["-c", spawn]).arg(bulla_tests::bulla());
    let said = says(python.args(["keys", "init", "--no-escrow"]), "");
    let shown = String::from_utf8(said.stdout).unwrap();
    assert_eq!(said.code, 2, "{shown}");
    assert!(shown.contains("would be shown on this terminal"), "{shown}");
    assert!(!shown.contains("identity.txt"), "{shown}");
}
