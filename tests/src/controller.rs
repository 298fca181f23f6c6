//! `bulla-controller` as a process of the tests' own, behind a proxy that makes faults.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::control_plane::Answer;
use crate::supervisor::Supervisor;
use crate::{ControlPlane, bulla_controller};

/// A controller whose only way to the API server leads through a proxy.
///
/// The proxy keeps a journal of all calls and [makes faults](Self::faults); nothing else of the
/// API server is pretended. Both processes end when this value is dropped, or with the tests.
#[derive(Debug)]
pub struct Controller {
    supervisor: Supervisor,
    home: PathBuf,
}

#[derive(Deserialize)]
struct State {
    home: PathBuf,
}

impl Controller {
    /// The proxy, and as yet no controller. The token is what the controller will show.
    pub fn new(plane: &ControlPlane, token: &str) -> Self {
        let certificate = plane.home().join("tls/apiserver.crt");
        let arguments = [
            "controller".as_ref(),
            plane.server().as_ref(),
            certificate.as_os_str(),
        ];
        let (supervisor, State { home }) =
            Supervisor::start(arguments).unwrap_or_else(|problem| panic!("{problem}"));
        let controller = Self { supervisor, home };
        controller.token(token);
        controller
    }

    /// Starts the controller, with a kubeconfig. There must be none that runs.
    pub fn start<A: AsRef<str>>(&self, arguments: impl IntoIterator<Item = A>) {
        self.start_in_pod("", arguments);
    }

    /// Starts the controller as in a Pod of this namespace: with the service account where a
    /// container has it, and without a kubeconfig.
    pub fn start_in_pod<A: AsRef<str>>(
        &self,
        namespace: &str,
        arguments: impl IntoIterator<Item = A>,
    ) {
        let arguments: Vec<_> = arguments.into_iter().collect();
        let arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
        self.order(&json!({
            "do": "start", "program": bulla_controller(), "args": arguments,
            "namespace": namespace,
        }));
    }

    /// Sends the controller a signal: `KILL`, `TERM`, `INT`, `STOP` or `CONT`. Returns after a
    /// `KILL` when it is gone.
    pub fn signal(&self, signal: &str) {
        self.order(&json!({"do": "signal", "signal": signal}));
    }

    /// The exit code (-1 after a signal), or nothing if the controller still runs after this time.
    pub fn wait(&self, patience: Duration) -> Option<i64> {
        let told = self.order(&json!({"do": "wait", "millis": patience.as_millis()}));
        let ended = told.get("ended").and_then(Value::as_bool) == Some(true);
        told.get("code").and_then(Value::as_i64).filter(|_| ended)
    }

    /// What the controller answers to an HTTP request of its own; the body is text.
    pub fn fetch(&self, path: &str) -> Answer {
        let told = self.order(&json!({"do": "fetch", "path": path}));
        serde_json::from_value(told).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Replaces the faults that calls suffer from now on; with none, all is well again.
    pub fn faults(&self, faults: &[Fault]) {
        self.order(&json!({"do": "faults", "faults": faults}));
    }

    /// Drops every connection.
    pub fn cut(&self) {
        self.order(&json!({"do": "cut"}));
    }

    /// Drops every connection and refuses new ones.
    pub fn down(&self) {
        self.order(&json!({"do": "down"}));
    }

    /// Takes connections again.
    pub fn up(&self) {
        self.order(&json!({"do": "up"}));
    }

    /// Replaces the service account's token, in its file.
    pub fn token(&self, token: &str) {
        self.order(&json!({"do": "token", "token": token}));
    }

    /// Replaces the certificate of the API server (as the controller sees it) and its authority.
    pub fn certificate(&self) {
        self.order(&json!({"do": "certificate"}));
    }

    /// All calls since this number of them, as they are now.
    pub fn journal(&self, since: usize) -> Vec<Call> {
        let told = self.order(&json!({"do": "journal", "since": since}));
        let entries = told.get("entries").cloned().unwrap_or_default();
        serde_json::from_value(entries).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The file of what the controller wrote to its standard output and error, in all its runs.
    pub fn log(&self) -> PathBuf {
        self.home.join("bulla-controller.log")
    }

    /// The file of all that went over the wire, but what concerned Secrets and was no refusal.
    pub fn bodies(&self) -> PathBuf {
        self.home.join("bodies.log")
    }

    /// The kubeconfig that leads through the proxy.
    pub fn kubeconfig(&self) -> PathBuf {
        self.home.join("kubeconfig")
    }

    /// The working directory, where a core dump would be.
    pub fn home(&self) -> &Path {
        &self.home
    }

    fn order(&self, order: &Value) -> Value {
        let told: Value = self.supervisor.ask(&order.to_string());
        match told.get("error") {
            None => told,
            Some(error) => panic!("{order}: {error}"),
        }
    }
}

/// A call that the controller made, in the words of the API server's authorizer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Call {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`.
    pub verb: String,
    /// With the subresource after a slash.
    pub resource: String,
    /// Empty for what has none.
    pub namespace: String,
    /// Empty for a list.
    pub name: String,
    /// The query.
    pub query: String,
    /// What the proxy did to it, if anything.
    pub fault: String,
    /// What the API server answered; 0 if it was not asked or the call is under way.
    pub code: u16,
    /// What was to be written, but not of Secrets.
    pub body: Value,
    /// The API server's answer, if it refused.
    pub refusal: Value,
    /// When it came, in milliseconds since 1970.
    pub millis: u64,
}

impl Call {
    /// Whether it changes anything.
    pub fn writes(&self) -> bool {
        !["get", "list", "watch"].contains(&self.verb.as_str())
    }
}

/// What happens to some of the calls. Empty lists fit every call.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// Verbs, or `write` for all that change anything.
    pub verbs: &'static [&'static str],
    /// Resources, with the subresource after a slash.
    pub resources: &'static [&'static str],
    /// Namespaces.
    pub namespaces: Vec<String>,
    /// So many calls pass first.
    pub skip: usize,
    /// Then so many suffer; 0: all.
    pub times: usize,
    /// What they suffer.
    #[serde(flatten)]
    pub act: Act,
}

/// What a call suffers.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(tag = "do", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Act {
    /// The connection is dropped; the API server hears nothing.
    #[default]
    Cut,
    /// This answer; the API server hears nothing.
    Answer {
        /// The HTTP status.
        code: u16,
        /// `Retry-After` in seconds; 0 for none.
        retry_after: u16,
    },
    /// It goes on after so long.
    Delay {
        /// Milliseconds.
        millis: u64,
    },
    /// It goes on when the faults are replaced.
    Hold,
    /// The API server's answer is dropped.
    Lose,
    /// The API server's answer is dropped, and the controller killed first.
    Kill,
    /// The controller is killed; the API server hears nothing.
    KillFirst,
    /// A watch gets the event that says 410 Gone.
    Expire,
    /// The connection is dropped after so long.
    End {
        /// Milliseconds.
        millis: u64,
    },
    /// A list gets the first answer that its path ever had.
    Replay,
}
