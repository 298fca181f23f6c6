//! The SealedSecret resource on a real API server: it takes what bulla writes, and refuses what the
//! design forbids; bulla refuses the same without a server.

use std::path::Path;
use std::sync::OnceLock;

use bulla_tests::ControlPlane;
use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::desk::{Desk, parse, says, secret};
use crate::support::printed;

/// The control plane, once it knows SealedSecrets.
pub(crate) fn plane() -> &'static ControlPlane {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    let plane = ControlPlane::shared();
    INSTALLED.get_or_init(|| {
        let crd = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/resource/crd.yaml");
        let mut apply = plane.kubectl(["apply", "--server-side", "--force-conflicts", "-f"]);
        printed(apply.arg(crd));
        let established = ["wait", "--for=condition=Established", "--timeout=30s"];
        printed(
            plane
                .kubectl(established)
                .arg("crd/sealedsecrets.bulla.dev"),
        );
    });
    plane
}

/// A desk with `rsa.pem` on it, and `db` sealed for an age and an RSA recipient.
fn sealed_for_two(namespace: &str) -> (Desk, Value) {
    let desk = Desk::new();
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/envelope/tests/vectors");
    let vector = std::fs::read_to_string(vectors.join("cluster-rsa.json")).unwrap();
    desk.write("rsa.pem", parse(&vector)["identities"][0].as_str().unwrap());
    desk.write("rsa.pub", desk.prints(["keygen", "--public", "rsa.pem"]));
    let secret = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "db", "labels": {"app": "shop"}},
        "stringData": {"password": "hunter2", "username": "app"},
    });
    let flags = [
        "seal",
        "-R",
        "recipients.txt",
        "-R",
        "rsa.pub",
        "-n",
        namespace,
    ];
    let sealed = desk.says(flags, secret.to_string()).printed();
    (desk, parse(&sealed))
}

#[test]
fn the_api_server_takes_what_bulla_writes() {
    let plane = plane();
    let namespace = plane.namespace();
    let (desk, sealed) = sealed_for_two(&namespace);
    let apply = ["apply", "--server-side", "-f", "-"];
    says(&mut plane.kubectl(apply), sealed.to_string()).printed();

    // Not current before the controller has seen it: kstatus takes an absent status for ready.
    let get = ["get", "bss", "db", "-n", &namespace];
    let stored = parse(&printed(plane.kubectl(get).args(["-o", "json"])));
    assert_eq!(stored["status"], json!({"observedGeneration": -1}));
    assert_eq!(stored["spec"], sealed["spec"]);

    let table = printed(&mut plane.kubectl(get));
    let columns: Vec<_> = table.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(columns, ["NAME", "SECRET", "READY", "REASON", "AGE"]);
    let name = sealed["spec"]["secretName"].as_str().unwrap();
    let row: Vec<_> = table.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(row[..2], ["db", name]);

    // What kubectl prints of it opens again, status, managedFields and all.
    let yaml = ["-o", "yaml", "--show-managed-fields"];
    let yaml = printed(plane.kubectl(get).args(yaml));
    assert!(yaml.contains("managedFields"));
    let opened = desk.open(&yaml);
    assert_eq!(opened["metadata"]["name"], name);
    assert_eq!(opened["data"]["password"], BASE64.encode(b"hunter2"));
    let list = printed(&mut plane.kubectl(["get", "bss", "-n", &namespace, "-o", "yaml"]));
    let said = desk.says(["open", "-i", "key.txt"], list);
    // A list is no SealedSecret; it says so rather than to print nothing.
    assert_eq!((said.code, said.stdout.len()), (1, 0), "{}", said.stderr);
}

