//! The controller as a process: flags, logs, health, and how it ends.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::cluster::{Cluster, eventually};
use super::stage::{Running, Stage};
use crate::desk::{Desk, Said, says};

const PATIENCE: Duration = Duration::from_secs(30);

/// The command without a cluster.
fn alone(desk: &Desk, arguments: &[&str]) -> Said {
    let mut command = desk.command(bulla_tests::bulla_controller());
    command.env_remove("KUBECONFIG");
    says(command.args(arguments), "")
}

#[test]
fn it_ends_when_it_is_told_to_and_finishes_what_it_began() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    let running = stage.prepare();
    for signal in ["TERM", "INT"] {
        let name = signal.to_lowercase();
        running.start([] as [&str; 0]);
        running.until_ready();
        stage.created(&stage.desk.sealed(&namespace, &name, &[("k", "v")]));
        stage.native(&namespace, &name);
        running.signal(signal);
        assert_eq!(
            running.wait(PATIENCE),
            Some(0),
            "{signal}: {}",
            running.logged()
        );
    }
    // Every call that was begun was answered.
    let cut: Vec<_> = running
        .journal(0)
        .into_iter()
        .filter(|call| call.writes() && call.code == 0)
        .collect();
    assert!(cut.is_empty(), "{cut:#?}");
}

#[test]
fn it_ends_in_the_middle_of_much_work_and_goes_on_later() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    for n in 0..40 {
        stage.created(
            &stage
                .desk
                .sealed(&namespace, &format!("s{n}"), &[("k", "v")]),
        );
    }
    let running = stage.run(&["--concurrency=2"]);
    eventually("it has begun", || {
        (running.writes(&namespace, 0).len() >= 5).then_some(())
    });
    running.signal("TERM");
    assert_eq!(running.wait(PATIENCE), Some(0), "{}", running.logged());
    running.start([] as [&str; 0]);
    for n in 0..40 {
        stage.native(&namespace, &format!("s{n}"));
    }
    assert_eq!(stage.list("Secret", &namespace).len(), 40);
}

