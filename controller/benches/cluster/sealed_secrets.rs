//! bulla's controller beside that of Sealed Secrets, on the same API server, each with as many new
//! objects of the same content.
//!
//! `cargo bench -p bulla-controller --bench sealed_secrets`; `BULLA_BENCH_OBJECTS=100` for a quick
//! one. Goal: ten times as fast as Sealed Secrets without its rate limit, to the last Secret, which is
//! what Pods wait for. The last status comes a little later.
//!
//! Sealed Secrets reads its access to the cluster from one place only, below /run, so it gets a /run
//! of its own: this needs `unshare` and user namespaces.

#![forbid(unsafe_code)]
#![allow(
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    dead_code,
    reason = "a program that measures, not one that people use; it shares files with another"
)]

mod api;
mod controller;
mod objects;

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bulla_tests::{ControlPlane, peers};
use serde_json::{Value, json};

use api::Api;
use controller::Controller;
use objects::{NAMESPACES, Sealer};

const CONCURRENCY: usize = 16;

/// Reads what Sealed Secrets needs from the kubeconfig of `$1`, and runs it in `$2` with `$3...`.
const IN_CLUSTER: &str = r#"
set -e
mount -t tmpfs none /run
mkdir -p /run/secrets/kubernetes.io/serviceaccount
cd /run/secrets/kubernetes.io/serviceaccount
printf %s "$TOKEN" > token
printf %s bulla-system > namespace
cp "$CA" ca.crt
exec "$@"
"#;

#[tokio::main]
async fn main() {
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .unwrap();
    let count = std::env::var("BULLA_BENCH_OBJECTS").unwrap_or_else(|_| "1000".to_owned());
    let count: usize = count.parse().expect("a number");
    let plane = ControlPlane::start();
    let api = Api::connect(plane.kubeconfig()).await;
    let sealer = Sealer::new();
    api.prepare(&sealer).await;
    println!("{count} objects of 3 values, from the controller's start to the last Secret");

    let objects = sealer.seal_many("bulla", count);
    api.apply_all(&objects).await;
    let already = api.secrets().await;
    let started = Instant::now();
    let controller = Controller::start(plane.kubeconfig());
    api.wait_for_secrets(already + count).await;
    let ours = started.elapsed();
    controller.wait_for_ready(count).await;
    let our_status = started.elapsed();
    report("bulla", count, ours, our_status);
    println!("                  {}", controller.memory());
    drop(controller);

    api.define(&crd()).await;
    // It makes its key first.
    let process = start(plane.kubeconfig());
    let certificate = certificate().await;
    drop(process);
    let sealed = kubeseal(&certificate, plane.home(), count);
    api.create_sealed_secrets(&sealed).await;
    let already = api.secrets().await;
    let started = Instant::now();
    let process = start(plane.kubeconfig());
    api.wait_for_secrets(already + count).await;
    let theirs = started.elapsed();
    api.wait_for_synced(count).await;
    let their_status = started.elapsed();
    drop(process);
    report("Sealed Secrets", count, theirs, their_status);
    println!(
        "  ratio           {:.1} (goal 10), to the last status {:.1}",
        theirs.as_secs_f64() / ours.as_secs_f64(),
        their_status.as_secs_f64() / our_status.as_secs_f64()
    );
}

fn report(who: &str, count: usize, secrets: Duration, statuses: Duration) {
    println!(
        "  {who:14}  {:.2} s, {:.0} a second; last status after {:.2} s",
        secrets.as_secs_f64(),
        count as f64 / secrets.as_secs_f64(),
        statuses.as_secs_f64()
    );
}

/// As the chart has it, as far as the API server has to know.
fn crd() -> Value {
    let schema = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    json!({
        "metadata": {"name": "sealedsecrets.bitnami.com"},
        "spec": {
            "group": "bitnami.com", "scope": "Namespaced",
            "names": {"kind": "SealedSecret", "plural": "sealedsecrets", "singular": "sealedsecret", "listKind": "SealedSecretList"},
            "versions": [{
                "name": "v1alpha1", "served": true, "storage": true,
                "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": schema},
            }],
        },
    })
}

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(kubeconfig: &Path) -> Process {
    let kubeconfig: Value = serde_json::from_slice(&std::fs::read(kubeconfig).unwrap()).unwrap();
    let cluster = &kubeconfig["clusters"][0]["cluster"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let server = text(&cluster["server"]);
    let (host, port) = server
        .strip_prefix("https://")
        .unwrap()
        .split_once(':')
        .unwrap();
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", IN_CLUSTER, "sh"]);
    command.arg(peers::sealed_secrets_controller());
    // Without its rate limit.
    command.args(["--kubeclient-qps=-1", "--listen-addr=127.0.0.1:18080"]);
    command.args([
        "--listen-metrics-addr=127.0.0.1:18081",
        "--key-prefix=bench-key",
    ]);
    command.env("TOKEN", text(&kubeconfig["users"][0]["user"]["token"]));
    command.env("CA", text(&cluster["certificate-authority"]));
    command.env("KUBERNETES_SERVICE_HOST", host);
    command.env("KUBERNETES_SERVICE_PORT", port);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    Process(command.spawn().unwrap())
}

async fn certificate() -> String {
    loop {
        let answer = controller::get(([127, 0, 0, 1], 18080).into(), "/v1/cert.pem");
        if let Some((_, body)) = answer
            .as_deref()
            .and_then(|answer| answer.split_once("\r\n\r\n"))
            && body.starts_with("-----BEGIN")
        {
            return body.to_owned();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn kubeseal(certificate: &str, home: &Path, count: usize) -> Vec<Value> {
    let path = home.join("kubeseal.pem");
    std::fs::write(&path, certificate).unwrap();
    let secrets = (0..count).map(|number| {
        let namespace = format!("bench-{}", number % NAMESPACES);
        let name = format!("theirs-{number}");
        let value = |key: &str| format!("{key} of {name}");
        let data =
            json!({"host": value("host"), "password": value("password"), "user": value("user")});
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": name, "namespace": namespace}, "stringData": data,
        });
        format!("{secret}\n---\n")
    });
    let input: String = secrets.collect();
    let mut process = Command::new(peers::kubeseal())
        .arg("--cert")
        .arg(&path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = process.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
    let output = process.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let values = serde_json::Deserializer::from_slice(&output.stdout).into_iter();
    values.collect::<Result<_, _>>().unwrap()
}
