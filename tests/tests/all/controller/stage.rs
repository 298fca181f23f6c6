//! Where a test of the controller plays.

use std::cell::Cell;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use bulla_tests::control_plane::Request;
use bulla_tests::controller::Call;
use bulla_tests::{ControlPlane, Controller};
use data_encoding::BASE64;
use serde_json::{Value, json};

use super::cluster::{Cluster, eventually};
use super::rights::{ACCOUNT, HOME, definitions, installation};
use crate::desk::{Desk, IDENTITY, parse};

/// The Secret with the controller's identities.
pub(crate) const IDENTITIES: &str = "bulla-identity";

/// A control plane of the test's own, with everything installed but the controller.
///
/// Its desk's `key.txt` is the identity that the cluster holds.
pub(crate) struct Stage {
    /// Taken on the way out.
    plane: Option<ControlPlane>,
    has_controllers: Cell<bool>,
    pub(crate) desk: Desk,
}

impl Stage {
    pub(crate) fn own() -> Self {
        // First what may fail: who does not come to be gives nothing back.
        let desk = Desk::new();
        let stage = Self {
            plane: Some(POOL.lease()),
            has_controllers: Cell::new(false),
            desk,
        };
        install(&stage);
        stage
    }

    /// Starts Kubernetes' own controllers. Nobody else gets this control plane afterwards: other
    /// tests rely on it that nothing happens of itself.
    pub(crate) fn controllers(&self) {
        self.has_controllers.set(true);
        (**self).controllers();
    }

    /// A controller that runs.
    pub(crate) fn run(&self, arguments: &[&str]) -> Running<'_> {
        let running = self.prepare();
        running.start(arguments);
        running
    }

    /// A controller that does not run yet.
    pub(crate) fn prepare(&self) -> Running<'_> {
        Running {
            controller: Controller::new(self, &token(self, &json!({}))),
            may_be_refused: Cell::new(false),
            stage: PhantomData,
        }
    }
}

impl Deref for Stage {
    type Target = ControlPlane;

    fn deref(&self) -> &ControlPlane {
        self.plane.as_ref().unwrap()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let is_as_before = !std::thread::panicking() && !self.has_controllers.get();
        POOL.give_back(self.plane.take().filter(|_| is_as_before));
    }
}

/// The control planes that are handed on. Two fit beside the shared ones on a small machine.
struct Pool {
    state: Mutex<PoolState>,
    changed: Condvar,
}

struct PoolState {
    idle: Vec<ControlPlane>,
    leased: usize,
}

static POOL: Pool = Pool {
    state: Mutex::new(PoolState {
        idle: Vec::new(),
        leased: 0,
    }),
    changed: Condvar::new(),
};

impl Pool {
    fn lease(&self) -> ControlPlane {
        let mut state = self
            .changed
            .wait_while(self.state(), |state| state.leased >= 2)
            .unwrap_or_else(PoisonError::into_inner);
        state.leased += 1;
        let idle = state.idle.pop();
        drop(state);
        idle.unwrap_or_else(ControlPlane::start)
    }

    /// One that comes back from a test that failed is not used again.
    fn give_back(&self, plane: Option<ControlPlane>) {
        let mut state = self.state();
        state.leased -= 1;
        state.idle.extend(plane);
        self.changed.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, PoolState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes what an earlier test has left, and installs all but the controller.
fn install(plane: &ControlPlane) {
    for document in installation() {
        plane.apply(document);
    }
    for definition in definitions() {
        let name = definition["metadata"]["name"].as_str().unwrap();
        eventually("the definition is established", || {
            let stored = plane.get("CustomResourceDefinition", "", name)?;
            let conditions = stored["status"]["conditions"].as_array()?.clone();
            let mut conditions = conditions.into_iter();
            conditions.find(|c| c["type"] == "Established" && c["status"] == "True")
        });
    }
    for namespace in plane.list("Namespace", "") {
        let namespace = namespace["metadata"]["name"].as_str().unwrap();
        plane.delete_all("SealedSecret", namespace);
        plane.delete_all("SealedSecretRevision", namespace);
    }
    plane.delete_all("Secret", HOME);
    plane.created(&identities(IDENTITIES, &[IDENTITY]));
}

/// A Secret with identities as the controller reads them.
pub(crate) fn identities(name: &str, identities: &[&str]) -> Value {
    let files = identities.iter().enumerate();
    let data: serde_json::Map<_, _> = files
        .map(|(n, identity)| {
            let key = match n {
                0 => "identity.txt".to_owned(),
                _ => format!("identity-{n}.txt"),
            };
            (key, BASE64.encode(identity.as_bytes()).into())
        })
        .collect();
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "Opaque", "immutable": true,
        "metadata": {"name": name, "namespace": HOME},
        "data": data,
    })
}