#[test]
fn logs_are_lines_of_json_or_text() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    let running = stage.prepare();
    let log = |format: &str, name: &str| {
        let before = running.logged().len();
        running.start([&*format!("--log-format={format}"), "--log-level=info"]);
        stage.created(&stage.desk.sealed(&namespace, name, &[("k", "v")]));
        stage.native(&namespace, name);
        running.signal("TERM");
        assert_eq!(running.wait(PATIENCE), Some(0));
        running.logged()[before..].to_owned()
    };
    let json = log("json", "one");
    for line in json.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        assert!(
            line["level"].is_string() && line["timestamp"].is_string(),
            "{line}"
        );
    }
    let about = |text: &str| text.lines().any(|line| line.contains(&namespace));
    assert!(about(&json), "{json}");
    let text = log("text", "two");
    assert!(about(&text), "{text}");
    assert!(text.lines().all(|line| !line.starts_with('{')), "{text}");
    // For files as much as for terminals.
    assert!(!text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn what_it_serves_is_health_and_metrics_and_nothing_else() {
    let stage = Stage::own();
    let namespace = stage.namespace();
    let running = stage.run(&[]);
    running.until_ready();
    stage.created(&stage.desk.sealed(&namespace, "db", &[("k", "v")]));
    let secret = stage.native(&namespace, "db");
    assert_eq!(running.fetch("/healthz").code, 200);
    let metrics = running.fetch("/metrics");
    assert_eq!(metrics.code, 200);
    let metrics = metrics.body.as_str().unwrap().to_owned();
    for metric in [
        "bulla_transitions_total{reason=\"Created\"} 1",
        "bulla_open_duration_seconds_count 1",
        "bulla_identities 1",
        "bulla_malformed_identities 0",
        "bulla_sealed_secrets{reason=\"Created\"} 1",
    ] {
        assert!(
            metrics.lines().any(|line| line == metric),
            "{metric}:\n{metrics}"
        );
    }
    // Whoever scrapes learns no names.
    for name in [&*namespace, super::cluster::name(&secret)] {
        assert!(!metrics.contains(name), "{metrics}");
    }
    for path in [
        "/",
        "/debug/pprof",
        "/v1/verify",
        "/metrics/",
        "/healthz/../metrics",
    ] {
        assert_eq!(running.fetch(path).code, 404, "{path}");
    }
}

/// Where the controller listens.
fn address(running: &Running<'_>) -> SocketAddr {
    let log = running.logged();
    let (_, rest) = log.rsplit_once("\"listen\":\"").unwrap();
    rest.split('"').next().unwrap().parse().unwrap()
}

fn connect(address: SocketAddr, says: &str) -> TcpStream {
    let mut connection = TcpStream::connect(address).unwrap();
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    connection.write_all(says.as_bytes()).unwrap();
    connection
}

const PROBE: &str = "GET /healthz HTTP/1.1\r\nHost: controller\r\n\r\n";

#[test]
fn connections_that_are_held_open_keep_no_probe_out() {
    let stage = Stage::own();
    let running = stage.run(&[]);
    running.until_ready();
    let address = address(&running);
    // What they say, and then wait.
    let says = [
        "",
        "GET /metrics HT",
        "GET /metrics HTTP/1.1\r\nHost: a\r\n",
        PROBE,
    ];
    let held: Vec<_> = (0..150)
        .map(|n| connect(address, says[n % says.len()]))
        .collect();
    for _ in 0..3 {
        let mut probe = connect(address, PROBE);
        // Before the first of them would be cut for its silence. The kubelet waits for one second.
        let patience = Some(Duration::from_secs(8));
        probe.set_read_timeout(patience).unwrap();
        let mut answer = String::new();
        // One request is all that a connection is for: it ends by itself.
        let read = probe.read_to_string(&mut answer);
        assert!(answer.starts_with("HTTP/1.1 200"), "{read:?} {answer:?}");
        assert!(
            read.is_ok() && answer.contains("connection: close"),
            "{read:?} {answer:?}"
        );
    }
    // Nobody's connection lives for ever, the last of those that say nothing least of all.
    let mut silent = held.into_iter().step_by(says.len()).next_back().unwrap();
    let ended = silent.read(&mut [0]);
    let is_end = |kind| matches!(kind, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe);
    assert!(
        ended
            .as_ref()
            .map_or_else(|error| is_end(error.kind()), |read| *read == 0),
        "{ended:?}"
    );
}

#[test]
fn wrong_flags_and_no_cluster_are_said_plainly() {
    let desk = Desk::new();
    for arguments in [
        ["--resync=0s"].as_slice(),
        &["--resync=soon"],
        &["--concurrency=0"],
        &["--listen=nowhere"],
        &["--log-format=xml"],
        &["--unknown"],
    ] {
        let said = alone(&desk, arguments);
        assert_eq!(said.code, 2, "{arguments:?}: {}", said.stderr);
        let flag = arguments[0].split('=').next().unwrap();
        assert!(said.stderr.contains(flag), "{}", said.stderr);
    }
    let said = alone(&desk, &["--listen=127.0.0.1:0", "--log-format=text"]);
    assert_eq!(said.code, 1, "{}", said.stderr);
    assert!(said.stderr.contains("kubeconfig"), "{}", said.stderr);
    let version = alone(&desk, &["--version"]).printed();
    assert!(version.starts_with("bulla-controller "), "{version}");
}

#[test]
fn every_flag_has_its_environment_variable() {
    let desk = Desk::new();
    let help = alone(&desk, &["--help"]).printed();
    let flags: Vec<_> = help
        .split_whitespace()
        .filter_map(|word| word.strip_prefix("--"))
        .map(|flag| flag.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-'))
        .filter(|flag| !["help", "version"].contains(flag))
        .collect();
    assert!(flags.len() >= 8, "{help}");
    for flag in flags {
        let variable = format!("BULLA_{}", flag.to_uppercase().replace('-', "_"));
        assert!(
            help.contains(&format!("[env: {variable}=")),
            "{variable}: {help}"
        );
    }
    let mut command: Command = desk.command(bulla_tests::bulla_controller());
    let said = says(command.env("BULLA_RESYNC", "0s"), "");
    assert_eq!(said.code, 2, "{}", said.stderr);
}
