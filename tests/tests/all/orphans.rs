//! Nothing of a control plane outlives the tests, however they end.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use bulla_tests::ControlPlane;

use crate::support::printed;

/// One control plane more than the shared one is enough for a small machine.
fn one_at_a_time() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn a_dropped_control_plane_is_gone() {
    let _turn = one_at_a_time();
    let plane = ControlPlane::start();
    plane.controllers();
    let (supervisor, home) = (plane.supervisor_id(), plane.home().to_owned());
    let parts = children(supervisor);
    assert_eq!(parts.len(), 3);
    drop(plane);
    // No waiting here: dropping has waited.
    assert!(parts.iter().all(|part| !runs(*part)));
    assert!(!home.exists());
}

#[test]
fn a_control_plane_ends_with_the_process_that_started_it() {
    let _turn = one_at_a_time();
    let mut holder = Command::new(env!("CARGO_BIN_EXE_control-plane"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let home = home_of(&mut holder);
    let [supervisor] = children(holder.id()).try_into().unwrap();
    let parts = children(supervisor);
    assert_eq!(parts.len(), 2);
    assert!(home.is_dir());

    holder.kill().unwrap(); // SIGKILL: it has no chance to say goodbye
    holder.wait().unwrap();

    eventually("the processes end", || {
        !runs(supervisor) && !parts.iter().any(|part| runs(*part))
    });
    assert!(!home.exists());
}

#[test]
fn a_control_plane_ends_with_its_supervisor() {
    let _turn = one_at_a_time();
    let plane = ControlPlane::start();
    let home = plane.home().to_owned();
    let supervisor = plane.supervisor_id();
    let parts = children(supervisor);
    assert_eq!(parts.len(), 2);

    printed(Command::new("kill").args(["-KILL", &supervisor.to_string()]));

    eventually("the processes end", || {
        !parts.iter().any(|part| runs(*part))
    });
    fs::remove_dir_all(home).unwrap(); // nobody was left to do it
}

/// The control plane's directory, once the process that holds it has printed where it is.
fn home_of(holder: &mut Child) -> PathBuf {
    let mut line = String::new();
    BufReader::new(holder.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let kubeconfig = line.trim().strip_prefix("export KUBECONFIG=").unwrap();
    Path::new(kubeconfig).parent().unwrap().to_owned()
}

fn children(process: u32) -> Vec<u32> {
    let all = fs::read_dir("/proc").unwrap();
    all.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok())
        .filter(|candidate| status(*candidate).is_some_and(|(_, parent)| parent == process))
        .collect()
}

/// A zombie does not run: it only waits for its parent to hear of its end.
fn runs(process: u32) -> bool {
    status(process).is_some_and(|(state, _)| state != "Z")
}

/// A process's state and its parent.
fn status(process: u32) -> Option<(String, u32)> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name before this parenthesis may hold anything.
    let (_, fields) = text.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    Some((fields.next()?.to_owned(), fields.next()?.parse().ok()?))
}

fn eventually(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