/// A token for the controller's service account.
pub(crate) fn token(plane: &ControlPlane, spec: &Value) -> String {
    let answer = plane.api(&Request {
        method: "POST",
        path: format!("/api/v1/namespaces/{HOME}/serviceaccounts/{ACCOUNT}/token"),
        media_type: "application/json",
        body: Some(json!({
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec,
        })),
    });
    assert_eq!(answer.code, 201, "{answer:?}");
    answer.body["status"]["token"].as_str().unwrap().to_owned()
}

/// A controller and the cluster in which it acts.
pub(crate) struct Running<'a> {
    controller: Controller,
    may_be_refused: Cell<bool>,
    /// It ends before its control plane does.
    stage: PhantomData<&'a Stage>,
}

impl Running<'_> {
    /// Waits until the controller says that it is ready.
    #[track_caller]
    pub(crate) fn until_ready(&self) {
        eventually("the controller is ready", || {
            (self.fetch("/readyz").code == 200).then_some(())
        });
    }

    /// Waits until the controller holds so many identities.
    #[track_caller]
    pub(crate) fn until_identities(&self, count: usize) {
        let line = format!("bulla_identities {count}");
        eventually(&line, || {
            let metrics = self.metrics();
            metrics.lines().find(|found| *found == line).map(drop)
        });
    }

    /// What /metrics says.
    pub(crate) fn metrics(&self) -> String {
        let text = self.fetch("/metrics").body;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// How many SealedSecrets were opened, or tried to.
    pub(crate) fn opened(&self) -> u64 {
        let metrics = self.metrics();
        let name = "bulla_open_duration_seconds_count ";
        let count = metrics.lines().find_map(|line| line.strip_prefix(name));
        count.unwrap().parse().unwrap()
    }

    /// For the tests in which a right is taken away.
    pub(crate) fn may_be_refused(&self) {
        self.may_be_refused.set(true);
    }

    /// All that the controller has written to its log.
    pub(crate) fn logged(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.log()).unwrap_or_default()).into_owned()
    }

    /// The calls that changed something in this namespace, since that number of calls.
    pub(crate) fn writes(&self, namespace: &str, since: usize) -> Vec<Call> {
        let mut calls = self.journal(since);
        calls.retain(|call| call.writes() && call.namespace == namespace);
        calls
    }

    /// How many calls there were.
    pub(crate) fn calls(&self) -> usize {
        self.journal(0).len()
    }
}

impl Deref for Running<'_> {
    type Target = Controller;

    fn deref(&self) -> &Controller {
        &self.controller
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tell(&self.controller, |_| true);
        } else if !self.may_be_refused.get() {
            assert_eq!(forbidden(&self.journal(0)), []);
        }
    }
}

/// The calls for which the controller lacked a right. That nothing fits into a namespace, or that it
/// is being removed, is a 403, too, and none of rights.
pub(crate) fn forbidden(journal: &[Call]) -> Vec<Call> {
    let is_of_rights = |call: &Call| {
        let causes = call.refusal["details"]["causes"].as_array();
        let mut causes = causes.into_iter().flatten();
        let message = call.refusal["message"].as_str().unwrap_or("");
        call.code == 403
            && !message.contains("exceeded quota")
            && !causes.any(|cause| cause["reason"] == "NamespaceTerminating")
    };
    let of_rights = journal.iter().filter(|call| is_of_rights(call));
    of_rights.cloned().collect()
}