#[test]
fn the_api_server_takes_the_vectors_and_every_scope() {
    let plane = plane();
    let namespace = plane.namespace();
    let desk = Desk::new();
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/envelope/tests/vectors");
    for entry in std::fs::read_dir(vectors).unwrap() {
        let vector = parse(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
        let mut sealed = vector["sealed"].clone();
        sealed["metadata"]["namespace"] = Value::from(namespace.as_str());
        let create = ["create", "--dry-run=server", "-f", "-"];
        says(&mut plane.kubectl(create), sealed.to_string()).printed();
    }
    let secret = "{apiVersion: v1, kind: Secret, metadata: {name: db}, data: {k: dg==}}";
    for flags in [
        ["--for", &namespace].as_slice(),
        &["-n", &namespace, "--scope", "namespace"],
        &["--scope", "cluster"],
    ] {
        let seal = ["seal", "-R", "recipients.txt"];
        let sealed = desk.says(seal.iter().chain(flags), secret).printed();
        let create = ["create", "--dry-run=server", "-f", "-", "-n", &namespace];
        says(&mut plane.kubectl(create), sealed).printed();
    }
}

/// Who refuses an edit, and with which words: the server's, and bulla's.
#[derive(Clone, Copy)]
enum Refusal {
    /// Both, and bulla with every command that reads the file.
    Both(&'static str, &'static str),
    /// Both; but `inspect` shows it, because it can be shown.
    Opening(&'static str, &'static str),
    /// bulla alone: it takes more than a schema can say.
    Offline(&'static str),
}

use Refusal::{Both, Offline, Opening};

type Edit = (&'static str, fn(&mut Value), Refusal);

const POWERFUL: &str = "a Secret of this type is made by the cluster or by a tool";
const NEVER: &str = "never from a sealed file";
const ACTS: &str = "this label or annotation would make another controller act on the Secret";
const AGE_PART: &str = "age must be there exactly if there are age recipients";
const RSA_PART: &str = "rsa must have exactly one entry for each RSA recipient";
const UNKNOWN: &str = "unknown field";

/// Edits of the spec of a good file.
const EDITS: &[Edit] = &[
    (
        "two equal commitments",
        |spec| {
            let mut other = spec["envelopes"][0].clone();
            let item = other["items"]["password"].take();
            other["items"] = json!({"other": item});
            spec["envelopes"].as_array_mut().unwrap().push(other);
        },
        Both(
            "two envelopes have the same commitment",
            "two envelopes have the same commitment",
        ),
    ),
    (
        "a recipient twice",
        |spec| {
            let age = spec["envelopes"][0]["recipients"][0].clone();
            spec["envelopes"][0]["recipients"]
                .as_array_mut()
                .unwrap()
                .push(age);
        },
        Both("Duplicate value", "is in the list twice"),
    ),
    (
        "no age part",
        |spec| remove(&mut spec["envelopes"][0], "age"),
        Both(AGE_PART, "there is no `age` part"),
    ),
    (
        "no age recipient",
        |spec| {
            spec["envelopes"][0]["recipients"]
                .as_array_mut()
                .unwrap()
                .remove(0);
        },
        Both(AGE_PART, "there is an `age` part, but the list"),
    ),
    (
        "no rsa part",
        |spec| remove(&mut spec["envelopes"][0], "rsa"),
        Both(RSA_PART, "there is no `rsa` part for it"),
    ),
    (
        "no RSA recipient",
        |spec| {
            spec["envelopes"][0]["recipients"]
                .as_array_mut()
                .unwrap()
                .remove(1);
        },
        Both(RSA_PART, "which is not in the list of recipients"),
    ),
    (
        "another RSA recipient",
        |spec| {
            spec["envelopes"][0]["recipients"][1] = format!("sha256:{}", "0".repeat(64)).into();
        },
        Both(RSA_PART, "which is not in the list of recipients"),
    ),
    (
        "one RSA part too many",
        |spec| {
            let rsa = spec["envelopes"][0]["rsa"].as_object_mut().unwrap();
            let part = rsa.values().next().unwrap().clone();
            rsa.insert("0".repeat(64), part);
        },
        Both(RSA_PART, "which is not in the list of recipients"),
    ),
    (
        "a recipient of another kind",
        |spec| {
            spec["envelopes"][0]["recipients"][0] = "ssh-ed25519 AAAA".into();
        },
        Both(
            "spec.envelopes[0].recipients[0]",
            "in the list of recipients is neither",
        ),
    ),
    (
        "an age recipient in upper case",
        |spec| {
            let age = &mut spec["envelopes"][0]["recipients"][0];
            *age = age.as_str().unwrap().to_uppercase().into();
        },
        Both(
            "spec.envelopes[0].recipients[0]",
            "in the list of recipients is neither",
        ),
    ),
    (
        "no recipients",
        |spec| spec["envelopes"][0]["recipients"] = json!([]),
        Both(
            "spec.envelopes[0].recipients",
            "the list of recipients is empty",
        ),
    ),
    (
        "65 recipients",
        |spec| {
            let list = (0..65).map(|n| Value::from(format!("sha256:{n:064}")));
            spec["envelopes"][0]["recipients"] = list.collect();
        },
        Both("must have at most 64 items", "more than 64 recipients"),
    ),
    (
        "a name without a namespace",
        |spec| spec["sealedFor"] = json!({"name": "db"}),
        Both("a name needs a namespace", "has a name but no namespace"),
    ),
    (
        "an empty namespace",
        |spec| spec["sealedFor"] = json!({"namespace": ""}),
        Both("spec.sealedFor.namespace", "`sealedFor.namespace` is empty"),
    ),
    (
        "an empty name",
        |spec| spec["sealedFor"]["name"] = "".into(),
        Both("spec.sealedFor.name", "`sealedFor.name` is empty"),
    ),
    (
        "null for a namespace",
        |spec| spec["sealedFor"]["namespace"] = Value::Null,
        Both("a name needs a namespace", "sealedFor.namespace"),
    ),
    (
        "no place",
        |spec| remove(spec, "sealedFor"),
        Both("spec.sealedFor: Required", "spec.sealedFor"),
    ),
    (
        "an empty type",
        |spec| spec["type"] = "".into(),
        Both("spec.type", "`type` is empty"),
    ),
    (
        "null for a type",
        |spec| spec["type"] = Value::Null,
        // The server drops what is null before it looks.
        Offline("spec.type"),
    ),
    (
        "format 2",
        |spec| spec["envelopes"][0]["format"] = 2.into(),
        Both(
            "spec.envelopes[0].format: Unsupported value: 2",
            "format 2 is unknown",
        ),
    ),
    (
        "format 0",
        |spec| spec["envelopes"][0]["format"] = 0.into(),
        Both(
            "spec.envelopes[0].format: Unsupported value: 0",
            "format 0 is unknown",
        ),
    ),
    (
        "a format in quotes",
        |spec| spec["envelopes"][0]["format"] = "1".into(),
        Both("spec.envelopes[0].format", "format"),
    ),
    (
        "no format",
        |spec| remove(&mut spec["envelopes"][0], "format"),
        Both("spec.envelopes[0].format: Required", "format"),
    ),
    (
        "no commitment",
        |spec| remove(&mut spec["envelopes"][0], "commitment"),
        Both("spec.envelopes[0].commitment: Required", "commitment"),
    ),
    (
        "a short commitment",
        |spec| spec["envelopes"][0]["commitment"] = BASE64.encode(&[1; 31]).into(),
        Both(
            "spec.envelopes[0].commitment",
            "`commitment` is not the canonical base64 of 32 bytes",
        ),
    ),
    (
        "a long commitment",
        |spec| spec["envelopes"][0]["commitment"] = BASE64.encode(&[1; 33]).into(),
        Both(
            "spec.envelopes[0].commitment",
            "`commitment` is not the canonical base64 of 32 bytes",
        ),
    ),
    (
        "a commitment with other trailing bits",
        |spec| {
            spec["envelopes"][0]["commitment"] = format!("{}B=", "A".repeat(42)).into();
        },
        Offline("`commitment` is not the canonical base64 of 32 bytes"),
    ),
    (
        "no items",
        |spec| spec["envelopes"][0]["items"] = json!({}),
        Both("spec.envelopes[0].items", "an envelope has no items"),
    ),
    (
        "257 items",
        |spec| {
            let item = spec["envelopes"][0]["items"]["password"].clone();
            let items = (0..257).map(|n| (format!("k{n}"), item.clone()));
            spec["envelopes"][0]["items"] = items.collect::<serde_json::Map<_, _>>().into();
        },
        Both(
            "must have at most 256 items",
            "there are more than 256 items",
        ),
    ),
    (
        "no envelopes",
        |spec| spec["envelopes"] = json!([]),
        Both("spec.envelopes", "there are no items"),
    ),
    (
        "no Secret's name",
        |spec| remove(spec, "secretName"),
        Both("spec.secretName: Required", "secretName"),
    ),
    (
        "an unknown field",
        |spec| spec["extra"] = 1.into(),
        Both(UNKNOWN, UNKNOWN),
    ),
    (
        "an unknown field of the place",
        |spec| spec["sealedFor"]["cluster"] = "c".into(),
        Both(UNKNOWN, UNKNOWN),
    ),
    (
        "an unknown field of an envelope",
        |spec| spec["envelopes"][0]["pq"] = "p".into(),
        Both(UNKNOWN, UNKNOWN),
    ),
    (
        "an unknown field of the template",
        |spec| spec["template"]["data"] = json!({}),
        Both(UNKNOWN, UNKNOWN),
    ),
    (
        "a service account's token",
        |spec| spec["type"] = "kubernetes.io/service-account-token".into(),
        Opening(POWERFUL, NEVER),
    ),
    (
        "a bootstrap token",
        |spec| spec["type"] = "bootstrap.kubernetes.io/token".into(),
        Opening(POWERFUL, NEVER),
    ),
    (
        "a release of Helm",
        |spec| spec["type"] = "helm.sh/release.v1".into(),
        Opening(POWERFUL, NEVER),
    ),
    (
        "a type of the next Kubernetes",
        |spec| spec["type"] = "kubernetes.io/next".into(),
        Opening(POWERFUL, NEVER),
    ),
    (
        "an Argo CD cluster",
        |spec| spec["template"]["labels"]["argocd.argoproj.io/secret-type"] = "cluster".into(),
        Opening(ACTS, "makes Argo CD act"),
    ),
    (
        "a service account's name",
        |spec| {
            spec["template"]["annotations"] =
                json!({"kubernetes.io/service-account.name": "default"});
        },
        Opening(ACTS, "makes Kubernetes act"),
    ),
    (
        "an owner in Helm",
        |spec| spec["template"]["annotations"] = json!({"meta.helm.sh/release-name": "r"}),
        Opening(ACTS, "makes Helm act"),
    ),
    (
        "a copy for other namespaces",
        |spec| spec["template"]["annotations"] = json!({"kubed.appscode.com/sync": "a=b"}),
        Opening(ACTS, "makes Config Syncer act"),
    ),
    (
        "an application of kapp",
        |spec| spec["template"]["labels"]["kapp.k14s.io/app"] = "1".into(),
        Opening(ACTS, "makes Carvel act"),
    ),
    (
        "a Secret filled in by secretgen-controller",
        |spec| {
            spec["template"]["annotations"] = json!({"secretgen.carvel.dev/image-pull-secret": ""});
        },
        Opening(ACTS, "makes Carvel act"),
    ),
    (
        "a Secret of a Rancher project",
        |spec| spec["template"]["annotations"] = json!({"field.cattle.io/projectId": "p"}),
        Opening(ACTS, "makes Rancher act"),
    ),
    (
        "a cluster of Istio",
        |spec| spec["template"]["labels"]["istio/multiCluster"] = "true".into(),
        Opening(ACTS, "makes Istio act"),
    ),
    (
        "a cluster of Cluster API",
        |spec| spec["template"]["labels"]["cluster.x-k8s.io/cluster-name"] = "c".into(),
        Opening(ACTS, "makes Kubernetes act"),
    ),
    (
        "a data source of Grafana",
        |spec| spec["template"]["labels"]["grafana_datasource"] = "1".into(),
        Opening(ACTS, "makes Grafana act"),
    ),
    (
        "what Helm takes for a release",
        |spec| spec["template"]["labels"]["owner"] = "helm".into(),
        Opening(ACTS, "makes Helm act"),
    ),
    (
        "an origin",
        |spec| spec["template"]["annotations"] = json!({"bulla.dev/origin": "00"}),
        Opening(ACTS, "makes bulla act"),
    ),
    (
        "an item in two envelopes",
        |spec| {
            let mut other = spec["envelopes"][0].clone();
            other["commitment"] = BASE64.encode(&[1; 32]).into();
            spec["envelopes"].as_array_mut().unwrap().push(other);
        },
        Offline("is there twice, in two envelopes"),
    ),
    (
        "an item that is too short",
        |spec| spec["envelopes"][0]["items"]["password"] = "AAAA".into(),
        Offline("is not canonical base64 of a sealed value"),
    ),
    (
        "an age part of another kind",
        |spec| spec["envelopes"][0]["age"] = "age-encryption.org/v1\n".into(),
        Offline("`age` is not an armored age file"),
    ),
];

fn remove(object: &mut Value, field: &str) {
    object.as_object_mut().unwrap().remove(field);
}

#[test]
fn what_the_design_forbids_is_refused_with_and_without_a_server() {
    let plane = plane();
    let namespace = plane.namespace();
    let (desk, sealed) = sealed_for_two(&namespace);
    for (number, (_, edit, _)) in EDITS.iter().enumerate() {
        let mut edited = sealed.clone();
        edit(&mut edited["spec"]);
        desk.write(&format!("edits/{number:03}.json"), edited.to_string());
    }
    let mut create = plane.kubectl(["create", "--dry-run=server", "-f"]);
    let server = says(create.arg(desk.path("edits")), "").stderr;
    let mut failures = Vec::new();
    for (number, (what, _, refusal)) in EDITS.iter().enumerate() {
        let name = format!("edits/{number:03}.json");
        // A refusal names its file and goes on until the next one does.
        let theirs = server.split_once(&name).map(|(_, rest)| {
            let (refusal, _) = rest.split_once("/edits/").unwrap_or((rest, ""));
            refusal.replace('\\', "")
        });
        let (wanted, ours) = match *refusal {
            Both(theirs, ours) | Opening(theirs, ours) => (Some(theirs), ours),
            Offline(ours) => (None, ours),
        };
        match (&theirs, wanted) {
            (None, None) => {}
            (Some(text), Some(wanted)) if text.contains(wanted) => {}
            _ => failures.push(format!("{what}: the server: {theirs:.600?}")),
        }
        let inspected = desk.says(["inspect", &name], "");
        match refusal {
            Opening(..) => {
                // The new name first, so that it is not only stale.
                let mut edited = parse(&desk.read(&name));
                edited["spec"]["secretName"] = desk.prints(["name", &name]).trim().into();
                desk.write(&name, edited.to_string());
            }
            _ if inspected.code == 1 && inspected.stderr.contains(ours) => {}
            _ => failures.push(format!("{what}: inspect: {}", inspected.stderr)),
        }
        for identity in ["key.txt", "rsa.pem"] {
            let opened = desk.says(["open", &name, "-i", identity], "");
            let is_refused = opened.code == 1 && opened.stderr.contains(ours);
            if !is_refused || !opened.stdout.is_empty() {
                failures.push(format!("{what}: open -i {identity}: {}", opened.stderr));
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} edits:\n{}",
        EDITS.len(),
        failures.join("\n")
    );
}

#[test]
fn the_largest_files_fit_into_the_cluster() {
    let plane = plane();
    let namespace = plane.namespace();
    let desk = Desk::new();
    let recipients: String = (0..64)
        .map(|n| {
            let key = format!("key-{n}.txt");
            desk.says(["keygen", &key], "").printed();
            desk.prints(["keygen", "--public", &key])
        })
        .collect();
    desk.write("all.txt", recipients);
    let many: Vec<_> = (0..=255)
        .map(|n| (format!("{n:0253}"), vec![n; 64]))
        .collect();
    for (name, values) in [
        (
            "a-mebibyte".to_owned(),
            vec![("k".to_owned(), vec![7; 1 << 20])],
        ),
        ("n".repeat(236), many),
    ] {
        let mut secret = parse(&secret(&values));
        secret["metadata"] = json!({"name": name, "namespace": namespace});
        let seal = ["seal", "-R", "all.txt"];
        let sealed = desk.says(seal, secret.to_string()).printed();
        says(&mut plane.kubectl(["create", "-f", "-"]), &sealed).printed();
        let opened = desk.says(["open", "-i", "key-63.txt", "-o", "json"], sealed);
        assert_eq!(parse(&opened.printed())["data"], secret["data"]);
    }
}
