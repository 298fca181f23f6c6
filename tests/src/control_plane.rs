//! A Kubernetes control plane of the tests' own: etcd, the API server, and the controllers if
//! asked for.
//!
//! It listens on the loopback only and has no node: Pods stay pending.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde::Deserialize;

use crate::go::Module;
use crate::peers;

static SUPERVISOR: Module = Module::new("supervisor", "20 seconds", &[], &[]);

/// A running control plane.
///
/// It ends when this value is dropped and, since statics are not, when the process ends, for
/// whatever reason: see `supervisor/main.go`.
#[derive(Debug)]
pub struct ControlPlane {
    supervisor: Mutex<Supervisor>,
    state: State,
    namespaces: AtomicU32,
}

#[derive(Debug)]
struct Supervisor {
    process: Child,
    /// Taken on the way out: the end of this stream is the sign to stop.
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
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
        let mut process = Command::new(SUPERVISOR.programs()?.join("supervisor"))
            .arg(peers::control_plane()?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Ctrl-C ends the tests; the supervisor tidies up when it sees that they are gone.
            .process_group(0)
            .spawn()
            .map_err(|error| format!("the control plane's supervisor: {error}"))?;
        let (Some(requests), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            return Err("the control plane's supervisor has no pipes".to_owned());
        };
        let mut supervisor = Supervisor {
            process,
            requests: Some(requests),
            answers: BufReader::new(answers),
        };
        let state = supervisor.answer().map_err(|error| lost(&error))?;
        Ok(Self {
            supervisor: Mutex::new(supervisor),
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
        self.supervisor
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .process
            .id()
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
        let mut supervisor = self
            .supervisor
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = supervisor.ask("controller-manager") {
            panic!("{}", lost(&error));
        }
    }
}

impl Supervisor {
    fn ask(&mut self, request: &str) -> io::Result<State> {
        let requests = self.requests.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(requests, "{request}")?;
        self.answer()
    }

    /// The supervisor does not wait for ever, so this need not watch the clock.
    fn answer(&mut self) -> io::Result<State> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.requests.take();
        // If it is gone already, that is what was wanted.
        let _ = self.process.wait();
    }
}

fn lost(error: &io::Error) -> String {
    format!("there is no control plane; its supervisor said why on standard error ({error})")
}