/// What somebody wants to read when a test has failed.
#[allow(
    clippy::print_stderr,
    reason = "the harness shows it for failed tests only"
)]
fn tell(controller: &Controller, is_of_interest: impl Fn(&Call) -> bool) {
    let log = std::fs::read(controller.log()).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let lines: Vec<&str> = log.lines().collect();
    eprintln!("--- the controller's log, the end of it");
    for line in &lines[lines.len().saturating_sub(60)..] {
        eprintln!("{line}");
    }
    eprintln!("--- its calls, the last of them");
    let mut calls = controller.journal(0);
    calls.retain(is_of_interest);
    for call in &calls[calls.len().saturating_sub(60)..] {
        let Call {
            verb,
            resource,
            namespace,
            name,
            code,
            fault,
            ..
        } = call;
        eprintln!("{verb} {resource} {namespace}/{name}: {code} {fault}");
    }
}

/// One controller for many tests, with short intervals, and a namespace of the test's own.
pub(crate) struct Shared {
    pub(crate) desk: Desk,
    pub(crate) namespace: String,
}

/// The intervals of the shared controller.
pub(crate) const SHORT: [&str; 2] = ["--resync=2s", "--key-interval=1s"];

struct SharedParts {
    plane: ControlPlane,
    controller: Controller,
}

fn shared_parts() -> &'static SharedParts {
    static PARTS: OnceLock<SharedParts> = OnceLock::new();
    PARTS.get_or_init(|| {
        let plane = ControlPlane::start();
        install(&plane);
        let controller = Controller::new(&plane, &token(&plane, &json!({})));
        controller.start(SHORT);
        SharedParts { plane, controller }
    })
}

impl Shared {
    pub(crate) fn new() -> Self {
        Self {
            desk: Desk::new(),
            namespace: shared_parts().plane.namespace(),
        }
    }

    /// The controller.
    pub(crate) fn controller(&self) -> &'static Controller {
        &shared_parts().controller
    }

    /// The calls that concerned this test's namespace, or this one.
    pub(crate) fn calls(&self, since: usize) -> Vec<Call> {
        let mut calls = self.controller().journal(since);
        calls.retain(|call| call.namespace == self.namespace);
        calls
    }

    /// The calls that changed something in this test's namespace, since that number of calls.
    pub(crate) fn writes(&self, since: usize) -> Vec<Call> {
        let mut calls = self.calls(since);
        calls.retain(Call::writes);
        calls
    }
}

impl Deref for Shared {
    type Target = ControlPlane;

    fn deref(&self) -> &ControlPlane {
        &shared_parts().plane
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tell(self.controller(), |call| call.namespace == self.namespace);
        } else {
            assert_eq!(forbidden(&self.calls(0)), []);
        }
    }
}

impl Desk {
    /// A SealedSecret of these values for `key.txt`, as JSON, sealed for this place.
    pub(crate) fn sealed(&self, namespace: &str, name: &str, values: &[(&str, &str)]) -> Value {
        let values: serde_json::Map<_, _> = values
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).into()))
            .collect();
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": name, "namespace": namespace},
            "stringData": values,
        });
        parse(&self.seal(&secret.to_string()))
    }

    /// The same SealedSecret with the name that its content now has.
    pub(crate) fn renamed(&self, mut sealed: Value) -> Value {
        let said = self.says(["name", "-"], sealed.to_string());
        sealed["spec"]["secretName"] = said.printed().trim().into();
        sealed
    }
}

/// The value of a key of a Secret, decoded.
#[track_caller]
pub(crate) fn value(secret: &Value, key: &str) -> Vec<u8> {
    let text = secret["data"][key].as_str();
    let text = text.unwrap_or_else(|| panic!("no {key} in {}", secret["metadata"]["name"]));
    BASE64.decode(text.as_bytes()).unwrap()
}

/// Long enough to see that something does not happen, where a change would come at once.
pub(crate) const A_WHILE: Duration = Duration::from_secs(3);
