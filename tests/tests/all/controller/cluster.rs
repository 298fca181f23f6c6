//! Objects in the cluster, as the administrator sees them.

use std::thread;
use std::time::{Duration, Instant};

use bulla_tests::ControlPlane;
use bulla_tests::control_plane::{Answer, Request};
use serde_json::{Value, json};

/// Long enough for a busy machine with one core. Only failures take so long.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until there is an answer, and says what was waited for if there is none.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    within(PATIENCE, what, look)
}

#[track_caller]
pub(crate) fn within<T>(patience: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "not within {patience:?}: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// The kinds that the tests handle: where their objects are.
const KINDS: [(&str, &str, bool); 18] = [
    ("Namespace", "/api/v1/{}namespaces", false),
    ("Secret", "/api/v1/{}secrets", true),
    ("ServiceAccount", "/api/v1/{}serviceaccounts", true),
    ("Service", "/api/v1/{}services", true),
    (
        "NetworkPolicy",
        "/apis/networking.k8s.io/v1/{}networkpolicies",
        true,
    ),
    (
        "ValidatingAdmissionPolicy",
        "/apis/admissionregistration.k8s.io/v1/{}validatingadmissionpolicies",
        false,
    ),
    (
        "ValidatingAdmissionPolicyBinding",
        "/apis/admissionregistration.k8s.io/v1/{}validatingadmissionpolicybindings",
        false,
    ),
    ("ResourceQuota", "/api/v1/{}resourcequotas", true),
    ("Event", "/apis/events.k8s.io/v1/{}events", true),
    ("Deployment", "/apis/apps/v1/{}deployments", true),
    ("CronJob", "/apis/batch/v1/{}cronjobs", true),
    (
        "SealedSecret",
        "/apis/bulla.dev/v1alpha1/{}sealedsecrets",
        true,
    ),
    (
        "SealedSecretRevision",
        "/apis/bulla.dev/v1alpha1/{}sealedsecretrevisions",
        true,
    ),
    (
        "CustomResourceDefinition",
        "/apis/apiextensions.k8s.io/v1/{}customresourcedefinitions",
        false,
    ),
    (
        "ClusterRole",
        "/apis/rbac.authorization.k8s.io/v1/{}clusterroles",
        false,
    ),
    (
        "ClusterRoleBinding",
        "/apis/rbac.authorization.k8s.io/v1/{}clusterrolebindings",
        false,
    ),
    ("Role", "/apis/rbac.authorization.k8s.io/v1/{}roles", true),
    (
        "RoleBinding",
        "/apis/rbac.authorization.k8s.io/v1/{}rolebindings",
        true,
    ),
];

/// The path of a kind's objects; an empty namespace is all of them.
fn path(kind: &str, namespace: &str) -> String {
    let known = KINDS.iter().find(|(name, ..)| *name == kind);
    let (_, path, is_namespaced) = known.unwrap_or_else(|| panic!("no path for {kind}"));
    match namespace {
        "" => path.replace("{}", ""),
        _ if !is_namespaced => path.replace("{}", ""),
        _ => path.replace("{}", &format!("namespaces/{namespace}/")),
    }
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or("")
}

/// What the tests do with a control plane besides running kubectl.
pub(crate) trait Cluster {
    fn plane(&self) -> &ControlPlane;

    fn ask(&self, method: &'static str, path: String, body: Option<&Value>) -> Answer {
        self.plane().api(&Request {
            method,
            path,
            media_type: match method {
                "PATCH" => "application/merge-patch+json",
                _ => "application/json",
            },
            body: body.cloned(),
        })
    }

    /// The object, if there is one.
    #[track_caller]
    fn get(&self, kind: &str, namespace: &str, name: &str) -> Option<Value> {
        let answer = self.ask("GET", format!("{}/{name}", path(kind, namespace)), None);
        match answer.code {
            200 => Some(answer.body),
            404 => None,
            _ => panic!("{kind} {namespace}/{name}: {answer:?}"),
        }
    }

    /// All objects of a kind in a namespace, or in all of them.
    #[track_caller]
    fn list(&self, kind: &str, namespace: &str) -> Vec<Value> {
        let answer = self.ask("GET", path(kind, namespace), None);
        assert_eq!(answer.code, 200, "{kind}: {answer:?}");
        let items = answer.body["items"].as_array().cloned();
        items.unwrap_or_default()
    }

    /// What the API server says to a new object.
    fn create(&self, object: &Value) -> Answer {
        let path = path(text(object, "/kind"), text(object, "/metadata/namespace"));
        self.ask("POST", path, Some(object))
    }

    /// Creates an object that has to be taken.
    #[track_caller]
    fn created(&self, object: &Value) -> Value {
        let answer = self.create(object);
        assert_eq!(answer.code, 201, "{answer:?}");
        answer.body
    }

    /// Creates the object, or makes it what it is to be.
    #[track_caller]
    fn apply(&self, object: &Value) -> Value {
        let path = path(text(object, "/kind"), text(object, "/metadata/namespace"));
        let name = text(object, "/metadata/name");
        let answer = self.plane().api(&Request {
            method: "PATCH",
            path: format!("{path}/{name}?fieldManager=test&force=true"),
            media_type: "application/apply-patch+yaml",
            body: Some(object.clone()),
        });
        assert!([200, 201].contains(&answer.code), "{answer:?}");
        answer.body
    }

    /// Merges a patch into an object, which has to be there.
    #[track_caller]
    fn patch(&self, kind: &str, namespace: &str, name: &str, patch: Value) -> Value {
        let path = format!("{}/{name}", path(kind, namespace));
        let answer = self.ask("PATCH", path, Some(&patch));
        assert_eq!(answer.code, 200, "{answer:?}");
        answer.body
    }

    /// Deletes an object, if it is there.
    #[track_caller]
    fn delete(&self, kind: &str, namespace: &str, name: &str) {
        let path = format!("{}/{name}", path(kind, namespace));
        let code = self.ask("DELETE", path, None).code;
        assert!([200, 202, 404].contains(&code), "{kind} {name}: {code}");
    }

    /// Deletes all objects of a kind in a namespace.
    #[track_caller]
    fn delete_all(&self, kind: &str, namespace: &str) {
        let code = self.ask("DELETE", path(kind, namespace), None).code;
        assert!([200, 404].contains(&code), "{kind}: {code}");
    }

    /// Waits until a SealedSecret is Ready, for the generation that it has.
    #[track_caller]
    fn ready(&self, namespace: &str, name: &str) -> Value {
        self.settled(namespace, name, "True", "")
    }

    /// Waits until a SealedSecret is not Ready for this reason, for the generation that it has.
    #[track_caller]
    fn fails(&self, namespace: &str, name: &str, reason: &str) -> Value {
        self.settled(namespace, name, "False", reason)
    }

    #[track_caller]
    fn settled(&self, namespace: &str, name: &str, status: &str, reason: &str) -> Value {
        let mut last = Value::Null;
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            last = self
                .get("SealedSecret", namespace, name)
                .unwrap_or_default();
            let ready = condition(&last, "Ready");
            let is_seen = last["status"]["observedGeneration"] == last["metadata"]["generation"];
            if is_seen
                && ready["status"] == status
                && (reason.is_empty() || ready["reason"] == reason)
            {
                return last;
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("{namespace}/{name} is not Ready={status} {reason}: {last:#}")
    }

    /// The native Secret that a Ready SealedSecret says it has.
    #[track_caller]
    fn native(&self, namespace: &str, name: &str) -> Value {
        let sealed = self.ready(namespace, name);
        let secret = text(&sealed, "/spec/secretName");
        let native = self.get("Secret", namespace, secret);
        let native = native.unwrap_or_else(|| panic!("no Secret {secret}: {sealed:#}"));
        assert_eq!(sealed["status"]["secretName"], secret);
        assert_eq!(sealed["status"]["secretUID"], native["metadata"]["uid"]);
        assert_eq!(native["immutable"], json!(true));
        native
    }
}

impl Cluster for ControlPlane {
    fn plane(&self) -> &ControlPlane {
        self
    }
}

/// A condition of an object; null if it has none of this type.
pub(crate) fn condition(object: &Value, type_: &str) -> Value {
    let conditions = object["status"]["conditions"].as_array();
    let mut found = conditions.into_iter().flatten();
    found
        .find(|condition| condition["type"] == type_)
        .cloned()
        .unwrap_or_default()
}

/// The UID.
pub(crate) fn uid(object: &Value) -> &str {
    text(object, "/metadata/uid")
}

/// The name.
pub(crate) fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}
