//! A Kubernetes control plane of the tests' own: etcd, the API server, and the controllers if
//! asked for.
//!
//! It listens on the loopback only and has no node: Pods stay pending.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::peers;
use crate::supervisor::Supervisor;

/// A running control plane.
///
/// It ends when this value is dropped and, since statics are not, when the process ends, for
/// whatever reason: see `supervisor/main.go`.
#[derive(Debug)]
pub struct ControlPlane {
    supervisor: Supervisor,
    state: State,
    namespaces: AtomicU32,
}

/// What the supervisor answers.
#[derive(Debug, Deserialize)]
struct State {
    home: PathBuf,
    kubeconfig: PathBuf,
    server: String,
}

impl ControlPlane {
    /// The control plane that all tests of this process share, each in namespaces of its own.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Result<ControlPlane, String>> = OnceLock::new();
        match SHARED.get_or_init(Self::try_start) {
            Ok(plane) => plane,
            Err(problem) => panic!("{problem}"),
        }
    }

    /// Starts a control plane for one test alone. It costs three seconds and half a gigabyte.
    pub fn start() -> Self {
        Self::try_start().unwrap_or_else(|problem| panic!("{problem}"))
    }

    fn try_start() -> Result<Self, String> {
        let (supervisor, state) = Supervisor::start([peers::control_plane()?])?;
        Ok(Self {
            supervisor,
            state,
            namespaces: AtomicU32::new(0),
        })
    }

    /// A kubeconfig file for a cluster administrator.
    pub fn kubeconfig(&self) -> &Path {
        &self.state.kubeconfig
    }

    /// The API server's address.
    pub fn server(&self) -> &str {
        &self.state.server
    }

    /// A directory that goes away with the control plane. The logs of its parts are in it.
    pub fn home(&self) -> &Path {
        &self.state.home
    }

    /// The process that all others of the control plane end with.
    pub fn supervisor_id(&self) -> u32 {
        self.supervisor.id()
    }

    /// A `kubectl` command, as the administrator and free of the settings of whoever runs it.
    pub fn kubectl<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(peers::kubectl());
        command
            .args(arguments)
            .env("KUBECONFIG", self.kubeconfig())
            // Where it looks for preferences and keeps its cache.
            .env("HOME", self.home());
        command
    }

    /// Creates a namespace that no other test knows, and returns its name.
    ///
    /// Its default service account appears only once the controllers run.
    pub fn namespace(&self) -> String {
        let name = format!(
            "test-{}",
            self.namespaces.fetch_add(1, Ordering::Relaxed) + 1
        );
        let output = self.kubectl(["create", "namespace", &name]).output();
        match output {
            Ok(output) if output.status.success() => name,
            Ok(output) => panic!("{}", String::from_utf8_lossy(&output.stderr)),
            Err(error) => panic!("kubectl: {error}"),
        }
    }

    /// Starts the controllers, unless they run already: service accounts, garbage collection,
    /// Deployments and the like.
    pub fn controllers(&self) {
        self.supervisor.ask::<State>("controller-manager");
    }

    /// Asks the API server as the administrator, without the detour of a process.
    pub fn api(&self, request: &Request) -> Answer {
        let request = serde_json::to_string(request).unwrap_or_else(|error| panic!("{error}"));
        self.supervisor.ask(&request)
    }
}

/// A request to the API server.
#[derive(Debug, Default, Serialize)]
pub struct Request {
    /// `GET`, `POST` and so on.
    pub method: &'static str,
    /// The path with the query.
    pub path: String,
    /// The media type of the body.
    #[serde(rename = "type")]
    pub media_type: &'static str,
    /// What is sent, if anything.
    pub body: Option<Value>,
}

/// What the API server says to a [`Request`].
#[derive(Debug, Deserialize)]
pub struct Answer {
    /// The HTTP status; 0 if there was no answer.
    pub code: u16,
    /// The object, or the text if it is not JSON.
    pub body: Value,
}
