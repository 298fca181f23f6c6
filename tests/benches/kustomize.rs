//! How much longer a build with sealed files takes than one with a secretGenerator of as many
//! entries: `cargo bench -p bulla-tests --bench kustomize`. Goal: at most twice as long.
//!
//! One Deployment with two references for each Secret. Both are built by turns, and of each the
//! shortest time counts, so that whatever else the machine does disturbs them alike.
#![forbid(unsafe_code)]
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program that measures, not one that people use"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bulla_generator::{Layout, Named, Request, SealedFile, sync};
use bulla_references::Sites;
use bulla_tests::peers::{Version, kustomize};

fn main() {
    println!("kustomize 5.8.2: shortest of some builds, and the ratio");
    println!(
        "{:>6} {:>16} {:>12} {:>6}",
        "files", "secretGenerator", "sealed", "ratio"
    );
    for (count, rounds) in [(20, 15), (100, 9), (500, 5)] {
        let directory = tempfile::tempdir().unwrap();
        let (generated, sealed) = (directory.path().join("g"), directory.path().join("s"));
        write_generated(&generated, count);
        write_sealed(&sealed, count);
        let (mut best_generated, mut best_sealed) = (Duration::MAX, Duration::MAX);
        for _ in 0..rounds {
            best_generated = best_generated.min(build(&generated));
            best_sealed = best_sealed.min(build(&sealed));
        }
        let (a, b) = (best_generated.as_secs_f64(), best_sealed.as_secs_f64());
        println!("{count:>6} {a:>14.3} s {b:>10.3} s {:>6.2}", b / a);
    }
}

fn build(directory: &Path) -> Duration {
    let mut command = Command::new(kustomize(Version::V5_8_2));
    command.arg("build").arg(directory).stdout(Stdio::null());
    let start = Instant::now();
    let status = command.status().unwrap();
    let took = start.elapsed();
    assert!(status.success());
    took
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn write_workloads(directory: &Path, count: usize) {
    let workloads: Vec<String> = (0..count)
        .map(|index| {
            format!(
                "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web-{index}
spec:
  template:
    spec:
      containers:
      - name: web
        image: web
        envFrom:
        - secretRef:
            name: db-{index}
        env:
        - name: PASSWORD
          valueFrom:
            secretKeyRef:
              name: db-{index}
              key: password
"
            )
        })
        .collect();
    write(&directory.join("workloads.yaml"), &workloads.join("---\n"));
    write(
        &directory.join("kustomization.yaml"),
        "resources: [workloads.yaml, secrets]\n",
    );
}

fn write_generated(directory: &Path, count: usize) {
    write_workloads(directory, count);
    let mut text = "secretGenerator:\n".to_owned();
    for index in 0..count {
        text.push_str(&format!(
            "- name: db-{index}\n  literals: [password=secret-{index}]\n"
        ));
    }
    write(&directory.join("secrets/kustomization.yaml"), &text);
}

fn write_sealed(directory: &Path, count: usize) {
    write_workloads(directory, count);
    let secrets = directory.join("secrets");
    let mut sealed = Vec::new();
    let armor =
        "      YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBub3QgYSByZWFsIG9uZQ==\n".repeat(6);
    for index in 0..count {
        let name = format!("db-{index}.sealed.yaml");
        let text = format!(
            "apiVersion: bulla.dev/v1alpha1
kind: SealedSecret
metadata:
  name: db-{index}
spec:
  sealedFor: {{}}
  secretName: db-{index}-q5m2wz7ck4h3tn6x
  envelopes:
  - format: 1
    commitment: {commitment}=
    recipients:
    - age1{recipient}
    age: |
      -----BEGIN AGE ENCRYPTED FILE-----
{armor}      -----END AGE ENCRYPTED FILE-----
    items:
      password: {item}
",
            commitment = "A".repeat(43),
            recipient = "q".repeat(58),
            item = "A".repeat(124),
        );
        write(&secrets.join("files").join(&name), &text);
        let named = Named {
            name: format!("db-{index}"),
            namespace: None,
        };
        sealed.push(SealedFile {
            name,
            in_files: true,
            holds: vec![named],
        });
    }
    let plan = sync(&Request {
        sealed,
        existing: BTreeMap::new(),
        layout: Layout::AsItIs,
        secrets: Vec::new(),
        sites: Sites::built_in(),
    });
    for file in plan.unwrap().writes {
        write(&secrets.join(&file.path), &file.text);
    }
}
