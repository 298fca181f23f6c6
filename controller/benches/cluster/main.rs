//! The controller on a real API server, beside the least that its work can cost.
//!
//! `cargo bench -p bulla-controller --bench cluster`; `BULLA_BENCH_OBJECTS=100` for a quick one.
//!
//! - New SealedSecrets until all are ready, as a ratio to a loop that makes the same three writes for
//!   as many with the same concurrency. Goal: 1.25.
//! - A restart with nothing to do: the writes (goal: 0), the time, the memory (goal: 64 MiB with
//!   10,000 objects).
//! - One at a time: from `kubectl apply`'s request to the Secret.
//! - A hundred SealedSecrets of more than a megabyte which no key opens: the memory. The Deployment has
//!   a limit of 256 MiB.

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

use std::time::{Duration, Instant};

use bulla_tests::ControlPlane;

use api::Api;
use controller::Controller;
use objects::Sealer;

const CONCURRENCY: usize = 16;

#[tokio::main]
async fn main() {
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .unwrap();
    let counts = std::env::var("BULLA_BENCH_OBJECTS").unwrap_or_else(|_| "1000,10000".to_owned());
    for count in counts.split(',') {
        measure(count.parse().expect("numbers")).await;
    }
    large().await;
}

async fn large() {
    let plane = ControlPlane::start();
    let api = Api::connect(plane.kubeconfig()).await;
    api.prepare(&Sealer::new()).await;
    let objects = Sealer::new().seal_large(100);
    let bytes = serde_json::to_vec(&objects[0].file).unwrap().len();
    api.apply_all(&objects).await;
    println!("100 SealedSecrets of {bytes} bytes which no key opens");
    for what in ["all are new", "after a restart"] {
        let controller = Controller::start(plane.kubeconfig());
        controller
            .wait_for("bulla_sealed_secrets{reason=\"DecryptFailed\"}", 100)
            .await;
        println!("  memory, {what}: {}", controller.memory());
    }
}

async fn measure(count: usize) {
    println!("{count} SealedSecrets of 3 values, one age recipient");
    let plane = ControlPlane::start();
    let api = Api::connect(plane.kubeconfig()).await;
    let sealer = Sealer::new();
    api.prepare(&sealer).await;

    let bare = sealer.seal_many("bare", count);
    api.apply_all(&bare).await;
    let before = api.bare_loop(&bare).await;
    api.delete_sealed_secrets().await;
    report("a bare loop of three writes", count, before);

    let objects = sealer.seal_many("new", count);
    api.apply_all(&objects).await;
    let started = Instant::now();
    let controller = Controller::start(plane.kubeconfig());
    controller.wait_for_ready(count).await;
    let took = started.elapsed();
    report(
        "the controller, from its start to the last status",
        count,
        took,
    );
    println!(
        "  ratio                       {:.2} (goal 1.25)",
        took.as_secs_f64() / before.as_secs_f64()
    );
    println!("  memory                      {}", controller.memory());
    drop(controller);

    restart(&api, &plane, count).await;
    latency(&api, &plane, &sealer, count).await;
}

fn report(what: &str, count: usize, took: Duration) {
    let rate = count as f64 / took.as_secs_f64();
    println!("  {what}: {:.2} s, {rate:.0} a second", took.as_secs_f64());
}

async fn restart(api: &Api, plane: &ControlPlane, count: usize) {
    // Events may still have been on their way.
    api.wait_until_quiet().await;
    let writes = api.writes().await;
    let started = Instant::now();
    let controller = Controller::start(plane.kubeconfig());
    controller.wait_for_looks(count).await;
    let took = started.elapsed();
    tokio::time::sleep(Duration::from_secs(2)).await;
    println!("  restart with {count} unchanged");
    println!(
        "    writes                    {} (goal 0)",
        api.writes().await - writes
    );
    println!("    until all were looked at  {:.2} s", took.as_secs_f64());
    println!("    memory                    {}", controller.memory());
}

/// From the request that creates a SealedSecret to the event that its Secret is there.
async fn latency(api: &Api, plane: &ControlPlane, sealer: &Sealer, count: usize) {
    let controller = Controller::start(plane.kubeconfig());
    controller.wait_for_looks(count).await;
    let mut times = Vec::new();
    for object in sealer.seal_many("one", 200.min(count)) {
        times.push(api.apply_and_wait(&object).await);
    }
    times.sort();
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize].as_secs_f64() * 1000.0;
    println!(
        "  from apply to the Secret    p50 {:.0} ms, p99 {:.0} ms",
        at(0.5),
        at(0.99)
    );
}
