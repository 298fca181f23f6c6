//! What `bulla install` prints, on a real API server.

mod admission;
mod manifests;
mod rights;

use std::sync::OnceLock;
use std::thread::sleep;
use std::time::{Duration, Instant};

use bulla_tests::ControlPlane;
use serde_json::Value;

use crate::desk::{Desk, Said, parse, says};
use crate::support::printed;

pub(crate) const NAMESPACE: &str = "bulla-system";
pub(crate) const CONTROLLER: &str = "system:serviceaccount:bulla-system:bulla-controller";

const IMAGE: &str = "registry.example:5000/bulla/bulla-controller:test";

/// What `bulla install` prints.
fn install() -> String {
    Desk::new().prints(["install", "--image", IMAGE])
}

/// Its documents.
fn documents(stream: &str) -> Vec<Value> {
    stream.split("\n---\n").map(parse).collect()
}

/// The shared control plane, with all of it applied, and the policy in force.
pub(crate) fn installed() -> &'static ControlPlane {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    let plane = ControlPlane::shared();
    INSTALLED.get_or_init(|| {
        let all = install();
        let (namespace, _) = all.split_once("\n---\n").unwrap();
        let apply = |flags: &[&str], text: &str| {
            let mut kubectl = plane.kubectl(["apply", "-f", "-"]);
            let said = says(kubectl.args(flags), text);
            assert!(!said.stderr.contains("would violate"), "{}", said.stderr);
            said.printed()
        };
        // The others' dry run is refused without it.
        apply(&[], namespace);
        apply(&["--dry-run=server"], &all);
        apply(&[], &all);
        let established = [
            "wait",
            "--for=condition=Established",
            "--timeout=30s",
            "crd",
        ];
        printed(plane.kubectl(established).arg("sealedsecrets.bulla.dev"));
        // The API server reads policies a moment later.
        let deadline = Instant::now() + Duration::from_secs(60);
        for wrong in admission::wrong() {
            while admission::create(CONTROLLER, &wrong).succeeded() {
                assert!(Instant::now() < deadline, "{wrong}: no policy takes effect");
                sleep(Duration::from_millis(100));
            }
        }
    });
    plane
}

/// What the server says to somebody else than the administrator.
fn as_user(user: &str, arguments: &[&str], input: &str) -> Said {
    let mut kubectl = ControlPlane::shared().kubectl(arguments);
    says(kubectl.args(["--as", user]), input)
}
