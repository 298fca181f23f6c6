//! `bulla recipients fetch`: a cluster's public keys come into `.bulla.yaml`.

use std::fs;

use bulla_tests::ControlPlane;
use insta::assert_snapshot;
use serde_json::json;

use crate::desk::{Desk, Said, parse, says};
use crate::install::{NAMESPACE, installed};
use crate::support::printed;

/// Two public keys that stand in the format's vectors, too.
const ONE: &str = "age1gajp0run0qjyflxw8uk9ncs93n2p2dvgn33gazrjxnlxvle9sp4qnsxxtk";

const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\n\
                      stringData: {password: hunter2}\n";

/// A repository, and a namespace in which recipients are published.
struct Cluster {
    desk: Desk,
    namespace: String,
}

impl Cluster {
    fn new() -> Self {
        let desk = Desk::new();
        fs::create_dir(desk.path(".git")).unwrap();
        let namespace = ControlPlane::shared().namespace();
        Self { desk, namespace }
    }

    fn publish(&self, data: &[(&str, &str)]) {
        let data: serde_json::Map<_, _> = data
            .iter()
            .map(|(key, text)| (key.to_string(), json!(text)))
            .collect();
        let object = json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "bulla-recipients", "namespace": self.namespace},
            "data": data,
        });
        let apply = ["apply", "--server-side", "-f", "-"];
        says(
            &mut ControlPlane::shared().kubectl(apply),
            object.to_string(),
        )
        .printed();
    }

    fn fetch(&self, flags: &[&str]) -> Said {
        let fetch = ["recipients", "fetch", "-n", &self.namespace];
        let mut bulla = self.desk.bulla([&fetch, flags].concat());
        bulla.env("KUBECONFIG", ControlPlane::shared().kubeconfig());
        says(&mut bulla, "")
    }

    /// What was said, without what differs from run to run.
    fn masked(&self, said: &Said) -> String {
        assert!(said.stdout.is_empty());
        let text = said.stderr.replace(&self.namespace, "NAMESPACE");
        text.replace(ControlPlane::shared().server(), "SERVER")
    }
}

