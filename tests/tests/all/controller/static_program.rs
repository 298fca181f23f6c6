//! The program of the image, in a directory with nothing else in it.
//!
//! The image itself is not built here. It has the same program, built with the same flags.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command};

use bulla_tests::static_bulla_controller;
use serde_json::json;
use tempfile::TempDir;

use super::cluster::{Cluster as _, eventually};
use super::rights::HOME;
use super::stage::{Stage, token, value};
use crate::support::printed;

/// A root directory with the program in it. A copy, because a file can be linked from the same file
/// system only.
fn image() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    fs::copy(
        static_bulla_controller(),
        root.path().join("bulla-controller"),
    )
    .unwrap();
    root
}

/// The program in its root directory, with no variable but those that are set afterwards. It ends
/// with the tests, whatever they die of.
fn run(root: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args([
        "--pdeathsig",
        "KILL",
        "unshare",
        "--map-root-user",
        "--root",
    ]);
    command.arg(root).arg("/bulla-controller").env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap());
    command
}

#[test]
fn it_needs_no_other_file() {
    let root = image();
    let version = printed(run(root.path()).arg("--version"));
    assert_eq!(
        version,
        concat!("bulla-controller ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

/// As in a Pod: with a token and the authority's certificate, and the API server by its address.
#[test]
fn it_opens_what_is_sealed() {
    let stage = Stage::own();
    let root = image();
    let account = root
        .path()
        .join("var/run/secrets/kubernetes.io/serviceaccount");
    fs::create_dir_all(&account).unwrap();
    fs::write(account.join("token"), token(&stage, &json!({}))).unwrap();
    fs::write(account.join("namespace"), HOME).unwrap();
    fs::copy(
        stage.home().join("tls/apiserver.crt"),
        account.join("ca.crt"),
    )
    .unwrap();
    let server = stage.server().trim_start_matches("https://");
    let (host, port) = server.split_once(':').unwrap();
    // Free a moment ago. The controller says so if somebody else has taken it meanwhile.
    let listen = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let controller = run(root.path())
        .env("KUBERNETES_SERVICE_HOST", host)
        .env("KUBERNETES_SERVICE_PORT", port)
        .env("BULLA_LISTEN", listen.to_string())
        .env("BULLA_LOG_LEVEL", "warn")
        .spawn()
        .unwrap();
    let mut controller = Ended(controller);

    eventually("the controller is ready", || {
        let status = controller.0.try_wait().unwrap();
        assert!(status.is_none(), "the controller has ended: {status:?}");
        let mut stream = TcpStream::connect(listen).ok()?;
        let request = b"GET /readyz HTTP/1.1\r\nhost: it\r\nconnection: close\r\n\r\n";
        stream.write_all(request).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        answer.starts_with("HTTP/1.1 200").then_some(())
    });
    let namespace = stage.namespace();
    let sealed = stage
        .desk
        .sealed(&namespace, "db", &[("password", "hunter2")]);
    stage.created(&sealed);
    let name = sealed["spec"]["secretName"].as_str().unwrap();
    let secret = eventually("the Secret is there", || {
        stage.get("Secret", &namespace, name)
    });
    assert_eq!(value(&secret, "password"), b"hunter2");
}

struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