#[test]
fn the_first_time_makes_the_file() {
    let cluster = Cluster::new();
    cluster.publish(&[("recipients.txt", &format!("# it\n{ONE}\n"))]);
    let said = cluster.fetch(&[]);
    assert_snapshot!(cluster.masked(&said), @r"
    ConfigMap NAMESPACE/bulla-recipients at SERVER:
      age1gajp0run0qjyflxw8uk9ncs93n2p2dvgn33gazrjxnlxvle9sp4qnsxxtk
    pinned as test in .bulla.yaml
    compare them with what the people who run the cluster say, then commit the file
    ");
    assert_snapshot!(cluster.desk.read(".bulla.yaml"), @r"
    # Who can open which sealed file.
    recipients:
      test: age1gajp0run0qjyflxw8uk9ncs93n2p2dvgn33gazrjxnlxvle9sp4qnsxxtk
    ");
    let sealed = cluster.desk.says(["seal", "-r", "test"], SECRET);
    assert!(sealed.printed().contains(ONE));

    // Again: nothing is written.
    let modified = || {
        cluster
            .desk
            .path(".bulla.yaml")
            .metadata()
            .unwrap()
            .modified()
            .unwrap()
    };
    let before = modified();
    let said = cluster.fetch(&[]);
    assert_snapshot!(cluster.masked(&said), @r"
    ConfigMap NAMESPACE/bulla-recipients at SERVER:
      age1gajp0run0qjyflxw8uk9ncs93n2p2dvgn33gazrjxnlxvle9sp4qnsxxtk
    .bulla.yaml has them already, as test
    ");
    assert!(said.succeeded());
    assert_eq!(modified(), before);
}

#[test]
fn what_else_is_in_the_file_stays() {
    let cluster = Cluster::new();
    let rules = format!(
        "# ours\nrecipients: # by name\n  me: {}   # that is me\n  # and the rest\n\nrules:\n\
         - {{path: '**', recipients: [me]}} # all\n",
        cluster.desk.recipient
    );
    cluster.desk.write(".bulla.yaml", &rules);
    let two = format!(
        "# the controller\n{ONE}\n# escrow\n{}\n",
        cluster.desk.recipient
    );
    cluster.publish(&[("recipients.txt", &two)]);
    cluster.fetch(&["--as", "prod"]).printed();
    let after = cluster.desk.read(".bulla.yaml");
    assert_snapshot!(after, @r"
    # ours
    recipients: # by name
      me: age1fetvgnlfurcxcfr20n7yhf4cj9nl7pj64kwgg3cu0h5ra33799kq4prqap   # that is me
      prod:
      - age1gajp0run0qjyflxw8uk9ncs93n2p2dvgn33gazrjxnlxvle9sp4qnsxxtk
      - age1fetvgnlfurcxcfr20n7yhf4cj9nl7pj64kwgg3cu0h5ra33799kq4prqap
      # and the rest

    rules:
    - {path: '**', recipients: [me]} # all
    ");

    // The name stands for both.
    let sealed = cluster.desk.says(["seal", "-r", "prod"], SECRET).printed();
    let recipients = parse(&sealed)["spec"]["envelopes"][0]["recipients"].clone();
    assert_eq!(recipients, json!([ONE, cluster.desk.recipient]));

    // A file without names yet.
    cluster.desk.write(
        ".bulla.yaml",
        format!("rules:\n- {{path: '*', recipients: [{ONE}]}}\n"),
    );
    cluster.fetch(&["--as", "prod"]).printed();
    assert_snapshot!(cluster.desk.read(".bulla.yaml"), @r"
    rules:
    - {path: '*', recipients: [age1gajp0run0qjyflxw8uk9ncs93n2p2dvgn33gazrjxnlxvle9sp4qnsxxtk]}
    recipients:
      prod:
      - age1gajp0run0qjyflxw8uk9ncs93n2p2dvgn33gazrjxnlxvle9sp4qnsxxtk
      - age1fetvgnlfurcxcfr20n7yhf4cj9nl7pj64kwgg3cu0h5ra33799kq4prqap
    ");
}

#[test]
fn a_change_has_to_be_meant() {
    let cluster = Cluster::new();
    let own = cluster.desk.recipient.clone();
    cluster.publish(&[("recipients.txt", &format!("{ONE}\n"))]);
    cluster.fetch(&["--as", "prod"]).printed();
    cluster.publish(&[("recipients.txt", &own)]);
    let before = cluster.desk.files();
    let said = cluster.fetch(&["--as", "prod"]);
    assert_eq!(said.code, 1);
    assert_snapshot!(cluster.masked(&said), @r"
    ConfigMap NAMESPACE/bulla-recipients at SERVER:
    - age1gajp0run0qjyflxw8uk9ncs93n2p2dvgn33gazrjxnlxvle9sp4qnsxxtk
    + age1fetvgnlfurcxcfr20n7yhf4cj9nl7pj64kwgg3cu0h5ra33799kq4prqap
    error: .bulla.yaml: prod stands for other keys
    hint: ask the people who run the cluster whether its keys were changed
    hint: if so: --replace; if this is another cluster: --as with another name
    ");
    assert!(cluster.desk.files() == before);

    // One more is a change, too: somebody would read along.
    cluster.publish(&[("recipients.txt", &format!("{ONE}\n{own}\n"))]);
    let said = cluster.fetch(&["--as", "prod"]);
    assert_eq!(said.code, 1);
    assert_snapshot!(cluster.masked(&said), @r"
    ConfigMap NAMESPACE/bulla-recipients at SERVER:
      age1gajp0run0qjyflxw8uk9ncs93n2p2dvgn33gazrjxnlxvle9sp4qnsxxtk
    + age1fetvgnlfurcxcfr20n7yhf4cj9nl7pj64kwgg3cu0h5ra33799kq4prqap
    error: .bulla.yaml: prod stands for other keys
    hint: ask the people who run the cluster whether its keys were changed
    hint: if so: --replace; if this is another cluster: --as with another name
    ");
    assert!(cluster.desk.files() == before);

    let said = cluster.fetch(&["--as", "prod", "--replace"]);
    assert_snapshot!(cluster.masked(&said), @r"
    ConfigMap NAMESPACE/bulla-recipients at SERVER:
      age1gajp0run0qjyflxw8uk9ncs93n2p2dvgn33gazrjxnlxvle9sp4qnsxxtk
    + age1fetvgnlfurcxcfr20n7yhf4cj9nl7pj64kwgg3cu0h5ra33799kq4prqap
    pinned as prod in .bulla.yaml
    ");
    assert_eq!(
        cluster.desk.read(".bulla.yaml"),
        format!("# Who can open which sealed file.\nrecipients:\n  prod:\n  - {ONE}\n  - {own}\n")
    );
    // And one fewer: it may be the escrow.
    cluster.publish(&[("recipients.txt", ONE)]);
    assert_eq!(cluster.fetch(&["--as", "prod"]).code, 1);
    // Another name is another cluster's.
    cluster.fetch(&["--as", "test"]).printed();
}

#[test]
fn rsa_keys_come_as_files() {
    let cluster = Cluster::new();
    let desk = &cluster.desk;
    let openssl = bulla_tests::openssl();
    printed(
        desk.command(&openssl)
            .args(["genrsa", "-out", "key.pem", "2048"]),
    );
    let public = desk.prints(["keygen", "--public", "key.pem"]);
    cluster.publish(&[("recipients.txt", ONE), ("a.pem", &public)]);
    cluster.fetch(&["--as", "prod"]).printed();
    let written = parse(&desk.read(".bulla.yaml"))["recipients"]["prod"].clone();
    let file = written[0].as_str().unwrap();
    assert_eq!(written[1], ONE);
    assert_eq!(desk.read(file), public);
    let again = cluster.fetch(&["--as", "prod"]);
    assert!(
        again.stderr.contains("has them already"),
        "{}",
        again.stderr
    );

    fs::create_dir(desk.path("below")).unwrap();
    let mut seal = desk.bulla(["seal", "-r", "prod"]);
    let sealed = says(seal.current_dir(desk.path("below")), SECRET).printed();
    let opened = desk.says(["open", "-i", "key.pem", "--key", "password"], &sealed);
    assert_eq!(opened.printed(), "hunter2");

    // A file of that name with something else in it is not overwritten.
    desk.write(file, desk.prints(["keygen", "--public", "key.txt"]));
    fs::remove_file(desk.path(".bulla.yaml")).unwrap();
    let said = cluster.fetch(&["--as", "prod"]);
    assert_eq!(said.code, 1);
    assert!(
        said.stderr.contains("is there already, and not sha256:"),
        "{}",
        said.stderr
    );
    assert!(!desk.path(".bulla.yaml").exists());
}

/// With no right but that which everybody has.
#[test]
fn everybody_with_an_account_can_fetch() {
    let plane = installed();
    let cluster = Cluster {
        desk: Desk::new(),
        namespace: NAMESPACE.to_owned(),
    };
    let desk = &cluster.desk;
    cluster.publish(&[("recipients.txt", ONE)]);
    let mut kubeconfig = parse(&fs::read_to_string(plane.kubeconfig()).unwrap());
    kubeconfig["users"][0]["user"]["as"] = "jane".into();
    desk.write("jane.json", kubeconfig.to_string());
    let line = |command: &str| desk.shell(&format!("KUBECONFIG=jane.json bulla {command}"));
    line("recipients fetch").printed();
    assert!(desk.read(".bulla.yaml").contains(ONE));
    let said = line("keys init --no-escrow --apply");
    assert_eq!(said.code, 5);
    assert_snapshot!(cluster.masked(&said), @r#"
    error: SERVER: secrets is forbidden: User "jane" cannot create resource "secrets" in API group "" in the namespace "NAMESPACE"
    hint: ask whoever runs the cluster for that right; the kubeconfig's context is `test`
    "#);
}
